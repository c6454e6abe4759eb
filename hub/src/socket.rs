//! Connections: accept, handshake, frames in, frames out. It owns sockets and knows no operation, room state or account.
//!
//! One reader task per socket decodes messages and hands them to a [`Protocol`]; one [`Lane`] per core owns the write
//! sides, queues, pings, deadlines and closings of its connections. Waiting goes one way: reader -> shard -> lane.
//!
//! **Source**: DESIGN section 3, WIRE sections 1 and 2.

mod accept;
mod admission;
mod budget;
mod conn;
mod decode;
mod echo;
mod frame;
mod guard;
mod handshake;
mod http;
mod lane;
mod memory;
mod outbox;
mod reader;
mod stream;
mod tls;
mod wheel;

use crate::code::Code;

pub use accept::{ServeOptions, TlsError, serve};
pub use admission::{Admission, Admissions};
pub use conn::{Conn, OPEN_REQUESTS_MAX, Weight};
pub use decode::{Decoder, FrameLimits, Incoming, Sender, Step, Violation};
pub use frame::Frame;
pub use lane::{Full, Lane, LaneLimits, Lanes};
pub use memory::{MemoryPeer, Received};
pub use tls::tls_from_files;

/// The key of whatever has members and events here. What it stands for is known to whoever subscribes: two things that
/// must not hear each other have two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey(pub u64);

impl RoomKey {
    /// Of every session that is open here, guests' too; no room has this key.
    pub const EVERYBODY: Self = Self(0);
}

/// What is spoken over a socket. One per connection; it lives in the reader task, so it should be small.
pub trait Protocol: Send + 'static {
    /// One complete text message: a frame's worth of one or more JSON objects. Waiting here is back-pressure on this
    /// socket only.
    ///
    /// # Errors
    /// Why the socket must be closed.
    fn on_text(&mut self, text: &str) -> impl Future<Output = Result<(), Closing>> + Send;

    /// One complete binary message.
    ///
    /// # Errors
    /// Why the socket must be closed.
    fn on_binary(&mut self, data: &[u8]) -> impl Future<Output = Result<(), Closing>> + Send;

    /// Whether the peer has said who it is; until then the authentication deadline runs.
    fn is_authenticated(&self) -> bool;

    /// The socket is gone. Called exactly once, last.
    fn on_closed(&mut self);
}

/// Why the server ends a socket, and when the client may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The reason.
    pub code: Code,
    /// A hint. **Units**: milliseconds.
    pub retry_after_ms: Option<u32>,
}

impl Closing {
    /// A closing without a hint.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, retry_after_ms: None }
    }
}

/// What may be dropped, and in which order, when one receiver is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Likes and counters: dropped first.
    Counter,
    /// Presence and typing.
    Presence,
    /// Live comments.
    Comment,
    /// Negotiation, signaling: never dropped; the receiver is closed with `slow_consumer` instead. Replies are never
    /// dropped either, and close nobody: they are bounded by the open requests.
    Durable,
}

impl Class {
    /// Its word in metrics.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Presence => "presence",
            Self::Comment => "comment",
            Self::Durable => "durable",
        }
    }
}
