//! `/v1/me`: the caller's own record and password.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use fair::{Contact, Profile};
use serde::{Deserialize, Serialize};

use super::{Typed, allow};
use crate::app::Hub;
use crate::limits::Class;
use crate::policy::Rest;
use crate::rest::Caller;
use crate::rest::problem::Body;
use crate::wire::Failure;

#[derive(Serialize)]
pub(super) struct Me {
    #[serde(flatten)]
    profile: Profile,
    username: String,
    /// In full: they are the caller's own.
    contact: Contact,
}

/// `GET /v1/me`.
pub(super) async fn show(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Me>, Failure> {
    allow(&hub, &caller, Rest::Own, Class::Read)?;
    let user = hub.accounts.user(caller.0.user).await?;
    let profile = hub.accounts.profile(user.id).await?;
    let contact = hub.accounts.contact(user.id).await?;
    Ok(Json(Me { profile, username: user.username, contact }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    current_password: Typed,
    new_password: Typed,
}

/// `POST /v1/me/password`: the caller's other sessions end.
pub(super) async fn change_password(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Body(body): Body<NewPassword>,
) -> Result<StatusCode, Failure> {
    allow(&hub, &caller, Rest::Own, Class::Write)?;
    let NewPassword { current_password: Typed(current), new_password: Typed(new) } = body;
    let who = &caller.0;
    hub.accounts.change_password(who.user, who.session, current, new, peer.ip()).await?;
    Ok(StatusCode::NO_CONTENT)
}
