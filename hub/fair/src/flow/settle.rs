//! What follows from a step, computed from its line and its flow's table, so that nothing else has to be kept. Delivered by
//! whoever took the step, or after a crash by who sweeps ([`super::outbox`]); each part has a key that makes it once.

use futures_util::future::{try_join, try_join_all, try_join3};
use serde_json::{Value, json};
use storage::ids::{EnterpriseId, RecordId, UserId};

use super::letter::{self, Letter, Reader};
use super::outbox::read_cause;
use super::rows;
use super::{Effect, Flow, Flows, Line, Record, Step};
use crate::accounts::Member;
use crate::audit::{Actor, NewEntry, Object};
use crate::due::Claimed;
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::messages::Locale;
use crate::notification::Notice;
use crate::seal::Contact;
use crate::table::OutboxKey;

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

/// What a sweep of a batch found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Steps whose effects were delivered.
    pub delivered: u64,
    /// Notes of steps that were never taken, and have no effects.
    pub never_taken: u64,
}

/// Those whom a record concerns.
struct Sides {
    owners: Vec<Member>,
    reviewers: Vec<(EnterpriseId, Member)>,
    delivery: Delivery,
}

/// Whether somebody may have delivered what follows from a step before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It was taken just now, here.
    First,
    /// Some of it may have been delivered.
    Again,
}

impl Sides {
    /// Those who act for the owner.
    fn owners(&self) -> Vec<UserId> {
        self.owners.iter().filter(|member| acts(member)).map(|member| member.id).collect()
    }

    /// Those who act for the reviewer.
    fn reviewers(&self) -> Vec<UserId> {
        self.reviewers.iter().filter(|(_, member)| acts(member)).map(|(_, member)| member.id).collect()
    }

    fn both(&self) -> Vec<UserId> {
        let reviewers = self.reviewers.iter().map(|(_, member)| member.id);
        let mut users: Vec<_> = self.owners.iter().map(|member| member.id).chain(reviewers).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    /// The team that somebody is in, if it is one of theirs.
    fn team_of(&self, record: &Record, user: UserId) -> Option<EnterpriseId> {
        let reviewer = self.reviewers.iter().find(|(_, member)| member.id == user).map(|(team, _)| *team);
        reviewer.or_else(|| self.owners.iter().any(|member| member.id == user).then_some(record.owner))
    }
}

impl Flows {
    /// Delivers what a batch of the deadlines left, and removes it.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Overloaded`]: what is left of it comes again.
    pub async fn sweep(&self, claimed: &Claimed) -> Result<Swept> {
        let (mut swept, mut failed, mut after) = (Swept::default(), None, None::<OutboxKey>);
        loop {
            let notes = self.0.outbox.notes(claimed, after.take()).await?;
            let Some(last) = notes.last().cloned() else { break };
            let mut ended = Vec::with_capacity(notes.len());
            for note in notes {
                match self.settle_noted(&note.cause).await {
                    Ok(true) => swept.delivered += 1,
                    Ok(false) => swept.never_taken += 1,
                    // The others do not wait for it.
                    Err(error) => {
                        failed = Some(error);
                        continue;
                    }
                }
                ended.push(note);
            }
            self.0.outbox.remove(claimed, ended).await?;
            after = Some(last);
        }
        if let Some(error) = failed {
            return Err(error);
        }
        self.0.outbox.due().done(claimed).await?;
        Ok(swept)
    }

    /// False: the step was never taken, and has no effects.
    async fn settle_noted(&self, cause: &str) -> Result<bool> {
        let Some((flow, id, version, op_id)) = read_cause(cause) else {
            return Err(Error::Internal("a note that nothing here wrote"));
        };
        let Some((record, line)) = self.as_of(flow, (id, version), op_id).await? else { return Ok(false) };
        let step = step_of(flow, &line).ok_or(Error::Internal("a line of a step that nobody knows"))?;
        self.settle((&record, &line), step, Delivery::Again).await?;
        Ok(true)
    }

    /// A record as that step left it, as far as what follows from it needs to know.
    async fn as_of(
        &self,
        flow: &'static Flow,
        (id, version): (RecordId, i64),
        op_id: u128,
    ) -> Result<Option<(Record, Line)>> {
        let row = self.row(flow, id, version).await?.filter(|row| row.op_id == op_id);
        let (Some(row), Some(head)) = (row, self.look(flow, id).await?) else { return Ok(None) };
        let state = flow.state(&row.state).map_or(head.state, |state| state.name);
        let record = Record { version, state, updated: row.at, ..head };
        let line = rows::line(self.0.accounts.sealer(), flow, id, version, row)?;
        Ok(Some((record, line)))
    }

    /// Everything that follows from a step; twice is once.
    pub(super) async fn settle(&self, (record, line): (&Record, &Line), step: &Step, delivery: Delivery) -> Result<()> {
        let owners = self.0.accounts.team(record.owner);
        let (owners, reviewers) = try_join(owners, self.reviewers(record)).await?;
        let sides = Sides { owners, reviewers, delivery };
        let listed = async {
            let has_moved = line.from.as_deref() != Some(record.state);
            if has_moved { self.list_record(record).await } else { Ok(()) }
        };
        let effects = step.effects.iter().map(|effect| self.carry_out(effect, (record, line), &sides));
        try_join3(listed, try_join_all(effects), self.show(record, step, delivery)).await?;
        self.tell_both(record.flow.event, record, &sides);
        Ok(())
    }

