//! Whose notices of one conversation are known to be read, so that not every mark looks through its user's notifications.
//!
//! Owns that knowledge of this room, which only settling ends: nobody else gives notice of the conversation, where no other
//! hub is. Never reads or writes a notice.

use std::collections::BTreeSet;

use storage::ids::UserId;

/// Users remembered; for more, each mark looks.
const CLEARED_MAX: usize = 1_024;

/// The time between two settlings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stretch(u64);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Cleared {
    users: BTreeSet<UserId>,
    stretch: Stretch,
}

impl Cleared {
    /// Whether a mark of this user must look for notices, and when that was asked.
    pub(super) fn look(&self, user: UserId) -> Option<Stretch> {
        (!self.users.contains(&user)).then_some(self.stretch)
    }

    /// There is none of this user, by a look that began in that stretch: one given since may have been missed.
    pub(super) fn none_of(&mut self, user: UserId, asked: Stretch) {
        if asked == self.stretch && self.users.len() < CLEARED_MAX {
            self.users.insert(user);
        }
    }

    /// Whoever settles may give notice.
    pub(super) fn settling(&mut self) {
        self.stretch.0 += 1;
        self.users.clear();
    }
}

#[cfg(test)]
mod tests;
