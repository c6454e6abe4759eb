//! What a kind of rooms is: its own types, and what it does when something comes. The engine does the rest.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use storage::words::ConnId;
use tokio::time::Instant;

use super::{Asker, Cx, ReplyTo, Shard, Slots, Window};
use crate::client::Client;
use crate::wire::Failure;

/// The closed list of kinds, with the enums and the dispatch that [`crate::kinds!`] makes of it.
pub trait Kinds: Sized + Send + 'static {
    /// Names a room of any kind.
    type Id: Copy + Ord + Hash + Debug + Display + Send + Sync;
    /// What a client asks of a room of any kind.
    type Question: Send;
    /// What reaches a room of any kind.
    type Input: Send;
    /// The rooms of a shard, by kind.
    type Rooms: Default + Send;
    /// What jobs and rooms stand on. Cheap to clone.
    type Ground: Clone + Send + Sync;

    /// A question on its way, with who asks it.
    fn asked(question: Self::Question, client: Option<Arc<Client>>, reply: ReplyTo) -> (Self::Id, Self::Input);
    /// Hands an input to its kind.
    fn take(shard: &mut Shard<Self>, input: Self::Input);
    /// Something is due in a room.
    fn due(shard: &mut Shard<Self>, room: Self::Id);
    /// A connection that had entered a room is gone.
    fn closed(shard: &mut Shard<Self>, room: Self::Id, conn: ConnId);
}

/// A kind's place in the list; made by [`crate::kinds!`].
pub trait Listed: Sized {
    /// The list.
    type All: Kinds;
    /// Its own way to name a room.
    type Id: Copy + Ord + Hash + Debug + Send + Sync + 'static;

    /// The room's name among all.
    fn room(id: Self::Id) -> <Self::All as Kinds>::Id;
    /// An input among all.
    fn input(id: Self::Id, input: Input<Self>) -> <Self::All as Kinds>::Input
    where
        Self: Kind;
    /// The rooms of this kind.
    fn slots(rooms: &mut <Self::All as Kinds>::Rooms) -> &mut Slots<Self>
    where
        Self: Kind;
}

