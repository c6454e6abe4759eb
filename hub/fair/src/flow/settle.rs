//! The outbox: what follows from a step, computed from its line and its flow's table, so that nothing else has to be kept.
//! Delivered by whoever took the step, or after a crash by who sweeps; each part has a key that makes it once.

use std::fmt;

use serde_json::{Value, json};
use storage::ids::{EnterpriseId, RecordId, UserId};

use super::rows;
use super::{Effect, Flow, Flows, Line, Record, Step, find};
use crate::accounts::Member;
use crate::due::Claimed;
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::notification::Notice;

/// What the deadlines call a step whose effects are to be delivered.
pub const OUTBOX: &str = "outbox";

/// Something to tell those of some people who are connected.
#[derive(Debug, Clone)]
pub struct Told {
    /// The event's name.
    pub event: &'static str,
    /// Its body. **Shape**: a JSON object.
    pub body: Value,
    /// Whom.
    pub users: Vec<UserId>,
}

/// A step, as a note of the deadlines names it.
pub(super) struct Cause {
    pub(super) kind: &'static str,
    pub(super) id: RecordId,
    pub(super) version: i64,
    /// Of two who race for a version one wins: each has a note of its own.
    pub(super) op_id: u128,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, version, op_id } = self;
        write!(f, "{kind}/{id}/{version}/{op_id:032x}")
    }
}

fn read_cause(text: &str) -> Option<(&'static Flow, RecordId, i64, u128)> {
    let mut parts = text.split('/');
    let (kind, id, version, op_id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some((find(kind)?, id.parse().ok()?, version.parse().ok()?, u128::from_str_radix(op_id, 16).ok()?))
}

impl Flows {
    /// Delivers what a note of the deadlines names, and removes the note. False: the step was never taken, and has no
    /// effects.
    ///
    /// # Errors
    /// [`Error::Store`]: it comes again.
    pub async fn sweep(&self, claimed: &Claimed) -> Result<bool> {
        let Some((flow, id, version, op_id)) = read_cause(&claimed.key) else {
            return Err(Error::Internal("a note that nothing here wrote"));
        };
        let row = self.row(flow, id, version).await?.filter(|row| row.op_id == op_id);
        let is_taken = row.is_some();
        if let (Some(row), Some(head)) = (row, self.look(flow, id).await?) {
            let state = flow.state(&row.state).map_or(head.state, |state| state.name);
            let record = Record { version, state, updated: row.at, ..head };
            let line = rows::line(self.0.accounts.sealer(), flow, id, version, row)?;
            let step = step_of(flow, &line).ok_or(Error::Internal("a line of a step that nobody knows"))?;
            self.settle(&record, &line, step).await?;
        }
        self.0.due.done(claimed).await?;
        Ok(is_taken)
    }

    /// Everything that follows from a step; twice is once.
    pub(super) async fn settle(&self, record: &Record, line: &Line, step: &Step) -> Result<()> {
        if line.from.as_deref() != Some(record.state) {
            self.list_record(record).await?;
        }
        let owners = self.0.accounts.team(record.owner).await?;
        let reviewers = self.reviewers(record).await?;
        let both = both(&owners, &reviewers);
        let tell = |event: &'static str| self.tell(Told { event, body: told_of(record), users: both.clone() });
        for effect in step.effects {
            match effect {
                Effect::NotifyOwner => self.notify(record, line, acting(&owners)).await?,
                Effect::NotifyReviewer => self.notify(record, line, acting(&reviewers)).await?,
                Effect::Tell(event) => tell(event),
            }
        }
        tell(record.flow.event);
        Ok(())
    }

    async fn notify(&self, record: &Record, line: &Line, people: Vec<UserId>) -> Result<()> {
        let Record { flow, id, version, .. } = record;
        let mut body = told_of(record);
        if let (Some(body), Some(note)) = (body.as_object_mut(), &line.note) {
            body.insert("note".to_owned(), note.as_str().into());
        }
        let cause = format!("{}/{id}/{version}", flow.kind);
        let notice = Notice { cause: &cause, at: line.at, kind: flow.event, body };
        for (user, id) in self.0.accounts.notify_all(&people, &notice).await? {
            let body = json!({ "id": id, "kind": notice.kind, "body": notice.body });
            self.tell(Told { event: crate::notification::NEW, body, users: vec![user] });
        }
        Ok(())
    }

    fn tell(&self, told: Told) {
        if let Some(teller) = self.0.teller.get() {
            teller(told);
        }
    }

    /// The people who decide about a record.
    async fn reviewers(&self, record: &Record) -> Result<Vec<Member>> {
        let teams: Vec<EnterpriseId> = match record.reviewer {
            Some(reviewer) => vec![reviewer],
            None => self.0.accounts.teams_of(Kind::Committee).await?,
        };
        let mut people = Vec::new();
        for team in teams.into_iter().filter(|team| *team != record.owner) {
            people.extend(self.0.accounts.team(team).await?);
        }
        Ok(people)
    }
}

/// The step that made a line.
fn step_of(flow: &Flow, line: &Line) -> Option<&'static Step> {
    let is_it = |step: &&Step| line.from.as_deref().map_or(step.from.is_empty(), |from| step.from.contains(&from));
    flow.steps_of(&line.action).find(is_it)
}

/// Those who act for their team: nobody of an institution has a duty, and everybody of it acts.
fn acting(people: &[Member]) -> Vec<UserId> {
    people.iter().filter(|member| member.admin || member.duty.is_none()).map(|member| member.id).collect()
}

/// **Shape**: `{"kind","id","version","state"}`.
fn told_of(Record { flow, id, version, state, .. }: &Record) -> Value {
    json!({ "kind": flow.kind, "id": id, "version": version, "state": state })
}

fn both(owners: &[Member], reviewers: &[Member]) -> Vec<UserId> {
    let mut users: Vec<_> = owners.iter().chain(reviewers).map(|member| member.id).collect();
    users.sort_unstable();
    users.dedup();
    users
}
