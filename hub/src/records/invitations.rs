//! `/v1/institutions/{id}/invitation-codes`, `/v1/invitation-codes`: codes that an institution issues, and whose they are.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chat::time::rfc3339;
use fair::Accounts;
use fair::flow::{Flows, NOTHING, Record, Scope, Who};
use fair::form::Object;
use fair::invitations::{self, Code, FLOW, ISSUE, Invitations, Issuer};
use serde_json::{Map, json};
use storage::ids::EnterpriseId;

use super::parts::lived::{Filter, Lived};
use super::parts::{Books, Caller, Once, PageOf, Route, Shown, id, once};
use crate::code::Code as Failed;
use crate::describe::says;
use crate::ground::Ground;
use crate::principal::{Kind, Principal};
use crate::routes;
use crate::schema::page_of;
use crate::wire::{Answer, Failure, Mark};

const INVITATION: Lived = Lived {
    flow: &FLOW,
    named: |text| Code::parse(text).map(|code| code.0),
    shown,
    form: &NOTHING,
    beside: Map::new,
};

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        POST "/v1/institutions/{id}/invitation-codes" Reviewer Write => issue,
            says("Issues codes").form(&ISSUE).once().gives_value(201, page_of(&INVITATION.described()));
        GET "/v1/institutions/{id}/invitation-codes" Reviewer Read => list,
            says("Codes of an institution").query::<Filter>().lists_value(&INVITATION.described());
        GET "/v1/invitation-codes/{code}/issuer" Account Guess => issuer,
            says("Who issued a code that can be used").gives::<Issuer>(200);
    };
    rows.push(INVITATION.show("/v1/invitation-codes/{code}"));
    rows.push(INVITATION.step("/v1/invitation-codes/{code}/void", "void"));
    rows
}

/// **Shape**: `{"code","zone"?,"expires_at"?,"used_by"?:{"id","name"},"used_at"?}` in the record.
fn shown(record: &Record, who: &Who) -> Shown {
    let mut fields = Map::new();
    fields.insert("code".to_owned(), invitations::code_of(record).into());
    fields.extend(invitations::zone_of(record).map(|zone| ("zone".to_owned(), zone.into())));
    let times = [("expires_at", invitations::expiry_of(record)), ("used_at", invitations::used_at(record))];
    fields.extend(times.into_iter().filter_map(|(name, at)| Some((name.to_owned(), rfc3339(at?).into()))));
    if let Some(id) = invitations::used_by(record) {
        fields.insert("used_by".to_owned(), json!({ "id": id, "name": invitations::used_by_name(record) }));
    }
    Shown::of(record, who, fields)
}

/// `{id}`: the caller's own institution; the committee may look into each.
pub(super) async fn institution(accounts: &Accounts, caller: &Principal, name: &str) -> Result<EnterpriseId, Failure> {
    let institution = id(name)?;
    let is_own = caller.kind == Kind::Institution && caller.enterprise == Some(institution);
    let may_look =
        is_own || (caller.kind == Kind::Committee && accounts.enterprise(institution).await?.kind == Kind::Institution);
    if may_look { Ok(institution) } else { Err(Failed::NotFound.into()) }
}

/// The same key gives the same codes again, and no more of them.
async fn issue(
    State(ground): State<Ground>,
    State(books): State<Books>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    once: Once<Object>,
) -> Result<Response, Failure> {
    let (sent, _key, asked) = once.into_parts();
    let (flows, who) = (ground.flows().clone(), Who::from(&caller));
    let institution = institution(flows.accounts(), &caller, &name).await?;
    let issue = invitations::read_issue(&sent, &books.context())?;
    let work = async {
        let issued = Invitations::new(flows).issue(&who, institution, &issue).await?;
        Ok::<_, Failure>(Answer::of(&INVITATION.items(&issued, &who), Mark::Created))
    };
    Box::pin(once::run(&ground, caller.user, asked, work)).await
}

async fn list(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    let scope = Scope::Owner(institution(flows.accounts(), &caller, &name).await?);
    INVITATION.list(&flows, &Who::from(&caller), scope, &page).await
}

/// For whoever is about to apply. What is not usable is unknown.
async fn issuer(State(flows): State<Flows>, Path(code): Path<String>) -> Result<Json<Issuer>, Failure> {
    Ok(Json(Invitations::new(flows).issuer(&code).await?))
}
