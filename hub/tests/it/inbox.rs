//! The team's inbox, the limits on its use, and the notices for those who are away.

use std::time::Duration;

use fair::Duty;
use serde_json::{Value, json};
use tokio::time::{interval, timeout};

use crate::harness::socket::text_of;
use crate::harness::{Person, TestHub};
use crate::socket::raw::PATIENCE;

#[tokio::test]
async fn the_inbox_follows_messages_marks_and_claims_on_every_device() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let colleague = hub.person(Some(seller.team()), "helper", Some(Duty::Consultant)).await;
    let (mut wang, mut helper) = (hub.connect(&seller).await, hub.connect(&colleague).await);
    for socket in [&mut wang, &mut helper] {
        assert_eq!(socket.ok("inbox.list", json!({})).await, json!({"conversations": []}));
    }
    let mut from = hub.connect(&buyer).await;
    let conversation = from.start_with(seller.team()).await;
    from.text(&conversation, "hello").await;
    for socket in [&mut wang, &mut helper] {
        let row = loop {
            let row = socket.event("inbox.updated").await["d"].take();
            if row["head"] == 1 {
                break row;
            }
        };
        assert_eq!((&row["unread"], &row["preview"]), (&json!(1), &json!("hello")));
        assert_eq!((&row["with"]["name"], &row["state"]), (&json!("buyers Ltd"), &json!("open")));
    }
    wang.ok("negotiation.read", json!({"conversation": conversation, "seq": 1})).await;
    assert_eq!(wang.event("inbox.updated").await["d"]["unread"], 0);
    wang.ok("negotiation.claim", json!({"conversation": conversation})).await;
    let row = helper.event("inbox.updated").await["d"].take();
    assert_eq!((&row["assignee"], &row["unread"]), (&json!(seller.id()), &json!(1)), "marks are each one's own");

    let listed = helper.ok("inbox.list", json!({})).await;
    assert_eq!(listed["conversations"][0]["conversation"], conversation);
    let rest = hub.get("/v1/negotiations", &colleague.token).await.body();
    assert_eq!(rest["items"], listed["conversations"]);
}

#[tokio::test]
async fn the_inbox_is_listed_newest_first_page_by_page() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let mut from = hub.connect(&seller).await;
    let mut begun = vec![from.start_with(buyer.team()).await];
    for number in 0..4 {
        let other = hub.enterprise(&format!("other-{number}")).await;
        begun.push(from.start_with(other).await);
    }
    for conversation in &begun {
        from.text(conversation, "hello").await;
        // The inbox is told of every change before the next one is made.
        while from.event("inbox.updated").await["d"]["head"] != 1 {}
    }
    begun.reverse();
    let (mut seen, mut ask) = (Vec::new(), json!({"limit": 2}));
    loop {
        let page = from.ok("inbox.list", ask.clone()).await;
        let rows = page["conversations"].as_array().unwrap();
        assert!(rows.len() <= 2);
        seen.extend(rows.iter().map(|row| row["conversation"].as_str().unwrap().to_owned()));
        if page["next"].is_null() {
            break;
        }
        ask["cursor"] = page["next"].clone();
    }
    assert_eq!(seen, begun);
}

/// Waits until nothing of any conversation is unsettled.
async fn settled(hub: &TestHub) {
    let mut every = interval(Duration::from_millis(50));
    let empty = async {
        loop {
            every.tick().await;
            let store = hub.running.hub().ground.store();
            if store.partitions::<chat::tables::Unsettled>(None, 1).await.unwrap().is_empty() {
                return;
            }
        }
    };
    timeout(PATIENCE, empty).await.expect("views are settled soon after the log is quiet");
}

async fn notices(hub: &TestHub, person: &Person) -> Vec<Value> {
    hub.get("/v1/notifications", &person.token).await.body()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_is_away_is_notified_once_for_each_unanswered_stretch() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let mut from = hub.connect(&buyer).await;
    let conversation = from.start_with(seller.team()).await;
    for text in ["m1", "m2"] {
        from.text(&conversation, text).await;
    }
    settled(&hub).await;
    assert_eq!(notices(&hub, &seller).await.len(), 1);
    from.text(&conversation, "m3").await;
    settled(&hub).await;
    assert_eq!(notices(&hub, &seller).await.len(), 1, "nobody answered since");
    assert_eq!(notices(&hub, &buyer).await.len(), 0, "who waits for an answer is not told");

    let answer = json!({"client_msg_id": "a1", "kind": "text", "body": {"text": "a1"}});
    let path = format!("/v1/negotiations/{conversation}/messages");
    assert_eq!(hub.post(&path, &seller.token, answer).await.status, 201);
    from.text(&conversation, "m4").await;
    settled(&hub).await;
    assert_eq!(notices(&hub, &seller).await.len(), 2, "a new stretch");
    assert_eq!(notices(&hub, &buyer).await.len(), 0, "the buyer is connected");
}

#[tokio::test]
async fn limits_name_the_wait_and_only_a_flood_ends_the_socket() {
    let hub = TestHub::with(&[("limits_messages_per_s", "1"), ("limits_messages_burst", "5")]).await;
    let (buyer, seller) = hub.pair().await;
    let mut socket = hub.connect(&buyer).await;
    let conversation = socket.start_with(seller.team()).await;
    let frame = |from: u64, count: u64| {
        let requests = (from..from + count).map(|id| {
            json!({"id": id, "op": "negotiation.send", "d": text_of(&conversation, &format!("m{id}"))}).to_string()
        });
        requests.collect::<Vec<_>>().join("\n")
    };
    socket.say(&frame(1_000, 150)).await;
    let (mut answered, mut refused) = (0, 0);
    while answered < 150 {
        // Refusals overtake what the room does.
        let object = socket.object().await;
        answered += i32::from(object["id"].is_u64());
        let error = &object["error"];
        if error.is_null() {
            continue;
        }
        assert_eq!(error["code"], "rate_limited");
        assert!(error["retry_after_ms"].as_u64().is_some_and(|ms| (1..=60_000).contains(&ms)), "{error}");
        refused += 1;
    }
    assert!((130..=145).contains(&refused), "{refused} refused of 150, with a burst of 5");
    socket.ok("ping", json!({})).await;

    let mut second = hub.connect(&buyer).await;
    let error = second.ask("negotiation.send", text_of(&conversation, "elsewhere")).await;
    assert!(error.is_err(), "the account is limited, not the connection");
    hub.connect(&seller).await.text(&conversation, "not-me").await;
    let path = format!("/v1/negotiations/{conversation}/messages");
    let rest =
        hub.post(&path, &buyer.token, json!({"client_msg_id": "r", "kind": "text", "body": {"text": "r"}})).await;
    assert_eq!((rest.status, rest.problem().as_str()), (429, "rate_limited"));
    assert!(rest.head.contains("retry-after: "), "{}", rest.head);

    socket.say(&frame(2_000, 320)).await;
    assert_eq!(socket.closed().await, 4504);
    second.ok("ping", json!({})).await;
}
