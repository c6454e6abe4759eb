//! What is due when, in the store: no deadline depends on who set it, nor on anything being in memory. Never does what is
//! due: whoever sweeps is told, does it, and says that it is done.
//!
//! A deadline that passes while nobody lives is found by the next [`Sweeps`]. What is claimed is done by nobody else for a
//! minute; who fails or dies is followed by another. So it may be done twice, and must be harmless then.
//!
//! **Source**: DESIGN section 10 (deadlines).

mod sweeps;

use std::ops::Bound;

use sha2::{Digest as _, Sha256};
use storage::ids::Millis;
use storage::{Applied, Clock, Expect, Op, Read, Scan, Store, StoreError};

pub use sweeps::{Sweeps, Swept};

use crate::error::{Error, Result};
use crate::table::{DueKey, DuePart, DueRow, DueRows};

/// Partitions of a minute.
pub const SLOTS: i64 = 8;
/// The longest kind and key together. **Units**: bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// How long a claim lasts: what is due must be done in less. **Units**: milliseconds.
pub const LEASE_MS: i64 = 60_000;
const MINUTE_MS: i64 = 60_000;
/// Lost races about one row before giving up.
const TRIES_MAX: u32 = 8;
/// Rows of one read.
const PAGE_ROWS: u32 = 256;

/// The deadlines of a fair. A cheap handle.
#[derive(Debug, Clone)]
pub struct Due {
    store: Store,
    clock: Clock,
}

/// Something due, claimed for [`LEASE_MS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The minute it is due at, since the epoch.
    pub minute: i64,
    /// Its partition of that minute.
    pub slot: i64,
    /// What to do.
    pub kind: String,
    /// With what.
    pub key: String,
    /// The row's version by this claim.
    pub v: i64,
}

impl Due {
    /// Over a store.
    #[must_use]
    pub const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Makes something due at the end of that minute, or of this one if it has passed; twice is once. While it is being
    /// done, it will be done again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too long a name, [`Error::Conflict`] after too many lost races, [`Error::Store`] (repeat it).
    pub async fn put(&self, at: Millis, kind: &str, key: &str) -> Result<()> {
        if kind.len() + key.len() > NAME_BYTES_MAX {
            return Err(Error::invalid("/key", "too_long"));
        }
        // Not in a minute that may have been swept.
        let now = self.clock.now();
        let minute = minute_from(at).max(minute_of(now) + 1);
        let part = DuePart { minute, slot: slot_of(kind, key) };
        let c = DueKey { kind: kind.to_owned(), key: key.to_owned() };
        let mut expect = Expect::Absent(c.clone());
        // Not 1: who had a claim on a row that is gone must not take this one for it.
        let mut row = DueRow { v: now.0, until: Millis(0) };
        for _ in 0..TRIES_MAX {
            let put = Op::Put { c: c.clone(), row: row.clone(), at: None };
            let stands = match self.store.write_if::<DueRows>(part.clone(), vec![expect], vec![put]).await? {
                Applied::Yes => return Ok(()),
                Applied::No { current } => current.into_iter().next().map(|(_, row)| row),
            };
            match stands {
                Some(stands) if stands.until == Millis(0) => return Ok(()),
                // Claimed, by a clock that is ahead: its claim ends, so that it does not remove what is put here.
                Some(stands) => {
                    expect = Expect::Version(c.clone(), stands.v);
                    row.v = stands.v + 1;
                }
                None => {
                    expect = Expect::Absent(c.clone());
                    row.v = now.0;
                }
            }
        }
        Err(Error::Conflict("the deadline is being changed by others"))
    }

