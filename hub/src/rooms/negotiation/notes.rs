//! The notes of one conversation in the store: rows that say that its views may be behind its log.
//!
//! Owns which of them this room has to remove once it has settled. Never writes one.

use storage::Tick;

use super::sweep::Noting;

/// A note of this age is replaced before the next append, so that no other hub takes it for one whose hub is dead.
const RENEW_MS: i64 = 60_000;
/// Most notes that are only to be removed; more are found by a later sweep.
const ADOPTED_MAX: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// This room's, oldest first: appends count on the last one, those before it are being replaced.
    own: Vec<i64>,
    /// When the last one was written; none while it may not stand.
    written: Option<Tick>,
    /// What lost its hub, to be adopted once the log is known to its end.
    touched: Vec<i64>,
    /// Only to be removed: no append will count on them.
    adopted: Vec<i64>,
}

impl Notes {
    /// What is to be written before an append may begin, if anything.
    pub(super) fn before_append(&mut self, now: Tick, draw: impl FnOnce() -> i64) -> Option<Noting> {
        let age = self.written.map(|written| now.since_ms(written));
        if age.is_some_and(|age| age < RENEW_MS) {
            return None;
        }
        if age.is_some() || self.own.is_empty() {
            self.own.push(draw());
        }
        self.written = Some(now);
        let (note, older) = self.own.split_last()?;
        Some(Noting { note: *note, instead_of: older.to_vec() })
    }

    /// The conversation was made under this note, just now.
    pub(super) fn start(&mut self, now: Tick, note: i64) {
        if self.own.is_empty() {
            self.own.push(note);
            self.written = Some(now);
        } else {
            self.adopted.push(note);
        }
    }

    /// An append ended. Refused, the note may be what was refused: the next append writes it again.
    pub(super) fn appended(&mut self, is_written: bool) {
        if is_written {
            let older = self.own.len().saturating_sub(1);
            self.own.drain(..older);
        } else {
            self.written = None;
        }
    }

    /// A sweep found a note without a hub. False when that is known, or there are too many.
    pub(super) fn touch(&mut self, note: i64) -> bool {
        if self.adopted.contains(&note) || self.adopted.len() + self.touched.len() >= ADOPTED_MAX {
            return false;
        }
        if !self.touched.contains(&note) {
            self.touched.push(note);
        }
        true
    }

    /// The log is known to its end: settling it settles what was found, so many.
    pub(super) fn adopt(&mut self) -> usize {
        let found = self.touched.len();
        self.adopted.append(&mut self.touched);
        found
    }

    /// Whether there is something to settle.
    pub(super) const fn some_stand(&self) -> bool {
        !self.own.is_empty() || !self.adopted.is_empty()
    }

    /// What may be removed now that the views are as far as the log.
    pub(super) fn settled(&self) -> Vec<i64> {
        self.own.iter().chain(&self.adopted).copied().collect()
    }

    /// These were removed, or may still stand; no append counts on them any more.
    pub(super) fn cleared(&mut self, notes: &[i64], is_removed: bool) {
        self.written = None;
        // A key that may have been removed is never written again, else a late removal would hit the new row.
        self.adopted.append(&mut self.own);
        if is_removed {
            self.adopted.retain(|note| !notes.contains(note));
        }
        let too_many = self.adopted.len().saturating_sub(ADOPTED_MAX);
        self.adopted.drain(..too_many);
    }
}

#[cfg(test)]
mod tests;
