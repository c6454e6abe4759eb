//! What each owner's uploads take of their quota: a row for every upload, and one for all of them, changed together. So
//! parallel uploads cannot exceed it, and whoever repeats a change after a crash changes nothing twice.

use storage::ids::UploadId;
use storage::{Applied, Expect, Op, Read, Store, StoreError};

use crate::error::{Error, Result};
use crate::table::{UploadShareKey, UploadSharePart, UploadShareRow, UploadShares};

/// Lost races against others of the same owner before giving up.
const TRIES_MAX: u32 = 64;
/// The row of all of an owner's uploads; no upload has this id.
const ALL: UploadShareKey = UploadShareKey { id: UploadId(0) };

/// What an owner's uploads may take together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// **Units**: bytes.
    pub bytes: u64,
    /// How many.
    pub files: u64,
}

/// What becomes of an upload's share.
#[derive(Debug, Clone, Copy)]
enum Change {
    Claim(i64, Quota),
    Settle(i64),
    Release,
}

/// The shares of one owner.
#[derive(Debug)]
pub(super) struct Shares<'a> {
    pub(super) store: &'a Store,
    pub(super) owner: &'a str,
}

impl Shares<'_> {
    /// Takes a share, if there is so much left.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/file`, `quota`; [`Error::Overloaded`] after too many lost races; [`Error::Store`].
    pub(super) async fn claim(&self, id: UploadId, bytes: u64, quota: Quota) -> Result<()> {
        self.change(id, Change::Claim(signed(bytes), quota)).await
    }

    /// Says how much it is in the end.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it was released meanwhile; as [`Self::claim`].
    pub(super) async fn settle(&self, id: UploadId, bytes: u64) -> Result<()> {
        self.change(id, Change::Settle(signed(bytes))).await
    }

    /// Gives it back; twice is once.
    ///
    /// # Errors
    /// As [`Self::claim`].
    pub(super) async fn release(&self, id: UploadId) -> Result<()> {
        self.change(id, Change::Release).await
    }

    /// What they take together.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) async fn taken(&self) -> Result<Quota> {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
        let row = self.row(ALL).await?;
        Ok(row.map_or(Quota { bytes: 0, files: 0 }, |row| Quota {
            bytes: unsigned(row.bytes),
            files: unsigned(row.files),
        }))
    }

    async fn change(&self, id: UploadId, change: Change) -> Result<()> {
        for _ in 0..TRIES_MAX {
            let (all, share) = (self.row(ALL).await?, self.row(UploadShareKey { id }).await?);
            let Some(step) = Step::of(id, all, share, change)? else { return Ok(()) };
            match self.store.write_if::<UploadShares>(self.part(), step.expect, step.ops).await {
                Ok(Applied::Yes) => return Ok(()),
                // Done perhaps: what stands there says so.
                Ok(Applied::No { .. }) | Err(StoreError::Unknown) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::Overloaded)
    }

    async fn row(&self, c: UploadShareKey) -> Result<Option<UploadShareRow>> {
        Ok(self.store.get::<UploadShares>(self.part(), c, Read::Serial).await?)
    }

    fn part(&self) -> UploadSharePart {
        UploadSharePart { owner: self.owner.to_owned() }
    }
}

/// A conditional write of both rows.
struct Step {
    expect: Vec<Expect<UploadShareKey>>,
    ops: Vec<Op<UploadShares>>,
}

impl Step {
    /// None where nothing is left to do.
    fn of(
        id: UploadId,
        all: Option<UploadShareRow>,
        share: Option<UploadShareRow>,
        change: Change,
    ) -> Result<Option<Self>> {
        let had = share.as_ref().map(|share| share.bytes);
        let has = match change {
            Change::Claim(bytes, _) => Some(bytes),
            Change::Settle(_) if had.is_none() => return Err(Error::Conflict("the upload took too long")),
            Change::Settle(bytes) => Some(bytes),
            Change::Release => None,
        };
        if had == has {
            return Ok(None);
        }
        let mut sum = all.clone().unwrap_or(UploadShareRow { v: 0, bytes: 0, files: 0 });
        sum.v += 1;
        sum.bytes += has.unwrap_or(0) - had.unwrap_or(0);
        sum.files += i64::from(has.is_some()) - i64::from(had.is_some());
        if let Change::Claim(_, quota) = change
            && (sum.bytes > signed(quota.bytes) || sum.files > signed(quota.files))
        {
            return Err(Error::invalid("/file", "quota"));
        }
        let c = UploadShareKey { id };
        let stands = |c: UploadShareKey, row: &Option<UploadShareRow>| match row {
            Some(row) => Expect::Version(c, row.v),
            None => Expect::Absent(c),
        };
        let expect = vec![stands(ALL, &all), stands(c.clone(), &share)];
        let v = share.map_or(0, |share| share.v) + 1;
        let one = match has {
            Some(bytes) => Op::Put { c, row: UploadShareRow { v, bytes, files: 1 }, at: None },
            None => Op::Delete { c },
        };
        Ok(Some(Self { expect, ops: vec![Op::Put { c: ALL, row: sum, at: None }, one] }))
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
