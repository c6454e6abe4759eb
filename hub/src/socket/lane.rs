//! The handle of a lane: everything for a connection's write side travels through its one FIFO, so the order is right
//! without locks. The lane itself is [`worker`]; nothing here touches a socket.

mod close;
mod members;
mod meters;
mod seat;
mod worker;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use storage::clock::Clock;
use storage::ids::Millis;
use storage::words::ConnId;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::conn::{Conn, Weight};
use super::frame::Frame;
use super::memory::{self, MemoryPeer};
use super::stream::{ReadHalf, WriteHalf};
use super::{Admission, Class, Closing, Protocol, RoomKey, reader};
use crate::code::Code;

pub(super) use close::CloseWith;
use meters::Meters;
use worker::Worker;

/// The bounds of one lane and of its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLimits {
    /// Broadcast frames that may wait in a lane's inbox; above it [`Lane::broadcast`] is refused.
    pub events_max: usize,
    /// Bytes of events that may wait for one receiver; replies are bounded by the open requests.
    pub queue_bytes_max: usize,
    /// Rooms that one connection may be in; above it the connection is closed with `flood`.
    pub rooms_max: usize,
    /// From connecting to the first message that says who it is. **Units**: seconds.
    pub auth_s: u32,
    /// Between pings; after twice this without a sign of life the socket is closed. **Units**: seconds.
    pub ping_s: u32,
    /// From the close frame to the end of the socket. **Units**: seconds.
    pub linger_s: u32,
    /// From the shutdown to the last close; open requests are awaited for half of it. **Units**: seconds.
    pub drain_s: u32,
    /// Over which time the retry hints of a drain are spread. **Units**: milliseconds.
    pub drain_spread_ms: u32,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self {
            events_max: 4096,
            queue_bytes_max: 256 * 1024,
            rooms_max: 1024,
            auth_s: 10,
            ping_s: 25,
            linger_s: 2,
            drain_s: 10,
            drain_spread_ms: 5000,
        }
    }
}

/// A lane's inbox is full: collect on and come back, or shed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lane is full")]
pub struct Full;

/// One lane. Cloning shares it.
#[derive(Clone)]
pub struct Lane(Arc<Shared>);

struct Shared {
    index: usize,
    jobs: UnboundedSender<Job>,
    limits: LaneLimits,
    /// Broadcast frames in the inbox, the one being walked included.
    events: AtomicUsize,
    /// Members of a recently walked room, smoothed.
    members: AtomicUsize,
    now_s: AtomicU32,
}

/// What a lane is told, in the order in which it is told.
pub(super) enum Job {
    Attach(Arc<Conn>),
    Subscribe(RoomKey, ConnId),
    Unsubscribe(RoomKey, ConnId),
    Reply(ConnId, Frame, Weight),
    Tell(ConnId, Frame, Class),
    Broadcast { room: RoomKey, frame: Frame, class: Class, except: Option<ConnId> },
    Deadline(ConnId, Option<Millis>, Code),
    Close(ConnId, CloseWith),
    CloseMembers(RoomKey),
    Gone(ConnId),
}

impl Lane {
    /// Puts the connection into the room: it receives everything broadcast after this.
    pub fn subscribe(&self, room: RoomKey, conn: ConnId) {
        self.tell_lane(Job::Subscribe(room, conn));
    }

    /// Takes the connection out of the room.
    pub fn unsubscribe(&self, room: RoomKey, conn: ConnId) {
        self.tell_lane(Job::Unsubscribe(room, conn));
    }

    /// Sends the reply to one request; once it has left that request is closed. `weight`: what
    /// [`Conn::request_slot`] took for it. **Shape**: the JSON text of one reply.
    pub fn reply(&self, conn: ConnId, object: Bytes, weight: Weight) {
        self.reply_frame(conn, Frame::from_objects(&[object]), weight);
    }

    /// Sends one object to one connection. **Shape**: the JSON text of one event.
    pub fn tell(&self, conn: ConnId, object: Bytes, class: Class) {
        self.tell_lane(Job::Tell(conn, Frame::from_objects(&[object]), class));
    }

    /// Sends the frame to all members of the room on this lane, `except` one.
    ///
    /// # Errors
    /// [`Full`]: too many frames wait already; nothing was sent.
    pub fn broadcast(&self, room: RoomKey, frame: Frame, class: Class, except: Option<ConnId>) -> Result<(), Full> {
        let before = self.0.events.fetch_add(1, Ordering::Relaxed);
        if before >= self.0.limits.events_max {
            self.0.events.fetch_sub(1, Ordering::Relaxed);
            return Err(Full);
        }
        self.tell_lane(Job::Broadcast { room, frame, class, except });
        Ok(())
    }

    /// Closes the connection once everything sent before has gone out.
    pub fn close(&self, conn: ConnId, closing: Closing) {
        self.tell_lane(Job::Close(conn, CloseWith::Reason(closing)));
    }

    /// Closes the room's members on this lane with `slow_consumer`: events that must not be lost did not fit.
    pub fn close_members(&self, room: RoomKey) {
        self.tell_lane(Job::CloseMembers(room));
    }

