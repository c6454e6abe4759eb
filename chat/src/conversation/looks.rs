//! Looks into the store for what other hubs have appended.
//!
//! Owns which commands wait for a look, and the one that is under way. A command is answered after a look that began
//! after it came: what anybody was acknowledged before is shown then. One store step at a time: no look while an append
//! is in flight, so that entries of an append of our own are never taken for another hub's.

use std::collections::VecDeque;

use super::{Conversation, reply};
use crate::command::{Command, Looked};
use crate::log::Mark;
use crate::output::Output;
use crate::party::{Caller, ConnId, Refusal, Ticket};
#[cfg(feature = "planted")]
use crate::planted::Bug;
use crate::time::{Now, Tick};
use crate::wire::Event;

/// Most commands that wait for looks; more are told to try later.
const HELD_MAX: usize = 256;

/// The looks of one conversation, numbered from 1.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// The last one that was begun.
    begun: u64,
    /// The last one that succeeded.
    done: u64,
    under_way: bool,
    /// The last step brought as many entries as it may: there are more.
    behind: bool,
    held: VecDeque<Held>,
}

/// Something that waits for a look that begins after it came.
#[derive(Debug)]
struct Held {
    came: u64,
    since: Tick,
    what: What,
}

#[derive(Debug)]
enum What {
    Command(Caller, Command),
    /// See [`Conversation::check`].
    Check,
}

impl Held {
    fn is_of(&self, conn: ConnId) -> bool {
        matches!(&self.what, What::Command(caller, _) if caller.conn == Some(conn))
    }

    const fn ticket(&self) -> Option<Ticket> {
        match &self.what {
            What::Command(caller, _) => caller.ticket,
            What::Check => None,
        }
    }
}

impl Looks {
    /// What came at this point is older than every look from now on.
    pub(super) const fn begun(&self) -> u64 {
        self.begun
    }

    /// Whether a look that began after `came` has succeeded.
    pub(super) const fn cover(&self, came: u64) -> bool {
        self.done > came
    }

    pub(super) const fn is_under_way(&self) -> bool {
        self.under_way
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.under_way && self.held.is_empty()
    }

    pub(super) fn concern(&self, conn: ConnId) -> bool {
        self.held.iter().any(|held| held.is_of(conn))
    }

    /// Entries are missing behind those that an append lost its race to.
    pub(super) const fn fall_behind(&mut self) {
        self.behind = true;
    }

    /// What came before a look was begun.
    fn take_older(&mut self, look: u64) -> VecDeque<Held> {
        let younger = self.held.partition_point(|held| held.came < look);
        let rest = self.held.split_off(younger);
        std::mem::replace(&mut self.held, rest)
    }
}

impl Conversation {
    /// Whether a command is answered wrongly by a room that lacks what other hubs appended.
    pub(super) fn needs_look(&self, command: &Command) -> bool {
        let beyond = |seq| seq > self.head.head;
        self.looks_at_all()
            && match command {
                Command::Open(_) | Command::History(_) => true,
                Command::Read(at) | Command::Recall(at) => beyond(at.seq),
                Command::Report(report) => report.seq.is_some_and(beyond),
                // Changes find out by losing their race; those that would not be written are checked in the queue.
                Command::Send { .. } | Command::Turn(_) | Command::Leave | Command::Typing => false,
            }
    }

    /// Whether others may write this log.
    pub(super) const fn looks_at_all(&self) -> bool {
        #[cfg(feature = "planted")]
        if matches!(self.rules.planted, Some(Bug::SkipLook)) {
            return false;
        }
        self.rules.shared
    }

    /// Keeps a command until a look that begins from now on has succeeded.
    pub(super) fn hold(
        &mut self,
        now: Now,
        caller: Caller,
        command: Command,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        // Strangers are refused before anything is read for them.
        self.actor(caller)?;
        self.push_held(now, What::Command(caller, command), out)
    }

