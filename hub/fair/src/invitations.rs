//! Invitation codes: an institution issues them, each lets one enterprise apply to it.
//!
//! A code is the record's own number, so that looking it up is one read and two cannot be alike. What is not usable is
//! unknown to whoever asks: nobody learns by asking which codes there once were.
//!
//! **Source**: SPEC 5; D-05 (a code is bound to its application at first submit and stays bound), D-42 (a code may preset
//! the zone).

mod code;
mod flow;
mod form;

use serde::Serialize;
use serde_json::{Map, json};
use storage::ids::{EnterpriseId, Millis};
use utoipa::ToSchema;

pub use code::Code;
pub use flow::FLOW;
pub use form::{ISSUE, read_issue};

use crate::error::{Error, Result};
use crate::flow::{Flows, Input, New, Record, Who};
use crate::kind::Kind;

/// Codes of one issue.
pub const ISSUED_MAX: usize = 100;
/// Draws of a code that was drawn before, until giving up: there are 2^50.
const DRAWS_MAX: u32 = 4;
/// Codes issued at one time.
const AT_ONCE_MAX: usize = 16;
/// The field that says which enterprise a code is bound to.
const USED_BY: &str = "used_by";
/// Its name then, for the institution's list.
const USED_BY_NAME: &str = "used_by_name";
const USED_MS: &str = "used_ms";
const EXPIRES_MS: &str = "expires_ms";

/// What whoever enters a code is shown: "所属承办机构/代表团" (L288). **Shape**: `{"institution":{"id","name"},"zone"?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Issuer {
    /// Who issued it.
    pub institution: crate::Team,
    /// The zone that it presets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// What all codes of one issue have in common.
#[derive(Debug, Clone, Default)]
pub struct Issue {
    /// How many, 1 to [`ISSUED_MAX`].
    pub count: usize,
    /// The zone that they preset.
    pub zone: Option<String>,
    /// When they are good no longer; none: never.
    pub expires: Option<Millis>,
}

/// The codes of all institutions. A cheap handle.
#[derive(Debug, Clone)]
pub struct Invitations(Flows);

