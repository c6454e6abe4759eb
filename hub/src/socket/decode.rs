//! The frame decoder: bytes in, whole messages out (RFC 6455). A pure value: no I/O, no clock, no task.
//!
//! It owns the unfinished part of one connection's input and nothing while idle; it never answers, never closes: a
//! broken rule is a [`Violation`] and the caller's business.
//!
//! **Source**: RFC 6455 sections 5 and 7.4.1; the limits are WIRE section 1 and ours. Extensions are never negotiated,
//! so every reserved bit is an error.

use std::borrow::Cow;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// What one peer may send. **Units**: bytes of payload, frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLimits {
    /// Payload of one message, all its fragments together.
    pub message_bytes_max: usize,
    /// Frames of one message.
    pub fragments_max: u32,
    /// From the first byte of a message to its last.
    pub message_time_max: Duration,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { message_bytes_max: 64 * 1024, fragments_max: 64, message_time_max: Duration::from_secs(10) }
    }
}

/// Which end of the connection sends the bytes that are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Every frame must be masked.
    Client,
    /// No frame may be masked.
    Server,
}

/// A rule that the peer broke; the connection cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// RFC 6455 is broken in the named way.
    #[error("protocol error: {0}")]
    Protocol(&'static str),
    /// A text that is not UTF-8, noticed at its first wrong byte.
    #[error("text is not utf-8")]
    Utf8,
    /// More than [`FrameLimits::message_bytes_max`].
    #[error("message is too large")]
    TooLarge,
    /// More than [`FrameLimits::fragments_max`].
    #[error("message has too many fragments")]
    TooManyFragments,
    /// Longer than [`FrameLimits::message_time_max`].
    #[error("message takes too long")]
    TooSlow,
}

/// One whole message. It borrows the input where it lay there in one piece.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// A ping; the pong repeats its payload (<= 125 bytes).
    Ping(Cow<'a, [u8]>),
    /// A pong: a sign of life.
    Pong,
    /// The closing handshake, with the peer's code.
    Close(Option<u16>),
}

/// What one call of [`Decoder::decode`] did.
#[derive(Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Bytes of the input that are done with; never 0 for a non-empty input.
    pub used: usize,
    /// The message that they completed.
    pub incoming: Option<Incoming<'a>>,
}

/// The state of one connection's input. Holds no buffer while no message is unfinished.
#[derive(Debug)]
pub struct Decoder {
    limits: FrameLimits,
    sender: Sender,
    head: Head,
    payload: Option<Payload>,
    message: Option<Box<Message>>,
    control: Vec<u8>,
    since: Option<Duration>,
}

const HEAD_BYTES_MAX: usize = 14;

#[derive(Debug, Default)]
struct Head {
    bytes: [u8; HEAD_BYTES_MAX],
    len: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opcode {
    Continue,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// A frame whose header is complete.
#[derive(Debug, Clone, Copy)]
struct Payload {
    opcode: Opcode,
    fin: bool,
    mask: [u8; 4],
    remaining: usize,
}

/// A message that did not arrive in one piece.
#[derive(Debug)]
struct Message {
    text: bool,
    fragments: u32,
    bytes: Vec<u8>,
    utf8_upto: usize,
}

impl Decoder {
    /// A decoder at the start of a connection.
    #[must_use]
    pub fn new(limits: FrameLimits, sender: Sender) -> Self {
        Self { limits, sender, head: Head::default(), payload: None, message: None, control: Vec::new(), since: None }
    }

    /// When the unfinished message began, as `now` was then; `None` between messages.
    #[must_use]
    pub fn unfinished_since(&self) -> Option<Duration> {
        self.since
    }

    /// The limits it holds the peer to.
    #[must_use]
    pub fn limits(&self) -> &FrameLimits {
        &self.limits
    }

    /// Decodes up to the end of the next whole message, unmasking `input` in place. `now`: since any fixed moment, by a
    /// clock that is never set; the time of the day is.
    ///
    /// # Errors
    /// The rule that was broken; the decoder must not be used after it.
    pub fn decode<'a>(&mut self, input: &'a mut [u8], now: Duration) -> Result<Step<'a>, Violation> {
        if self.since.is_some_and(|since| now.saturating_sub(since) > self.limits.message_time_max) {
            return Err(Violation::TooSlow);
        }
        let len = input.len();
        let (head_used, payload) = match self.payload {
            Some(payload) => (0, Some(payload)),
            None => self.take_head(input)?,
        };
        let (used, incoming) = match payload {
            None => (head_used, None),
            Some(payload) => {
                let (_, rest) = input.split_at_mut(head_used);
                let take = payload.remaining.min(rest.len());
                let (body, _) = rest.split_at_mut(take);
                unmask(body, payload.mask);
                (head_used + take, self.take_body(payload, body)?)
            }
        };
        debug_assert!(used > 0 || len == 0, "every byte makes progress");
        self.since = if self.is_unfinished() { self.since.or(Some(now)) } else { None };
        Ok(Step { used, incoming })
    }

