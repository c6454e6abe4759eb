//! The header of the PROXY protocol, version 2: bytes in, the client's address out. Pure: it reads no socket and
//! believes nobody; who may send one is the caller's to know.
//!
//! **Source**: `proxy-protocol.txt` of `HAProxy`, section 2.2. Version 1 (a line of text) is not spoken.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

#[cfg(test)]
mod tests;

/// What every header begins with; no request and no TLS handshake begins with its first byte.
pub const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

const HEAD_BYTES: usize = 16;
/// Addresses and everything that a proxy may add to them. **Units**: bytes.
const BODY_BYTES_MAX: usize = 4 * 1024;

/// What the bytes so far are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// The beginning of one: at least so many bytes are missing.
    Missing(usize),
    /// A whole one of `used` bytes.
    Whole {
        /// Its length. **Units**: bytes.
        used: usize,
        /// The client; none where the proxy speaks for itself (`LOCAL`, or a family that is no address here): then the
        /// peer is the client.
        client: Option<SocketAddr>,
    },
}

/// Bytes that no header begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Another protocol.
    #[error("not a PROXY header of version 2")]
    Signature,
    /// A version, command or family that does not exist.
    #[error("unknown version, command or family")]
    Word,
    /// More than is ever needed.
    #[error("longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// Less than its family needs.
    #[error("too short for its addresses")]
    TooShort,
}

/// Reads a header from the beginning of `bytes`.
///
/// # Errors
/// [`Malformed`], as soon as it shows.
pub fn decode(bytes: &[u8]) -> Result<Header, Malformed> {
    let shown = bytes.len().min(SIGNATURE.len());
    if bytes.get(..shown) != SIGNATURE.get(..shown) {
        return Err(Malformed::Signature);
    }
    let Some(&[command, family, high, low]) = bytes.get(SIGNATURE.len()..HEAD_BYTES) else {
        return Ok(Header::Missing(HEAD_BYTES - bytes.len()));
    };
    let is_proxied = match command {
        0x20 => false,
        0x21 => true,
        _ => return Err(Malformed::Word),
    };
    let len = usize::from(u16::from_be_bytes([high, low]));
    if len > BODY_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    let used = HEAD_BYTES + len;
    let Some(body) = bytes.get(HEAD_BYTES..used) else { return Ok(Header::Missing(used - bytes.len())) };
    let client = client(family, body)?;
    Ok(Header::Whole { used, client: client.filter(|_| is_proxied) })
}

/// The source address; what stands behind the addresses is read by nobody here.
fn client(family: u8, body: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    match (family >> 4, family & 0x0f) {
        // Of TCP over IPv4: two addresses, two ports.
        (1, 1) => match body {
            [a, b, c, d, _, _, _, _, high, low, _, _, ..] => {
                let port = u16::from_be_bytes([*high, *low]);
                Ok(Some((Ipv4Addr::new(*a, *b, *c, *d), port).into()))
            }
            _ => Err(Malformed::TooShort),
        },
        (2, 1) => {
            let (Some((address, rest)), 36..) = (body.split_first_chunk::<16>(), body.len()) else {
                return Err(Malformed::TooShort);
            };
            let port = rest.get(16..18).and_then(|port| port.try_into().ok()).map_or(0, u16::from_be_bytes);
            Ok(Some((Ipv6Addr::from(*address), port).into()))
        }
        // Unspecified, datagrams and Unix sockets: they name no client that could have come by TCP.
        (0..=3, 0..=2) => Ok(None),
        _ => Err(Malformed::Word),
    }
}
