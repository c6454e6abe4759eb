//! Who has the conversation open: live entries, presence, typing.
//!
//! Owns the list of connections. Never touches the log.

use std::collections::{BTreeMap, BTreeSet};

use storage::ids::UserId;

use super::{Actor, Conversation, reply};
use crate::output::Output;
use crate::party::{ConnId, Refusal};
use crate::time::{Now, Tick};
use crate::wire::{Event, Reply};

/// Most connections that have one conversation open; more are told to try later.
const MEMBERS_MAX: usize = 256;
/// One user's typing is passed on at most once in this time.
const TYPING_MS: i64 = 3_000;

#[derive(Debug, Default)]
pub(super) struct Members {
    conns: BTreeMap<ConnId, UserId>,
    typed: BTreeMap<UserId, Tick>,
}

impl Members {
    pub(super) fn is_empty(&self) -> bool {
        self.conns.is_empty()
    }

    pub(super) fn contain(&self, conn: ConnId) -> bool {
        self.conns.contains_key(&conn)
    }

    /// The users behind the connections.
    pub(super) fn online(&self) -> Vec<UserId> {
        let users: BTreeSet<UserId> = self.conns.values().copied().collect();
        users.into_iter().collect()
    }

    fn is_online(&self, user: UserId) -> bool {
        self.conns.values().any(|member| *member == user)
    }
}

impl Conversation {
    /// Refuses a connection for which there is no more room.
    pub(super) fn check_seat(&self, conn: Option<ConnId>) -> Result<(), Refusal> {
        let conns = &self.members.conns;
        match conn {
            Some(conn) if conns.len() >= MEMBERS_MAX && !conns.contains_key(&conn) => Err(Refusal::Overloaded),
            _ => Ok(()),
        }
    }

    /// From here on a connection gets the entries; the other members learn that its user is there.
    pub(super) fn enter(&mut self, actor: Actor, out: &mut Vec<Output>) {
        let Some(conn) = actor.conn else { return };
        let was_online = self.members.is_online(actor.user);
        if self.members.conns.insert(conn, actor.user).is_none() {
            out.push(Output::Subscribe(conn));
        }
        if !was_online {
            let event = Event::Presence { user: actor.user, online: true };
            out.push(Output::Event { event, except: Some(conn) });
        }
    }

    /// A connection stops to be a member, if it is one.
    pub(super) fn part(&mut self, conn: ConnId, out: &mut Vec<Output>) {
        let Some(user) = self.members.conns.remove(&conn) else { return };
        out.push(Output::Unsubscribe(conn));
        if !self.members.is_online(user) {
            self.members.typed.remove(&user);
            out.push(Output::Event { event: Event::Presence { user, online: false }, except: None });
        }
    }

    /// `negotiation.leave`.
    #[expect(clippy::unnecessary_wraps, reason = "every operation answers the same way")]
    pub(super) fn leave(&mut self, actor: Actor, out: &mut Vec<Output>) -> Result<(), Refusal> {
        if let Some(conn) = actor.conn {
            self.abandon_held(conn, out);
            self.abandon_pages(conn, out);
            self.part(conn, out);
        }
        reply(out, actor.ticket, Ok(Reply::Empty {}));
        Ok(())
    }

    /// `negotiation.typing`: of members who may write, conflated.
    pub(super) fn typing(&mut self, now: Now, actor: Actor, out: &mut Vec<Output>) -> Result<(), Refusal> {
        actor.may_write(&self.head, &self.rules)?;
        let member = actor.conn.is_some_and(|conn| self.members.contain(conn));
        let last = self.members.typed.get(&actor.user);
        if member && last.is_none_or(|last| now.tick.since_ms(*last) >= TYPING_MS) {
            self.members.typed.insert(actor.user, now.tick);
            out.push(Output::Event { event: Event::Typing { user: actor.user }, except: actor.conn });
        }
        reply(out, actor.ticket, Ok(Reply::Empty {}));
        Ok(())
    }
}
