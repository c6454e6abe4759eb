//! How many sockets there may be, together and per client's address. It owns two counts and nothing of the sockets
//! themselves; who the client is, it is told.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Admissions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    total_max: usize,
    per_ip_max: usize,
    /// Locked when a socket is accepted and when it ends (behind a proxy: with each request), never on the message path.
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    per_ip: HashMap<IpAddr, usize>,
}

/// What one socket or one request takes of the counts; dropping it gives everything back.
#[derive(Debug)]
pub struct Admission {
    shared: Arc<Shared>,
    /// Whether it is one of the sockets.
    is_socket: bool,
    /// The address whose place it takes.
    ip: Option<IpAddr>,
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

    /// A socket's place, that nobody is charged with yet: its peer speaks for others.
    pub(super) fn admit(&self) -> Result<Admission, NoPlace> {
        let mut counts = self.0.lock();
        if counts.total >= self.0.total_max {
            return Err(NoPlace::Total);
        }
        counts.total += 1;
        Ok(Admission { shared: Arc::clone(&self.0), is_socket: true, ip: None })
    }

    /// A client's place for one request on somebody else's socket.
    pub(super) fn admit_request(&self, client: IpAddr) -> Result<Admission, NoPlace> {
        let mut place = Admission { shared: Arc::clone(&self.0), is_socket: false, ip: None };
        place.charge(client)?;
        Ok(place)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, ip: IpAddr) -> Result<(), NoPlace> {
        let mut counts = self.lock();
        let here = counts.per_ip.entry(ip).or_default();
        if *here >= self.per_ip_max {
            return Err(NoPlace::PerIp);
        }
        *here += 1;
        Ok(())
    }
}

impl Admission {
    /// Counts it as the client's, if that one has a place left. Once only.
    pub(super) fn charge(&mut self, client: IpAddr) -> Result<(), NoPlace> {
        let ip = network(client);
        self.shared.take(ip)?;
        self.ip = Some(ip);
        Ok(())
    }

    /// The place of a request lasts as long as the socket from now on.
    pub(super) fn keep(&mut self, mut request: Self) {
        self.ip = self.ip.take().or(request.ip.take());
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.shared.lock();
        counts.total = counts.total.saturating_sub(usize::from(self.is_socket));
        let Some(ip) = self.ip else { return };
        if let Some(here) = counts.per_ip.get_mut(&ip) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                counts.per_ip.remove(&ip);
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
