//! How long a request and its connection may take: as the door says, and what a handler that moves much asks for besides.
//! Owns no clock: whoever waits asks what was added.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What may be added to one request, and to a connection by one look: nothing uploaded takes longer. **Units**: milliseconds.
const MORE_MS_MAX: u64 = 4 * 60 * 60 * 1_000;

/// Time that was asked for, until somebody takes it. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct More(Arc<AtomicU64>);

impl More {
    fn add(&self, more: Duration) {
        let more_ms = u64::try_from(more.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(more_ms.min(MORE_MS_MAX), Ordering::Relaxed);
    }

    /// What was asked for since the last time.
    #[must_use]
    pub fn take(&self) -> Duration {
        Duration::from_millis(self.0.swap(0, Ordering::Relaxed).min(MORE_MS_MAX))
    }
}

/// Of one request, put into it by the door.
#[derive(Debug, Clone, Default)]
pub struct Patience {
    request: More,
    connection: More,
}

impl Patience {
    /// Of a request on such a connection.
    #[must_use]
    pub fn on(connection: &More) -> Self {
        Self { request: More::default(), connection: connection.clone() }
    }

    /// Asks for more time than every request has.
    pub fn ask(&self, more: Duration) {
        self.request.add(more);
        self.connection.add(more);
    }

    /// What the request was given since the last time.
    #[must_use]
    pub fn take(&self) -> Duration {
        self.request.take()
    }
}

#[cfg(test)]
mod tests;
