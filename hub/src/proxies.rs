//! Which peers speak for others, and whose address they name: the one place that says who a client is. Off unless a
//! network is named. It counts nobody and reads no socket.
//!
//! **Source**: `X-Forwarded-For` as proxies write it, each adding its own peer at the right; PROXY protocol version 2.

pub mod v2;

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// Proxies in a row that are believed; a longer chain ends at this one.
const HOPS_MAX: usize = 16;

/// The networks whose peers are believed when they say for whom they speak.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Proxies(Vec<Network>);

/// An address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    bits: u8,
}

/// A text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNetwork {
    /// It is no address, or its prefix is no length.
    #[error("`{0}` is not like 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7")]
    Shape(String),
    /// It names one address inside a network: which of the two is meant?
    #[error("`{0}` has bits behind its prefix: write {1}")]
    Bits(String, String),
}

impl TryFrom<Vec<String>> for Proxies {
    type Error = BadNetwork;

    fn try_from(texts: Vec<String>) -> Result<Self, BadNetwork> {
        texts.iter().map(|text| text.parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let shape = || BadNetwork::Shape(text.to_owned());
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_not_one| shape())?;
        let whole = width(address);
        let bits = match bits {
            None => whole,
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().map_err(|_long| shape())?,
            Some(_) => return Err(shape()),
        };
        if bits > whole {
            return Err(shape());
        }
        let first = cut(address, bits);
        if first != address {
            return Err(BadNetwork::Bits(text.to_owned(), format!("{first}/{bits}")));
        }
        Ok(Self { first, bits })
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        width(address) == width(self.first) && cut(address, self.bits) == self.first
    }
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with nothing but its leading bits.
fn cut(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

impl Proxies {
    /// Whether this peer is believed when it speaks for others.
    #[must_use]
    pub fn trust(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.holds(peer))
    }

    /// Whose request this is that `peer` sent: the peer's own, unless the peer is believed and names somebody. Read from
    /// the right, since everything to the left of the first stranger is only what that stranger said.
    #[must_use]
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        let mut client = peer;
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops.take(HOPS_MAX) {
            if !self.trust(client.ip()) {
                break;
            }
            let Some(named) = address_of(hop) else { break };
            // Its port is unknown, and nobody asks for it.
            client = SocketAddr::new(named, 0);
        }
        client
    }
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse().ok().map(|with_port: SocketAddr| with_port.ip()))?;
    Some(IpAddr::to_canonical(&address))
}
