//! What the demo's firms have done in the last days: they introduced themselves, applied with codes of institutions, were
//! reviewed, or wait for it, and built what they show. Done through the same operations as everybody's, by a clock that lies in the past.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use storage::ids::EnterpriseId;

use super::building;
use super::cast::{COMMITTEE, Deed, Firm, Id, Past, Sample, samples};
use crate::accounts::{Accounts, Enterprise, User};
use crate::applications::{self, Applications, ONLINE, ONLINE_AND_OFFLINE, Rules};
use crate::attendance;
use crate::booths::Booths;
use crate::data::FairData;
use crate::enterprise::Change;
use crate::error::{Error, Result};
use crate::exhibits::Exhibits;
use crate::field::Day;
use crate::flow::{Flow, Flows, Input, Record, Scope, Who};
use crate::form::Context;
use crate::invitations::{self, Invitations, Issue};
use crate::kind::Kind;
use crate::personnel::Personnel;
use crate::showcase::Showcase;
use crate::uploads::Uploads;

/// Between two things that happen. **Units**: milliseconds.
pub(super) const PAUSE_MS: u32 = 17 * 60_000;
/// Codes that each institution has issued when the demo begins, beside those that were used.
const CODES: usize = 4;
/// The calendar by which everything was done: it lies around today, whatever calendar the hub shows.
const EVENT: &str = "demo";

/// Where it is played: by a clock that is set by hand, some days ago, and is moved on.
pub struct Stage<'a> {
    /// Who is there.
    pub accounts: &'a Accounts,
    /// Where records live.
    pub flows: &'a Flows,
    /// Who people really are.
    pub personnel: &'a Personnel,
    /// Vocabularies and calendars.
    pub files: &'a FairData,
    /// Pictures.
    pub uploads: &'a Uploads,
    /// What exhibitors build.
    pub booths: &'a Booths,
    /// What they show there.
    pub exhibits: &'a Exhibits,
    /// What others see of both.
    pub showcase: &'a Showcase,
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

/// Plays what is missing; what is there stays as it is.
///
/// # Errors
/// Whatever the operations answer.
pub async fn play(stage: &Stage<'_>) -> Result<()> {
    let mut teams = HashMap::new();
    for sample in samples() {
        teams.insert(sample.identifier, Team::find(stage, sample).await?);
    }
    let team = |identifier: &str| teams.get(identifier).ok_or(Error::Internal("a team that is not of the demo"));
    for institution in teams.values().filter(|team| team.enterprise.kind == Kind::Institution) {
        stage.issue_codes(institution).await?;
    }
    for (sample, firm) in samples().filter_map(|sample| Some((sample, sample.firm.as_ref()?))) {
        let own = team(sample.identifier)?;
        stage.introduce(own, sample, firm).await?;
        stage.accounts.clock().advance_ms(PAUSE_MS);
        match &firm.past {
            Past::Registered => {}
            Past::Applied { institution, is_offline, then } => {
                let institution = team(institution)?;
                if let Some(made) = stage.apply(own, institution, firm, *is_offline).await? {
                    stage.go(made, &applications::FLOW, &own.who, &institution.who, then).await?;
                }
            }
            Past::Attends(then) => {
                if let Some(made) = stage.attend(own).await? {
                    stage.go(made, &attendance::FLOW, &own.who, &team(COMMITTEE)?.who, then).await?;
                }
            }
        }
    }
    Box::pin(building::play(stage, &teams)).await
}

/// A team, and who acts for it.
pub(super) struct Team {
    pub(super) enterprise: Enterprise,
    people: Vec<User>,
    pub(super) who: Who,
}

impl Team {
    async fn find(stage: &Stage<'_>, sample: &Sample) -> Result<Self> {
        let enterprise = stage.accounts.find_enterprise(sample.identifier).await?.ok_or(Error::NotFound)?;
        let mut people = Vec::new();
        for person in sample.people {
            people.extend(stage.accounts.find_user(sample.identifier, person.username).await?);
        }
        let admin = people.iter().find(|user| user.admin).ok_or(Error::NotFound)?;
        let who = Who::from(admin);
        Ok(Self { enterprise, people, who })
    }
}

