use serde::de::DeserializeOwned;
use storage::ids::Millis;

use super::*;
use crate::log::{Entry, EntryKind, Head, Side};
use crate::time::Rank;

const ID: &str = "0000000000001";

fn reads<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn refuses<T: DeserializeOwned>(json: &str) {
    assert!(serde_json::from_str::<T>(json).is_err(), "{json} was read");
}

fn shows(value: &impl Serialize, json: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), json);
}

#[test]
fn requests_are_read() {
    let start: Start = reads("{\"target\":{\"kind\":\"enterprise\",\"id\":\"0000000000001\"}}");
    assert_eq!(start.target, Target { kind: TargetKind::Enterprise, id: ID.into() });
    for kind in ["project", "booth", "exhibit", "live"] {
        reads::<Start>(&format!("{{\"target\":{{\"kind\":\"{kind}\",\"id\":\"x\"}}}}"));
    }
    let open: Open = reads("{\"conversation\":\"0000000000001\",\"after\":41,\"limit\":50}");
    assert_eq!((open.conversation, open.after, open.limit), (ConversationId(1), Some(Seq(41)), Some(50)));
    let open: Open = reads("{\"conversation\":\"0000000000001\"}");
    assert_eq!((open.after, open.limit), (None, None));
    let send: Send = reads(
        "{\"conversation\":\"0000000000001\",\"client_msg_id\":\"m\",\"kind\":\"text\",\"body\":{ \"text\" : \"a\" }}",
    );
    assert_eq!(
        (send.client_msg_id.as_str(), send.kind.as_str(), send.body.get()),
        ("m", "text", "{ \"text\" : \"a\" }")
    );
    assert!(!send.repeat);
    let send: Send = reads(
        "{\"conversation\":\"0000000000001\",\"client_msg_id\":\"m\",\"kind\":\"text\",\"body\":{},\"repeat\":true}",
    );
    assert!(send.repeat);
    let history: History = reads("{\"conversation\":\"0000000000001\",\"before\":9,\"limit\":3}");
    assert_eq!((history.before, history.limit), (Seq(9), Some(3)));
    let at: At = reads("{\"conversation\":\"0000000000001\",\"seq\":7}");
    assert_eq!(at.seq, Seq(7));
    let one: One = reads("{\"conversation\":\"0000000000001\"}");
    assert_eq!(one.conversation, ConversationId(1));
    let transfer: Transfer = reads("{\"conversation\":\"0000000000001\",\"to\":\"0000000000002\"}");
    assert_eq!(transfer.to, UserId(2));
    let report: Report = reads("{\"conversation\":\"0000000000001\",\"seq\":3,\"reason\":\"rude\"}");
    assert_eq!((report.seq, report.reason.as_str()), (Some(Seq(3)), "rude"));
    let list: InboxList = reads("{\"cursor\":\"x\",\"limit\":20}");
    assert_eq!((list.cursor.as_deref(), list.limit), (Some("x"), Some(20)));
    reads::<InboxList>("{}");
}

#[test]
fn unknown_fields_wrong_types_and_bad_ids_are_refused() {
    refuses::<Start>("{\"target\":{\"kind\":\"nobody\",\"id\":\"x\"}}");
    refuses::<Start>("{\"target\":{\"kind\":\"live\",\"id\":\"x\",\"more\":1}}");
    refuses::<Open>("{\"conversation\":\"1\"}");
    refuses::<Open>("{\"conversation\":\"0000000000001\",\"limit\":-1}");
    refuses::<Open>("{\"conversation\":\"0000000000001\",\"after\":\"1\"}");
    refuses::<Open>("{\"conversation\":\"0000000000001\",\"from\":1}");
    refuses::<Send>("{\"conversation\":\"0000000000001\",\"client_msg_id\":7,\"kind\":\"text\",\"body\":{}}");
    refuses::<Send>("{\"conversation\":\"0000000000001\",\"client_msg_id\":\"m\",\"kind\":\"text\"}");
    refuses::<History>("{\"conversation\":\"0000000000001\"}");
    refuses::<At>("{\"conversation\":\"0000000000001\",\"seq\":1.5}");
    refuses::<One>("{\"conversation\":\"0000000000001\",\"seq\":1}");
    refuses::<Transfer>("{\"conversation\":\"0000000000001\"}");
    refuses::<Report>("{\"conversation\":\"0000000000001\",\"reason\":null}");
    refuses::<InboxList>("{\"limit\":\"20\"}");
}

