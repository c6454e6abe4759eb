//! The team's inbox, the limits on its use, and the notices for those who are away.

use std::collections::BTreeMap;
use std::time::Duration;

use chat::tables::{Inbox, InboxKey, InboxPart, InboxRow};
use fair::Duty;
use fair::table::{NotificationPatch, Notifications, NotificationsPart};
use serde_json::{Value, json};
use storage::ids::ConversationId;
use storage::{Ack, Clock, Op, Read, Scan};
use tokio::time::{interval, timeout};

use crate::harness::socket::text_of;
use crate::harness::{Person, Socket, TestHub};
use crate::places::begun_by;
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
pub(crate) async fn settled(hub: &TestHub) {
    let mut every = interval(Duration::from_millis(50));
    let empty = async {
        loop {
            every.tick().await;
            if hub.store().partitions::<chat::tables::Unsettled>(None, 1).await.unwrap().is_empty() {
                return;
            }
        }
    };
    timeout(PATIENCE, empty).await.expect("views are settled soon after the log is quiet");
}

async fn notices(hub: &TestHub, person: &Person) -> Vec<Value> {
    hub.get("/v1/notifications", &person.token).await.body()["items"].as_array().unwrap().clone()
}

/// How many notifications somebody has not read.
async fn unread_notices(hub: &TestHub, person: &Person) -> Value {
    hub.get("/v1/notifications", &person.token).await.body()["unread"].take()
}

#[tokio::test]
async fn what_is_read_on_one_device_is_no_news_on_any() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let other = hub.enterprise("other").await;
    let other = hub.person(Some(other), "other", Some(Duty::Representative)).await;
    let mut conversations = Vec::new();
    for person in [&buyer, &other] {
        let mut from = hub.connect(person).await;
        conversations.push(from.start_with(seller.team()).await);
        from.text(&conversations[conversations.len() - 1], "hello").await;
    }
    settled(&hub).await;
    let (mut bell, mut reader) = (hub.connect(&seller).await, hub.connect(&seller).await);
    assert_eq!(unread_notices(&hub, &seller).await, 2);
    reader.ok("negotiation.read", json!({"conversation": conversations[0], "seq": 1})).await;
    for socket in [&mut bell, &mut reader] {
        assert_eq!(socket.event("notification.unread_count").await["d"], json!({"unread": 1}));
    }
    assert_eq!(unread_notices(&hub, &seller).await, 1);
    let left = notices(&hub, &seller).await.into_iter().find(|notice| notice["read"] == false).unwrap();
    assert_eq!(left["body"]["conversation"], conversations[1], "the other one's is still news");

    let path = format!("/v1/negotiations/{}/read", conversations[1]);
    assert_eq!(hub.post(&path, &seller.token, json!({"seq": 1})).await.body(), json!({"unread": 0}));
    assert_eq!(bell.event("notification.unread_count").await["d"], json!({"unread": 0}), "over REST too");
    assert_eq!(unread_notices(&hub, &seller).await, 0);
}

#[tokio::test]
async fn what_is_recalled_before_it_was_read_leaves_nothing_to_read() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let mut from = hub.connect(&buyer).await;
    let conversation = from.start_with(seller.team()).await;
    from.text(&conversation, "too-cheap").await;
    settled(&hub).await;
    assert_eq!(unread_notices(&hub, &seller).await, 1);
    let mut bell = hub.connect(&seller).await;
    from.ok("negotiation.recall", json!({"conversation": conversation, "seq": 1})).await;
    assert_eq!(bell.event("notification.unread_count").await["d"], json!({"unread": 0}));
    settled(&hub).await;

    let seen = async |hub: &TestHub| {
        let mut socket = hub.connect(&seller).await;
        let row = socket.ok("inbox.list", json!({})).await["conversations"][0].take();
        let opened = socket.open(&conversation, None).await;
        assert_eq!((&row["unread"], &row["preview"], &opened["unread"]), (&json!(0), &json!(""), &json!(0)));
        assert_eq!(unread_notices(hub, &seller).await, 0);
    };
    seen(&hub).await;
    let hub = hub.restart().await;
    seen(&hub).await;
    let mut from = hub.connect(&buyer).await;
    from.text(&conversation, "better").await;
    let opened = hub.connect(&seller).await.open(&conversation, None).await;
    assert_eq!(opened["unread"], 1, "what comes later counts");
}

#[tokio::test]
async fn what_is_told_after_a_mark_is_read_by_the_next_one() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let mut from = hub.connect(&buyer).await;
    let conversation = from.start_with(seller.team()).await;
    let path = format!("/v1/negotiations/{conversation}");
    let answer = |text: &str| json!({"client_msg_id": text, "kind": "text", "body": {"text": text}});
    for (round, text) in ["m1", "m2", "m3"].into_iter().enumerate() {
        from.text(&conversation, text).await;
        settled(&hub).await;
        assert_eq!(unread_notices(&hub, &seller).await, 1, "{text}");
        let head = from.text(&conversation, &format!("more-{text}")).await;
        for seq in [head - 1, head] {
            // The second one knows that there is nothing left, and is right.
            hub.post(&format!("{path}/read"), &seller.token, json!({"seq": seq})).await.body();
            assert_eq!(unread_notices(&hub, &seller).await, 0, "{text}");
        }
        let said = hub.post(&format!("{path}/messages"), &seller.token, answer(&format!("answer-{round}"))).await;
        assert_eq!(said.status, 201, "{}", said.text);
    }
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

