//! The way of a change into the log: judgement, batch, settlement.
//!
//! Owns the one append in flight. Its entries are provisional: answers that depend on them wait with them, and after a
//! lost race every one of its changes is judged anew.

use std::sync::Arc;

use rand::Rng;
use storage::ids::Seq;

use super::change::{self, Change, Draft, New, Verdict};
use super::waiting::{Fact, Waiting};
use super::{Actor, Conversation, recent, reply};
use crate::command::LOOK_ENTRIES_MAX;
use crate::log::{Entry, Head};
use crate::output::{Appended, Output};
use crate::party::Refusal;
#[cfg(feature = "planted")]
use crate::planted::{self, Bug};
use crate::tables::bucket;
use crate::time::{Now, Tick, rfc3339};
use crate::wire::{Event, Reply};

/// Most entries of one append.
const BATCH_ENTRIES_MAX: usize = 64;
/// Most bytes of bodies in one append.
const BATCH_BODY_BYTES_MAX: usize = 40 * 1024;
/// How often a change may lose its race before it is told to try later.
const RACES_MAX: u8 = 8;
/// The append in flight, or one being put together.
#[derive(Debug)]
pub(super) struct Batch {
    /// The head as it will be.
    head: Head,
    entries: Vec<Entry>,
    body_bytes: usize,
    /// Its changes in order, and what each is answered once the entries stand.
    pub(super) changes: Vec<(Waiting, Result<Reply, Refusal>)>,
    pub(super) since: Tick,
}

impl Batch {
    fn has_room_for(&self, change: &Change) -> bool {
        let Some(first) = self.entries.first() else { return true };
        let body_bytes = if let Change::Send(draft) = change { draft.body_bytes() } else { 0 };
        self.entries.len() < BATCH_ENTRIES_MAX
            && self.body_bytes + body_bytes <= BATCH_BODY_BYTES_MAX
            && bucket(self.head.head.next()) == bucket(first.seq)
    }

    fn push(&mut self, entry: Entry, waiting: Waiting) {
        let answer = match &waiting.change {
            Change::Send(_) => Reply::Sent { seq: entry.seq, at: rfc3339(entry.at), duplicate: false },
            Change::Recall(_) | Change::Turn(_) | Change::Own(_) => Reply::Done { seq: entry.seq },
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
    /// Judges what waits, in order, and sends off what becomes entries. Answers that depend on none go at once. Then
    /// comes the turn of looks.
    pub(super) fn drain(&mut self, now: Now, out: &mut Vec<Output>) {
        self.confirm(now, out);
        self.settle_queue(now, out);
    }

    pub(super) fn settle_queue(&mut self, now: Now, out: &mut Vec<Output>) {
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
            let waits = matches!(verdict, Verdict::Wait) || self.waits_for_opening(&batch, &waiting.change, &verdict);
            if waiting.unsure || waits || !batch.has_room_for(&waiting.change) {
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
            Change::Recall(_) | Change::Turn(_) | Change::Own(_) => false,
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
        if let (Change::Send(draft), Verdict::Answer(Err(refusal))) = (&waiting.change, &verdict)
            && draft.repeat
            && change::is_by_rule(refusal)
        {
            self.sent.refuse(waiting.actor.user, &draft.client_msg_id, refusal);
        }
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
            Change::Own(own) => change::judge_own(*own, actor, head, &self.rules, now.wall),
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
            // first entry with it. No answer may overtake those entries. What could not be written even so comes again.
            (Fact::Sent(seq, _), None) if *seq > self.head.head => {
                return Some(draft.entry().map_or(Verdict::Answer(Err(Refusal::Unavailable)), Verdict::Write));
            }
            (Fact::Sent(seq, at), None) => (*seq, *at),
            (Fact::Asked, None) => return Some(Verdict::Wait),
            (Fact::Refused(refusal), None) => return Some(Verdict::Answer(Err(refusal.clone()))),
            (Fact::Unknown | Fact::NotSent | Fact::Target(..), None) => {
                let refusal = self.sent.refusal(sender, &draft.client_msg_id).filter(|_| !draft.repeat)?;
                return Some(Verdict::Answer(Err(refusal.clone())));
            }
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
            rank: now.rank.max(head.rank),
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
                    if answer.is_err() || !self.keep_answer(now, waiting.actor, &waiting.change, out) {
                        reply(out, waiting.actor.ticket, answer);
                    }
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
        // The lists are not told that it is open before it is certain: it may be ended at once.
        if moved && !self.is_unconfirmed() {
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
}

impl Batch {
    pub(super) fn last(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// Whether anybody still waits for its outcome.
    pub(super) fn has_listeners(&self) -> bool {
        self.changes.iter().any(|(waiting, _)| waiting.actor.ticket.is_some())
    }
}

fn refuse(changes: Vec<(Waiting, Result<Reply, Refusal>)>, refusal: &Refusal, out: &mut Vec<Output>) {
    for (waiting, _never) in changes {
        reply(out, waiting.actor.ticket, Err(refusal.clone()));
    }
}
