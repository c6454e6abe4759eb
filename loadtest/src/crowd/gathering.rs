//! Who talks, at which hub, and who says the same twice. Pure: connects nobody.

use crate::link::Target;
use crate::participant::Identity;
use crate::process::Account;

/// Places of a negotiation that begin with one who may have a double.
const DOUBLE_EVERY: usize = 4;
/// So far behind sits the double: the next of the same side, who begins at another hub.
const DOUBLE_BEHIND: usize = 2;

/// Who talks, and where.
#[derive(Debug, Clone)]
pub struct Gathering<'a> {
    /// Hubs over one store. Half of each side begins at each; who reconnects goes to the next.
    pub targets: &'a [Target],
    /// Each pair starts one negotiation.
    pub accounts: &'a [Account],
    /// Begins the ids of this run's messages.
    pub run: &'a str,
    /// Characters in a message.
    pub text_chars: usize,
    /// Participants of each negotiation, from both sides in turn.
    pub writers: usize,
    /// So many of them have a double at another hub, who says the same at the same time under the same ids; both stay
    /// at their hubs. At most a quarter of the writers.
    pub doubles: usize,
}

/// Whose connections a participant has, and where they go.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) account: Account,
    /// Counts up from hub to hub.
    pub(super) home: usize,
    pub(super) role: Role,
}

/// What a participant says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Its own words.
    Alone,
    /// What so many places behind is said too.
    Doubled { behind: usize },
    /// What another says.
    Double,
}

impl Gathering<'_> {
    fn role(&self, place: usize) -> Role {
        let is_doubled = |place: usize| place.is_multiple_of(DOUBLE_EVERY) && place / DOUBLE_EVERY < self.doubles;
        match place.checked_sub(DOUBLE_BEHIND) {
            _ if is_doubled(place) => Role::Doubled { behind: DOUBLE_BEHIND },
            Some(before) if is_doubled(before) => Role::Double,
            _ => Role::Alone,
        }
    }

    pub(super) fn seat(&self, place: usize, account: &Account) -> Seat {
        Seat { account: account.clone(), home: place / 2, role: self.role(place) }
    }

    /// A double has the name of whom it doubles, and with it the ids.
    pub(super) fn identity(&self, index: usize, place: usize, account: &Account, conversation: &str) -> Identity {
        let speaker = if self.role(place) == Role::Double { place - DOUBLE_BEHIND } else { place };
        let side = if place.is_multiple_of(2) { "a" } else { "b" };
        Identity {
            run: self.run.to_owned(),
            name: format!("{index}{side}{}", speaker / 2),
            user: account.user.clone(),
            conversation: conversation.to_owned(),
            text_chars: self.text_chars,
        }
    }
}

#[cfg(test)]
mod tests;
