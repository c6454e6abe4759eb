//! One conversation: who may do what, in which order, and who hears of it.
//!
//! Owns the order of the log while it is loaded. Never reads a clock, waits or stores anything: it pushes [`Output`]s
//! and is told how they ended. Nothing of an entry is shown to anybody before [`Appended::Yes`].

use std::collections::{BTreeMap, VecDeque};

use rand::SeedableRng;
use rand::rngs::StdRng;
use storage::ids::{Millis, ReportId, Seq, UserId};

use crate::command::{Command, Loaded, Looked, Rules};
use crate::log::{Entry, Head, Mark, Side};
use crate::output::{Appended, Output};
use crate::party::{Caller, ConnId, Refusal, Ticket};
use crate::text;
use crate::wire::{Reply, Report};

mod append;
mod change;
mod looks;
mod marks;
mod members;
mod pages;
mod recent;
mod sent;
#[cfg(test)]
mod tests;

use append::{Batch, Waiting};
pub use change::RECALL_MS;
use change::{Change, Turn};
use looks::Looks;
use members::Members;
use pages::Job;
use recent::Recent;
use sent::SentIds;

/// The longest reason of a report. **Units**: Unicode scalars.
pub const REASON_CHARS_MAX: usize = 500;

/// A loaded conversation. See the module.
#[derive(Debug)]
pub struct Conversation {
    head: Head,
    epoch: i64,
    rules: Rules,
    rng: StdRng,
    recent: Recent,
    sent: SentIds,
    marks: BTreeMap<UserId, Mark>,
    members: Members,
    waiting: VecDeque<Waiting>,
    flight: Option<Batch>,
    jobs: BTreeMap<u64, Job>,
    fetches: u64,
    looks: Looks,
    /// Before this a side's fall-back is not tried again, should the store have refused it.
    fall_back_after: [Millis; 2],
}

/// A caller who was found to belong here.
#[derive(Debug, Clone, Copy)]
struct Actor {
    user: UserId,
    side: Side,
    admin: bool,
    conn: Option<ConnId>,
    ticket: Option<Ticket>,
}

impl Conversation {
    /// Takes over what was loaded. `seed` must differ for every loading anywhere: operation ids are drawn from it, and
    /// they tell this loading's writes from all others.
    #[must_use]
    pub fn new(loaded: Loaded, rules: Rules, seed: u64) -> Self {
        #[cfg(feature = "planted")]
        let loaded = crate::planted::loaded(loaded, rules.planted);
        let recent = Recent::new(loaded.recent, loaded.head.head);
        let sent = SentIds::new(loaded.sent, loaded.sent_complete, &recent, loaded.head.head);
        Self {
            epoch: loaded.epoch,
            rules,
            rng: StdRng::seed_from_u64(seed),
            recent,
            sent,
            marks: loaded.marks.into_iter().map(|mark| (mark.user, mark)).collect(),
            members: Members::default(),
            waiting: VecDeque::new(),
            flight: None,
            jobs: BTreeMap::new(),
            fetches: 0,
            looks: Looks::default(),
            fall_back_after: [Millis::default(); 2],
            head: loaded.head,
        }
    }

    /// The durable state.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Does, queues or refuses one operation. The reply may come with a later call.
    pub fn handle(&mut self, now: Millis, caller: Caller, command: Command, out: &mut Vec<Output>) {
        if !self.needs_look(&command) {
            self.perform(now, caller, command, out);
        } else if let Err(refusal) = self.hold(now, caller, command, out) {
            reply(out, caller.ticket, Err(refusal));
        }
    }

    /// Does, queues or refuses what memory knows enough for.
    fn perform(&mut self, now: Millis, caller: Caller, command: Command, out: &mut Vec<Output>) {
        if let Err(refusal) = self.admit(now, caller, command, out) {
            reply(out, caller.ticket, Err(refusal));
        }
    }

    fn admit(&mut self, now: Millis, caller: Caller, command: Command, out: &mut Vec<Output>) -> Result<(), Refusal> {
        let actor = self.actor(caller)?;
        match command {
            Command::Open(open) => self.open(now, actor, open.after, open.limit, out),
            Command::Leave => self.leave(actor, out),
            Command::Send { send, contact } => self.submit(now, actor, change::draft(&send, contact)?, out),
            Command::History(history) => self.history(now, actor, history.before, history.limit, out),
            Command::Read(at) => self.read(now, actor, at.seq, out),
            Command::Recall(at) => self.submit(now, actor, Change::Recall(at.seq), out),
            Command::Typing => self.typing(now, actor, out),
            Command::Claim => self.submit(now, actor, Change::Turn(Turn::Claim), out),
            Command::Release => self.submit(now, actor, Change::Turn(Turn::Release), out),
            Command::Transfer { to, allowed: true } => self.submit(now, actor, Change::Turn(Turn::Transfer(to)), out),
            Command::Transfer { allowed: false, .. } => Err(Refusal::Invalid { at: "/to", code: "not_a_colleague" }),
            Command::Close => self.submit(now, actor, Change::Turn(Turn::Close), out),
            Command::Reopen { allowed: true } => self.submit(now, actor, Change::Turn(Turn::Reopen), out),
            Command::Reopen { allowed: false } => Err(Refusal::Conflict("another conversation is open")),
            Command::Block => self.submit(now, actor, Change::Turn(Turn::Block), out),
            Command::Report(report) => self.report(actor, &report, out),
        }
    }

