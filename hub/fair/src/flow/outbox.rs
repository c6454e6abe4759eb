//! Notes of steps whose effects may not be delivered yet: written before the step, removed when they are, so that no crash
//! in between loses any.
//!
//! Steps that are under way at one time share a batch: one deadline ([`crate::due`]) that a sweep finds when its lease is
//! over, and a row for each step. So a step costs one plain write here, however many conditional ones a deadline takes. A
//! batch takes no more steps when it is full or old, and goes when all of its steps have been delivered.

use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storage::ids::RecordId;
use storage::{Ack, Op, Read, Scan, StoreError, Tick};
use tokio::sync::OnceCell;

use super::{Flow, find};
use crate::accounts::Accounts;
use crate::due::{Claimed, Due};
use crate::error::{Error, Result};
use crate::table::{OutboxKey, OutboxPart, OutboxRow, OutboxRows};

/// What the deadlines call a batch of steps whose effects are to be delivered.
pub const OUTBOX: &str = "steps";
/// Steps of one batch: as many as one write removes.
const STEPS_MAX: usize = storage::store::WRITE_OPS_MAX;
/// How long a batch takes steps: well below the lease, which all of them must keep. **Units**: milliseconds.
const OPEN_MS: i64 = 5_000;

/// A step, as its note names it.
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

/// What a note says.
pub(super) fn read_cause(text: &str) -> Option<(&'static Flow, RecordId, i64, u128)> {
    let mut parts = text.split('/');
    let (kind, id, version, op_id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some((find(kind)?, id.parse().ok()?, version.parse().ok()?, u128::from_str_radix(op_id, 16).ok()?))
}

/// The batches of a process.
pub(super) struct Outbox {
    accounts: Accounts,
    due: Due,
    /// That which takes steps now.
    open: Mutex<Option<Arc<Batch>>>,
}

struct Batch {
    id: i64,
    /// From before its deadline was written, whose lease counts from then.
    begun: Tick,
    held: OnceCell<Claimed>,
    steps: Mutex<Steps>,
}

#[derive(Default)]
struct Steps {
    entered: usize,
    /// Under way.
    inside: usize,
    /// Delivered, or never taken: their notes may go.
    ended: Vec<OutboxKey>,
    /// No more may enter.
    is_closed: bool,
    /// Something of it is to be delivered by who sweeps.
    is_left: bool,
}

/// A step's place in a batch. Dropped without [`Self::leave`], its note stays.
pub(super) struct Place<'a> {
    outbox: &'a Outbox,
    batch: Arc<Batch>,
    key: Option<OutboxKey>,
}

impl Outbox {
    pub(super) fn new(accounts: Accounts) -> Self {
        let due = Due::new(accounts.store().clone(), accounts.clock().clone());
        Self { accounts, due, open: Mutex::new(None) }
    }

    pub(super) fn due(&self) -> &Due {
        &self.due
    }

