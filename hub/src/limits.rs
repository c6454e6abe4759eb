//! How often one caller may do what: token buckets by (user or address, class), off the hot path's locks.
//!
//! **Units**: operations; a bucket holds `burst` and refills `per_second`. Refusals name the wait.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::code::Code;
use crate::op::Name;
use crate::wire::Failure;

type Buckets = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, NoOpMiddleware>;

/// Keys held by one class before the stale ones are dropped; when all are fresh, new callers are refused.
const KEYS_MAX: usize = 200_000;

/// A class of operations that share a bucket.
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
    /// No limit: the session's own operations are bounded by the socket, the bench's by nothing.
    Free,
}

/// The class of a socket operation.
#[must_use]
pub const fn class(name: Name) -> Class {
    match name {
        Name::NegotiationSend
        | Name::NegotiationRecall
        | Name::NegotiationClaim
        | Name::NegotiationRelease
        | Name::NegotiationTransfer
        | Name::NegotiationClose
        | Name::NegotiationReopen
        | Name::NegotiationBlock => Class::Write,
        Name::InboxList | Name::NegotiationOpen | Name::NegotiationHistory | Name::NegotiationLeave => Class::Read,
        Name::NegotiationRead | Name::NegotiationTyping => Class::Light,
        Name::NegotiationStart | Name::NegotiationReport => Class::Rare,
        Name::Ping | Name::SessionOpen | Name::SessionRefresh | Name::BenchJoin | Name::BenchPublish => Class::Free,
    }
}

/// Bursts and rates by class.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// Messages a second and their burst.
    pub write: (u32, u32),
    /// Reads.
    pub read: (u32, u32),
    /// Typing, read marks.
    pub light: (u32, u32),
    /// Starts and reports, a minute.
    pub rare_per_minute: (u32, u32),
}

impl Default for Quotas {
    fn default() -> Self {
        Self { write: (5, 60), read: (20, 100), light: (20, 60), rare_per_minute: (10, 20) }
    }
}

/// The buckets of everybody.
#[derive(Debug)]
pub struct Limits {
    write: Buckets,
    read: Buckets,
    light: Buckets,
    rare: Buckets,
}

fn nonzero(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

fn buckets((per_second, burst): (u32, u32)) -> Buckets {
    RateLimiter::dashmap(Quota::per_second(nonzero(per_second)).allow_burst(nonzero(burst)))
}

impl Limits {
    /// With these quotas.
    #[must_use]
    pub fn new(quotas: Quotas) -> Self {
        let (per_minute, burst) = quotas.rare_per_minute;
        Self {
            write: buckets(quotas.write),
            read: buckets(quotas.read),
            light: buckets(quotas.light),
            rare: RateLimiter::dashmap(Quota::per_minute(nonzero(per_minute)).allow_burst(nonzero(burst))),
        }
    }

    /// Takes one token of `who`'s bucket.
    ///
    /// # Errors
    /// `rate_limited` with the time to wait; `overloaded` when too many callers are counted already.
    pub fn check(&self, who: impl Hash, class: Class) -> Result<(), Failure> {
        let buckets = match class {
            Class::Free => return Ok(()),
            Class::Write => &self.write,
            Class::Read => &self.read,
            Class::Light => &self.light,
            Class::Rare => &self.rare,
        };
        if buckets.len() > KEYS_MAX {
            buckets.retain_recent();
            if buckets.len() > KEYS_MAX {
                return Err(Failure::from(Code::Overloaded).retry_after_ms(1_000));
            }
        }
        let mut hasher = DefaultHasher::new();
        who.hash(&mut hasher);
        buckets.check_key(&hasher.finish()).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
            Failure::new(Code::RateLimited, "too often").retry_after_ms(wait_ms)
        })
    }

    /// Forgets callers whose buckets are full again; called now and then.
    pub fn sweep(&self) {
        for buckets in [&self.write, &self.read, &self.light, &self.rare] {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

/// How often [`Limits::sweep`] is called.
pub const SWEEP_EVERY: Duration = Duration::from_secs(60);
