//! The events of the socket: one row each. The table of `hub/PROTOCOL.md` is made from the rows.

use serde_json::{Value, json};

use crate::schema::{Named, id, object, whole};

/// What a receiver is told.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Its word on the wire.
    pub ev: &'static str,
    /// Its body, as the protocol's table shows it.
    pub d: &'static str,
    /// Whether its envelope names a room.
    pub has_room: bool,
    /// Whether its envelope has the seq of an entry.
    pub has_seq: bool,
    /// Its body's schema.
    pub schema: fn(&mut Named) -> Value,
}

const fn row(ev: &'static str, d: &'static str, schema: fn(&mut Named) -> Value) -> Event {
    Event { ev, d, has_room: false, has_seq: false, schema }
}

const fn of_room(ev: &'static str, d: &'static str, schema: fn(&mut Named) -> Value) -> Event {
    Event { ev, d, has_room: true, has_seq: false, schema }
}

/// Every event, in the order of the protocol's table.
pub const EVENTS: &[Event] = &[
    Event {
        has_seq: true,
        ..of_room("negotiation.message", "an entry, with `seq`", |named| named.of::<chat::wire::EntryView>())
    },
    of_room("negotiation.read", "`{\"user\",\"seq\"}`", |_| object(&[("user", id()), ("seq", whole())])),
    of_room("negotiation.typing", "`{\"user\"}`; at most one in 3 s", |_| object(&[("user", id())])),
    of_room("negotiation.presence", "`{\"user\",\"online\"}`", |_| {
        object(&[("user", id()), ("online", json!({"type": "boolean"}))])
    }),
    row("inbox.updated", "a summary", |named| named.of::<chat::wire::Summary>()),
    row(
        "notification.new",
        "`{\"id\",\"kind\",\"body\"}`: what was missed offline (kind `negotiation.unread`), what became of a record (kind: \
         the name of its event)",
        |_| object(&[("id", id()), ("kind", json!({"type": "string"})), ("body", json!({"type": "object"}))]),
    ),
    row(
        "notification.unread_count",
        "`{\"unread\"}`: how many the person has not read, at most 500; when it changes",
        |_| object(&[("unread", whole())]),
    ),
    row(
        "application.state_changed",
        "`{\"kind\",\"id\",\"version\",\"state\"}` of an exhibitor application, after each step",
        of_record,
    ),
    row("attendance.state_changed", "the same of an enterprise's attendance", of_record),
    row("booth.state_changed", "the same of a booth", of_record),
    row("exhibit.state_changed", "the same of an exhibit", of_record),
    row("invitation.state_changed", "the same of an invitation code", of_record),
    row("invitation.used", "the same, when an enterprise has used one", of_record),
    row("order.created", "the same of an intent order, when it is made", of_record),
    row("order.state_changed", "the same of an intent order, after each step", of_record),
    row("report.state_changed", "the same of a report, after each step", of_record),
    row(
        crate::windows::CHANGED,
        "`{\"window\",\"open\",\"opens_at\"?,\"closes_at\"?}`: a window of the event has opened or closed; to every session, \
         guests' too",
        |named| named.of::<crate::windows::Changed>(),
    ),
    of_room("bench.message", "the published `data`", |_| json!({})),
    row("error", "`{\"code\",\"message\",...}` of a one-way operation", super::asyncapi::error),
];

/// A record that moved.
fn of_record(_: &mut Named) -> Value {
    let text = || json!({"type": "string"});
    object(&[("kind", text()), ("id", id()), ("version", whole()), ("state", text())])
}
