//! A store that misbehaves by a seeded plan: delays, failures, unknown outcomes, crashes, a full disk.
//!
//! Wraps another store and never changes what that one holds other than by passing requests on. Time is tokio's, so
//! under a paused clock a run is a function of its seed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::error::{Result, StoreError};
use crate::request::{Cells, Change, Query, Written};
use crate::store::Store;

/// What goes wrong how often. Chances are per request, 0.0 to 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    /// Each request waits up to this long, before and after it is done. **Units**: milliseconds.
    pub delay_ms_max: u64,
    /// Not done, answered [`StoreError::Unavailable`].
    pub unavailable: f64,
    /// A write that is done and answered [`StoreError::Unknown`].
    pub unknown_done: f64,
    /// A write that is not done and answered [`StoreError::Unknown`].
    pub unknown_lost: f64,
}

/// The misbehaving store's handle: hand `Store::Faulty(handle.clone())` to whom it shall vex.
pub struct Faulty {
    inner: Store,
    /// A mutex because handles are shared between tasks; held to decide, never across an await.
    plan: Mutex<Plan>,
}

struct Plan {
    rng: StdRng,
    faults: Faults,
    crashed: bool,
    full: bool,
    writes: u64,
    crash_at: Option<u64>,
    full_at: Option<u64>,
}

/// What happens to one request.
#[derive(Debug, Clone, Copy)]
struct Fate {
    delays: [Duration; 2],
    act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Pass,
    Unavailable,
    Full,
    UnknownDone,
    UnknownLost,
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

impl Faulty {
    /// Wraps `inner`; the same seed and the same requests in the same order give the same faults.
    #[must_use]
    pub fn new(inner: Store, seed: u64, faults: Faults) -> Arc<Self> {
        let rng = StdRng::seed_from_u64(seed);
        let plan = Plan { rng, faults, crashed: false, full: false, writes: 0, crash_at: None, full_at: None };
        Arc::new(Self { inner, plan: Mutex::new(plan) })
    }

    /// From now on these faults.
    pub fn set_faults(&self, faults: Faults) {
        self.plan().faults = faults;
    }

    /// Whether writes are refused with [`StoreError::Full`].
    pub fn set_full(&self, full: bool) {
        let mut plan = self.plan();
        (plan.full, plan.full_at) = (full, None);
    }

    /// Is full from the `n`-th write from now (1 is the next) until [`Self::set_full`] says otherwise.
    pub fn full_at_write(&self, n: u64) {
        let mut plan = self.plan();
        plan.full_at = Some(plan.writes + n);
    }

    /// From now on nothing reaches the inner store, whatever is asked; waiting requests are lost too.
    pub fn crash(&self) {
        self.plan().crashed = true;
    }

    /// Crashes at the `n`-th write from now (1 is the next): it is done or not, nobody hears which.
    pub fn crash_at_write(&self, n: u64) {
        let mut plan = self.plan();
        plan.crash_at = Some(plan.writes + n);
    }

    /// Ends a crash.
    pub fn revive(&self) {
        let mut plan = self.plan();
        (plan.crashed, plan.crash_at) = (false, None);
    }

    /// Whether it has crashed.
    #[must_use]
    pub fn crashed(&self) -> bool {
        self.plan().crashed
    }

    /// Writes asked for so far, whatever became of them.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.plan().writes
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn query(&self, query: Query) -> Answer<'_, Vec<Cells>> {
        let fate = self.plan().read_fate();
        Box::pin(async move {
            wait(fate.delays[0]).await;
            if fate.act != Act::Pass || self.crashed() {
                return Err(StoreError::Unavailable);
            }
            let answer = self.inner.query(query).await;
            wait(fate.delays[1]).await;
            answer
        })
    }

    pub(crate) fn apply(&self, change: Change) -> Answer<'_, Written> {
        let fate = self.plan().write_fate();
        Box::pin(async move {
            wait(fate.delays[0]).await;
            let passes = matches!(fate.act, Act::Pass | Act::UnknownDone);
            // The write that crashes it was decided before the crash, the ones behind it are lost.
            if passes && self.crashed() && fate.act != Act::UnknownDone {
                return Err(StoreError::Unknown);
            }
            match fate.act {
                Act::Unavailable => return Err(StoreError::Unavailable),
                Act::Full => return Err(StoreError::Full),
                Act::UnknownLost => return Err(StoreError::Unknown),
                Act::Pass | Act::UnknownDone => {}
            }
            let answer = self.inner.apply(change).await;
            wait(fate.delays[1]).await;
            if fate.act == Act::UnknownDone || self.crashed() { Err(StoreError::Unknown) } else { answer }
        })
    }
}

impl Plan {
    fn delays(&mut self) -> [Duration; 2] {
        let max = self.faults.delay_ms_max;
        let mut delay = || Duration::from_millis(if max == 0 { 0 } else { self.rng.random_range(0..=max) });
        [delay(), delay()]
    }

    fn read_fate(&mut self) -> Fate {
        let failed = self.faults.unavailable > self.rng.random::<f64>();
        let act = if self.crashed || failed { Act::Unavailable } else { Act::Pass };
        Fate { delays: self.delays(), act }
    }

    fn write_fate(&mut self) -> Fate {
        self.writes += 1;
        let (delays, draw) = (self.delays(), self.rng.random::<f64>());
        let faults = self.faults;
        let act = if self.crashed {
            Act::Unavailable
        } else if self.crash_at.is_some_and(|at| self.writes >= at) {
            self.crashed = true;
            if self.rng.random() { Act::UnknownDone } else { Act::UnknownLost }
        } else if self.full || self.full_at.is_some_and(|at| self.writes >= at) {
            Act::Full
        } else if draw < faults.unavailable {
            Act::Unavailable
        } else if draw < faults.unavailable + faults.unknown_done {
            Act::UnknownDone
        } else if draw < faults.unavailable + faults.unknown_done + faults.unknown_lost {
            Act::UnknownLost
        } else {
            Act::Pass
        };
        Fate { delays, act }
    }
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
