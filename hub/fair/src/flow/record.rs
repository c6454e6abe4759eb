//! A record that has a life, the lines of its log, and who asks. Pure: what somebody is to a record decides what they may.

use std::fmt;

use serde_json::{Map, Value};
use storage::ids::{EnterpriseId, Millis, RecordId, UserId};

use super::{Actor, Flow, Mandate, Step};
use crate::accounts::User;
use crate::kind::{Duty, Kind};

/// A record as it stands. `Debug` shows no field of it.
#[derive(Clone)]
pub struct Record {
    /// Its life.
    pub flow: &'static Flow,
    /// Which.
    pub id: RecordId,
    /// Raised by every step, from 1.
    pub version: i64,
    /// A name of the flow's.
    pub state: &'static str,
    /// Whose it is.
    pub owner: EnterpriseId,
    /// The second party: the institution that decides about it, or the enterprise that buys; none: the committee decides.
    pub second: Option<EnterpriseId>,
    /// Its fields.
    pub fields: Map<String, Value>,
    /// When it was made.
    pub created: Millis,
    /// When the last step was taken.
    pub updated: Millis,
}

/// What made a version. `Debug` shows neither note nor fields.
#[derive(Clone, PartialEq)]
pub struct Line {
    /// The version it made.
    pub version: i64,
    /// When.
    pub at: Millis,
    /// Which step.
    pub action: String,
    /// The state before; none for the first.
    pub from: Option<String>,
    /// The state since.
    pub to: String,
    /// Who; none: the fair itself.
    pub actor: Option<UserId>,
    /// What they said to it, such as the reason of a rejection.
    pub note: Option<String>,
    /// The fields it set.
    pub fields: Map<String, Value>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flow, id, version, state, .. } = self;
        write!(f, "{} {id} version {version}, {state}", flow.kind)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, action, from, to, .. } = self;
        write!(f, "{version}: {action}, {from:?} to {to}")
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The fair itself.
    System,
    /// An account.
    Account {
        /// Which.
        user: UserId,
        /// Its class.
        kind: Kind,
        /// Its team.
        team: Option<EnterpriseId>,
        /// Whether it administers the team.
        admin: bool,
        /// What it may do for an enterprise.
        duty: Option<Duty>,
    },
}

impl From<&User> for Who {
    fn from(user: &User) -> Self {
        let User { id, kind, enterprise, admin, duty, .. } = user;
        Self::Account { user: *id, kind: *kind, team: *enterprise, admin: *admin, duty: *duty }
    }
}

impl Who {
    /// The account; none for the fair itself.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::System => None,
            Self::Account { user, .. } => Some(*user),
        }
    }

    /// Their team; none: they have none, or are the fair itself.
    #[must_use]
    pub const fn team(&self) -> Option<EnterpriseId> {
        match self {
            Self::System => None,
            Self::Account { team, .. } => *team,
        }
    }

    /// Whether they belong to that team.
    fn is_of(&self, other: Option<EnterpriseId>) -> bool {
        matches!(self, Self::Account { team, .. } if team.is_some() && *team == other)
    }

    const fn is_committee(&self) -> bool {
        matches!(self, Self::Account { kind: Kind::Committee, .. })
    }

    /// Whether they act for their team in what asks for this of people of an enterprise.
    fn acts(&self, mandate: Mandate) -> bool {
        match self {
            Self::System => false,
            Self::Account { kind: Kind::Institution | Kind::Committee, .. } => true,
            Self::Account { admin, duty, .. } => mandate.is_of(*admin, *duty),
        }
    }

    /// Whether they may know of what is one team's, and concerns another.
    pub(crate) fn sees(&self, owner: EnterpriseId, second: Option<EnterpriseId>) -> bool {
        *self == Self::System || self.is_committee() || self.is_of(Some(owner)) || self.is_of(second)
    }

    /// Whether they may take this step of a record of these two.
    pub(crate) fn takes(&self, step: &Step, owner: EnterpriseId, second: Option<EnterpriseId>) -> bool {
        step.actors.iter().any(|actor| match actor {
            Actor::Owner => self.is_of(Some(owner)) && self.acts(step.mandate),
            Actor::Reviewer | Actor::Buyer => self.is_of(second) && self.acts(step.mandate),
            Actor::Committee => self.is_committee(),
            Actor::System => *self == Self::System,
        })
    }
}

impl Record {
    /// Whether `who` may know of it.
    #[must_use]
    pub fn is_seen_by(&self, who: &Who) -> bool {
        who.sees(self.owner, self.second)
    }

    /// Whether `who` may take a step of it, were it in the right state.
    pub(super) fn admits(&self, who: &Who, step: &Step) -> bool {
        who.takes(step, self.owner, self.second)
    }

    /// Whether it belongs to the team of `who`.
    #[must_use]
    pub fn is_owned_by(&self, who: &Who) -> bool {
        who.is_of(Some(self.owner))
    }

    /// Whether `who` belongs to one of its two parties.
    #[must_use]
    pub fn is_between(&self, who: &Who) -> bool {
        self.is_owned_by(who) || who.is_of(self.second)
    }

    /// What `who` may do with it now, in the order of the flow.
    #[must_use]
    pub fn actions(&self, who: &Who) -> Vec<&'static str> {
        let is_open = |step: &&Step| {
            step.from.contains(&self.state)
                && self.admits(who, step)
                && step.guard.is_none_or(|guard| guard(self).is_ok())
        };
        let mut actions = Vec::new();
        for step in self.flow.steps.iter().filter(is_open) {
            if !actions.contains(&step.action) {
                actions.push(step.action);
            }
        }
        actions
    }

    /// A field's number; none where there is none.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(Value::as_i64)
    }

    /// A field's text; empty where there is none.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}
