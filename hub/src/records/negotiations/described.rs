//! What the routes of negotiations take and give. Their answers are those of the socket's operations.

use chat::wire::{EntryView, InboxList, Opened, Start, Summary};
use serde_json::{Value, json};

use super::{NewMessage, Page};
use crate::code::Code;
use crate::describe::schema::{Named, flag, id, object, time, whole};
use crate::describe::{Doc, says};
use crate::op::Name;

pub(super) fn list() -> Doc {
    says(Name::InboxList.summary()).query::<InboxList>().lists::<Summary>().refuses(&[Code::Invalid])
}

pub(super) fn start() -> Doc {
    let started = object(&[("conversation", id()), ("created", flag())]);
    let doc = says(Name::NegotiationStart.summary()).takes::<Start>().once();
    doc.gives_value(201, started.clone()).gives_value(200, started).refuses(&[Code::NotFound, Code::Conflict])
}

pub(super) fn open() -> Doc {
    says(Name::NegotiationOpen.summary()).gives::<Opened>(200).tagged()
}

pub(super) fn messages() -> Doc {
    let mut doc = says(Name::NegotiationHistory.summary()).query::<Page>().refuses(&[Code::Invalid]);
    let entries = json!({"type": "array", "items": doc.named.of::<EntryView>()});
    doc.gives_value(200, object(&[("items", entries), ("more", flag())]))
}

pub(super) fn send() -> Doc {
    let sent = object(&[("seq", whole()), ("at", time()), ("duplicate", flag())]);
    let doc = says(Name::NegotiationSend.summary()).takes::<NewMessage>().once();
    doc.gives_value(201, sent.clone()).gives_value(200, sent).refuses(&[Code::Conflict])
}

pub(super) fn verb(name: Name) -> Doc {
    let doc = says(name.summary()).gives_value(200, answer(name)).refuses(&[Code::Conflict]);
    let body = without_conversation(name);
    if body.get("required").is_some() { doc.takes_value(body) } else { doc.may_take(body) }
}

fn answer(name: Name) -> Value {
    match name.row().text {
        "negotiation.read" => object(&[("unread", whole())]),
        "negotiation.report" => object(&[("report", id())]),
        _ => object(&[("seq", whole())]),
    }
}

/// The operation's body, but for what the path says.
fn without_conversation(name: Name) -> Value {
    let mut named = Named::default();
    let reference = name.body(&mut named);
    let known =
        reference.pointer("/$ref").and_then(Value::as_str).and_then(|path| named.schemas.get(path.rsplit('/').next()?));
    let mut schema = known.cloned().unwrap_or_else(|| json!({"type": "object"}));
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("conversation");
    }
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let left: Vec<_> = required.into_iter().filter(|field| field != "conversation").collect();
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("required");
        if !left.is_empty() {
            fields.insert("required".to_owned(), left.into());
        }
    }
    schema
}
