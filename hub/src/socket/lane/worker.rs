//! The lane task: it owns the seats and walks rooms. It never waits for a socket, a shard or a reader.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use slab::Slab;
use storage::clock::Clock;
use storage::ids::Millis;
use storage::words::ConnId;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::members::{Joined, Members, SeatKey};
use super::meters::Meters;
use super::seat::{Due, Seat};
use super::{CloseWith, Job, Lane};
use crate::code::Code;
use crate::socket::frame::Frame;
use crate::socket::outbox::{Ledger, Resumed, Sent};
use crate::socket::wheel::Wheel;
use crate::socket::{Class, Closing, Conn, RoomKey, Weight};

/// Jobs taken from the inbox at once.
const JOBS_AT_ONCE: usize = 256;

/// `try_write` spends no cooperative budget, so the walk itself lets others run after so many sends.
const SENDS_PER_TURN: u32 = 256;

pub(super) struct Worker {
    lane: Lane,
    inbox: UnboundedReceiver<Job>,
    clock: Clock,
    seats: Slab<Seat>,
    keys: HashMap<ConnId, SeatKey>,
    members: Members,
    blocked: FuturesUnordered<BoxFuture<'static, ConnId>>,
    wheel: Wheel<(SeatKey, ConnId)>,
    /// Seats that the current walk found broken or too slow.
    failed: Vec<(SeatKey, Sent)>,
    ledger: Ledger,
    meters: Meters,
    deliveries: u64,
    sends: u32,
    /// The second at which a drain ends.
    drain_until_s: Option<u32>,
}

