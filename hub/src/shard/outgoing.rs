//! The events a room has collected and not yet handed to the lanes: adaptive batching.
//!
//! One flush costs a system call per member whatever it carries, so a busy room collects for about as long as a flush
//! takes; a quiet one flushes at once. While a lane lags, the collecting goes on up to [`WAIT_MAX`].

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

/// What one member's write is assumed to cost: measured 5-9 us; the window is members times this.
const COST_PER_MEMBER: Duration = Duration::from_micros(10);
/// A busy room collects at least this long between flushes.
const WINDOW_MIN: Duration = Duration::from_millis(1);
/// A busy room collects at most this long while its lanes keep up.
const WINDOW_MAX: Duration = Duration::from_millis(10);
/// However far a lane is behind, events are handed to it after this long.
const WAIT_MAX: Duration = Duration::from_millis(100);
/// How often a lagging lane is looked at again.
const LAG_STEP: Duration = Duration::from_millis(2);
/// A batch of this size goes out whatever the window says; a frame stays small against the outboxes' bound.
pub(crate) const BATCH_BYTES_MAX: usize = 48 * 1024;

/// A room's collected events.
#[derive(Debug)]
pub(crate) struct Outgoing {
    parts: Vec<Bytes>,
    bytes: usize,
    oldest: Option<Instant>,
    last_flush: Option<Instant>,
}

/// What to do with a batch now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Hand it to the lanes.
    Now,
    /// Look again then.
    At(Instant),
}

impl Outgoing {
    pub(crate) const fn new() -> Self {
        Self { parts: Vec::new(), bytes: 0, oldest: None, last_flush: None }
    }

    /// Adds an encoded event.
    pub(crate) fn push(&mut self, part: Bytes, now: Instant) {
        self.bytes += part.len() + 1;
        self.parts.push(part);
        self.oldest.get_or_insert(now);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether to flush, for a room of `members` whose lanes have `backlog` deliveries queued.
    pub(crate) fn due(&self, now: Instant, members: usize, backlog: usize) -> Due {
        let Some(oldest) = self.oldest else { return Due::At(now + WAIT_MAX) };
        if self.bytes >= BATCH_BYTES_MAX || now >= oldest + WAIT_MAX {
            return Due::Now;
        }
        let members_u32 = u32::try_from(members).unwrap_or(u32::MAX);
        let window = COST_PER_MEMBER.saturating_mul(members_u32).clamp(WINDOW_MIN, WINDOW_MAX);
        let open_at = self.last_flush.map_or(oldest, |last| last + window);
        if now < open_at {
            return Due::At(open_at.min(oldest + WAIT_MAX));
        }
        // The flush before this one is still being written: what comes meanwhile joins this one.
        if backlog > members / 2 {
            return Due::At((now + LAG_STEP).min(oldest + WAIT_MAX));
        }
        Due::Now
    }

    /// Takes the batch.
    pub(crate) fn take(&mut self, now: Instant) -> Vec<Bytes> {
        self.bytes = 0;
        self.oldest = None;
        self.last_flush = Some(now);
        std::mem::take(&mut self.parts)
    }
}

#[cfg(test)]
mod tests;
