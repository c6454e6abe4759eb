//! `/v1/enterprises`: finding one to negotiate with, and the people of one's own.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use fair::messages::{Channel, Template, To};
use fair::{Accounts, Duty, Enterprise, Member, Messages};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::parts::page::limit;
use super::parts::{Body, Colleague, Found, IfMatch, OwnTeam, PageOf, Route, Tagged};
use super::registrations::locale;
use crate::code::Code;
use crate::describe::says;
use crate::ground::Ground;
use crate::rooms::{Ways, negotiation};
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/enterprises" Account Read => search,
            says("Enterprises by the beginning of their name").query::<Search>().lists::<Enterprise>()
            .leads_with("post_negotiations", &target_of("$response.body#/items/1/id"));
        GET "/v1/enterprises/{id}/users" Account Read => list,
            says("The people of the own team").lists::<Member>()
            .leads_to("get_enterprises_id_users_uid", &[("id", "="), ("uid", "/items/1/id")])
            .leads_to("patch_enterprises_id_users_uid", &[("id", "="), ("uid", "/items/1/id")])
            .leads_to("post_enterprises_id_users_uid_password_reset", &[("id", "="), ("uid", "/items/1/id")])
            .leads_to("delete_enterprises_id_users_uid", &[("id", "="), ("uid", "/items/1/id")]);
        GET "/v1/enterprises/{id}/users/{uid}" Account Read => show,
            says("One of the own team").gives::<Member>(200).tagged();
        PATCH "/v1/enterprises/{id}/users/{uid}" Administrator Write => change,
            says("Changes somebody's duty").takes::<Change>().gives::<Member>(200).tagged().if_match(false);
        DELETE "/v1/enterprises/{id}/users/{uid}" Administrator Write => remove,
            says("Deletes an account of the own team").gives_nothing(204).refuses(&[Code::Conflict]);
        POST "/v1/enterprises/{id}/users/{uid}/password-reset" Administrator Write => reset_password,
            says("Gives somebody of the own team a new password").gives::<Reset>(200);
    }
}

/// A negotiation with the enterprise of this id.
fn target_of(id: &str) -> Value {
    json!({"target": {"kind": "enterprise", "id": id}})
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// By the beginning of a name; public data only.
async fn search(State(accounts): State<Accounts>, page: PageOf<Search>) -> Result<impl IntoResponse, Failure> {
    let Search { q, cursor, limit: asked } = &page.filter;
    let found = accounts.enterprises(q, cursor.as_deref(), limit(*asked)).await?;
    let next = found.next.clone();
    Ok(page.listed(found, next.as_deref()))
}

#[derive(Serialize)]
struct Team {
    items: Vec<Member>,
}

/// The whole team, which is bounded, on one page.
async fn list(
    State(accounts): State<Accounts>,
    Found(OwnTeam(enterprise)): Found<OwnTeam>,
) -> Result<Json<Team>, Failure> {
    Ok(Json(Team { items: accounts.team(enterprise).await? }))
}

async fn show(
    State(accounts): State<Accounts>,
    Found(colleague): Found<Colleague>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    Ok(Tagged::of(&member(&accounts, colleague).await?, &headers))
}

async fn member(accounts: &Accounts, Colleague { enterprise, user }: Colleague) -> Result<Member, Failure> {
    let team = accounts.team(enterprise).await?;
    team.into_iter().find(|member| member.id == user).ok_or_else(|| Code::NotFound.into())
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DutyChange)]
#[serde(deny_unknown_fields)]
struct Change {
    duty: Duty,
}

/// The duty, effective on open sockets within a second.
async fn change(
    State(accounts): State<Accounts>,
    State(ground): State<Ground>,
    State(ways): State<Ways>,
    Found(colleague): Found<Colleague>,
    if_match: IfMatch,
    headers: HeaderMap,
    Body(Change { duty }): Body<Change>,
) -> Result<Tagged, Failure> {
    if_match.check(&member(&accounts, colleague).await?)?;
    let changed: Member = accounts.change_duty(colleague.enterprise, colleague.user, duty).await?.into();
    if !duty.negotiates() {
        negotiation::release_of(&ground, &ways, colleague.enterprise, colleague.user).await?;
    }
    Ok(Tagged::of(&changed, &headers))
}

/// What they had in hand is the team's again.
async fn remove(
    State(accounts): State<Accounts>,
    State(ground): State<Ground>,
    State(ways): State<Ways>,
    Found(colleague): Found<Colleague>,
) -> Result<StatusCode, Failure> {
    accounts.delete_user(colleague.enterprise, colleague.user).await?;
    negotiation::release_of(&ground, &ways, colleague.enterprise, colleague.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of a new password.
#[derive(Serialize, ToSchema)]
#[schema(as = PasswordReset)]
#[serde(rename_all = "snake_case")]
enum Reset {
    /// The person has it.
    Sent {
        channel: Channel,
        /// With its middle hidden.
        to: String,
    },
    /// Shown this once: there is no way to the person.
    Password(String),
}

/// Their sessions end. **Source**: L387, L499.
async fn reset_password(
    State(accounts): State<Accounts>,
    State(messages): State<Messages>,
    State(ground): State<Ground>,
    Found(colleague): Found<Colleague>,
    headers: HeaderMap,
) -> Result<Json<Reset>, Failure> {
    let Colleague { enterprise, user } = colleague;
    let password = accounts.reset_password(enterprise, user).await?;
    let to = To::of(&accounts.contact(user).await?).filter(|to| messages.sends(to.channel()));
    let Some(to) = to else { return Ok(Json(Reset::Password(password.expose_secret().to_owned()))) };
    let username = accounts.user(user).await?.username;
    let params = [("username", username.as_str()), ("password", password.expose_secret())];
    let sent = Reset::Sent { channel: to.channel(), to: to.masked() };
    // Each reset makes another password, and so another message.
    let key = format!("reset/{user}/{:016x}", ground.entropy().draw());
    messages.send(&key, to, Template::PasswordReset, &params, locale(&headers)).await?;
    Ok(Json(sent))
}
