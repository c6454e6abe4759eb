//! AsyncAPI 3 of the socket: one channel, the operations that the hub receives with their replies, the events that it
//! sends. From the rows of [`crate::op`] and [`super::events`].

use serde_json::{Map, Value, json};

use super::events::{EVENTS, Event};
use crate::code;
use crate::op::{Answered, NAMES, Name};
use crate::schema::{Named, set};

const CHANNEL: &str = "#/channels/socket";

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut named = Named::default();
    let (mut messages, mut operations) = (Map::new(), Map::new());
    messages
        .insert("error".to_owned(), json!({"summary": "a request that is refused", "payload": refused(&mut named)}));
    for name in NAMES {
        asked(*name, &mut named, &mut messages, &mut operations);
    }
    for event in EVENTS {
        told(event, &mut named, &mut messages, &mut operations);
    }
    let refers = |name: &String| (name.clone(), json!({"$ref": format!("#/components/messages/{name}")}));
    let of_channel: Map<_, _> = messages.keys().map(refers).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fairhub socket",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "WebSocket, subprotocol fairhub.v1; a text frame holds one or more of these objects joined by \
                            line ends. The first one is session.open.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {"socket": {"address": "/v1/ws", "messages": of_channel}},
        "operations": operations,
        "components": {"messages": messages, "schemas": named.schemas},
    })
}

/// What a reply and an `error` event say of what is not done.
pub(super) fn error(_named: &mut Named) -> Value {
    let codes: Vec<_> = code::TABLE.iter().map(|code| code.text()).collect();
    json!({"type": "object", "required": ["code", "message"], "properties": {
        "code": {"type": "string", "enum": codes},
        "message": {"type": "string"},
        "retry_after_ms": {"type": "integer", "minimum": 0},
        "fields": {"type": "array", "items": {"type": "object", "required": ["at", "code"],
            "properties": {"at": {"type": "string"}, "code": {"type": "string"}}}},
    }})
}

fn refused(named: &mut Named) -> Value {
    json!({"type": "object", "required": ["id", "error"], "properties": {"id": id(), "error": error(named)}})
}

fn id() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": crate::wire::REQUEST_ID_MAX})
}

fn message(name: &str) -> Value {
    json!({"$ref": format!("{CHANNEL}/messages/{name}")})
}

/// An operation: what a client asks, and what it is answered.
fn asked(name: Name, named: &mut Named, messages: &mut Map<String, Value>, operations: &mut Map<String, Value>) {
    let row = name.row();
    let is_answered = row.answered == Answered::Reply;
    let body = name.body(named);
    let payload = if is_answered {
        json!({"type": "object", "required": ["id", "op"], "additionalProperties": false,
            "properties": {"id": id(), "op": {"const": row.text}, "d": body}})
    } else {
        json!({"type": "object", "required": ["op"], "additionalProperties": false,
            "properties": {"op": {"const": row.text}, "d": body}})
    };
    messages.insert(row.text.to_owned(), json!({"summary": row.d, "payload": payload}));
    let mut operation = json!({
        "action": "receive",
        "channel": {"$ref": CHANNEL},
        "messages": [message(row.text)],
        "x-right": format!("{:?}", row.right).to_lowercase(),
        "x-class": format!("{:?}", row.class).to_lowercase(),
    });
    if is_answered {
        let reply = format!("{}.ok", row.text);
        let payload = json!({"type": "object", "required": ["id", "ok"],
            "properties": {"id": id(), "ok": {"type": "object", "description": row.ok}}});
        let replies = json!({"channel": {"$ref": CHANNEL}, "messages": [message(&reply), message("error")]});
        set(&mut operation, "reply", replies);
        messages.insert(reply, json!({"summary": row.ok, "payload": payload}));
    }
    operations.insert(row.text.to_owned(), operation);
}

/// An event: what a client is told without asking.
fn told(event: &Event, named: &mut Named, messages: &mut Map<String, Value>, operations: &mut Map<String, Value>) {
    let mut properties = Map::new();
    properties.insert("ev".to_owned(), json!({"const": event.ev}));
    properties.insert("d".to_owned(), (event.schema)(named));
    if event.has_room {
        properties.insert("room".to_owned(), json!({"type": "string"}));
    }
    if event.has_seq {
        properties.insert("seq".to_owned(), json!({"type": "integer", "minimum": 1}));
    }
    let names: Vec<_> = properties.keys().cloned().collect();
    // An event may have the name of the operation that causes it.
    let name = format!("event.{}", event.ev);
    let payload = json!({"type": "object", "required": names, "properties": properties});
    messages.insert(name.clone(), json!({"summary": event.d, "payload": payload}));
    operations
        .insert(name.clone(), json!({"action": "send", "channel": {"$ref": CHANNEL}, "messages": [message(&name)]}));
}

#[cfg(test)]
mod tests;
