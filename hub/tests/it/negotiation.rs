//! `negotiation.*` between two enterprises over real sockets, and the same over REST.

use fair::Duty;
use serde_json::{Value, json};

use crate::harness::socket::text_of;
use crate::harness::{Person, Socket, TestHub};

/// A buyer and a seller, a conversation that the buyer began, nothing said and nobody in it.
struct Talk {
    hub: TestHub,
    buyer: Person,
    seller: Person,
    conversation: String,
}

impl Talk {
    async fn begin() -> Self {
        let hub = TestHub::start().await;
        let (buyer, seller) = hub.pair().await;
        let conversation = hub.connect(&buyer).await.start_with(seller.team()).await;
        Self { hub, buyer, seller, conversation }
    }

    /// A socket with the conversation open.
    async fn enter(&self, person: &Person) -> Socket {
        let mut socket = self.hub.connect(person).await;
        socket.open(&self.conversation, None).await;
        socket
    }

    fn one(&self) -> Value {
        json!({ "conversation": self.conversation })
    }

    fn at(&self, seq: i64) -> Value {
        json!({ "conversation": self.conversation, "seq": seq })
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/negotiations/{}{rest}", self.conversation)
    }
}

fn seqs(entries: &Value) -> Vec<i64> {
    entries.as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn starting_again_finds_the_open_conversation() {
    let talk = Talk::begin().await;
    let mut socket = talk.hub.connect(&talk.buyer).await;
    let target = json!({ "target": { "kind": "enterprise", "id": talk.seller.team() } });
    let again = socket.ok("negotiation.start", target.clone()).await;
    assert_eq!(again, json!({ "conversation": talk.conversation, "created": false }));
    let rest = talk.hub.post("/v1/negotiations", &talk.buyer.token, target).await;
    assert_eq!((rest.status, rest.body()), (200, again));
}

#[tokio::test]
async fn acks_never_overtake_entries_of_a_lower_seq() {
    const EACH: i64 = 60;
    let talk = Talk::begin().await;
    let mut sockets = [talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await];
    for number in 0..EACH {
        for socket in &mut sockets {
            socket.request("negotiation.send", text_of(&talk.conversation, &format!("m{number}"))).await;
        }
    }
    for socket in &mut sockets {
        let (mut acks, mut last) = (Vec::new(), 0);
        while (acks.len() as i64) < EACH || last < 2 * EACH {
            let object = socket.object().await;
            if object["ev"] == "negotiation.message" {
                last += 1;
                assert_eq!(object["seq"], last, "the own entries too, in order and without a gap");
            } else if let Some(seq) = object["ok"]["seq"].as_i64() {
                assert!(seq <= last + 1, "the ack of {seq} came behind the entry {last}");
                acks.push(seq);
            } else {
                assert!(object["error"].is_null(), "{object}");
            }
        }
        assert!(acks.is_sorted(), "{acks:?}");
    }
}

#[tokio::test]
async fn one_message_id_is_one_entry_on_sockets_and_rest() {
    let talk = Talk::begin().await;
    let mut socket = talk.hub.connect(&talk.buyer).await;
    let first = socket.ok("negotiation.send", text_of(&talk.conversation, "order-1")).await;
    assert_eq!((&first["seq"], &first["duplicate"]), (&json!(1), &json!(false)));
    let again = socket.ok("negotiation.send", text_of(&talk.conversation, "order-1")).await;
    assert_eq!(again, json!({ "seq": 1, "at": first["at"], "duplicate": true }));

    let body = json!({ "kind": "text", "body": { "text": "by rest" } });
    let post = format!("POST {}", talk.path("/messages"));
    let token = Some(talk.buyer.token.as_str());
    let key = |key: &str| format!("idempotency-key: {key}\r\n");
    let same = talk.hub.http(&post, token, &key("order-1"), Some(&body)).await;
    assert_eq!((same.status, same.body()), (200, again));
    let new = talk.hub.http(&post, token, &key("order-2"), Some(&body)).await;
    assert_eq!((new.status, &new.body()["seq"]), (201, &json!(2)));
    let new_again = talk.hub.http(&post, token, &key("order-2"), Some(&body)).await;
    assert_eq!((new_again.status, new_again.body()), (200, new.body()), "the answer that it had");
    let unnamed = talk.hub.http(&post, token, "", Some(&body)).await;
    assert_eq!((unnamed.status, unnamed.problem().as_str()), (400, "bad_request"));

    // Ids belong to their sender: the other side's is another message.
    let other = talk.hub.connect(&talk.seller).await.text(&talk.conversation, "order-1").await;
    assert_eq!(other, 3);
}

#[tokio::test]
async fn a_client_resumes_after_its_last_entry_page_by_page_and_then_lives() {
    let talk = Talk::begin().await;
    let mut sender = talk.hub.connect(&talk.buyer).await;
    for number in 1..=7 {
        assert_eq!(sender.text(&talk.conversation, &format!("m{number}")).await, number);
    }
    let mut back = talk.hub.connect(&talk.seller).await;
    let ask = |after: i64| json!({ "conversation": talk.conversation, "after": after, "limit": 3 });
    let page = back.ok("negotiation.open", ask(2)).await;
    assert_eq!((seqs(&page["entries"]), &page["more"], &page["head"]), (vec![3, 4, 5], &json!(true), &json!(7)));
    assert_eq!(sender.text(&talk.conversation, "m8").await, 8);
    let page = back.ok("negotiation.open", ask(5)).await;
    assert_eq!((seqs(&page["entries"]), &page["more"]), (vec![6, 7, 8], &json!(false)));
    assert!(back.heard("negotiation.message").is_empty(), "no live entry before the last page");
    sender.text(&talk.conversation, "m9").await;
    assert_eq!(back.event("negotiation.message").await["seq"], 9);
    assert_eq!(seqs(&back.open(&talk.conversation, Some(9)).await["entries"]), [0; 0]);
    let newest = back.ok("negotiation.open", json!({ "conversation": talk.conversation, "limit": 2 })).await;
    assert_eq!(seqs(&newest["entries"]), [8, 9], "without a position: the last ones");
}

#[tokio::test]
async fn history_goes_back_to_the_first_entry_and_rest_shows_the_same() {
    let talk = Talk::begin().await;
    let mut socket = talk.hub.connect(&talk.buyer).await;
    for number in 1..=5 {
        socket.text(&talk.conversation, &format!("m{number}")).await;
    }
    let ask = |before: i64| json!({ "conversation": talk.conversation, "before": before, "limit": 2 });
    for (before, expected, more) in [(6, vec![4, 5], true), (4, vec![2, 3], true), (2, vec![1], false)] {
        let page = socket.ok("negotiation.history", ask(before)).await;
        assert_eq!((seqs(&page["entries"]), &page["more"]), (expected, &json!(more)));
        let rest = talk.hub.get(&talk.path(&format!("/messages?before={before}&limit=2")), &talk.seller.token).await;
        assert_eq!(rest.body()["items"], page["entries"]);
    }
    let onward = talk.hub.get(&talk.path("/messages?after=3"), &talk.seller.token).await;
    assert_eq!(seqs(&onward.body()["items"]), [4, 5]);
    let shown = talk.hub.get(&talk.path(""), &talk.seller.token).await.body();
    assert_eq!((&shown["head"], &shown["conversation"]["preview"]), (&json!(5), &json!("m5")));
}

#[tokio::test]
async fn leaving_ends_live_entries() {
    let talk = Talk::begin().await;
    let (mut buyer, mut seller) = (talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await);
    seller.ok("negotiation.leave", talk.one()).await;
    buyer.text(&talk.conversation, "unheard").await;
    seller.ok("negotiation.history", json!({ "conversation": talk.conversation, "before": 2 })).await;
    assert!(seller.heard("negotiation.message").is_empty());
    let opened = seller.open(&talk.conversation, Some(0)).await;
    assert_eq!(seqs(&opened["entries"]), [1]);
}

#[tokio::test]
async fn read_marks_move_forward_only_and_reach_every_device() {
    let talk = Talk::begin().await;
    let mut buyer = talk.enter(&talk.buyer).await;
    for text in ["m1", "m2", "m3"] {
        buyer.text(&talk.conversation, text).await;
    }
    let (mut phone, mut desk) = (talk.enter(&talk.seller).await, talk.hub.connect(&talk.seller).await);
    assert_eq!(desk.open(&talk.conversation, None).await["unread"], 3);
    assert_eq!(phone.ok("negotiation.read", talk.at(2)).await, json!({"unread": 1}));
    for socket in [&mut buyer, &mut desk] {
        let event = socket.event("negotiation.read").await;
        assert_eq!(event["d"], json!({"user": talk.seller.id(), "seq": 2}));
        assert_eq!(event["seq"], Value::Null, "no log entry");
    }
    assert_eq!(desk.ok("negotiation.read", talk.at(1)).await, json!({"unread": 1}), "never back");
    // The own side's messages are not unread.
    phone.text(&talk.conversation, "answer").await;
    let opened = desk.open(&talk.conversation, None).await;
    assert_eq!((&opened["unread"], &opened["read"]), (&json!(1), &json!({ talk.seller.id(): 2 })));
    assert_eq!(buyer.open(&talk.conversation, None).await["unread"], 1);
    let rest = talk.hub.post(&talk.path("/read"), &talk.seller.token, json!({"seq": 4})).await;
    assert_eq!(rest.body(), json!({"unread": 0}));
}

#[tokio::test]
async fn a_recalled_text_is_served_to_nobody_any_more() {
    let talk = Talk::begin().await;
    let (mut buyer, mut seller) = (talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await);
    buyer.text(&talk.conversation, "too-cheap").await;
    assert_eq!(seller.refused("negotiation.recall", talk.at(1)).await, "forbidden", "own messages only");
    assert_eq!(buyer.ok("negotiation.recall", talk.at(1)).await, json!({"seq": 2}));
    assert_eq!(buyer.ok("negotiation.recall", talk.at(1)).await, json!({"seq": 2}), "once is enough");
    assert_eq!(buyer.refused("negotiation.recall", talk.at(2)).await, "invalid", "a recall is no message");
    seller.event("negotiation.message").await;
    let recall = seller.event("negotiation.message").await;
    assert_eq!((&recall["d"]["kind"], &recall["d"]["target"]), (&json!("recall"), &json!(1)));
    let opened = seller.open(&talk.conversation, Some(0)).await;
    assert!(!opened.to_string().contains("too-cheap\"}"), "{opened}");
    assert_eq!((&opened["entries"][0]["recalled"], &opened["entries"][0]["body"]), (&json!(true), &Value::Null));
    assert_eq!(opened["conversation"]["preview"], "");
    let page = talk.hub.get(&talk.path("/messages?before=2"), &talk.seller.token).await.body();
    assert_eq!(page["items"][0]["body"], Value::Null);
}

#[tokio::test]
async fn once_claimed_only_the_assignee_and_administrators_write() {
    let talk = Talk::begin().await;
    let sellers = talk.seller.team();
    let colleague = talk.hub.person(Some(sellers), "helper", Some(Duty::Consultant)).await;
    let driver = talk.hub.person(Some(sellers), "driver", Some(Duty::Other)).await;
    let chief = talk.hub.admin(sellers).await;
    let (mut seller, mut helper) = (talk.enter(&talk.seller).await, talk.enter(&colleague).await);
    let mut chief_socket = talk.enter(&chief).await;
    seller.ok("negotiation.claim", talk.one()).await;
    assert_eq!(helper.event("negotiation.message").await["d"]["kind"], "assigned");
    assert_eq!(helper.refused("negotiation.send", text_of(&talk.conversation, "me-too")).await, "conflict");
    for op in ["negotiation.claim", "negotiation.release", "negotiation.close"] {
        assert_eq!(helper.refused(op, talk.one()).await, "conflict", "{op}");
    }
    seller.text(&talk.conversation, "by-the-assignee").await;
    chief_socket.text(&talk.conversation, "by-the-chief").await;
    talk.hub.connect(&talk.buyer).await.text(&talk.conversation, "by-the-buyer").await;

    let to = |person: &Person| json!({ "conversation": talk.conversation, "to": person.id() });
    for stranger in [&driver, &talk.buyer] {
        assert_eq!(seller.refused("negotiation.transfer", to(stranger)).await, "invalid");
    }
    seller.ok("negotiation.transfer", to(&colleague)).await;
    assert_eq!(seller.refused("negotiation.send", text_of(&talk.conversation, "no-more")).await, "conflict");
    assert_eq!(helper.open(&talk.conversation, None).await["conversation"]["assignee"], colleague.id());
    helper.text(&talk.conversation, "now-me").await;
    helper.ok("negotiation.release", talk.one()).await;
    seller.text(&talk.conversation, "free-again").await;
}

#[tokio::test]
async fn a_closed_conversation_is_reopened_and_a_blocked_one_only_by_its_blocker() {
    let talk = Talk::begin().await;
    let (mut buyer, mut seller) = (talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await);
    buyer.ok("negotiation.close", talk.one()).await;
    assert_eq!(seller.refused("negotiation.send", text_of(&talk.conversation, "late")).await, "conflict");
    seller.ok("negotiation.reopen", talk.one()).await;
    seller.text(&talk.conversation, "in-time").await;
    seller.ok("negotiation.block", talk.one()).await;
    for op in ["negotiation.reopen", "negotiation.close", "negotiation.claim"] {
        assert_eq!(buyer.refused(op, talk.one()).await, "conflict", "{op}");
    }
    assert_eq!(buyer.refused("negotiation.send", text_of(&talk.conversation, "please")).await, "conflict");
    let target = json!({ "target": { "kind": "enterprise", "id": talk.seller.team() } });
    assert_eq!(buyer.refused("negotiation.start", target).await, "conflict", "not around it either");
    seller.ok("negotiation.reopen", talk.one()).await;
    buyer.text(&talk.conversation, "thanks").await;
    let kinds: Vec<_> = buyer.open(&talk.conversation, Some(0)).await["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["closed", "reopened", "text", "blocked", "reopened", "text"]);
}

#[tokio::test]
async fn a_report_is_filed_and_leaves_no_trace_in_the_conversation() {
    let talk = Talk::begin().await;
    let (mut buyer, mut seller) = (talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await);
    buyer.text(&talk.conversation, "rude").await;
    let report = json!({ "conversation": talk.conversation, "seq": 1, "reason": "insults" });
    let filed = seller.ok("negotiation.report", report).await;
    assert!(filed["report"].as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(buyer.open(&talk.conversation, None).await["head"], 1);
}

#[tokio::test]
async fn a_contact_card_reveals_its_sender_and_nobody_else() {
    let talk = Talk::begin().await;
    let (mut buyer, mut seller) = (talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await);
    let card = |body: Value| json!({ "conversation": talk.conversation, "client_msg_id": body.to_string().replace(' ', "").chars().take(60).collect::<String>(), "kind": "card", "body": body });
    buyer.ok("negotiation.send", card(json!({"type": "contact"}))).await;
    let entry = seller.event("negotiation.message").await;
    let contact = &entry["d"]["body"]["contact"];
    assert_eq!(*contact, json!({"name": "Name of buyer", "enterprise": "buyers Ltd", "mobile": "13800138000"}),);
    let forged = json!({"type": "contact", "contact": {"name": "Boss"}});
    assert_eq!(buyer.refused("negotiation.send", card(forged)).await, "invalid");
    let of_another = json!({"type": "contact", "id": talk.seller.id()});
    assert_eq!(buyer.refused("negotiation.send", card(of_another)).await, "invalid");
    assert_eq!(buyer.refused("negotiation.send", card(json!({"type": "exhibit", "id": "1"}))).await, "not_found");
}

#[tokio::test]
async fn typing_reaches_the_others_only() {
    let talk = Talk::begin().await;
    let (mut buyer, mut seller) = (talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await);
    let outside = talk.hub.enterprise("outside").await;
    let stranger = talk.hub.person(Some(outside), "stranger", Some(Duty::Representative)).await;
    let mut stranger = talk.hub.connect(&stranger).await;
    stranger.tell("negotiation.typing", talk.one()).await;
    assert_eq!(stranger.refused("negotiation.open", talk.one()).await, "not_found");
    buyer.tell("negotiation.typing", talk.one()).await;
    let event = seller.event("negotiation.typing").await;
    assert_eq!(event["d"], json!({"user": talk.buyer.id()}));
    // Asked behind it on the same connection, so an echo would have come by now.
    buyer.open(&talk.conversation, None).await;
    assert!(buyer.heard("negotiation.typing").is_empty());
}

#[tokio::test]
async fn presence_is_told_when_the_first_device_comes_and_the_last_one_goes() {
    let talk = Talk::begin().await;
    let mut buyer = talk.enter(&talk.buyer).await;
    let mut phone = talk.enter(&talk.seller).await;
    let online = |online: bool| json!({"user": talk.seller.id(), "online": online});
    assert_eq!(buyer.event("negotiation.presence").await["d"], online(true));
    let opened = buyer.open(&talk.conversation, None).await;
    assert_eq!(opened["online"].as_array().unwrap().len(), 2);
    let mut desk = talk.enter(&talk.seller).await;
    phone.ok("negotiation.leave", talk.one()).await;
    desk.text(&talk.conversation, "one-device-is-left").await;
    buyer.event("negotiation.message").await;
    assert!(buyer.heard("negotiation.presence").is_empty());
    drop(desk);
    assert_eq!(buyer.event("negotiation.presence").await["d"], online(false));
}

#[tokio::test]
async fn texts_are_normalised_before_anybody_sees_them() {
    let talk = Talk::begin().await;
    let (mut buyer, mut seller) = (talk.enter(&talk.buyer).await, talk.enter(&talk.seller).await);
    let mut send = text_of(&talk.conversation, "odd");
    send["body"]["text"] = json!("  cafe\u{301} \u{202e}\u{7}报价\r\nok ");
    buyer.ok("negotiation.send", send).await;
    let expected = "caf\u{e9} 报价\nok";
    assert_eq!(seller.event("negotiation.message").await["d"]["body"], json!({ "text": expected }));
    let mut longest = text_of(&talk.conversation, "longest");
    longest["body"]["text"] = json!("值".repeat(2_000));
    buyer.ok("negotiation.send", longest).await;
}
