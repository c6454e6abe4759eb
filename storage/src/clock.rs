//! The one place that reads the time. Everything else is handed a [`Clock`], a [`Millis`] or a [`Tick`].
//!
//! Two readings, which are never compared with each other. [`Clock::now`] is the time of day: for what is stored, sent
//! or shown, and for what must still hold in another process or after a restart (when a token or a row expires). It may
//! step, also backwards, when somebody sets the machine's clock. [`Clock::tick`] never steps back: for how long
//! something lasts inside this process (deadlines, pauses, rates, idleness), and for nothing that outlives it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::ids::Millis;

/// Where all ticks of the system's clock are counted from, so that those of two handles can be compared.
#[expect(clippy::disallowed_methods, reason = "the clock itself")]
static STARTED: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

/// Time, injected: the system's, or in tests one that follows tokio's (pausable) clock or stands still.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    /// The system's, ahead by so many milliseconds.
    Ahead(i64),
    Virtual {
        base: Arc<AtomicI64>,
        started: Instant,
    },
    Manual(Arc<Hands>),
}

/// Of a manual clock. **Units**: milliseconds.
#[derive(Debug)]
struct Hands {
    wall: AtomicI64,
    passed: AtomicI64,
}

/// A moment on a clock that never steps back. **Units**: milliseconds since some moment in this process, which nothing
/// but a difference is to be made of: not stored, not sent, not compared with another process's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tick(pub i64);

impl Tick {
    /// This moment plus `ms` milliseconds (minus, when negative).
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// How long it is from here until `later`; nothing when that has passed.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.since_ms(self)).unwrap_or(0))
    }
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The system's clock with another time of day: now it is `base`. Durations are the system's.
    #[must_use]
    pub fn system_from(base: Millis) -> Self {
        Self(Source::Ahead(base.since_ms(Self::system().now())))
    }

    /// Starts at `base` and advances with tokio's clock: under `start_paused` time is virtual.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    pub fn starting_at(base: Millis) -> Self {
        Self(Source::Virtual { base: Arc::new(AtomicI64::new(base.0)), started: Instant::now() })
    }

    /// Stands at `base` until it is advanced, the same for every clone and thread.
    #[must_use]
    pub fn manual(base: Millis) -> Self {
        Self(Source::Manual(Arc::new(Hands { wall: AtomicI64::new(base.0), passed: AtomicI64::new(0) })))
    }

    /// Lets time pass on a manual clock; on the others it passes by itself.
    pub fn advance_ms(&self, ms: u32) {
        if let Source::Manual(hands) = &self.0 {
            hands.wall.fetch_add(ms.into(), Ordering::Relaxed);
            hands.passed.fetch_add(ms.into(), Ordering::Relaxed);
        }
    }

    /// Sets the time of day of every clone forwards or, when negative, back, as who corrects a machine's clock does: no
    /// time passes. The system's is not ours to set.
    pub fn step_ms(&self, ms: i64) {
        match &self.0 {
            Source::System | Source::Ahead(_) => {}
            Source::Virtual { base, .. } => {
                base.fetch_add(ms, Ordering::Relaxed);
            }
            Source::Manual(hands) => {
                hands.wall.fetch_add(ms, Ordering::Relaxed);
            }
        }
    }

    /// The time of day now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    pub fn now(&self) -> Millis {
        let system = || Millis(whole_ms(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()));
        match &self.0 {
            Source::System => system(),
            Source::Ahead(ms) => system().plus_ms(*ms),
            Source::Virtual { base, started } => {
                Millis(base.load(Ordering::Relaxed)).plus_ms(whole_ms(started.elapsed()))
            }
            Source::Manual(hands) => Millis(hands.wall.load(Ordering::Relaxed)),
        }
    }

    /// This moment, to measure from or to: whatever happens to the time of day, a later call never answers an earlier
    /// one. Ticks of one clock and its clones can be compared, and those of all system clocks.
    #[must_use]
    pub fn tick(&self) -> Tick {
        match &self.0 {
            Source::System | Source::Ahead(_) => Tick(whole_ms(STARTED.elapsed())),
            Source::Virtual { started, .. } => Tick(whole_ms(started.elapsed())),
            Source::Manual(hands) => Tick(hands.passed.load(Ordering::Relaxed)),
        }
    }
}

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The Gregorian date (year, month, day) of a day counted from 1970-01-01.
/// **Source**: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
#[must_use]
pub const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests;
