//! A connection as the shards see it: its number, its lane, and whether it is gone.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use storage::words::ConnId;

use crate::socket::{Class, Closing, Conn, Lane, RoomKey, Weight};

/// Shared by a connection's reader and the shards of the rooms it is in.
#[derive(Debug)]
pub struct Client {
    conn: ConnId,
    lane: Lane,
    gone: AtomicBool,
}

impl Client {
    /// For a live connection.
    #[must_use]
    pub fn new(conn: &Conn) -> Self {
        Self { conn: conn.id(), lane: conn.lane().clone(), gone: AtomicBool::new(false) }
    }

    /// Its number.
    #[must_use]
    pub const fn conn(&self) -> ConnId {
        self.conn
    }

    /// The index of the lane that writes to it.
    #[must_use]
    pub fn lane_index(&self) -> usize {
        self.lane.index()
    }

    /// From here on it gets the room's broadcasts.
    pub fn subscribe(&self, room: RoomKey) {
        self.lane.subscribe(room, self.conn);
    }

    /// From here on it does not.
    pub fn unsubscribe(&self, room: RoomKey) {
        self.lane.unsubscribe(room, self.conn);
    }

    /// Sends the reply to one of its requests, which took `weight` of the open ones.
    pub fn reply(&self, object: Bytes, weight: Weight) {
        self.lane.reply(self.conn, object, weight);
    }

    /// Sends it an event.
    pub fn tell(&self, object: Bytes, class: Class) {
        self.lane.tell(self.conn, object, class);
    }

    /// Ends it, after what was sent before.
    pub fn close(&self, closing: Closing) {
        self.lane.close(self.conn, closing);
    }

    /// Marks it closed. Set before the shards are told, so that an operation still queued behind that news cannot join
    /// a room for a dead connection.
    pub fn set_gone(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// Whether it is closed.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }
}
