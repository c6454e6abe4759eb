//! The monotonic clock of one measurement; nothing else in this crate reads the time.

use std::time::{Duration, Instant};

/// Nanoseconds since a measurement began.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at zero.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "measuring real time is this crate's job")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// **Units**: nanoseconds since the start.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// **Units**: seconds since the start, to the millisecond.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        crate::report::ms(self.now_ns()).round() / 1e3
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
