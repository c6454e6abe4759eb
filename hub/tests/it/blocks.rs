//! Two enterprises: a block holds whatever they have between them, and no two of their conversations are open at once.

use fair::Duty;
use serde_json::{Value, json};

use crate::harness::socket::text_of;
use crate::harness::{Person, Socket, TestHub};

fn one(conversation: &str) -> Value {
    json!({ "conversation": conversation })
}

fn with(person: &Person) -> Value {
    json!({ "target": { "kind": "enterprise", "id": person.team() } })
}

async fn kinds(socket: &mut Socket, conversation: &str) -> Vec<String> {
    let opened = socket.open(conversation, Some(0)).await;
    opened["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_block_is_not_walked_around_by_reopening_an_older_conversation() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let (mut x, mut y) = (hub.connect(&buyer).await, hub.connect(&seller).await);
    let older = x.start_with(seller.team()).await;
    x.text(&older, "first").await;
    x.ok("negotiation.close", one(&older)).await;
    let newer = x.start_with(seller.team()).await;
    assert_ne!(older, newer);
    y.ok("negotiation.block", one(&newer)).await;

    assert_eq!(x.refused("negotiation.reopen", one(&older)).await, "conflict");
    assert_eq!(x.refused("negotiation.send", text_of(&older, "around")).await, "conflict");
    assert_eq!(kinds(&mut y, &older).await, ["text", "closed"], "nothing is written");
    assert_eq!(kinds(&mut y, &newer).await, ["blocked"]);
    y.ok("negotiation.reopen", one(&newer)).await;
    x.text(&newer, "lifted").await;
    assert_eq!(x.refused("negotiation.reopen", one(&older)).await, "conflict", "the other one is open");
}

#[tokio::test]
async fn a_block_holds_for_all_colleagues_in_both_directions_until_it_is_lifted() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let buyers_helper = hub.person(Some(buyer.team()), "helper", Some(Duty::Consultant)).await;
    let sellers_helper = hub.person(Some(seller.team()), "helper", Some(Duty::Consultant)).await;
    let conversation = hub.connect(&buyer).await.start_with(seller.team()).await;
    let mut y = hub.connect(&seller).await;
    y.ok("negotiation.block", one(&conversation)).await;

    let tries = [(&buyer, &seller), (&buyers_helper, &seller), (&seller, &buyer), (&sellers_helper, &buyer)];
    for (from, to) in tries {
        let code = hub.connect(from).await.refused("negotiation.start", with(to)).await;
        assert_eq!(code, "conflict", "{} of {}", from.user.username, from.team());
    }
    for person in [&buyer, &buyers_helper] {
        let code = hub.connect(person).await.refused("negotiation.reopen", one(&conversation)).await;
        assert_eq!(code, "conflict", "{}", person.user.username);
    }
    y.ok("negotiation.reopen", one(&conversation)).await;
    let mut x = hub.connect(&buyer).await;
    assert_eq!(x.start_with(seller.team()).await, conversation, "the one that is open");
    x.text(&conversation, "thanks").await;
    hub.connect(&sellers_helper).await.start_with(buyer.team()).await;
}

#[tokio::test]
async fn where_both_sides_block_each_lifts_its_own_in_whatever_order() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let (mut x, mut y) = (hub.connect(&buyer).await, hub.connect(&seller).await);
    let conversation = x.start_with(seller.team()).await;
    for round in 0..4 {
        for socket in [&mut x, &mut y] {
            socket.ok("negotiation.block", one(&conversation)).await;
        }
        let (first, second) = if round % 2 == 0 { (&mut x, &mut y) } else { (&mut y, &mut x) };
        assert_eq!(first.refused("negotiation.reopen", one(&conversation)).await, "conflict", "the other side blocks");
        assert_eq!(first.refused("negotiation.reopen", one(&conversation)).await, "conflict", "still");
        second.ok("negotiation.reopen", one(&conversation)).await;
        first.text(&conversation, &format!("again-{round}")).await;
    }
}

#[tokio::test]
async fn a_block_ends_what_the_other_side_has_started_too() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let (mut x, mut y) = (hub.connect(&buyer).await, hub.connect(&seller).await);
    let ours = x.start_with(seller.team()).await;
    let theirs = y.start_with(buyer.team()).await;
    assert_ne!(ours, theirs);
    y.text(&theirs, "buy!").await;
    x.open(&theirs, None).await;
    x.ok("negotiation.block", one(&ours)).await;

    let ended = x.event("negotiation.message").await;
    assert_eq!((&ended["room"], &ended["d"]["kind"]), (&json!(theirs), &json!("blocked")));
    for conversation in [&ours, &theirs] {
        let opened = y.open(conversation, None).await;
        assert_eq!(opened["conversation"]["state"], "blocked");
        assert_eq!(y.refused("negotiation.reopen", one(conversation)).await, "conflict");
    }
    let listed = x.ok("inbox.list", json!({})).await;
    let states: Vec<_> = listed["conversations"].as_array().unwrap().iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["blocked", "blocked"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_conversations_reopened_in_the_same_moment_one_opens() {
    const ROUNDS: usize = 90;
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let (mut x, mut y) = (hub.connect(&buyer).await, hub.connect(&seller).await);
    let (mut pair, mut opened) = (Vec::new(), 0);
    for _ in 0..2 {
        let conversation = x.start_with(seller.team()).await;
        x.ok("negotiation.close", one(&conversation)).await;
        pair.push(conversation);
    }
    assert_ne!(pair[0], pair[1]);
    for round in 0..ROUNDS {
        let answers =
            tokio::join!(x.ask("negotiation.reopen", one(&pair[0])), y.ask("negotiation.reopen", one(&pair[1])));
        let mut open = 0;
        for (socket, conversation) in [(&mut x, &pair[0]), (&mut y, &pair[1])] {
            // Waits until it is known whether the opening counts.
            let said = socket.ask("negotiation.send", text_of(conversation, &format!("m{round}"))).await;
            let shown = socket.open(conversation, None).await;
            assert_eq!(shown["conversation"]["state"] == "open", said.is_ok(), "{said:?}");
            if said.is_ok() {
                open += 1;
                socket.ok("negotiation.close", one(conversation)).await;
            }
        }
        assert!(open <= 1, "two are open in round {round}: {answers:?}");
        let won = i32::from(answers.0.is_ok()) + i32::from(answers.1.is_ok());
        assert_eq!(won, open, "who is told so has opened it, in round {round}: {answers:?}");
        opened += won;
    }
    assert!(opened > 0, "some of them open");
}
