//! REST: the rows of all routes, and what every answer carries.
//!
//! Operations on rooms take the socket's path; records have handlers of their own, one file a kind. **Source**: WIRE
//! section 7.

pub mod health;
mod me;
mod negotiations;
mod notifications;
pub mod page;
pub mod parts;
mod sessions;
mod team;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;

use crate::handles::Handles;
use parts::{Route, build};

/// Every route below `/v1`.
#[must_use]
pub fn rows() -> Vec<Route> {
    [sessions::rows(), me::rows(), team::rows(), notifications::rows(), negotiations::rows()]
        .into_iter()
        .flatten()
        .collect()
}

/// Everything that is served outside the socket. What operators ask for is among it where they have no listener of their own.
pub fn router(handles: &Handles, serves_operators: bool) -> Router {
    let mut router = build(handles, rows());
    router = if serves_operators { router.merge(operators()) } else { router.route("/healthz", get(health::healthz)) };
    if handles.site.demo {
        router = router.route("/demo/accounts", get(page::demo_accounts));
    }
    router.fallback(page::file).layer(middleware::from_fn(harden)).with_state(handles.clone())
}

/// What is for operators: whether the hub lives, whether it can serve, what it counts.
pub fn operators() -> Router<Handles> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
}

/// Headers that every answer carries.
async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, page::POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
