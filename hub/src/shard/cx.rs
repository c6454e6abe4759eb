//! What a room may use of its shard while it is being handled: the time, its members, and the ways out.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use smallvec::SmallVec;
use storage::ids::Millis;
use storage::words::{ConnId, Ticket};
use tokio::time::Instant;

use super::collector::Collector;
use super::engine::Base;
use super::kind::{Input, Kind, Kinds};
use super::members::Members;
use super::{Shards, Window};
use crate::client::Client;
use crate::socket::Class;
use crate::wire::{Answer, Failure};

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The connection; none for REST.
    pub client: Option<&'a Arc<Client>>,
    /// For the answer; none where nobody waits for one.
    pub ticket: Option<Ticket>,
}

impl Asker<'_> {
    /// The connection's number.
    #[must_use]
    pub fn conn(&self) -> Option<ConnId> {
        self.client.map(|client| client.conn())
    }
}

/// The shard, as one room sees it during one step. What leaves through it leaves in this order.
pub struct Cx<'a, K: Kind> {
    pub(super) id: K::Id,
    pub(super) life: u64,
    pub(super) now: Millis,
    pub(super) base: &'a mut Base<K::All>,
    pub(super) members: &'a mut Members,
    pub(super) collector: &'a mut Collector,
    /// Whose requests were answered in this step.
    pub(super) answered: SmallVec<[ConnId; 2]>,
}

impl<K: Kind> Cx<'_, K> {
    /// Which room this is.
    #[must_use]
    pub const fn id(&self) -> K::Id {
        self.id
    }

    /// The wall clock: for what is written down.
    #[must_use]
    pub const fn now(&self) -> Millis {
        self.now
    }

    /// The turn's instant: for durations.
    #[must_use]
    pub const fn instant(&self) -> Instant {
        self.base.instant
    }

    /// What rooms stand on.
    #[must_use]
    pub const fn ground(&self) -> &<K::All as Kinds>::Ground {
        &self.base.ground
    }

    /// The ways to other rooms.
    #[must_use]
    pub const fn ways(&self) -> &Shards<K::All> {
        &self.base.shards
    }

    /// Sends an encoded event to all members.
    pub fn publish(&mut self, class: Class, event: Bytes) {
        self.collector.push(event, class, None, self.base.instant);
    }

    /// Sends an encoded event to all members but one.
    pub fn publish_except(&mut self, class: Class, event: Bytes, except: Option<ConnId>) {
        self.collector.push(event, class, except, self.base.instant);
    }

    /// Sends an encoded event to one connection that has entered.
    pub fn tell(&mut self, conn: ConnId, class: Class, event: Bytes) {
        self.keep_order();
        if let Some(client) = self.base.conns.client(conn) {
            client.tell(event, class);
        }
    }

    /// Answers a request; a second answer finds nothing.
    pub fn answer(&mut self, ticket: Option<Ticket>, result: Result<Answer, Failure>) {
        let Some(ticket) = ticket else { return };
        self.keep_order();
        self.answered.extend(self.base.tickets.answer(ticket, result));
    }

    /// Whether the connection may have something here: from now on the room is told of its end. Its place is free again
    /// once an answer to it leaves it neither a member nor [`Kind::concerns`].
    #[must_use]
    pub fn enter(&mut self, client: &Arc<Client>) -> bool {
        self.base.conns.enter(client, K::room(self.id))
    }

    /// From here on a connection that has entered gets what is published.
    pub fn join(&mut self, conn: ConnId) {
        self.flush();
        if let Some(client) = self.base.conns.client(conn).filter(|client| !client.is_gone()) {
            self.members.join(client);
        }
    }

    /// From here on it does not.
    pub fn leave(&mut self, conn: ConnId) {
        self.keep_order();
        self.members.leave(conn);
        self.answered.push(conn);
    }

    /// Frees a connection's place when this step leaves it neither a member nor [`Kind::concerns`]; answering does so too.
    pub fn release(&mut self, conn: ConnId) {
        self.answered.push(conn);
    }

    /// Runs a job beside the rooms; [`Kind::on_done`] gets what it brings. It ends with the hub, then nothing was promised.
    pub fn job(&self, job: impl Future<Output = K::Done> + Send + 'static) {
        let (shards, id, life) = (self.base.shards.clone(), self.id, self.life);
        self.base.tasks.beside_rooms(async move {
            let done = AssertUnwindSafe(job).catch_unwind().await;
            shards.put::<K>(id, Input::Done(life, done.ok()));
        });
    }

    /// Nothing overtakes an event on its way to a connection, where that is promised.
    fn keep_order(&mut self) {
        if K::WINDOW == Window::Step {
            self.flush();
        }
    }

    pub(super) fn flush(&mut self) {
        self.collector.flush(self.base.instant, self.members, &self.base.lanes);
    }
}
