//! Who acts in a negotiation, and how the room answers: the vocabulary between a pure room and the hub.

use storage::ids::{EnterpriseId, UserId};

/// What a person may do for their enterprise. **Source**: SPEC 2.1, L425-434.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// 商务代表: negotiates, confirms deals, signs.
    Representative,
    /// 咨询顾问: negotiates.
    Consultant,
    /// 其他人员: never negotiates.
    Other,
}

impl Duty {
    /// May speak for the enterprise in a negotiation. **Source**: D-09.
    #[must_use]
    pub const fn negotiates(self) -> bool {
        matches!(self, Self::Representative | Self::Consultant)
    }
}

/// The person behind an operation, as the policy table let them through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub user: UserId,
    /// For which enterprise.
    pub enterprise: EnterpriseId,
    /// What they may do for it.
    pub duty: Duty,
    /// Whether they administer it.
    pub admin: bool,
}

/// A connection that can be subscribed; the hub's number for it, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// The hub's number for a request that awaits its one reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Where an operation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub party: Party,
    /// The connection, none for REST.
    pub conn: Option<ConnId>,
    /// The reply's address, none for a one-way operation.
    pub ticket: Option<Ticket>,
}

/// Why an operation was refused; the hub maps it to its one table of codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Unknown, or not theirs to see.
    #[error("not found")]
    NotFound,
    /// Duty or role does not allow it.
    #[error("forbidden")]
    Forbidden,
    /// The state does not allow it now.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// A rule on a field is broken.
    #[error("invalid {at}: {code}")]
    Invalid {
        /// A JSON pointer into the request, such as `/body/text`.
        at: &'static str,
        /// Which rule: `too_long`, `empty`, `beyond_head`, `unsupported`...
        code: &'static str,
    },
    /// Too much is waiting here; nothing was done.
    #[error("overloaded")]
    Overloaded,
    /// The store does not answer; nothing was done.
    #[error("unavailable")]
    Unavailable,
    /// It may or may not have been done.
    #[error("outcome unknown")]
    OutcomeUnknown,
    /// The store has no space; nothing was done.
    #[error("storage full")]
    StorageFull,
}
