//! The engine of rooms. Shards own rooms: one task each, one inbox, and it awaits nothing but that.
//!
//! Owns order, membership, replies and the way out of every room, whatever its kind; knows kinds by [`Kind`] only. Never
//! touches a socket (lanes do) and never waits for a store (jobs do, and answer as an input). A panic inside a room or one
//! of its jobs costs that room, never the shard.

mod collector;
mod conns;
mod cx;
mod engine;
mod kind;
mod members;
mod slot;
mod tickets;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use storage::Clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use collector::Window;
pub use cx::{Asker, Cx};
pub use engine::Shard;
pub use kind::{Input, Kind, Kinds, Listed, Load, Request};
pub use slot::Slots;
pub use tickets::ReplyTo;

use crate::client::Client;
use crate::code::Code;
use crate::socket::Lane;
use crate::tasks::Tasks;
use crate::wire::Failure;

/// Requests waiting at a shard; beyond that a request is refused `overloaded`.
const REQUESTS_MAX: usize = 8_192;
/// Inputs handled between two looks at what is due.
const INPUTS_PER_TURN: usize = 256;

/// What reaches a shard besides requests; never refused, bounded by what causes it.
enum Control<A: Kinds> {
    /// A connection is gone. At most one a connection.
    Closed(Arc<Client>),
    /// A job ended, or another room has news: at most one for each thing that was begun.
    Room(A::Input),
}

struct Sender<A: Kinds> {
    requests: mpsc::Sender<A::Input>,
    control: mpsc::UnboundedSender<Control<A>>,
}

/// The ways into all rooms. Cloning shares them.
pub struct Shards<A: Kinds> {
    senders: Arc<[Sender<A>]>,
}

impl<A: Kinds> Clone for Shards<A> {
    fn clone(&self) -> Self {
        Self { senders: Arc::clone(&self.senders) }
    }
}

impl<A: Kinds> std::fmt::Debug for Shards<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shards").field("count", &self.senders.len()).finish()
    }
}

impl<A: Kinds> Shards<A> {
    /// Starts `count` shards over what their rooms stand on.
    pub fn start(count: usize, lanes: &[Lane], clock: &Clock, tasks: &Tasks, ground: &A::Ground) -> Self {
        let mut inboxes = Vec::new();
        let mut senders = Vec::new();
        for _ in 0..count.max(1) {
            let (requests, requests_in) = mpsc::channel(REQUESTS_MAX);
            #[expect(clippy::disallowed_methods, reason = "each kind of control input is bounded by its cause")]
            let (control, control_in) = mpsc::unbounded_channel();
            senders.push(Sender { requests, control });
            inboxes.push((requests_in, control_in));
        }
        let shards = Self { senders: senders.into() };
        for (index, (requests, control)) in inboxes.into_iter().enumerate() {
            let shard = Shard::new(index, lanes.to_vec(), clock.clone(), shards.clone(), ground.clone(), tasks.clone());
            drop(tasks.rooms.spawn(run(shard, requests, control, tasks.stop.clone())));
        }
        shards
    }

    fn of(&self, room: A::Id) -> &Sender<A> {
        // DefaultHasher::new() has fixed keys: the same room is always on the same shard.
        let mut hasher = DefaultHasher::new();
        room.hash(&mut hasher);
        let count = u64::try_from(self.senders.len()).unwrap_or(1).max(1);
        let index = usize::try_from(hasher.finish() % count).unwrap_or(0);
        self.senders.get(index).expect("invariant: there is at least one shard, and the index is below their count")
    }

    /// Asks a room. Never waits.
    ///
    /// # Errors
    /// `overloaded` when its shard has too much waiting, or is stopped: nothing was done, nothing will be answered.
    pub fn ask(&self, question: A::Question, client: Option<Arc<Client>>, reply: ReplyTo) -> Result<(), Failure> {
        let (room, input) = A::asked(question, client, reply);
        let sent = self.of(room).requests.try_send(input);
        sent.map_err(|_full| Failure::from(Code::Overloaded).retry_after_ms(500))
    }

    /// Tells a room something that it must not miss.
    pub fn tell<K: Kind<All = A>>(&self, id: K::Id, told: K::Told) {
        self.put::<K>(id, Input::Told(told));
    }

    fn put<K: Kind<All = A>>(&self, id: K::Id, input: Input<K>) {
        // A stopped shard needs no news.
        self.of(K::room(id)).control.send(Control::Room(K::input(id, input))).ok();
    }

    /// Tells every shard that a connection is gone.
    pub fn closed(&self, client: &Arc<Client>) {
        client.set_gone();
        for sender in self.senders.iter() {
            sender.control.send(Control::Closed(Arc::clone(client))).ok();
        }
    }
}

async fn run<A: Kinds>(
    mut shard: Shard<A>,
    mut requests: mpsc::Receiver<A::Input>,
    mut control: mpsc::UnboundedReceiver<Control<A>>,
    shutdown: CancellationToken,
) {
    let mut asked = Vec::with_capacity(INPUTS_PER_TURN);
    let mut told = Vec::with_capacity(INPUTS_PER_TURN);
    let due = tokio::time::sleep_until(shard.due());
    tokio::pin!(due);
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            _some = control.recv_many(&mut told, INPUTS_PER_TURN) => {}
            _some = requests.recv_many(&mut asked, INPUTS_PER_TURN) => {}
            () = &mut due => {}
        }
        shard.turn(&mut told, &mut asked);
        if due.deadline() != shard.due() {
            due.as_mut().reset(shard.due());
        }
        // A full turn means more is waiting: lanes and readers on this core get their turn too.
        tokio::task::yield_now().await;
    }
}
