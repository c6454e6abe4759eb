//! A conversation in its shard: carries out what the pure state machine asks for, and begins to settle the views behind
//! its log.

use std::time::Duration;

use bytes::Bytes;
use chat::wire::{Event, Reply};
use chat::{Appended, Caller, Command, Conversation, Entry, Head, Loaded, Mark, Now, Output, Side};
use storage::ids::{ConversationId, Seq};
use storage::words::{ConnId, Refusal};
use tokio::time::Instant;

use super::cleared::Cleared;
use super::deadline::Deadline;
use super::reads::{self, Report};
use super::views::Views;
use super::{NegotiationDone, NegotiationOp, NegotiationTold, answer_of, append, load, pair, settle, sweep};
use crate::code::Code;
use crate::ground::{Ground, RETRY_FIRST};
use crate::rooms::desk::{DeskRoom, DeskTold};
use crate::shard::{Asker, Cx, Kind, Load, Window};
use crate::socket::Class;
use crate::wire;

/// A conversation in memory.
pub struct NegotiationRoom {
    conversation: Conversation,
    epoch: i64,
    name: String,
    /// Reused between operations.
    out: Vec<Output>,
    views: Views,
    deadline: Deadline,
    cleared: Cleared,
}

type Context<'a> = Cx<'a, NegotiationRoom>;

impl Kind for NegotiationRoom {
    type Op = NegotiationOp;
    type Done = NegotiationDone;
    type Told = NegotiationTold;
    type Loaded = Box<Loaded>;

    const WINDOW: Window = Window::Step;

    fn load(id: ConversationId, ground: &Ground) -> Load<Self> {
        let ground = ground.clone();
        Load::Later(Box::pin(async move {
            let _turn = ground.turn().await;
            load::conversation(&ground, id).await.map(Box::new)
        }))
    }

    fn new(id: ConversationId, loaded: Box<Loaded>, ground: &Ground) -> Self {
        let epoch = loaded.epoch;
        // A fresh seed a loading: operation ids of two lives must never meet.
        let conversation = Conversation::new(*loaded, ground.rules(), ground.entropy().draw());
        Self {
            conversation,
            epoch,
            name: id.to_string(),
            out: Vec::new(),
            views: Views::default(),
            deadline: Deadline::default(),
            cleared: Cleared::default(),
        }
    }

    fn on_op(&mut self, cx: &mut Context<'_>, op: NegotiationOp, asker: Asker<'_>) {
        let now = moment(cx);
        let (party, command) = match op {
            NegotiationOp::Command(party, command) => (party, command),
            NegotiationOp::Blocked(by) => {
                let ticket = asker.ticket;
                return self.step(cx, |conversation, out| conversation.handle_blocked(now, by, ticket, out));
            }
        };
        let has_entered = asker.client.is_none_or(|client| cx.enter(client));
        if !has_entered && matches!(command, Command::Open(_)) {
            return cx.answer(asker.ticket, Err(Code::Overloaded.into()));
        }
        let caller = Caller { party, conn: asker.conn(), ticket: asker.ticket };
        let is_one_way = asker.ticket.is_none();
        self.step(cx, |conversation, out| conversation.handle(now, caller, command, out));
        if let Some(conn) = asker.conn().filter(|_| is_one_way) {
            cx.release(conn);
        }
    }

    fn on_done(&mut self, cx: &mut Context<'_>, done: NegotiationDone) {
        let now = moment(cx);
        match done {
            NegotiationDone::Appended(appended, stand) => self.on_appended(cx, appended, stand),
            NegotiationDone::Sealed => {
                self.views.sealed();
                self.append(cx);
            }
            NegotiationDone::Unsealed(entries, pause) => self.on_unsealed(cx, entries, pause),
            NegotiationDone::Fetched(fetch, entries) => {
                self.step(cx, |conversation, out| conversation.handle_fetched(now, fetch, entries, out));
            }
            NegotiationDone::LookedUp(sender, id, sent) => {
                self.step(cx, |conversation, out| conversation.handle_looked_up(now, sender, &id, &sent, out));
            }
            NegotiationDone::Looked(looked) => {
                self.step(cx, |conversation, out| conversation.handle_looked(now, looked, out));
            }
            NegotiationDone::Filed(ticket, report) => {
                let reply = report.map(|report| answer_of(&Reply::Reported { report }));
                cx.answer(ticket, reply.map_err(Into::into));
            }
            NegotiationDone::MarkSaved(mark, saved, cleared) => {
                let Mark { user, seq, .. } = mark;
                // Another hub may give notice at any time.
                if let Some(asked) = cleared.filter(|_| !cx.ground().is_shared()) {
                    self.cleared.none_of(user, asked);
                }
                self.step(cx, |conversation, out| conversation.handle_mark_saved(now, user, seq, &saved, out));
            }
            NegotiationDone::Confirmed(opened, said) => {
                self.step(cx, |conversation, out| conversation.handle_confirmed(now, opened, said, out));
            }
            NegotiationDone::Settled(as_of, is_done) => self.on_settled(cx, as_of, is_done),
            NegotiationDone::Cleared(is_removed) => {
                self.views.cleared(cx.instant(), is_removed);
                self.append(cx);
            }
        }
    }

