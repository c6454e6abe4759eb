//! Read marks: one watermark a user, moved by nothing but `negotiation.read`.
//!
//! Owns the marks in memory, and those on their way into the store: of each user one at a time, later ones wait and
//! supersede each other. A mark is told and answered once it lasts. Never counts entries: each entry carries the counts.

use std::collections::BTreeMap;
use std::mem;

use storage::ids::{Seq, UserId};

use super::pages::Purpose;
use super::{Actor, Conversation, reply};
use crate::command::Rules;
use crate::log::{Entry, Mark, Side};
use crate::output::Output;
use crate::party::{ConnId, Refusal};
#[cfg(feature = "planted")]
use crate::planted::{self, Bug};
use crate::time::{Now, Tick};
use crate::wire::{Event, Reply};

/// Most users with a mark in one conversation; more are told to try later.
const MARKS_MAX: usize = 1_024;
/// Most requests that wait for a mark to last; more are told to try later.
const READERS_MAX: usize = 256;

/// The marks that do not last yet, by user.
#[derive(Debug, Default)]
pub(super) struct Saves(BTreeMap<UserId, Save>);

/// A mark that the store was asked to keep.
#[derive(Debug)]
struct Save {
    mark: Mark,
    side: Side,
    /// Who waits for it, or for a later one of theirs.
    readers: Vec<Reader>,
}

#[derive(Debug)]
struct Reader {
    actor: Actor,
    mark: Mark,
    since: Tick,
}

impl Reader {
    /// When it is given up: as long as nobody has begun to save it nothing was done, then nobody knows.
    fn deadline(&self, saving: Seq, rules: &Rules) -> (Tick, Refusal) {
        if self.mark.seq <= saving {
            (self.since.plus_ms(rules.settling_ms), Refusal::OutcomeUnknown)
        } else {
            (self.since.plus_ms(rules.waiting_ms), Refusal::Unavailable)
        }
    }
}

impl Saves {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn readers(&self) -> impl Iterator<Item = (Seq, &Reader)> {
        self.0.values().flat_map(|save| save.readers.iter().map(|reader| (save.mark.seq, reader)))
    }

    pub(super) fn concern(&self, conn: ConnId) -> bool {
        self.readers().any(|(_saving, reader)| reader.actor.conn == Some(conn))
    }
}

impl Conversation {
    /// `negotiation.read`.
    pub(super) fn read(&mut self, now: Now, actor: Actor, seq: Seq, out: &mut Vec<Output>) -> Result<(), Refusal> {
        if seq > self.head.head {
            return Err(Refusal::Invalid { at: "/seq", code: "beyond_head" });
        }
        if !self.has_space_for(actor.user) {
            return Err(Refusal::Overloaded);
        }
        if self.has_read(actor.user, seq) {
            self.answer_unread(actor, out);
            Ok(())
        } else if let Some(entry) = self.recent.get(seq) {
            let mark = mark_at(actor.user, entry);
            self.save(now, actor, mark, out)
        } else {
            self.fetch(now, Purpose::Mark(actor), seq, seq, out)
        }
    }

    fn has_read(&self, user: UserId, seq: Seq) -> bool {
        seq <= self.marks.get(&user).map_or(Seq::ZERO, |mark| mark.seq)
    }

    /// Whether one more mark may be kept, if the user has none.
    pub(super) fn has_space_for(&self, user: UserId) -> bool {
        let is_known = self.marks.contains_key(&user) || self.saves.0.contains_key(&user);
        is_known || self.marks.len() + self.saves.0.len() < MARKS_MAX
    }

    /// The entry that a mark was to be set at was read from the store.
    pub(super) fn mark_fetched(&mut self, now: Now, actor: Actor, entry: &Entry, out: &mut Vec<Output>) {
        if let Err(refusal) = self.save(now, actor, mark_at(actor.user, entry), out) {
            reply(out, actor.ticket, Err(refusal));
        }
    }

