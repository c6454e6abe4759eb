use std::collections::BTreeSet;

use super::*;
use crate::describe::openapi::tests::references;

#[test]
fn every_operation_and_event_is_there_and_references_are_whole() {
    let document = document();
    let operations = document["operations"].as_object().unwrap();
    assert_eq!(operations.len(), NAMES.len() + EVENTS.len());
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let lost: Vec<_> = found.iter().filter(|name| document.pointer(name.trim_start_matches('#')).is_none()).collect();
    assert!(lost.is_empty() && found.len() > 50, "{lost:?}");
}

#[test]
fn a_row_becomes_its_messages() {
    let document = document();
    let send = &document["components"]["messages"]["negotiation.send"]["payload"];
    assert_eq!(send["properties"]["op"]["const"], "negotiation.send");
    assert_eq!(send["required"], json!(["id", "op"]));
    let body = send["properties"]["d"]["$ref"].as_str().unwrap();
    let body = document.pointer(body.trim_start_matches('#')).unwrap();
    assert_eq!(body["required"], json!(["conversation", "client_msg_id", "kind", "body"]));
    assert_eq!(body["additionalProperties"], false);
    let typing = &document["components"]["messages"]["negotiation.typing"]["payload"];
    assert_eq!(typing["required"], json!(["op"]), "one-way: without an id");
    assert!(document["operations"]["negotiation.typing"].get("reply").is_none());
    assert_eq!(document["operations"]["event.negotiation.message"]["action"], "send");
}

/// What clients were told changes on purpose only: `INSTA_UPDATE=always cargo test -p hub --lib describe` writes it anew.
#[test]
fn the_description_is_what_was_agreed() {
    insta::assert_snapshot!("asyncapi", serde_json::to_string_pretty(&document()).unwrap());
}
