//! The kinds of rooms: the closed list. A kind is its module and its line here.

pub mod bench;
pub mod desk;
pub mod due;
pub mod negotiation;
pub mod outbox;
pub mod person;

use fair::accounts::Member;
use futures_util::future::BoxFuture;
use storage::ids::{ConversationId, EnterpriseId, UserId};

use crate::ground::Ground;
use crate::kinds;
use crate::principal::Principal;
use crate::shard::Shards;
use crate::wire::{Answer, Failure};

kinds! {
    /// All kinds.
    AllKinds over Ground;
    /// A conversation between two enterprises.
    negotiation Negotiation: negotiation::NegotiationRoom, ConversationId;
    /// One user's own events, on all devices.
    person Person: person::PersonRoom, UserId;
    /// An enterprise's team: its inbox.
    desk Desk: desk::DeskRoom, EnterpriseId;
    /// A room for measuring delivery.
    bench Bench: bench::BenchRoom, bench::BenchId;
}

/// Everything that comes due, by its owner.
const TIMERS: [&[due::Timer]; 4] = [&negotiation::TIMERS, &due::PEOPLE, &due::UPLOADS, &outbox::TIMERS];

/// The ways into all rooms.
pub type Ways = Shards<AllKinds>;

/// Where an operation on rooms goes.
pub enum Route {
    /// To its room, as it is.
    Room(Question),
    /// Something is read first, in its caller's own task, so that no room waits.
    First(First),
}

/// What is read for an operation before its room decides.
pub type First = Box<dyn FnOnce(Prepare) -> BoxFuture<'static, Result<Prepared, Failure>> + Send>;

impl Route {
    /// An operation that reads first.
    pub fn first<F>(read: impl FnOnce(Prepare) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Prepared, Failure>> + Send + 'static,
    {
        Self::First(Box::new(move |prepare| Box::pin(read(prepare))))
    }
}

/// What an operation may read, and who asks.
#[derive(Debug, Clone)]
pub struct Prepare {
    /// The store and the fair.
    pub ground: Ground,
    /// To tell rooms what was done.
    pub ways: Ways,
    /// Who asks.
    pub who: Principal,
}

/// What came of it.
pub enum Prepared {
    /// It goes on to its room.
    Room(Question),
    /// It is done.
    Done(Answer),
}

/// Whether a member of a team may negotiate for it.
#[must_use]
pub(crate) fn negotiates(member: &Member) -> bool {
    member.duty.is_some_and(storage::words::Duty::negotiates)
}
