//! How long the lists are: counted by reading them, and remembered for some seconds. While one counts again, the others are
//! told what was counted before.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use storage::Tick;

use super::Showcase;
use super::read::{Wanted, Zones};
use crate::error::Result;

/// Rows of one read while counting.
const SCAN_ROWS: u32 = 1_024;
/// What is longer is told as so long.
const TOTAL_MAX: u64 = 200_000;
/// How long a count is told. **Units**: milliseconds.
const REMEMBERED_MS: i64 = 5_000;
/// Lists whose length is remembered; then all are forgotten.
const LISTS_MAX: usize = 4_096;

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Totals(Mutex<HashMap<String, Counted>>);

#[derive(Debug, Clone, Copy)]
struct Counted {
    total: u64,
    at: Tick,
}

impl Totals {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Counted>> {
        // Each change of it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is remembered. Of those who find it old one counts again: for the others it is as new from then on.
    fn remembered(&self, list: &str, now: Tick) -> Option<u64> {
        let mut lists = self.lock();
        let counted = lists.get_mut(list)?;
        if now.since_ms(counted.at) < REMEMBERED_MS {
            return Some(counted.total);
        }
        counted.at = now;
        None
    }

    fn remember(&self, list: String, total: u64, at: Tick) {
        let mut lists = self.lock();
        if lists.len() >= LISTS_MAX && !lists.contains_key(&list) {
            lists.clear();
        }
        lists.insert(list, Counted { total, at });
    }

    fn forget(&self) {
        self.lock().clear();
    }
}

impl Showcase {
    /// Lists are counted anew from now on: something was shown or hidden.
    pub fn recount(&self) {
        self.totals.forget();
    }

    pub(super) async fn total(&self, wanted: &Wanted) -> Result<u64> {
        let (list, now) = (wanted.name(), self.accounts.clock().tick());
        if let Some(total) = self.totals.remembered(&list, now) {
            return Ok(total);
        }
        let total = self.count(wanted).await?;
        self.totals.remember(list, total, now);
        Ok(total)
    }

    async fn count(&self, wanted: &Wanted) -> Result<u64> {
        let (mut total, mut after, mut zones) = (0, None, Zones::new());
        while total < TOTAL_MAX {
            let rows = self.scan(wanted, after.take(), SCAN_ROWS).await?;
            let is_end = rows.len() < SCAN_ROWS as usize;
            after = rows.last().map(|(key, _)| key.clone());
            total += self.seen(wanted, rows, &mut zones).await?.len() as u64;
            if is_end {
                break;
            }
        }
        Ok(total.min(TOTAL_MAX))
    }
}
