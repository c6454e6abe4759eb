//! How often booths and exhibits were looked at: counted in memory, added to the store every few seconds. Approximate by
//! design: a hub that ends loses what was counted since, and every reading of a page counts.
//!
//! Several hubs add to the same rows; each learns of the others' counts when it reads them again.
//!
//! **Source**: SPEC 10.1 ("N人浏览"), SPEC 22 (hot lists by views).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use storage::ids::RecordId;
use storage::{Applied, Expect, Op, Read, Scan, Store, StoreError, vocabulary};

use crate::error::{Error, Result};

/// Partitions of each kind, and locks in memory.
const SLOTS: usize = 16;
/// Things whose views are known at once, in each slot of each kind; of more none is counted.
const KNOWN_MAX: usize = 100_000;
/// Rows of one read.
const SCAN_ROWS: u32 = 2_048;
/// Rows of one write.
const WRITE_ROWS: usize = 256;
/// Lost races about one write before its counts are kept for the next time.
const TRIES_MAX: u32 = 8;

vocabulary! {
    /// What is looked at.
    Viewed {
        /// A booth.
        Booth = "booth",
        /// An exhibit.
        Exhibit = "exhibit",
    }
}

storage::table! {
    /// How often each was looked at.
    pub ShowcaseViews: guarded, clustered, "showcase_views", version 1;
    partition ShowcaseViewsPart { kind: Viewed, slot: i64 }
    clustering ShowcaseViewsKey { id: RecordId }
    row ShowcaseViewsRow { views: i64 }
    patch ShowcaseViewsPatch
}

/// What is known of one.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// As stored.
    stored: u64,
    /// Counted here since.
    fresh: u64,
}

type Slot = Mutex<HashMap<RecordId, Seen>>;

/// See the module.
#[derive(Debug)]
pub struct Views {
    store: Store,
    booths: [Slot; SLOTS],
    exhibits: [Slot; SLOTS],
}