    /// Notes a step that is about to be written; durable when answered.
    pub(super) async fn enter(&self, cause: &Cause) -> Result<Place<'_>> {
        let key = OutboxKey { cause: cause.to_string() };
        let place = Place { outbox: self, batch: self.take_place(), key: Some(key.clone()) };
        let batch = &place.batch;
        let name = format!("{:016x}", batch.id);
        let held = batch.held.get_or_try_init(|| self.due.hold(OUTBOX, &name));
        let put = Op::Put { c: key, row: OutboxRow { at: self.accounts.clock().now() }, at: None };
        let noted = async { Ok(self.write(batch.id, vec![put]).await?) };
        match futures_util::try_join!(held, noted) {
            Ok(_both) => Ok(place),
            Err(error) => {
                batch.steps().is_closed = true;
                // Another's try to begin the batch was it, or may have been.
                Err(if matches!(error, Error::Conflict(_)) { Error::Overloaded } else { error })
            }
        }
    }

    fn take_place(&self) -> Arc<Batch> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.accounts.clock().tick();
        if let Some(batch) = open.as_ref().filter(|batch| batch.takes_one(now)) {
            return Arc::clone(batch);
        }
        let id = (self.accounts.entropy().draw() >> 1).cast_signed();
        let batch = Arc::new(Batch { id, begun: now, held: OnceCell::new(), steps: Mutex::default() });
        batch.takes_one(now);
        *open = Some(Arc::clone(&batch));
        batch
    }

    async fn write(&self, batch: i64, ops: Vec<Op<OutboxRows>>) -> Result<(), StoreError> {
        self.accounts.store().write::<OutboxRows>(OutboxPart { batch }, ops, Ack::Durable).await
    }

    /// Notes of a batch, in their order, behind one.
    pub(super) async fn notes(&self, claimed: &Claimed, after: Option<OutboxKey>) -> Result<Vec<OutboxKey>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let scan = Scan { from, ..Scan::first(u32::try_from(STEPS_MAX).unwrap_or(u32::MAX)) };
        let rows = self.accounts.store().scan::<OutboxRows>(part_of(claimed)?, scan, Read::Quorum).await?;
        Ok(rows.into_iter().map(|(key, _)| key).collect())
    }

    /// Removes notes of what has ended; those that stay cost a look, and nothing else.
    pub(super) async fn remove(&self, claimed: &Claimed, ended: Vec<OutboxKey>) -> Result<()> {
        if ended.is_empty() {
            return Ok(());
        }
        let ops = ended.into_iter().map(|c| Op::Delete { c }).collect();
        Ok(self.write(part_of(claimed)?.batch, ops).await?)
    }

    /// Ends a batch that nobody is in any more; a batch that stays costs a sweep, and nothing else.
    async fn end(&self, batch: &Batch, ended: Vec<OutboxKey>, is_left: bool) {
        let Some(held) = batch.held.get() else { return };
        let done = async { if is_left { Ok(true) } else { self.due.done(held).await } };
        if let Err(error) = futures_util::try_join!(done, self.remove(held, ended)) {
            tracing::warn!(%error, "what is delivered is looked at once more");
        }
    }
}

impl Batch {
    fn steps(&self) -> MutexGuard<'_, Steps> {
        // Each change of it is one assignment after another that cannot fail.
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn takes_one(&self, now: Tick) -> bool {
        let mut steps = self.steps();
        let is_open = !steps.is_closed && steps.entered < STEPS_MAX && now.since_ms(self.begun) < OPEN_MS;
        if is_open {
            steps.entered += 1;
            steps.inside += 1;
        }
        is_open
    }

    /// One fewer inside. What has ended, when it was the last, and whether something is left.
    fn leave(&self, ended: Option<OutboxKey>) -> Option<(Vec<OutboxKey>, bool)> {
        let mut steps = self.steps();
        steps.inside -= 1;
        steps.is_left |= ended.is_none();
        steps.ended.extend(ended);
        if steps.inside > 0 {
            return None;
        }
        steps.is_closed = true;
        Some((std::mem::take(&mut steps.ended), steps.is_left))
    }
}

impl Place<'_> {
    /// From when the lease of its batch counts, at the latest.
    pub(super) fn begun(&self) -> Tick {
        self.batch.begun
    }

    /// Its step is delivered, or was never taken.
    pub(super) async fn leave(mut self) {
        let key = self.key.take();
        if let Some((ended, is_left)) = self.batch.leave(key) {
            self.outbox.end(&self.batch, ended, is_left).await;
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.key.take().is_some() {
            // Whoever sweeps removes what has ended of it.
            drop(self.batch.leave(None));
        }
    }
}

fn part_of(claimed: &Claimed) -> Result<OutboxPart> {
    let batch = i64::from_str_radix(&claimed.key, 16);
    let batch = batch.map_err(|_not_a_number| Error::Internal("a batch of steps that nothing here began"))?;
    Ok(OutboxPart { batch })
}