    fn actor(&self, caller: Caller) -> Result<Actor, Refusal> {
        let party = caller.party;
        let side = self.head.side_of(party.enterprise).ok_or(Refusal::NotFound)?;
        if !party.duty.negotiates() {
            return Err(Refusal::Forbidden);
        }
        Ok(Actor { user: party.user, side, admin: party.admin, conn: caller.conn, ticket: caller.ticket })
    }

    fn report(&mut self, actor: Actor, report: &Report, out: &mut Vec<Output>) -> Result<(), Refusal> {
        let reason = text::accept(&report.reason, REASON_CHARS_MAX, "/reason")?;
        if report.seq.is_some_and(|seq| !self.holds(seq)) {
            return Err(Refusal::Invalid { at: "/seq", code: "beyond_head" });
        }
        let id = ReportId::random(&mut self.rng);
        out.push(Output::FileReport { ticket: actor.ticket, report: id, user: actor.user, seq: report.seq, reason });
        Ok(())
    }

    /// Whether the log has an entry of this seq.
    fn holds(&self, seq: Seq) -> bool {
        Seq::ZERO < seq && seq <= self.head.head
    }

    /// Told how the append in flight ended.
    pub fn handle_appended(&mut self, now: Millis, appended: Appended, out: &mut Vec<Output>) {
        self.settle(now, appended, out);
    }

    /// Told the answer of a [`Output::Fetch`]. Unknown questions are ignored: they have expired.
    pub fn handle_fetched(
        &mut self,
        now: Millis,
        fetch: u64,
        result: Result<Vec<Entry>, Refusal>,
        out: &mut Vec<Output>,
    ) {
        self.fetched(now, fetch, result, out);
    }

    /// Told the answer of a [`Output::LookUp`]: where and when the id was sent, none when it was not.
    pub fn handle_looked_up(
        &mut self,
        now: Millis,
        sender: UserId,
        client_msg_id: &str,
        result: &Result<Option<(Seq, Millis)>, Refusal>,
        out: &mut Vec<Output>,
    ) {
        self.looked_up(sender, client_msg_id, result);
        self.drain(now, out);
    }

    /// Told the answer of an [`Output::Look`].
    pub fn handle_looked(&mut self, now: Millis, result: Result<Looked, Refusal>, out: &mut Vec<Output>) {
        self.looked(now, result, out);
    }

    /// A connection is gone. To be told for every connection that sent an `open` here, answered or not.
    pub fn handle_closed(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Output>) {
        self.abandon_changes(conn, out);
        self.abandon_held(conn, out);
        self.abandon_pages(conn, out);
        self.part(conn, out);
        self.drain(now, out);
    }

    /// Does what is due: see [`Conversation::next_deadline`].
    pub fn tick(&mut self, now: Millis, out: &mut Vec<Output>) {
        self.expire_held(now, out);
        self.expire_pages(now, out);
        self.expire_changes(now, out);
        self.fall_back(now, out);
        self.drain(now, out);
    }

    /// When [`Conversation::tick`] has something to do next, if nothing happens before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let changes = self.changes_deadline();
        let pages = self.jobs.values().map(|job| job.since.plus_ms(self.rules.waiting_ms)).min();
        let sides = Side::BOTH.into_iter().filter_map(|side| self.fall_back_at(side)).min();
        [changes, self.held_deadline(), pages, sides].into_iter().flatten().min()
    }

    /// Whether it may be put away: nobody listens, nothing is on the way, nothing will be due.
    #[must_use]
    pub fn idle(&self) -> bool {
        let nothing_waits = self.flight.is_none() && self.waiting.is_empty() && self.looks.is_idle();
        self.members.is_empty() && nothing_waits && self.next_deadline().is_none()
    }
}

/// Answers a request; one-way operations have no ticket and get no answer.
fn reply(out: &mut Vec<Output>, ticket: Option<Ticket>, result: Result<Reply, Refusal>) {
    if let Some(ticket) = ticket {
        out.push(Output::Reply { ticket, result });
    }
}
