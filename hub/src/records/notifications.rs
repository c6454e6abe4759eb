//! `/v1/notifications`: the caller's own.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chat::time::rfc3339;
use fair::{Accounts, Notification};
use serde::{Deserialize, Serialize};
use storage::ids::NotificationId;
use utoipa::{IntoParams, ToSchema};

use super::parts::page::limit;
use super::parts::{Body, Caller, PageOf, Route};
use crate::describe::says;
use crate::rooms::Ways;
use crate::rooms::person::PersonTold;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/notifications" Account Read => list,
            says("The caller's notifications, newest first").query::<Filter>().gives::<Listed>(200).paged();
        POST "/v1/notifications/read" Account Light => read,
            says("Marks notifications as read").takes::<Read>().gives::<Unread>(200);
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(default)]
    unread: bool,
    cursor: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationItem)]
struct Item {
    #[serde(flatten)]
    notification: Notification,
    at: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationPage)]
struct Listed {
    items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Of all, not of this page.
    unread: usize,
}

/// Newest first.
async fn list(
    State(accounts): State<Accounts>,
    caller: Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    let (user, Filter { unread, cursor, limit: asked }) = (caller.0.user, &page.filter);
    let found = accounts.notifications(user, *unread, cursor.as_deref(), limit(*asked)).await?;
    let unread = accounts.unread_notifications(user).await?;
    let items = found.items.into_iter().map(|notification| Item { at: rfc3339(notification.at), notification });
    let (items, next) = (items.collect(), found.next);
    Ok(page.listed(Listed { items, next: next.clone(), unread }, next.as_deref()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NotificationsRead)]
#[serde(deny_unknown_fields)]
struct Read {
    /// None: all.
    ids: Option<Vec<NotificationId>>,
}

#[derive(Serialize, ToSchema)]
struct Unread {
    unread: usize,
}

/// The caller's other devices hear of it.
async fn read(
    State(accounts): State<Accounts>,
    State(ways): State<Ways>,
    caller: Caller,
    Body(Read { ids }): Body<Read>,
) -> Result<Json<Unread>, Failure> {
    let unread = accounts.read_notifications(caller.0.user, ids.as_deref()).await?;
    PersonTold::unread_count(&ways, caller.0.user, unread);
    Ok(Json(Unread { unread }))
}
