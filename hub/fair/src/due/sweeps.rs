//! One hub's way through the minutes: each is looked at from when it begins until nothing in it is left.

use std::collections::{BTreeSet, VecDeque};

use futures_util::future::try_join_all;
use storage::{Ack, Op, Read};

use super::{Claimed, Due, PAGE_ROWS, SLOTS, is_free, minute_of};
use crate::error::Result;
use crate::table::{DueKey, DueMarkRow, DueMarks, DueMarksKey, DueMarksPart, DuePart, DueRow, DueRows};

/// Minutes looked through again each time: a clock may be late, and a write on its way.
const BACK_MINUTES: i64 = 5;
/// Minutes looked through again when the clock was set back: three days.
const SET_BACK_MINUTES: i64 = 72 * 60;
/// Rows are forgotten after that, so nothing earlier is looked for: thirty days.
const KEPT_MINUTES: i64 = 30 * 24 * 60;
/// The mark is written when it has moved so far.
const MARK_EVERY_MINUTES: i64 = 5;
/// The one row of marks.
const MARK: DueMarksPart = DueMarksPart { id: 0 };
/// What one step claims; more with the next.
const CLAIMED_MAX: usize = 256;
/// Minutes one step looks through; more with the next.
const STEP_MINUTES_MAX: u32 = 120;
/// Minutes remembered for what is left in them; at the limit the newest are forgotten, which others and a start find.
const OPEN_MAX: usize = 1_024;
/// Partitions listed at one time.
const LISTED_ROWS: u32 = 1_000;

/// Looks for what is due.
#[derive(Debug)]
pub struct Sweeps {
    due: Due,
    /// The minute up to which everything was looked through.
    swept: Option<i64>,
    /// Minutes in which something was left, claimed by whomever: looked at until it is gone.
    open: BTreeSet<i64>,
    /// What is left of this round.
    round: VecDeque<i64>,
    /// To where this round goes.
    to: i64,
    /// The mark that stands, as far as it is known; [`NEVER_AGAIN`] once it is not known what is left.
    marked: i64,
    /// Whether there ever was anything: else nobody needs a mark, and an empty store stays empty.
    was_used: bool,
}

/// Of a mark: none is written any more.
const NEVER_AGAIN: i64 = i64::MAX;

/// What a step found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Claimed: to be done in less than the lease.
    pub claimed: Vec<Claimed>,
    /// The round is not over: step again at once.
    pub more: bool,
}

impl Sweeps {
    pub(super) const fn new(due: Due) -> Self {
        Self { due, swept: None, open: BTreeSet::new(), round: VecDeque::new(), to: 0, marked: 0, was_used: false }
    }

    /// Claims what is due, some of it: the rest with the next step when there is `more`, else look again in some seconds.
    ///
    /// # Errors
    /// [`crate::Error::Store`]: step again.
    pub async fn step(&mut self) -> Result<Swept> {
        if self.round.is_empty() {
            self.begin_round().await?;
        }
        let mut claimed = Vec::new();
        for _ in 0..STEP_MINUTES_MAX {
            let Some(minute) = self.round.front().copied() else { break };
            match self.sweep_minute(minute, &mut claimed).await {
                Ok(true) => {
                    self.was_used = true;
                    self.open.insert(minute);
                }
                Ok(false) => _ = self.open.remove(&minute),
                // Told by the next step, if it lasts.
                Err(_) if !claimed.is_empty() => return Ok(Swept { claimed, more: true }),
                Err(error) => return Err(error),
            }
            if claimed.len() >= CLAIMED_MAX {
                // Looked at again from its beginning: what was claimed in it is passed over.
                return Ok(Swept { claimed, more: true });
            }
            self.round.pop_front();
        }
        self.forget_some();
        let more = !self.round.is_empty();
        if !more {
            self.swept = Some(self.to);
            self.mark().await;
        }
        Ok(Swept { claimed, more })
    }

