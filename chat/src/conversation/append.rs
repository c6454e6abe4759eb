//! The way of a change into the log: queue, batch, settlement.
//!
//! Owns the one append in flight. Its entries are provisional: answers that depend on them wait with them, and after a
//! lost race every one of its changes is judged anew.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use rand::Rng;
use storage::ids::{Millis, Seq, UserId};

use super::change::{self, Change, Draft, New, Verdict};
use super::{Actor, Conversation, recent, reply};
use crate::command::LOOK_ENTRIES_MAX;
use crate::log::{Entry, HUB, Head, Side};
use crate::output::{Appended, Output};
use crate::party::{ConnId, Refusal};
#[cfg(feature = "planted")]
use crate::planted::{self, Bug};
use crate::tables::bucket;
use crate::time::{Now, Tick, rfc3339};
use crate::wire::{Event, Reply};

/// Most changes that wait for the append in flight; more are told to try later.
const WAITING_MAX: usize = 256;
/// Most entries of one append.
const BATCH_ENTRIES_MAX: usize = 64;
/// Most bytes of bodies in one append.
const BATCH_BODY_BYTES_MAX: usize = 40 * 1024;
/// How often a change may lose its race before it is told to try later.
const RACES_MAX: u8 = 8;
/// A side's fall-back that the store refused is tried again after this time.
const FALL_BACK_RETRY_MS: i64 = 10_000;

/// A change on its way.
#[derive(Debug)]
pub(super) struct Waiting {
    actor: Actor,
    change: Change,
    fact: Fact,
    since: Tick,
    races: u8,
    /// When it came, counted in looks.
    came: u64,
    /// It would not be written as far as memory knows: the next look has to say whether that is so.
    unsure: bool,
}

/// What a change needs to know that is not in memory.
#[derive(Debug)]
enum Fact {
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

/// The append in flight, or one being put together.
#[derive(Debug)]
pub(super) struct Batch {
    /// The head as it will be.
    head: Head,
    entries: Vec<Entry>,
    body_bytes: usize,
    /// Its changes in order, and what each is answered once the entries stand.
    changes: Vec<(Waiting, Result<Reply, Refusal>)>,
    since: Tick,
}

impl Batch {
    fn has_room_for(&self, change: &Change) -> bool {
        let Some(first) = self.entries.first() else { return true };
        let body_bytes = if let Change::Send(draft) = change { draft.body.len() } else { 0 };
        self.entries.len() < BATCH_ENTRIES_MAX
            && self.body_bytes + body_bytes <= BATCH_BODY_BYTES_MAX
            && bucket(self.head.head.next()) == bucket(first.seq)
    }

    fn push(&mut self, entry: Entry, waiting: Waiting) {
        let answer = match &waiting.change {
            Change::Send(_) => Reply::Sent { seq: entry.seq, at: rfc3339(entry.at), duplicate: false },
            Change::Recall(_) | Change::Turn(_) | Change::FallBack(_) => Reply::Done { seq: entry.seq },
        };
        self.head.apply(&entry);
        self.body_bytes += entry.body.len();
        self.entries.push(entry);
        self.changes.push((waiting, Ok(answer)));
    }
}

#[cfg(feature = "planted")]
impl Batch {
    fn answer_early(&mut self, planted: Option<Bug>, out: &mut Vec<Output>) {
        for (waiting, answer) in self.changes.iter_mut().filter(|_| planted == Some(Bug::AckBeforeCommit)) {
            reply(out, waiting.actor.ticket.take(), answer.clone());
        }
    }
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
        let came = self.looks.begun();
        let mut waiting =
            Waiting { actor, change, fact: Fact::Unknown, since: now.tick, races: 0, came, unsure: false };
        self.ask(now, &mut waiting, out);
        self.waiting.push_back(waiting);
        self.drain(now, out);
        Ok(())
    }

