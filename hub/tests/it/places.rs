//! The places of one socket in rooms: leaving one frees it.

use std::time::Duration;

use chat::tables::{ConversationRow, Conversations, ConversationsKey, ConversationsPart};
use serde_json::{Value, json};
use storage::Op;
use storage::ids::ConversationId;
use tokio::time::interval;

use crate::harness::{Person, Socket, TestHub};

/// More than the rooms of one shard a connection may be in.
const CONVERSATIONS: i64 = 270;

/// Conversations that the two have begun in a row of which nobody has heard.
pub(crate) fn begun_by(buyer: &Person, seller: &Person, number: i64) -> ConversationRow {
    ConversationRow {
        v: 1,
        side_a: buyer.team(),
        side_b: seller.team(),
        name_a: "buyers Ltd".into(),
        name_b: "sellers Ltd".into(),
        context_kind: 1,
        context_id: number.to_string(),
        creator: buyer.user.id,
        created_at: storage::ids::Millis(number),
        epoch: 1,
        rank: None,
        name_en_a: None,
        name_en_b: None,
        context_title: None,
    }
}

/// Asks as often as its class of limits lets it.
async fn patiently(socket: &mut Socket, op: &str, d: Value) {
    let mut every = interval(Duration::from_millis(50));
    while let Err(error) = socket.ask(op, d.clone()).await {
        assert_eq!(error["code"], "rate_limited", "{op} {d}: {error}");
        every.tick().await;
    }
}

#[tokio::test]
async fn leaving_frees_the_place_of_a_socket_that_opens_hundreds() {
    let unlimited = ("limits_messages_per_s", "100000");
    let hub = TestHub::with(&[("lanes", "1"), unlimited, ("limits_messages_burst", "100000")]).await;
    let (buyer, seller) = hub.pair().await;
    let mut socket = hub.connect(&buyer).await;
    for number in 1..=CONVERSATIONS {
        let (conversation, c) = (ConversationId(number), ConversationsKey {});
        let put = Op::Put { c: c.clone(), row: begun_by(&buyer, &seller, number), at: None };
        let (part, absent) = (ConversationsPart { conversation }, storage::Expect::Absent(c));
        hub.store().write_if::<Conversations>(part, vec![absent], vec![put]).await.unwrap();
        let one = json!({ "conversation": conversation.to_string() });
        patiently(&mut socket, "negotiation.open", one.clone()).await;
        patiently(&mut socket, "negotiation.leave", one).await;
    }
}