    /// How many deliveries wait in the inbox, about: waiting frames times the members of recent rooms.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.0.events.load(Ordering::Relaxed) * self.0.members.load(Ordering::Relaxed)
    }

    /// Its place in [`Lanes::all`].
    #[must_use]
    pub fn index(&self) -> usize {
        self.0.index
    }

    pub(super) fn reply_frame(&self, conn: ConnId, frame: Frame, weight: Weight) {
        self.tell_lane(Job::Reply(conn, frame, weight));
    }

    pub(super) fn close_with(&self, conn: ConnId, with: CloseWith) {
        self.tell_lane(Job::Close(conn, with));
    }

    pub(super) fn gone(&self, conn: ConnId) {
        self.tell_lane(Job::Gone(conn));
    }

    pub(super) fn set_deadline(&self, conn: ConnId, at: Option<Millis>, close: Code) {
        self.tell_lane(Job::Deadline(conn, at, close));
    }

    /// Seconds since the lane started, as of its last tick.
    pub(super) fn now_s(&self) -> u32 {
        self.0.now_s.load(Ordering::Relaxed)
    }

    /// Whether the lane still runs; after its end all its sockets are closed and there is nobody to tell.
    fn tell_lane(&self, job: Job) -> bool {
        self.0.jobs.send(job).is_ok()
    }
}

impl Shared {
    /// One broadcast frame has left the inbox; it went to `members`.
    fn end_walk(&self, members: usize) {
        self.events.fetch_sub(1, Ordering::Relaxed);
        let before = self.members.load(Ordering::Relaxed);
        self.members.store(((before * 7 + members) / 8).max(1), Ordering::Relaxed);
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("events", &self.0.events).finish_non_exhaustive()
    }
}

/// All lanes of the process. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Lanes(Arc<All>);

#[derive(Debug)]
struct All {
    lanes: Vec<Lane>,
    next_conn: AtomicU64,
    limits: LaneLimits,
    tracker: TaskTracker,
}

/// A socket that is ready for frames, and what was decided about it at the door.
pub(super) struct NewSocket {
    pub(super) read: ReadHalf,
    pub(super) write: WriteHalf,
    pub(super) peer: IpAddr,
    pub(super) admission: Option<Admission>,
    /// Bytes that came with the handshake.
    pub(super) unread: Vec<u8>,
    pub(super) allowance: reader::Allowance,
    pub(super) queue_bytes_max: usize,
}

impl Lanes {
    /// Starts `count` lanes (one per core) on `tracker`. Cancelling `shutdown` drains them.
    #[must_use]
    pub fn start(
        count: usize,
        limits: LaneLimits,
        clock: &Clock,
        tracker: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Self {
        let lanes = (0..count.max(1)).map(|index| start_lane(index, limits, clock, tracker, shutdown)).collect();
        Self(Arc::new(All { lanes, next_conn: AtomicU64::new(1), limits, tracker: tracker.clone() }))
    }

    /// The lane of a connection with this number.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it cannot: there is at least one lane")]
    pub fn pick(&self, conn: ConnId) -> Lane {
        let count = self.0.lanes.len() as u64;
        let index = usize::try_from(conn.0 % count).unwrap_or_default();
        self.0.lanes.get(index).expect("invariant: a remainder is below the count").clone()
    }

    /// Every lane.
    #[must_use]
    pub fn all(&self) -> &[Lane] {
        &self.0.lanes
    }

    /// The bounds they were started with.
    #[must_use]
    pub fn limits(&self) -> &LaneLimits {
        &self.0.limits
    }

    /// Connects a memory socket of `capacity` bytes in each direction, and runs `make`'s protocol on it.
    pub fn attach_memory<P: Protocol>(
        &self,
        peer: IpAddr,
        capacity: usize,
        make: impl FnOnce(Arc<Conn>) -> P,
    ) -> (Arc<Conn>, MemoryPeer) {
        let (read, write, client) = memory::pipe(capacity);
        let socket = NewSocket {
            read,
            write,
            peer,
            admission: None,
            unread: Vec::new(),
            allowance: reader::Allowance { frames: super::FrameLimits::default(), is_budgeted: true },
            queue_bytes_max: self.0.limits.queue_bytes_max,
        };
        (self.attach(socket, make), client)
    }

    /// Gives the socket a number, its write side to a lane and its read side to a reader task.
    pub(super) fn attach<P: Protocol>(&self, socket: NewSocket, make: impl FnOnce(Arc<Conn>) -> P) -> Arc<Conn> {
        let id = ConnId(self.0.next_conn.fetch_add(1, Ordering::Relaxed));
        let lane = self.pick(id);
        let NewSocket { read, write, peer, admission, unread, allowance, queue_bytes_max } = socket;
        let conn = Arc::new(Conn::new(id, peer, lane.clone(), write, queue_bytes_max, admission));
        let protocol = make(Arc::clone(&conn));
        if !lane.tell_lane(Job::Attach(Arc::clone(&conn))) {
            conn.mark_closing();
            conn.write().abort();
        }
        self.0.tracker.spawn(reader::run(Arc::clone(&conn), read, protocol, unread, allowance));
        conn
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "events are counted against events_max; the rest is bounded by the 32 open requests of each connection"
)]
fn start_lane(
    index: usize,
    limits: LaneLimits,
    clock: &Clock,
    tracker: &TaskTracker,
    shutdown: &CancellationToken,
) -> Lane {
    let (jobs, inbox) = tokio::sync::mpsc::unbounded_channel();
    let lane = Lane(Arc::new(Shared {
        index,
        jobs,
        limits,
        events: AtomicUsize::new(0),
        members: AtomicUsize::new(1),
        now_s: AtomicU32::new(0),
    }));
    let worker = Worker::new(lane.clone(), inbox, clock.clone(), Meters::new());
    tracker.spawn(worker.run(shutdown.clone()));
    lane
}
