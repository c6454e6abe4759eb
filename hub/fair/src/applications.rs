//! Exhibitor applications: an enterprise asks to exhibit, the institution that invited it decides.
//!
//! **Source**: SPEC 6; D-04 (the inviting institution reviews, the committee may override), D-05, D-24 (windows limit the
//! first submission), D-44 (what is locked once it is approved).

mod flow;
mod form;

use serde_json::{Map, Value};
use storage::Read;
use storage::ids::{EnterpriseId, RecordId};

pub use flow::FLOW;
pub use form::{ONLINE, ONLINE_AND_OFFLINE, SUBMIT, UPDATE};

use crate::accounts::{Accounts, Enterprise};
use crate::error::{Error, FieldError, Result};
use crate::event::{Event, Window};
use crate::flow::{Flows, Input, New, Record, Who, stands};
use crate::form::{Context, Object};
use crate::invitations::{self, Invitations};
use crate::kind::Kind;

/// What an application is judged by beside its own fields.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The day and the vocabularies.
    pub context: Context<'a>,
    /// The calendar.
    pub event: &'a Event,
}

impl std::fmt::Debug for Rules<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rules")
    }
}

/// Every application. A cheap handle.
#[derive(Debug, Clone)]
pub struct Applications {
    flows: Flows,
    invitations: Invitations,
}

/// What an enterprise says of itself that its application is judged by.
const LOCKED_OF_ENTERPRISE: [&str; 2] = ["name", "place"];
/// Lost races about one application before giving up.
const TRIES_MAX: u32 = 8;

/// The number of an enterprise's application: it applies once.
#[must_use]
pub const fn id_of(enterprise: EnterpriseId) -> RecordId {
    RecordId(enterprise.0)
}

/// The institution that invited an enterprise: whose code it applied with.
///
/// # Errors
/// [`Error::Store`].
pub async fn inviter(accounts: &Accounts, enterprise: EnterpriseId) -> Result<Option<EnterpriseId>> {
    let record = stands(accounts, &FLOW, id_of(enterprise), Read::Serial).await?;
    Ok(record.and_then(|record| record.second))
}

/// Whether an enterprise may change these fields of what it says of itself: not what its application is judged by, from the
/// review on. **Source**: L350 (nothing is edited under review), D-44.
///
/// # Errors
/// [`Error::Invalid`] with each that is `locked`, [`Error::Store`].
pub async fn check_said(accounts: &Accounts, enterprise: EnterpriseId, fields: &[&str]) -> Result<()> {
    let locked: Vec<_> = fields.iter().filter(|field| LOCKED_OF_ENTERPRISE.contains(field)).collect();
    if locked.is_empty() {
        return Ok(());
    }
    match stands(accounts, &FLOW, id_of(enterprise), Read::Serial).await? {
        Some(record) if !flow::is_open(record.state) => Err(Error::Invalid(
            locked.into_iter().map(|field| FieldError::new(format!("/{field}"), "locked")).collect(),
        )),
        Some(_) | None => Ok(()),
    }
}

impl Applications {
    /// Over the records.
    #[must_use]
    pub fn new(flows: Flows) -> Self {
        Self { invitations: Invitations::new(flows.clone()), flows }
    }

    /// Submits an enterprise's application. Its code is bound to the enterprise first, then the application made: after a
    /// crash in between the same enterprise submits again with the same code.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever does not act for an enterprise, [`Error::Conflict`] when it has applied already,
    /// [`Error::Invalid`] with every wrong field, [`Error::WindowClosed`], [`Error::Store`].
    pub async fn submit(&self, who: &Who, sent: &Object, rules: &Rules<'_>) -> Result<Record> {
        let Who::Account { kind: Kind::Enterprise, team: Some(team), admin: true, .. } = *who else {
            return Err(Error::Forbidden);
        };
        let filled = SUBMIT.check(sent, &rules.context)?;
        let id = id_of(team);
        if self.flows.look(&FLOW, id).await?.is_some() {
            return Err(Error::Conflict("the enterprise has applied already"));
        }
        let kind = filled.text("exhibiting_type").unwrap_or_default();
        rules.event.window(window_of(kind), self.flows.now())?;
        let code = self.invitations.claim(filled.text("invitation_code").unwrap_or_default(), team).await?;
        let mut fields = filled.into_fields();
        fields.extend(self.prefilled(team).await?);
        fields.insert("invitation_code".to_owned(), invitations::code_of(&code).into());
        fields.extend(invitations::zone_of(&code).map(|zone| ("zone".to_owned(), zone.into())));
        let input = Input { fields, note: None };
        let new = New { id, owner: team, second: Some(code.owner), action: "submit", input };
        match self.flows.create(who, &FLOW, new).await {
            Err(Error::Conflict(what)) => {
                self.free_unless_used(id, &code).await?;
                Err(Error::Conflict(what))
            }
            other => other,
        }
    }

