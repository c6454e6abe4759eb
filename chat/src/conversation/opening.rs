//! Openings: that a conversation was reopened counts once its pair's rows say so too.
//!
//! The log alone cannot know that another conversation of the pair has been opened meanwhile, or that one side has blocked
//! the other: those are rows of their own. So nothing is appended behind a `reopened` entry, save what ends it, before the
//! pair is confirmed; whoever finds such an entry last in the log has it confirmed, at whatever hub. Never reads a row.

use storage::ids::Seq;

use super::append::Batch;
use super::change::{Change, Own, Verdict};
use super::{Actor, Conversation, reply};
use crate::command::{Confirmed, Turn};
use crate::log::{EntryKind, Side};
use crate::output::Output;
use crate::party::{ConnId, Refusal};
#[cfg(feature = "planted")]
use crate::planted::Bug;
use crate::time::{Now, Tick};
use crate::wire::{Reply, State};

/// An opening that could not be ended is looked at again after this time.
const AGAIN_MS: i64 = 1_000;

/// What is known of the last opening, and who waits to hear of it.
#[derive(Debug, Default)]
pub(super) struct Opening {
    confirmed: Option<Seq>,
    asked: Option<Seq>,
    answer: Option<Answer>,
    /// Sides that blocked before a log without entries was loaded.
    blocked: [bool; 2],
    /// The end of that opening was sent off: should it not come to stand, it is tried again from then on.
    again: Option<(Seq, Tick)>,
}

/// Whoever reopened it.
#[derive(Debug)]
struct Answer {
    actor: Actor,
    opened: Seq,
    since: Tick,
}

impl Opening {
    pub(super) fn loaded(blocked: [bool; 2]) -> Self {
        Self { blocked, ..Self::default() }
    }

    pub(super) const fn is_idle(&self) -> bool {
        self.asked.is_none() && self.answer.is_none()
    }

    pub(super) fn concerns(&self, conn: ConnId) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.actor.conn == Some(conn))
    }
}

impl Conversation {
    /// Whether nothing may be written behind the last entry yet.
    pub(super) fn is_unconfirmed(&self) -> bool {
        let is_opening = match self.recent.last() {
            Some(last) => last.kind == EntryKind::Reopened,
            // What memory does not know is asked for; a log without entries was opened by its start.
            None => self.head.head > Seq::ZERO || self.was_blocked_at_birth(),
        };
        self.head.state == State::Open && is_opening && self.opening.confirmed != Some(self.head.head)
    }

    fn was_blocked_at_birth(&self) -> bool {
        self.head.head == Seq::ZERO && self.opening.blocked != [false; 2]
    }

    /// Whether a change waits until the opening that it would stand behind is confirmed.
    pub(super) fn waits_for_opening(&self, batch: &Batch, change: &Change, verdict: &Verdict) -> bool {
        let is_unconfirmed = match batch.last() {
            Some(entry) => entry.kind == EntryKind::Reopened,
            None => self.is_unconfirmed(),
        };
        let reopens = matches!(change, Change::Turn(Turn::Reopen { .. }));
        let says_so = match verdict {
            Verdict::Write(_) => !matches!(change, Change::Own(Own::Blocked | Own::Lost(_))),
            // It is open already; but is it?
            Verdict::Answer(Ok(_)) => reopens,
            Verdict::Answer(Err(_)) | Verdict::Wait => false,
        };
        is_unconfirmed && says_so
    }

    /// Asks for the confirmation of an opening that lacks it, and ends what a block has ended.
    pub(super) fn confirm(&mut self, now: Now, out: &mut Vec<Output>) {
        if !self.is_unconfirmed() || self.ended_again_at().is_some_and(|again| now.tick < again) {
            return;
        }
        if self.was_blocked_at_birth() {
            let (opened, holds) = (self.head.head, true);
            self.end(now, opened, Confirmed { holds, blocked: self.opening.blocked }, out);
        } else if self.opening.asked != Some(self.head.head) {
            self.opening.asked = Some(self.head.head);
            out.push(Output::Confirm { opened: self.head.head });
        }
    }

    /// Keeps a `reopen` that stands in the log from being answered until it is confirmed. True when it is kept.
    pub(super) fn keep_answer(&mut self, now: Now, actor: Actor, change: &Change, out: &mut Vec<Output>) -> bool {
        let opened = self.head.head;
        let is_kept = matches!(change, Change::Turn(Turn::Reopen { .. })) && self.is_unconfirmed();
        if is_kept {
            let older = self.opening.answer.replace(Answer { actor, opened, since: now.tick });
            reply(out, older.and_then(|older| older.actor.ticket), Err(Refusal::OutcomeUnknown));
        }
        is_kept
    }

