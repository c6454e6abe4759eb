//! How often what is shown has changed: a body that was made before a change of what it shows is old. Counters, spread by
//! id, so that one booth's step does not make the pages of all others anew.

use std::sync::atomic::{AtomicU64, Ordering};

use storage::ids::RecordId;

use super::asked::Asked;

/// Counters of each kind: things that share one are made anew together.
const SPREAD: usize = 256;

/// When a body was made. Two of one thing are equal while nothing of it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp(u64);

/// See the module.
#[derive(Debug)]
pub(super) struct Stamps {
    booths: [AtomicU64; SPREAD],
    exhibits: [AtomicU64; SPREAD],
    all_booths: AtomicU64,
    all_exhibits: AtomicU64,
}

impl Default for Stamps {
    fn default() -> Self {
        let zeroes = || std::array::from_fn(|_place| zero());
        Self { booths: zeroes(), exhibits: zeroes(), all_booths: zero(), all_exhibits: zero() }
    }
}

impl Stamps {
    pub(super) fn booth_changed(&self, id: RecordId) {
        raise(of(&self.booths, id));
        raise(&self.all_booths);
    }

    pub(super) fn exhibit_changed(&self, id: RecordId) {
        raise(of(&self.exhibits, id));
        raise(&self.all_exhibits);
    }

    /// Sums of counters that only rise: equal sums are equal counters.
    pub(super) fn of(&self, asked: &Asked) -> Stamp {
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        Stamp(match asked {
            Asked::Booth(id) => read(of(&self.booths, *id)),
            // It says where it stands, and hides with it.
            Asked::Exhibit(id) => read(of(&self.exhibits, *id)) + read(&self.all_booths),
            Asked::Booths(_) => read(&self.all_booths),
            Asked::Exhibits(_) => read(&self.all_exhibits) + read(&self.all_booths),
        })
    }
}

fn of(counters: &[AtomicU64; SPREAD], id: RecordId) -> &AtomicU64 {
    let place = usize::try_from(id.0.unsigned_abs() % SPREAD as u64).unwrap_or_default();
    counters.get(place).unwrap_or(&counters[0])
}

const fn zero() -> AtomicU64 {
    AtomicU64::new(0)
}

fn raise(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Release);
}
