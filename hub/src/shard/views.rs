//! How far the views behind one conversation's log are: head row, inbox rows, notifications, and the notes that say that
//! they are behind.
//!
//! Owns when settling, appending and the removal of notes may begin, since each must keep off the others. Does none of
//! it.

use std::time::Duration;

use chat::{Entry, Side};
use storage::ids::{Millis, Seq};
use tokio::time::Instant;

use super::notes::Notes;
use crate::persist::Noting;

/// Views are settled when a conversation was quiet this long,
const QUIET: Duration = Duration::from_secs(1);
/// or this long after the first change, however busy it is.
const SETTLE_MAX: Duration = Duration::from_secs(10);
/// Between two tries to settle.
const SETTLE_RETRY: Duration = Duration::from_secs(5);
/// The desks' answers are awaited this long.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Views {
    pub(super) notes: Notes,
    /// The first change that is not settled, and when settling is due.
    unsettled: Option<(Instant, Instant)>,
    /// The desks are asked.
    settling: Option<Settling>,
    /// These notes are being removed: an append waits, else it would count on one of them.
    clearing: Option<Vec<i64>>,
    /// An append is on its way, or its message ids are still being written: the next waits.
    sealing: bool,
    /// The append that waits.
    held: Option<Vec<Entry>>,
}

/// Both desks were asked to make a conversation's row durable.
#[derive(Debug)]
struct Settling {
    as_of: Seq,
    answered: [bool; 2],
    give_up: Instant,
}

impl Views {
    /// Keeps an append until [`Self::begin_append`].
    pub(super) fn hold(&mut self, entries: Vec<Entry>) {
        self.held = Some(entries);
    }

    /// The append that may begin now, and what is to be written before it.
    pub(super) fn begin_append(
        &mut self,
        now: Millis,
        draw: impl FnOnce() -> i64,
    ) -> Option<(Vec<Entry>, Option<Noting>)> {
        if self.clearing.is_some() || self.sealing {
            return None;
        }
        let entries = self.held.take()?;
        self.sealing = true;
        Some((entries, self.notes.before_append(now, draw)))
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

    fn settle_later(&mut self, now: Instant, after: Duration) {
        let first = self.unsettled.map_or(now, |(first, _due)| first);
        self.unsettled = Some((first, (now + after).min(first + SETTLE_MAX).max(now)));
    }

    /// Whether the desks are to be asked now to settle as of `head`.
    pub(super) fn begin_settling(&mut self, now: Instant, head: Seq) -> bool {
        if self.settling.as_ref().is_some_and(|settling| settling.give_up <= now) {
            self.settling = None;
            self.settle_later(now, SETTLE_RETRY);
        }
        let is_due = self.unsettled.is_some_and(|(_first, due)| due <= now) && self.settling.is_none();
        if is_due {
            self.unsettled = None;
            self.settling = Some(Settling { as_of: head, answered: [false, false], give_up: now + SETTLE_TIMEOUT });
        }
        is_due
    }

    /// A desk has made its row and notices durable as of some head, or could not; the log is at `head` now. Returns the
    /// notes that are to be removed, once nothing counts on them.
    pub(super) fn settled(
        &mut self,
        now: Instant,
        (side, as_of, is_done): (Side, Seq, bool),
        head: Seq,
    ) -> Option<Vec<i64>> {
        let settling = self.settling.as_mut().filter(|settling| settling.as_of == as_of)?;
        *side.of_mut(&mut settling.answered) = is_done;
        let is_all = settling.answered == [true, true];
        if is_done && !is_all {
            return None;
        }
        self.settling = None;
        if !is_all {
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
        match &self.settling {
            Some(settling) => Some(settling.give_up),
            None => self.unsettled.map(|(_first, due)| due),
        }
    }

    /// Whether nothing is on the way or due.
    pub(super) const fn is_idle(&self) -> bool {
        self.unsettled.is_none() && self.settling.is_none() && self.clearing.is_none() && !self.sealing
    }
}

#[cfg(test)]
mod tests;
