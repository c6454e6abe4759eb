//! `/v1/enterprises`: finding one to negotiate with, and the people of one's own: seen by colleagues, kept by their
//! administrator, overseen by the committee. What is done to people and every look at a document is recorded.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use fair::audit::Object as Thing;
use fair::form::Object;
use fair::messages::{Channel, Template};
use fair::personnel::{Asked, Document, Personnel, Row, Seen, View, form};
use fair::{Accounts, Enterprise};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::ids::UserId;
use utoipa::ToSchema;

use super::parts::deeds::{self, Deed};
use super::parts::page::{Search, limit};
use super::parts::{Body, Caller, Colleague, Found, IfMatch, OwnTeam, PageOf, Route, SeenPerson, SeenTeam, Tagged};
use super::registrations::locale;
use crate::code::Code;
use crate::describe::says;
use crate::handles::Handles;
use crate::principal::Principal;
use crate::rooms::negotiation;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/enterprises" Account Read => search,
            says("Enterprises by the beginning of their name").query::<Search>().lists::<Enterprise>()
            .leads_with("post_negotiations", &target_of("$response.body#/items/1/id"));
        GET "/v1/enterprises/{id}/users" Account Read => list,
            says("The people of the own team; the committee's, of any").query::<Search>().lists::<Row>()
            .leads_to("get_enterprises_id_users_uid", &[("id", "="), ("uid", "/items/1/id")])
            .leads_to("patch_enterprises_id_users_uid", &[("id", "="), ("uid", "/items/1/id")])
            .leads_to("post_enterprises_id_users_uid_password_reset", &[("id", "="), ("uid", "/items/1/id")])
            .leads_to("delete_enterprises_id_users_uid", &[("id", "="), ("uid", "/items/1/id")]);
        POST "/v1/enterprises/{id}/users" Administrator Write => create,
            says("Makes a sub-user").form(&form::NEW).gives::<Created>(201).refuses(&[Code::Conflict])
            .leads_to("get_enterprises_id_users_uid", &[("id", "="), ("uid", "/id")]);
        GET "/v1/enterprises/{id}/users/{uid}" Account Read => show,
            says("One of them").gives::<Row>(200).tagged();
        PATCH "/v1/enterprises/{id}/users/{uid}" Administrator Write => change,
            says("Changes what is known of somebody").patch(&form::PERSON).gives::<Seen>(200).tagged().if_match(false);
        DELETE "/v1/enterprises/{id}/users/{uid}" Administrator Write => remove,
            says("Deletes an account of the own team").gives_nothing(204).refuses(&[Code::Conflict]);
        POST "/v1/enterprises/{id}/users/{uid}/password-reset" Administrator Write => reset_password,
            says("Gives somebody of the own team a new password").gives::<Reset>(200);
        POST "/v1/enterprises/{id}/users/{uid}/document/reveal" Overseer Rare => reveal,
            says("Shows somebody's document in full; recorded").takes::<Reveal>().gives::<Document>(200);
    }
}

/// A negotiation with the enterprise of this id.
fn target_of(id: &str) -> Value {
    json!({"target": {"kind": "enterprise", "id": id}})
}

/// By the beginning of a name; public data only.
async fn search(State(accounts): State<Accounts>, page: PageOf<Search>) -> Result<impl IntoResponse, Failure> {
    let Search { q, cursor, limit: asked } = &page.filter;
    Ok(page.shows(accounts.enterprises(q, cursor.as_deref(), limit(*asked)).await?))
}

/// Without a limit the whole team, which is bounded.
async fn list(
    State(personnel): State<Personnel>,
    Found(SeenTeam { enterprise, view }): Found<SeenTeam>,
    page: PageOf<Search>,
) -> Result<impl IntoResponse, Failure> {
    let Search { q, cursor, limit: asked } = &page.filter;
    let limit = asked.map(|asked| limit(Some(asked)));
    let asked = Asked { text: q, cursor: cursor.as_deref(), limit };
    Ok(page.shows(personnel.list(enterprise, view, &asked).await?))
}

async fn show(
    State(personnel): State<Personnel>,
    Found(SeenPerson { team, user }): Found<SeenPerson>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let seen = personnel.seen(team.enterprise, user).await?;
    Ok(match team.view {
        View::Colleague => Tagged::of(&Row::Colleague(seen.member), &headers),
        View::Overseer => Tagged::of(&seen, &headers),
    })
}

