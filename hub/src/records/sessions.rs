//! `/v1/sessions`: signing in, staying in, leaving, and what else is signed in.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chat::time::rfc3339;
use fair::{Accounts, Login, Tokens};
use serde::{Deserialize, Serialize};
use storage::ids::SessionId;
use utoipa::ToSchema;

use super::parts::{Body, Caller, Route, Typed, id};
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        POST "/v1/sessions" Anyone SignIn => sign_in, says("Signs in").takes::<SignIn>().gives::<Tokens>(201);
        GET "/v1/sessions" Account Read => list, says("Where the caller is signed in").lists::<Item>()
            .leads_to("delete_sessions_id", &[("id", "/items/0/id")]);
        POST "/v1/sessions/refresh" Anyone SignIn => refresh,
            says("Gives new tokens for a refresh token").takes::<Refresh>().gives::<Tokens>(200);
        DELETE "/v1/sessions/current" Account Write => sign_out, says("Signs out").gives_nothing(204);
        DELETE "/v1/sessions/{id}" Account Write => revoke, says("Ends a session of the caller's").gives_nothing(204);
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    identifier: Option<String>,
    username: String,
    #[schema(value_type = String, format = Password, write_only)]
    password: Typed,
    /// What the client calls itself, for the list of sessions.
    device: Option<String>,
}

async fn sign_in(
    State(accounts): State<Accounts>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Body(body): Body<SignIn>,
) -> Result<impl IntoResponse, Failure> {
    let SignIn { identifier, username, password: Typed(password), device } = body;
    let tokens = accounts.login(Login { identifier, username, password, device }, peer.ip()).await?;
    Ok((StatusCode::CREATED, Json(tokens)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

/// The token itself says who asks.
async fn refresh(
    State(accounts): State<Accounts>,
    Body(Refresh { refresh_token }): Body<Refresh>,
) -> Result<Json<Tokens>, Failure> {
    Ok(Json(accounts.refresh(&refresh_token).await?))
}

async fn sign_out(State(accounts): State<Accounts>, caller: Caller) -> Result<StatusCode, Failure> {
    accounts.end_session(caller.0.user, caller.0.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
struct Listed {
    items: Vec<Item>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
struct Item {
    id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    created_at: String,
    used_at: String,
    /// The one that asks.
    current: bool,
}

/// At most a few dozen, so it has no pages.
async fn list(State(accounts): State<Accounts>, caller: Caller) -> Result<Json<Listed>, Failure> {
    let sessions = accounts.sessions(caller.0.user).await?;
    let items = sessions.into_iter().map(|session| Item {
        id: session.id,
        device: session.device,
        created_at: rfc3339(session.created),
        used_at: rfc3339(session.used),
        current: session.id == caller.0.session,
    });
    Ok(Json(Listed { items: items.collect() }))
}

/// One of the caller's own.
async fn revoke(
    State(accounts): State<Accounts>,
    caller: Caller,
    Path(session): Path<String>,
) -> Result<StatusCode, Failure> {
    accounts.revoke_session(caller.0.user, id(&session)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
