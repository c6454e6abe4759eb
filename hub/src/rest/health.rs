//! Whether the hub lives, whether it can serve, and what it counts.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chat::tables::{Conversations, ConversationsKey, ConversationsPart};
use serde::Serialize;
use storage::Read;
use storage::ids::ConversationId;

use crate::app::Hub;
use crate::code::Code;
use crate::wire::Failure;

/// How long a store may take to show that it answers.
const READY_WITHIN: Duration = Duration::from_secs(2);

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
pub async fn readyz(State(hub): State<Arc<Hub>>) -> Result<Json<Healthy>, Failure> {
    // A row that nobody ever writes: listing partitions would ask every node of a cluster, and rows that come and go
    // leave tombstones to read over.
    let part = ConversationsPart { conversation: ConversationId(0) };
    let probe = hub.store().get::<Conversations>(part, ConversationsKey {}, Read::Quorum);
    let writable = hub.store().check();
    match tokio::time::timeout(READY_WITHIN, probe).await {
        Ok(Ok(_none)) if writable.is_ok() => Ok(Json(Healthy { ok: true })),
        Ok(_) | Err(_) => Err(Failure::new(Code::Unavailable, "the store does not answer")),
    }
}

/// `GET /metrics`: Prometheus text.
pub async fn metrics(State(hub): State<Arc<Hub>>) -> Response {
    let text = hub.metrics.as_ref().map(crate::observe::Metrics::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
