//! One connection as its reader, its session and its lane share it: identity, the write side and a few atomics. It
//! never holds a queue: that is the lane's.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use storage::ids::Millis;
use storage::words::ConnId;
use tokio::sync::Semaphore;

use super::admission::Admission;
use super::lane::Lane;
use super::stream::WriteHalf;
use crate::code::Code;

/// Requests that may be open on one connection; at this number its reader stops reading. **Source**: WIRE section 1.
pub const OPEN_REQUESTS_MAX: usize = 32;

/// What a heavy request takes of them: so that at most two pages are on their way.
const HEAVY_SLOTS: usize = 16;

/// How much of [`OPEN_REQUESTS_MAX`] a request takes, until its reply has left. The reply gives back the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Its reply is small.
    Light,
    /// Its reply may be a page.
    Heavy,
}

impl Weight {
    const fn slots(self) -> usize {
        match self {
            Self::Light => 1,
            Self::Heavy => HEAVY_SLOTS,
        }
    }
}

/// A connection.
pub struct Conn {
    id: ConnId,
    peer: IpAddr,
    lane: Lane,
    write: WriteHalf,
    requests: Semaphore,
    queue_bytes_max: usize,
    seen_s: AtomicU32,
    is_authenticated: AtomicBool,
    is_hearing: AtomicBool,
    is_closing: AtomicBool,
    _admission: Option<Admission>,
}

impl Conn {
    pub(super) fn new(
        id: ConnId,
        peer: IpAddr,
        lane: Lane,
        write: WriteHalf,
        queue_bytes_max: usize,
        admission: Option<Admission>,
    ) -> Self {
        let seen_s = AtomicU32::new(lane.now_s());
        Self {
            id,
            peer,
            lane,
            write,
            requests: Semaphore::new(OPEN_REQUESTS_MAX),
            queue_bytes_max,
            seen_s,
            is_authenticated: AtomicBool::new(false),
            is_hearing: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            _admission: admission,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> ConnId {
        self.id
    }

    /// The peer's address.
    #[must_use]
    pub const fn peer(&self) -> IpAddr {
        self.peer
    }

    /// The lane that owns its write side.
    #[must_use]
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Opens one request; waits while too many are open. The one [`Lane::reply`] to that request, of the same weight,
    /// closes it again: not when it is sent, but when its last byte has left for the socket. So a peer that does not
    /// take its replies is not listened to, and no queue of them grows.
    ///
    /// Returns at once when the connection is closing: then no reply goes out any more.
    pub async fn request_slot(&self, weight: Weight) {
        let slots = u32::try_from(weight.slots()).unwrap_or(1);
        if let Ok(permit) = self.requests.acquire_many(slots).await {
            permit.forget();
        }
    }

    /// Closes the connection with `close` at the time `at` (none: takes the deadline back). **Units**: `at` within 1 s.
    pub fn set_deadline(&self, at: Option<Millis>, close: Code) {
        self.lane.set_deadline(self.id, at, close);
    }

    /// Whether the closing handshake has begun.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    pub(super) const fn write(&self) -> &WriteHalf {
        &self.write
    }

    pub(super) const fn queue_bytes_max(&self) -> usize {
        self.queue_bytes_max
    }

    /// The answer to one request has left. More than was taken is never given back.
    pub(super) fn free_slot(&self, weight: Weight) {
        let taken = OPEN_REQUESTS_MAX.saturating_sub(self.requests.available_permits());
        self.requests.add_permits(weight.slots().min(taken));
    }

    pub(super) fn has_open_requests(&self) -> bool {
        self.requests.available_permits() < OPEN_REQUESTS_MAX
    }

    /// The peer gave a sign of life.
    pub(super) fn mark_seen(&self) {
        self.seen_s.store(self.lane.now_s(), Ordering::Relaxed);
    }

    /// While it hears a message its reader does not read: whoever is silent then may have spoken.
    pub(super) fn begin_hearing(&self) {
        self.is_hearing.store(true, Ordering::Relaxed);
    }

    pub(super) fn end_hearing(&self) {
        self.is_hearing.store(false, Ordering::Relaxed);
        self.mark_seen();
    }

    pub(super) fn is_hearing(&self) -> bool {
        self.is_hearing.load(Ordering::Relaxed)
    }

    pub(super) fn seen_s(&self) -> u32 {
        self.seen_s.load(Ordering::Relaxed)
    }

    pub(super) fn mark_authenticated(&self) {
        if !self.is_authenticated() {
            self.is_authenticated.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_authenticated(&self) -> bool {
        self.is_authenticated.load(Ordering::Relaxed)
    }

    /// From now on nothing the peer says is acted on, and nobody waits for a request slot.
    pub(super) fn mark_closing(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.requests.close();
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("id", &self.id).field("peer", &self.peer).finish_non_exhaustive()
    }
}
