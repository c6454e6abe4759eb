//! The rooms of a shard: a closed set; each dispatcher here is a bare match.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::context::Context;
use super::desk::DeskRoom;
use super::members::Members;
use super::negotiation::NegotiationRoom;
use super::outgoing::{Due, Outgoing};
use super::{Control, ReplyTo, Request, RoomOp};
use crate::client::Client;
use crate::code::Code;
use crate::persist::LoadedRoom;
use crate::room_id::RoomId;
use crate::socket::Class;
use crate::wire::{self, Failure};

/// A room in memory.
pub(super) enum Room {
    Negotiation(Box<NegotiationRoom>),
    Desk(Box<DeskRoom>),
    Person(PersonRoom),
    Bench(Box<BenchRoom>),
}

impl Room {
    /// A room that needs nothing from the store.
    pub(super) fn without_store(room: RoomId) -> Option<Self> {
        match room {
            RoomId::Person(_) => Some(Self::Person(PersonRoom { members: Members::default() })),
            RoomId::Bench(_) => {
                Some(Self::Bench(Box::new(BenchRoom { members: Members::default(), outgoing: Outgoing::new() })))
            }
            RoomId::Negotiation(_) | RoomId::Desk(_) => None,
        }
    }

    /// A room from what was read of it; a fresh `seed` a loading.
    pub(super) fn loaded(loaded: LoadedRoom, rules: chat::Rules, seed: u64) -> Self {
        match loaded {
            LoadedRoom::Negotiation(loaded) => Self::Negotiation(Box::new(NegotiationRoom::new(*loaded, rules, seed))),
            LoadedRoom::Desk(loaded) => Self::Desk(Box::new(DeskRoom::new(loaded, &rules))),
        }
    }

    pub(super) fn on_request(&mut self, context: &mut Context<'_>, request: Request) {
        let Request { op, client, reply, .. } = request;
        match (self, op) {
            (Self::Negotiation(room), RoomOp::Negotiation(party, command)) => {
                room.on_command(context, party, command, client.as_ref(), reply);
            }
            (Self::Desk(room), RoomOp::Inbox(party, list)) => {
                room.on_list(context, party, &list, client.as_ref(), reply)
            }
            (Self::Desk(room), RoomOp::AttachDesk(party)) => room.on_attach(context, party, client.as_ref()),
            (Self::Person(room), RoomOp::AttachPerson) => room.on_attach(context, client.as_ref()),
            (Self::Bench(room), RoomOp::BenchJoin) => room.on_join(context, client.as_ref(), reply),
            (Self::Bench(room), RoomOp::BenchPublish(name, data)) => room.on_publish(context, &name, &data),
            // The dispatcher pairs operations with room ids; another pairing cannot be built.
            (_, _) => {
                let failure = Failure::internal("an operation reached a room of another kind");
                super::context::send_reply(client.as_ref(), reply, Err(failure));
            }
        }
    }

    pub(super) fn on_control(&mut self, context: &mut Context<'_>, control: Control) {
        match (self, control) {
            (Self::Negotiation(room), Control::Done(done)) => room.on_done(context, done.completion),
            (Self::Negotiation(room), Control::Started(_, note)) => room.on_started(context, note),
            (Self::Negotiation(room), Control::Touch(_, note)) => room.on_touch(context, note),
            (Self::Negotiation(room), Control::Settled(_, side, head, settled)) => {
                room.on_settled(context, side, head, settled);
            }
            (Self::Desk(room), Control::Done(done)) => room.on_done(context, done.completion),
            (Self::Desk(room), Control::Changed(_, head)) => room.on_changed(context, *head),
            (Self::Desk(room), Control::Settle(_, side, head)) => room.on_settle(context, side, head),
            (Self::Desk(room), Control::Marked(_, conversation, mark)) => room.on_marked(context, conversation, mark),
            (Self::Person(room), Control::Tell(_, event)) => room.on_tell(context, event),
            (_, _) => {}
        }
    }