    fn is_unfinished(&self) -> bool {
        self.head.len > 0 || self.payload.is_some() || self.message.is_some()
    }

    /// Collects header bytes; the payload's description once they are all there.
    fn take_head(&mut self, input: &[u8]) -> Result<(usize, Option<Payload>), Violation> {
        let mut used = 0;
        loop {
            let missing = self.head.missing(self.sender)?;
            if missing == 0 {
                break;
            }
            let Some(&byte) = input.get(used) else { return Ok((used, None)) };
            self.head.push(byte);
            used += 1;
        }
        let payload = self.head.parse(self.sender)?;
        self.head = Head::default();
        self.admit(&payload)?;
        Ok((used, Some(payload)))
    }

    /// Checks a new frame against the message in progress and the limits, before its payload is read.
    fn admit(&mut self, payload: &Payload) -> Result<(), Violation> {
        match (payload.opcode, self.message.as_mut()) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => Ok(()),
            (Opcode::Continue, None) => Err(Violation::Protocol("continuation of nothing")),
            (Opcode::Text | Opcode::Binary, Some(_)) => Err(Violation::Protocol("message inside a message")),
            (Opcode::Continue, Some(message)) => {
                message.fragments += 1;
                if message.fragments > self.limits.fragments_max {
                    return Err(Violation::TooManyFragments);
                }
                within(message.bytes.len().saturating_add(payload.remaining), &self.limits)
            }
            (Opcode::Text | Opcode::Binary, None) => within(payload.remaining, &self.limits),
        }
    }

    fn take_body<'a>(&mut self, frame: Payload, body: &'a [u8]) -> Result<Option<Incoming<'a>>, Violation> {
        let remaining = frame.remaining - body.len();
        let is_whole = remaining == 0;
        self.payload = if is_whole { None } else { Some(frame.after(body.len(), remaining)) };
        match frame.opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong => self.take_control(frame.opcode, body, is_whole),
            Opcode::Text if is_whole && frame.fin && self.message.is_none() => {
                let text = std::str::from_utf8(body).map_err(|_where| Violation::Utf8)?;
                Ok(Some(Incoming::Text(Cow::Borrowed(text))))
            }
            Opcode::Binary if is_whole && frame.fin && self.message.is_none() => {
                Ok(Some(Incoming::Binary(Cow::Borrowed(body))))
            }
            Opcode::Text | Opcode::Binary | Opcode::Continue => self.take_part(frame, body, is_whole),
        }
    }

    fn take_part(
        &mut self,
        frame: Payload,
        body: &[u8],
        is_whole: bool,
    ) -> Result<Option<Incoming<'static>>, Violation> {
        let message = self.message.get_or_insert_with(|| Box::new(Message::new(frame.opcode == Opcode::Text)));
        message.push(body)?;
        if !(is_whole && frame.fin) {
            return Ok(None);
        }
        self.message.take().map(|message| message.finish()).transpose()
    }

    fn take_control<'a>(
        &mut self,
        opcode: Opcode,
        body: &'a [u8],
        is_whole: bool,
    ) -> Result<Option<Incoming<'a>>, Violation> {
        if !is_whole {
            self.control.extend_from_slice(body);
            return Ok(None);
        }
        let payload = if self.control.is_empty() {
            Cow::Borrowed(body)
        } else {
            self.control.extend_from_slice(body);
            Cow::Owned(std::mem::take(&mut self.control))
        };
        match opcode {
            Opcode::Ping => Ok(Some(Incoming::Ping(payload))),
            Opcode::Close => close_code(&payload).map(|code| Some(Incoming::Close(code))),
            Opcode::Pong | Opcode::Continue | Opcode::Text | Opcode::Binary => Ok(Some(Incoming::Pong)),
        }
    }
}

fn within(bytes: usize, limits: &FrameLimits) -> Result<(), Violation> {
    if bytes > limits.message_bytes_max { Err(Violation::TooLarge) } else { Ok(()) }
}

