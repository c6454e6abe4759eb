//! Pages towards readers that take them slowly.

use serde_json::{Value, json};

use super::raw::{Client, Got, frame};
use crate::harness::{Person, TestHub};

const TEXTS: usize = 200;
const HISTORIES: u64 = 4;

/// Two, and a conversation of texts as long as texts may be.
async fn wordy(hub: &TestHub) -> (Person, String) {
    let (buyer, seller) = hub.pair().await;
    let mut socket = hub.connect(&buyer).await;
    let conversation = socket.start_with(seller.team()).await;
    for number in 0..TEXTS {
        let send = json!({ "conversation": conversation, "client_msg_id": number.to_string(), "kind": "text",
            "body": { "text": "展".repeat(2_000) } });
        socket.ok("negotiation.send", send).await;
    }
    (seller, conversation)
}

async fn ask(client: &mut Client, id: u64, op: &str, d: Value) {
    client.send(&json!({ "id": id, "op": op, "d": d }).to_string()).await;
}

#[tokio::test]
async fn four_pipelined_histories_and_a_ping_reach_a_reader_that_is_slow() {
    let hub = TestHub::start().await;
    let (seller, conversation) = wordy(&hub).await;
    let mut slow = Client::narrow(hub.address()).await;
    assert_eq!(slow.upgrade("/v1/ws", "").await.0, 101);
    ask(&mut slow, 100, "session.open", json!({ "token": seller.token })).await;
    for id in 1..=HISTORIES {
        let d = json!({ "conversation": conversation, "before": TEXTS + 1, "limit": TEXTS });
        ask(&mut slow, id, "negotiation.history", d).await;
    }
    slow.write(&frame(0x89, b"behind the pages")).await;
    ask(&mut slow, 5, "ping", json!({})).await;
    // Events for this reader, while its pages stand in the way.
    let mut other = hub.connect(&seller).await;
    for seq in 1..=20 {
        other.ok("negotiation.read", json!({ "conversation": conversation, "seq": seq })).await;
    }

    let (mut answered, mut pongs) = (Vec::new(), 0);
    while answered.len() < 6 || pongs == 0 {
        match slow.next().await {
            Got::Text(text) => {
                for object in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
                    let Some(id) = object["id"].as_u64() else { continue };
                    assert!(object["error"].is_null(), "{object}");
                    let entries = object["ok"]["entries"].as_array().map_or(0, Vec::len);
                    assert!(!(1..=HISTORIES).contains(&id) || entries > 0, "a page holds something");
                    answered.push(id);
                }
            }
            Got::Pong => pongs += 1,
            Got::Ping => {}
            other @ (Got::Binary(_) | Got::Close(_) | Got::End) => panic!("{other:?} after {answered:?}"),
        }
    }
    answered.sort_unstable();
    assert_eq!(answered, [1, 2, 3, 4, 5, 100]);
}
