//! `/v1/audit`: the record of deeds, for the committee.

use std::collections::{HashMap, hash_map};

use axum::extract::State;
use axum::response::IntoResponse;
use chat::time::rfc3339;
use fair::accounts::Page;
use fair::audit::{Entry, Filter, Object};
use fair::{Accounts, Audit};
use serde::{Deserialize, Serialize};
use storage::ids::{EnterpriseId, Seq, UserId};
use utoipa::{IntoParams, ToSchema};

use super::parts::page::limit;
use super::parts::{PageOf, Route};
use crate::code::Code;
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/audit" Committee Read => list,
            says("What was decided and revealed, newest first").query::<Asked>().lists::<Item>();
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Kind and id, with a `/` between.
    object: Option<String>,
    actor: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditItem)]
struct Item {
    seq: Seq,
    at: String,
    action: String,
    object: Thing,
    /// None: the hub, or an operator at its machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Who>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise: Option<EnterpriseId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditObject)]
struct Thing {
    kind: String,
    id: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditActor)]
struct Who {
    id: UserId,
    /// 对外显示名, as it is now.
    name: String,
}

/// Newest first.
async fn list(
    State(accounts): State<Accounts>,
    State(audit): State<Audit>,
    page: PageOf<Asked>,
) -> Result<impl IntoResponse, Failure> {
    let Asked { object, actor, cursor, limit: asked } = &page.filter;
    let actor = actor.as_deref().map(str::parse).transpose();
    let actor = actor.map_err(|_no_id| Failure::from(Code::BadRequest).field("/actor", "format"))?;
    let filter = Filter { object: object.clone(), actor };
    let found = audit.entries(&filter, cursor.as_deref(), limit(*asked)).await?;
    let names = names(&accounts, &found.items).await?;
    let items = found.items.into_iter().map(|entry| item(entry, &names)).collect();
    Ok(page.shows(Page { items, next: found.next }))
}

async fn names(accounts: &Accounts, entries: &[Entry]) -> Result<HashMap<UserId, String>, Failure> {
    let mut names = HashMap::new();
    for user in entries.iter().filter_map(|entry| entry.actor.user) {
        if let hash_map::Entry::Vacant(unknown) = names.entry(user) {
            let name = match accounts.user(user).await {
                Ok(user) => user.name,
                Err(fair::Error::NotFound) => String::new(),
                Err(error) => return Err(error.into()),
            };
            unknown.insert(name);
        }
    }
    Ok(names)
}

fn item(entry: Entry, names: &HashMap<UserId, String>) -> Item {
    let Entry { seq, at, actor, action, object: Object { kind, id }, note } = entry;
    let who = |id| Who { id, name: names.get(&id).cloned().unwrap_or_default() };
    Item {
        seq,
        at: rfc3339(at),
        action,
        object: Thing { kind, id },
        actor: actor.user.map(who),
        enterprise: actor.enterprise,
        note,
    }
}
