//! Read marks: one watermark a user, moved by nothing but `negotiation.read`.
//!
//! Owns the marks in memory. Never counts entries: each entry carries the counts.

use storage::ids::{Seq, UserId};

use super::pages::Purpose;
use super::{Actor, Conversation, reply};
use crate::log::{Entry, Mark};
use crate::output::Output;
use crate::party::Refusal;
use crate::time::Now;
use crate::wire::{Event, Reply};

/// Most users with a mark in one conversation; more are told to try later.
const MARKS_MAX: usize = 1_024;

impl Conversation {
    /// `negotiation.read`.
    pub(super) fn read(&mut self, now: Now, actor: Actor, seq: Seq, out: &mut Vec<Output>) -> Result<(), Refusal> {
        if seq > self.head.head {
            return Err(Refusal::Invalid { at: "/seq", code: "beyond_head" });
        }
        if !self.has_space_for(actor.user) {
            return Err(Refusal::Overloaded);
        }
        let known = self.marks.get(&actor.user);
        if seq <= known.map_or(Seq::ZERO, |mark| mark.seq) {
            self.answer_unread(actor, out);
        } else if let Some(entry) = self.recent.get(seq) {
            let counts = [entry.count_a, entry.count_b];
            self.mark(actor, Mark { user: actor.user, seq, counts }, out);
        } else {
            self.fetch(now, Purpose::Mark(actor), seq, seq, out)?;
        }
        Ok(())
    }

    /// Whether one more mark may be kept, if the user has none.
    pub(super) fn has_space_for(&self, user: UserId) -> bool {
        self.marks.len() < MARKS_MAX || self.marks.contains_key(&user)
    }

    /// The entry that a mark was to be set at was read from the store.
    pub(super) fn mark_fetched(&mut self, actor: Actor, entry: &Entry, out: &mut Vec<Output>) {
        let counts = [entry.count_a, entry.count_b];
        self.mark(actor, Mark { user: actor.user, seq: entry.seq, counts }, out);
    }

    fn mark(&mut self, actor: Actor, mark: Mark, out: &mut Vec<Output>) {
        // While the entry was read another device may have gone further.
        if self.marks.get(&actor.user).is_none_or(|known| known.seq < mark.seq) {
            self.marks.insert(actor.user, mark);
            out.push(Output::SaveMark(mark));
            out.push(Output::Event { event: Event::Read { user: actor.user, seq: mark.seq }, except: None });
            out.push(Output::Marked { side: actor.side, mark });
        }
        self.answer_unread(actor, out);
    }

    fn answer_unread(&self, actor: Actor, out: &mut Vec<Output>) {
        let unread = self.head.unread(actor.side, self.marks.get(&actor.user));
        reply(out, actor.ticket, Ok(Reply::Unread { unread }));
    }
}
