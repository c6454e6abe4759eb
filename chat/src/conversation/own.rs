//! What the hub itself changes in a conversation, without anybody asking.
//!
//! Owns when that is due while the conversation is loaded.

use super::change::{Change, Own};
use super::{Actor, Conversation, reply};
use crate::log::{HUB, Side};
use crate::output::Output;
use crate::party::Ticket;
use crate::time::{Now, Tick};

/// A side's fall-back that the store refused is tried again after this time.
const FALL_BACK_RETRY_MS: i64 = 10_000;

impl Conversation {
    /// Has the hub change something for a side; answered to the ticket, if any.
    pub(super) fn submit_own(
        &mut self,
        now: Now,
        side: Side,
        change: Change,
        ticket: Option<Ticket>,
        out: &mut Vec<Output>,
    ) {
        let hub = Actor { user: HUB, side, admin: false, conn: None, ticket };
        if let Err(refusal) = self.submit(now, hub, change, out) {
            reply(out, ticket, Err(refusal));
        }
    }

    /// When a side's assignee loses the conversation for want of an answer.
    pub(super) fn fall_back_at(&self, now: Now, side: Side) -> Option<Tick> {
        let due = self.head.side_falls_back_at(side, &self.rules)?;
        Some(now.tick_at(due).max(*side.of(&self.fall_back_after)))
    }

    /// Has the hub end what is open, before everything that waits.
    pub(super) fn submit_first(&mut self, now: Now, side: Side, change: Change, out: &mut Vec<Output>) {
        let hub = Actor { user: HUB, side, admin: false, conn: None, ticket: None };
        let waiting = self.waiting(now, hub, change, out);
        self.waiting.push_front(waiting);
    }

    /// Gives sides whose assignee did not answer back to their teams.
    pub(super) fn fall_back(&mut self, now: Now, out: &mut Vec<Output>) {
        for side in Side::BOTH {
            let Some(assignee) = *side.of(&self.head.assignees) else { continue };
            if self.fall_back_at(now, side).is_some_and(|at| at <= now.tick) {
                *side.of_mut(&mut self.fall_back_after) = now.tick.plus_ms(FALL_BACK_RETRY_MS);
                // A full queue is no loss: it is tried again.
                self.submit_own(now, side, Change::Own(Own::FallBack(assignee)), None, out);
            }
        }
    }
}