impl Stage<'_> {
    pub(super) fn context(&self) -> Context<'_> {
        Context { today: Day::in_shanghai(self.accounts.clock().now()), terms: self.files, tag_digits: false }
    }

    /// Some to give away, one of them taken back.
    async fn issue_codes(&self, institution: &Team) -> Result<()> {
        let id = institution.enterprise.id;
        let there = self.flows.list(&invitations::FLOW, Scope::Owner(id), None, (None, 1)).await?;
        if !there.items.is_empty() {
            return Ok(());
        }
        let codes = Invitations::new(self.flows.clone());
        let issued = codes.issue(&institution.who, id, &Issue { count: CODES, ..Issue::default() }).await?;
        if let Some(first) = issued.first() {
            codes.void(&institution.who, &invitations::code_of(first), first.version).await?;
        }
        Ok(())
    }

    async fn introduce(&self, own: &Team, sample: &Sample, firm: &Firm) -> Result<()> {
        let said = Change {
            name: sample.name.0.to_owned(),
            name_en: Some(sample.name.1.to_owned()),
            place: firm.place.0.to_owned(),
            address: firm.place.1.to_owned(),
            industry: firm.industry.to_owned(),
            interests: firm.interests.iter().map(|&code| code.to_owned()).collect(),
            contact_info: Some(format!("fair@{}.example.com", sample.identifier)),
        };
        self.accounts.introduce(own.enterprise.id, firm.entry, &said).await?;
        for (user, person) in own.people.iter().zip(sample.people) {
            if let Some(id) = &person.id {
                self.identify(own.enterprise.id, user, id).await?;
            }
        }
        Ok(())
    }

    async fn identify(&self, team: EnterpriseId, user: &User, id: &Id) -> Result<()> {
        let seen = self.personnel.seen(team, user.id).await?;
        if seen.person.is_some() {
            return Ok(());
        }
        let patch = json!({
            "nationality": "mainland", "real_name": id.name, "gender": id.gender, "document_type": "resident_id",
            "document_number": id.number, "birthday": id.birthday, "position": id.position,
        });
        self.personnel.change(team, user.id, seen.version, &fields(patch).into(), self.files).await?;
        Ok(())
    }

    /// None: it has applied before.
    async fn apply(&self, own: &Team, institution: &Team, firm: &Firm, is_offline: bool) -> Result<Option<Record>> {
        let id = applications::id_of(own.enterprise.id);
        if self.flows.look(&applications::FLOW, id).await?.is_some() {
            return Ok(None);
        }
        let issue = Issue { count: 1, zone: firm.zone.map(str::to_owned), ..Issue::default() };
        let issued =
            Invitations::new(self.flows.clone()).issue(&institution.who, institution.enterprise.id, &issue).await?;
        let code = issued.first().map(invitations::code_of).ok_or(Error::Internal("no code was issued"))?;
        self.accounts.clock().advance_ms(PAUSE_MS);
        let sent = self.application(own, firm, is_offline, &code);
        let event =
            self.files.event(EVENT, self.accounts.clock().now()).ok_or(Error::Internal("the demo's calendar"))?;
        let rules = Rules { context: self.context(), event: &event };
        let made = Applications::new(self.flows.clone()).submit(&own.who, &sent.into(), &rules).await?;
        Ok(Some(made))
    }

    fn application(&self, own: &Team, firm: &Firm, is_offline: bool, code: &str) -> Map<String, Value> {
        let contact = own.people.first().map_or("", |user| user.name.as_str());
        let is_mainland = firm.credit_code.is_some();
        let mut sent = fields(json!({
            "invitation_code": code, "contact_name": contact, "contact_position": "middle",
            "contact_phone": "13800138000", "contact_email": format!("fair@{}.example.com", own.enterprise.identifier),
            "exhibiting_type": if is_offline { ONLINE_AND_OFFLINE } else { ONLINE },
            "purposes": ["trends", "partners", "trade"], "content": "展示主营服务与近期案例，现场演示并接受预约洽谈。",
            "needs": "希望结识海外采购商和本地合作伙伴。", "nature": "enterprise", "industry": firm.industry,
            "registered_place": firm.place.0, "fortune_500": false,
            "company_type": if is_mainland { "domestic" } else { "foreign_invested" },
            "introduction": firm.introduction,
        }));
        sent.extend(firm.credit_code.map(|code| ("credit_code".to_owned(), code.into())));
        sent
    }

    /// None: it is known before.
    async fn attend(&self, own: &Team) -> Result<Option<Record>> {
        let id = own.enterprise.id;
        if self.flows.look(&attendance::FLOW, attendance::id_of(id)).await?.is_some() {
            return Ok(None);
        }
        attendance::submit(self.flows, id, false).await.map(Some)
    }

    async fn go(
        &self,
        mut record: Record,
        flow: &'static Flow,
        owner: &Who,
        reviewer: &Who,
        then: &[Deed],
    ) -> Result<()> {
        for deed in then {
            self.accounts.clock().advance_ms(PAUSE_MS);
            let (who, action, reason) = match deed {
                Deed::Start => (reviewer, "start", None),
                Deed::Approve => (reviewer, "approve", None),
                Deed::Reject(reason) => (reviewer, "reject", Some((*reason).to_owned())),
                Deed::Resubmit => (owner, "resubmit", None),
            };
            let kept = reason.clone().map_or(Value::Null, Value::String);
            let input = Input { fields: Map::from_iter([("reason".to_owned(), kept)]), note: reason };
            record = self.flows.advance(who, (flow, record.id, record.version), action, input).await?;
        }
        Ok(())
    }
}

pub(super) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
