//! Who speaks, as their access token says: what policy and rooms decide by.

use chat::{Duty, Party};
pub use fair::Kind;
use storage::ids::{EnterpriseId, Millis, SessionId, UserId};

/// An authenticated account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub user: UserId,
    /// What kind of account.
    pub kind: Kind,
    /// For which enterprise or institution.
    pub enterprise: Option<EnterpriseId>,
    /// What they may do for it.
    pub duty: Option<Duty>,
    /// Whether they administer it.
    pub admin: bool,
    /// The session the token belongs to.
    pub session: SessionId,
    /// The version of the rights it carries.
    pub rights: i64,
    /// When the token ends.
    pub expires_at: Millis,
}

impl Principal {
    /// The party in a negotiation; none without an enterprise or a duty.
    #[must_use]
    pub fn party(&self) -> Option<Party> {
        Some(Party { user: self.user, enterprise: self.enterprise?, duty: self.duty?, admin: self.admin })
    }
}

/// The same three duties, in the chat's vocabulary.
#[must_use]
pub const fn duty(duty: fair::Duty) -> Duty {
    match duty {
        fair::Duty::Representative => Duty::Representative,
        fair::Duty::Consultant => Duty::Consultant,
        fair::Duty::Other => Duty::Other,
    }
}

/// Whether a member of a team may negotiate for it.
#[must_use]
pub fn negotiates(member: &fair::accounts::Member) -> bool {
    member.duty.is_some_and(|theirs| duty(theirs).negotiates())
}

impl From<fair::Principal> for Principal {
    fn from(who: fair::Principal) -> Self {
        let fair::Principal { user, kind, enterprise, duty: theirs, admin, session, rights, expires_at, .. } = who;
        Self { user, kind, enterprise, duty: theirs.map(duty), admin, session, rights, expires_at }
    }
}
