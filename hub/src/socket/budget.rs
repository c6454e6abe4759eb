//! How much one peer may say, counted before any of it is read: a bucket of lines that refills with time. It owns one
//! moment and no timer; who waits is its caller.
//!
//! **Source**: ours. An account's rates are in `limits`; this is for what never gets so far: pings, unknown operations,
//! lines that are no requests.

use std::time::Duration;

use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// Lines a second that a peer may keep sending.
pub(super) const LINES_PER_S: u32 = 200;
/// Lines that it may send at once, before they are held to the rate.
pub(super) const LINES_BURST: u32 = 1_000;
/// Lines of one text; more are a flood, since no request of a client needs them.
pub(super) const TEXT_LINES_MAX: usize = 1_000;
/// A text costs another line for each of these: reading a long line is work too. **Units**: bytes.
const LINE_BYTES: usize = 1_024;

const LINE_COST: Duration = Duration::from_millis(1_000 / LINES_PER_S as u64);
const BURST_COST: Duration = LINE_COST.saturating_mul(LINES_BURST);

/// A peer's bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// When everything said so far will have been paid for. A full bucket: this moment is past.
    paid_at: Instant,
}

impl Budget {
    /// A full bucket.
    pub(super) const fn new(now: Instant) -> Self {
        Self { paid_at: now }
    }

    /// Takes so many lines; until when they must wait, if the bucket does not hold them.
    pub(super) fn take(&mut self, lines: u32, now: Instant) -> Option<Instant> {
        self.paid_at = self.paid_at.max(now) + LINE_COST.saturating_mul(lines);
        self.paid_at.checked_sub(BURST_COST).filter(|until| *until > now)
    }
}

/// What a text costs; none when it has too many lines.
pub(super) fn cost(text: &str) -> Option<u32> {
    let lines = 1 + text.bytes().filter(|byte| *byte == b'\n').count();
    if lines > TEXT_LINES_MAX {
        return None;
    }
    Some(u32::try_from(lines + text.len() / LINE_BYTES).unwrap_or(u32::MAX))
}