    fn on_told(&mut self, cx: &mut Context<'_>, told: NegotiationTold) {
        match told {
            // Just started: the desks hear of it, and its views are settled.
            NegotiationTold::Started(note) => {
                self.views.notes.start(cx.ground().clock().tick(), note);
                self.changed(cx, &self.conversation.head().clone());
            }
            // Once the log is known to its end the desks hear of it, and its views are settled.
            NegotiationTold::Touch(note) => {
                if self.views.notes.touch(note) {
                    let now = moment(cx);
                    self.step(cx, |conversation, out| conversation.check(now, out));
                } else {
                    cx.ground().catch_up().done(1);
                }
            }
            // Whether it still is, the log says when it is known to its end.
            NegotiationTold::Due(claimed) => {
                self.deadline.asked(claimed);
                let now = moment(cx);
                self.step(cx, |conversation, out| conversation.check(now, out));
            }
            NegotiationTold::Gone(enterprise, user) => {
                let now = moment(cx);
                self.step(cx, |conversation, out| conversation.handle_gone(now, enterprise, user, None, out));
            }
        }
    }

    fn on_due(&mut self, cx: &mut Context<'_>) {
        let now = moment(cx);
        if self.conversation.next_deadline(now).is_some_and(|at| at <= now.tick) {
            self.step(cx, |conversation, out| conversation.tick(now, out));
        }
        if self.views.begin_settling(cx.instant()) {
            self.cleared.settling();
            let (ground, ways, head) = (cx.ground().clone(), cx.ways().clone(), self.conversation.head().clone());
            let due = self.deadline.begin_settling(cx.now(), head.fall_back_at(&ground.rules()));
            cx.job(async move { settle::settle(&ground, &ways, head, due).await });
        }
    }

    fn on_closed(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        let now = moment(cx);
        self.step(cx, |conversation, out| conversation.handle_closed(now, conn, out));
    }

    fn next_due(&self, cx: &Context<'_>) -> Option<Instant> {
        let now = moment(cx);
        let deadline = self.conversation.next_deadline(now).map(|at| cx.instant() + now.tick.until(at));
        [deadline, self.views.next_due()].into_iter().flatten().min()
    }

    fn concerns(&self, conn: ConnId) -> bool {
        self.conversation.concerns(conn)
    }

    fn is_idle(&self) -> bool {
        self.conversation.idle() && self.views.is_idle()
    }
}

impl NegotiationRoom {
    fn on_appended(&mut self, cx: &mut Context<'_>, appended: Appended, stand: Vec<Entry>) {
        self.views.notes.appended(!matches!(appended, Appended::Refused(_)));
        let (now, ground, id) = (moment(cx), cx.ground().clone(), cx.id());
        self.step(cx, |conversation, out| conversation.handle_appended(now, appended, out));
        cx.job(async move { append::seal(&ground, id, stand, RETRY_FIRST).await });
    }

    /// The disk is full, and an append may not begin before the ids of the last one are written. None of those that wait
    /// was begun, so each is told why; each round takes a batch off their queue.
    fn on_unsealed(&mut self, cx: &mut Context<'_>, entries: Vec<Entry>, pause: Duration) {
        let now = moment(cx);
        while self.views.give_up() {
            let refused = Appended::Refused(Refusal::StorageFull);
            self.step(cx, |conversation, out| conversation.handle_appended(now, refused, out));
        }
        let (ground, id) = (cx.ground().clone(), cx.id());
        cx.job(async move { append::seal_later(&ground, id, entries, pause).await });
    }

