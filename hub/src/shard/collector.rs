//! The one way out of a room: what it has published and not yet handed to the lanes.
//!
//! Keeps order, makes frames of what goes out together, splits them at a bound, counts. One flush costs a system call per
//! member whatever it carries, so a busy room collects for about as long as a flush takes; a quiet one flushes at once.
//! While a lane lags, the collecting goes on up to [`WAIT_MAX`].

use std::time::Duration;

use bytes::Bytes;
use storage::words::ConnId;
use tokio::time::Instant;

use super::members::Members;
use crate::socket::{Class, Frame, Lane};

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
/// A frame ends here; a batch of this size goes out whatever the window says. Small against the outboxes' bound.
const BATCH_BYTES_MAX: usize = 48 * 1024;

/// How long a kind's events may be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Until the end of the step that made them: nothing else of the room overtakes them.
    Step,
    /// For as long as a flush to all members takes, and longer while lanes lag.
    Adaptive,
}

/// A published event.
#[derive(Debug)]
struct Part {
    event: Bytes,
    class: Class,
    except: Option<ConnId>,
}

/// A room's collected events.
#[derive(Debug)]
pub(super) struct Collector {
    window: Window,
    parts: Vec<Part>,
    bytes: usize,
    oldest: Option<Instant>,
    last_flush: Option<Instant>,
}

/// What to do with a batch now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Hand it to the lanes.
    Now,
    /// Look again then.
    At(Instant),
}

impl Collector {
    pub(super) const fn new(window: Window) -> Self {
        Self { window, parts: Vec::new(), bytes: 0, oldest: None, last_flush: None }
    }

    /// Adds an encoded event.
    pub(super) fn push(&mut self, event: Bytes, class: Class, except: Option<ConnId>, now: Instant) {
        self.bytes += event.len() + 1;
        self.parts.push(Part { event, class, except });
        self.oldest.get_or_insert(now);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether the batch is to go out now; for a room of `members` whose lanes have `backlog` deliveries queued.
    pub(super) fn due(&self, now: Instant, members: usize, backlog: usize) -> Due {
        let Some(oldest) = self.oldest else { return Due::At(now + WAIT_MAX) };
        if self.window == Window::Step || self.bytes >= BATCH_BYTES_MAX || now >= oldest + WAIT_MAX {
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

    /// Hands everything to the lanes that have members. A lane that cannot take a durable event closes those members with
    /// `slow_consumer`: they resume by seq.
    pub(super) fn flush(&mut self, now: Instant, members: &Members, lanes: &[Lane]) {
        if self.parts.is_empty() {
            return;
        }
        let parts = self.take(now);
        if members.is_empty() {
            return;
        }
        for frame in frames(&parts) {
            let objects: Vec<Bytes> = frame.iter().map(|part| part.event.clone()).collect();
            if let Some(Part { class, except, .. }) = frame.first() {
                broadcast(members, lanes, &Frame::from_objects(&objects), *class, *except);
            }
        }
    }

    fn take(&mut self, now: Instant) -> Vec<Part> {
        self.bytes = 0;
        self.oldest = None;
        self.last_flush = Some(now);
        std::mem::take(&mut self.parts)
    }
}

/// Runs of one class and one exception, none longer than the bound unless a single event is.
fn frames(parts: &[Part]) -> Vec<&[Part]> {
    let mut frames = Vec::new();
    for run in parts.chunk_by(|one, next| (one.class, one.except) == (next.class, next.except)) {
        let (mut begun, mut bytes) = (0, 0);
        for (at, part) in run.iter().enumerate() {
            if at > begun && bytes + part.event.len() > BATCH_BYTES_MAX {
                frames.extend(run.get(begun..at));
                (begun, bytes) = (at, 0);
            }
            bytes += part.event.len() + 1;
        }
        frames.extend(run.get(begun..));
    }
    frames
}

fn broadcast(members: &Members, lanes: &[Lane], frame: &Frame, class: Class, except: Option<ConnId>) {
    for lane in members.lanes().filter_map(|index| lanes.get(index)) {
        if lane.broadcast(members.key(), frame.clone(), class, except).is_err() && class == Class::Durable {
            lane.close_members(members.key());
        }
    }
}

/// Deliveries queued at the lanes that have members here: the most of them.
pub(super) fn backlog(members: &Members, lanes: &[Lane]) -> usize {
    members.lanes().filter_map(|index| lanes.get(index)).map(Lane::backlog).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
