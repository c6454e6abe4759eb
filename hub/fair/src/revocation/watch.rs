//! Reads what ended from the store, again and again, so that nothing is missed: not what was written late, not what
//! clocks ahead wrote, not when the own clock is set. Never judges.

use std::collections::HashSet;
use std::ops::Bound;

use storage::ids::Millis;
use storage::{Read, Scan};

use super::cache::FACTS_MAX;
use super::{Fact, HISTORY_MS, HOUR_MS, OVERLAP_MS, Revoked};
use crate::accounts::Accounts;
use crate::error::Result;
use crate::table::{Revocations, RevocationsKey, RevocationsPart};

/// Rows of one read.
const PAGE_ROWS: u32 = 1_000;

/// Follows the revocations.
#[derive(Debug)]
pub struct Watch {
    accounts: Accounts,
    /// When the last complete poll began.
    polled: Option<Millis>,
    stepped: Option<Step>,
    /// What the overlap would show again.
    seen: HashSet<(Millis, i64)>,
}

/// The clock was set back.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// What it showed before.
    high: Millis,
    /// What it showed when that was noticed.
    at: Millis,
}

/// From when to when.
type Stretch = (Millis, Millis);

impl Watch {
    pub(crate) fn new(accounts: Accounts) -> Self {
        Self { accounts, polled: None, stepped: None, seen: HashSet::new() }
    }

    /// What ended since the last poll, each fact once; [`Accounts::authenticate`] refuses it from here on. The first poll
    /// gives everything of the last day: call it before the first connection is accepted. So does the poll after the
    /// clock was set back, where some facts may be told again.
    ///
    /// # Errors
    /// [`crate::Error::Store`]; the next poll reads the same again.
    pub async fn poll(&mut self) -> Result<Vec<Revoked>> {
        let now = self.accounts.clock().now();
        let mut fresh = Vec::new();
        let mut keys = HashSet::new();
        for (from, to) in self.stretches(now) {
            for hour in from.0.div_euclid(HOUR_MS)..=to.0.div_euclid(HOUR_MS) {
                self.read_hour(hour, from, &mut keys, &mut fresh).await?;
            }
        }
        self.seen.extend(keys);
        self.polled = Some(now);
        let (again_from, _) = around(now);
        self.seen.retain(|(at, _)| *at >= again_from);
        self.accounts.revoked().learn(now, &fresh, FACTS_MAX);
        Ok(fresh.into_iter().map(|fact| fact.revoked).collect())
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.seen.len()
    }

    /// What to read: the day at first, then what may have come since, in terms of every clock that may have written it.
    fn stretches(&mut self, now: Millis) -> Vec<Stretch> {
        let (_, to) = around(now);
        let day = now.plus_ms(-HISTORY_MS);
        let Some(polled) = self.polled else { return vec![(day, to)] };
        if polled.since_ms(now) > OVERLAP_MS {
            let high = self.stepped.map_or(polled, |step| step.high.max(polled));
            self.stepped = Some(Step { high, at: now });
            // Who wrote while this clock was wrong may have been right, or wrong with it.
            return vec![(day, to), (high.plus_ms(-HISTORY_MS).max(to), around(high).1)];
        }
        let mut stretches = vec![(polled.min(now).plus_ms(-OVERLAP_MS).max(day), to)];
        // A write that began before the step may end after it.
        self.stepped = self.stepped.filter(|step| now.since_ms(step.at) <= OVERLAP_MS);
        stretches.extend(self.stepped.map(|step| around(step.high)));
        stretches
    }

    async fn read_hour(
        &self,
        hour: i64,
        from: Millis,
        keys: &mut HashSet<(Millis, i64)>,
        fresh: &mut Vec<Fact>,
    ) -> Result<()> {
        let mut lower = Bound::Included(RevocationsKey { at: from, id: 0 });
        // Ends with the hour's rows, which rate limits on everything that revokes keep few.
        loop {
            let scan = Scan { from: lower, to: Bound::Unbounded, rev: false, limit: PAGE_ROWS };
            let rows = self.accounts.store().scan::<Revocations>(RevocationsPart { hour }, scan, Read::Quorum).await?;
            let full = rows.len() >= PAGE_ROWS as usize;
            let Some(last) = rows.last().map(|(key, _)| key.clone()) else { return Ok(()) };
            for (key, row) in rows {
                if !self.seen.contains(&(key.at, key.id)) && keys.insert((key.at, key.id)) {
                    fresh.push(Fact::of(&key, &row));
                }
            }
            if !full {
                return Ok(());
            }
            lower = Bound::Excluded(last);
        }
    }
}

/// What is read again around a moment.
const fn around(moment: Millis) -> Stretch {
    (moment.plus_ms(-OVERLAP_MS), moment.plus_ms(OVERLAP_MS))
}
