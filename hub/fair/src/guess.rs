//! Slows password guessing down: a doubling delay per (account, address) and one per network. Pure, with bounded memory.
//!
//! Never locks an account: a stranger's failures count against the stranger's address and network only, and an owner who
//! signed in from an address before is not held up by their neighbours there.
//!
//! **Source**: our decision on `reliability` section 2; attempts count as failures until they succeed, so that many
//! parallel ones cannot slip through.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use storage::ids::Millis;

/// Keys remembered per kind; of the least recently touched, half are forgotten together.
const KEYS_MAX: usize = 100_000;
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

/// What is remembered of a pair or a network.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    failures: u32,
    last: Millis,
    /// Somebody signed in here: the right password came from this pair.
    known: bool,
}

impl Tally {
    /// Milliseconds to wait before the next try.
    fn wait_ms(&self, now: Millis, schedule: &Schedule) -> i64 {
        let over = self.failures.saturating_sub(schedule.free);
        if over == 0 {
            return 0;
        }
        let delay_ms = (SECOND_MS << (over - 1).min(30)).min(schedule.delay_ms_max);
        self.last.plus_ms(delay_ms).since_ms(now).max(0)
    }

    fn forget(&mut self, now: Millis, schedule: &Schedule) {
        if now.since_ms(self.last) >= schedule.memory_ms {
            self.failures = 0;
        }
    }

    fn fail(&mut self, now: Millis) {
        self.failures = self.failures.saturating_add(1);
        self.last = now;
    }
}

/// A map that holds at most [`KEYS_MAX`] keys: when the younger half is full, the older half is dropped.
#[derive(Debug)]
struct Recent<K> {
    young: HashMap<K, Tally>,
    old: HashMap<K, Tally>,
    half_max: usize,
}

impl<K: Hash + Eq + Copy> Recent<K> {
    fn new(keys_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half_max: keys_max / 2 }
    }

    fn touch(&mut self, key: K) -> &mut Tally {
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

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u128::from(u32::from(v4) & u32::from(Ipv4Addr::new(255, 255, 255, 0)))),
            IpAddr::V6(v6) => Self(u128::from(v6) & u128::from(Ipv6Addr::new(!0, !0, !0, !0, 0, 0, 0, 0))),
        }
    }
}

/// A try that was let through; say how it ended.
#[derive(Debug)]
#[must_use = "an admitted try counts as a failure until it is settled"]
pub struct Attempt {
    pair: u64,
    network: Network,
}

/// The memory of wrong guesses.
#[derive(Debug)]
pub struct Guessing {
    pairs: Recent<u64>,
    networks: Recent<Network>,
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
        Self { pairs: Recent::new(keys_max), networks: Recent::new(keys_max), hash: RandomState::new() }
    }

    /// Lets a try for `account` from `address` through, or says how many milliseconds to wait.
    ///
    /// # Errors
    /// The wait. **Units**: milliseconds.
    pub fn admit(&mut self, now: Millis, account: &str, address: IpAddr) -> Result<Attempt, u64> {
        // A number in place of the text: a stranger's input must not decide how much is remembered. A collision would
        // only share a delay.
        let pair_key = self.hash.hash_one((account, address.to_canonical()));
        let network_key = Network::of(address);
        let network = self.networks.touch(network_key);
        network.forget(now, &NETWORK);
        let network_ms = network.wait_ms(now, &NETWORK);
        // Refused by its network and never seen: no new pair is remembered.
        let known =
            self.pairs.young.get(&pair_key).or_else(|| self.pairs.old.get(&pair_key)).is_some_and(|it| it.known);
        if network_ms > 0 && !known {
            return Err(network_ms.unsigned_abs());
        }
        let pair = self.pairs.touch(pair_key);
        pair.forget(now, &PAIR);
        let pair_ms = pair.wait_ms(now, &PAIR);
        if pair_ms > 0 {
            return Err(pair_ms.unsigned_abs());
        }
        pair.fail(now);
        network.fail(now);
        Ok(Attempt { pair: pair_key, network: network_key })
    }

    /// The password was right: the pair starts anew and is remembered as its owner's.
    pub fn succeeded(&mut self, attempt: Attempt) {
        let pair = self.pairs.touch(attempt.pair);
        pair.failures = 0;
        pair.known = true;
        self.take_back(attempt.network);
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

    /// Keys remembered now, of both kinds.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.pairs.young.len() + self.pairs.old.len() + self.networks.young.len() + self.networks.old.len()
    }
}

#[cfg(test)]
mod tests;
