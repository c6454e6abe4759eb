//! How many booths an enterprise has: a place each, claimed before the booth is made, so that however many it makes at once
//! it has no more than it may.

use storage::ids::{EnterpriseId, Millis, RecordId};
use storage::{Applied, Expect, Op, Read, StoreError};

use super::FLOW;
use crate::accounts::Accounts;
use crate::error::{Error, Result};
use crate::flow::stands;

/// A booth that does not stand so long after its place was claimed is not being made any more. **Units**: milliseconds.
const MAKING_MS: i64 = 10 * 60 * 1_000;

storage::table! {
    /// The booths that an enterprise has, or is making.
    pub BoothSlots: guarded, clustered, "booth_slots", version 1;
    partition BoothSlotPart { enterprise: EnterpriseId }
    clustering BoothSlotKey {
        /// from 0.
        slot: i64,
    }
    row BoothSlotRow {
        booth: RecordId,
        /// of the claim: the booth follows it at once.
        at: Millis,
    }
    patch BoothSlotPatch
}

/// A place that was claimed.
pub(super) struct Slot {
    part: BoothSlotPart,
    key: BoothSlotKey,
    v: i64,
}

/// Claims a place for a booth that is about to be made.
///
/// # Errors
/// [`Error::Conflict`] when all of them are taken, [`Error::Store`].
pub(super) async fn claim(accounts: &Accounts, enterprise: EnterpriseId, booth: RecordId, count: u32) -> Result<Slot> {
    for slot in 0..count {
        let (part, key) = (BoothSlotPart { enterprise }, BoothSlotKey { slot: slot.into() });
        let held = accounts.store().get::<BoothSlots>(part.clone(), key.clone(), Read::Serial).await?;
        let (expect, v) = match held {
            None => (Expect::Absent(key.clone()), 1),
            Some(row) if is_given_up(accounts, &row).await? => (Expect::Version(key.clone(), row.v), row.v + 1),
            Some(_) => continue,
        };
        let row = BoothSlotRow { v, booth, at: accounts.clock().now() };
        let put = Op::Put { c: key.clone(), row, at: None };
        match accounts.store().write_if::<BoothSlots>(part.clone(), vec![expect], vec![put]).await {
            Ok(Applied::Yes) => return Ok(Slot { part, key, v }),
            Ok(Applied::No { .. }) => {}
            // Perhaps it is this one's: then nobody else takes it before it is given up.
            Err(StoreError::Unknown) => {
                let held = accounts.store().get::<BoothSlots>(part.clone(), key.clone(), Read::Serial).await?;
                if held.is_some_and(|held| held.booth == booth) {
                    return Ok(Slot { part, key, v });
                }
            }
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Conflict("the enterprise has as many booths as it may"))
}

/// Whether nothing came of a claim.
async fn is_given_up(accounts: &Accounts, row: &BoothSlotRow) -> Result<bool> {
    let is_old = row.at.plus_ms(MAKING_MS) < accounts.clock().now();
    Ok(is_old && stands(accounts, &FLOW, row.booth, Read::Serial).await?.is_none())
}

/// Gives a place back whose booth was not made.
pub(super) async fn release(accounts: &Accounts, Slot { part, key, v }: Slot) -> Result<()> {
    let (expect, delete) = (vec![Expect::Version(key.clone(), v)], vec![Op::Delete { c: key }]);
    accounts.store().write_if::<BoothSlots>(part, expect, delete).await?;
    Ok(())
}
