//! The row that says when an assignee must have answered: one of the views behind the log.
//!
//! Owns which row of this conversation stands, so that a busy conversation does not write one again and again: a row that
//! comes due too early has the next one written. Never does what is due.

use fair::due::Claimed;
use storage::ids::Millis;

/// What the settling has to do about it.
#[derive(Debug, Default)]
pub(super) struct DueRows {
    /// A row is to be written for then.
    pub(super) put: Option<Millis>,
    /// These are done: the views behind them stand.
    pub(super) done: Vec<Claimed>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Deadline {
    /// A row stands for then.
    armed: Option<Millis>,
    /// The settling that is under way writes one for then.
    arming: Option<Millis>,
    /// A row that came due here, until the log is known to its end: only then can it be told whether something is due. If
    /// the store does not say, its claim ends and it comes again.
    asked: Option<Claimed>,
    /// Rows that came due here and are not done.
    claimed: Vec<Claimed>,
}

impl Deadline {
    /// A row came due.
    pub(super) fn asked(&mut self, claimed: Claimed) {
        self.asked = Some(claimed);
    }

    /// The log is known to its end. Whether a row had come due.
    pub(super) fn known(&mut self) -> bool {
        let Some(claimed) = self.asked.take() else { return false };
        self.armed = None;
        // Claimed again, an earlier claim of it is over.
        self.claimed.retain(|older| older.minute != claimed.minute);
        self.claimed.push(claimed);
        true
    }

    /// The views are being settled; the assignee must have answered by `at`, if at all.
    pub(super) fn begin_settling(&mut self, now: Millis, at: Option<Millis>) -> DueRows {
        let is_armed = |at: Millis| self.armed.is_some_and(|armed| now < armed && armed <= at);
        self.arming = at.filter(|at| !is_armed(*at));
        DueRows { put: self.arming, done: std::mem::take(&mut self.claimed) }
    }

    /// That is done, or not: a row that is claimed and not done comes due again.
    pub(super) const fn settled(&mut self, is_done: bool) {
        if let (true, Some(at)) = (is_done, self.arming.take()) {
            self.armed = Some(at);
        }
    }
}

#[cfg(test)]
mod tests;
