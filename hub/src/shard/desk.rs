//! A desk in its shard: carries out what the pure inbox asks for, and makes its rows durable when told to.

use std::sync::Arc;

use chat::desk::{Desk, DeskOutput};
use chat::wire::InboxList;
use chat::{Caller, ConnId, Head, Mark, Party, Side};
use storage::ids::{ConversationId, EnterpriseId};

use super::context::Context;
use super::{Control, ReplyTo};
use crate::client::Client;
use crate::persist::{Completion, LoadedDesk};
use crate::room_id::RoomId;
use crate::socket::Class;
use crate::wire;

/// An enterprise's inbox in memory.
pub(super) struct DeskRoom {
    enterprise: EnterpriseId,
    desk: Desk,
    clients: std::collections::BTreeMap<ConnId, Arc<Client>>,
    /// Reused between operations.
    out: Vec<DeskOutput>,
}

impl DeskRoom {
    pub(super) fn new(loaded: LoadedDesk, rules: &chat::Rules) -> Self {
        #[cfg(not(feature = "planted"))]
        let shared = rules.shared;
        #[cfg(feature = "planted")]
        let shared = rules.shared && rules.planted != Some(chat::planted::Bug::StaleInbox);
        let desk = Desk::new(loaded.enterprise, loaded.heads, shared);
        Self { enterprise: loaded.enterprise, desk, clients: std::collections::BTreeMap::new(), out: Vec::new() }
    }

    pub(super) fn on_attach(&mut self, context: &mut Context<'_>, party: Party, client: Option<&Arc<Client>>) {
        let Some(client) = client else { return };
        let caller = Caller { party, conn: Some(client.conn()), ticket: None };
        match self.desk.subscribe(caller) {
            Ok(()) => self.remember(context, client),
            Err(refusal) => tracing::debug!(user = %party.user, %refusal, "not told of its desk"),
        }
    }

    pub(super) fn on_list(
        &mut self,
        context: &mut Context<'_>,
        party: Party,
        list: &InboxList,
        client: Option<&Arc<Client>>,
        reply: ReplyTo,
    ) {
        let ticket = context.ticket(client, reply);
        let caller = Caller { party, conn: client.map(|client| client.conn()), ticket };
        if let Some(client) = client {
            self.remember(context, client);
        }
        self.step(context, |desk, out| desk.handle_list(caller, list, out));
    }

    /// So that its events reach it and its end is heard of.
    fn remember(&mut self, context: &mut Context<'_>, client: &Arc<Client>) {
        if context.enter(client) {
            self.clients.insert(client.conn(), Arc::clone(client));
        }
    }

    pub(super) fn on_changed(&mut self, context: &mut Context<'_>, head: Head) {
        self.step(context, |desk, out| desk.handle_changed(head, out));
    }

    pub(super) fn on_marked(&mut self, context: &mut Context<'_>, conversation: ConversationId, mark: Mark) {
        self.step(context, |desk, out| desk.handle_marked(conversation, mark, out));
    }

    /// A conversation is quiet: its row and its notifications become durable. First, who is in the team now?
    pub(super) fn on_settle(&mut self, context: &mut Context<'_>, side: Side, head: Box<Head>) {
        // Its news may have been lost while the store did not give this desk.
        self.on_changed(context, (*head).clone());
        context.persist.load_team(context.at(), side, head);
    }

    pub(super) fn on_done(&mut self, context: &mut Context<'_>, completion: Completion) {
        match completion {
            Completion::Rows(rows) => self.step(context, |desk, out| desk.handle_rows(rows, out)),
            Completion::Facts { load, facts } => self.step(context, |desk, out| desk.handle_loaded(load, facts, out)),
            Completion::Team { side, head, team } => match team {
                Ok(team) => {
                    let absent = self.desk.offline(&head, &team);
                    context.persist.settle_row(context.at(), side, head, absent);
                }
                Err(_refusal) => settled(context, side, &head, false),
            },
            Completion::RowSettled { side, head, settled: done } => settled(context, side, &head, done),
            Completion::Loaded(_)
            | Completion::Appended(_)
            | Completion::Sealed
            | Completion::Looked(_)
            | Completion::Fetched { .. }
            | Completion::LookedUp { .. }
            | Completion::Filed { .. }
            | Completion::HeadSettled(_) => {}
        }
    }

    pub(super) fn on_closed(&mut self, client: &Client) {
        self.clients.remove(&client.conn());
        self.desk.handle_closed(client.conn());
    }

    pub(super) fn is_idle(&self) -> bool {
        self.desk.idle()
    }

    pub(super) fn clients(&self) -> Vec<Arc<Client>> {
        self.clients.values().cloned().collect()
    }

    fn step(&mut self, context: &mut Context<'_>, step: impl FnOnce(&mut Desk, &mut Vec<DeskOutput>)) {
        let mut out = std::mem::take(&mut self.out);
        step(&mut self.desk, &mut out);
        for output in out.drain(..) {
            match output {
                DeskOutput::Reply { ticket, result } => context.answer(ticket, result.map_err(Into::into)),
                DeskOutput::Tell { conn, event } => {
                    if let Some(client) = self.clients.get(&conn) {
                        client.tell(wire::event(event.name(), None, event.seq(), &event), Class::Durable);
                    }
                }
                DeskOutput::LoadRows => context.persist.load_rows(context.at(), self.enterprise),
                DeskOutput::LoadFacts { load, user, marks, heads } => {
                    context.persist.load_facts(context.at(), load, user, marks, heads);
                }
            }
        }
        self.out = out;
    }
}

/// Tells a conversation how its row fared.
fn settled(context: &Context<'_>, side: Side, head: &Head, done: bool) {
    let room = RoomId::Negotiation(head.conversation);
    context.shards.control(room, Control::Settled(room, side, head.head, done));
}
