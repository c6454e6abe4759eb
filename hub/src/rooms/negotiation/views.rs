//! How far the views behind one conversation's log are: head row, inbox rows, notifications, and the notes that say that
//! they are behind.
//!
//! Owns when settling, appending and the removal of notes may begin, since each must keep off the others. Does none of
//! it.

use std::time::Duration;

use chat::Entry;
use storage::Tick;
use storage::ids::Seq;
use tokio::time::Instant;

use super::notes::Notes;
use super::sweep::Noting;

/// Views are settled when a conversation was quiet this long,
const QUIET: Duration = Duration::from_secs(1);
/// or this long after the first change, however busy it is.
const SETTLE_MAX: Duration = Duration::from_secs(10);
/// Between two tries to settle.
const SETTLE_RETRY: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Views {
    pub(super) notes: Notes,
    /// The first change that is not settled, and when settling is due.
    unsettled: Option<(Instant, Instant)>,
    /// The job that settles is under way.
    is_settling: bool,
    /// These notes are being removed: an append waits, else it would count on one of them.
    clearing: Option<Vec<i64>>,
    /// An append is on its way, or its message ids are still being written: the next waits.
    sealing: bool,
    /// The append that waits.
    held: Option<Vec<Entry>>,
}

impl Views {
    /// Keeps an append until [`Self::begin_append`].
    pub(super) fn hold(&mut self, entries: Vec<Entry>) {
        self.held = Some(entries);
    }

    /// The append that may begin now, and what is to be written before it.
    pub(super) fn begin_append(
        &mut self,
        now: Tick,
        draw: impl FnOnce() -> i64,
    ) -> Option<(Vec<Entry>, Option<Noting>)> {
        if self.clearing.is_some() || self.sealing {
            return None;
        }
        let entries = self.held.take()?;
        self.sealing = true;
        Some((entries, self.notes.before_append(now, draw)))
    }

    /// Lets go of the append that waits; false when none does.
    pub(super) fn give_up(&mut self) -> bool {
        self.held.take().is_some()
    }

    /// The last append's message ids are written.
    pub(super) fn sealed(&mut self) {
        self.sealing = false;
    }

    /// The log is further than its views. What only another hub has appended is that hub's to settle.
    pub(super) fn changed(&mut self, now: Instant) {
        if self.notes.some_stand() {
            self.settle_later(now, QUIET);
        }
    }

    /// Something else asks for them to be settled soon.
    pub(super) fn settle(&mut self, now: Instant) {
        self.settle_later(now, QUIET);
    }

    fn settle_later(&mut self, now: Instant, after: Duration) {
        let first = self.unsettled.map_or(now, |(first, _due)| first);
        self.unsettled = Some((first, (now + after).min(first + SETTLE_MAX).max(now)));
    }

    /// Whether to settle now.
    pub(super) fn begin_settling(&mut self, now: Instant) -> bool {
        let is_due = self.unsettled.is_some_and(|(_first, due)| due <= now) && !self.is_settling;
        if is_due {
            self.unsettled = None;
            self.is_settling = true;
        }
        is_due
    }

    /// The views are durable as of some head, or not; the log is at `head` now. Returns the notes that are to be removed,
    /// once nothing counts on them.
    pub(super) fn settled(&mut self, now: Instant, as_of: Seq, is_done: bool, head: Seq) -> Option<Vec<i64>> {
        self.is_settling = false;
        if !is_done {
            self.settle_later(now, SETTLE_RETRY);
        } else if head != as_of || self.unsettled.is_some() || self.sealing {
            // Changed meanwhile, or an append is on its way that counts on a note: a later settling removes it.
            self.settle_later(now, QUIET);
        } else {
            self.clearing = Some(self.notes.settled());
        }
        self.clearing.clone()
    }

    /// The notes are removed, or may still stand.
    pub(super) fn cleared(&mut self, now: Instant, is_removed: bool) {
        let notes = self.clearing.take().unwrap_or_default();
        self.notes.cleared(&notes, is_removed);
        if !is_removed {
            self.settle_later(now, SETTLE_RETRY);
        }
    }

    /// When [`Self::begin_settling`] has something to do.
    pub(super) fn next_due(&self) -> Option<Instant> {
        if self.is_settling { None } else { self.unsettled.map(|(_first, due)| due) }
    }

    /// Whether nothing is on the way or due.
    pub(super) const fn is_idle(&self) -> bool {
        self.unsettled.is_none() && !self.is_settling && self.clearing.is_none() && !self.sealing
    }
}

#[cfg(test)]
mod tests;
