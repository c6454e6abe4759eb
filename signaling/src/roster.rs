//! The roster as clients see it: entries, and versioned deltas that bring a copy up to date.
//!
//! Owns what changed since the last delta. Never decides who may change it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// A seat's number in its meeting, never reused in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ParticipantId(pub u32);

/// What a participant may do. **Source**: SPEC 17, WIRE section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes part.
    #[default]
    Participant,
    /// Helps the host: removes participants, locks.
    Cohost,
    /// Leads: everything, and hands roles out. At most one.
    Host,
}

impl Role {
    const fn is_participant(&self) -> bool {
        matches!(self, Self::Participant)
    }
}

/// One participant. **Shape**: `{"p","name","role"?}`; the default role is omitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RosterEntry {
    /// Whose seat.
    pub p: ParticipantId,
    /// The name on it.
    pub name: String,
    /// Its role.
    #[serde(skip_serializing_if = "Role::is_participant")]
    pub role: Role,
}

/// What changed between two versions. **Shape**: `{"v","joined"?,"left"?,"changed"?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delta {
    /// The version that a copy has after it; the one before it is `v - 1`.
    pub v: u64,
    /// New entries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<RosterEntry>,
    /// Seats that are free again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<ParticipantId>,
    /// Entries as they are now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<RosterEntry>,
}

/// Collects changes until the next tick: one delta for all of them, each participant in it once.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    v: u64,
    joined: BTreeSet<ParticipantId>,
    left: BTreeSet<ParticipantId>,
    changed: BTreeSet<ParticipantId>,
}

impl Changes {
    pub(crate) const fn version(&self) -> u64 {
        self.v
    }

    pub(crate) fn join(&mut self, p: ParticipantId) {
        self.joined.insert(p);
    }

    pub(crate) fn change(&mut self, p: ParticipantId) {
        if !self.joined.contains(&p) {
            self.changed.insert(p);
        }
    }

    /// Who came and went between two ticks was never there.
    pub(crate) fn leave(&mut self, p: ParticipantId) {
        self.changed.remove(&p);
        if !self.joined.remove(&p) {
            self.left.insert(p);
        }
    }

    /// The delta since the last call, none when nothing changed.
    pub(crate) fn take(&mut self, entries: &BTreeMap<ParticipantId, RosterEntry>) -> Option<Delta> {
        if self.joined.is_empty() && self.left.is_empty() && self.changed.is_empty() {
            return None;
        }
        self.v += 1;
        let pick = |ids: &BTreeSet<ParticipantId>| ids.iter().filter_map(|p| entries.get(p).cloned()).collect();
        let delta = Delta {
            v: self.v,
            joined: pick(&self.joined),
            left: self.left.iter().copied().collect(),
            changed: pick(&self.changed),
        };
        *self = Self { v: self.v, ..Self::default() };
        Some(delta)
    }
}