    /// Takes the answer about an opening: it counts, or it is ended.
    pub(super) fn confirmed(
        &mut self,
        now: Now,
        opened: Seq,
        result: Result<Confirmed, Refusal>,
        out: &mut Vec<Output>,
    ) {
        #[cfg(feature = "planted")]
        let result =
            result.map(|said| Confirmed { holds: said.holds || self.rules.planted == Some(Bug::TwoOpen), ..said });
        if self.opening.asked == Some(opened) {
            self.opening.asked = None;
        }
        // Before the answer, as ever. What the store does not say the log does; whoever comes next asks again.
        let is_open = matches!(result, Ok(Confirmed { holds: true, blocked: [false, false] }) | Err(_));
        if is_open && self.head.head == opened {
            out.push(Output::Changed(Box::new(self.head.clone())));
        }
        if let Some(answer) = self.opening.answer.take_if(|answer| answer.opened == opened) {
            reply(out, answer.actor.ticket, answer_of(opened, &result));
        }
        if self.head.head == opened {
            match result {
                Ok(Confirmed { holds: true, blocked: [false, false] }) => {
                    (self.opening.confirmed, self.opening.again) = (Some(opened), None);
                }
                Ok(said) => self.end(now, opened, said, out),
                Err(refusal) => self.refuse_queue(&refusal, out),
            }
        }
        self.settle_queue(now, out);
    }

    /// Ends an opening that does not count.
    fn end(&mut self, now: Now, opened: Seq, said: Confirmed, out: &mut Vec<Output>) {
        self.opening.again = Some((opened, now.tick.plus_ms(AGAIN_MS)));
        if !said.holds {
            let side = self.recent.last().map_or(Side::A, |entry| entry.side);
            self.submit_first(now, side, Change::Own(Own::Lost(opened)), out);
        }
        for side in Side::BOTH.into_iter().filter(|side| *side.of(&said.blocked)) {
            self.submit_first(now, side, Change::Own(Own::Blocked), out);
        }
    }

    /// A connection is gone: nobody hears whether its reopening counts.
    pub(super) fn abandon_opening(&mut self, conn: ConnId, out: &mut Vec<Output>) {
        let theirs = self.opening.answer.take_if(|answer| answer.actor.conn == Some(conn));
        reply(out, theirs.and_then(|answer| answer.actor.ticket), Err(Refusal::OutcomeUnknown));
    }

    /// Answers who has waited too long: it stands, but nobody knows whether it counts.
    pub(super) fn expire_opening(&mut self, now: Now, out: &mut Vec<Output>) {
        let settling_ms = self.rules.settling_ms;
        let late = self.opening.answer.take_if(|answer| now.tick.since_ms(answer.since) >= settling_ms);
        reply(out, late.and_then(|answer| answer.actor.ticket), Err(Refusal::OutcomeUnknown));
    }

    /// When the end of the last opening is tried again; a later one does not wait for that.
    fn ended_again_at(&self) -> Option<Tick> {
        self.opening.again.filter(|(opened, _again)| *opened == self.head.head).map(|(_opened, again)| again)
    }

    /// When [`Self::expire_opening`] or [`Self::confirm`] has something to do.
    pub(super) fn opening_deadline(&self) -> Option<Tick> {
        let answer = self.opening.answer.as_ref().map(|answer| answer.since.plus_ms(self.rules.settling_ms));
        let is_asked = self.opening.asked == Some(self.head.head) || self.flight.is_some();
        let again = self.ended_again_at().filter(|_again| self.is_unconfirmed() && !is_asked);
        [answer, again].into_iter().flatten().min()
    }
}

fn answer_of(opened: Seq, result: &Result<Confirmed, Refusal>) -> Result<Reply, Refusal> {
    match result {
        Ok(Confirmed { blocked: [true, _] | [_, true], .. }) => Err(Refusal::Conflict("blocked")),
        Ok(Confirmed { holds: false, .. }) => Err(Refusal::Conflict("another conversation is open")),
        Ok(Confirmed { holds: true, .. }) => Ok(Reply::Done { seq: opened }),
        Err(_unsaid) => Err(Refusal::OutcomeUnknown),
    }
}
