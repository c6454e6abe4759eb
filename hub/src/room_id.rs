//! The names of rooms: what shards and lanes key everything by.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use storage::ids::{ConversationId, EnterpriseId, UserId};

use crate::socket::RoomKey;

/// A room: whatever has members and events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoomId {
    /// A conversation between two enterprises.
    Negotiation(ConversationId),
    /// One user's own events, on all devices.
    Person(UserId),
    /// An enterprise's team: its inbox.
    Desk(EnterpriseId),
    /// A room for measuring delivery; the number is the hash of its name.
    Bench(u64),
}

impl RoomId {
    /// Its key at the lanes: the hash, until each live room has a number of its own.
    #[must_use]
    pub fn key(&self) -> RoomKey {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        RoomKey(hasher.finish())
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negotiation(id) => id.fmt(f),
            Self::Person(id) => id.fmt(f),
            Self::Desk(id) => id.fmt(f),
            Self::Bench(hash) => write!(f, "bench-{hash:016x}"),
        }
    }
}
