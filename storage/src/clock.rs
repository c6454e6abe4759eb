//! The one place that reads the time. Everything else is handed a [`Clock`] or a [`Millis`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::ids::Millis;

/// Wall time, injected: the system's, or in tests one that follows tokio's (pausable) clock.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Virtual { base: Millis, started: Instant },
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Starts at `base` and advances with tokio's clock: under `start_paused` time is virtual.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    pub fn starting_at(base: Millis) -> Self {
        Self(Source::Virtual { base, started: Instant::now() })
    }

    /// Stands at `base` until it is advanced, the same for every clone and thread.
    #[must_use]
    pub fn manual(base: Millis) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(base.0))))
    }

    /// Moves a manual clock on; the others move by themselves.
    pub fn advance_ms(&self, ms: i64) {
        if let Source::Manual(now) = &self.0 {
            now.fetch_add(ms, Ordering::Relaxed);
        }
    }

    /// The time now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    pub fn now(&self) -> Millis {
        match &self.0 {
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Virtual { base, started } => {
                let passed = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
                base.plus_ms(passed)
            }
            Source::Manual(now) => Millis(now.load(Ordering::Relaxed)),
        }
    }
}
