//! `/v1/sessions`, `/v1/me`, `/v1/enterprises`, `/v1/notifications`: accounts over REST, handlers in the modules.
//!
//! Owns how their requests and lists look; the rules are in `fair`, the rights in [`crate::policy`].
//! **Source**: WIRE section 7, SPEC 4, 7 and 23.

mod me;
mod notifications;
mod sessions;
mod team;

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use super::Caller;
use crate::app::Hub;
use crate::code::Code;
use crate::limits::Class;
use crate::policy::{self, Rest};
use crate::wire::Failure;

/// No request here is longer. **Units**: bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;
const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// Every route of accounts, to be nested under `/v1`.
pub fn routes() -> Router<Arc<Hub>> {
    Router::new()
        .route("/sessions", post(sessions::sign_in).get(sessions::list))
        .route("/sessions/refresh", post(sessions::refresh))
        .route("/sessions/current", delete(sessions::sign_out))
        .route("/sessions/{id}", delete(sessions::revoke))
        .route("/me", get(me::show))
        .route("/me/password", post(me::change_password))
        .route("/enterprises", get(team::search))
        .route("/enterprises/{id}/users", get(team::list))
        .route("/enterprises/{id}/users/{uid}", patch(team::change).delete(team::remove))
        .route("/enterprises/{id}/users/{uid}/password-reset", post(team::reset_password))
        .route("/notifications", get(notifications::list))
        .route("/notifications/read", post(notifications::read))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Passes the policy table and the limits.
fn allow(hub: &Hub, caller: &Caller, rest: Rest, class: Class) -> Result<(), Failure> {
    caller.may(hub, policy::rest_right(rest), class)
}

/// A password in a request: never shown, never copied about.
struct Typed(SecretString);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}

/// An id in a path; what is none is not found.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_no_id| Code::NotFound.into())
}

/// A page of a list, and the next one's address beside it. **Shape**: `{"items":[...],"next"?,...}`, `Link: rel=next`.
fn listed(query: Option<&str>, next: Option<&str>, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    let link = next.and_then(|next| HeaderValue::try_from(next_link(query.unwrap_or_default(), next)).ok());
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// A reference relative to the request's own address: the same query with another cursor.
fn next_link(query: &str, next: &str) -> String {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let pairs: Vec<_> = kept.chain([format!("cursor={next}").as_str()]).map(str::to_owned).collect();
    format!("<?{}>; rel=\"next\"", pairs.join("&").replace('>', "%3E"))
}

#[cfg(test)]
mod tests;
