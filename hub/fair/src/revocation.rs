//! Rights that ended before their token: written by whoever ended them, followed by every hub on the store.
//!
//! A hub polls the last minute twice a second, so a change made by another process (another hub, the admin command) acts
//! within a second too. Never closes anything itself.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use storage::ids::{Millis, SessionId, UserId};
use storage::{Ack, Op, Read, Scan, Store};

use crate::accounts::Accounts;
use crate::error::{Error, Result};
use crate::table::{RevocationRow, Revocations, RevocationsKey, RevocationsPart};
use crate::token::{ACCESS_TTL_S, Principal};

const HOUR_MS: i64 = 3_600_000;
/// How far back each poll reads again: longer than a write may take plus what two clocks differ. **Units**: milliseconds.
const OVERLAP_MS: i64 = 60_000;
/// How far back the first poll reads: as long as rows live. **Units**: milliseconds.
const HISTORY_MS: i64 = 24 * HOUR_MS;
/// Rows of one read.
const PAGE_ROWS: u32 = 1_000;
/// Facts remembered; at the limit all are forgotten and every token issued until then must be refreshed.
const FACTS_MAX: usize = 200_000;

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

/// Writes the fact down where every hub looks.
pub(crate) async fn record(store: &Store, now: Millis, revoked: Revoked) -> Result<()> {
    let Revoked { user, session, rights, ending } = revoked;
    let row = RevocationRow { user, session, rights, refresh: ending == Ending::Refresh };
    let c = RevocationsKey { at: now, id: SessionId::random(&mut rand::rng()).0 };
    let part = RevocationsPart { hour: now.0.div_euclid(HOUR_MS) };
    Ok(store.write::<Revocations>(part, vec![Op::Put { c, row, at: None }], Ack::Durable).await?)
}

/// What this hub knows to have ended.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// Read by every authentication and written by one poller; a lock because they are different tasks, held for a map
    /// operation.
    facts: RwLock<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    users: HashMap<UserId, Below>,
    sessions: HashSet<SessionId>,
    /// Tokens that end at or before this are refused: they may be older than what was forgotten.
    floor: Millis,
}

/// Versions of rights below which tokens ended.
#[derive(Debug, Default)]
struct Below {
    refresh: i64,
    revoked: i64,
}

impl Cache {
    /// Whether the token's rights still stand.
    pub(crate) fn judge(&self, principal: &Principal) -> Result<()> {
        let facts = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        if facts.sessions.contains(&principal.session) {
            return Err(Error::SessionRevoked);
        }
        if let Some(below) = facts.users.get(&principal.user) {
            if principal.rights < below.revoked {
                return Err(Error::SessionRevoked);
            }
            if principal.rights < below.refresh {
                return Err(Error::TokenExpired);
            }
        }
        if principal.expires_at <= facts.floor { Err(Error::TokenExpired) } else { Ok(()) }
    }

    fn learn(&self, now: Millis, revoked: &[Revoked], facts_max: usize) {
        let mut facts = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        if facts.users.len() + facts.sessions.len() + revoked.len() > facts_max {
            *facts = Facts { floor: now.plus_ms(ACCESS_TTL_S * 1000), ..Facts::default() };
        }
        for fact in revoked {
            if let Some(session) = fact.session {
                facts.sessions.insert(session);
                continue;
            }
            let below = facts.users.entry(fact.user).or_default();
            let bound = match fact.ending {
                Ending::Refresh => &mut below.refresh,
                Ending::Revoked => &mut below.revoked,
            };
            *bound = fact.rights.max(*bound);
        }
    }
}

/// Follows the revocations.
#[derive(Debug)]
pub struct Watch {
    accounts: Accounts,
    /// When the last complete poll began.
    polled: Option<Millis>,
    /// What the overlap would show again.
    seen: HashSet<(Millis, i64)>,
}

impl Watch {
    pub(crate) fn new(accounts: Accounts) -> Self {
        Self { accounts, polled: None, seen: HashSet::new() }
    }

    /// What ended since the last poll, each fact once; [`Accounts::authenticate`] refuses it from here on. The first poll
    /// gives everything of the last day: call it before the first connection is accepted.
    ///
    /// # Errors
    /// [`Error::Store`]; the next poll reads the same again.
    pub async fn poll(&mut self) -> Result<Vec<Revoked>> {
        let now = self.accounts.clock().now();
        let from = self.polled.map_or_else(|| now.plus_ms(-HISTORY_MS), |polled| polled.plus_ms(-OVERLAP_MS));
        let to = now.plus_ms(OVERLAP_MS);
        let mut fresh = Vec::new();
        let mut keys = Vec::new();
        for hour in from.0.div_euclid(HOUR_MS)..=to.0.div_euclid(HOUR_MS) {
            self.read_hour(hour, from, &mut keys, &mut fresh).await?;
        }
        let again_from = now.plus_ms(-OVERLAP_MS);
        self.seen.extend(keys);
        self.seen.retain(|(at, _)| *at >= again_from);
        self.polled = Some(now);
        self.accounts.revoked().learn(now, &fresh, FACTS_MAX);
        Ok(fresh)
    }

    async fn read_hour(
        &self,
        hour: i64,
        from: Millis,
        keys: &mut Vec<(Millis, i64)>,
        fresh: &mut Vec<Revoked>,
    ) -> Result<()> {
        let mut lower = Bound::Included(RevocationsKey { at: from, id: 0 });
        // Ends with the hour's rows, which rate limits on everything that revokes keep few.
        loop {
            let scan = Scan { from: lower, to: Bound::Unbounded, rev: false, limit: PAGE_ROWS };
            let rows = self.accounts.store().scan::<Revocations>(RevocationsPart { hour }, scan, Read::Quorum).await?;
            let full = rows.len() >= PAGE_ROWS as usize;
            let Some(last) = rows.last().map(|(key, _)| key.clone()) else { return Ok(()) };
            for (key, row) in rows {
                if !self.seen.contains(&(key.at, key.id)) {
                    keys.push((key.at, key.id));
                    fresh.push(fact(&row));
                }
            }
            if !full {
                return Ok(());
            }
            lower = Bound::Excluded(last);
        }
    }
}

const fn fact(row: &RevocationRow) -> Revoked {
    let ending = if row.refresh { Ending::Refresh } else { Ending::Revoked };
    Revoked { user: row.user, session: row.session, rights: row.rights, ending }
}

#[cfg(test)]
mod tests;
