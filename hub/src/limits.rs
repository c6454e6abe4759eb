//! How often one caller may do what: a table of quotas by class, each a bucket per caller or per address; off the hot path's
//! locks.
//!
//! **Units**: operations; a bucket holds `burst` and refills `count` in `per`. Refusals name the wait.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota as Refill, RateLimiter};
use storage::ids::UserId;

use crate::code::Code;
use crate::wire::Failure;

type Buckets<C> = RateLimiter<u64, DashMapStateStore<u64>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Keys held by one quota before the stale ones are dropped; when all are fresh, new callers are refused.
const KEYS_MAX: usize = 200_000;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A class of operations that share their buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Messages and everything else that lasts.
    Write,
    /// Reading: lists, histories, opening.
    Read,
    /// Typing and read marks.
    Light,
    /// Reports, new conversations.
    Rare,
    /// Naming something that only who was given it can know, such as an invitation code.
    Guess,
    /// A session's newer tokens.
    Session,
    /// Files that were uploaded, as their bytes.
    Content,
    /// Signing in; who guesses is slowed down by the accounts besides.
    SignIn,
    /// Codes to phones and mailboxes; each address or account has limits of its own besides.
    Code,
    /// Registering; the code that it takes has limits of its own besides.
    Enrol,
    /// No quota: the connection's budget of lines bounds it, the bench's nothing.
    Free,
}

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// An account; of guests a device at an address.
    Caller,
    /// An address (one /64 network of IPv6).
    Address,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Which operations.
    pub class: Class,
    /// Whose.
    pub by: By,
    /// So many
    pub count: u32,
    /// in this time,
    pub per: Duration,
    /// and so many at once.
    pub burst: u32,
}

const fn quota(class: Class, by: By, count: u32, per: Duration, burst: u32) -> Quota {
    Quota { class, by, count, per, burst }
}

/// The table. A class may have several rows: all of them must let an operation pass.
pub const TABLE: &[Quota] = &[
    quota(Class::Write, By::Caller, 5, SECOND, 60),
    quota(Class::Read, By::Caller, 20, SECOND, 100),
    quota(Class::Light, By::Caller, 20, SECOND, 60),
    quota(Class::Rare, By::Caller, 10, MINUTE, 20),
    quota(Class::Guess, By::Caller, 10, MINUTE, 20),
    quota(Class::Guess, By::Address, 300, MINUTE, 600),
    quota(Class::Session, By::Caller, 12, MINUTE, 20),
    quota(Class::Content, By::Address, 100, SECOND, 1_000),
    quota(Class::SignIn, By::Address, 120, MINUTE, 240),
    quota(Class::Code, By::Address, 30, MINUTE, 60),
    quota(Class::Enrol, By::Address, 60, MINUTE, 120),
];

/// Who an operation is counted for.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The account; none for guests.
    pub user: Option<UserId>,
    /// What the client calls its device, hashed.
    pub device: u64,
    /// Where it comes from.
    pub address: IpAddr,
}

impl Counted {
    /// Of a device's name.
    #[must_use]
    pub fn device(name: &str) -> u64 {
        hashed(name)
    }

    fn key(&self, by: By) -> u64 {
        match (by, self.user) {
            (By::Caller, Some(user)) => hashed(user),
            (By::Caller, None) => hashed((self.device, network(self.address))),
            (By::Address, _) => hashed(network(self.address)),
        }
    }
}

/// What counts as one address: a household holds a whole /64 of IPv6.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6) >> 64 << 64,
    }
}

fn hashed(key: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The buckets of everybody.
#[derive(Debug)]
pub struct Limits<C: Clock = DefaultClock> {
    buckets: Vec<(Quota, Buckets<C>)>,
    clock: C,
}

fn buckets<C: Clock>(quota: &Quota, clock: C) -> Buckets<C> {
    let nonzero = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
    let every = quota.per / nonzero(quota.count).get();
    let refill = Refill::with_period(every).unwrap_or_else(|| Refill::per_second(NonZeroU32::MAX));
    RateLimiter::dashmap_with_clock(refill.allow_burst(nonzero(quota.burst)), clock)
}

impl Limits {
    /// With these quotas.
    #[must_use]
    pub fn new(quotas: &[Quota]) -> Self {
        Self::by(quotas, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limits<C> {
    /// With these quotas, by that clock.
    fn by(quotas: &[Quota], clock: C) -> Self {
        let buckets = quotas.iter().map(|quota| (*quota, buckets(quota, clock.clone()))).collect();
        Self { buckets, clock }
    }

    /// Takes one token of each bucket that counts the caller in this class.
    ///
    /// # Errors
    /// `rate_limited` with the time to wait; `overloaded` when too many callers are counted already.
    pub fn check(&self, who: &Counted, class: Class) -> Result<(), Failure> {
        self.buckets.iter().filter(|(quota, _)| quota.class == class).try_for_each(|(quota, buckets)| {
            make_space(buckets)?;
            buckets.check_key(&who.key(quota.by)).map_err(|not_until| {
                let wait = not_until.wait_time_from(self.clock.now());
                let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
                Failure::new(Code::RateLimited, "too often").retry_after_ms(wait_ms)
            })
        })
    }

    /// Forgets callers whose buckets are full again; called now and then.
    pub fn sweep(&self) {
        for (_quota, buckets) in &self.buckets {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

fn make_space<C: Clock>(buckets: &Buckets<C>) -> Result<(), Failure> {
    if buckets.len() > KEYS_MAX {
        buckets.retain_recent();
        if buckets.len() > KEYS_MAX {
            return Err(Failure::from(Code::Overloaded).retry_after_ms(1_000));
        }
    }
    Ok(())
}

/// How often [`Limits::sweep`] is called.
pub const SWEEP_EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