    pub(super) fn on_due(&mut self, context: &mut Context<'_>) {
        match self {
            Self::Negotiation(room) => room.on_due(context),
            Self::Bench(room) => room.flush(context),
            Self::Desk(_) | Self::Person(_) => {}
        }
    }

    pub(super) fn on_closed(&mut self, context: &mut Context<'_>, client: &Arc<Client>) {
        match self {
            Self::Negotiation(room) => room.on_closed(context, client),
            Self::Desk(room) => room.on_closed(client),
            Self::Person(PersonRoom { members }) => {
                members.leave(context.room, client.conn());
            }
            Self::Bench(room) => {
                room.members.leave(context.room, client.conn());
            }
        }
    }

    /// When [`Self::on_due`] has something to do.
    pub(super) fn next_due(&self, context: &Context<'_>) -> Option<Instant> {
        match self {
            Self::Negotiation(room) => room.next_due(context),
            Self::Bench(room) => room.next_due(context),
            Self::Desk(_) | Self::Person(_) => None,
        }
    }

    /// Whether it may be put away.
    pub(super) fn is_idle(&self) -> bool {
        match self {
            Self::Negotiation(room) => room.is_idle(),
            Self::Desk(room) => room.is_idle(),
            Self::Person(room) => room.members.is_empty(),
            Self::Bench(room) => room.members.is_empty() && room.outgoing.is_empty(),
        }
    }

    /// The connections in it, for when it is lost.
    pub(super) fn clients(&self) -> Vec<Arc<Client>> {
        match self {
            Self::Negotiation(room) => room.members().clients().cloned().collect(),
            Self::Desk(room) => room.clients(),
            Self::Person(room) => room.members.clients().cloned().collect(),
            Self::Bench(room) => room.members.clients().cloned().collect(),
        }
    }
}

/// One user's own events, on all devices.
pub(super) struct PersonRoom {
    members: Members,
}

impl PersonRoom {
    fn on_attach(&mut self, context: &mut Context<'_>, client: Option<&Arc<Client>>) {
        if let Some(client) = client.filter(|client| context.enter(client)) {
            self.members.join(context.room, client);
        }
    }

    fn on_tell(&self, context: &Context<'_>, event: Bytes) {
        context.broadcast(&self.members, &[event], Class::Durable, None);
    }
}

/// A room for measuring delivery: the path of every other room, and nothing else.
pub(super) struct BenchRoom {
    members: Members,
    outgoing: Outgoing,
}

impl BenchRoom {
    fn on_join(&mut self, context: &mut Context<'_>, client: Option<&Arc<Client>>, reply: ReplyTo) {
        let Some(client) = client else { return };
        let result = if context.enter(client) {
            // What was collected before is not for the one who joins now.
            self.send(context);
            self.members.join(context.room, client);
            Ok(chat::wire::Reply::Empty {})
        } else {
            Err(Failure::from(Code::Overloaded))
        };
        super::context::send_reply(Some(client), reply, result);
    }

    fn on_publish(&mut self, context: &mut Context<'_>, name: &str, data: &RawValue) {
        self.outgoing.push(wire::event("bench.message", Some(name), None, data), context.instant);
        self.flush(context);
    }

    fn flush(&mut self, context: &mut Context<'_>) {
        if !self.outgoing.is_empty() && self.due(context) == Due::Now {
            self.send(context);
        }
    }

    fn send(&mut self, context: &Context<'_>) {
        if !self.outgoing.is_empty() {
            let parts = self.outgoing.take(context.instant);
            context.broadcast(&self.members, &parts, Class::Durable, None);
        }
    }

    fn due(&self, context: &Context<'_>) -> Due {
        self.outgoing.due(context.instant, self.members.len(), context.backlog(&self.members))
    }

    fn next_due(&self, context: &Context<'_>) -> Option<Instant> {
        if self.outgoing.is_empty() {
            return None;
        }
        match self.due(context) {
            Due::Now => Some(context.instant),
            Due::At(at) => Some(at),
        }
    }
}
