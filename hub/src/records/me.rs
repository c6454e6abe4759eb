//! `/v1/me`: the caller's own record and password.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use fair::{Accounts, Contact, Profile};
use serde::{Deserialize, Serialize};
use storage::ids::UserId;
use utoipa::ToSchema;

use super::parts::{Body, Caller, IfMatch, Route, Tagged, Typed};
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/me" Account Read => show, says("The caller's own record").gives::<Me>(200).tagged()
            .leads_to("get_enterprises_id_users", &[("id", "/enterprise/id")]);
        PATCH "/v1/me" Account Write => change,
            says("Changes what others see of the caller").takes::<Change>().gives::<Me>(200).tagged().if_match(true);
        POST "/v1/me/password" Account Write => change_password,
            says("Changes the caller's password").takes::<NewPassword>().gives_nothing(204);
    }
}

#[derive(Serialize, ToSchema)]
struct Me {
    #[serde(flatten)]
    profile: Profile,
    username: String,
    /// In full: they are the caller's own.
    contact: Contact,
}

impl Me {
    async fn of(accounts: &Accounts, id: UserId) -> Result<Self, Failure> {
        let user = accounts.user(id).await?;
        let (profile, contact) = (accounts.profile(id).await?, accounts.contact(id).await?);
        Ok(Self { profile, username: user.username, contact })
    }
}

async fn show(State(accounts): State<Accounts>, caller: Caller, headers: HeaderMap) -> Result<Tagged, Failure> {
    Ok(Tagged::of(&Me::of(&accounts, caller.0.user).await?, &headers))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MeChange)]
struct Change {
    name: String,
}

/// What others see.
async fn change(
    State(accounts): State<Accounts>,
    caller: Caller,
    if_match: IfMatch,
    headers: HeaderMap,
    Body(Change { name }): Body<Change>,
) -> Result<Tagged, Failure> {
    let id = caller.0.user;
    let shown = Me::of(&accounts, id).await?;
    if_match.require(&shown)?;
    accounts.change_name(id, &shown.profile.name, &name).await?;
    Ok(Tagged::of(&Me::of(&accounts, id).await?, &headers))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[schema(value_type = String, format = Password, write_only)]
    current_password: Typed,
    #[schema(value_type = String, format = Password, write_only)]
    new_password: Typed,
}

/// The caller's other sessions end.
async fn change_password(
    State(accounts): State<Accounts>,
    caller: Caller,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Body(body): Body<NewPassword>,
) -> Result<StatusCode, Failure> {
    let NewPassword { current_password: Typed(current), new_password: Typed(new) } = body;
    let who = &caller.0;
    accounts.change_password(who.user, who.session, current, new, peer.ip()).await?;
    Ok(StatusCode::NO_CONTENT)
}
