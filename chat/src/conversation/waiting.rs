//! The changes that wait for their append: what each must know first, how long it waits, and for whom.
//!
//! Owns the queue. Never judges a change or writes one.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use storage::ids::{Millis, Seq, UserId};

use super::change::{Change, Draft};
use super::{Actor, Conversation, reply};
use crate::log::{Entry, HUB};
use crate::output::Output;
use crate::party::{ConnId, Refusal};
use crate::time::{Now, Tick};

/// Most changes that wait for the append in flight; more are told to try later.
const WAITING_MAX: usize = 256;

/// A change on its way.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) actor: Actor,
    pub(super) change: Change,
    pub(super) fact: Fact,
    pub(super) since: Tick,
    pub(super) races: u8,
    /// When it came, counted in looks.
    pub(super) came: u64,
    /// It would not be written as far as memory knows: the next look has to say whether that is so.
    pub(super) unsure: bool,
}

/// What a change needs to know that is not in memory.
#[derive(Debug)]
pub(super) enum Fact {
    /// Nothing yet.
    Unknown,
    /// The question is on its way.
    Asked,
    /// Its message id was not sent before.
    NotSent,
    /// Its message id became this entry.
    Sent(Seq, Millis),
    /// The entry it recalls, and the recall of it that stands, if any.
    Target(Box<Entry>, Option<Seq>),
    /// The question was refused.
    Refused(Refusal),
}

impl Conversation {
    /// Queues a change and starts an append if none is in flight.
    pub(super) fn submit(
        &mut self,
        now: Now,
        actor: Actor,
        change: Change,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        if let Change::Recall(seq) = change
            && !self.holds(seq)
        {
            return Err(Refusal::Invalid { at: "/seq", code: "beyond_head" });
        }
        if self.waiting.len() >= WAITING_MAX {
            return Err(Refusal::Overloaded);
        }
        let waiting = self.waiting(now, actor, change, out);
        self.waiting.push_back(waiting);
        self.drain(now, out);
        Ok(())
    }

    /// A change before its turn.
    pub(super) fn waiting(&mut self, now: Now, actor: Actor, change: Change, out: &mut Vec<Output>) -> Waiting {
        let came = self.looks.begun();
        let mut waiting =
            Waiting { actor, change, fact: Fact::Unknown, since: now.tick, races: 0, came, unsure: false };
        self.ask(now, &mut waiting, out);
        waiting
    }

    /// What waits cannot be judged.
    pub(super) fn refuse_queue(&mut self, refusal: &Refusal, out: &mut Vec<Output>) {
        for waiting in mem::take(&mut self.waiting) {
            reply(out, waiting.actor.ticket, Err(refusal.clone()));
        }
    }

    /// Asks for what a change needs to know and memory does not hold.
    pub(super) fn ask(&mut self, now: Now, waiting: &mut Waiting, out: &mut Vec<Output>) {
        if !matches!(waiting.fact, Fact::Unknown) {
            return;
        }
        let sender = waiting.actor.user;
        match &waiting.change {
            Change::Send(Draft { client_msg_id, .. })
                if !self.sent.is_complete() && self.sent.find(sender, client_msg_id).is_none() =>
            {
                out.push(Output::LookUp { sender, client_msg_id: Arc::clone(client_msg_id) });
                waiting.fact = Fact::Asked;
            }
            Change::Recall(target) if self.recent.get(*target).is_none() => {
                let asked = self.fetch_target(now, *target, out);
                waiting.fact = asked.map_or_else(Fact::Refused, |()| Fact::Asked);
            }
            Change::Send(_) | Change::Recall(_) | Change::Turn(_) | Change::Own(_) => {}
        }
    }

