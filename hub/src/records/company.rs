//! `/v1/enterprises/{id}`: an enterprise as others see it, and as its own people do, who may change it.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use fair::applications::{self, Applications};
use fair::audit::Object as Thing;
use fair::enterprise::{Change, Company, Done};
use fair::flow::Who;
use fair::form::Object;
use fair::registration::form::ENTERPRISE_CHANGE;
use fair::{Accounts, Kind};
use serde::Serialize;
use serde_json::{Map, Value};
use storage::ids::EnterpriseId;
use utoipa::ToSchema;

use super::parts::deeds::{self, Deed};
use super::parts::{Body, Books, Caller, Found, IfMatch, OwnTeam, Route, Tagged, id};
use crate::code::Code;
use crate::describe::says;
use crate::handles::Handles;
use crate::principal::Principal;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/enterprises/{id}" Account Read => show,
            says("An enterprise, as far as the caller may see it").gives::<Shown>(200).tagged();
        PATCH "/v1/enterprises/{id}" Administrator Write => change,
            says("Changes what the own enterprise says of itself; recorded").patch(&ENTERPRISE_CHANGE).gives::<Shown>(200).tagged()
                .if_match(true).refuses(&[Code::Conflict]);
    }
}

/// What others see, and beside it what only its own people do.
#[derive(Serialize, ToSchema)]
#[schema(as = Company)]
struct Shown {
    id: EnterpriseId,
    kind: Kind,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_en: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    place: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    industry: String,
    /// To enterprises.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_info: Option<String>,
    /// Each field of it may be missing: others do not see it.
    #[serde(flatten)]
    #[schema(value_type = Own)]
    own: Option<Own>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OwnCompany)]
struct Own {
    #[schema(required = false)]
    identifier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<fair::registration::Entry>,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    address: String,
    #[schema(required = false)]
    interests: Vec<String>,
}

impl Shown {
    fn of(company: &Company, who: &Principal) -> Self {
        let Change { name, name_en, place, address, industry, interests, contact_info } = company.said();
        let is_own = who.enterprise == Some(company.id);
        let sees_contact = is_own || who.kind != Kind::Individual && who.kind != Kind::Media;
        let identifier = company.identifier().to_owned();
        Self {
            id: company.id,
            kind: company.kind(),
            name,
            name_en,
            place,
            industry,
            contact_info: contact_info.filter(|_| sees_contact),
            own: is_own.then(|| Own { identifier, entry: company.entry(), address, interests }),
        }
    }
}

async fn show(
    State(accounts): State<Accounts>,
    Caller(who): Caller,
    Path(named): Path<String>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let company = accounts.company(id(&named)?).await?;
    Ok(Tagged::of(&Shown::of(&company, &who), &headers))
}

/// A merge patch; recorded by the names of its fields.
async fn change(
    State(hub): State<Handles>,
    State(books): State<Books>,
    Caller(who): Caller,
    Found(OwnTeam(team)): Found<OwnTeam>,
    if_match: IfMatch,
    headers: HeaderMap,
    Body(patch): Body<Object>,
) -> Result<Tagged, Failure> {
    let accounts = &hub.accounts;
    let company = accounts.company(team).await?;
    if company.kind() != Kind::Enterprise {
        return Err(Code::Forbidden.into());
    }
    let filled = ENTERPRISE_CHANGE.check_patch(&kept(&company)?, &patch, &books.context())?;
    if_match.require(&Shown::of(&company, &who))?;
    let change: Change = filled.read()?;
    applications::check_said(accounts, team, &company.differing(&change)).await?;
    let (done, ended) = accounts.change_company(&company, &change).await;
    record(&hub, &who, team, &done).await?;
    if done.fields.contains(&"name") {
        Applications::new(hub.ground.flows().clone()).renamed(&Who::from(&who), team).await?;
    }
    ended?;
    Ok(Tagged::of(&Shown::of(&accounts.company(team).await?, &who), &headers))
}

async fn record(hub: &Handles, who: &Principal, team: EnterpriseId, done: &Done) -> Result<(), Failure> {
    if done.fields.is_empty() {
        return Ok(());
    }
    let (names, rest) = done.version;
    let key = format!("enterprise.change/{team}/{names}.{rest}");
    let (object, note) = (Thing::new("enterprise", team), Some(done.fields.join(", ")));
    Ok(deeds::record(hub, deeds::actor(who), Deed { action: "enterprise.change", object, key, note }).await?)
}

/// What stands, without what was never said.
fn kept(company: &Company) -> Result<Map<String, Value>, Failure> {
    let said = serde_json::to_value(company.said()).map_err(Failure::internal)?;
    let Value::Object(mut fields) = said else { return Err(Failure::internal("what an enterprise says is no object")) };
    fields.retain(|_, value| !value.is_null() && value != "" && value != &Value::Array(Vec::new()));
    Ok(fields)
}
