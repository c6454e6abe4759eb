//! `/v1/institutions`: those who invite and review. The committee provisions them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fair::accounts::Page;
use fair::applications;
use fair::flow::{Flows, Record, Scope};
use fair::form::Object;
use fair::institutions::{self, PROVISION, Provisioned};
use fair::{Accounts, Audit, Enterprise, Kind, Role};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use storage::ids::{EnterpriseId, UserId};
use utoipa::ToSchema;

use super::invitations::institution;
use super::parts::deeds::actor;
use super::parts::page::{Search, limit};
use super::parts::{Body, Books, Caller, PageOf, Route};
use crate::code::Code;
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

/// The longest text that is looked for. **Units**: bytes.
const QUERY_BYTES_MAX: usize = 240;
/// Pages without anybody that are read for one answer.
const PAGES_MAX: u32 = 8;
/// Teams read at one time.
const READ_AT_ONCE_MAX: usize = 16;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        POST "/v1/institutions" Committee Rare => provision,
            says("Makes an institution and its first account").form(&PROVISION).gives::<MadeInstitution>(201)
                .refuses(&[Code::Conflict]);
        GET "/v1/institutions" Committee Read => list,
            says("Institutions by the beginning of their name").query::<Search>().lists::<Institution>();
        GET "/v1/institutions/{id}/invitees" Reviewer Read => invitees,
            says("Who applied with an institution's codes, by a part of a name").query::<Search>().lists::<Invitee>();
    }
}

#[derive(Serialize, ToSchema)]
struct MadeInstitution {
    #[serde(flatten)]
    institution: Institution,
    user: UserId,
    username: String,
    /// Shown this once, when it was generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

async fn provision(
    State(accounts): State<Accounts>,
    State(audit): State<Audit>,
    State(books): State<Books>,
    Caller(caller): Caller,
    Body(sent): Body<Object>,
) -> Result<impl IntoResponse, Failure> {
    let new = institutions::read_new(&sent, &books.context())?;
    let Provisioned { institution, user, password } =
        institutions::provision(&accounts, &audit, actor(&caller), new).await?;
    let made = MadeInstitution {
        institution: institution.into(),
        user: user.id,
        username: user.username,
        password: password.map(|password| password.expose_secret().to_owned()),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

#[derive(Serialize, ToSchema)]
struct Institution {
    id: EnterpriseId,
    identifier: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_en: Option<String>,
    /// None of those who were made before it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

impl From<Enterprise> for Institution {
    fn from(it: Enterprise) -> Self {
        let Enterprise { id, identifier, name, name_en, role, .. } = it;
        Self { id, identifier, name, name_en, role }
    }
}

/// By the beginning of a name.
async fn list(State(accounts): State<Accounts>, page: PageOf<Search>) -> Result<impl IntoResponse, Failure> {
    let Search { q, cursor, limit: asked } = &page.filter;
    let found = accounts.teams(Kind::Institution, q, cursor.as_deref(), limit(*asked)).await?;
    let items = found.items.into_iter().map(Institution::from).collect();
    Ok(page.shows(Page { items, next: found.next }))
}

/// What somebody who forgot how to sign in is told by the institution that invited them.
#[derive(Serialize, ToSchema)]
struct Invitee {
    id: EnterpriseId,
    name: String,
    identifier: String,
    /// Of its application.
    state: String,
    usernames: Vec<String>,
}

impl Invitee {
    async fn of(accounts: Accounts, application: Record) -> fair::Result<Self> {
        let enterprise = accounts.enterprise(application.owner).await?;
        let team = accounts.team(application.owner).await?;
        Ok(Self {
            id: application.owner,
            name: enterprise.name,
            identifier: enterprise.identifier,
            state: application.state.to_owned(),
            usernames: team.into_iter().map(|member| member.username).collect(),
        })
    }

    /// `part` is in lower case.
    fn has(&self, part: &str) -> bool {
        let mut names = [&self.name, &self.identifier].into_iter().chain(&self.usernames);
        names.any(|name| name.to_lowercase().contains(part))
    }
}

/// Those who applied with a code of the institution, the newest first. What is looked for may stand behind a page on which
/// nobody has it. **Source**: SPEC 4, L248.
async fn invitees(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    page: PageOf<Search>,
) -> Result<impl IntoResponse, Failure> {
    let scope = Scope::Second(institution(flows.accounts(), &caller, &name).await?);
    let Search { q, cursor, limit: asked } = &page.filter;
    let part = q.trim().to_lowercase();
    if part.len() > QUERY_BYTES_MAX {
        return Err(Failure::new(Code::Invalid, "a rule on a field is broken").field("/q", "too_long"));
    }
    let (mut cursor, mut items) = (cursor.clone(), Vec::new());
    for _ in 0..PAGES_MAX {
        let found = flows.list(&applications::FLOW, scope, None, (cursor.as_deref(), limit(*asked))).await?;
        let read = found.items.into_iter().map(|application| Invitee::of(flows.accounts().clone(), application));
        let read: Vec<_> = stream::iter(read).buffered(READ_AT_ONCE_MAX).try_collect().await?;
        items.extend(read.into_iter().filter(|invitee| invitee.has(&part)));
        cursor = found.next;
        if !items.is_empty() || cursor.is_none() {
            break;
        }
    }
    Ok(page.shows(Page { items, next: cursor }))
}
