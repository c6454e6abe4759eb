//! One conversation: who may do what, in which order, and who hears of it.
//!
//! Owns the order of the log while it is loaded. Never reads a clock, waits or stores anything: it pushes [`Output`]s
//! and is told how they ended. Nothing of an entry is shown to anybody before [`Appended::Yes`].

use std::collections::{BTreeMap, VecDeque};

use rand::SeedableRng;
use rand::rngs::StdRng;
use storage::ids::{EnterpriseId, Millis, RecordId, Seq, UserId};

use crate::command::{Command, Confirmed, Loaded, Looked, Rules};
use crate::log::{Entry, Head, Mark, Side};
use crate::output::{Appended, Output};
use crate::party::{Caller, ConnId, Refusal, Ticket};
#[cfg(feature = "planted")]
use crate::planted;
use crate::text;
use crate::time::{Now, Tick};
use crate::wire::{Reply, Report};

mod append;
mod change;
mod looks;
mod marks;
mod members;
mod opening;
mod own;
mod pages;
mod recent;
mod sent;
#[cfg(test)]
mod tests;
mod waiting;

use append::Batch;
pub use change::RECALL_MS;
use change::{Change, Own};
use looks::Looks;
use marks::Saves;
use members::Members;
use opening::Opening;
use pages::Job;
use recent::Recent;
use sent::SentIds;
use waiting::Waiting;

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
    saves: Saves,
    members: Members,
    waiting: VecDeque<Waiting>,
    flight: Option<Batch>,
    jobs: BTreeMap<u64, Job>,
    fetches: u64,
    looks: Looks,
    opening: Opening,
    /// Before this a side's fall-back is not tried again, should the store have refused it.
    fall_back_after: [Tick; 2],
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
        let loaded = planted::forget(loaded, rules.planted);
        let recent = Recent::new(loaded.recent, loaded.head.head);
        let sent = SentIds::new(loaded.sent, loaded.sent_complete, &recent, loaded.head.head);
        Self {
            epoch: loaded.epoch,
            rules,
            rng: StdRng::seed_from_u64(seed),
            recent,
            sent,
            marks: loaded.marks.into_iter().map(|mark| (mark.user, mark)).collect(),
            saves: Saves::default(),
            members: Members::default(),
            waiting: VecDeque::new(),
            flight: None,
            jobs: BTreeMap::new(),
            fetches: 0,
            looks: Looks::default(),
            opening: Opening::loaded(loaded.blocked),
            fall_back_after: [Tick::default(); 2],
            head: loaded.head,
        }
    }

    /// The durable state.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Does, queues or refuses one operation. The reply may come with a later call.
    pub fn handle(&mut self, now: Now, caller: Caller, command: Command, out: &mut Vec<Output>) {
        if !self.needs_look(&command) {
            self.perform(now, caller, command, out);
        } else if let Err(refusal) = self.hold(now, caller, command, out) {
            reply(out, caller.ticket, Err(refusal));
        }
    }

    /// Does, queues or refuses what memory knows enough for.
    fn perform(&mut self, now: Now, caller: Caller, command: Command, out: &mut Vec<Output>) {
        if let Err(refusal) = self.admit(now, caller, command, out) {
            reply(out, caller.ticket, Err(refusal));
        }
    }

    fn admit(&mut self, now: Now, caller: Caller, command: Command, out: &mut Vec<Output>) -> Result<(), Refusal> {
        let repeat = matches!(&command, Command::Send { send, .. } if send.repeat);
        let actor = self.actor(caller).map_err(|refusal| change::of_message(refusal, repeat, &self.rules))?;
        match command {
            Command::Open(open) => self.open(now, actor, open.after, open.limit, out),
            Command::Leave => self.leave(actor, out),
            Command::Send { send, card } => self.submit(now, actor, change::draft(&send, card)?, out),
            Command::History(history) => self.history(now, actor, history.before, history.limit, out),
            Command::Read(at) => self.read(now, actor, at.seq, out),
            Command::Recall(at) => self.submit(now, actor, Change::Recall(at.seq), out),
            Command::Typing => self.typing(now, actor, out),
            Command::Turn(turn) => self.submit(now, actor, Change::Turn(turn), out),
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
        let id = RecordId::random(&mut self.rng);
        out.push(Output::FileReport { ticket: actor.ticket, report: id, user: actor.user, seq: report.seq, reason });
        Ok(())
    }

    /// Whether the log has an entry of this seq.
    fn holds(&self, seq: Seq) -> bool {
        Seq::ZERO < seq && seq <= self.head.head
    }

    /// Told how the append in flight ended.
    pub fn handle_appended(&mut self, now: Now, appended: Appended, out: &mut Vec<Output>) {
        self.settle(now, appended, out);
    }

    /// Told the answer of a [`Output::Fetch`]. Unknown questions are ignored: they have expired.
    pub fn handle_fetched(&mut self, now: Now, fetch: u64, result: Result<Vec<Entry>, Refusal>, out: &mut Vec<Output>) {
        self.fetched(now, fetch, result, out);
    }

    /// Told the answer of a [`Output::LookUp`]: where and when the id was sent, none when it was not.
    pub fn handle_looked_up(
        &mut self,
        now: Now,
        sender: UserId,
        client_msg_id: &str,
        result: &Result<Option<(Seq, Millis)>, Refusal>,
        out: &mut Vec<Output>,
    ) {
        self.looked_up(sender, client_msg_id, result);
        self.drain(now, out);
    }

    /// Told that somebody no longer negotiates for one of the enterprises: what they have in hand goes back to the team.
    pub fn handle_gone(
        &mut self,
        now: Now,
        enterprise: EnterpriseId,
        user: UserId,
        ticket: Option<Ticket>,
        out: &mut Vec<Output>,
    ) {
        let Some(side) = self.head.side_of(enterprise) else { return reply(out, ticket, Err(Refusal::NotFound)) };
        self.submit_own(now, side, Change::Own(Own::Gone(user)), ticket, out);
    }

    /// Told that one of the enterprises blocks the other, by their row: the echo of it where it is open. Its answer says
    /// that nothing can be written here any more.
    pub fn handle_blocked(&mut self, now: Now, by: EnterpriseId, ticket: Option<Ticket>, out: &mut Vec<Output>) {
        let Some(side) = self.head.side_of(by) else { return reply(out, ticket, Err(Refusal::NotFound)) };
        self.submit_own(now, side, Change::Own(Own::Blocked), ticket, out);
    }

    /// Told the answer of an [`Output::Confirm`].
    pub fn handle_confirmed(
        &mut self,
        now: Now,
        opened: Seq,
        result: Result<Confirmed, Refusal>,
        out: &mut Vec<Output>,
    ) {
        self.confirmed(now, opened, result, out);
    }

    /// Told the answer of an [`Output::SaveMark`]: whether the mark lasts.
    pub fn handle_mark_saved(
        &mut self,
        _now: Now,
        user: UserId,
        seq: Seq,
        result: &Result<(), Refusal>,
        out: &mut Vec<Output>,
    ) {
        self.mark_saved(user, seq, result, out);
    }

    /// Told the answer of an [`Output::Look`].
    pub fn handle_looked(&mut self, now: Now, result: Result<Looked, Refusal>, out: &mut Vec<Output>) {
        self.looked(now, result, out);
    }

    /// A connection is gone. To be told for every connection that the conversation [concerns](Self::concerns).
    pub fn handle_closed(&mut self, now: Now, conn: ConnId, out: &mut Vec<Output>) {
        self.abandon_changes(conn, out);
        self.abandon_held(conn, out);
        self.abandon_pages(conn, out);
        self.abandon_marks(conn, out);
        self.abandon_opening(conn, out);
        self.part(conn, out);
        self.drain(now, out);
    }

    /// Whether a connection is a member or awaits anything here. While it does not, its end need not be told.
    #[must_use]
    pub fn concerns(&self, conn: ConnId) -> bool {
        self.members.contain(conn)
            || self.looks.concern(conn)
            || self.saves.concern(conn)
            || self.opening.concerns(conn)
            || self.jobs.values().any(|job| job.is_of(conn))
            || self.a_change_is_of(conn)
    }

    /// Does what is due: see [`Conversation::next_deadline`].
    pub fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        self.expire_held(now, out);
        self.expire_pages(now, out);
        self.expire_changes(now, out);
        self.expire_marks(now, out);
        self.expire_opening(now, out);
        self.fall_back(now, out);
        self.drain(now, out);
    }

    /// When [`Conversation::tick`] has something to do next, if nothing happens before.
    #[must_use]
    pub fn next_deadline(&self, now: Now) -> Option<Tick> {
        let changes = self.changes_deadline();
        let pages = self.jobs.values().map(|job| job.since.plus_ms(self.rules.waiting_ms)).min();
        let sides = Side::BOTH.into_iter().filter_map(|side| self.fall_back_at(now, side)).min();
        [changes, self.held_deadline(), pages, self.marks_deadline(), self.opening_deadline(), sides]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether it may be put away: nobody listens and nothing is on the way. That an assignee must be waited for
    /// ([`Head::fall_back_at`]) does not keep it: a due row brings it back.
    #[must_use]
    pub fn idle(&self) -> bool {
        let nothing_waits = self.flight.is_none() && self.waiting.is_empty() && self.looks.is_idle();
        let nothing_is_asked = self.jobs.is_empty() && self.saves.is_empty() && self.opening.is_idle();
        self.members.is_empty() && nothing_waits && nothing_is_asked
    }
}

/// Answers a request; one-way operations have no ticket and get no answer.
fn reply(out: &mut Vec<Output>, ticket: Option<Ticket>, result: Result<Reply, Refusal>) {
    if let Some(ticket) = ticket {
        out.push(Output::Reply { ticket, result });
    }
}