    /// Later it has moved on, perhaps: what is shown is how it stands then.
    async fn show(&self, record: &Record, step: &Step, delivery: Delivery) -> Result<()> {
        let Some(shows) = step.shows else { return Ok(()) };
        match delivery {
            Delivery::First => shows(&self.0.accounts, record).await,
            Delivery::Again => match self.look(record.flow, record.id).await? {
                Some(stands) => shows(&self.0.accounts, &stands).await,
                None => Ok(()),
            },
        }
    }

    async fn carry_out(&self, effect: &Effect, (record, line): (&Record, &Line), sides: &Sides) -> Result<()> {
        match effect {
            Effect::NotifyOwner => self.notify((record, line), sides.owners(), sides.delivery).await,
            Effect::NotifyReviewer => self.notify((record, line), sides.reviewers(), sides.delivery).await,
            Effect::Tell(event) => {
                self.tell_both(event, record, sides);
                Ok(())
            }
            Effect::Write(letter) => self.write_letter(*letter, (record, line), sides).await,
            Effect::Record => self.record_deed(record, line, sides).await,
        }
    }

    async fn notify(&self, (record, line): (&Record, &Line), people: Vec<UserId>, delivery: Delivery) -> Result<()> {
        let mut body = told_of(record);
        if let (Some(body), Some(note)) = (body.as_object_mut(), &line.note) {
            body.insert("note".to_owned(), note.as_str().into());
        }
        let cause = cause_of(record);
        let notice = Notice { cause: &cause, at: line.at, kind: record.flow.event, body };
        let told = match delivery {
            Delivery::First => self.0.accounts.notify_first(&people, &notice).await?,
            Delivery::Again => self.0.accounts.notify_all(&people, &notice).await?,
        };
        for (user, id) in told {
            let body = json!({ "id": id, "kind": notice.kind, "body": notice.body });
            self.tell(Told { event: crate::notification::NEW, body, users: vec![user] });
        }
        Ok(())
    }

    /// Whom nothing reaches has the notice alone.
    async fn write_letter(
        &self,
        Letter { template, to }: Letter,
        (record, line): (&Record, &Line),
        sides: &Sides,
    ) -> Result<()> {
        let readers = match to {
            Reader::Contact => vec![(cause_of(record), letter::contact_of(record))],
            Reader::Owner => self.contacts(record, sides.owners()).await?,
        };
        let params = letter::params(template, record, line)?;
        let messages = &self.0.outlets.messages;
        for (key, contact) in readers {
            if let Some(way) = messages.way_to(&contact) {
                messages.send(&key, way, template, &params, Locale::for_contact(&contact)).await?;
            }
        }
        Ok(())
    }

    /// How some people are reached, each under a key of their own.
    async fn contacts(&self, record: &Record, people: Vec<UserId>) -> Result<Vec<(String, Contact)>> {
        let cause = cause_of(record);
        let contacts = people.into_iter().map(|user| {
            let key = format!("{cause}/{user}");
            async move { Ok((key, self.0.accounts.contact(user).await?)) }
        });
        try_join_all(contacts).await
    }

    async fn record_deed(&self, record: &Record, line: &Line, sides: &Sides) -> Result<()> {
        let enterprise = match line.actor.map(|user| (user, sides.team_of(record, user))) {
            // The committee's where an institution decides, or somebody's who is in no team any more.
            Some((user, None)) => self.0.accounts.user(user).await?.enterprise,
            Some((_, team)) => team,
            None => None,
        };
        let entry = NewEntry {
            key: cause_of(record),
            at: line.at,
            actor: Actor { user: line.actor, enterprise },
            action: format!("{}.{}", record.flow.kind, line.action),
            object: Object::new(record.flow.kind, record.id),
            note: line.note.clone(),
        };
        self.0.outlets.audit.record(entry).await.map(|_place| ())
    }

    fn tell_both(&self, event: &'static str, record: &Record, sides: &Sides) {
        self.tell(Told { event, body: told_of(record), users: sides.both() });
    }

    fn tell(&self, told: Told) {
        if let Some(teller) = self.0.teller.get() {
            teller(told);
        }
    }

    /// The people who decide about a record, and their teams.
    async fn reviewers(&self, record: &Record) -> Result<Vec<(EnterpriseId, Member)>> {
        let teams: Vec<EnterpriseId> = match record.reviewer {
            Some(reviewer) => vec![reviewer],
            None => self.0.accounts.teams_of(Kind::Committee).await?,
        };
        let mut people = Vec::new();
        for team in teams.into_iter().filter(|team| *team != record.owner) {
            people.extend(self.0.accounts.team(team).await?.into_iter().map(|member| (team, member)));
        }
        Ok(people)
    }
}

/// The step that made a line.
fn step_of(flow: &Flow, line: &Line) -> Option<&'static Step> {
    let is_it = |step: &&Step| line.from.as_deref().map_or(step.from.is_empty(), |from| step.from.contains(&from));
    flow.steps_of(&line.action).find(is_it)
}

/// Whether somebody acts for their team: nobody of an institution has a duty, and everybody of it acts.
const fn acts(member: &Member) -> bool {
    member.admin || member.duty.is_none()
}

/// Names a step, for whatever is to follow from it once.
fn cause_of(Record { flow, id, version, .. }: &Record) -> String {
    format!("{}/{id}/{version}", flow.kind)
}

/// **Shape**: `{"kind","id","version","state"}`.
fn told_of(Record { flow, id, version, state, .. }: &Record) -> Value {
    json!({ "kind": flow.kind, "id": id, "version": version, "state": state })
}