    /// Has a mark kept, once the one before it of the same user is settled.
    fn save(&mut self, now: Now, actor: Actor, mark: Mark, out: &mut Vec<Output>) -> Result<(), Refusal> {
        // While the entry was read another device may have gone further.
        if self.has_read(actor.user, mark.seq) {
            self.answer_unread(actor, out);
            return Ok(());
        }
        #[cfg(feature = "planted")]
        if self.rules.planted == Some(Bug::MarkBeforeSaved) {
            out.push(Output::SaveMark(mark));
            self.learn(actor.side, mark, out);
            self.answer_unread(actor, out);
            return Ok(());
        }
        if self.saves.readers().count() >= READERS_MAX {
            return Err(Refusal::Overloaded);
        }
        let reader = Reader { actor, mark, since: now.tick };
        if let Some(save) = self.saves.0.get_mut(&actor.user) {
            save.readers.push(reader);
        } else {
            self.put_save(Save { mark, side: actor.side, readers: vec![reader] }, out);
        }
        Ok(())
    }

    fn put_save(&mut self, save: Save, out: &mut Vec<Output>) {
        out.push(Output::SaveMark(save.mark));
        self.saves.0.insert(save.mark.user, save);
    }

    /// Takes the store's answer; then it is the turn of the latest mark that came meanwhile.
    pub(super) fn mark_saved(&mut self, user: UserId, seq: Seq, result: &Result<(), Refusal>, out: &mut Vec<Output>) {
        let Some(mut save) = self.saves.0.remove(&user) else { return };
        if save.mark.seq != seq {
            self.saves.0.insert(user, save);
            return;
        }
        if result.is_ok() && !self.has_read(user, seq) {
            self.learn(save.side, save.mark, out);
        }
        let (settled, later): (Vec<_>, Vec<_>) =
            mem::take(&mut save.readers).into_iter().partition(|reader| reader.mark.seq <= seq);
        for reader in settled {
            match result {
                Ok(()) => self.answer_unread(reader.actor, out),
                Err(refusal) => reply(out, reader.actor.ticket, Err(refusal.clone())),
            }
        }
        if let Some(mark) = later.iter().map(|reader| reader.mark).max_by_key(|mark| mark.seq) {
            self.put_save(Save { mark, readers: later, ..save }, out);
        }
    }

    fn learn(&mut self, side: Side, mark: Mark, out: &mut Vec<Output>) {
        let Mark { user, seq, .. } = mark;
        self.marks.insert(user, mark);
        out.push(Output::Event { event: Event::Read { user, seq }, except: None });
        out.push(Output::Marked { side, mark });
    }

    fn answer_unread(&self, actor: Actor, out: &mut Vec<Output>) {
        reply(out, actor.ticket, Ok(Reply::Unread { unread: self.unread(actor) }));
    }

    /// Content entries of the other side behind the user's mark.
    pub(super) fn unread(&self, actor: Actor) -> i64 {
        let unread = self.head.unread(actor.side, self.marks.get(&actor.user));
        #[cfg(feature = "planted")]
        let unread = planted::unread(&self.head, actor.side, unread, self.rules.planted);
        unread
    }

    /// A connection is gone: its marks are kept all the same, but nobody hears of it.
    pub(super) fn abandon_marks(&mut self, conn: ConnId, out: &mut Vec<Output>) {
        let readers = self.saves.0.values_mut().flat_map(|save| &mut save.readers);
        for reader in readers.filter(|reader| reader.actor.conn == Some(conn)) {
            reader.actor.conn = None;
            reply(out, reader.actor.ticket.take(), Err(Refusal::OutcomeUnknown));
        }
    }

    /// Answers those whose mark the store did not keep in time.
    pub(super) fn expire_marks(&mut self, now: Now, out: &mut Vec<Output>) {
        for save in self.saves.0.values_mut() {
            let saving = save.mark.seq;
            let is_late = |reader: &mut Reader| reader.deadline(saving, &self.rules).0 <= now.tick;
            for reader in save.readers.extract_if(.., is_late) {
                reply(out, reader.actor.ticket, Err(reader.deadline(saving, &self.rules).1));
            }
        }
    }

    /// When [`Self::expire_marks`] has something to do.
    pub(super) fn marks_deadline(&self) -> Option<Tick> {
        self.saves.readers().map(|(saving, reader)| reader.deadline(saving, &self.rules).0).min()
    }
}

fn mark_at(user: UserId, entry: &Entry) -> Mark {
    Mark { user, seq: entry.seq, counts: [entry.count_a, entry.count_b] }
}