impl Head {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            *place = byte;
            self.len += 1;
        }
    }

    /// How many bytes the header still needs, checking its first two as soon as they are there.
    fn missing(&self, sender: Sender) -> Result<usize, Violation> {
        let [first, second, ..] = self.bytes;
        if self.len < 2 {
            return Ok(2 - usize::from(self.len));
        }
        check_start(first, second, sender)?;
        let length = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if sender == Sender::Client { 4 } else { 0 };
        Ok(2 + length + mask - usize::from(self.len))
    }

    fn parse(&self, sender: Sender) -> Result<Payload, Violation> {
        let [first, second, b2, b3, b4, b5, b6, b7, b8, b9, ..] = self.bytes;
        let long = u64::from_be_bytes([b2, b3, b4, b5, b6, b7, b8, b9]);
        let (length, mask_at) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes([b2, b3])), 4),
            127 => (long, 10),
            short => (u64::from(short), 2),
        };
        let is_minimal = match mask_at {
            4 => length > 125,
            10 => length > 0xffff,
            _ => true,
        };
        if !is_minimal || length > i64::MAX.cast_unsigned() {
            return Err(Violation::Protocol("length not in its shortest form"));
        }
        let mask = match (sender, self.bytes.get(mask_at..mask_at + 4)) {
            (Sender::Client, Some(&[m0, m1, m2, m3])) => [m0, m1, m2, m3],
            _ => [0; 4],
        };
        let remaining = usize::try_from(length).map_err(|_wide| Violation::TooLarge)?;
        Ok(Payload { opcode: opcode(first)?, fin: first & 0x80 != 0, mask, remaining })
    }
}

fn check_start(first: u8, second: u8, sender: Sender) -> Result<(), Violation> {
    if first & 0x70 != 0 {
        return Err(Violation::Protocol("reserved bit set"));
    }
    if (second & 0x80 != 0) != (sender == Sender::Client) {
        return Err(Violation::Protocol("wrong masking"));
    }
    let is_control = matches!(opcode(first)?, Opcode::Close | Opcode::Ping | Opcode::Pong);
    if is_control && first & 0x80 == 0 {
        return Err(Violation::Protocol("fragmented control frame"));
    }
    if is_control && second & 0x7f > 125 {
        return Err(Violation::Protocol("control frame above 125 bytes"));
    }
    Ok(())
}

fn opcode(first: u8) -> Result<Opcode, Violation> {
    match first & 0x0f {
        0 => Ok(Opcode::Continue),
        1 => Ok(Opcode::Text),
        2 => Ok(Opcode::Binary),
        8 => Ok(Opcode::Close),
        9 => Ok(Opcode::Ping),
        10 => Ok(Opcode::Pong),
        _ => Err(Violation::Protocol("reserved opcode")),
    }
}

impl Payload {
    /// What is left of the frame once `done` bytes of it were unmasked.
    fn after(mut self, done: usize, remaining: usize) -> Self {
        self.mask.rotate_left(done % 4);
        self.remaining = remaining;
        self
    }
}

impl Message {
    const fn new(text: bool) -> Self {
        Self { text, fragments: 1, bytes: Vec::new(), utf8_upto: 0 }
    }

    fn push(&mut self, body: &[u8]) -> Result<(), Violation> {
        self.bytes.extend_from_slice(body);
        if !self.text {
            return Ok(());
        }
        let unchecked = self.bytes.get(self.utf8_upto..).unwrap_or_default();
        match std::str::from_utf8(unchecked) {
            Ok(_) => self.utf8_upto = self.bytes.len(),
            Err(at) if at.error_len().is_none() => self.utf8_upto += at.valid_up_to(),
            Err(_wrong) => return Err(Violation::Utf8),
        }
        Ok(())
    }

    fn finish(self) -> Result<Incoming<'static>, Violation> {
        if self.text {
            let text = String::from_utf8(self.bytes).map_err(|_cut| Violation::Utf8)?;
            Ok(Incoming::Text(Cow::Owned(text)))
        } else {
            Ok(Incoming::Binary(Cow::Owned(self.bytes)))
        }
    }
}

/// The code of a close frame's payload, checked as RFC 6455 section 7.4 asks.
fn close_code(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        [_] => return Err(Violation::Protocol("close code cut short")),
    };
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Protocol("close code not allowed"));
    }
    std::str::from_utf8(reason).map_err(|_where| Violation::Utf8)?;
    Ok(Some(code))
}

/// XORs `bytes` with the repeated `mask`, eight bytes at a time.
fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    let [m0, m1, m2, m3] = mask;
    let wide = u64::from_ne_bytes([m0, m1, m2, m3, m0, m1, m2, m3]);
    let (chunks, tail) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}
