//! One user's own events, on all devices.

use bytes::Bytes;
use storage::ids::UserId;

use super::Ways;
use crate::code::Code;
use crate::ground::Ground;
use crate::shard::{Asker, Cx, Kind, Load, Window};
use crate::socket::Class;
use crate::wire::{self, Answer};

/// See the module. Nothing of it is stored.
#[derive(Debug)]
pub struct PersonRoom;

/// What a session asks of it.
#[derive(Debug, Clone, Copy)]
pub enum PersonOp {
    /// From now on the connection gets the user's events.
    Attach,
}

/// What other rooms and REST tell it.
#[derive(Debug)]
pub enum PersonTold {
    /// An encoded event for all of the user's connections.
    Event(Bytes),
}

impl PersonTold {
    /// How many notifications a user has not read.
    pub fn unread_count(ways: &Ways, user: UserId, unread: usize) {
        let event = wire::event("notification.unread_count", None, None, &serde_json::json!({ "unread": unread }));
        ways.tell::<PersonRoom>(user, Self::Event(event));
    }
}

impl Kind for PersonRoom {
    type Op = PersonOp;
    type Done = std::convert::Infallible;
    type Told = PersonTold;
    type Loaded = ();

    const WINDOW: Window = Window::Step;
    /// Whoever is not connected finds it in the store.
    const WAKES: bool = false;

    fn load(_id: UserId, _ground: &Ground) -> Load<Self> {
        Load::Now(())
    }

    fn new(_id: UserId, (): (), _ground: &Ground) -> Self {
        Self
    }

    fn on_op(&mut self, cx: &mut Cx<'_, Self>, PersonOp::Attach: PersonOp, asker: Asker<'_>) {
        let Some(client) = asker.client else { return };
        if cx.enter(client) {
            cx.join(client.conn());
            cx.answer(asker.ticket, Ok(Answer::empty()));
        } else {
            cx.answer(asker.ticket, Err(Code::Overloaded.into()));
        }
    }

    fn on_done(&mut self, _cx: &mut Cx<'_, Self>, done: std::convert::Infallible) {
        match done {}
    }

    fn on_told(&mut self, cx: &mut Cx<'_, Self>, PersonTold::Event(event): PersonTold) {
        cx.publish(Class::Durable, event);
    }
}
