//! What is asked of a meeting, what comes of it, and what an operator may set. Decides nothing.

use crate::roster::{ParticipantId, Role};

/// What an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Seats in all. **Source**: SPEC 17, L1133.
    pub capacity: usize,
    /// Whether the last seat waits for the host while none is present. **Source**: D-14.
    pub reserve_host_seat: bool,
    /// How long a lost participant's seat is kept for them.
    pub resume_ms: i64,
    /// How long after the host is gone a co-host takes over.
    pub promote_ms: i64,
    /// How many may be kept out; the longest kept out is forgotten beyond it.
    pub removed_max: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self { capacity: 100, reserve_host_seat: true, resume_ms: 30_000, promote_ms: 60_000, removed_max: 1_000 }
    }
}

/// Who sits on a seat: the hub's number of the account or guest device, the same when they come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person(pub i64);

/// What somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// To have a seat. The hub has checked ticket and window.
    Join {
        /// Who.
        person: Person,
        /// The name to show.
        name: String,
        /// Whether they showed the host key.
        has_key: bool,
    },
    /// To have the kept seat back.
    Resume,
    /// To go.
    Leave,
    /// To lead; the hub has checked the key.
    ClaimHost,
    /// To change somebody's role; `Host` hands the meeting over.
    Grant {
        /// Whose.
        to: ParticipantId,
        /// The new role.
        role: Role,
    },
    /// To throw somebody out for good.
    Remove(ParticipantId),
    /// To let nobody in (or somebody again).
    Lock(bool),
}

/// What the hub is to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The caller sits here now.
    Seated {
        /// The seat.
        p: ParticipantId,
        /// The role on it.
        role: Role,
        /// The version of the roster that goes with it.
        v: u64,
    },
    /// Done.
    Done,
    /// Close this participant's connection: removed.
    Ejected(ParticipantId),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Thrown out before.
    #[error("removed")]
    Removed,
    /// Nobody is let in.
    #[error("locked")]
    Locked,
    /// No seat is free.
    #[error("room full")]
    Full,
    /// Their role does not allow it.
    #[error("forbidden")]
    Forbidden,
    /// No such participant, or no seat of the caller's.
    #[error("not found")]
    NotFound,
}
