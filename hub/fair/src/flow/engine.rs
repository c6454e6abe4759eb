//! The one engine: makes records and takes them through their steps. Authorises, asks the guard, writes record and line
//! under a condition on the version, and has the effects delivered.
//!
//! Before a step is written it is noted ([`super::outbox`]), so that its effects survive whatever happens between the write
//! and their delivery; whoever wrote it delivers at once and removes the note.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use storage::ids::{EnterpriseId, Millis, RecordId};
use storage::{Applied, Expect, Op, Read, Scan, StoreError};

use super::outbox::{Cause, Outbox};
use super::rows::{self, HEAD};
use super::settle::{Delivery, Told};
use super::{Flow, Line, Record, Step, Who};
use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::due::{Due, LEASE_MS};
use crate::error::{Error, Result};
use crate::messages::Messages;
use crate::table::{RecordRow, Records, RecordsKey};

/// Answers that were lost in a row before giving up: the step may be taken then, or not.
const TRIES_MAX: u32 = 4;
/// Lines of one record that are read, the latest; no record has as many.
pub const LINES_MAX: u32 = 500;

type Teller = Box<dyn Fn(Told) + Send + Sync>;

/// Every record that has a life. A cheap handle.
#[derive(Clone)]
pub struct Flows(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) accounts: Accounts,
    pub(super) outbox: Outbox,
    pub(super) outlets: Outlets,
    /// Tells those who are connected; set once, by who knows them.
    pub(super) teller: OnceLock<Teller>,
}

impl std::fmt::Debug for Flows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flows")
    }
}

/// Where effects go, beside lists and notices.
#[derive(Debug, Clone)]
pub struct Outlets {
    /// To phones and mailboxes.
    pub messages: Messages,
    /// Into the record of deeds; somebody must be writing it.
    pub audit: Audit,
}

/// What comes with a step.
#[derive(Clone, Default)]
pub struct Input {
    /// Fields to set, checked by whoever hands them in; `null` removes one.
    pub fields: Map<String, Value>,
    /// What is said to it, such as a reason.
    pub note: Option<String>,
}

/// A record to make.
#[derive(Clone)]
pub struct New {
    /// Which: a kind that an owner has once takes the owner's number, so that two cannot be made.
    pub id: RecordId,
    /// Whose it will be.
    pub owner: EnterpriseId,
    /// The institution that decides about it; none: the committee.
    pub reviewer: Option<EnterpriseId>,
    /// The step that makes it.
    pub action: &'static str,
    /// Its fields.
    pub input: Input,
}

/// A step that is ready to be written.
struct Draft {
    before: Option<i64>,
    record: Record,
    line: Line,
    step: &'static Step,
}

impl Flows {
    /// Over the accounts and their store.
    #[must_use]
    pub fn new(accounts: Accounts, outlets: Outlets) -> Self {
        let outbox = Outbox::new(accounts.clone());
        Self(Arc::new(Inner { accounts, outbox, outlets, teller: OnceLock::new() }))
    }

    /// Says who tells those who are connected; later calls change nothing. Before it is said, nobody is told.
    pub fn tell_by(&self, teller: impl Fn(Told) + Send + Sync + 'static) {
        drop(self.0.teller.set(Box::new(teller)));
    }

    /// The accounts that records belong to.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// The deadlines that note what is to be delivered.
    #[must_use]
    pub fn due(&self) -> &Due {
        self.0.outbox.due()
    }

    pub(crate) fn now(&self) -> Millis {
        self.0.accounts.clock().now()
    }

    /// Makes a record.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a step that makes none, [`Error::Forbidden`], [`Error::Conflict`] when it is there already,
    /// [`Error::Store`].
    pub async fn create(&self, who: &Who, flow: &'static Flow, new: New) -> Result<Record> {
        let step = flow.steps_of(new.action).find(|step| step.from.is_empty()).ok_or(Error::NotFound)?;
        if !who.is_any_of(step.actors, new.owner, new.reviewer) {
            return Err(Error::Forbidden);
        }
        let state = step.to.and_then(|to| flow.state(to)).ok_or(Error::Internal("a record begins in no state"))?;
        let now = self.now();
        let New { id, owner, reviewer, input, .. } = new;
        let blank = Record {
            flow,
            id,
            version: 0,
            state: state.name,
            owner,
            reviewer,
            fields: Map::new(),
            created: now,
            updated: now,
        };
        self.write(Draft { before: None, ..draft(blank, who, step, input, now) }).await
    }

