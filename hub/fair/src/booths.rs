//! Booths (展台): what an exhibitor builds, the institution that invited it approves, and everybody sees then.
//!
//! **Source**: SPEC 9; D-08 (in review nothing is shown, unless the fair is set otherwise), D-24 (at any time), D-42 (a zone
//! that the invitation code presets).

mod flow;
mod form;
pub mod slot;

use serde_json::{Map, Value};
use storage::Read;
use storage::ids::{EnterpriseId, RecordId};

pub use flow::FLOW;
pub(crate) use flow::{facets, is_public};
pub use form::{BOOTH, SUBMIT};

use crate::applications;
use crate::content::{self, Contents, LISTED_MAX};
use crate::error::{Error, Result};
use crate::flow::review::PASSED;
use crate::flow::{Flows, Input, New, Record, Who, stands};
use crate::form::{Context, Object};
use crate::kind::Kind;
use crate::uploads::Uploads;

/// Booths that an enterprise may be set to have.
pub const PER_ENTERPRISE_MAX: u32 = 100;

/// Every booth. A cheap handle.
#[derive(Debug, Clone)]
pub struct Booths {
    contents: Contents,
    per_enterprise: u32,
}

impl Booths {
    /// Over the records and the uploads; so many for each enterprise.
    #[must_use]
    pub const fn new(flows: Flows, uploads: Uploads, per_enterprise: u32) -> Self {
        Self { contents: Contents { flows, uploads }, per_enterprise }
    }

    const fn flows(&self) -> &Flows {
        &self.contents.flows
    }

    /// Begins a booth as a draft.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever does not act for an enterprise; [`Error::Conflict`] when it has not applied to exhibit
    /// or has as many booths as it may; [`Error::Invalid`] with every wrong field; [`Error::Store`].
    pub async fn create(&self, who: &Who, sent: &Object, context: &Context<'_>) -> Result<Record> {
        let team = exhibitor(who)?;
        let mut fields = BOOTH.check_draft(sent, context)?.into_fields();
        let application = self.application(team).await?;
        settle_zone(&application, &mut fields, context)?;
        for (name, value) in [("show_contact", true), ("smart_service", false)] {
            fields.entry(name).or_insert(Value::Bool(value));
        }
        let accounts = self.flows().accounts();
        let id = RecordId::random(&mut accounts.entropy());
        let slot = slot::claim(accounts, team, id, self.per_enterprise).await?;
        let input = Input { fields, note: None };
        let new = New { id, owner: team, reviewer: application.reviewer, action: "create", input };
        let made = self.contents.create(who, (&FLOW, &BOOTH), new).await;
        if let Err(error) = &made
            && *error != Error::Store(storage::StoreError::Unknown)
        {
            slot::release(accounts, slot).await?;
        }
        made
    }

    /// Changes what is filled in. Of what is approved the approved copy stays as it is.
    ///
    /// # Errors
    /// As the engine's; [`Error::Invalid`] with every wrong field; none that is missing is asked for.
    pub async fn update(
        &self,
        who: &Who,
        (id, version): (RecordId, i64),
        patch: &Object,
        context: &Context<'_>,
    ) -> Result<Record> {
        let record = self.flows().get(who, &FLOW, id).await?;
        self.flows().check(&record, who, version, "update")?;
        let kept = content::filled_in(&BOOTH, &record.fields);
        let mut fields = BOOTH.check_draft_patch(&kept, patch, context)?.into_fields();
        settle_zone(&self.application(record.owner).await?, &mut fields, context)?;
        let fields = content::changes(&BOOTH, &kept, fields);
        if fields.is_empty() {
            return Ok(record);
        }
        self.contents.advance(who, &BOOTH, &record, ("update", Input { fields, note: None })).await
    }

    /// Hands a booth in, whole, with the rules accepted.
    ///
    /// # Errors
    /// As the engine's; [`Error::Conflict`] while the enterprise's application is not approved; [`Error::Invalid`] with every
    /// field that is wrong or missing.
    pub async fn submit(
        &self,
        who: &Who,
        (id, version): (RecordId, i64),
        sent: &Object,
        context: &Context<'_>,
    ) -> Result<Record> {
        SUBMIT.check(sent, context)?;
        let record = self.flows().get(who, &FLOW, id).await?;
        self.flows().check(&record, who, version, "submit")?;
        let application = self.application(record.owner).await?;
        if application.state != PASSED.name {
            return Err(Error::Conflict("the application is not approved"));
        }
        let mut filled = content::check_whole(&BOOTH, &record, context)?.into_fields();
        settle_zone(&application, &mut filled, context)?;
        let lists = content::listed(&record).count() + facets(&filled).len();
        if lists > LISTED_MAX {
            return Err(Error::invalid("/categories", "too_many"));
        }
        let input = Input { fields: flow::acceptance(self.flows().now()), note: None };
        self.step(who, &record, "submit", input).await
    }

    /// Takes a step that asks for nothing but what comes with it: a decision, a withdrawal.
    ///
    /// # Errors
    /// As the engine's.
    pub async fn advance(
        &self,
        who: &Who,
        (id, version): (RecordId, i64),
        action: &str,
        input: Input,
    ) -> Result<Record> {
        let record = self.flows().get(who, &FLOW, id).await?;
        self.flows().check(&record, who, version, action)?;
        self.step(who, &record, action, input).await
    }

    async fn step(&self, who: &Who, record: &Record, action: &str, input: Input) -> Result<Record> {
        self.contents.advance(who, &BOOTH, record, (action, input)).await
    }

    async fn application(&self, team: EnterpriseId) -> Result<Record> {
        let id = applications::id_of(team);
        let record = stands(self.flows().accounts(), &applications::FLOW, id, Read::Serial).await?;
        record.ok_or(Error::Conflict("the enterprise has not applied to exhibit"))
    }
}

/// The enterprise that somebody builds for.
pub(crate) const fn exhibitor(who: &Who) -> Result<EnterpriseId> {
    match *who {
        Who::Account { kind: Kind::Enterprise, team: Some(team), admin: true, .. } => Ok(team),
        Who::Account { .. } | Who::System => Err(Error::Forbidden),
    }
}

/// The zone that the invitation code presets, and no other; else one of the first level.
fn settle_zone(application: &Record, fields: &mut Map<String, Value>, context: &Context<'_>) -> Result<()> {
    let (preset, zone) = (application.text("zone"), fields.get("zone").and_then(Value::as_str));
    match zone {
        Some(zone) if !preset.is_empty() && zone != preset => return Err(Error::invalid("/zone", "locked")),
        Some(zone) if preset.is_empty() && !context.terms.is_first_level("zone", zone) => {
            return Err(Error::invalid("/zone", "not_an_option"));
        }
        Some(_) => {}
        None if preset.is_empty() => {}
        None => drop(fields.insert("zone".to_owned(), preset.into())),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
