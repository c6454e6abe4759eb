//! REST: the rows of all routes. The headers that every answer carries are the door's.
//!
//! Operations on rooms take the socket's path; records have handlers of their own, one file a kind. **Source**: WIRE
//! section 7.

mod audit;
pub mod description;
mod event;
pub mod health;
mod me;
mod negotiations;
mod notifications;
pub mod page;
pub mod parts;
mod sessions;
mod taxonomies;
mod team;

use axum::Router;
use axum::routing::get;

use crate::handles::Handles;
use parts::{Route, build};

/// Every route below `/v1`.
#[must_use]
pub fn rows() -> Vec<Route> {
    let rows = [
        description::rows(),
        audit::rows(),
        event::rows(),
        taxonomies::rows(),
        sessions::rows(),
        me::rows(),
        team::rows(),
        notifications::rows(),
        negotiations::rows(),
    ];
    rows.into_iter().flatten().collect()
}

/// Everything that is served outside the socket. What operators ask for is among it where they have no listener of their own.
pub fn router(handles: &Handles, serves_operators: bool) -> Router {
    let mut router = build(handles, rows());
    router = if serves_operators { router.merge(operators()) } else { router.route("/healthz", get(health::healthz)) };
    if handles.site.demo {
        router = router.route("/demo/accounts", get(page::demo_accounts));
    }
    router.method_not_allowed_fallback(page::refused_method).fallback(page::file).with_state(handles.clone())
}

/// What is for operators: whether the hub lives, whether it can serve, what it counts.
pub fn operators() -> Router<Handles> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(page::refused_method)
}

#[cfg(test)]
mod tests;