    /// Takes a step of a record.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what `who` may not know of and for an unknown action, [`Error::Forbidden`],
    /// [`Error::Stale`] when the record has moved on from `version`, [`Error::Conflict`] when its state or its guard does
    /// not allow the step, [`Error::Store`].
    pub async fn advance(
        &self,
        who: &Who,
        (flow, id, version): (&'static Flow, RecordId, i64),
        action: &str,
        input: Input,
    ) -> Result<Record> {
        // Not the dearer read: what it may miss fails the condition of the write.
        let record = self.read(flow, id, Read::Quorum).await?.filter(|record| record.is_seen_by(who));
        let record = record.ok_or(Error::NotFound)?;
        let step = allowed(&record, who, version, action)?;
        let now = self.now();
        let before = Some(record.version);
        self.write(Draft { before, ..draft(record, who, step, input, now) }).await
    }

    /// Whether `who` may take that step of a record now: for those who must do something else first.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn check(&self, record: &Record, who: &Who, version: i64, action: &str) -> Result<()> {
        allowed(record, who, version, action).map(|_step| ())
    }

    /// A record as a step would leave it, were it taken now.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub(crate) fn foresee(&self, record: &Record, who: &Who, action: &str, input: &Input) -> Result<Record> {
        let step = allowed(record, who, record.version, action)?;
        Ok(draft(record.clone(), who, step, input.clone(), self.now()).record)
    }

    /// A record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none or `who` may not know of it, [`Error::Store`].
    pub async fn get(&self, who: &Who, flow: &'static Flow, id: RecordId) -> Result<Record> {
        let record = self.look(flow, id).await?.filter(|record| record.is_seen_by(who));
        record.ok_or(Error::NotFound)
    }

    /// A record, whoever asks.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn look(&self, flow: &'static Flow, id: RecordId) -> Result<Option<Record>> {
        self.read(flow, id, Read::Serial).await
    }

    async fn read(&self, flow: &'static Flow, id: RecordId, read: Read) -> Result<Option<Record>> {
        stands(&self.0.accounts, flow, id, read).await
    }

    /// What made a record what it is, the first line first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn history(&self, record: &Record) -> Result<Vec<Line>> {
        let scan = Scan { rev: true, ..Scan::first(LINES_MAX) };
        let (flow, id) = (record.flow, record.id);
        let rows = self.0.accounts.store().scan::<Records>(rows::part(flow, id), scan, Read::Quorum).await?;
        let lines = rows.into_iter().rev().filter(|(key, _)| key.line != HEAD);
        lines.map(|(key, row)| rows::line(self.0.accounts.sealer(), flow, id, key.line, row)).collect()
    }

    pub(super) async fn row(&self, flow: &Flow, id: RecordId, line: i64) -> Result<Option<RecordRow>> {
        let part = rows::part(flow, id);
        Ok(self.0.accounts.store().get::<Records>(part, RecordsKey { line }, Read::Serial).await?)
    }

    /// Notes what will be to deliver, writes, delivers. Once it is written it is done, whatever comes of the delivery: what
    /// fails of that is made up for by who sweeps.
    async fn write(&self, draft: Draft) -> Result<Record> {
        let op_id = self.op_id();
        let cause = Cause { kind: draft.record.flow.kind, id: draft.record.id, version: draft.record.version, op_id };
        let place = self.0.outbox.enter(&cause).await?;
        match self.commit(&draft, op_id, place.begun()).await {
            Ok(()) => {}
            // Nothing was written by this try, so there is nothing to deliver. After an unknown outcome the note stays.
            Err(error) if error != Error::Store(StoreError::Unknown) => {
                place.leave().await;
                return Err(error);
            }
            Err(unknown) => return Err(unknown),
        }
        match self.settle((&draft.record, &draft.line), draft.step, Delivery::First).await {
            Ok(()) => place.leave().await,
            Err(error) => {
                tracing::warn!(kind = draft.record.flow.kind, %error, "effects of a step are delivered later")
            }
        }
        Ok(draft.record)
    }

    /// Writes it; an answer that was lost is settled by writing it again and looking whose step stands.
    async fn commit(&self, draft: &Draft, op_id: u128, begun: storage::Tick) -> Result<()> {
        let rows = rows::of_step(self.0.accounts.sealer(), &draft.record, &draft.line, op_id)?;
        let mut is_lost = false;
        for _ in 0..TRIES_MAX {
            // Behind the lease somebody may have looked for this step, not found it, and removed its note.
            let is_late = self.0.accounts.clock().tick().since_ms(begun) > LEASE_MS / 2;
            let tried = if is_late { Err(Error::Overloaded) } else { self.commit_once(draft, &rows, op_id).await };
            match tried {
                Err(Error::Store(StoreError::Unknown)) => is_lost = true,
                // Whatever this try says of itself, an earlier one may have been it.
                Err(Error::Store(_) | Error::Overloaded) if is_lost => break,
                other => return other,
            }
        }
        Err(StoreError::Unknown.into())
    }

    async fn commit_once(&self, draft: &Draft, (head, log): &(RecordRow, RecordRow), op_id: u128) -> Result<()> {
        let Draft { before, record, .. } = draft;
        let key = |line: i64| RecordsKey { line };
        let expect = before.map_or_else(|| Expect::Absent(key(HEAD)), |v| Expect::Version(key(HEAD), v));
        let puts = [(HEAD, head), (record.version, log)];
        let puts = puts.map(|(line, row)| Op::Put { c: key(line), row: row.clone(), at: None }).to_vec();
        let part = rows::part(record.flow, record.id);
        match self.0.accounts.store().write_if::<Records>(part, vec![expect], puts).await? {
            Applied::Yes => Ok(()),
            // Another's step, or ours by an earlier try of which nobody heard.
            Applied::No { .. } => match self.row(record.flow, record.id, record.version).await? {
                Some(row) if row.op_id == op_id => Ok(()),
                _ if before.is_none() => Err(Error::Conflict("it is there already")),
                _ => Err(Error::Stale),
            },
        }
    }

    fn op_id(&self) -> u128 {
        let draw = || u128::from(self.0.accounts.entropy().draw());
        draw() << 64 | draw()
    }
}

