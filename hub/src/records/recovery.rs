//! `/v1/password-resets`: a new password by a code to one's own phone or mailbox. Guests may; nothing here says whether
//! somebody is known.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use fair::accounts::LOGIN_FIELD_BYTES_MAX;
use fair::audit::{Actor, Object};
use fair::recovery::{Login, Recovery};
use serde::Deserialize;
use utoipa::ToSchema;

use super::parts::deeds::{self, Deed};
use super::parts::{Body, Route, Typed};
use super::registrations::{CodeSent, locale};
use crate::code::Code;
use crate::describe::says;
use crate::handles::Handles;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        POST "/v1/password-resets" Anyone Code => ask,
            says("Sends a code for a new password to the account's own phone or mailbox").takes::<Asked>()
                .gives::<CodeSent>(202);
        POST "/v1/password-resets/confirm" Anyone SignIn => confirm,
            says("Sets a new password by such a code").takes::<Confirmed>().gives_nothing(204);
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordRecovery)]
struct Asked {
    identifier: Option<String>,
    username: String,
}

/// At once, and the same for everybody: what is to be done is done behind the answer.
async fn ask(
    State(recovery): State<Recovery>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(Asked { identifier, username }): Body<Asked>,
) -> Result<impl IntoResponse, Failure> {
    recovery.ask(login(identifier, username)?, peer.ip(), locale(&headers))?;
    Ok((StatusCode::ACCEPTED, Json(CodeSent::STANDARD)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordRecoveryConfirm)]
struct Confirmed {
    identifier: Option<String>,
    username: String,
    #[schema(value_type = String)]
    code: Typed,
    #[schema(value_type = String, format = Password, write_only)]
    password: Typed,
}

/// Every session of the account ends; recorded.
async fn confirm(
    State(hub): State<Handles>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Body(body): Body<Confirmed>,
) -> Result<StatusCode, Failure> {
    let Confirmed { identifier, username, code: Typed(code), password: Typed(password) } = body;
    let login = login(identifier, username)?;
    let user = hub.ground.recovery().confirm(&login, &code, password, peer.ip()).await?;
    // Each is one of its own: a code is good once.
    let key = format!("user.password_recovery/{}/{:016x}", user.id, hub.ground.entropy().draw());
    let actor = Actor { user: Some(user.id), enterprise: user.enterprise };
    let object = Object::new("user", user.id);
    deeds::record(&hub, actor, Deed { action: "user.password_recovery", object, key, note: None }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn login(identifier: Option<String>, username: String) -> Result<Login, Failure> {
    let wrong = |at: &str| Failure::new(Code::Invalid, "a rule on a field is broken").field(at, "too_long");
    if identifier.as_ref().is_some_and(|it| it.len() > LOGIN_FIELD_BYTES_MAX) {
        return Err(wrong("/identifier"));
    }
    if username.len() > LOGIN_FIELD_BYTES_MAX {
        return Err(wrong("/username"));
    }
    Ok(Login { identifier, username })
}
