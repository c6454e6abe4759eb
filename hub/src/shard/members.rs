//! Who is in a room: its connections, and how many of them each lane holds.
//!
//! The lanes keep the lists they write to; this is the shard's side of the same truth.

use std::collections::BTreeMap;
use std::sync::Arc;

use storage::words::ConnId;

use crate::client::Client;
use crate::socket::RoomKey;

/// The connections of one room.
#[derive(Debug)]
pub(super) struct Members {
    key: RoomKey,
    clients: BTreeMap<ConnId, Arc<Client>>,
    /// Members by lane index, so that a broadcast reaches only lanes that have some.
    per_lane: Vec<u32>,
}

impl Members {
    pub(super) const fn new(key: RoomKey) -> Self {
        Self { key, clients: BTreeMap::new(), per_lane: Vec::new() }
    }

    pub(super) const fn key(&self) -> RoomKey {
        self.key
    }

    /// Adds a connection and subscribes it at its lane; again is nothing.
    pub(super) fn join(&mut self, client: &Arc<Client>) {
        if self.clients.insert(client.conn(), Arc::clone(client)).is_none() {
            let lane = client.lane_index();
            if self.per_lane.len() <= lane {
                self.per_lane.resize(lane + 1, 0);
            }
            if let Some(count) = self.per_lane.get_mut(lane) {
                *count += 1;
            }
            client.subscribe(self.key);
        }
    }

    /// Removes a connection and unsubscribes it at its lane.
    pub(super) fn leave(&mut self, conn: ConnId) {
        let Some(client) = self.clients.remove(&conn) else { return };
        if let Some(count) = self.per_lane.get_mut(client.lane_index()) {
            *count = count.saturating_sub(1);
        }
        client.unsubscribe(self.key);
    }

    pub(super) fn contains(&self, conn: ConnId) -> bool {
        self.clients.contains_key(&conn)
    }

    pub(super) fn len(&self) -> usize {
        self.clients.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// The indexes of the lanes that hold a member.
    pub(super) fn lanes(&self) -> impl Iterator<Item = usize> {
        self.per_lane.iter().enumerate().filter(|(_lane, count)| **count > 0).map(|(lane, _count)| lane)
    }
}
