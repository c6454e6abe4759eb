//! Slows password guessing down: a doubling delay per (account, address) and one per network; and bounds how often an
//! account and an address may be right. Pure, with bounded memory.
//!
//! Never locks an account: a stranger's failures count against the stranger's address and network only, and an owner who
//! signed in from an address before is not held up by their neighbours there. Who is right too often waits; a stranger is
//! not told so, since only the right password brings that answer where the pair is not known.
//!
//! **Source**: our decision on `reliability` section 2; attempts count as failures until they succeed, so that many
//! parallel ones cannot slip through. Each right try makes a session, and an older one may end by it for every hub to
//! hear: that is what the budgets bound.

mod budget;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use storage::Tick;

use budget::{Budget, Spent};

/// Keys remembered per kind; of the least recently touched, half are forgotten together.
const KEYS_MAX: usize = 100_000;
/// Right tries of one account in ten minutes; then one in thirty seconds.
const ACCOUNT_SUCCESSES_MAX: u32 = 20;
/// Right tries from one host in ten minutes; then five a second. A hall behind one address comes in at opening time.
const HOST_SUCCESSES_MAX: u32 = 3_000;
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

/// How failures turn into delay.
#[derive(Debug)]
struct Schedule {
    /// Failures that cost nothing.
    free: u32,
    /// The longest delay. **Units**: milliseconds.
    delay_ms_max: i64,
    /// Failures are forgotten this long after the last one. **Units**: milliseconds.
    memory_ms: i64,
}

const PAIR: Schedule = Schedule { free: 5, delay_ms_max: 15 * MINUTE_MS, memory_ms: 60 * MINUTE_MS };
/// More free tries than passwords can be hashing at once, so that a hall behind one address may sign in at opening time.
const NETWORK: Schedule = Schedule { free: 100, delay_ms_max: MINUTE_MS, memory_ms: 10 * MINUTE_MS };

const ACCOUNT: Budget = Budget { burst: ACCOUNT_SUCCESSES_MAX, window_ms: 10 * MINUTE_MS };
const HOST: Budget = Budget { burst: HOST_SUCCESSES_MAX, window_ms: 10 * MINUTE_MS };

/// What is remembered of a pair or a network.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    failures: u32,
    last: Tick,
    /// Somebody signed in here: the right password came from this pair.
    known: bool,
}

impl Tally {
    /// Milliseconds to wait before the next try.
    fn wait_ms(&self, now: Tick, schedule: &Schedule) -> i64 {
        let over = self.failures.saturating_sub(schedule.free);
        if over == 0 {
            return 0;
        }
        let delay_ms = (SECOND_MS << (over - 1).min(30)).min(schedule.delay_ms_max);
        self.last.plus_ms(delay_ms).since_ms(now).max(0)
    }

    fn forget(&mut self, now: Tick, schedule: &Schedule) {
        if now.since_ms(self.last) >= schedule.memory_ms {
            self.failures = 0;
        }
    }

    fn fail(&mut self, now: Tick) {
        self.failures = self.failures.saturating_add(1);
        self.last = now;
    }
}

/// A map that holds at most [`KEYS_MAX`] keys: when the younger half is full, the older half is dropped.
#[derive(Debug)]
struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half_max: usize,
}

impl<K: Hash + Eq + Copy, V: Default> Recent<K, V> {
    fn new(keys_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half_max: keys_max / 2 }
    }

    /// What is remembered of a key; remembers nothing new.
    fn seen(&mut self, key: K) -> Option<&mut V> {
        self.young.get_mut(&key).or_else(|| self.old.get_mut(&key))
    }

    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    fn touch(&mut self, key: K) -> &mut V {
        if self.young.len() >= self.half_max && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        self.young.entry(key).or_insert_with(|| old.remove(&key).unwrap_or_default())
    }
}

/// The /24 or /64 that an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(u128);

/// The number of the network that an address belongs to.
pub(crate) fn network(address: IpAddr) -> u128 {
    Network::of(address).0
}

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u128::from(u32::from(v4) & u32::from(Ipv4Addr::new(255, 255, 255, 0)))),
            IpAddr::V6(v6) => Self(u128::from(v6) & u128::from(Ipv6Addr::new(!0, !0, !0, !0, 0, 0, 0, 0))),
        }
    }
}

/// One host: an IPv4 address, or the /64 that an IPv6 host chooses addresses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Host(IpAddr);

