//! How many tries may succeed: a bucket that drains evenly. Pure.

use storage::Tick;

/// So many at once, and so many in each window.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) burst: u32,
    /// **Units**: milliseconds.
    pub(super) window_ms: i64,
}

/// What is spent of a budget.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    /// How long it takes until nothing is spent any more, as of `at`. **Units**: milliseconds.
    owed_ms: i64,
    at: Tick,
}

impl Budget {
    /// In which one permit comes back. **Units**: milliseconds.
    fn interval_ms(&self) -> i64 {
        self.window_ms / i64::from(self.burst.max(1))
    }

    /// Milliseconds to wait before one more.
    pub(super) fn wait_ms(&self, now: Tick, spent: &mut Spent) -> i64 {
        let passed_ms = now.since_ms(spent.at).max(0);
        *spent = Spent { owed_ms: (spent.owed_ms - passed_ms).max(0), at: now };
        (spent.owed_ms + self.interval_ms() - self.window_ms).max(0)
    }

    /// Takes one, or says how many milliseconds to wait.
    pub(super) fn spend(&self, now: Tick, spent: &mut Spent) -> Result<(), i64> {
        let wait_ms = self.wait_ms(now, spent);
        if wait_ms > 0 {
            return Err(wait_ms);
        }
        spent.owed_ms += self.interval_ms();
        Ok(())
    }
}