impl Views {
    /// Over a store; nothing is known until [`Self::learn`].
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, booths: Default::default(), exhibits: Default::default() }
    }

    /// Somebody looks at it.
    pub fn count(&self, kind: Viewed, id: RecordId) {
        let Some(slot) = self.slots(kind).get(slot_of(id)) else { return };
        let mut slot = lock(slot);
        if slot.len() < KNOWN_MAX || slot.contains_key(&id) {
            slot.entry(id).or_default().fresh += 1;
        }
    }

    /// How often it was looked at.
    #[must_use]
    pub fn of(&self, kind: Viewed, id: RecordId) -> u64 {
        let slot = self.slots(kind).get(slot_of(id));
        slot.and_then(|slot| lock(slot).get(&id).map(|seen| seen.stored + seen.fresh)).unwrap_or_default()
    }

    /// Those that were looked at most, the first one most, each with its count; of equals the newer first.
    #[must_use]
    pub fn hottest(&self, kind: Viewed, count: usize) -> Vec<(RecordId, u64)> {
        let mut all: Vec<_> = Vec::new();
        for slot in self.slots(kind) {
            all.extend(lock(slot).iter().map(|(id, seen)| (*id, seen.stored + seen.fresh)));
        }
        all.sort_unstable_by(|(a, a_views), (b, b_views)| b_views.cmp(a_views).then(b.cmp(a)));
        all.truncate(count);
        all
    }

    /// Adds what was counted to the store. What fails stays counted, for the next time.
    ///
    /// # Errors
    /// [`Error::Store`], the first one; the other slots are written all the same.
    pub async fn save(&self) -> Result<()> {
        let mut first = Ok(());
        for kind in [Viewed::Booth, Viewed::Exhibit] {
            for (number, slot) in self.slots(kind).iter().enumerate() {
                let fresh: Vec<_> = {
                    let slot = lock(slot);
                    slot.iter().filter(|(_, seen)| seen.fresh > 0).map(|(id, seen)| (*id, seen.fresh)).collect()
                };
                for fresh in fresh.chunks(WRITE_ROWS) {
                    let saved = self.add(part(kind, number), slot, fresh).await;
                    first = first.and(saved);
                }
            }
        }
        first
    }

    /// Reads what others have counted.
    ///
    /// # Errors
    /// [`Error::Store`]: what was known stays.
    pub async fn learn(&self) -> Result<()> {
        for kind in [Viewed::Booth, Viewed::Exhibit] {
            for (number, slot) in self.slots(kind).iter().enumerate() {
                let mut after = std::ops::Bound::Unbounded;
                loop {
                    let scan = Scan { from: after.clone(), ..Scan::first(SCAN_ROWS) };
                    let rows = self.store.scan::<ShowcaseViews>(part(kind, number), scan, Read::Quorum).await?;
                    let is_end = rows.len() < SCAN_ROWS as usize;
                    if let Some((last, _)) = rows.last() {
                        after = std::ops::Bound::Excluded(last.clone());
                    }
                    let mut slot = lock(slot);
                    for (key, row) in rows {
                        if slot.len() < KNOWN_MAX || slot.contains_key(&key.id) {
                            slot.entry(key.id).or_default().stored = unsigned(row.views);
                        }
                    }
                    if is_end {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    async fn add(&self, part: ShowcaseViewsPart, slot: &Slot, fresh: &[(RecordId, u64)]) -> Result<()> {
        for _ in 0..TRIES_MAX {
            let mut expect = Vec::with_capacity(fresh.len());
            let mut ops = Vec::with_capacity(fresh.len());
            let mut sums = Vec::with_capacity(fresh.len());
            for (id, count) in fresh {
                let c = ShowcaseViewsKey { id: *id };
                let row = self.store.get::<ShowcaseViews>(part.clone(), c.clone(), Read::Serial).await?;
                let (v, stored) = row.map_or((0, 0), |row| (row.v, unsigned(row.views)));
                let sum = stored.saturating_add(*count);
                expect.push(if v == 0 { Expect::Absent(c.clone()) } else { Expect::Version(c.clone(), v) });
                let row = ShowcaseViewsRow { v: v + 1, views: i64::try_from(sum).unwrap_or(i64::MAX) };
                ops.push(Op::Put { c, row, at: None });
                sums.push((*id, *count, sum));
            }
            match self.store.write_if::<ShowcaseViews>(part.clone(), expect, ops).await {
                Ok(Applied::Yes) => {
                    saved(slot, &sums);
                    return Ok(());
                }
                Ok(Applied::No { .. }) => {}
                // Written perhaps. Counting some twice would be worse than losing them: they are views.
                Err(StoreError::Unknown) => {
                    saved(slot, &sums);
                    return Err(StoreError::Unknown.into());
                }
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::Overloaded)
    }

    const fn slots(&self, kind: Viewed) -> &[Slot; SLOTS] {
        match kind {
            Viewed::Booth => &self.booths,
            Viewed::Exhibit => &self.exhibits,
        }
    }
}

fn saved(slot: &Slot, sums: &[(RecordId, u64, u64)]) {
    let mut slot = lock(slot);
    for (id, count, sum) in sums {
        if let Some(seen) = slot.get_mut(id) {
            *seen = Seen { stored: *sum, fresh: seen.fresh.saturating_sub(*count) };
        }
    }
}

fn lock(slot: &Slot) -> MutexGuard<'_, HashMap<RecordId, Seen>> {
    // Each change of it is whole.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn slot_of(id: RecordId) -> usize {
    usize::try_from(id.0.unsigned_abs() % SLOTS as u64).unwrap_or_default()
}

fn part(kind: Viewed, slot: usize) -> ShowcaseViewsPart {
    ShowcaseViewsPart { kind, slot: i64::try_from(slot).unwrap_or_default() }
}

fn unsigned(views: i64) -> u64 {
    u64::try_from(views).unwrap_or_default()
}

#[cfg(test)]
mod tests;
