//! Rights that ended before their token: written by whoever ended them, followed by every hub on the store.
//!
//! A hub polls the last minute twice a second ([`Watch`]), so a change made by another process (another hub, the admin
//! command) acts within a second too. Never closes anything itself.

mod cache;
mod forgotten;
mod watch;

use storage::ids::{Millis, SessionId, UserId};
use storage::{Ack, Op, Store};

pub(crate) use cache::Cache;
pub use watch::Watch;

use crate::error::Result;
use crate::table::{RevocationRow, Revocations, RevocationsKey, RevocationsPart};
use crate::token::ACCESS_TTL_S;

const HOUR_MS: i64 = 3_600_000;
const ACCESS_TTL_MS: i64 = ACCESS_TTL_S * 1000;
/// How far back each poll reads again: longer than a write may take plus what two clocks differ. **Units**: milliseconds.
const OVERLAP_MS: i64 = 60_000;
/// How long rows live. **Units**: milliseconds.
const HISTORY_MS: i64 = 24 * HOUR_MS;

/// What its end means for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The rights changed: the person refreshes and goes on. Closes with `token_expired`.
    Refresh,
    /// A person ended it: sign in again. Closes with `session_revoked`.
    Revoked,
}

/// Rights that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Whose.
    pub user: UserId,
    /// That session only; none: all that carry older rights.
    pub session: Option<SessionId>,
    /// Tokens with a version of the rights below this end (when `session` is none).
    pub rights: i64,
    /// How.
    pub ending: Ending,
}

impl Revoked {
    /// Whether it ends a session of that user with a token of that version.
    #[must_use]
    pub fn ends(&self, user: UserId, session: SessionId, rights: i64) -> bool {
        let older = || rights < self.rights;
        self.user == user && self.session.map_or_else(older, |only| only == session)
    }
}

/// What was written down, and until when it says something.
#[derive(Debug, Clone, Copy)]
struct Fact {
    revoked: Revoked,
    /// The last token it concerns has ended then.
    until: Millis,
}

impl Fact {
    const fn of(key: &RevocationsKey, row: &RevocationRow) -> Self {
        let ending = if row.refresh { Ending::Refresh } else { Ending::Revoked };
        let revoked = Revoked { user: row.user, session: row.session, rights: row.rights, ending };
        let until = match row.until {
            Some(until) => until,
            None => key.at.plus_ms(HISTORY_MS),
        };
        Self { revoked, until }
    }
}

/// Whether a token of a session that was last used then may still be alive. Wider than a token's life, since clocks may
/// be set and differ: a fact too many costs a row.
pub(crate) const fn may_live(used: Millis, now: Millis) -> bool {
    now.since_ms(used) < ACCESS_TTL_MS + HOUR_MS
}

/// Writes the fact down where every hub looks. A session whose tokens are all of the common life need not be remembered
/// for longer; of others (the operator's, made for load tests) it is not known how long they live.
pub(crate) async fn record(store: &Store, now: Millis, revoked: Revoked, common_life: bool) -> Result<()> {
    let Revoked { user, session, rights, ending } = revoked;
    let until = common_life.then(|| now.plus_ms(ACCESS_TTL_MS));
    let row = RevocationRow { user, session, rights, refresh: ending == Ending::Refresh, until };
    let c = RevocationsKey { at: now, id: SessionId::random(&mut rand::rng()).0 };
    let part = RevocationsPart { hour: now.0.div_euclid(HOUR_MS) };
    Ok(store.write::<Revocations>(part, vec![Op::Put { c, row, at: None }], Ack::Durable).await?)
}

#[cfg(test)]
mod tests;
