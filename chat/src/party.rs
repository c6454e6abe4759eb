//! Who acts in a negotiation, and how the room answers: the vocabulary between a pure room and the hub.

use storage::ids::{EnterpriseId, UserId};
pub use storage::words::{ConnId, Duty, Refusal, Ticket};

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
