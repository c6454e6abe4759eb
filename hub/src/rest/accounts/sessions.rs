//! `/v1/sessions`: signing in, staying in, leaving, and what else is signed in.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chat::time::rfc3339;
use fair::{Login, Tokens};
use serde::{Deserialize, Serialize};
use storage::ids::SessionId;

use super::{Typed, allow, id};
use crate::app::Hub;
use crate::limits::Class;
use crate::policy::Rest;
use crate::rest::Caller;
use crate::rest::problem::Body;
use crate::wire::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    identifier: Option<String>,
    username: String,
    password: Typed,
    /// What the client calls itself, for the list of sessions.
    device: Option<String>,
}

/// `POST /v1/sessions`. Who guesses is slowed down by the accounts, so no other limit stands here.
pub(super) async fn sign_in(
    State(hub): State<Arc<Hub>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Body(body): Body<SignIn>,
) -> Result<Response, Failure> {
    let SignIn { identifier, username, password: Typed(password), device } = body;
    let login = Login { identifier, username, password, device };
    let tokens = hub.accounts.login(login, peer.ip()).await?;
    Ok((StatusCode::CREATED, Json(tokens)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refresh {
    refresh_token: String,
}

/// `POST /v1/sessions/refresh`. The token itself says who asks.
pub(super) async fn refresh(
    State(hub): State<Arc<Hub>>,
    Body(Refresh { refresh_token }): Body<Refresh>,
) -> Result<Json<Tokens>, Failure> {
    Ok(Json(hub.accounts.refresh(&refresh_token).await?))
}

/// `DELETE /v1/sessions/current`.
pub(super) async fn sign_out(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<StatusCode, Failure> {
    allow(&hub, &caller, Rest::Own, Class::Write)?;
    hub.accounts.end_session(caller.0.user, caller.0.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
pub(super) struct Listed {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    created_at: String,
    used_at: String,
    /// The one that asks.
    current: bool,
}

/// `GET /v1/sessions`: at most a few dozen, so it has no pages.
pub(super) async fn list(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Listed>, Failure> {
    allow(&hub, &caller, Rest::Own, Class::Read)?;
    let sessions = hub.accounts.sessions(caller.0.user).await?;
    let items = sessions.into_iter().map(|session| Item {
        id: session.id,
        device: session.device,
        created_at: rfc3339(session.created),
        used_at: rfc3339(session.used),
        current: session.id == caller.0.session,
    });
    Ok(Json(Listed { items: items.collect() }))
}

/// `DELETE /v1/sessions/{id}`: one of the caller's own.
pub(super) async fn revoke(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(session): Path<String>,
) -> Result<StatusCode, Failure> {
    allow(&hub, &caller, Rest::Own, Class::Write)?;
    hub.accounts.revoke_session(caller.0.user, id(&session)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
