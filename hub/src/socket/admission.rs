//! How many sockets there may be, together and per address. It owns two counts and nothing of the sockets themselves.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The counts. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Admissions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    total_max: usize,
    per_ip_max: usize,
    /// Locked once when a socket is accepted and once when it ends, never on the message path.
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    per_ip: HashMap<IpAddr, usize>,
}

/// One socket's place; dropping it gives the place back.
#[derive(Debug)]
pub struct Admission {
    shared: Arc<Shared>,
    ip: IpAddr,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoPlace {
    /// All places are taken.
    #[error("too many sockets")]
    Total,
    /// This address has taken all of its places.
    #[error("too many sockets from one address")]
    PerIp,
}

impl NoPlace {
    /// Its word in metrics.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Total => "full",
            Self::PerIp => "per_ip",
        }
    }
}

impl Admissions {
    /// Counts from zero. An IPv6 address counts as its /64 network.
    #[must_use]
    pub fn new(total_max: usize, per_ip_max: usize) -> Self {
        Self(Arc::new(Shared { total_max, per_ip_max, counts: Mutex::default() }))
    }

    pub(super) fn admit(&self, peer: IpAddr) -> Result<Admission, NoPlace> {
        let ip = network(peer);
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= self.0.total_max {
            return Err(NoPlace::Total);
        }
        let here = counts.per_ip.entry(ip).or_default();
        if *here >= self.0.per_ip_max {
            return Err(NoPlace::PerIp);
        }
        *here += 1;
        counts.total += 1;
        Ok(Admission { shared: Arc::clone(&self.0), ip })
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total = counts.total.saturating_sub(1);
        if let Some(here) = counts.per_ip.get_mut(&self.ip) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                counts.per_ip.remove(&self.ip);
            }
        }
    }
}

/// The unit that is counted: an IPv4 address, or the /64 network of an IPv6 address.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests;