    /// Says what its caller is doing from now on, and nobody else for [`LEASE_MS`]: who does not say [`Self::done`] by then,
    /// as after a crash, is followed by whoever sweeps. The key is the caller's alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too long a name, [`Error::Conflict`] for a key that is in use, [`Error::Store`]: do not begin;
    /// a row that may stand then is found to stand for nothing.
    pub async fn hold(&self, kind: &str, key: &str) -> Result<Claimed> {
        if kind.len() + key.len() > NAME_BYTES_MAX {
            return Err(Error::invalid("/key", "too_long"));
        }
        let now = self.clock.now();
        let (minute, slot) = (minute_of(now) + 1, slot_of(kind, key));
        let held = Claimed { minute, slot, kind: kind.to_owned(), key: key.to_owned(), v: now.0 };
        let row = DueRow { v: held.v, until: now.plus_ms(LEASE_MS) };
        let put = Op::Put { c: held.clustering(), row, at: None };
        let expect = vec![Expect::Absent(held.clustering())];
        match self.store.write_if::<DueRows>(held.partition(), expect, vec![put]).await? {
            Applied::Yes => Ok(held),
            Applied::No { .. } => Err(Error::Conflict("the key is in use")),
        }
    }

    /// Says that it was done. False when somebody else has it by now, or it was put again: then it will be done once more.
    ///
    /// # Errors
    /// [`Error::Store`]: it will be claimed again when the lease is over.
    pub async fn done(&self, claimed: &Claimed) -> Result<bool> {
        let c = claimed.clustering();
        let expect = vec![Expect::Version(c.clone(), claimed.v)];
        let delete = vec![Op::Delete { c }];
        let removed = self.store.write_if::<DueRows>(claimed.partition(), expect, delete).await?;
        Ok(removed == Applied::Yes)
    }

    /// Looks for what is due, from now on.
    #[must_use]
    pub fn sweeps(&self) -> Sweeps {
        Sweeps::new(self.clone())
    }

    /// One page of a partition.
    async fn page(&self, part: DuePart, after: Option<DueKey>) -> Result<Vec<(DueKey, DueRow)>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let scan = Scan { from, ..Scan::first(PAGE_ROWS) };
        Ok(self.store.scan::<DueRows>(part, scan, Read::Quorum).await?)
    }

    /// Takes a free row; none when another was first, or it is not known who.
    async fn claim(&self, part: &DuePart, c: DueKey, row: &DueRow) -> Result<Option<Claimed>> {
        let v = row.v + 1;
        let until = self.clock.now().plus_ms(LEASE_MS);
        let put = Op::Put { c: c.clone(), row: DueRow { v, until }, at: None };
        let expect = vec![Expect::Version(c.clone(), row.v)];
        match self.store.write_if::<DueRows>(part.clone(), expect, vec![put]).await {
            Ok(Applied::Yes) => {
                let DuePart { minute, slot } = *part;
                Ok(Some(Claimed { minute, slot, kind: c.kind, key: c.key, v }))
            }
            // Ours perhaps: then nobody has it until the lease is over, and we find it again.
            Ok(Applied::No { .. }) | Err(StoreError::Unknown) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }
}

impl Claimed {
    const fn partition(&self) -> DuePart {
        DuePart { minute: self.minute, slot: self.slot }
    }

    fn clustering(&self) -> DueKey {
        DueKey { kind: self.kind.clone(), key: self.key.clone() }
    }
}

/// Whether nobody has it. A lease that ends later than any that begins now was given by a clock that has been set back.
const fn is_free(row: &DueRow, now: Millis) -> bool {
    let left_ms = row.until.since_ms(now);
    left_ms <= 0 || left_ms > 2 * LEASE_MS
}

/// The minute that has begun.
const fn minute_of(at: Millis) -> i64 {
    at.0.div_euclid(MINUTE_MS)
}

/// The first minute that begins then or later.
const fn minute_from(at: Millis) -> i64 {
    at.plus_ms(MINUTE_MS - 1).0.div_euclid(MINUTE_MS)
}

/// The same on every hub.
fn slot_of(kind: &str, key: &str) -> i64 {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(key).finalize();
    hash.first().map_or(0, |byte| i64::from(*byte).rem_euclid(SLOTS))
}

#[cfg(test)]
mod tests;