fn entry() -> EntryView {
    let entry = Entry {
        seq: Seq(1),
        kind: EntryKind::Text,
        from: UserId(1),
        side: Side::A,
        at: Millis(0),
        rank: Rank::default(),
        client_msg_id: "m".into(),
        op_id: 0,
        body: "{\"text\":\"a\"}".into(),
        target: None,
        count_a: 1,
        count_b: 0,
    };
    entry.view(false)
}

const ENTRY: &str = "{\"seq\":1,\"kind\":\"text\",\"from\":\"0000000000001\",\"side\":\"a\",\
    \"at\":\"1970-01-01T08:00:00.000+08:00\",\"client_msg_id\":\"m\",\"body\":{\"text\":\"a\"}}";

fn summary() -> Summary {
    let head = Head {
        conversation: ConversationId(1),
        enterprises: [EnterpriseId(1), EnterpriseId(2)],
        names: ["A".into(), "B".into()],
        names_en: [None, None],
        context: Context { kind: TargetKind::Booth, id: "b".into(), title: None },
        head: Seq(1),
        at: Millis(0),
        rank: Rank::default(),
        counts: [1, 0],
        assignees: [Some(UserId(1)), None],
        unanswered_since: [None, None],
        state: State::Blocked,
        blocked_by: None,
        preview: "a".into(),
        preview_seq: Seq(1),
        recalled: Vec::new(),
    };
    head.summary(Side::A, None)
}

const SUMMARY: &str = "{\"conversation\":\"0000000000001\",\"side\":\"a\",\"with\":{\"id\":\"0000000000002\",\
    \"name\":\"B\"},\"context\":{\"kind\":\"booth\",\"id\":\"b\"},\"head\":1,\"preview\":\"a\",\"unread\":0,\
    \"assignee\":\"0000000000001\",\"state\":\"blocked\",\"at\":\"1970-01-01T08:00:00.000+08:00\"}";

#[test]
fn replies_have_their_shapes() {
    let inbox = |next: Option<&str>| Reply::Inbox { conversations: vec![summary()], next: next.map(str::to_owned) };
    shows(&inbox(None), &format!("{{\"conversations\":[{SUMMARY}]}}"));
    shows(&inbox(Some("c")), &format!("{{\"conversations\":[{SUMMARY}],\"next\":\"c\"}}"));
    let started = Reply::Started { conversation: ConversationId(1), created: true };
    shows(&started, "{\"conversation\":\"0000000000001\",\"created\":true}");
    let sent = Reply::Sent { seq: Seq(4), at: "t".into(), duplicate: false };
    shows(&sent, "{\"seq\":4,\"at\":\"t\",\"duplicate\":false}");
    shows(&Reply::Page { entries: vec![entry()], more: true }, &format!("{{\"entries\":[{ENTRY}],\"more\":true}}"));
    shows(&Reply::Unread { unread: 3 }, "{\"unread\":3}");
    shows(&Reply::Done { seq: Seq(5) }, "{\"seq\":5}");
    shows(&Reply::Reported { report: RecordId(1) }, "{\"report\":\"0000000000001\"}");
    shows(&Reply::Empty {}, "{}");
    let opened = Opened {
        conversation: summary(),
        epoch: 2,
        head: Seq(1),
        entries: vec![entry()],
        more: false,
        read: BTreeMap::from([(ID.to_owned(), Seq(1))]),
        unread: 0,
        online: vec![UserId(1)],
    };
    let json = format!(
        "{{\"conversation\":{SUMMARY},\"epoch\":2,\"head\":1,\"entries\":[{ENTRY}],\"more\":false,\
         \"read\":{{\"{ID}\":1}},\"unread\":0,\"online\":[\"{ID}\"]}}"
    );
    shows(&Reply::Opened(Box::new(opened)), &json);
}

#[test]
fn events_have_their_names_and_shapes() {
    let user = UserId(1);
    let message = Event::Message(Arc::new(entry()));
    assert_eq!(message.seq(), Some(Seq(1)));
    for (event, name, json) in [
        (message, "negotiation.message", ENTRY),
        (Event::Read { user, seq: Seq(3) }, "negotiation.read", "{\"user\":\"0000000000001\",\"seq\":3}"),
        (Event::Typing { user }, "negotiation.typing", "{\"user\":\"0000000000001\"}"),
        (
            Event::Presence { user, online: true },
            "negotiation.presence",
            "{\"user\":\"0000000000001\",\"online\":true}",
        ),
        (Event::InboxUpdated(Box::new(summary())), "inbox.updated", SUMMARY),
    ] {
        assert_eq!(event.name(), name);
        assert_eq!(event.seq().is_some(), name == "negotiation.message", "only log entries have a seq");
        shows(&event, json);
    }
}