impl Host {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            v4 @ IpAddr::V4(_) => Self(v4),
            v6 @ IpAddr::V6(_) => Self(IpAddr::V6(Ipv6Addr::from(Network::of(v6).0))),
        }
    }
}

/// A try that was let through; say how it ended.
#[derive(Debug)]
#[must_use = "an admitted try counts as a failure until it is settled"]
pub struct Attempt {
    pair: u64,
    network: Network,
    account: u64,
    host: Host,
}

/// The memory of tries.
#[derive(Debug)]
pub struct Guessing {
    pairs: Recent<u64, Tally>,
    networks: Recent<Network, Tally>,
    /// Of right tries only: whoever guesses makes nothing remembered here.
    accounts: Recent<u64, Spent>,
    hosts: Recent<Host, Spent>,
    hash: RandomState,
}

impl Default for Guessing {
    fn default() -> Self {
        Self::new()
    }
}

impl Guessing {
    /// Remembering nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::with_keys_max(KEYS_MAX)
    }

    fn with_keys_max(keys_max: usize) -> Self {
        Self {
            pairs: Recent::new(keys_max),
            networks: Recent::new(keys_max),
            accounts: Recent::new(keys_max),
            hosts: Recent::new(keys_max),
            hash: RandomState::new(),
        }
    }

    /// Lets a try for `account` from `address` through, or says how many milliseconds to wait: after wrong ones, or after
    /// too many right ones.
    ///
    /// # Errors
    /// The wait. **Units**: milliseconds.
    pub fn admit(&mut self, now: Tick, account: &str, address: IpAddr) -> Result<Attempt, u64> {
        // A number in place of the text: a stranger's input must not decide how much is remembered. A collision would
        // only share a delay.
        let pair_key = self.hash.hash_one((account, address.to_canonical()));
        let attempt = Attempt {
            pair: pair_key,
            network: Network::of(address),
            account: self.hash.hash_one(account),
            host: Host::of(address),
        };
        let known = self.pairs.seen(pair_key).is_some_and(|pair| pair.known);
        let network = self.networks.touch(attempt.network);
        network.forget(now, &NETWORK);
        let network_ms = if known { 0 } else { network.wait_ms(now, &NETWORK) };
        // Refused by its network and never seen: no new pair is remembered.
        waited(network_ms)?;
        waited(self.hosts.seen(attempt.host).map_or(0, |spent| HOST.wait_ms(now, spent)))?;
        // Before the hash only where the answer is no news.
        let account = self.accounts.seen(attempt.account).filter(|_| known);
        waited(account.map_or(0, |spent| ACCOUNT.wait_ms(now, spent)))?;
        let pair = self.pairs.touch(pair_key);
        pair.forget(now, &PAIR);
        waited(pair.wait_ms(now, &PAIR))?;
        pair.fail(now);
        network.fail(now);
        Ok(attempt)
    }

    /// The password was right: the pair starts anew and is remembered as its owner's.
    ///
    /// # Errors
    /// The account or the host was right too often: nothing may come of it for so long. **Units**: milliseconds.
    pub fn succeeded(&mut self, now: Tick, attempt: Attempt) -> Result<(), u64> {
        let pair = self.pairs.touch(attempt.pair);
        pair.failures = 0;
        pair.known = true;
        self.take_back(attempt.network);
        // Others were admitted beside it, so the host is asked again.
        waited(HOST.wait_ms(now, self.hosts.touch(attempt.host)))?;
        ACCOUNT.spend(now, self.accounts.touch(attempt.account)).or_else(waited)?;
        HOST.spend(now, self.hosts.touch(attempt.host)).or_else(waited)
    }

    /// The try was not decided (queue full, store away): it does not count.
    pub fn undecided(&mut self, attempt: Attempt) {
        let pair = self.pairs.touch(attempt.pair);
        pair.failures = pair.failures.saturating_sub(1);
        self.take_back(attempt.network);
    }

    fn take_back(&mut self, network: Network) {
        let network = self.networks.touch(network);
        network.failures = network.failures.saturating_sub(1);
    }

    /// Keys remembered now, of all kinds.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.pairs.len() + self.networks.len() + self.accounts.len() + self.hosts.len()
    }
}

/// Goes on when there is nothing to wait for.
const fn waited(ms: i64) -> Result<(), u64> {
    if ms > 0 { Err(ms.unsigned_abs()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
