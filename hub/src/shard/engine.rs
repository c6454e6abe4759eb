//! One shard's rooms and what happens to them in a turn. Synchronous: its only effects are messages to lanes and to other
//! shards, and jobs.

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::FutureExt as _;
use smallvec::SmallVec;
use storage::Clock;
use storage::words::ConnId;
use tokio::time::Instant;

use super::collector::{Due, backlog};
use super::conns::Conns;
use super::cx::{Asker, Cx};
use super::kind::{Input, Kind, Kinds, Load, Request};
use super::slot::{Live, Slot, State};
use super::tickets::Tickets;
use super::{Control, Shards};
use crate::client::Client;
use crate::code::Code;
use crate::socket::{Closing, Lane, RoomKey};
use crate::tasks::Tasks;
use crate::wire::Failure;

/// Rooms a shard holds; beyond that opening another is refused `overloaded`.
const ROOMS_MAX: usize = 100_000;
/// Inputs that wait while their room is loaded; beyond that requests are refused `overloaded`.
const LOADING_MAX: usize = 256;
/// A room nobody used for this long is put away.
const IDLE_AFTER: Duration = Duration::from_secs(60);
/// How long the shard sleeps when nothing is due.
const SLEEP_MAX: Duration = Duration::from_secs(3_600);
/// Lives of rooms are numbered within a shard; the shard's index stands above. **Units**: bits.
const LIFE_BITS: u32 = 48;

/// One shard.
pub struct Shard<A: Kinds> {
    rooms: A::Rooms,
    count: usize,
    base: Base<A>,
}

/// What all rooms of a shard share.
pub(super) struct Base<A: Kinds> {
    pub(super) conns: Conns<A::Id>,
    pub(super) tickets: Tickets<A::Id>,
    pub(super) lanes: Vec<Lane>,
    pub(super) instant: Instant,
    pub(super) shards: Shards<A>,
    pub(super) ground: A::Ground,
    pub(super) tasks: Tasks,
    due: BTreeSet<(Instant, A::Id)>,
    clock: Clock,
    lives: u64,
}

impl<A: Kinds> Shard<A> {
    pub(super) fn new(
        index: usize,
        lanes: Vec<Lane>,
        clock: Clock,
        shards: Shards<A>,
        ground: A::Ground,
        tasks: Tasks,
    ) -> Self {
        let base = Base {
            conns: Conns::new(),
            tickets: Tickets::new(),
            lanes,
            instant: read_instant(),
            shards,
            ground,
            tasks,
            due: BTreeSet::new(),
            clock,
            lives: (index as u64) << LIFE_BITS,
        };
        Self { rooms: A::Rooms::default(), count: 0, base }
    }

    /// When [`Self::turn`] must be called even if nothing came in.
    pub(super) fn due(&self) -> Instant {
        self.base.due.first().map_or_else(|| self.base.instant + SLEEP_MAX, |(at, _room)| *at)
    }

    /// Handles what came in, then what is due.
    pub(super) fn turn(&mut self, told: &mut Vec<Control<A>>, asked: &mut Vec<A::Input>) {
        self.base.instant = read_instant();
        for control in told.drain(..) {
            match control {
                Control::Closed(client) => self.close(&client),
                Control::Room(input) => A::take(self, input),
            }
        }
        for input in asked.drain(..) {
            A::take(self, input);
        }
        while let Some(&(at, room)) = self.base.due.first() {
            if at > self.base.instant {
                break;
            }
            self.base.due.pop_first();
            A::due(self, room);
        }
    }

    fn close(&mut self, client: &Client) {
        for room in self.base.conns.remove(client.conn()) {
            A::closed(self, room, client.conn());
        }
    }

