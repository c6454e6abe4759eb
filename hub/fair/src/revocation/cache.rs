//! What this hub knows to have ended. Bounded: beyond its limits it asks for a refresh rather than forget silently, an
//! account of its own facts, everybody only when too many accounts have some.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use storage::ids::{Millis, SessionId, UserId};

use super::forgotten::Forgotten;
use super::{ACCESS_TTL_MS, Ending, Fact, OVERLAP_MS};
use crate::error::{Error, Result};
use crate::token::Principal;

/// Accounts and sessions remembered; at the limit all are forgotten and every token issued until then must be refreshed.
pub(super) const FACTS_MAX: usize = 200_000;
/// Ended sessions remembered of one account; at the limit they are forgotten and its tokens must be refreshed.
const SESSIONS_OF_ONE_MAX: usize = 64;
/// How often what has passed is looked for. **Units**: milliseconds.
const PRUNE_MS: i64 = 60_000;

/// What this hub knows to have ended.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// Read by every authentication and written by one poller; a lock because they are different tasks, held for a map
    /// operation.
    facts: RwLock<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    users: HashMap<UserId, Known>,
    /// Ended sessions, of all users.
    sessions: usize,
    forgotten: Forgotten,
    /// The latest time seen: before a clock was set back, tokens were issued until then.
    latest: Millis,
    pruned: Millis,
}

/// What ended of one account.
#[derive(Debug, Default)]
struct Known {
    /// Versions of rights below which tokens ended.
    refresh: i64,
    revoked: i64,
    rights_until: Millis,
    sessions: Vec<(SessionId, Millis)>,
    forgotten: Forgotten,
}

impl Cache {
    /// Whether the token's rights still stand.
    pub(crate) fn judge(&self, principal: &Principal) -> Result<()> {
        let facts = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = facts.users.get(&principal.user) {
            known.judge(principal)?;
        }
        if facts.forgotten.covers(principal.expires_at) { Err(Error::TokenExpired) } else { Ok(()) }
    }

    pub(super) fn learn(&self, now: Millis, facts: &[Fact], facts_max: usize) {
        let mut known = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        known.latest = known.latest.max(now);
        if now.since_ms(known.pruned).abs() >= PRUNE_MS {
            known.prune(now);
        }
        for fact in facts.iter().filter(|fact| lives(fact.until, now)) {
            known.learn(now, fact, facts_max);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Whether a fact may still concern a token.
const fn lives(until: Millis, now: Millis) -> bool {
    until.plus_ms(OVERLAP_MS).0 > now.0
}

impl Facts {
    fn len(&self) -> usize {
        self.users.len() + self.sessions
    }

    fn learn(&mut self, now: Millis, fact: &Fact, facts_max: usize) {
        let is_new = self.users.get(&fact.revoked.user).is_none_or(|known| known.would_grow(fact));
        if is_new && self.len() >= facts_max {
            self.make_room(now, facts_max);
        }
        let latest = self.latest;
        let known = self.users.entry(fact.revoked.user).or_default();
        let before = known.sessions.len();
        known.learn(now, latest, fact);
        self.sessions = self.sessions + known.sessions.len() - before;
    }

    fn prune(&mut self, now: Millis) {
        self.pruned = now;
        self.forgotten.prune(now);
        self.users.retain(|_, known| known.prune(now));
        self.recount();
    }

    /// What has passed goes first, then every ended session whose tokens live no longer than others, then all.
    fn make_room(&mut self, now: Millis, facts_max: usize) {
        self.prune(now);
        if self.len() < facts_max {
            return;
        }
        tracing::warn!(facts = self.len(), "too many rights ended early: every token must be refreshed");
        cover(&mut self.forgotten, now, self.latest, ACCESS_TTL_MS);
        self.users.retain(|_, known| {
            known.sessions.retain(|(_, until)| until.since_ms(now) > ACCESS_TTL_MS);
            known.prune(now)
        });
        self.recount();
        if self.len() > facts_max / 2 {
            self.users.clear();
            self.recount();
        }
    }

    fn recount(&mut self) {
        self.sessions = self.users.values().map(|known| known.sessions.len()).sum();
    }
}

impl Known {
    fn judge(&self, principal: &Principal) -> Result<()> {
        let ended = self.sessions.iter().any(|(session, _)| *session == principal.session);
        if ended || principal.rights < self.revoked {
            return Err(Error::SessionRevoked);
        }
        let older = principal.rights < self.refresh || self.forgotten.covers(principal.expires_at);
        if older { Err(Error::TokenExpired) } else { Ok(()) }
    }

    fn would_grow(&self, fact: &Fact) -> bool {
        fact.revoked.session.is_some_and(|session| self.sessions.iter().all(|(known, _)| *known != session))
    }

    fn learn(&mut self, now: Millis, latest: Millis, fact: &Fact) {
        let Some(session) = fact.revoked.session else {
            let bound = match fact.revoked.ending {
                Ending::Refresh => &mut self.refresh,
                Ending::Revoked => &mut self.revoked,
            };
            *bound = fact.revoked.rights.max(*bound);
            self.rights_until = self.rights_until.max(fact.until);
            return;
        };
        if let Some((_, until)) = self.sessions.iter_mut().find(|(known, _)| *known == session) {
            *until = fact.until.max(*until);
            return;
        }
        if self.sessions.len() >= SESSIONS_OF_ONE_MAX {
            self.make_room(now, latest);
        }
        self.sessions.push((session, fact.until));
    }

    fn make_room(&mut self, now: Millis, latest: Millis) {
        self.sessions.retain(|(_, until)| until.since_ms(now) > ACCESS_TTL_MS);
        let mut life_ms = ACCESS_TTL_MS;
        if self.sessions.len() > SESSIONS_OF_ONE_MAX / 2 {
            let longest_ms = self.sessions.iter().map(|(_, until)| until.since_ms(now)).max();
            life_ms = longest_ms.unwrap_or(life_ms).max(life_ms);
            self.sessions.clear();
        }
        cover(&mut self.forgotten, now, latest, life_ms);
    }

    /// Whether anything is left.
    fn prune(&mut self, now: Millis) -> bool {
        self.sessions.retain(|(_, until)| lives(*until, now));
        self.forgotten.prune(now);
        !self.sessions.is_empty() || !self.forgotten.is_empty() || lives(self.rights_until, now)
    }
}

/// Every token that was alive at that moment or, where the clock was set back, at the latest one it had shown: those
/// become good again when it shows that time once more.
fn cover(forgotten: &mut Forgotten, now: Millis, latest: Millis, life_ms: i64) {
    for moment in [now, latest] {
        forgotten.add(moment, moment.plus_ms(life_ms));
    }
}