    /// Asks for what a change needs to know and memory does not hold.
    fn ask(&mut self, now: Now, waiting: &mut Waiting, out: &mut Vec<Output>) {
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
            Change::Send(_) | Change::Recall(_) | Change::Turn(_) | Change::FallBack(_) => {}
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

    /// Judges what waits, in order, and sends off what becomes entries. Answers that depend on none go at once. Then
    /// comes the turn of looks.
    pub(super) fn drain(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.flight.is_none() && !self.looks.is_under_way() && !self.waiting.is_empty() {
            self.put_batch(now, out);
        }
        self.look(out);
    }

    fn put_batch(&mut self, now: Now, out: &mut Vec<Output>) {
        let mut batch =
            Batch { head: self.head.clone(), entries: Vec::new(), body_bytes: 0, changes: Vec::new(), since: now.tick };
        while let Some(mut waiting) = self.waiting.pop_front() {
            self.ask(now, &mut waiting, out);
            let verdict = self.judge(now, &batch, &waiting);
            waiting.unsure = self.is_unsure(&batch, &waiting, &verdict);
            if waiting.unsure || matches!(verdict, Verdict::Wait) || !batch.has_room_for(&waiting.change) {
                self.waiting.push_front(waiting);
                break;
            }
            self.settle_verdict(now, &mut batch, waiting, verdict, out);
        }
        if !batch.entries.is_empty() {
            #[cfg(feature = "planted")]
            batch.answer_early(self.rules.planted, out);
            out.push(Output::Append(batch.entries.clone()));
            self.flight = Some(batch);
        }
    }

    /// Whether a change that would not be written is to be answered so by a room that may lack what other hubs
    /// appended. Behind entries of its own batch it is answered only if nobody else appended meanwhile.
    fn is_unsure(&self, batch: &Batch, waiting: &Waiting, verdict: &Verdict) -> bool {
        let is_known_id = match &waiting.change {
            Change::Send(draft) => {
                self.sent.find(waiting.actor.user, &draft.client_msg_id).is_some()
                    || matches!(waiting.fact, Fact::Sent(..) | Fact::Refused(_))
            }
            Change::Recall(_) | Change::Turn(_) | Change::FallBack(_) => false,
        };
        self.looks_at_all()
            && batch.entries.is_empty()
            && matches!(verdict, Verdict::Answer(_))
            && !is_known_id
            && waiting.actor.ticket.is_some()
            && !self.looks.cover(waiting.came)
    }

    /// Whether the queue stands still until a look.
    pub(super) fn a_change_waits_for_a_look(&self) -> bool {
        self.waiting.front().is_some_and(|waiting| waiting.unsure && !self.looks.cover(waiting.came))
    }

    /// The look that the queue stood still for did not succeed.
    pub(super) fn refuse_change_that_waits_for_a_look(&mut self, refusal: &Refusal, out: &mut Vec<Output>) {
        let begun = self.looks.begun();
        if let Some(waiting) = self.waiting.pop_front_if(|waiting| waiting.unsure && waiting.came < begun) {
            reply(out, waiting.actor.ticket, Err(refusal.clone()));
        }
    }

    fn settle_verdict(
        &mut self,
        now: Now,
        batch: &mut Batch,
        waiting: Waiting,
        verdict: Verdict,
        out: &mut Vec<Output>,
    ) {
        match verdict {
            Verdict::Write(new) => batch.push(self.stamp(now, &batch.head, &waiting.actor, new), waiting),
            Verdict::Answer(result) if batch.entries.is_empty() => reply(out, waiting.actor.ticket, result),
            Verdict::Answer(result) => batch.changes.push((waiting, result)),
            Verdict::Wait => {}
        }
    }

    fn judge(&self, now: Now, batch: &Batch, waiting: &Waiting) -> Verdict {
        let (actor, head) = (&waiting.actor, &batch.head);
        match &waiting.change {
            Change::Send(draft) => self
                .judge_sent(batch, waiting, draft)
                .unwrap_or_else(|| change::judge_draft(draft, actor, head, &self.rules)),
            Change::Recall(target) => self.judge_target(now, batch, waiting, *target),
            Change::Turn(turn) => change::judge_turn(*turn, actor, head, &self.rules),
            Change::FallBack(assignee) => change::judge_fall_back(*assignee, actor, head, &self.rules, now.wall),
        }
    }

    /// A message id that was sent, or cannot be told yet; none when it is new.
    fn judge_sent(&self, batch: &Batch, waiting: &Waiting, draft: &Draft) -> Option<Verdict> {
        #[cfg(feature = "planted")]
        if self.rules.planted == Some(Bug::DoubleAppend) {
            return None;
        }
        let sender = waiting.actor.user;
        let provisional = || {
            let same = |entry: &&Entry| entry.from == sender && entry.client_msg_id == draft.client_msg_id;
            batch.entries.iter().find(same).map(|entry| (entry.seq, entry.at))
        };
        let place = self.sent.find(sender, &draft.client_msg_id).or_else(provisional);
        let (seq, at) = match (&waiting.fact, place) {
            (_, Some(place)) => place,
            // The log is ahead of this room, so this append will lose its race and bring what is missing, the message's
            // first entry with it. No answer may overtake those entries.
            (Fact::Sent(seq, _), None) if *seq > self.head.head => return Some(Verdict::Write(draft.entry())),
            (Fact::Sent(seq, at), None) => (*seq, *at),
            (Fact::Asked, None) => return Some(Verdict::Wait),
            (Fact::Refused(refusal), None) => return Some(Verdict::Answer(Err(refusal.clone()))),
            (Fact::Unknown | Fact::NotSent | Fact::Target(..), None) => return None,
        };
        Some(Verdict::Answer(Ok(Reply::Sent { seq, at: rfc3339(at), duplicate: true })))
    }

    fn judge_target(&self, now: Now, batch: &Batch, waiting: &Waiting, seq: Seq) -> Verdict {
        let (target, known) = match (self.recent.get(seq), &waiting.fact) {
            (Some(target), _) => (target, None),
            (None, Fact::Target(target, recall)) => (&**target, *recall),
            (None, Fact::Asked) => return Verdict::Wait,
            (None, Fact::Refused(refusal)) => return Verdict::Answer(Err(refusal.clone())),
            // It was asked for a moment ago, so this cannot be; refusing does no harm.
            (None, Fact::Unknown | Fact::NotSent | Fact::Sent(..)) => {
                return Verdict::Answer(Err(Refusal::Unavailable));
            }
        };
        let recalls = || self.recent.recalls().chain(recent::recalls(batch.entries.iter()));
        let recall = known.or_else(|| recalls().find(|(recalled, _)| *recalled == seq).map(|(_, recall)| recall));
        change::judge_recall(&waiting.actor, &batch.head, target, recall, now.wall.max(batch.head.at))
    }

    /// Gives a new entry its place behind `head`.
    fn stamp(&mut self, now: Now, head: &Head, actor: &Actor, new: New) -> Entry {
        let mut counts = head.counts;
        if new.kind.is_content() {
            *actor.side.of_mut(&mut counts) += 1;
        }
        let [count_a, count_b] = counts;
        #[cfg(not(feature = "planted"))]
        let seq = head.head.next();
        #[cfg(feature = "planted")]
        let seq = planted::next(head.head, self.rules.planted);
        Entry {
            seq,
            kind: new.kind,
            from: actor.user,
            side: actor.side,
            at: now.wall.max(head.at),
            client_msg_id: new.client_msg_id,
            op_id: (u128::from(self.rng.next_u64()) << 64) | u128::from(self.rng.next_u64()),
            body: new.body,
            target: new.target,
            count_a,
            count_b,
        }
    }

    /// Carries out how the append in flight ended.
    pub(super) fn settle(&mut self, now: Now, appended: Appended, out: &mut Vec<Output>) {
        let Some(batch) = self.flight.take() else { return };
        match appended {
            Appended::Yes => {
                self.fold(batch.entries, out);
                for (waiting, answer) in batch.changes {
                    reply(out, waiting.actor.ticket, answer);
                }
            }
            Appended::Lost(entries) => self.lose(batch.changes, entries, out),
            Appended::Refused(refusal) => refuse(batch.changes, &refusal, out),
        }
        // Looks have waited for this append, so they come first; after a look appends do.
        self.look(out);
        self.drain(now, out);
    }

    /// Takes another hub's entries in. What was known of waiting changes may be so no longer.
    pub(super) fn fold_others(&mut self, entries: Vec<Entry>, out: &mut Vec<Output>) -> bool {
        #[cfg(feature = "planted")]
        let sent = (self.rules.planted == Some(Bug::LostRaceForgetsIds)).then(|| self.sent.clone());
        let moved = self.fold(entries, out);
        #[cfg(feature = "planted")]
        if let Some(sent) = sent {
            self.sent = sent;
        }
        if moved {
            for waiting in self.waiting.iter_mut().filter(|waiting| !matches!(waiting.fact, Fact::Asked)) {
                waiting.fact = Fact::Unknown;
            }
        }
        moved
    }

    /// Takes durable entries in and tells of them; entries that do not follow the head are left out.
    fn fold(&mut self, entries: Vec<Entry>, out: &mut Vec<Output>) -> bool {
        let before = self.head.head;
        for entry in entries {
            if entry.seq == self.head.head.next() {
                self.head.apply(&entry);
                self.sent.remember(&entry);
                out.push(Output::Event { event: Event::Message(Arc::new(entry.view(false))), except: None });
                self.recent.push(entry);
            }
        }
        let moved = self.head.head != before;
        if moved {
            out.push(Output::Changed(Box::new(self.head.clone())));
        }
        moved
    }

    /// Somebody else's entries stand: take them in and judge everything that waits anew.
    fn lose(&mut self, changes: Vec<(Waiting, Result<Reply, Refusal>)>, entries: Vec<Entry>, out: &mut Vec<Output>) {
        let is_part = entries.len() >= LOOK_ENTRIES_MAX;
        if !self.fold_others(entries, out) {
            return refuse(changes, &Refusal::Unavailable, out);
        }
        for (mut waiting, _provisional) in changes.into_iter().rev() {
            if self.is_abandoned(&waiting) {
                continue;
            }
            waiting.races += 1;
            waiting.fact = Fact::Unknown;
            if waiting.races > RACES_MAX {
                reply(out, waiting.actor.ticket, Err(Refusal::Overloaded));
            } else {
                self.waiting.push_front(waiting);
            }
        }
        if is_part {
            self.looks.fall_behind();
        }
    }

    /// Whether nobody hears any more what becomes of a change. Where there are other hubs its sender may have asked one
    /// of them since: what that one refused must not be done here afterwards.
    fn is_abandoned(&self, waiting: &Waiting) -> bool {
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

    /// When a side's assignee loses the conversation for want of an answer.
    pub(super) fn fall_back_at(&self, now: Now, side: Side) -> Option<Tick> {
        let due = self.head.side_falls_back_at(side, &self.rules)?;
        Some(now.tick_at(due).max(*side.of(&self.fall_back_after)))
    }

    /// Gives sides whose assignee did not answer back to their teams.
    pub(super) fn fall_back(&mut self, now: Now, out: &mut Vec<Output>) {
        for side in Side::BOTH {
            let Some(assignee) = *side.of(&self.head.assignees) else { continue };
            if self.fall_back_at(now, side).is_some_and(|at| at <= now.tick) {
                *side.of_mut(&mut self.fall_back_after) = now.tick.plus_ms(FALL_BACK_RETRY_MS);
                let hub = Actor { user: HUB, side, admin: false, conn: None, ticket: None };
                // A full queue is no loss: it is tried again.
                self.submit(now, hub, Change::FallBack(assignee), out).unwrap_or_default();
            }
        }
    }
}

impl Batch {
    /// Whether anybody still waits for its outcome.
    fn has_listeners(&self) -> bool {
        self.changes.iter().any(|(waiting, _)| waiting.actor.ticket.is_some())
    }
}

fn refuse(changes: Vec<(Waiting, Result<Reply, Refusal>)>, refusal: &Refusal, out: &mut Vec<Output>) {
    for (waiting, _never) in changes {
        reply(out, waiting.actor.ticket, Err(refusal.clone()));
    }
}
