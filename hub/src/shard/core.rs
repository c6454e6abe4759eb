//! One shard's rooms and what happens to them in a turn. Synchronous: its only effects are messages to lanes, to
//! `persist` and to other shards.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use storage::Clock;
use tokio::time::Instant;

use super::context::{Conns, Context, Tickets};
use super::room::Room;
use super::{Control, Request, Shards};
use crate::client::Client;
use crate::code::Code;
use crate::persist::{Completion, Done, Persist};
use crate::room_id::RoomId;
use crate::socket::{Closing, Lane};
use crate::wire::Failure;

/// Rooms a shard holds; beyond that opening another is refused `overloaded`.
const ROOMS_MAX: usize = 100_000;
/// Inputs that wait while their room is loaded; beyond that requests are refused `overloaded`.
const LOADING_MAX: usize = 256;
/// A room nobody used for this long is put away.
const IDLE_AFTER: Duration = Duration::from_secs(60);
/// How long the shard sleeps when nothing is due.
const SLEEP_MAX: Duration = Duration::from_secs(3_600);

enum State {
    Loading(VecDeque<Waiting>),
    Live(Room),
}

/// What waits for a room to be loaded.
enum Waiting {
    Request(Request),
    Control(Control),
}

struct Slot {
    /// Tells the answers to an earlier life of this room from those to this one.
    incarnation: u64,
    state: State,
    used: Instant,
    due: Instant,
}

/// One shard.
pub(super) struct Shard {
    rooms: HashMap<RoomId, Slot>,
    conns: Conns,
    tickets: Tickets,
    due: BTreeSet<(Instant, RoomId)>,
    incarnations: u64,
    lanes: Vec<Lane>,
    clock: Clock,
    instant: Instant,
    persist: Persist,
    shards: Shards,
    rules: chat::Rules,
}

impl Shard {
    pub(super) fn new(lanes: Vec<Lane>, clock: Clock, persist: Persist, shards: Shards, rules: chat::Rules) -> Self {
        Self {
            rooms: HashMap::new(),
            conns: Conns::default(),
            tickets: Tickets::default(),
            due: BTreeSet::new(),
            incarnations: 0,
            lanes,
            clock,
            instant: read_instant(),
            persist,
            shards,
            rules,
        }
    }

    /// When [`Self::turn`] must be called even if nothing came in.
    pub(super) fn due(&self) -> Instant {
        self.due.first().map_or_else(|| self.instant + SLEEP_MAX, |(at, _room)| *at)
    }

    /// Handles what came in, then what is due.
    pub(super) fn turn(&mut self, told: &mut Vec<Control>, asked: &mut Vec<Request>) {
        self.instant = read_instant();
        for control in told.drain(..) {
            self.on_control(control);
        }
        for request in asked.drain(..) {
            self.on_request(request);
        }
        while let Some(&(at, room)) = self.due.first() {
            if at > self.instant {
                break;
            }
            self.due.pop_first();
            self.on_due(room);
        }
    }

    fn on_request(&mut self, request: Request) {
        if request.client.as_ref().is_some_and(|client| client.is_gone()) {
            return;
        }
        let room = request.room;
        let is_full = self.rooms.len() >= ROOMS_MAX;
        match self.rooms.get_mut(&room).map(|slot| &mut slot.state) {
            Some(State::Live(_)) => self.in_room(room, |live, context| live.on_request(context, request)),
            Some(State::Loading(waiting)) if waiting.len() < LOADING_MAX => {
                waiting.push_back(Waiting::Request(request))
            }
            Some(State::Loading(_)) => refuse(request, Code::Overloaded),
            None if is_full => refuse(request, Code::Overloaded),
            None => {
                self.create(room, Waiting::Request(request));
            }
        }
    }

    fn on_control(&mut self, control: Control) {
        let room = match &control {
            Control::Closed(client) => return self.on_closed(client),
            Control::Done(Done { room, incarnation, .. }) => {
                if self.rooms.get(room).is_none_or(|slot| slot.incarnation != *incarnation) {
                    return;
                }
                *room
            }
            Control::Changed(room, ..)
            | Control::Settle(room, ..)
            | Control::Settled(room, ..)
            | Control::Marked(room, ..)
            | Control::Started(room, _)
            | Control::Touch(room, _) => *room,
            Control::Tell(user, _) => RoomId::Person(*user),
        };
        if let Control::Done(Done { completion: Completion::Loaded(_), .. }) = &control {
            return self.on_loaded(room, control);
        }
        match self.rooms.get_mut(&room).map(|slot| &mut slot.state) {
            Some(State::Live(_)) => self.in_room(room, |live, context| live.on_control(context, control)),
            // Control inputs are bounded by their causes and may not be lost.
            Some(State::Loading(waiting)) => waiting.push_back(Waiting::Control(control)),
            None if matches!(control, Control::Tell(..) | Control::Settled(..)) => {}
            None => self.create(room, Waiting::Control(control)),
        }
    }