    /// 企业名称 and 企业/机构标识, as they are now. **Source**: L267, L314.
    async fn prefilled(&self, team: EnterpriseId) -> Result<Map<String, Value>> {
        let Enterprise { identifier, name, .. } = self.flows.accounts().enterprise(team).await?;
        Ok(Map::from_iter([("enterprise_name".to_owned(), name.into()), ("identifier".to_owned(), identifier.into())]))
    }

    /// Two submits of one enterprise with two codes: the one that lost frees its code.
    async fn free_unless_used(&self, id: RecordId, code: &Record) -> Result<()> {
        let stands = self.flows.look(&FLOW, id).await?;
        let is_used = stands.is_some_and(|stands| stands.text("invitation_code") == invitations::code_of(code));
        if is_used { Ok(()) } else { self.invitations.release(code).await }
    }

    /// Changes an application.
    ///
    /// # Errors
    /// As the engine's; [`Error::Invalid`], also for what is locked; [`Error::WindowClosed`] when the type changes to one
    /// that nobody may submit any more.
    pub async fn update(
        &self,
        who: &Who,
        (id, version): (RecordId, i64),
        patch: &Object,
        rules: &Rules<'_>,
    ) -> Result<Record> {
        let record = self.flows.get(who, &FLOW, id).await?;
        self.flows.check(&record, who, version, "update")?;
        let fields = UPDATE.check_patch(&record.fields, patch, &rules.context)?.into_fields();
        let mut changed = changes(&record.fields, fields);
        check_locked(&record, &changed)?;
        let named = self.prefilled(record.owner).await?;
        changed.extend(named.into_iter().filter(|(name, value)| record.fields.get(name) != Some(value)));
        if let Some(kind) = changed.get("exhibiting_type").and_then(Value::as_str) {
            rules.event.window(window_of(kind), self.flows.now())?;
        }
        self.flows.advance(who, (&FLOW, id, version), "update", Input { fields: changed, note: None }).await
    }

    /// Brings an application up to its enterprise's new name, while it may be changed.
    ///
    /// # Errors
    /// [`Error::Conflict`] after lost races, [`Error::Store`]: the next change of the application does it.
    pub async fn renamed(&self, who: &Who, team: EnterpriseId) -> Result<()> {
        let id = id_of(team);
        for _ in 0..TRIES_MAX {
            let Some(record) = self.flows.look(&FLOW, id).await? else { return Ok(()) };
            let mut fields = self.prefilled(team).await?;
            fields.retain(|name, value| record.fields.get(name) != Some(value));
            if fields.is_empty() || !flow::is_open(record.state) {
                return Ok(());
            }
            let input = Input { fields, note: None };
            match self.flows.advance(who, (&FLOW, id, record.version), "update", input).await {
                // Moved on meanwhile.
                Err(Error::Stale | Error::Conflict(_)) => {}
                other => return other.map(|_record| ()),
            }
        }
        Err(Error::Conflict("the application is being changed by others"))
    }
}

/// CAL-1 for those who exhibit online, CAL-2 for those who come too. **Source**: D-24.
fn window_of(kind: &str) -> Window {
    if kind == ONLINE { Window::OnlineRegistration } else { Window::OfflineRegistration }
}

/// What of the form differs from what is kept; what is gone is `null`.
fn changes(kept: &Map<String, Value>, mut new: Map<String, Value>) -> Map<String, Value> {
    let gone = UPDATE.fields.iter().map(|field| field.name);
    let gone: Vec<_> = gone.filter(|name| kept.contains_key(*name) && !new.contains_key(*name)).collect();
    new.retain(|name, value| kept.get(name) != Some(value));
    new.extend(gone.into_iter().map(|name| (name.to_owned(), Value::Null)));
    new
}

fn check_locked(record: &Record, changed: &Map<String, Value>) -> Result<()> {
    if record.state != flow::APPROVED {
        return Ok(());
    }
    let locked = form::LOCKED.iter().filter(|name| changed.contains_key(**name));
    let locked: Vec<_> = locked.map(|name| FieldError::new(format!("/{name}"), "locked")).collect();
    if locked.is_empty() { Ok(()) } else { Err(Error::Invalid(locked)) }
}

#[cfg(test)]
mod tests;
