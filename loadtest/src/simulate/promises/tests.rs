use serde_json::json;

use super::*;

const ID: ConversationId = ConversationId(1);
const ANNA: UserId = UserId(7);
const BERT: UserId = UserId(8);

fn ask(promises: &mut Promises, user: UserId, op: &str, more: &str) -> Asked {
    let line = format!("{{\"id\":5,\"op\":\"{op}\",\"d\":{{\"conversation\":\"{ID}\"{more}}}}}");
    let (id, asked) = Asked::of(&line, user, promises).unwrap();
    assert_eq!(id, 5);
    asked
}

fn opened(mark: i64, head: i64) -> Value {
    json!({ "conversation": {}, "head": head, "read": { ANNA.to_string(): mark }, "unread": 0 })
}

#[test]
fn an_acknowledged_mark_must_be_shown_to_its_user() {
    let mut promises = Promises::none(false);
    let read = ask(&mut promises, ANNA, "negotiation.read", ",\"seq\":4");
    let early = ask(&mut promises, ANNA, "negotiation.open", "");
    assert_eq!(read.judge(&json!({ "unread": 0 }), &[], &mut promises), None);
    let late = ask(&mut promises, ANNA, "negotiation.open", "");
    assert_eq!(early.judge(&opened(0, 9), &[], &mut promises), None, "asked before the acknowledgement");
    assert_eq!(late.judge(&opened(4, 9), &[], &mut promises), None);
    assert!(late.judge(&opened(3, 9), &[], &mut promises).is_some());
    let other = ask(&mut promises, BERT, "negotiation.open", "");
    assert_eq!(other.judge(&opened(0, 9), &[], &mut promises), None);
}

#[test]
fn an_entry_that_was_shown_must_be_shown_again() {
    let mut promises = Promises::none(false);
    promises.learn(ID, 3);
    let asked = ask(&mut promises, ANNA, "negotiation.open", "");
    assert_eq!(asked.judge(&opened(0, 3), &[ID], &mut promises), None);
    assert!(asked.judge(&opened(0, 2), &[ID], &mut promises).is_some());
}

#[test]
fn an_inbox_lists_what_was_started() {
    let mut promises = Promises::none(false);
    let list = "{\"id\":1,\"op\":\"inbox.list\",\"d\":{\"limit\":100}}";
    let (_id, before) = Asked::of(list, ANNA, &mut promises).unwrap();
    promises.start(ID);
    let (_id, behind) = Asked::of(list, ANNA, &mut promises).unwrap();
    let (empty, row) =
        (json!({ "conversations": [] }), json!({ "conversations": [{ "conversation": ID.to_string() }] }));
    assert_eq!(before.judge(&empty, &[ID], &mut promises), None);
    assert!(behind.judge(&empty, &[ID], &mut promises).is_some());
    assert_eq!(behind.judge(&row, &[ID], &mut promises), None);
}

#[test]
fn an_old_copy_of_the_store_breaks_promises_but_may_hold_any_mark() {
    let mut promises = Promises::none(false);
    let read = ask(&mut promises, ANNA, "negotiation.read", ",\"seq\":4");
    read.judge(&json!({ "unread": 0 }), &[], &mut promises);
    promises.break_all();
    assert_eq!(promises.read_by(ANNA), BTreeMap::new());
    assert_eq!(promises.asked.len(), 1);
}
