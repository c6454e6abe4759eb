//! Whether the hub lives, whether it can serve, and what it counts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::code::Code;
use crate::ground::Ground;
use crate::handles::Site;
use crate::wire::Failure;

/// `{"ok":true}`.
#[derive(Debug, Serialize)]
pub struct Healthy {
    ok: bool,
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> Json<Healthy> {
    Json(Healthy { ok: true })
}

/// `GET /readyz`: the store answers too.
///
/// # Errors
/// `unavailable` while it does not.
pub async fn readyz(State(site): State<Arc<Site>>, State(ground): State<Ground>) -> Result<Json<Healthy>, Failure> {
    if site.readiness.ask(&site.clock, ground.store()).await {
        Ok(Json(Healthy { ok: true }))
    } else {
        Err(Failure::new(Code::Unavailable, "the store does not answer"))
    }
}

/// `GET /metrics`: Prometheus text.
pub async fn metrics(State(site): State<Arc<Site>>) -> Response {
    let text = site.metrics.as_ref().map(crate::observe::Metrics::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
