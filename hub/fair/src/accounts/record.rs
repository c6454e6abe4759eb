//! What is told of accounts and enterprises: views of their rows without what nobody may see.

use serde::Serialize;
use storage::ids::{EnterpriseId, UserId};
use utoipa::ToSchema;

use crate::kind::{Duty, Kind, Role, State};
use crate::table::{EnterpriseRow, UserRow};

/// A person's account, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Which.
    pub id: UserId,
    /// Its class.
    pub kind: Kind,
    /// Its team.
    pub enterprise: Option<EnterpriseId>,
    /// As typed when it was made.
    pub username: String,
    /// 对外显示名: what others see.
    pub name: String,
    /// What it may do for the enterprise.
    pub duty: Option<Duty>,
    /// Whether it administers its team.
    pub admin: bool,
    /// Not deleted.
    pub active: bool,
    /// The version of its rights.
    pub rights: i64,
}

/// An enterprise, an institution or the committee. **Shape**: public data only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Enterprise {
    /// Which.
    pub id: EnterpriseId,
    /// Its class.
    pub kind: Kind,
    /// 企业/机构标识, needed at its people's logins.
    #[serde(skip)]
    pub identifier: String,
    /// Its name.
    pub name: String,
    /// Its English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// What an institution is to the fair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// One of a team's people, as their colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    /// The account.
    pub id: UserId,
    /// How they sign in.
    pub username: String,
    /// 对外显示名.
    pub name: String,
    /// What they may do for the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<Duty>,
    /// Whether they administer it.
    pub admin: bool,
}

impl From<User> for Member {
    fn from(user: User) -> Self {
        let User { id, username, name, duty, admin, .. } = user;
        Self { id, username, name, duty, admin }
    }
}

/// What a signed-in client is told of itself. **Shape**: WIRE section 1, `session.open`'s `user`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Profile {
    /// The account.
    pub id: UserId,
    /// 对外显示名.
    pub name: String,
    /// Its class.
    pub kind: Kind,
    /// What it may do for the enterprise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<Duty>,
    /// Whether it administers its team.
    pub admin: bool,
    /// Its team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<Team>,
}

/// A team by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Team {
    /// Which.
    pub id: EnterpriseId,
    /// Its name.
    pub name: String,
    /// Its English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
}

pub(super) fn user(id: UserId, row: UserRow) -> User {
    let UserRow { kind, enterprise, username, name, duty, admin, state, rights, .. } = row;
    User { id, kind, enterprise, username, name, duty, admin, active: state == State::Active, rights }
}

pub(super) fn enterprise(id: EnterpriseId, row: EnterpriseRow) -> Enterprise {
    let EnterpriseRow { kind, identifier, name, name_en, role, .. } = row;
    Enterprise { id, kind, identifier, name, name_en, role }
}