/// A kind of rooms: a state machine with its own questions, news and jobs.
///
/// Each method is one step; its outputs leave through [`Cx`] in the order in which they were made. A panic costs the room:
/// its members are closed with `internal`, what it owes is answered `outcome_unknown`, and it is loaded anew.
pub trait Kind: Listed + Send + 'static {
    /// What clients ask.
    type Op: Send;
    /// What its jobs bring.
    type Done: Send;
    /// What other rooms and sweepers tell it.
    type Told: Send;
    /// What it is made of.
    type Loaded: Send;

    /// How long events may be collected before they go out.
    const WINDOW: Window;
    /// Whether news wake a room that is not in memory; else they are for those that are.
    const WAKES: bool = true;

    /// What a room is made of, at once or after reading.
    fn load(id: Self::Id, ground: &<Self::All as Kinds>::Ground) -> Load<Self>;
    /// The room.
    fn new(id: Self::Id, loaded: Self::Loaded, ground: &<Self::All as Kinds>::Ground) -> Self;
    /// A client asks.
    fn on_op(&mut self, cx: &mut Cx<'_, Self>, op: Self::Op, asker: Asker<'_>);
    /// A job ended.
    fn on_done(&mut self, cx: &mut Cx<'_, Self>, done: Self::Done);
    /// Another room, or a sweeper, has news.
    fn on_told(&mut self, cx: &mut Cx<'_, Self>, told: Self::Told);
    /// [`Self::next_due`] has come.
    fn on_due(&mut self, _cx: &mut Cx<'_, Self>) {}
    /// A connection that had entered is gone; its membership ends behind this.
    fn on_closed(&mut self, _cx: &mut Cx<'_, Self>, _conn: ConnId) {}
    /// When [`Self::on_due`] has something to do.
    fn next_due(&self, _cx: &Cx<'_, Self>) -> Option<Instant> {
        None
    }
    /// Whether a connection that is no member still has something here that its end must be told to.
    fn concerns(&self, _conn: ConnId) -> bool {
        false
    }
    /// Whether nothing is lost when it is put away. Members and collected events are the engine's to look at.
    fn is_idle(&self) -> bool {
        true
    }
}

/// Where a room comes from.
pub enum Load<K: Kind> {
    /// From nothing.
    Now(K::Loaded),
    /// From the store.
    Later(BoxFuture<'static, Result<K::Loaded, Failure>>),
}

/// A question to one room, and who asks it.
pub struct Request<K: Kind> {
    /// What.
    pub op: K::Op,
    /// The asking connection; none for REST.
    pub client: Option<Arc<Client>>,
    /// The reply's address.
    pub reply: ReplyTo,
}

/// What reaches one room.
pub enum Input<K: Kind> {
    /// A question.
    Asked(Request<K>),
    /// News.
    Told(K::Told),
    /// What it is made of, for the life of that number.
    Loaded(u64, Result<K::Loaded, Failure>),
    /// A job of the life of that number ended; none: it panicked.
    Done(u64, Option<K::Done>),
}

/// Makes the closed list of kinds: the names of rooms, questions, inputs and the rooms themselves, and which method an
/// input goes to. One line a kind: its field, its name, its type, how its rooms are named.
#[macro_export]
macro_rules! kinds {
    (
        $(#[$all_doc:meta])* $all:ident over $ground:ty;
        $($(#[$doc:meta])* $field:ident $name:ident: $kind:ty, $id:ty;)*
    ) => {
        $(#[$all_doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $all;

        /// A room: whatever has members and events.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RoomId { $($(#[$doc])* $name($id),)* }

        impl std::fmt::Display for RoomId {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { $(Self::$name(id) => write!(f, concat!(stringify!($field), " {}"), id),)* }
            }
        }

        /// What a client asks of a room.
        pub enum Question { $($(#[$doc])* $name($id, <$kind as $crate::shard::Kind>::Op),)* }

        /// What reaches a room.
        pub enum Input { $($(#[$doc])* $name($id, $crate::shard::Input<$kind>),)* }

        /// The rooms of one shard.
        #[derive(Default)]
        pub struct Rooms { $($field: $crate::shard::Slots<$kind>,)* }

        impl $crate::shard::Kinds for $all {
            type Id = RoomId;
            type Question = Question;
            type Input = Input;
            type Rooms = Rooms;
            type Ground = $ground;

            fn asked(
                question: Question,
                client: Option<std::sync::Arc<$crate::client::Client>>,
                reply: $crate::shard::ReplyTo,
            ) -> (RoomId, Input) {
                match question {
                    $(Question::$name(id, op) => {
                        let request = $crate::shard::Request { op, client, reply };
                        (RoomId::$name(id), Input::$name(id, $crate::shard::Input::Asked(request)))
                    })*
                }
            }

            fn take(shard: &mut $crate::shard::Shard<Self>, input: Input) {
                match input { $(Input::$name(id, input) => shard.on_input::<$kind>(id, input),)* }
            }

            fn due(shard: &mut $crate::shard::Shard<Self>, room: RoomId) {
                match room { $(RoomId::$name(id) => shard.on_due::<$kind>(id),)* }
            }

            fn closed(shard: &mut $crate::shard::Shard<Self>, room: RoomId, conn: storage::words::ConnId) {
                match room { $(RoomId::$name(id) => shard.on_closed::<$kind>(id, conn),)* }
            }
        }

        $(impl $crate::shard::Listed for $kind {
            type All = $all;
            type Id = $id;

            fn room(id: $id) -> RoomId {
                RoomId::$name(id)
            }

            fn input(id: $id, input: $crate::shard::Input<Self>) -> Input {
                Input::$name(id, input)
            }

            fn slots(rooms: &mut Rooms) -> &mut $crate::shard::Slots<Self> {
                &mut rooms.$field
            }
        })*
    };
}
