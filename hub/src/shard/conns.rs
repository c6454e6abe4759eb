//! The connections that entered rooms of this shard, and which: so that each room is told of their end.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;
use storage::words::ConnId;

use crate::client::Client;

/// Rooms of one shard a connection may be in; joining more is refused `overloaded`.
const ROOMS_PER_CONN_MAX: usize = 256;

pub(super) struct Conns<Id> {
    seats: HashMap<ConnId, Seat<Id>>,
}

struct Seat<Id> {
    client: Arc<Client>,
    rooms: Rooms<Id>,
}

/// The rooms of one connection.
pub(super) type Rooms<Id> = SmallVec<[Id; 4]>;

impl<Id: Copy + Eq> Conns<Id> {
    pub(super) fn new() -> Self {
        Self { seats: HashMap::new() }
    }

    /// False when it is in too many already.
    pub(super) fn enter(&mut self, client: &Arc<Client>, room: Id) -> bool {
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

    /// Frees its place in a room.
    pub(super) fn exit(&mut self, conn: ConnId, room: Id) {
        let Some(seat) = self.seats.get_mut(&conn) else { return };
        seat.rooms.retain(|entered| *entered != room);
        if seat.rooms.is_empty() {
            self.seats.remove(&conn);
        }
    }

    /// A connection that has entered some room of this shard.
    pub(super) fn client(&self, conn: ConnId) -> Option<&Arc<Client>> {
        self.seats.get(&conn).map(|seat| &seat.client)
    }

    /// Forgets a connection; its rooms.
    pub(super) fn remove(&mut self, conn: ConnId) -> Rooms<Id> {
        self.seats.remove(&conn).map(|seat| seat.rooms).unwrap_or_default()
    }

    /// Those that had entered a room, which is lost.
    pub(super) fn clear(&mut self, room: Id) -> Vec<Arc<Client>> {
        let mut entered = Vec::new();
        self.seats.retain(|_conn, seat| {
            if seat.rooms.contains(&room) {
                entered.push(Arc::clone(&seat.client));
                seat.rooms.retain(|other| *other != room);
            }
            !seat.rooms.is_empty()
        });
        entered
    }
}