impl Worker {
    pub(super) fn new(lane: Lane, inbox: UnboundedReceiver<Job>, clock: Clock, meters: Meters) -> Self {
        Self {
            lane,
            inbox,
            clock,
            seats: Slab::new(),
            keys: HashMap::new(),
            members: Members::default(),
            blocked: FuturesUnordered::new(),
            wheel: Wheel::new(),
            failed: Vec::new(),
            ledger: Ledger::default(),
            meters,
            deliveries: 0,
            sends: 0,
            drain_until_s: None,
        }
    }

    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.tick().await;
        let mut jobs = Vec::with_capacity(JOBS_AT_ONCE);
        while !self.is_drained() {
            tokio::select! {
                // In this order, so that a run in virtual time is repeatable; the first two end by themselves.
                biased;
                _at = tick.tick() => self.turn(),
                Some(conn) = self.blocked.next(), if !self.blocked.is_empty() => self.resume(conn),
                () = shutdown.cancelled(), if self.drain_until_s.is_none() => self.begin_drain(),
                _count = self.inbox.recv_many(&mut jobs, JOBS_AT_ONCE) => {
                    for job in jobs.drain(..) {
                        self.handle(job).await;
                        self.end_failed();
                    }
                }
            }
            self.end_failed();
        }
        self.end();
    }

    async fn handle(&mut self, job: Job) {
        match job {
            Job::Attach(conn) => self.attach(conn),
            Job::Subscribe(room, conn) => self.subscribe(room, conn),
            Job::Unsubscribe(room, conn) => self.unsubscribe(room, conn),
            Job::Reply(conn, frame, weight) => self.reply(conn, &frame, weight),
            Job::Tell(conn, frame, class) => self.tell(conn, &frame, class),
            Job::Broadcast { room, frame, class, except } => self.broadcast(room, &frame, class, except).await,
            Job::Deadline(conn, at, code) => self.set_deadline(conn, at, code),
            Job::Close(conn, with) => self.close(conn, with),
            Job::CloseMembers(room) => self.close_members(room),
            Job::Gone(conn) => self.gone(conn),
        }
    }

    fn attach(&mut self, conn: Arc<Conn>) {
        let id = conn.id();
        let Ok(key) = SeatKey::try_from(self.seats.vacant_key()) else { return conn.write().abort() };
        self.seats.insert(Seat::new(conn, self.wheel.now_s()));
        self.keys.insert(id, key);
        self.look_at(key);
    }

    fn subscribe(&mut self, room: RoomKey, conn: ConnId) {
        let Some((key, seat)) = self.seat(conn) else { return };
        if seat.is_closing() {
            return;
        }
        if self.members.join(room, key, self.lane.0.limits.rooms_max) == Joined::TooMany {
            self.begin_close(key, CloseWith::Reason(Closing::new(Code::Flood)));
        }
    }

    fn unsubscribe(&mut self, room: RoomKey, conn: ConnId) {
        if let Some(&key) = self.keys.get(&conn) {
            self.members.leave(room, key);
        }
    }

    /// On a closing connection nobody waits for its slots any more.
    fn reply(&mut self, conn: ConnId, frame: &Frame, weight: Weight) {
        let Some(&key) = self.keys.get(&conn) else { return };
        let Some(seat) = self.seats.get_mut(key as usize) else { return };
        if !seat.is_closing() {
            let sent = seat.outbox.reply(frame.bytes(), weight, &mut self.ledger);
            self.after(key, sent);
        }
    }

    fn tell(&mut self, conn: ConnId, frame: &Frame, class: Class) {
        let Some(&key) = self.keys.get(&conn) else { return };
        let Some(seat) = self.seats.get_mut(key as usize) else { return };
        if !seat.is_closing() {
            let sent = seat.outbox.send(frame.bytes(), class, &mut self.ledger);
            self.after(key, sent);
        }
    }

    /// The hot loop: one non-blocking write per member, no wake-up, allocation or copy.
    async fn broadcast(&mut self, room: RoomKey, frame: &Frame, class: Class, except: Option<ConnId>) {
        let members = self.members.of(room);
        let count = members.len();
        for member in members {
            let key = member.seat;
            let Some(seat) = self.seats.get_mut(key as usize) else { continue };
            if except.is_some_and(|except| except == seat.conn().id()) {
                continue;
            }
            match seat.outbox.send(frame.bytes(), class, &mut self.ledger) {
                Sent::Done | Sent::Queued => self.deliveries += 1,
                Sent::Shed => {}
                Sent::Blocked => {
                    self.deliveries += 1;
                    self.blocked.push(wake(seat));
                }
                failed @ (Sent::Overflow | Sent::Broken) => self.failed.push((key, failed)),
            }
            self.sends += 1;
            if self.sends >= SENDS_PER_TURN {
                self.sends = 0;
                tokio::task::yield_now().await;
            }
        }
        self.lane.0.end_walk(count);
    }

    /// What follows from one send outside the hot loop.
    fn after(&mut self, key: SeatKey, sent: Sent) {
        match sent {
            Sent::Done | Sent::Queued | Sent::Shed => {}
            Sent::Blocked => {
                if let Some(seat) = self.seats.get(key as usize) {
                    self.blocked.push(wake(seat));
                }
            }
            failed @ (Sent::Overflow | Sent::Broken) => self.failed.push((key, failed)),
        }
    }

    fn end_failed(&mut self) {
        while let Some((key, failed)) = self.failed.pop() {
            if failed == Sent::Overflow {
                self.begin_close(key, CloseWith::Reason(Closing::new(Code::SlowConsumer)));
            } else {
                self.remove(key);
            }
        }
    }

    fn set_deadline(&mut self, conn: ConnId, at: Option<Millis>, code: Code) {
        let now = self.clock.now();
        let now_s = self.wheel.now_s();
        let Some((key, seat)) = self.seat(conn) else { return };
        seat.set_deadline(at.map(|at| {
            let left_s = at.since_ms(now).max(0).cast_unsigned().div_ceil(1000);
            (now_s.saturating_add(u32::try_from(left_s).unwrap_or(u32::MAX)), code)
        }));
        self.look_at(key);
    }

    fn close(&mut self, conn: ConnId, with: CloseWith) {
        let Some((key, seat)) = self.seat(conn) else { return };
        let is_answer = seat.is_closing() && matches!(with, CloseWith::Echo(_));
        if is_answer { self.remove(key) } else { self.begin_close(key, with) }
    }

    fn close_members(&mut self, room: RoomKey) {
        let keys: Vec<SeatKey> = self.members.of(room).iter().map(|member| member.seat).collect();
        for key in keys {
            self.begin_close(key, CloseWith::Reason(Closing::new(Code::SlowConsumer)));
        }
    }

    fn gone(&mut self, conn: ConnId) {
        if let Some(&key) = self.keys.get(&conn) {
            self.remove(key);
        }
    }

    /// Sends the close frame, leaves all rooms and gives the peer a moment to answer.
    fn begin_close(&mut self, key: SeatKey, with: CloseWith) {
        let until_s = self.wheel.now_s() + self.lane.0.limits.linger_s;
        let Some(seat) = self.seats.get_mut(key as usize) else { return };
        if seat.is_closing() {
            return;
        }
        self.members.leave_all(key);
        seat.conn().mark_closing();
        seat.begin_closing(until_s, with.ends_writing());
        Meters::closed(with.text());
        let sent = seat.outbox.send_last(with.frame().bytes(), with.drops_queue(), &mut self.ledger);
        self.after(key, sent);
        self.finish_writing(key);
        self.look_at(key);
    }

    fn finish_writing(&self, key: SeatKey) {
        if let Some(seat) = self.seats.get(key as usize)
            && seat.has_finished_writing()
        {
            seat.conn().write().finish();
        }
    }

    /// The socket ends now.
    fn remove(&mut self, key: SeatKey) {
        let Some(mut seat) = self.seats.try_remove(key as usize) else { return };
        self.members.leave_all(key);
        if !seat.is_closing() {
            Meters::closed("gone");
        }
        self.keys.remove(&seat.conn().id());
        seat.outbox.settle(&mut self.ledger);
        seat.conn().mark_closing();
        seat.conn().write().abort();
    }

    fn resume(&mut self, conn: ConnId) {
        let Some(&key) = self.keys.get(&conn) else { return };
        let Some(seat) = self.seats.get_mut(key as usize) else { return };
        match seat.outbox.resume(&mut self.ledger) {
            Resumed::Empty => self.finish_writing(key),
            Resumed::Blocked => self.blocked.push(wake(seat)),
            Resumed::Broken => self.remove(key),
        }
    }

    /// One second has passed.
    fn turn(&mut self) {
        let due = self.wheel.turn();
        let now_s = self.wheel.now_s();
        self.lane.0.now_s.store(now_s, Ordering::Relaxed);
        for (key, conn) in due {
            let is_due =
                self.seats.get(key as usize).is_some_and(|seat| seat.due_s == now_s && seat.conn().id() == conn);
            if is_due {
                self.look_at(key);
            }
        }
        self.drain_on();
        self.publish();
    }

    /// Does what is due for the seat and puts it into the wheel for the next time.
    fn look_at(&mut self, key: SeatKey) {
        let now_s = self.wheel.now_s();
        let Some(seat) = self.seats.get_mut(key as usize) else { return };
        match seat.check(now_s, &self.lane.0.limits) {
            Due::At(next_s) => self.schedule(key, next_s),
            Due::Ping(next_s) => {
                let sent = seat.outbox.send(Frame::ping().bytes(), Class::Durable, &mut self.ledger);
                self.after(key, sent);
                self.schedule(key, next_s);
            }
            Due::Close(code) => self.begin_close(key, CloseWith::Reason(Closing::new(code))),
            Due::Remove => self.remove(key),
        }
    }

    fn schedule(&mut self, key: SeatKey, next_s: u32) {
        if let Some(seat) = self.seats.get_mut(key as usize) {
            seat.due_s = self.wheel.insert(next_s, (key, seat.conn().id()));
        }
    }

    fn begin_drain(&mut self) {
        self.drain_until_s = Some(self.wheel.now_s() + self.lane.0.limits.drain_s.max(1));
        self.drain_on();
    }

    /// Closes whoever has no request open; at half time everybody.
    fn drain_on(&mut self) {
        let Some(until_s) = self.drain_until_s else { return };
        let is_half_over = until_s.saturating_sub(self.wheel.now_s()) <= self.lane.0.limits.drain_s / 2;
        let keys: Vec<usize> = self.seats.iter().map(|(key, _)| key).collect();
        let spread_ms = u64::from(self.lane.0.limits.drain_spread_ms.max(1));
        for key in keys {
            let Some(seat) = self.seats.get(key) else { continue };
            if is_half_over || !seat.conn().has_open_requests() {
                // Scrambled, so that neighbours do not come back together.
                let spread = seat.conn().id().0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                let retry_after_ms = u32::try_from(spread % spread_ms).ok();
                let closing = Closing { code: Code::GoingAway, retry_after_ms };
                self.begin_close(SeatKey::try_from(key).unwrap_or(SeatKey::MAX), CloseWith::Reason(closing));
            }
        }
    }

    fn is_drained(&self) -> bool {
        self.drain_until_s
            .is_some_and(|until_s| self.seats.is_empty() && self.inbox.is_empty() || self.wheel.now_s() >= until_s)
    }

    /// Ends what is left, also sockets that arrived too late.
    fn end(&mut self) {
        self.inbox.close();
        while let Ok(job) = self.inbox.try_recv() {
            if let Job::Attach(conn) = job {
                conn.mark_closing();
                conn.write().abort();
            }
        }
        let keys: Vec<usize> = self.seats.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.remove(SeatKey::try_from(key).unwrap_or(SeatKey::MAX));
        }
        self.publish();
    }

    fn publish(&mut self) {
        let deliveries = std::mem::take(&mut self.deliveries);
        self.meters.publish(&mut self.ledger, deliveries, self.seats.len(), self.blocked.len());
    }

    fn seat(&mut self, conn: ConnId) -> Option<(SeatKey, &mut Seat)> {
        let &key = self.keys.get(&conn)?;
        self.seats.get_mut(key as usize).map(|seat| (key, seat))
    }
}

/// Waits, without a task of its own, until the seat's socket is writable.
fn wake(seat: &Seat) -> BoxFuture<'static, ConnId> {
    let conn = Arc::clone(seat.conn());
    Box::pin(async move {
        // An error shows at the next write, which follows at once.
        if let Err(error) = conn.write().writable().await {
            tracing::trace!(%error, "socket failed while it was full");
        }
        conn.id()
    })
}
