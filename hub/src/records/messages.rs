//! `/v1/messages`: what was sent to phones and mailboxes, for the committee, which never sees a text; and in the demo what
//! would have been sent, for whoever tries it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chat::time::rfc3339;
use fair::messages::{Channel, Delivery, Message, Shown};
use fair::{Messages, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parts::page::limit;
use super::parts::{PageOf, Route};
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

/// Messages that the demo shows.
const DEMO_ITEMS_MAX: u32 = 100;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/messages" Committee Read => list,
            says("What went to phones and mailboxes, newest first, never a text").query::<Filter>().lists::<Item>();
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    state: Option<Delivery>,
    cursor: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
struct Item {
    key: String,
    channel: Channel,
    /// With its middle hidden.
    to: String,
    template: String,
    locale: String,
    state: Delivery,
    tries: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<Message> for Item {
    fn from(message: Message) -> Self {
        let Message { key, channel, to, template, locale, state, tries, error, created, updated } = message;
        let (created_at, updated_at) = (rfc3339(created), rfc3339(updated));
        Self { key, channel, to, template, locale, state, tries, last_error: error, created_at, updated_at }
    }
}

/// Newest first.
async fn list(State(messages): State<Messages>, page: PageOf<Filter>) -> Result<impl IntoResponse, Failure> {
    let Filter { state, cursor, limit: asked } = &page.filter;
    let Page { items, next } = messages.list(*state, cursor.as_deref(), limit(*asked)).await?;
    Ok(page.shows(Page { items: items.into_iter().map(Item::from).collect(), next }))
}

/// **Shape**: an item of `GET /demo/messages`.
#[derive(Debug, Serialize)]
pub(super) struct DemoMessage {
    at: String,
    channel: Channel,
    to: String,
    template: String,
    locale: String,
    state: Delivery,
    /// Of a mail.
    subject: String,
    text: String,
    /// What the text was filled with: a script finds its code here.
    params: BTreeMap<String, String>,
}

/// `GET /demo/messages`, in the demo only: newest first.
///
/// # Errors
/// The store's.
pub(super) async fn demo_messages(State(messages): State<Messages>) -> Result<Json<Vec<DemoMessage>>, Failure> {
    let shown = messages.shown(DEMO_ITEMS_MAX).await?;
    let item = |shown: Shown| {
        let Shown { message, to, subject, text, params } = shown;
        DemoMessage {
            at: rfc3339(message.created),
            channel: message.channel,
            to,
            template: message.template,
            locale: message.locale,
            state: message.state,
            subject,
            text,
            params: params.into_iter().collect(),
        }
    };
    Ok(Json(shown.into_iter().map(item).collect()))
}
