//! Who is in a room: its connections, and how many of them each lane holds.
//!
//! The lanes keep the lists they write to; this is the shard's side of the same truth.

use std::collections::BTreeMap;
use std::sync::Arc;

use chat::ConnId;

use crate::client::Client;
use crate::room_id::RoomId;

/// The connections of one room.
#[derive(Debug, Default)]
pub(crate) struct Members {
    clients: BTreeMap<ConnId, Arc<Client>>,
    /// Members by lane index, so that a broadcast reaches only lanes that have some.
    per_lane: Vec<u32>,
}

impl Members {
    /// Adds a connection and subscribes it at its lane; again is nothing.
    pub(crate) fn join(&mut self, room: RoomId, client: &Arc<Client>) {
        if self.clients.insert(client.conn(), Arc::clone(client)).is_none() {
            let lane = client.lane_index();
            if self.per_lane.len() <= lane {
                self.per_lane.resize(lane + 1, 0);
            }
            if let Some(count) = self.per_lane.get_mut(lane) {
                *count += 1;
            }
            client.subscribe(room.key());
        }
    }

    /// Removes a connection and unsubscribes it at its lane; says whether it was there.
    pub(crate) fn leave(&mut self, room: RoomId, conn: ConnId) -> bool {
        let Some(client) = self.clients.remove(&conn) else { return false };
        if let Some(count) = self.per_lane.get_mut(client.lane_index()) {
            *count = count.saturating_sub(1);
        }
        client.unsubscribe(room.key());
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.clients.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.clients.values()
    }

    /// The indexes of the lanes that hold a member.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = usize> {
        self.per_lane.iter().enumerate().filter(|(_lane, count)| **count > 0).map(|(lane, _count)| lane)
    }
}