#[derive(Serialize, ToSchema)]
#[schema(as = UserCreated)]
struct Created {
    #[serde(flatten)]
    seen: Seen,
    /// Shown this once, where it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

async fn create(
    State(hub): State<Handles>,
    caller: Caller,
    Found(OwnTeam(enterprise)): Found<OwnTeam>,
    Body(sent): Body<Object>,
) -> Result<impl IntoResponse, Failure> {
    let made = hub.ground.personnel().create(enterprise, &sent, &hub.files).await?;
    let user = made.seen.member.id;
    let key = format!("user.create/{user}");
    record(&hub, &caller.0, Done { action: "user.create", user, key, note: None }).await?;
    let password = made.password.map(|password| password.expose_secret().to_owned());
    Ok((StatusCode::CREATED, Json(Created { seen: made.seen, password })))
}

/// A merge patch; a new duty is effective on open sockets within a second.
async fn change(
    State(hub): State<Handles>,
    caller: Caller,
    Found(colleague): Found<Colleague>,
    if_match: IfMatch,
    headers: HeaderMap,
    Body(patch): Body<Object>,
) -> Result<Tagged, Failure> {
    let Colleague { enterprise, user } = colleague;
    let seen = hub.ground.personnel().seen(enterprise, user).await?;
    if_match.check(&seen)?;
    let changed = hub.ground.personnel().change(enterprise, user, seen.version, &patch, &hub.files).await?;
    if changed.seen.member.duty.is_some_and(|duty| !duty.negotiates()) {
        negotiation::release_of(&hub.ground, &hub.ways, enterprise, user).await?;
    }
    if !changed.fields.is_empty() {
        let key = format!("user.change/{user}/{}", changed.seen.version);
        let note = Some(changed.fields.join(", "));
        record(&hub, &caller.0, Done { action: "user.change", user, key, note }).await?;
    }
    Ok(Tagged::of(&changed.seen, &headers))
}

/// What they had in hand is the team's again.
async fn remove(
    State(hub): State<Handles>,
    caller: Caller,
    Found(colleague): Found<Colleague>,
) -> Result<StatusCode, Failure> {
    let Colleague { enterprise, user } = colleague;
    hub.ground.personnel().delete(enterprise, user).await?;
    negotiation::release_of(&hub.ground, &hub.ways, enterprise, user).await?;
    let key = format!("user.delete/{user}");
    record(&hub, &caller.0, Done { action: "user.delete", user, key, note: None }).await?;
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
    State(hub): State<Handles>,
    caller: Caller,
    Found(colleague): Found<Colleague>,
    headers: HeaderMap,
) -> Result<Json<Reset>, Failure> {
    let Colleague { enterprise, user } = colleague;
    let (accounts, messages) = (&hub.accounts, hub.ground.messages());
    let password = accounts.reset_password(enterprise, user).await?;
    // Each reset makes another password, and so another message and another deed.
    let key = format!("reset/{user}/{:016x}", hub.ground.entropy().draw());
    let deed = Done { action: "user.password_reset", user, key: key.clone(), note: None };
    record(&hub, &caller.0, deed).await?;
    let way = messages.way_to(&accounts.contact(user).await?);
    let to = way.filter(|to| messages.sends(to.channel()));
    let Some(to) = to else { return Ok(Json(Reset::Password(password.expose_secret().to_owned()))) };
    let username = accounts.user(user).await?.username;
    let params = [("username", username.as_str()), ("password", password.expose_secret())];
    let sent = Reset::Sent { channel: to.channel(), to: to.masked() };
    messages.send(&key, to, Template::PasswordReset, &params, locale(&headers)).await?;
    Ok(Json(sent))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DocumentReveal)]
#[serde(deny_unknown_fields)]
struct Reveal {
    /// Why; kept in the record.
    reason: Option<String>,
}

/// Recorded first: what is not in the record was not shown.
async fn reveal(
    State(hub): State<Handles>,
    caller: Caller,
    Found(SeenPerson { team, user }): Found<SeenPerson>,
    Body(Reveal { reason }): Body<Reveal>,
) -> Result<Json<Document>, Failure> {
    if team.view != View::Overseer {
        return Err(Code::Forbidden.into());
    }
    let document = hub.ground.personnel().reveal(team.enterprise, user).await?;
    // Every look is one of its own.
    let key = format!("document.reveal/{user}/{:016x}", hub.ground.entropy().draw());
    record(&hub, &caller.0, Done { action: "document.reveal", user, key, note: reason }).await?;
    Ok(Json(document))
}

/// What was done to somebody of a team.
struct Done {
    action: &'static str,
    user: UserId,
    key: String,
    note: Option<String>,
}

async fn record(hub: &Handles, who: &Principal, done: Done) -> Result<(), Failure> {
    let Done { action, user, key, note } = done;
    let recorded = deeds::record(hub, deeds::actor(who), Deed { action, object: Thing::new("user", user), key, note });
    match recorded.await {
        Err(fair::Error::Invalid(_)) => {
            Err(Failure::new(Code::Invalid, "a rule on a field is broken").field("/reason", "too_long"))
        }
        other => Ok(other?),
    }
}
