//! What strangers and broken clients say: each gets a clear error, and the honest conversation beside them goes on.

use serde_json::{Value, json};

use crate::harness::socket::text_of;
use crate::harness::{Person, Socket, TestHub};
use crate::socket::raw::frame;

/// Two who negotiate while others misbehave.
struct Honest {
    hub: TestHub,
    buyer: Person,
    from: Socket,
    to: Socket,
    conversation: String,
    said: i64,
}

impl Honest {
    async fn begin() -> Self {
        let hub = TestHub::start().await;
        let (buyer, seller) = hub.pair().await;
        let (mut from, mut to) = (hub.connect(&buyer).await, hub.connect(&seller).await);
        let conversation = from.start_with(seller.team()).await;
        from.open(&conversation, None).await;
        to.open(&conversation, None).await;
        Self { hub, buyer, from, to, conversation, said: 0 }
    }

    /// One more message, there and acknowledged.
    async fn go_on(&mut self) {
        self.said += 1;
        let text = format!("message-{}", self.said);
        assert_eq!(self.from.text(&self.conversation, &text).await, self.said);
        let event = self.to.event("negotiation.message").await;
        assert_eq!((&event["seq"], &event["d"]["body"]["text"]), (&json!(self.said), &json!(text)));
    }

    /// Everything that was said is there, once and in order.
    async fn end(mut self) {
        self.go_on().await;
        let opened = self.to.open(&self.conversation, Some(0)).await;
        let texts: Vec<_> = opened["entries"].as_array().unwrap().iter().map(|e| e["body"]["text"].clone()).collect();
        let said: Vec<_> = (1..=self.said).map(|number| json!(format!("message-{number}"))).collect();
        assert_eq!(texts, said);
    }
}

#[tokio::test]
async fn lines_that_are_no_json_close_the_socket_by_name() {
    let mut honest = Honest::begin().await;
    let cases = [
        "not json".to_owned(),
        "{\"id\":1,\"op\":\"ping\"".to_owned(),
        "{\"id\":1,\"op\":\"ping\",}".to_owned(),
        String::new(),
        "\n \n".to_owned(),
        format!("{{\"id\":1,\"op\":\"ping\",\"d\":{}{}}}", "[".repeat(17), "]".repeat(17)),
        "[".repeat(60_000),
        "{\"a\":".repeat(10_000),
    ];
    for text in cases {
        let mut bad = honest.hub.connect(&honest.buyer).await;
        bad.say(&text).await;
        assert_eq!(bad.closed().await, 4500, "{text:.40}");
        honest.go_on().await;
    }
    honest.end().await;
}

#[tokio::test]
async fn a_hundred_thousand_brackets_are_too_large_everywhere() {
    let mut honest = Honest::begin().await;
    let mut bad = honest.hub.connect(&honest.buyer).await;
    bad.say(&"[".repeat(100_000)).await;
    assert_eq!(bad.closed().await, 4501);
    honest.go_on().await;
    let text = "[".repeat(100_000);
    let path = format!("POST /v1/negotiations/{}/messages", honest.conversation);
    let more = format!("content-type: application/json\r\ncontent-length: {}\r\n", text.len());
    let mut client = crate::socket::raw::Client::connect(honest.hub.address()).await;
    let token = &honest.buyer.token;
    let head = format!("{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{more}\r\n");
    client.write(head.as_bytes()).await;
    client.write(text.as_bytes()).await;
    assert_eq!(client.head().await.0, 413);
    honest.end().await;
}

#[tokio::test]
async fn frames_that_are_too_large_or_no_text_close_the_socket_by_name() {
    let mut honest = Honest::begin().await;
    let cases = [
        (frame(0x81, &[b' '; 65 * 1024]), 4501),
        (frame(0x82, b"{\"id\":1,\"op\":\"ping\"}"), 4500),
        (frame(0x81, b"{\"id\":1,\"op\":\"\xff\"}"), 1007),
        (frame(0x01, b"").into_iter().chain(frame(0x00, b"").repeat(1_000)).collect(), 4504),
    ];
    for (bytes, code) in cases {
        let mut bad = honest.hub.connect(&honest.buyer).await;
        bad.client.write(&bytes).await;
        assert_eq!(bad.closed().await, code);
        honest.go_on().await;
    }
    honest.end().await;
}

#[tokio::test]
async fn envelopes_that_are_no_requests_are_answered_and_the_socket_stays() {
    let mut honest = Honest::begin().await;
    let mut bad = honest.hub.connect(&honest.buyer).await;
    let conversation = honest.conversation.clone();
    let typing = format!("{{\"id\":7,\"op\":\"negotiation.typing\",\"d\":{{\"conversation\":\"{conversation}\"}}}}");
    let numbered = [
        "{\"id\":7,\"op\":\"no.such.operation\",\"d\":{}}",
        "{\"id\":7,\"op\":\"ping\",\"d\":{},\"more\":1}",
        "{\"id\":7,\"op\":\"ping\",\"d\":{\"more\":1}}",
        "{\"id\":7,\"op\":\"ping\",\"d\":[]}",
        "{\"id\":7,\"op\":3}",
        "{\"id\":7}",
        typing.as_str(),
    ];
    for text in numbered {
        bad.say(text).await;
        let reply = bad.object().await;
        assert_eq!((&reply["id"], &reply["error"]["code"]), (&json!(7), &json!("bad_request")), "{text}");
    }
    let unnumbered = [
        "{\"op\":\"ping\",\"d\":{}}",
        "{\"id\":0,\"op\":\"ping\"}",
        "{\"id\":-1,\"op\":\"ping\"}",
        "{\"id\":1.5,\"op\":\"ping\"}",
        "{\"id\":9007199254740992,\"op\":\"ping\"}",
        "{\"id\":\"7\",\"op\":\"ping\"}",
        "[]",
        "[7,\"ping\",{}]",
        "3",
        "null",
        "\"ping\"",
    ];
    for text in unnumbered {
        bad.say(text).await;
        let event = bad.object().await;
        assert_eq!((&event["ev"], &event["d"]["code"]), (&json!("error"), &json!("bad_request")), "{text}");
    }
    bad.ok("ping", json!({})).await;
    honest.go_on().await;
    honest.end().await;
}

