//! Shards own rooms: one task each, a map of rooms, one closed set of inputs; it awaits nothing but its inbox.
//!
//! A shard never touches a socket (lanes do) and never waits for the store (`persist` does, and answers as an input).
//! A panic inside one room costs that room, never the shard.

mod context;
mod core;
mod desk;
mod members;
mod negotiation;
mod notes;
mod outgoing;
mod room;
mod views;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use chat::wire::{InboxList, Reply};
use chat::{Command, Head, Mark, Party, Side};
use serde_json::value::RawValue;
use storage::Clock;
use storage::ids::{ConversationId, Seq, UserId};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::app::Tasks;
use crate::client::Client;
use crate::persist::Persist;
use crate::room_id::RoomId;
use crate::socket::{Lane, Weight};
use crate::wire::Failure;

/// Requests waiting at a shard; beyond that a request is refused `overloaded`.
const REQUESTS_MAX: usize = 8_192;
/// Inputs handled between two looks at what is due.
const INPUTS_PER_TURN: usize = 256;

/// What a client asks of a room.
#[derive(Debug)]
pub enum RoomOp {
    /// One of `negotiation.*`, of a party that the policy let through.
    Negotiation(Party, Command),
    /// `inbox.list`.
    Inbox(Party, InboxList),
    /// A session was opened: its connection gets its user's events from now on.
    AttachPerson,
    /// A session was opened: its connection gets its team's inbox from now on.
    AttachDesk(Party),
    /// `bench.join`.
    BenchJoin,
    /// `bench.publish`: the room's name and the data.
    BenchPublish(Arc<str>, Box<RawValue>),
}

/// Where a reply goes.
#[derive(Debug)]
pub enum ReplyTo {
    /// Nowhere: a one-way operation.
    Nobody,
    /// To the request of this id on the asking connection, with what it took of the open ones.
    Request(u64, Weight),
    /// To a REST handler.
    Rest(oneshot::Sender<Result<Reply, Failure>>),
}

/// An operation on a room, and who asked.
#[derive(Debug)]
pub struct Request {
    /// Where.
    pub room: RoomId,
    /// What.
    pub op: RoomOp,
    /// The asking connection; none for REST.
    pub client: Option<Arc<Client>>,
    /// The reply's address.
    pub reply: ReplyTo,
}

/// What reaches a shard besides requests; never refused, bounded by what causes it.
#[derive(Debug)]
pub enum Control {
    /// A connection is gone. At most one a connection.
    Closed(Arc<Client>),
    /// A store operation ended. At most one for each that a shard began.
    Done(crate::persist::Done),
    /// A conversation's head moved: its desks follow. At most one for each append, to each side.
    Changed(RoomId, Box<Head>),
    /// A conversation is quiet: its desk makes the inbox row and the notifications durable, then says so.
    Settle(RoomId, Side, Box<Head>),
    /// A desk has settled a conversation's row.
    Settled(RoomId, Side, Seq, bool),
    /// A read mark moved: the user's other devices follow.
    Marked(RoomId, ConversationId, Mark),
    /// Something for one user: an event already encoded.
    Tell(UserId, bytes::Bytes),
    /// A conversation was made under this note: tell its desks.
    Started(RoomId, i64),
    /// A conversation is found unsettled after a crash: load it, bring its views up to date, and remove the note that
    /// said so.
    Touch(RoomId, i64),
}

/// The way into one shard.
#[derive(Debug, Clone)]
pub(crate) struct ShardSender {
    requests: mpsc::Sender<Request>,
    control: mpsc::UnboundedSender<Control>,
}

/// The ways into all shards.
#[derive(Debug, Clone)]
pub struct Shards {
    senders: Arc<[ShardSender]>,
}

impl Shards {
    /// Starts `count` shards, and the store's side of their rooms.
    pub fn start(
        count: usize,
        lanes: &[Lane],
        clock: &Clock,
        tasks: &Tasks,
        rules: chat::Rules,
        make_persist: impl FnOnce(Self) -> Persist,
    ) -> (Persist, Self) {
        let mut inboxes = Vec::new();
        let mut senders = Vec::new();
        for _ in 0..count.max(1) {
            let (requests, requests_in) = mpsc::channel(REQUESTS_MAX);
            #[expect(clippy::disallowed_methods, reason = "each kind of control input is bounded by its cause")]
            let (control, control_in) = mpsc::unbounded_channel();
            senders.push(ShardSender { requests, control });
            inboxes.push((requests_in, control_in));
        }
        let shards = Self { senders: senders.into() };
        let persist = make_persist(shards.clone());
        for (requests, control) in inboxes {
            let shard = core::Shard::new(lanes.to_vec(), clock.clone(), persist.clone(), shards.clone(), rules);
            drop(tasks.rooms.spawn(run(shard, requests, control, tasks.stop.clone())));
        }
        (persist, shards)
    }

    fn of(&self, room: RoomId) -> &ShardSender {
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
    /// Gives the request back when its shard has too much waiting, or is stopped.
    #[expect(
        clippy::result_large_err,
        reason = "the refused request is answered by the caller, without a box on the way"
    )]
    pub fn request(&self, request: Request) -> Result<(), Request> {
        self.of(request.room).requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(request) | mpsc::error::TrySendError::Closed(request) => request,
        })
    }

    /// Tells the shard of a room something it must not miss.
    pub(crate) fn control(&self, room: RoomId, control: Control) {
        // A stopped shard needs no news.
        self.of(room).control.send(control).ok();
    }

    /// Tells every shard that a connection is gone.
    pub fn closed(&self, client: &Arc<Client>) {
        client.set_gone();
        for sender in self.senders.iter() {
            sender.control.send(Control::Closed(Arc::clone(client))).ok();
        }
    }
}

async fn run(
    mut shard: core::Shard,
    mut requests: mpsc::Receiver<Request>,
    mut control: mpsc::UnboundedReceiver<Control>,
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
