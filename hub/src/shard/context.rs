//! What a room's handlers may use of their shard: time, lanes, `persist`, tickets, and who is in which room.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use chat::wire::Reply;
use chat::{ConnId, Ticket};
use smallvec::SmallVec;
use storage::ids::Millis;
use tokio::time::Instant;

use super::members::Members;
use super::{ReplyTo, Shards};
use crate::client::Client;
use crate::code::Code;
use crate::persist::{At, Persist};
use crate::room_id::RoomId;
use crate::socket::{Class, Frame, Lane};
use crate::wire::{self, Failure};

/// Rooms of one shard a connection may be in; joining more is refused `overloaded`.
const ROOMS_PER_CONN_MAX: usize = 256;

/// The shard, as a room sees it while it is being handled.
pub(super) struct Context<'a> {
    pub(super) room: RoomId,
    pub(super) incarnation: u64,
    pub(super) now: Millis,
    pub(super) instant: Instant,
    pub(super) lanes: &'a [Lane],
    pub(super) persist: &'a Persist,
    pub(super) shards: &'a Shards,
    pub(super) tickets: &'a mut Tickets,
    pub(super) conns: &'a mut Conns,
}

impl Context<'_> {
    /// Which life of which room this is.
    pub(super) const fn at(&self) -> At {
        At { room: self.room, incarnation: self.incarnation }
    }

    /// Whether the connection may join this room; remembers that it is about to.
    pub(super) fn enter(&mut self, client: &Arc<Client>) -> bool {
        self.conns.enter(client, self.room)
    }

    /// A connection that has entered a room of this shard.
    pub(super) fn client(&self, conn: ConnId) -> Option<Arc<Client>> {
        self.conns.seats.get(&conn).map(|seat| Arc::clone(&seat.client))
    }

    /// A ticket for a reply that comes later.
    pub(super) fn ticket(&mut self, client: Option<&Arc<Client>>, reply: ReplyTo) -> Option<Ticket> {
        if matches!(reply, ReplyTo::Nobody) {
            return None;
        }
        Some(self.tickets.take(Pending { room: self.room, client: client.cloned(), reply }))
    }

    /// Answers a ticket; a second answer finds nothing.
    pub(super) fn answer(&mut self, ticket: Ticket, result: Result<Reply, Failure>) {
        if let Some(Pending { client, reply, .. }) = self.tickets.pending.remove(&ticket) {
            send_reply(client.as_ref(), reply, result);
        }
    }

    /// Hands encoded events to every lane that has members here. A lane that cannot take a durable event closes those
    /// members with `slow_consumer`: they resume by seq.
    pub(super) fn broadcast(&self, members: &Members, parts: &[Bytes], class: Class, except: Option<ConnId>) {
        if members.is_empty() {
            return;
        }
        let (room, frame) = (self.room.key(), Frame::from_objects(parts));
        for lane in members.lanes().filter_map(|index| self.lanes.get(index)) {
            if lane.broadcast(room, frame.clone(), class, except).is_err() && class == Class::Durable {
                lane.close_members(room);
            }
        }
    }

    /// Deliveries queued at the lanes that have members here: the most of them.
    pub(super) fn backlog(&self, members: &Members) -> usize {
        members.lanes().filter_map(|index| self.lanes.get(index)).map(Lane::backlog).max().unwrap_or(0)
    }
}

/// Sends a reply to where it was asked from. A connection or handler that is gone is no error.
pub(super) fn send_reply(client: Option<&Arc<Client>>, reply: ReplyTo, result: Result<Reply, Failure>) {
    match reply {
        ReplyTo::Nobody => {}
        ReplyTo::Rest(waiting) => {
            waiting.send(result).ok();
        }
        ReplyTo::Request(id, weight) => {
            if let Some(client) = client {
                let object = match &result {
                    Ok(body) => wire::ok(id, body),
                    Err(failure) => wire::error(id, failure),
                };
                client.reply(object, weight);
            }
        }
    }
}

struct Pending {
    room: RoomId,
    client: Option<Arc<Client>>,
    reply: ReplyTo,
}

/// Replies that are owed. Bounded by the open requests of all connections and REST handlers.
#[derive(Default)]
pub(super) struct Tickets {
    pending: HashMap<Ticket, Pending>,
    last: u64,
}

impl Tickets {
    fn take(&mut self, pending: Pending) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        self.pending.insert(ticket, pending);
        ticket
    }

    /// Answers everything that a lost room owes.
    pub(super) fn fail_room(&mut self, room: RoomId) {
        let lost = self.pending.extract_if(|_ticket, pending| pending.room == room);
        for (_ticket, Pending { client, reply, .. }) in lost {
            send_reply(client.as_ref(), reply, Err(Code::OutcomeUnknown.into()));
        }
    }
}

/// The connections that entered rooms of this shard, and which.
#[derive(Default)]
pub(super) struct Conns {
    seats: HashMap<ConnId, Seat>,
}

struct Seat {
    client: Arc<Client>,
    rooms: Rooms,
}

/// The rooms of one connection.
pub(super) type Rooms = SmallVec<[RoomId; 4]>;

impl Conns {
    fn enter(&mut self, client: &Arc<Client>, room: RoomId) -> bool {
        let new = || Seat { client: Arc::clone(client), rooms: Rooms::new() };
        let rooms = &mut self.seats.entry(client.conn()).or_insert_with(new).rooms;
        if rooms.contains(&room) {
            return true;
        }
        if rooms.len() >= ROOMS_PER_CONN_MAX {
            return false;
        }
        rooms.push(room);
        true
    }

    /// Forgets a connection; its rooms.
    pub(super) fn remove(&mut self, conn: ConnId) -> Rooms {
        self.seats.remove(&conn).map(|seat| seat.rooms).unwrap_or_default()
    }
}