    fn push_held(&mut self, now: Now, what: What, out: &mut Vec<Output>) -> Result<(), Refusal> {
        if self.looks.held.len() >= HELD_MAX {
            return Err(Refusal::Overloaded);
        }
        self.looks.held.push_back(Held { came: self.looks.begun, since: now.tick, what });
        self.look(out);
        Ok(())
    }

    /// Answered with [`Output::Checked`] once everything is known that stands in the log now; not at all when the store
    /// does not say, so ask again.
    pub fn check(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.looks_at_all() {
            // A full queue is a store that does not say.
            self.push_held(now, What::Check, out).unwrap_or_default();
        } else {
            self.drain(now, out);
            out.push(Output::Checked);
        }
    }

    /// Begins a look when something waits for one and no store step is under way.
    pub(super) fn look(&mut self, out: &mut Vec<Output>) {
        let is_busy = self.flight.is_some() || self.looks.under_way;
        if !is_busy && (self.looks.behind || !self.looks.held.is_empty() || self.a_change_waits_for_a_look()) {
            self.looks.begun += 1;
            self.put_look(out);
        }
    }

    fn put_look(&mut self, out: &mut Vec<Output>) {
        self.looks.under_way = true;
        out.push(Output::Look { from: self.head.head.next() });
    }

    /// Takes a look's answer.
    pub(super) fn looked(&mut self, now: Now, result: Result<Looked, Refusal>, out: &mut Vec<Output>) {
        if !std::mem::take(&mut self.looks.under_way) {
            return;
        }
        match result {
            Ok(Looked { entries, marks, more }) => {
                let moved = self.fold_others(entries, out);
                self.learn_marks(marks, out);
                self.looks.behind = more && moved;
                if self.looks.behind {
                    return self.put_look(out);
                }
                self.looks.done = self.looks.begun;
                self.release_held(now, out);
            }
            Err(refusal) => {
                self.looks.behind = false;
                for held in self.looks.take_older(self.looks.begun) {
                    reply(out, held.ticket(), Err(refusal.clone()));
                }
                self.refuse_change_that_waits_for_a_look(&refusal, out);
            }
        }
        self.drain(now, out);
    }

    fn release_held(&mut self, now: Now, out: &mut Vec<Output>) {
        for held in self.looks.take_older(self.looks.done) {
            match held.what {
                What::Command(caller, command) => self.perform(now, caller, command, out),
                What::Check => out.push(Output::Checked),
            }
        }
    }

    fn learn_marks(&mut self, marks: Vec<Mark>, out: &mut Vec<Output>) {
        for mark in marks {
            if self.marks.get(&mark.user).is_none_or(|known| known.seq < mark.seq) && self.has_space_for(mark.user) {
                self.marks.insert(mark.user, mark);
                out.push(Output::Event { event: Event::Read { user: mark.user, seq: mark.seq }, except: None });
            }
        }
    }

    /// Drops what a connection asked for and will not hear.
    pub(super) fn abandon_held(&mut self, conn: ConnId, out: &mut Vec<Output>) {
        let (theirs, others) = std::mem::take(&mut self.looks.held).into_iter().partition(|held| held.is_of(conn));
        self.looks.held = others;
        let theirs: VecDeque<Held> = theirs;
        for held in theirs {
            reply(out, held.ticket(), Err(Refusal::Unavailable));
        }
    }

    /// Answers what has waited too long.
    pub(super) fn expire_held(&mut self, now: Now, out: &mut Vec<Output>) {
        let waiting_ms = self.rules.waiting_ms;
        while let Some(held) = self.looks.held.pop_front_if(|held| now.tick.since_ms(held.since) >= waiting_ms) {
            reply(out, held.ticket(), Err(Refusal::Unavailable));
        }
    }

    /// When [`Self::expire_held`] has something to do.
    pub(super) fn held_deadline(&self) -> Option<Tick> {
        self.looks.held.front().map(|held| held.since.plus_ms(self.rules.waiting_ms))
    }
}
