//! A conversation in its shard: carries out what the pure state machine asks for, and settles the views behind its log.
//!
//! Decides nothing about negotiation; [`chat::Conversation`] does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chat::wire::{Event, Reply};
use chat::{Appended, Caller, Command, ConnId, Conversation, Head, Loaded, Output, Party, Side};
use storage::ids::Seq;
use tokio::time::Instant;

use super::context::Context;
use super::members::Members;
use super::views::Views;
use super::{Control, ReplyTo};
use crate::client::Client;
use crate::code::Code;
use crate::persist::{Completion, Report};
use crate::room_id::RoomId;
use crate::socket::Class;
use crate::wire;

/// A conversation in memory.
pub(super) struct NegotiationRoom {
    conversation: Conversation,
    epoch: i64,
    members: Members,
    name: String,
    /// Reused between operations.
    out: Vec<Output>,
    views: Views,
}

impl NegotiationRoom {
    /// A fresh `seed` a loading: operation ids of two lives must never meet.
    pub(super) fn new(loaded: Loaded, rules: chat::Rules, seed: u64) -> Self {
        let (epoch, name) = (loaded.epoch, loaded.head.conversation.to_string());
        Self {
            conversation: Conversation::new(loaded, rules, seed),
            epoch,
            members: Members::default(),
            name,
            out: Vec::new(),
            views: Views::default(),
        }
    }

    pub(super) const fn members(&self) -> &Members {
        &self.members
    }

    pub(super) fn on_command(
        &mut self,
        context: &mut Context<'_>,
        party: Party,
        command: Command,
        client: Option<&Arc<Client>>,
        reply: ReplyTo,
    ) {
        let opening = matches!(command, Command::Open(_));
        if opening && client.is_some_and(|client| !context.enter(client)) {
            return super::context::send_reply(client, reply, Err(Code::Overloaded.into()));
        }
        let ticket = context.ticket(client, reply);
        let caller = Caller { party, conn: client.map(|client| client.conn()), ticket };
        let now = context.now;
        self.step(context, client, |conversation, out| conversation.handle(now, caller, command, out));
    }

    pub(super) fn on_done(&mut self, context: &mut Context<'_>, completion: Completion) {
        let now = context.now;
        match completion {
            Completion::Appended(appended) => {
                self.views.notes.appended(!matches!(appended, Appended::Refused(_)));
                self.step(context, None, |conversation, out| conversation.handle_appended(now, appended, out));
            }
            Completion::Fetched { fetch, entries } => {
                self.step(context, None, |conversation, out| conversation.handle_fetched(now, fetch, entries, out));
            }
            Completion::LookedUp { sender, client_msg_id, sent } => self.step(context, None, |conversation, out| {
                conversation.handle_looked_up(now, sender, &client_msg_id, &sent, out);
            }),
            Completion::Looked(looked) => {
                self.step(context, None, |conversation, out| conversation.handle_looked(now, looked, out));
            }
            Completion::Filed { ticket, report } => {
                if let Some(ticket) = ticket {
                    context.answer(ticket, report.map(|report| Reply::Reported { report }).map_err(Into::into));
                }
            }
            Completion::Sealed => {
                self.views.sealed();
                self.append(context);
            }
            Completion::HeadSettled(settled) => self.on_cleared(context, settled),
            Completion::Loaded(_)
            | Completion::Rows(_)
            | Completion::Facts { .. }
            | Completion::Team { .. }
            | Completion::RowSettled { .. } => {}
        }
    }

    /// Just started: the desks hear of it, and its views are settled.
    pub(super) fn on_started(&mut self, context: &Context<'_>, note: i64) {
        self.views.notes.start(context.now, note);
        let head = self.conversation.head().clone();
        self.changed(context, &head);
    }

    /// Found unsettled after a crash: once the log is known to its end the desks hear of it, and its views are settled.
    pub(super) fn on_touch(&mut self, context: &mut Context<'_>, note: i64) {
        if self.views.notes.touch(note) {
            let now = context.now;
            self.step(context, None, |conversation, out| conversation.check(now, out));
        }
    }

    /// The log is known to its end.
    fn on_checked(&mut self, context: &Context<'_>) {
        self.views.notes.adopt();
        let head = self.conversation.head().clone();
        self.changed(context, &head);
    }

    pub(super) fn on_closed(&mut self, context: &mut Context<'_>, client: &Arc<Client>) {
        let (now, conn) = (context.now, client.conn());
        self.step(context, None, |conversation, out| conversation.handle_closed(now, conn, out));
        self.members.leave(context.room, conn);
    }

    pub(super) fn on_due(&mut self, context: &mut Context<'_>) {
        let now = context.now;
        if self.conversation.next_deadline().is_some_and(|at| at <= now) {
            self.step(context, None, |conversation, out| conversation.tick(now, out));
        }
        let head = self.conversation.head();
        if self.views.begin_settling(context.instant, head.head) {
            for side in Side::BOTH {
                let desk = RoomId::Desk(*side.of(&head.enterprises));
                context.shards.control(desk, Control::Settle(desk, side, Box::new(head.clone())));
            }
        }
    }