/// Bodies that do not fit `negotiation.send`, and where the fault lies.
fn wrong_sends(conversation: &str) -> Vec<(Value, &'static str, &'static str)> {
    let with = |at: &str, value: Value| {
        let mut send = text_of(conversation, "x");
        send[at] = value;
        send
    };
    let text = |text: String| with("body", json!({ "text": text }));
    let mut missing = text_of(conversation, "x");
    missing.as_object_mut().unwrap().remove("client_msg_id");
    vec![
        (missing, "bad_request", "/d/client_msg_id"),
        (with("more", json!(1)), "bad_request", "/d/more"),
        (with("conversation", json!(12)), "bad_request", "/d"),
        (with("conversation", json!("no id")), "bad_request", "/d"),
        (with("kind", json!(null)), "bad_request", "/d"),
        (with("kind", json!("image")), "invalid", "/d/kind"),
        (with("client_msg_id", json!("")), "invalid", "/d/client_msg_id"),
        (with("client_msg_id", json!("x".repeat(65))), "invalid", "/d/client_msg_id"),
        (with("body", json!({"text": 3})), "invalid", "/d/body"),
        (with("body", json!({"text": "a", "more": 1})), "invalid", "/d/body"),
        (text(String::new()), "invalid", "/d/body/text"),
        (text("\u{200b}\u{202e} \n".to_owned()), "invalid", "/d/body/text"),
        (text("值".repeat(2_001)), "invalid", "/d/body/text"),
    ]
}

#[tokio::test]
async fn bodies_with_wrong_fields_are_refused_and_say_where() {
    let mut honest = Honest::begin().await;
    let mut bad = honest.hub.connect(&honest.buyer).await;
    for (send, code, at) in wrong_sends(&honest.conversation) {
        let error = bad.ask("negotiation.send", send.clone()).await.expect_err("a wrong body");
        assert_eq!(error["code"], code, "{send}: {error}");
        assert_eq!(error["fields"][0]["at"], at, "{send}: {error}");
        honest.go_on().await;
    }
    for (op, d, at) in [
        ("inbox.list", json!({"limit": 0}), "/d/limit"),
        ("inbox.list", json!({"cursor": "x"}), "/d/cursor"),
        ("negotiation.start", json!({"target": {"kind": "enterprise", "id": honest.buyer.team()}}), "/d/target/id"),
    ] {
        let error = bad.ask(op, d).await.expect_err(op);
        assert_eq!(error["fields"][0]["at"], at, "where it stood in the request: {error}");
    }
    honest.end().await;
}

#[tokio::test]
async fn ids_that_are_none_and_positions_beyond_the_log_are_refused() {
    let mut honest = Honest::begin().await;
    honest.go_on().await;
    let conversation = honest.conversation.clone();
    let one = |more: Value| {
        let mut d = json!({ "conversation": conversation });
        d.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        d
    };
    let cases = [
        ("negotiation.open", json!({"conversation": "0"}), "bad_request"),
        ("negotiation.open", json!({"conversation": "../../etc"}), "bad_request"),
        ("negotiation.open", one(json!({"limit": 0})), "invalid"),
        ("negotiation.open", one(json!({"limit": 201})), "invalid"),
        ("negotiation.open", one(json!({"limit": -1})), "bad_request"),
        ("negotiation.open", one(json!({"after": -1})), "invalid"),
        ("negotiation.open", one(json!({"after": "1"})), "bad_request"),
        ("negotiation.history", one(json!({"before": 0})), "invalid"),
        ("negotiation.history", one(json!({})), "bad_request"),
        ("negotiation.read", one(json!({"seq": 2})), "invalid"),
        ("negotiation.recall", one(json!({"seq": 2})), "invalid"),
        ("negotiation.recall", one(json!({"seq": 0})), "invalid"),
        ("negotiation.report", one(json!({"reason": ""})), "invalid"),
        ("negotiation.report", one(json!({"reason": "x".repeat(501)})), "invalid"),
        ("negotiation.transfer", one(json!({"to": "nobody"})), "bad_request"),
        ("negotiation.start", json!({"target": {"kind": "planet", "id": "1"}}), "bad_request"),
        ("negotiation.start", json!({"target": {"kind": "enterprise", "id": "no id"}}), "not_found"),
        ("negotiation.start", json!({"target": {"kind": "booth", "id": "1"}}), "not_found"),
        ("negotiation.start", json!({"target": {"kind": "enterprise", "id": honest.buyer.team()}}), "invalid"),
        ("inbox.list", json!({"limit": 101}), "invalid"),
        ("inbox.list", json!({"cursor": "elsewhere"}), "invalid"),
    ];
    let mut bad = honest.hub.connect(&honest.buyer).await;
    for (op, d, code) in cases {
        assert_eq!(bad.refused(op, d.clone()).await, code, "{op} {d}");
    }
    honest.end().await;
}
