//! Frames that the server sends: encoded once, unmasked, shared by every receiver. Never reads anything.

use bytes::{BufMut, Bytes, BytesMut};

use super::Closing;

#[cfg(test)]
mod tests;

/// One encoded WebSocket frame. Cloning shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

impl Frame {
    /// One text frame of JSON objects joined by newlines.
    #[must_use]
    pub fn from_objects(objects: &[Bytes]) -> Self {
        let breaks = objects.len().saturating_sub(1);
        let len = objects.iter().map(Bytes::len).sum::<usize>() + breaks;
        let mut out = header(TEXT, len);
        for (index, object) in objects.iter().enumerate() {
            if index > 0 {
                out.put_u8(b'\n');
            }
            out.put_slice(object);
        }
        Self(out.freeze())
    }

    /// A text frame as it is.
    pub(super) fn text(payload: &str) -> Self {
        whole(TEXT, payload.as_bytes())
    }

    /// A binary frame (only the echo for measuring sends them).
    pub(super) fn binary(payload: &[u8]) -> Self {
        whole(BINARY, payload)
    }

    /// A ping without payload.
    pub(super) const fn ping() -> Self {
        Self(Bytes::from_static(&[PING, 0]))
    }

    /// The answer to a ping.
    pub(super) fn pong(payload: &[u8]) -> Self {
        whole(PONG, payload)
    }

    /// A close frame that says why and when to come back.
    ///
    /// **Shape**: the code's number, then `{"code":"going_away","retry_after_ms":900}` as the reason.
    pub(super) fn close(closing: Closing) -> Self {
        let number = closing.code.close().unwrap_or(INTERNAL_CLOSE);
        let word = closing.code.text();
        let reason = match closing.retry_after_ms {
            None => format!(r#"{{"code":"{word}"}}"#),
            Some(ms) => format!(r#"{{"code":"{word}","retry_after_ms":{ms}}}"#),
        };
        close_with(number, reason.as_bytes())
    }

    /// A close frame of the protocol itself: an echo, or a broken rule.
    pub(super) fn close_number(number: Option<u16>) -> Self {
        match number {
            None => whole(CLOSE, &[]),
            Some(number) => close_with(number, &[]),
        }
    }

    /// The encoded bytes, header included.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

/// What a code without a close number of its own closes with: `internal`.
const INTERNAL_CLOSE: u16 = 4007;

fn close_with(number: u16, reason: &[u8]) -> Frame {
    let mut out = header(CLOSE, 2 + reason.len());
    out.put_u16(number);
    out.put_slice(reason);
    Frame(out.freeze())
}

fn whole(start: u8, payload: &[u8]) -> Frame {
    let mut out = header(start, payload.len());
    out.put_slice(payload);
    Frame(out.freeze())
}

/// A buffer with room for the whole frame that begins with its header.
fn header(start: u8, len: usize) -> BytesMut {
    let mut out = BytesMut::with_capacity(len + 10);
    out.put_u8(start);
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(short @ ..=125), _) => out.put_u8(short),
        (_, Ok(medium)) => {
            out.put_u8(126);
            out.put_u16(medium);
        }
        _ => {
            out.put_u8(127);
            out.put_u64(len as u64);
        }
    }
    out
}