    pub(super) fn next_due(&self, context: &Context<'_>) -> Option<Instant> {
        let deadline = self.conversation.next_deadline().map(|at| {
            let ms = u64::try_from(at.since_ms(context.now)).unwrap_or(0);
            context.instant + Duration::from_millis(ms)
        });
        [deadline, self.views.next_due()].into_iter().flatten().min()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.conversation.idle() && self.views.is_idle()
    }

    /// One step of the state machine, and everything it asks for, in its order.
    fn step(
        &mut self,
        context: &mut Context<'_>,
        client: Option<&Arc<Client>>,
        step: impl FnOnce(&mut Conversation, &mut Vec<Output>),
    ) {
        let mut out = std::mem::take(&mut self.out);
        step(&mut self.conversation, &mut out);
        let mut events = Vec::new();
        for output in out.drain(..) {
            if let Output::Event { event, except: None } = &output {
                events.push((self.encode(event), class(event)));
                continue;
            }
            // Events collected so far go first: nothing overtakes an event on its way to a connection.
            self.flush(context, &mut events);
            self.carry_out(context, client, output);
        }
        self.flush(context, &mut events);
        self.out = out;
    }

    fn encode(&self, event: &Event) -> Bytes {
        wire::event(event.name(), Some(&self.name), event.seq(), event)
    }

    /// Sends collected events, those of one class in one frame.
    fn flush(&self, context: &Context<'_>, events: &mut Vec<(Bytes, Class)>) {
        for run in events.chunk_by(|(_, one), (_, next)| one == next) {
            let parts: Vec<Bytes> = run.iter().map(|(part, _class)| part.clone()).collect();
            if let Some((_part, class)) = run.first() {
                context.broadcast(&self.members, &parts, *class, None);
            }
        }
        events.clear();
    }

    fn carry_out(&mut self, context: &mut Context<'_>, client: Option<&Arc<Client>>, output: Output) {
        let at = context.at();
        let id = self.conversation.head().conversation;
        match output {
            Output::Reply { ticket, result } => context.answer(ticket, result.map_err(Into::into)),
            Output::Subscribe(conn) => self.subscribe(context, client, conn),
            Output::Unsubscribe(conn) => {
                self.members.leave(context.room, conn);
            }
            Output::Event { event, except } => {
                context.broadcast(&self.members, &[self.encode(&event)], class(&event), except);
            }
            Output::Tell { conn, event } => {
                if let Some(client) = context.client(conn) {
                    client.tell(self.encode(&event), class(&event));
                }
            }
            Output::Append(entries) => {
                self.views.hold(entries);
                self.append(context);
            }
            Output::Fetch { fetch, from, to } => context.persist.fetch(at, id, fetch, from, to),
            Output::Look { from } => context.persist.look(at, id, from),
            Output::Checked => self.on_checked(context),
            Output::LookUp { sender, client_msg_id } => context.persist.look_up(at, id, sender, client_msg_id),
            Output::SaveMark(mark) => context.persist.save_mark(id, self.epoch, mark),
            Output::Marked { side, mark } => {
                let desk = RoomId::Desk(*side.of(&self.conversation.head().enterprises));
                context.shards.control(desk, Control::Marked(desk, id, mark));
            }
            Output::Changed(head) => self.changed(context, &head),
            Output::FileReport { ticket, report, user, seq, reason } => {
                let report = Report { id: report, conversation: id, user, seq, reason };
                context.persist.file_report(at, ticket, report);
            }
        }
    }

    fn subscribe(&mut self, context: &mut Context<'_>, client: Option<&Arc<Client>>, conn: ConnId) {
        let client = client.filter(|client| client.conn() == conn).cloned().or_else(|| context.client(conn));
        if let Some(client) = client.filter(|client| !client.is_gone()) {
            self.members.join(context.room, &client);
        }
    }

    fn changed(&mut self, context: &Context<'_>, head: &Head) {
        for side in Side::BOTH {
            let desk = RoomId::Desk(*side.of(&head.enterprises));
            context.shards.control(desk, Control::Changed(desk, Box::new(head.clone())));
        }
        self.views.changed(context.instant);
    }

    /// Begins the append that waits, when nothing keeps it.
    fn append(&mut self, context: &Context<'_>) {
        if let Some((entries, noting)) = self.views.begin_append(context.now, || context.persist.draw_note()) {
            context.persist.append(context.at(), self.conversation.head().conversation, entries, noting);
        }
    }

    /// A desk has made its row and notices durable, or could not.
    pub(super) fn on_settled(&mut self, context: &Context<'_>, side: Side, as_of: Seq, is_done: bool) {
        let head = self.conversation.head();
        if let Some(notes) = self.views.settled(context.instant, (side, as_of, is_done), head.head) {
            context.persist.settle_head(context.at(), Box::new(head.clone()), notes);
        }
    }

    /// The notes are removed, or may still stand.
    fn on_cleared(&mut self, context: &Context<'_>, is_removed: bool) {
        self.views.cleared(context.instant, is_removed);
        self.append(context);
    }
}

const fn class(event: &Event) -> Class {
    match event {
        Event::Message(_) | Event::Read { .. } | Event::InboxUpdated(_) => Class::Durable,
        Event::Typing { .. } | Event::Presence { .. } => Class::Presence,
    }
}
