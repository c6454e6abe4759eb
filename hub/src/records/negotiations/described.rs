//! What the routes of negotiations take and give. Their answers are those of the socket's operations.

use chat::wire::{EntryView, InboxList, Opened, Start, Summary};
use serde_json::{Value, json};

use super::{NewMessage, Page};
use crate::code::Code;
use crate::describe::{Doc, says};
use crate::op::Name;
use crate::schema::{Named, flag, id, object, time, whole};

pub(super) fn list() -> Doc {
    let doc = says(Name::InboxList.summary()).query::<InboxList>().lists::<Summary>().refuses(&[Code::Invalid]);
    leading(doc, "/items/0/conversation")
}

pub(super) fn start() -> Doc {
    let started = object(&[("conversation", id()), ("created", flag())]);
    let doc = says(Name::NegotiationStart.summary()).takes::<Start>().once();
    let doc = doc.gives_value(201, started.clone()).gives_value(200, started);
    leading(doc.refuses(&[Code::NotFound, Code::Conflict]), "/conversation")
}

/// To everything that is done with the conversation which the answer has there.
fn leading(doc: Doc, pointer: &str) -> Doc {
    let operations = [
        "get_negotiations_id",
        "get_negotiations_id_messages",
        "post_negotiations_id_messages",
        "post_negotiations_id_claim",
        "post_negotiations_id_transfer",
        "post_negotiations_id_read",
        "post_negotiations_id_recall",
        "post_negotiations_id_release",
        "post_negotiations_id_close",
        "post_negotiations_id_reopen",
        "post_negotiations_id_block",
        "post_negotiations_id_report",
    ];
    operations.into_iter().fold(doc, |doc, operation| doc.leads_to(operation, &[("id", pointer)]))
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
    let (status, answer) = match name.row().text {
        "negotiation.read" => (200, object(&[("unread", whole())])),
        "negotiation.report" => (201, object(&[("report", id())])),
        _ => (200, object(&[("seq", whole())])),
    };
    let doc = says(name.summary()).gives_value(status, answer).refuses(&[Code::Conflict]);
    let body = without_conversation(name);
    if body.get("required").is_some() { doc.takes_value(body) } else { doc.may_take(body) }
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