    /// The log is known to its end.
    fn on_checked(&mut self, cx: &mut Context<'_>) {
        let found = self.views.notes.adopt();
        self.changed(cx, &self.conversation.head().clone());
        cx.ground().catch_up().done(found);
        if self.deadline.known() {
            let now = moment(cx);
            self.step(cx, |conversation, out| conversation.tick(now, out));
            // Settling sees to the next time, and says that this one is done.
            self.views.settle(cx.instant());
        }
    }

    fn on_settled(&mut self, cx: &Context<'_>, as_of: Seq, is_done: bool) {
        let head = self.conversation.head();
        self.deadline.settled(is_done);
        if let Some(notes) = self.views.settled(cx.instant(), as_of, is_done, head.head) {
            let (ground, id) = (cx.ground().clone(), cx.id());
            cx.job(async move { settle::clear(&ground, id, &notes).await });
        }
    }

    /// One step of the state machine, and everything it asks for, in its order.
    fn step(&mut self, cx: &mut Context<'_>, step: impl FnOnce(&mut Conversation, &mut Vec<Output>)) {
        let mut out = std::mem::take(&mut self.out);
        step(&mut self.conversation, &mut out);
        for output in out.drain(..) {
            self.carry_out(cx, output);
        }
        self.out = out;
    }

    fn encode(&self, event: &Event) -> Bytes {
        wire::event(event.name(), Some(&self.name), event.seq(), event)
    }

    fn carry_out(&mut self, cx: &mut Context<'_>, output: Output) {
        let id = cx.id();
        match output {
            Output::Reply { ticket, result } => {
                cx.answer(Some(ticket), result.map(|reply| answer_of(&reply)).map_err(Into::into));
            }
            Output::Subscribe(conn) => cx.join(conn),
            Output::Unsubscribe(conn) => cx.leave(conn),
            Output::Event { event, except } => cx.publish_except(class(&event), self.encode(&event), except),
            Output::Tell { conn, event } => cx.tell(conn, class(&event), self.encode(&event)),
            Output::Append(entries) => {
                self.views.hold(entries);
                self.append(cx);
            }
            Output::Fetch { fetch, from, to } => reads::fetch(cx, fetch, from, to),
            Output::Look { from } => reads::look(cx, from),
            Output::Confirm { opened } => {
                let (ground, head) = (cx.ground().clone(), self.conversation.head().clone());
                cx.job(async move { pair::confirm(&ground, &head, opened).await });
            }
            Output::Checked => self.on_checked(cx),
            Output::LookUp { sender, client_msg_id } => reads::look_up(cx, sender, client_msg_id),
            Output::SaveMark(mark) => reads::save_mark(cx, self.epoch, mark, self.cleared.look(mark.user)),
            Output::Marked { side, mark } => {
                let enterprise = *side.of(&self.conversation.head().enterprises);
                cx.ways().tell::<DeskRoom>(enterprise, DeskTold::Marked(id, mark));
            }
            Output::Changed(head) => self.changed(cx, &head),
            Output::FileReport { ticket, report, user, seq, reason } => {
                reads::file_report(cx, ticket, Report { id: report, conversation: id, user, seq, reason });
            }
        }
    }

    fn changed(&mut self, cx: &Context<'_>, head: &Head) {
        for side in Side::BOTH {
            cx.ways().tell::<DeskRoom>(*side.of(&head.enterprises), DeskTold::Changed(Box::new(head.clone())));
        }
        self.views.changed(cx.instant());
    }

    /// Begins the append that waits, when nothing keeps it.
    fn append(&mut self, cx: &Context<'_>) {
        let ground = cx.ground();
        if let Some((entries, noting)) = self.views.begin_append(ground.clock().tick(), || sweep::draw_note(ground)) {
            let (ground, id) = (ground.clone(), cx.id());
            cx.job(async move { append::append(&ground, id, entries, noting).await });
        }
    }
}

fn moment(cx: &Context<'_>) -> Now {
    cx.ground().moment(cx.now())
}

const fn class(event: &Event) -> Class {
    match event {
        Event::Message(_) | Event::Read { .. } | Event::InboxUpdated(_) => Class::Durable,
        Event::Typing { .. } | Event::Presence { .. } => Class::Presence,
    }
}