    /// Hands an input to its room, which is made or loaded for it where it is not here.
    pub fn on_input<K: Kind<All = A>>(&mut self, id: K::Id, input: Input<K>) {
        if let Input::Asked(Request { client: Some(client), .. }) = &input
            && client.is_gone()
        {
            return;
        }
        match K::slots(&mut self.rooms).0.get_mut(&id) {
            Some(slot) => match (&mut slot.state, input) {
                (_, Input::Loaded(life, loaded)) if life == slot.life => self.loaded::<K>(id, loaded),
                (State::Live(_), Input::Done(life, done)) if life == slot.life => self.done::<K>(id, done),
                // Of an earlier life.
                (_, Input::Loaded(..) | Input::Done(..)) => {}
                (State::Live(_), Input::Asked(request)) => self.ask(id, request),
                (State::Live(_), Input::Told(told)) => self.step::<K>(id, |room, cx| room.on_told(cx, told)),
                (State::Loading(waiting), Input::Asked(request)) if waiting.len() >= LOADING_MAX => {
                    refuse(request, Code::Overloaded);
                }
                // News are bounded by their causes and may not be lost.
                (State::Loading(waiting), input) => waiting.push_back(input),
            },
            None => self.wake(id, input),
        }
    }

    fn wake<K: Kind<All = A>>(&mut self, id: K::Id, input: Input<K>) {
        match input {
            Input::Asked(request) if self.count >= ROOMS_MAX => refuse(request, Code::Overloaded),
            Input::Asked(_) => self.create(id, input),
            Input::Told(_) if K::WAKES => self.create(id, input),
            Input::Told(_) | Input::Loaded(..) | Input::Done(..) => {}
        }
    }

    /// Makes a room, at once or by reading it, and hands it what it was made for.
    fn create<K: Kind<All = A>>(&mut self, id: K::Id, first: Input<K>) {
        self.base.lives += 1;
        let (life, now) = (self.base.lives, self.base.instant);
        let state = match K::load(id, &self.base.ground) {
            Load::Now(loaded) => State::Live(self.live(id, loaded)),
            Load::Later(loading) => {
                let shards = self.base.shards.clone();
                self.base.tasks.beside_rooms(async move {
                    let loaded = AssertUnwindSafe(loading).catch_unwind().await;
                    let loaded = loaded.unwrap_or_else(|_panic| Err(Failure::internal("reading a room panicked")));
                    shards.put::<K>(id, Input::Loaded(life, loaded));
                });
                State::Loading(VecDeque::new())
            }
        };
        let due = now + IDLE_AFTER;
        K::slots(&mut self.rooms).0.insert(id, Slot { life, state, used: now, due });
        self.count += 1;
        self.base.due.insert((due, K::room(id)));
        self.on_input(id, first);
    }

    fn live<K: Kind<All = A>>(&self, id: K::Id, loaded: K::Loaded) -> Box<Live<K>> {
        let key = RoomKey(self.base.lives);
        debug_assert!(key != RoomKey::EVERYBODY, "lives are counted from 1: a room must not be everybody's");
        Box::new(Live::new(K::new(id, loaded, &self.base.ground), key))
    }

    fn loaded<K: Kind<All = A>>(&mut self, id: K::Id, loaded: Result<K::Loaded, Failure>) {
        let Some(slot) = K::slots(&mut self.rooms).0.get_mut(&id) else { return };
        let State::Loading(waiting) = &mut slot.state else { return };
        let (waiting, key) = (std::mem::take(waiting), RoomKey(slot.life));
        match loaded {
            Ok(loaded) => {
                slot.state = State::Live(Box::new(Live::new(K::new(id, loaded, &self.base.ground), key)));
                for input in waiting {
                    self.on_input(id, input);
                }
            }
            Err(failure) => {
                self.remove::<K>(id);
                for input in waiting {
                    if let Input::Asked(request) = input {
                        answer(request, failure.clone());
                    }
                    // News for a room that cannot be read change a view; its note has it repaired.
                }
            }
        }
    }

    fn ask<K: Kind<All = A>>(&mut self, id: K::Id, Request { op, client, reply }: Request<K>) {
        let ticket = self.base.tickets.take(K::room(id), client.as_ref(), reply);
        self.step::<K>(id, |room, cx| room.on_op(cx, op, Asker { client: client.as_ref(), ticket }));
    }

    fn done<K: Kind<All = A>>(&mut self, id: K::Id, done: Option<K::Done>) {
        match done {
            Some(done) => self.step::<K>(id, |room, cx| room.on_done(cx, done)),
            None => self.lose::<K>(id, "a job of a room panicked"),
        }
    }

