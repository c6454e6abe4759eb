//! REST: the route table, who is asking, and how failures look. The headers of every answer are the door's, not its.
//!
//! Room operations build the same [`crate::op::Op`] as sockets and take the same path; records have handlers of their
//! own. **Source**: WIRE section 7.

pub mod accounts;
pub mod health;
pub mod negotiations;
pub mod page;
pub mod problem;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::routing::{get, post};

use crate::app::Hub;
use crate::code::Code;
use crate::dispatch;
use crate::policy::{self, Right};
use crate::principal::Principal;
use crate::wire::Failure;

/// Every route outside the socket.
pub fn router(hub: Arc<Hub>) -> Router {
    let api = Router::new()
        .route("/negotiations", get(negotiations::list).post(negotiations::start))
        .route("/negotiations/{id}", get(negotiations::open))
        .route("/negotiations/{id}/messages", get(negotiations::messages).post(negotiations::send))
        .route("/negotiations/{id}/{verb}", post(negotiations::act))
        .merge(accounts::routes());
    let mut router = Router::new()
        .nest("/v1", api)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics));
    if hub.demo {
        router = router.route("/demo/accounts", get(page::demo_accounts));
    }
    router.fallback(page::file).with_state(hub)
}

/// Who is asking: the account of the bearer token.
#[derive(Debug)]
pub struct Caller(pub Principal);

impl Caller {
    /// Passes the policy table and the limits.
    ///
    /// # Errors
    /// `forbidden`, `rate_limited`.
    pub fn may(&self, hub: &Hub, right: Right, class: crate::limits::Class) -> Result<(), Failure> {
        policy::allow(Some(&self.0), right, hub.bench)?;
        hub.limits.check(self.0.user, class)
    }
}

impl FromRequestParts<Arc<Hub>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Failure> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| Failure::from(Code::Unauthenticated))?;
        dispatch::authenticate(hub, token).map(Caller)
    }
}
