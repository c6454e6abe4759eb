//! One connection as its lane keeps it: outbox and times. [`Seat::check`] says what is due; the lane does it.

use std::sync::Arc;

use super::LaneLimits;
use crate::code::Code;
use crate::socket::conn::Conn;
use crate::socket::outbox::Outbox;

pub(super) struct Seat {
    pub(super) outbox: Outbox,
    /// The second at which the wheel brings it up; other entries in the wheel are stale.
    pub(super) due_s: u32,
    attached_s: u32,
    pinged_s: u32,
    deadline: Option<(u32, Code)>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// The close frame is on its way; the socket ends at `until_s` at the latest.
    Closing {
        until_s: u32,
        ends_writing: bool,
    },
}

/// What is due now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing before this second.
    At(u32),
    /// A ping, then nothing before this second.
    Ping(u32),
    /// Close it with this code.
    Close(Code),
    /// The time for the closing handshake is over.
    Remove,
}

impl Seat {
    pub(super) fn new(conn: Arc<Conn>, now_s: u32) -> Self {
        Self {
            outbox: Outbox::new(conn),
            due_s: 0,
            attached_s: now_s,
            pinged_s: now_s,
            deadline: None,
            phase: Phase::Open,
        }
    }

    pub(super) const fn conn(&self) -> &Arc<Conn> {
        self.outbox.conn()
    }

    pub(super) const fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing { .. })
    }

    /// Whether the write side is to be ended now: the close frame is out and no answer is awaited.
    pub(super) const fn has_finished_writing(&self) -> bool {
        matches!(self.phase, Phase::Closing { ends_writing: true, .. }) && !self.outbox.is_blocked()
    }

    pub(super) const fn begin_closing(&mut self, until_s: u32, ends_writing: bool) {
        self.phase = Phase::Closing { until_s, ends_writing };
    }

    pub(super) const fn set_deadline(&mut self, deadline: Option<(u32, Code)>) {
        self.deadline = deadline;
    }

    /// What is due at `now_s`, and when to look again.
    pub(super) fn check(&mut self, now_s: u32, limits: &LaneLimits) -> Due {
        if let Phase::Closing { until_s, .. } = self.phase {
            return if now_s >= until_s { Due::Remove } else { Due::At(until_s) };
        }
        let conn = self.outbox.conn();
        // Nobody reads what it may be saying, and that is not its fault: it takes what it is sent.
        if conn.is_hearing() && !self.outbox.is_blocked() {
            conn.mark_seen();
        }
        let idle_s = conn.seen_s() + 2 * limits.ping_s;
        let mut next_s = idle_s;
        if let Some((at_s, code)) = self.deadline {
            if now_s >= at_s {
                return Due::Close(code);
            }
            next_s = next_s.min(at_s);
        }
        if !conn.is_authenticated() {
            let at_s = self.attached_s + limits.auth_s;
            if now_s >= at_s {
                return Due::Close(Code::AuthTimeout);
            }
            next_s = next_s.min(at_s);
        }
        if now_s >= idle_s {
            return Due::Close(Code::Idle);
        }
        self.next_ping(now_s, next_s, limits)
    }

    fn next_ping(&mut self, now_s: u32, next_s: u32, limits: &LaneLimits) -> Due {
        let is_due = now_s >= self.pinged_s + limits.ping_s;
        if is_due {
            self.pinged_s = now_s;
        }
        let next_s = next_s.min(self.pinged_s + limits.ping_s);
        // A socket with a queue has bytes to answer already; a ping behind them would tell nothing.
        if is_due && !self.outbox.is_blocked() { Due::Ping(next_s) } else { Due::At(next_s) }
    }
}
