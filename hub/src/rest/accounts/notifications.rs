//! `/v1/notifications`: the caller's own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use chat::time::rfc3339;
use fair::Notification;
use serde::{Deserialize, Serialize};
use storage::ids::NotificationId;

use super::{allow, limit, listed};
use crate::app::Hub;
use crate::limits::Class;
use crate::policy::Rest;
use crate::rest::Caller;
use crate::rest::problem::{Body, Params};
use crate::wire::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    #[serde(default)]
    unread: bool,
    cursor: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct Item {
    #[serde(flatten)]
    notification: Notification,
    at: String,
}

#[derive(Serialize)]
struct Listed {
    items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Of all, not of this page.
    unread: usize,
}

/// `GET /v1/notifications?unread=&cursor=&limit=`, newest first.
pub(super) async fn list(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    Params(filter): Params<Filter>,
) -> Result<Response, Failure> {
    allow(&hub, &caller, Rest::Own, Class::Read)?;
    let user = caller.0.user;
    let (unread_only, cursor) = (filter.unread, filter.cursor.as_deref());
    let page = hub.accounts.notifications(user, unread_only, cursor, limit(filter.limit)).await?;
    let unread = hub.accounts.unread_notifications(user).await?;
    let items = page.items.into_iter().map(|notification| Item { at: rfc3339(notification.at), notification });
    let next = page.next.clone();
    Ok(listed(query.as_deref(), next.as_deref(), Listed { items: items.collect(), next: page.next, unread }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    /// None: all.
    ids: Option<Vec<NotificationId>>,
}

#[derive(Serialize)]
pub(super) struct Unread {
    unread: usize,
}

/// `POST /v1/notifications/read`.
pub(super) async fn read(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Body(Read { ids }): Body<Read>,
) -> Result<Json<Unread>, Failure> {
    allow(&hub, &caller, Rest::Own, Class::Light)?;
    let unread = hub.accounts.read_notifications(caller.0.user, ids.as_deref()).await?;
    Ok(Json(Unread { unread }))
}
