//! Who speaks, as their access token says: what policy and rooms decide by.

use chat::Party;
use fair::flow::Who;
pub use fair::{Duty, Kind};
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

impl From<&Principal> for Who {
    fn from(who: &Principal) -> Self {
        Self::Account { user: who.user, kind: who.kind, team: who.enterprise, admin: who.admin, duty: who.duty }
    }
}

impl From<fair::Principal> for Principal {
    fn from(who: fair::Principal) -> Self {
        let fair::Principal { user, kind, enterprise, duty, admin, session, rights, expires_at, .. } = who;
        Self { user, kind, enterprise, duty, admin, session, rights, expires_at }
    }
}