    /// A room's time has come: to do something, to flush, or to be put away.
    pub fn on_due<K: Kind<All = A>>(&mut self, id: K::Id) {
        let now = self.base.instant;
        let Some(slot) = K::slots(&mut self.rooms).0.get(&id) else { return };
        match &slot.state {
            State::Loading(_) => self.schedule::<K>(id, now + IDLE_AFTER),
            State::Live(live) if live.is_idle() && now >= slot.used + IDLE_AFTER => self.remove::<K>(id),
            State::Live(_) => self.step::<K>(id, |room, cx| room.on_due(cx)),
        }
    }

    /// A connection that had entered is gone.
    pub fn on_closed<K: Kind<All = A>>(&mut self, id: K::Id, conn: ConnId) {
        self.step::<K>(id, |room, cx| {
            room.on_closed(cx, conn);
            cx.members.leave(conn);
        });
    }

    /// One step of a living room, and what follows from it.
    fn step<K: Kind<All = A>>(&mut self, id: K::Id, step: impl FnOnce(&mut K, &mut Cx<'_, K>)) {
        let Some(slot) = K::slots(&mut self.rooms).0.get_mut(&id) else { return };
        let State::Live(live) = &mut slot.state else { return };
        let Live { room, members, collector } = &mut **live;
        let (now, life) = (self.base.clock.now(), slot.life);
        let mut cx = Cx { id, life, now, base: &mut self.base, members, collector, answered: SmallVec::new() };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            step(room, &mut cx);
            free_places(room, &mut cx);
            (room.next_due(&cx), flush(&mut cx))
        }));
        match outcome {
            Ok((due, flush_at)) => {
                let now = self.base.instant;
                if !live.is_idle() {
                    slot.used = now;
                }
                let next = [due, flush_at, Some(slot.used + IDLE_AFTER)].into_iter().flatten().min();
                self.schedule::<K>(id, next.unwrap_or(now).max(now));
            }
            Err(_panic) => self.lose::<K>(id, "a room panicked"),
        }
    }

    /// A room is put away as it is: who is in it reconnects and resumes, what it owes may or may not have been done.
    fn lose<K: Kind<All = A>>(&mut self, id: K::Id, why: &str) {
        let room = K::room(id);
        tracing::error!(%room, why, "a room is lost and put away");
        metrics::counter!("rooms_lost_total").increment(1);
        self.base.tickets.fail_room(room);
        for client in self.base.conns.clear(room) {
            client.close(Closing::new(Code::Internal));
        }
        self.remove::<K>(id);
    }

    fn remove<K: Kind<All = A>>(&mut self, id: K::Id) {
        if let Some(slot) = K::slots(&mut self.rooms).0.remove(&id) {
            self.count -= 1;
            self.base.due.remove(&(slot.due, K::room(id)));
        }
    }

    fn schedule<K: Kind<All = A>>(&mut self, id: K::Id, at: Instant) {
        let Some(slot) = K::slots(&mut self.rooms).0.get_mut(&id) else { return };
        self.base.due.remove(&(slot.due, K::room(id)));
        slot.due = at;
        self.base.due.insert((at, K::room(id)));
    }
}

/// Whoever was answered and has nothing here any more gives their place back.
fn free_places<K: Kind>(room: &K, cx: &mut Cx<'_, K>) {
    for conn in std::mem::take(&mut cx.answered) {
        if !cx.members.contains(conn) && !room.concerns(conn) {
            cx.base.conns.exit(conn, K::room(cx.id));
        }
    }
}

/// Lets out what is to go out now; when to look again.
fn flush<K: Kind>(cx: &mut Cx<'_, K>) -> Option<Instant> {
    if cx.collector.is_empty() {
        return None;
    }
    match cx.collector.due(cx.base.instant, cx.members.len(), backlog(cx.members, &cx.base.lanes)) {
        Due::Now => {
            cx.flush();
            None
        }
        Due::At(at) => Some(at),
    }
}

fn refuse<K: Kind>(request: Request<K>, code: Code) {
    answer(request, Failure::from(code).retry_after_ms(500));
}

fn answer<K: Kind>(Request { client, reply, .. }: Request<K>, failure: Failure) {
    reply.send(client.as_ref(), Err(failure));
}

#[expect(clippy::disallowed_methods, reason = "a shard reads tokio's clock once a turn; tests pause it")]
pub(super) fn read_instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