impl Invitations {
    /// Over the records.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self(flows)
    }

    /// Issues codes of an institution.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever does not belong to it, [`Error::Invalid`] for a count or an expiry that cannot be,
    /// [`Error::Store`]: some may have been issued.
    pub async fn issue(&self, who: &Who, institution: EnterpriseId, issue: &Issue) -> Result<Vec<Record>> {
        use futures_util::{StreamExt as _, TryStreamExt as _, stream};
        if !(1..=ISSUED_MAX).contains(&issue.count) {
            return Err(Error::invalid("/count", if issue.count == 0 { "too_small" } else { "too_big" }));
        }
        if issue.expires.is_some_and(|at| at <= self.0.now()) {
            return Err(Error::invalid("/expires_on", "past"));
        }
        let draws = (0..issue.count).map(|_| self.issue_one(who, institution, issue));
        stream::iter(draws).buffered(AT_ONCE_MAX).try_collect().await
    }

    async fn issue_one(&self, who: &Who, owner: EnterpriseId, issue: &Issue) -> Result<Record> {
        let mut fields = Map::new();
        if let Some(zone) = &issue.zone {
            fields.insert("zone".to_owned(), zone.as_str().into());
        }
        if let Some(Millis(at)) = issue.expires {
            fields.insert(EXPIRES_MS.to_owned(), at.into());
        }
        for _ in 0..DRAWS_MAX {
            let Code(id) = Code::random(self.0.accounts().entropy());
            let input = Input { fields: fields.clone(), note: None };
            let new = New { id, owner, second: None, action: "issue", input };
            match self.0.create(who, &FLOW, new).await {
                Err(Error::Conflict(_)) => {}
                other => return other,
            }
        }
        Err(Error::Internal("codes are drawn that were drawn before"))
    }

    /// Whose code it is, while an application can be made with it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what is no code, or none that is usable; [`Error::Store`].
    pub async fn issuer(&self, code: &str) -> Result<Issuer> {
        let record = self.usable(code, None).await?.ok_or(Error::NotFound)?;
        let institution = self.0.accounts().enterprise(record.owner).await?;
        let institution = crate::Team { id: institution.id, name: institution.name, name_en: institution.name_en };
        Ok(Issuer { institution, zone: zone_of(&record) })
    }

    /// The record of a code that `enterprise` may apply with: one that nobody used, or that is bound to it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn usable(&self, code: &str, enterprise: Option<EnterpriseId>) -> Result<Option<Record>> {
        let Some(Code(id)) = Code::parse(code) else { return Ok(None) };
        let Some(record) = self.0.look(&FLOW, id).await? else { return Ok(None) };
        let usable = match record.state {
            flow::UNUSED => expiry_of(&record).is_none_or(|at| self.0.now() < at),
            flow::USED => enterprise.is_some() && used_by(&record) == enterprise,
            _ => false,
        };
        Ok(Some(record).filter(|_| usable))
    }

    /// Binds a code to an enterprise: of two who claim it one wins, and claiming one's own again changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/invitation_code` for one that is not usable, or another's by now; [`Error::Store`].
    pub async fn claim(&self, code: &str, enterprise: EnterpriseId) -> Result<Record> {
        let unknown = || Error::invalid("/invitation_code", "unknown");
        let record = self.usable(code, Some(enterprise)).await?.ok_or_else(unknown)?;
        if record.state == flow::USED {
            return Ok(record);
        }
        let used_at = self.0.now().0;
        let name = self.0.accounts().enterprise(enterprise).await?.name;
        let fields = [(USED_BY, json!(enterprise)), (USED_BY_NAME, json!(name)), (USED_MS, json!(used_at))];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let input = Input { fields, note: None };
        match self.0.advance(&Who::System, (&FLOW, record.id, record.version), "use", input).await {
            // Somebody was first; perhaps an earlier try of this one.
            Err(Error::Stale) => {
                let record = self.usable(code, Some(enterprise)).await?.filter(|record| record.state == flow::USED);
                record.ok_or_else(unknown)
            }
            other => other,
        }
    }

    /// Frees a code that was claimed for an application that was not made with it.
    ///
    /// # Errors
    /// As the engine's.
    pub async fn release(&self, claimed: &Record) -> Result<()> {
        let fields = [USED_BY, USED_BY_NAME, USED_MS].map(|name| (name.to_owned(), serde_json::Value::Null));
        let input = Input { fields: Map::from_iter(fields), note: None };
        self.0.advance(&Who::System, (&FLOW, claimed.id, claimed.version), "release", input).await?;
        Ok(())
    }

    /// Takes a code back that nobody used.
    ///
    /// # Errors
    /// As the engine's; [`Error::NotFound`] for what is no code.
    pub async fn void(&self, who: &Who, code: &str, version: i64) -> Result<Record> {
        let Code(id) = Code::parse(code).ok_or(Error::NotFound)?;
        self.0.advance(who, (&FLOW, id, version), "void", Input::default()).await
    }
}

/// Whether an account may issue codes of a team.
#[must_use]
pub fn issues(who: &Who, institution: EnterpriseId) -> bool {
    matches!(who, Who::Account { kind: Kind::Institution, team: Some(team), .. } if *team == institution)
}

/// The code of a record.
#[must_use]
pub fn code_of(record: &Record) -> String {
    Code(record.id).to_string()
}

/// The zone that it presets.
#[must_use]
pub fn zone_of(record: &Record) -> Option<String> {
    Some(record.text("zone").to_owned()).filter(|zone| !zone.is_empty())
}

/// When it is good no longer.
#[must_use]
pub fn expiry_of(record: &Record) -> Option<Millis> {
    millis(record, EXPIRES_MS)
}

/// When it was used.
#[must_use]
pub fn used_at(record: &Record) -> Option<Millis> {
    millis(record, USED_MS)
}

/// The name that the enterprise had when it used it.
#[must_use]
pub fn used_by_name(record: &Record) -> &str {
    record.text(USED_BY_NAME)
}

/// The enterprise that it is bound to.
#[must_use]
pub fn used_by(record: &Record) -> Option<EnterpriseId> {
    record.text(USED_BY).parse().ok()
}

fn millis(record: &Record, field: &str) -> Option<Millis> {
    record.fields.get(field).and_then(serde_json::Value::as_i64).map(Millis)
}

#[cfg(test)]
mod tests;