    /// Says for the next start before when nothing is left. Not written is only a longer way for that one.
    async fn mark(&mut self) {
        let left = self.open.first().copied().unwrap_or(i64::MAX);
        let minute = left.min(self.to - BACK_MINUTES);
        if !self.was_used || minute < self.marked.saturating_add(MARK_EVERY_MINUTES) {
            return;
        }
        let put = Op::Put { c: DueMarksKey {}, row: DueMarkRow { minute }, at: Some(minute) };
        if self.due.store.write::<DueMarks>(MARK, vec![put], Ack::Durable).await.is_ok() {
            self.marked = minute;
        }
    }

    /// What was never looked at, however far the clock has jumped; a little before it; and what was left.
    async fn begin_round(&mut self) -> Result<()> {
        let to = minute_of(self.due.clock.now());
        let swept = match self.swept {
            Some(swept) => Some(swept),
            None => self.looked_through_by_others(to).await?,
        };
        self.round = match swept {
            Some(swept) => self.since(swept, to),
            None => self.find_all(to).await?,
        };
        self.to = to;
        Ok(())
    }

    /// The latest first: much may have passed, and what has just come due must not wait for that. After the clock was set
    /// back it is not known what was looked at.
    fn since(&self, swept: i64, to: i64) -> VecDeque<i64> {
        let is_set_back = swept > to + BACK_MINUTES;
        let from =
            if is_set_back { to - SET_BACK_MINUTES } else { (swept.min(to) - BACK_MINUTES).max(to - KEPT_MINUTES) };
        let left = self.open.range(..from).copied();
        left.chain(from..=to).rev().collect()
    }

    /// As a mark says; one ahead of the clock was written by a clock that was wrong, and says nothing.
    async fn looked_through_by_others(&mut self, to: i64) -> Result<Option<i64>> {
        let mark = self.due.store.get::<DueMarks>(MARK, DueMarksKey {}, Read::Quorum).await?.map(|row| row.minute);
        self.marked = mark.unwrap_or(0);
        self.was_used = mark.is_some();
        Ok(mark.filter(|minute| *minute <= to).map(|minute| minute + BACK_MINUTES))
    }

    /// The minutes of everything there is: where no mark says from where on to look.
    async fn find_all(&self, to: i64) -> Result<VecDeque<i64>> {
        let mut found = BTreeSet::new();
        let mut after: Option<DuePart> = None;
        loop {
            let parts = self.due.store.partitions::<DueRows>(after.take(), LISTED_ROWS).await?;
            after = parts.last().cloned().filter(|_| parts.len() >= LISTED_ROWS as usize);
            // At most as many as rows live minutes.
            found.extend(parts.into_iter().map(|part| part.minute).filter(|minute| *minute <= to));
            if after.is_none() {
                return Ok(found.into_iter().rev().collect());
            }
        }
    }

    /// Whether something is left in it, for whomever.
    async fn sweep_minute(&self, minute: i64, claimed: &mut Vec<Claimed>) -> Result<bool> {
        let parts = (0..SLOTS).map(|slot| DuePart { minute, slot });
        let firsts = try_join_all(parts.clone().map(|part| self.due.page(part, None))).await?;
        let mut left = false;
        for (part, rows) in parts.zip(firsts) {
            left |= !rows.is_empty();
            self.sweep_slot(&part, rows, claimed).await?;
        }
        Ok(left)
    }

    async fn sweep_slot(
        &self,
        part: &DuePart,
        mut rows: Vec<(DueKey, DueRow)>,
        claimed: &mut Vec<Claimed>,
    ) -> Result<()> {
        loop {
            let after = rows.last().map(|(last, _)| last.clone()).filter(|_| rows.len() >= PAGE_ROWS as usize);
            for (c, row) in rows {
                if claimed.len() >= CLAIMED_MAX {
                    return Ok(());
                }
                // Again each time, since claiming takes some.
                let now = self.due.clock.now();
                if part.minute <= minute_of(now) && is_free(&row, now) {
                    claimed.extend(self.due.claim(part, c, &row).await?);
                }
            }
            let Some(after) = after else { return Ok(()) };
            rows = self.due.page(part.clone(), Some(after)).await?;
        }
    }

    #[cfg(test)]
    pub(super) const fn skip_to(&mut self, minute: i64) {
        self.swept = Some(minute);
    }

    fn forget_some(&mut self) {
        while self.open.len() > OPEN_MAX {
            self.open.pop_last();
            self.marked = NEVER_AGAIN;
        }
    }
}