    /// Makes a room: at once where nothing of it is stored, else by asking `persist` for it.
    fn create(&mut self, room: RoomId, first: Waiting) {
        self.incarnations += 1;
        let incarnation = self.incarnations;
        let state = match Room::without_store(room) {
            Some(live) => State::Live(live),
            None => {
                self.persist.load(room, incarnation);
                State::Loading(VecDeque::new())
            }
        };
        let due = self.instant + IDLE_AFTER;
        self.rooms.insert(room, Slot { incarnation, state, used: self.instant, due });
        self.due.insert((due, room));
        self.again(first);
    }

    fn again(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Request(request) => self.on_request(request),
            Waiting::Control(control) => self.on_control(control),
        }
    }

    fn on_loaded(&mut self, room: RoomId, control: Control) {
        let Control::Done(Done { completion: Completion::Loaded(loaded), .. }) = control else { return };
        let Some(slot) = self.rooms.get_mut(&room) else { return };
        let State::Loading(waiting) = &mut slot.state else { return };
        let waiting = std::mem::take(waiting);
        match *loaded {
            Ok(loaded) => {
                slot.state = State::Live(Room::loaded(loaded, self.rules, self.persist.draw_seed()));
                for waiting in waiting {
                    self.again(waiting);
                }
            }
            Err(failure) => {
                self.remove(room);
                for waiting in waiting {
                    if let Waiting::Request(request) = waiting {
                        answer(request, failure.clone());
                    }
                    // A control input to a room that cannot be loaded changes a view; its note has it repaired.
                }
            }
        }
    }

    fn on_due(&mut self, room: RoomId) {
        let Some(slot) = self.rooms.get(&room) else { return };
        let idle_since = slot.used;
        match &slot.state {
            State::Loading(_) => self.schedule(room, self.instant + IDLE_AFTER),
            State::Live(live) if live.is_idle() && self.instant >= idle_since + IDLE_AFTER => self.remove(room),
            State::Live(_) => self.in_room(room, |live, context| live.on_due(context)),
        }
    }

    fn on_closed(&mut self, client: &Arc<Client>) {
        for room in self.conns.remove(client.conn()) {
            self.in_room(room, |live, context| live.on_closed(context, client));
        }
    }

    fn remove(&mut self, room: RoomId) {
        if let Some(slot) = self.rooms.remove(&room) {
            self.due.remove(&(slot.due, room));
        }
    }

    /// Runs a handler of a live room. A panic costs the room: it is loaded anew, its members reconnect and resume.
    fn in_room(&mut self, room: RoomId, handler: impl FnOnce(&mut Room, &mut Context<'_>)) {
        let Some(Slot { incarnation, state: State::Live(live), used, .. }) = self.rooms.get_mut(&room) else { return };
        let mut context = Context {
            room,
            incarnation: *incarnation,
            now: self.clock.now(),
            instant: self.instant,
            lanes: &self.lanes,
            persist: &self.persist,
            shards: &self.shards,
            tickets: &mut self.tickets,
            conns: &mut self.conns,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            handler(live, &mut context);
            live.next_due(&context)
        }));
        match outcome {
            Ok(due) => {
                if !live.is_idle() {
                    *used = self.instant;
                }
                let idle_check = *used + IDLE_AFTER;
                let due = due.map_or(idle_check, |due| due.min(idle_check));
                self.schedule(room, due.max(self.instant));
            }
            Err(_panic) => {
                tracing::error!(%room, "a room panicked and is put away");
                for client in live.clients() {
                    client.close(Closing::new(Code::Internal));
                }
                self.tickets.fail_room(room);
                self.remove(room);
            }
        }
    }

    fn schedule(&mut self, room: RoomId, at: Instant) {
        let Some(slot) = self.rooms.get_mut(&room) else { return };
        self.due.remove(&(slot.due, room));
        slot.due = at;
        self.due.insert((at, room));
    }
}

fn refuse(request: Request, code: Code) {
    answer(request, Failure::from(code).retry_after_ms(500));
}

fn answer(request: Request, failure: Failure) {
    super::context::send_reply(request.client.as_ref(), request.reply, Err(failure));
}

#[expect(clippy::disallowed_methods, reason = "a shard reads tokio's clock once a turn; tests pause it")]
pub(super) fn read_instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