/// Everything that `inbox.list` lists, page by page.
async fn listed(socket: &mut Socket, limit: u32) -> Vec<String> {
    let (mut seen, mut ask) = (Vec::new(), json!({ "limit": limit }));
    loop {
        let page = socket.ok("inbox.list", ask.clone()).await;
        let rows = page["conversations"].as_array().unwrap();
        seen.extend(rows.iter().map(|row| row["conversation"].as_str().unwrap().to_owned()));
        if page["next"].is_null() {
            return seen;
        }
        ask["cursor"] = page["next"].clone();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inbox_is_in_the_order_of_acknowledgement_also_in_ties_and_after_a_restart() {
    const CONVERSATIONS: usize = 14;
    // Its clock stands still, so that all of it is one tie.
    let hub = TestHub::at(Clock::manual(Clock::system().now()), &[("limits_messages_burst", "1000")]).await;
    let (buyer, seller) = hub.pair().await;
    let mut from = hub.connect(&seller).await;
    let mut begun = vec![from.start_with(buyer.team()).await];
    for number in 1..CONVERSATIONS {
        let other = hub.enterprise(&format!("other-{number}")).await;
        begun.push(from.start_with(other).await);
    }
    let mut expected = Vec::new();
    for round in 0..3 {
        // Each once, in another order every time; the next as soon as one is acknowledged.
        expected = (0..CONVERSATIONS).map(|at| begun[(at * 5 + round * 3) % CONVERSATIONS].clone()).collect();
        for conversation in &expected {
            from.text(conversation, &format!("m{round}")).await;
        }
        expected.reverse();
        assert_eq!(listed(&mut from, 3).await, expected, "round {round}");
    }
    // All at once: nobody knows in which order, but it is one, and it stays.
    for conversation in &begun {
        from.request("negotiation.send", text_of(conversation, "at-once")).await;
    }
    for _ in &begun {
        while from.object().await["ok"]["seq"].is_null() {}
    }
    let at_once = listed(&mut from, 3).await;
    let (mut sorted, mut all) = (at_once.clone(), expected);
    sorted.sort();
    all.sort();
    assert_eq!(sorted, all, "each is listed once");
    drop(from);
    let hub = hub.restart().await;
    // What was unsettled is known to the lists first, else a row that is moved by it might be on a page that has been read.
    assert_eq!(listed(&mut hub.connect(&seller).await, 3).await, at_once);
    settled(&hub).await;
    let hub = hub.restart().await;
    assert_eq!(listed(&mut hub.connect(&seller).await, 3).await, at_once, "by its rows too");
}

/// Rows of that many conversations, the first one the oldest, straight into the inbox of the buyer's team.
async fn fill(hub: &TestHub, buyer: &Person, seller: &Person, ids: impl DoubleEndedIterator<Item = i64>) {
    let rows = ids.zip(1..).map(|(id, number)| {
        let conversation = ConversationId(id);
        let head = begun_by(buyer, seller, number).first_head(conversation).unwrap();
        Op::Put { c: InboxKey { conversation }, row: InboxRow::of(&head), at: Some(0) }
    });
    let part = InboxPart { enterprise: buyer.team() };
    for some in rows.collect::<Vec<_>>().chunks(storage::store::WRITE_OPS_MAX) {
        hub.store().write::<Inbox>(part.clone(), some.to_vec(), Ack::Durable).await.unwrap();
    }
}

#[tokio::test]
async fn the_newest_conversation_of_a_large_inbox_is_listed_first() {
    const ROWS: i64 = 10_050;
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    // Rows lie in the order of their ids: the newest is the last one here, the first one there.
    fill(&hub, &buyer, &seller, 1..=ROWS).await;
    fill(&hub, &seller, &buyer, (1..=ROWS).rev()).await;
    for (person, newest) in [(&buyer, ROWS), (&seller, 1)] {
        let page = hub.connect(person).await.ok("inbox.list", json!({"limit": 1})).await;
        let first = &page["conversations"][0]["conversation"];
        assert_eq!(*first, ConversationId(newest).to_string(), "{}", person.user.username);
    }
}

/// How many notifications of each kind some people have, as the store has it.
async fn kinds_of(hub: &TestHub, people: &[Person]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for person in people {
        let part = NotificationsPart { user: person.user.id };
        let rows = hub.store().scan::<Notifications>(part, Scan::first(10), Read::Quorum).await.unwrap();
        rows.into_iter().for_each(|(_key, row)| *kinds.entry(row.kind).or_default() += 1);
    }
    kinds
}

#[tokio::test]
async fn a_large_team_that_is_away_is_written_to_once_a_stretch() {
    const TEAM: usize = 200;
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let mut team = Vec::new();
    for number in 0..TEAM {
        team.push(hub.person(Some(seller.team()), &format!("away-{number}"), Some(Duty::Consultant)).await);
    }
    let mut from = hub.connect(&buyer).await;
    let conversation = from.start_with(seller.team()).await;
    from.text(&conversation, "m1").await;
    settled(&hub).await;
    assert_eq!(kinds_of(&hub, &team).await, BTreeMap::from([("negotiation.unread".to_owned(), TEAM)]));
    // A mark that any later write of the same notification would undo.
    for person in &team {
        let part = NotificationsPart { user: person.user.id };
        let rows = hub.store().scan::<Notifications>(part.clone(), Scan::first(10), Read::Quorum).await.unwrap();
        let set = || NotificationPatch { kind: Some("told".to_owned()), ..NotificationPatch::default() };
        let ops = rows.into_iter().map(|(c, _row)| Op::Patch { c, set: set() }).collect();
        hub.store().write::<Notifications>(part, ops, Ack::Durable).await.unwrap();
    }
    for text in ["m2", "m3"] {
        from.text(&conversation, text).await;
        settled(&hub).await;
        assert_eq!(kinds_of(&hub, &team).await, BTreeMap::from([("told".to_owned(), TEAM)]), "after {text}");
    }
}