/// A record as it stands, for those who take no step.
pub(crate) async fn stands(
    accounts: &Accounts,
    flow: &'static Flow,
    id: RecordId,
    read: Read,
) -> Result<Option<Record>> {
    let row = accounts.store().get::<Records>(rows::part(flow, id), RecordsKey { line: HEAD }, read).await?;
    row.map(|row| rows::record(accounts.sealer(), flow, id, row)).transpose()
}

/// The step, when everything allows it. Whose it is not is told before which version stands, and that before the state.
fn allowed(record: &Record, who: &Who, version: i64, action: &str) -> Result<&'static Step> {
    let steps: Vec<_> = record.flow.steps_of(action).filter(|step| !step.from.is_empty()).collect();
    if steps.is_empty() {
        return Err(Error::NotFound);
    }
    let is_open = |step: &&&'static Step| step.from.contains(&record.state);
    let admitted = |step: &&&'static Step| record.admits(who, step);
    // In this state the step is others'; in no state it is theirs.
    if !steps.iter().any(|step| admitted(&step)) {
        return Err(Error::Forbidden);
    }
    if version != record.version {
        return Err(Error::Stale);
    }
    match steps.iter().filter(is_open).find(admitted) {
        Some(step) => step.guard.map_or(Ok(()), |guard| guard(record)).map(|()| *step),
        None if steps.iter().any(|step| is_open(&step)) => Err(Error::Forbidden),
        None => Err(Error::Conflict("its state does not allow that")),
    }
}

/// The record and the line as they are after a step.
fn draft(before: Record, who: &Who, step: &'static Step, input: Input, now: Millis) -> Draft {
    let from = (before.version > 0).then(|| before.state.to_owned());
    let mut record = before;
    let mut input = input;
    set(&mut record.fields, &input.fields);
    if let Some(sets) = step.sets {
        let more = sets(&record, now);
        set(&mut record.fields, &more);
        input.fields.extend(more);
    }
    let state = step.to.and_then(|to| record.flow.state(to)).map_or(record.state, |state| state.name);
    let record = Record { state, version: record.version + 1, updated: now, ..record };
    let line = Line {
        version: record.version,
        at: now,
        action: step.action.to_owned(),
        from,
        to: state.to_owned(),
        actor: who.user(),
        note: input.note,
        fields: input.fields,
    };
    Draft { before: None, record, line, step }
}

fn set(fields: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, value) in changes {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
}
