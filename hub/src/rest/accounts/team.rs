//! `/v1/enterprises`: finding one to negotiate with, and the people of one's own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fair::{Duty, Member};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use storage::ids::{EnterpriseId, UserId};

use super::{allow, id, limit, listed};
use crate::app::Hub;
use crate::code::Code;
use crate::limits::Class;
use crate::policy::Rest;
use crate::rest::Caller;
use crate::rest::problem::{Body, Params};
use crate::wire::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// `GET /v1/enterprises?q=&cursor=&limit=`: by the beginning of a name; public data only.
pub(super) async fn search(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    Params(search): Params<Search>,
) -> Result<Response, Failure> {
    allow(&hub, &caller, Rest::EnterpriseSearch, Class::Read)?;
    let page = hub.accounts.enterprises(&search.q, search.cursor.as_deref(), limit(search.limit)).await?;
    Ok(listed(query.as_deref(), page.next.as_deref(), &page))
}

/// The caller's own team; any other is not theirs to see.
fn own(caller: &Caller, enterprise: &str) -> Result<EnterpriseId, Failure> {
    let enterprise = id(enterprise)?;
    if caller.0.enterprise == Some(enterprise) { Ok(enterprise) } else { Err(Code::NotFound.into()) }
}

#[derive(Serialize)]
pub(super) struct Team {
    items: Vec<Member>,
}

/// `GET /v1/enterprises/{id}/users`: the whole team, which is bounded, on one page.
pub(super) async fn list(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(enterprise): Path<String>,
) -> Result<Json<Team>, Failure> {
    allow(&hub, &caller, Rest::TeamRead, Class::Read)?;
    let items = hub.accounts.team(own(&caller, &enterprise)?).await?;
    Ok(Json(Team { items }))
}

/// The caller's team and one of its people, for whom the caller may decide.
fn administered(hub: &Hub, caller: &Caller, path: &(String, String)) -> Result<(EnterpriseId, UserId), Failure> {
    let (enterprise, user) = path;
    let enterprise = own(caller, enterprise)?;
    allow(hub, caller, Rest::TeamWrite, Class::Write)?;
    Ok((enterprise, id(user)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    duty: Duty,
}

/// `PATCH /v1/enterprises/{id}/users/{uid}`: the duty, effective on open sockets within a second.
pub(super) async fn change(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    Body(Change { duty }): Body<Change>,
) -> Result<Json<Member>, Failure> {
    let (enterprise, user) = administered(&hub, &caller, &path)?;
    Ok(Json(hub.accounts.change_duty(enterprise, user, duty).await?.into()))
}

/// `DELETE /v1/enterprises/{id}/users/{uid}`.
pub(super) async fn remove(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(path): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let (enterprise, user) = administered(&hub, &caller, &path)?;
    hub.accounts.delete_user(enterprise, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
pub(super) struct Reset {
    /// Shown this once; nothing sends it to the person yet.
    password: String,
}

/// `POST /v1/enterprises/{id}/users/{uid}/password-reset`: their sessions end.
pub(super) async fn reset_password(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(path): Path<(String, String)>,
) -> Result<Json<Reset>, Failure> {
    let (enterprise, user) = administered(&hub, &caller, &path)?;
    let password = hub.accounts.reset_password(enterprise, user).await?;
    Ok(Json(Reset { password: password.expose_secret().to_owned() }))
}