    /// Takes the answer of a look-up to the changes that wait for it.
    pub(super) fn looked_up(
        &mut self,
        sender: UserId,
        client_msg_id: &str,
        result: &Result<Option<(Seq, Millis)>, Refusal>,
    ) {
        for waiting in self.waiting.iter_mut().filter(|waiting| matches!(waiting.fact, Fact::Asked)) {
            if let Change::Send(draft) = &waiting.change
                && waiting.actor.user == sender
                && *draft.client_msg_id == *client_msg_id
            {
                waiting.fact = match result {
                    Ok(Some((seq, at))) => Fact::Sent(*seq, *at),
                    Ok(None) => Fact::NotSent,
                    Err(refusal) => Fact::Refused(refusal.clone()),
                };
            }
        }
    }

    /// Takes a recall's target to the changes that wait for it.
    pub(super) fn found_target(&mut self, target: Seq, found: &Result<(Entry, Option<Seq>), Refusal>) {
        for waiting in self.waiting.iter_mut().filter(|waiting| matches!(waiting.fact, Fact::Asked)) {
            if matches!(waiting.change, Change::Recall(seq) if seq == target) {
                waiting.fact = match found {
                    Ok((entry, recall)) => Fact::Target(Box::new(entry.clone()), *recall),
                    Err(refusal) => Fact::Refused(refusal.clone()),
                };
            }
        }
    }

    /// Whether nobody hears any more what becomes of a change. Where there are other hubs its sender may have asked one
    /// of them since: what that one refused must not be done here afterwards.
    pub(super) fn is_abandoned(&self, waiting: &Waiting) -> bool {
        self.rules.shared && waiting.actor.ticket.is_none() && waiting.actor.user != HUB
    }

    /// Whether a change of a connection waits, or is in flight and not answered.
    pub(super) fn a_change_is_of(&self, conn: ConnId) -> bool {
        let is_theirs = |waiting: &Waiting| waiting.actor.conn == Some(conn) && waiting.actor.ticket.is_some();
        let mut flying = self.flight.iter().flat_map(|batch| &batch.changes);
        flying.any(|(waiting, _)| is_theirs(waiting)) || self.waiting.iter().any(is_theirs)
    }

    /// A connection is gone: what of it waits will not be done, where its sender may go on at another hub.
    pub(super) fn abandon_changes(&mut self, conn: ConnId, out: &mut Vec<Output>) {
        if !self.rules.shared {
            return;
        }
        let is_theirs = |waiting: &Waiting| waiting.actor.conn == Some(conn);
        for (waiting, _unsettled) in self.flight.iter_mut().flat_map(|batch| &mut batch.changes) {
            if is_theirs(waiting) {
                reply(out, waiting.actor.ticket.take(), Err(Refusal::OutcomeUnknown));
            }
        }
        let (theirs, others): (VecDeque<_>, _) = mem::take(&mut self.waiting).into_iter().partition(is_theirs);
        self.waiting = others;
        for waiting in theirs {
            reply(out, waiting.actor.ticket, Err(Refusal::Unavailable));
        }
    }

    /// Answers what has waited too long: nothing of the queue was done, of the append in flight nobody knows.
    pub(super) fn expire_changes(&mut self, now: Now, out: &mut Vec<Output>) {
        let waiting_ms = self.rules.waiting_ms;
        while let Some(waiting) = self.waiting.pop_front_if(|waiting| now.tick.since_ms(waiting.since) >= waiting_ms) {
            reply(out, waiting.actor.ticket, Err(Refusal::Unavailable));
        }
        let Some(batch) = &mut self.flight else { return };
        if now.tick.since_ms(batch.since) >= self.rules.settling_ms {
            for (waiting, _unsettled) in &mut batch.changes {
                reply(out, mem::take(&mut waiting.actor.ticket), Err(Refusal::OutcomeUnknown));
            }
        }
    }

    /// When [`Self::expire_changes`] has something to do.
    pub(super) fn changes_deadline(&self) -> Option<Tick> {
        let queue = self.waiting.front().map(|waiting| waiting.since.plus_ms(self.rules.waiting_ms));
        let flight = self.flight.as_ref().filter(|batch| batch.has_listeners());
        let flight = flight.map(|batch| batch.since.plus_ms(self.rules.settling_ms));
        [queue, flight].into_iter().flatten().min()
    }
}
