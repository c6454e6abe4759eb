//! WebSocket framing from the client's side (RFC 6455 section 5): server frames parsed in place, client frames masked.
//!
//! It never allocates per frame read and never touches a socket.

/// A kind of frame that a server of ours sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// A whole text message.
    Text,
    /// A whole binary message.
    Binary,
    /// A close.
    Close,
    /// A ping, to be answered.
    Ping,
    /// A pong.
    Pong,
}

/// Why bytes are not a frame that our server may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Fragmented, reserved bits set, or an unknown opcode.
    #[error("unexpected first byte {0:#04x}")]
    FirstByte(u8),
    /// Server frames are never masked.
    #[error("masked server frame")]
    Masked,
    /// Longer than any frame we accept.
    #[error("frame of {0} bytes")]
    TooLong(u64),
}

/// The longest server frame we accept. **Units**: bytes.
pub const SERVER_FRAME_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The first frame of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First<'a> {
    /// Its kind.
    pub opcode: Opcode,
    /// What it carries.
    pub payload: &'a [u8],
    /// What follows it.
    pub rest: &'a [u8],
}

/// Reads the frame at the start of `bytes`; `None` when it is incomplete.
///
/// # Errors
/// [`FrameError`] when the bytes can never become an acceptable frame.
pub fn split(bytes: &[u8]) -> Result<Option<First<'_>>, FrameError> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let opcode = match first {
        0x81 => Opcode::Text,
        0x82 => Opcode::Binary,
        0x88 => Opcode::Close,
        0x89 => Opcode::Ping,
        0x8a => Opcode::Pong,
        other => return Err(FrameError::FirstByte(*other)),
    };
    let (len, rest) = match second {
        0..=125 => (u64::from(*second), rest),
        126 => match rest.split_first_chunk::<2>() {
            Some((len, rest)) => (u64::from(u16::from_be_bytes(*len)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((len, rest)) => (u64::from_be_bytes(*len), rest),
            None => return Ok(None),
        },
        128.. => return Err(FrameError::Masked),
    };
    if len > SERVER_FRAME_BYTES_MAX {
        return Err(FrameError::TooLong(len));
    }
    let len = usize::try_from(len).map_err(|_wide| FrameError::TooLong(len))?;
    Ok(rest.split_at_checked(len).map(|(payload, rest)| First { opcode, payload, rest }))
}

/// Appends a masked client frame to `out`.
pub fn push_client(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], mask: [u8; 4]) {
    out.push(match opcode {
        Opcode::Text => 0x81,
        Opcode::Binary => 0x82,
        Opcode::Close => 0x88,
        Opcode::Ping => 0x89,
        Opcode::Pong => 0x8a,
    });
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ 0..=125), _) => out.push(0x80 | len),
        (_, Ok(len)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&len.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
}

/// The code of a close frame's payload, if it has one.
#[must_use]
pub fn close_code(payload: &[u8]) -> Option<u16> {
    payload.first_chunk::<2>().map(|code| u16::from_be_bytes(*code))
}

#[cfg(test)]
mod tests;
