//! A room as its shard keeps it: being loaded, or alive with its members and collected events.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use super::collector::Collector;
use super::kind::{Input, Kind};
use super::members::Members;
use crate::socket::RoomKey;

/// The rooms of one kind.
pub struct Slots<K: Kind>(pub(super) HashMap<K::Id, Slot<K>>);

impl<K: Kind> Default for Slots<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

pub(super) struct Slot<K: Kind> {
    /// Tells the answers to an earlier life of this room from those to this one.
    pub(super) life: u64,
    pub(super) state: State<K>,
    pub(super) used: Instant,
    pub(super) due: Instant,
}

pub(super) enum State<K: Kind> {
    Loading(VecDeque<Input<K>>),
    Live(Box<Live<K>>),
}

pub(super) struct Live<K> {
    pub(super) room: K,
    pub(super) members: Members,
    pub(super) collector: Collector,
}

impl<K: Kind> Live<K> {
    pub(super) fn new(room: K, key: RoomKey) -> Self {
        Self { room, members: Members::new(key), collector: Collector::new(K::WINDOW) }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.members.is_empty() && self.collector.is_empty() && self.room.is_idle()
    }
}
