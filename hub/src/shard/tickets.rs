//! Replies that are owed: where each goes, until it is answered. Bounded by the open requests of all connections and REST
//! handlers. Never knows what is answered.

use std::collections::HashMap;
use std::sync::Arc;

use storage::words::{ConnId, Ticket};
use tokio::sync::oneshot;

use crate::client::Client;
use crate::code::Code;
use crate::socket::{Closing, Weight};
use crate::wire::{self, Answer, Failure};

/// Where a reply goes.
#[derive(Debug)]
pub enum ReplyTo {
    /// Nowhere: a one-way operation.
    Nobody,
    /// To the request of this id on the asking connection, with what it took of the open ones.
    Request(u64, Weight),
    /// To a REST handler.
    Rest(oneshot::Sender<Result<Answer, Failure>>),
    /// Nowhere; but refused, the asking connection is closed: it would miss something without knowing.
    OrClose,
}

impl ReplyTo {
    /// Sends a reply to where it was asked from. A connection or handler that is gone is no error.
    pub(super) fn send(self, client: Option<&Arc<Client>>, result: Result<Answer, Failure>) {
        match (self, client) {
            (Self::Rest(waiting), _) => {
                waiting.send(result).ok();
            }
            (Self::Request(id, weight), Some(client)) => {
                let object = match result {
                    Ok(answer) => wire::ok_of(id, &answer.body),
                    Err(failure) => wire::error(id, &failure.below(wire::BODY)),
                };
                client.reply(object, weight);
            }
            (Self::OrClose, Some(client)) => {
                if let Err(failure) = result {
                    // What has no number of its own says: try later.
                    let code = if failure.code.close().is_some() { failure.code } else { Code::Overloaded };
                    client.close(Closing::new(code));
                }
            }
            (Self::Nobody | Self::Request(..) | Self::OrClose, _) => {}
        }
    }
}

struct Pending<Id> {
    room: Id,
    client: Option<Arc<Client>>,
    reply: ReplyTo,
}

pub(super) struct Tickets<Id> {
    pending: HashMap<Ticket, Pending<Id>>,
    last: u64,
}

impl<Id: Copy + Eq> Tickets<Id> {
    pub(super) fn new() -> Self {
        Self { pending: HashMap::new(), last: 0 }
    }

    /// A ticket for a reply that comes later; none where nobody waits for one.
    pub(super) fn take(&mut self, room: Id, client: Option<&Arc<Client>>, reply: ReplyTo) -> Option<Ticket> {
        if matches!(reply, ReplyTo::Nobody) {
            return None;
        }
        self.last += 1;
        let ticket = Ticket(self.last);
        self.pending.insert(ticket, Pending { room, client: client.cloned(), reply });
        Some(ticket)
    }

    /// Answers a ticket; a second answer finds nothing. Whose it was.
    pub(super) fn answer(&mut self, ticket: Ticket, result: Result<Answer, Failure>) -> Option<ConnId> {
        let Pending { client, reply, .. } = self.pending.remove(&ticket)?;
        reply.send(client.as_ref(), result);
        client.map(|client| client.conn())
    }

    /// Answers everything that a lost room owes. Whose it was.
    pub(super) fn fail_room(&mut self, room: Id) -> Vec<ConnId> {
        let lost = self.pending.extract_if(|_ticket, pending| pending.room == room);
        let failed = lost.filter_map(|(_ticket, Pending { client, reply, .. })| {
            reply.send(client.as_ref(), Err(Code::OutcomeUnknown.into()));
            client.map(|client| client.conn())
        });
        failed.collect()
    }
}
