//! An honest client: resumes where it stands, repeats what is unanswered, drops its copy on a new epoch.

use serde_json::{Value, json};

use super::*;
use crate::checker::{History, check};

struct Desk {
    participant: Participant,
    meters: Meters,
    out: Vec<String>,
}

impl Desk {
    fn new() -> Self {
        let identity = Identity {
            run: "r".to_owned(),
            name: "0a".to_owned(),
            user: "u".to_owned(),
            conversation: "c".to_owned(),
            text_chars: 40,
        };
        Self { participant: Participant::new(identity), meters: Meters::measuring(0, u64::MAX), out: Vec::new() }
    }

    /// The one line that was sent since the last look.
    fn sent(&mut self) -> Value {
        assert_eq!(self.out.len(), 1, "{:?}", self.out);
        serde_json::from_str(&self.out.remove(0)).unwrap()
    }

    fn hear(&mut self, object: &Value) {
        let line = object.to_string();
        assert!(self.participant.hear(line.as_bytes(), 1_000, &mut self.meters, &mut self.out), "{line}");
    }

    fn connect(&mut self, entries: &[Value], head: i64, more: bool) -> Value {
        self.participant.connected(&mut self.out);
        let asked = self.sent();
        self.answer_open(&asked, 1, entries, head, more);
        asked
    }

    fn answer_open(&mut self, asked: &Value, epoch: i64, entries: &[Value], head: i64, more: bool) {
        let ok = json!({ "epoch": epoch, "head": head, "entries": entries, "more": more, "unread": 0 });
        self.hear(&json!({ "id": asked["id"], "ok": ok }));
    }

    fn intend(&mut self) {
        assert!(self.participant.intend(1_000, 500, &mut self.out));
    }
}

fn entry(seq: i64, asked: &Value) -> Value {
    json!({ "seq": seq, "kind": "text", "from": "u", "at": "", "client_msg_id": asked["d"]["client_msg_id"],
            "body": asked["d"]["body"] })
}

/// The same message, said to be a repetition.
fn repeated(send: &Value) -> Value {
    let mut d = send["d"].clone();
    d["repeat"] = json!(true);
    d
}

fn message(seq: i64, asked: &Value) -> Value {
    json!({ "ev": "negotiation.message", "room": "c", "seq": seq, "d": entry(seq, asked) })
}

#[test]
fn message_is_sent_when_live_and_acknowledged_once() {
    let mut desk = Desk::new();
    desk.intend();
    assert!(desk.out.is_empty(), "nothing is sent before the log is known");
    desk.participant.connected(&mut desk.out);
    let asked = desk.sent();
    assert_eq!(asked["d"]["after"], 0);
    desk.answer_open(&asked, 1, &[], 0, false);
    let send = desk.sent();
    assert_eq!(send["d"]["body"]["text"].as_str().unwrap().len(), 40);
    desk.intend();
    assert!(desk.out.is_empty(), "one unanswered message at a time");
    desk.hear(&message(1, &send));
    desk.hear(&json!({ "id": send["id"], "ok": { "seq": 1, "at": "", "duplicate": false } }));
    let second = desk.sent();
    assert_ne!(second["d"]["client_msg_id"], send["d"]["client_msg_id"]);
    assert_eq!((desk.meters.acked, desk.participant.position()), (1, 1));
}

#[test]
fn unanswered_message_is_repeated_after_resuming_behind_the_last_entry() {
    let mut desk = Desk::new();
    desk.connect(&[], 0, false);
    desk.intend();
    let first = desk.sent();
    desk.hear(&message(1, &first));
    desk.participant.disconnected();
    desk.participant.connected(&mut desk.out);
    let asked = desk.sent();
    assert_eq!(asked["d"]["after"], 1);
    desk.answer_open(&asked, 1, &[], 1, false);
    let again = desk.sent();
    assert_eq!(again["d"], repeated(&first));
    assert_ne!(again["id"], first["id"]);
    desk.hear(&json!({ "id": again["id"], "ok": { "seq": 1, "at": "", "duplicate": true } }));
    let content = fingerprint("text", "u", first["d"]["body"]["text"].as_str().unwrap());
    let id = first["d"]["client_msg_id"].as_str().unwrap();
    let history = History { epoch: 1, entries: vec![Entry { seq: 1, id: Some(id.into()), content }] };
    let report = check("c", &[desk.participant.into_log()], &history);
    assert!(report.is_clean(), "{:?}", report.findings);
}

#[test]
fn pages_are_asked_for_until_there_is_no_more() {
    let mut desk = Desk::new();
    let system = json!({ "seq": 1, "kind": "system", "from": "u", "at": "", "body": { "a": 1 } });
    desk.connect(&[system], 2, true);
    let next = desk.sent();
    assert_eq!(next["d"]["after"], 1);
    assert!(!desk.participant.is_live());
    desk.answer_open(&next, 1, &[], 1, false);
    assert!(desk.participant.is_live());
}

#[test]
fn new_epoch_empties_the_copy() {
    let mut desk = Desk::new();
    desk.connect(&[], 0, false);
    desk.intend();
    let send = desk.sent();
    desk.hear(&message(1, &send));
    desk.participant.disconnected();
    desk.participant.connected(&mut desk.out);
    let asked = desk.sent();
    desk.answer_open(&asked, 2, &[], 1, false);
    let anew = desk.sent();
    assert_eq!((&anew["op"], &anew["d"]["after"]), (&json!("negotiation.open"), &json!(0)));
    assert!(!desk.participant.is_live());
}

#[test]
fn refused_message_waits_and_comes_again_or_is_given_up() {
    let mut desk = Desk::new();
    desk.connect(&[], 0, false);
    desk.intend();
    let send = desk.sent();
    desk.hear(&json!({ "id": send["id"], "error": { "code": "rate_limited", "message": "", "retry_after_ms": 5 } }));
    assert!(desk.out.is_empty());
    desk.participant.proceed(1_000 + 5 * NS_PER_MS, &mut desk.out);
    let again = desk.sent();
    assert_eq!(again["d"], repeated(&send));
    desk.hear(&json!({ "id": again["id"], "error": { "code": "forbidden", "message": "" } }));
    assert!(desk.participant.is_quiet());
    assert_eq!(desk.meters.refusals.len(), 2);
}

#[test]
fn what_is_never_confirmed_is_given_up_and_not_held_to_be_refused() {
    let mut desk = Desk::new();
    desk.connect(&[], 0, false);
    desk.intend();
    for try_again in 1..=u64::from(UNKNOWN_MAX) + 1 {
        let send = desk.sent();
        desk.hear(&json!({ "id": send["id"], "error": { "code": "outcome_unknown", "message": "" } }));
        assert!(desk.out.is_empty());
        desk.participant.proceed(1_000 + try_again * 10 * RETRY_NS, &mut desk.out);
    }
    assert!(desk.out.is_empty() && desk.participant.is_quiet());
    assert!(!desk.participant.log().steps.iter().any(|step| matches!(step, Step::Refused { .. })));
}

#[test]
fn what_no_hub_says_is_told() {
    let mut desk = Desk::new();
    for line in ["", "{", "{\"x\":1}", "{\"ev\":\"negotiation.message\",\"d\":{}}"] {
        assert!(!desk.participant.hear(line.as_bytes(), 0, &mut desk.meters, &mut desk.out), "{line}");
    }
    assert!(desk.participant.hear(b"{\"ev\":\"inbox.updated\",\"d\":{}}", 0, &mut desk.meters, &mut desk.out));
}
