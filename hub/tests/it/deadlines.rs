//! What comes back to the team: of who does not answer, though nobody opens the conversation, and of who has left.

use std::time::Duration;

use fair::Duty;
use serde_json::json;
use storage::ids::{ConversationId, Seq};
use storage::{Clock, Read, Scan};
use tokio::time::{interval, timeout};

use crate::harness::{Person, TestHub};
use crate::inbox::settled;
use crate::socket::raw::PATIENCE;

const MINUTE_MS: u32 = 60_000;

/// What stands in a log, without anybody opening it.
async fn kinds(hub: &TestHub, conversation: ConversationId) -> Vec<i64> {
    let part = chat::tables::entries_part(conversation, Seq(1));
    let rows = hub.store().scan::<chat::tables::Entries>(part, Scan::first(100), Read::Serial).await.unwrap();
    rows.into_iter().map(|(_key, row)| row.kind).collect()
}

#[tokio::test]
async fn who_does_not_answer_loses_it_after_a_restart_though_nobody_opens_it() {
    let clock = Clock::manual(Clock::system().now());
    let hub = TestHub::at(clock.clone(), &[("unanswered_minutes", "1")]).await;
    let (buyer, seller) = hub.pair().await;
    let mut from = hub.connect(&buyer).await;
    let conversation = from.start_with(seller.team()).await;
    hub.connect(&seller).await.ok("negotiation.claim", json!({ "conversation": conversation })).await;
    from.text(&conversation, "anybody?").await;
    settled(&hub).await;
    let stopped = hub.stop().await;
    clock.advance_ms(3 * MINUTE_MS);

    let hub = stopped.start().await;
    let (id, assigned) = (conversation.parse().unwrap(), chat::EntryKind::Assigned.number());
    let given_back = async {
        let mut every = interval(Duration::from_millis(50));
        while kinds(&hub, id).await.len() < 3 {
            every.tick().await;
        }
    };
    timeout(PATIENCE, given_back).await.expect("it is given back");
    assert_eq!(kinds(&hub, id).await, [assigned, chat::EntryKind::Text.number(), assigned]);
    let seller = Person { token: hub.mint(&seller.user, 15 * 60), ..seller };
    let opened = hub.connect(&seller).await.open(&conversation, None).await;
    assert_eq!(opened["conversation"]["assignee"], json!(null));
}

/// A conversation that `person` of a team has claimed, until that has reached the rows of the inbox or only the log.
async fn leaving(is_settled: bool, leave: impl AsyncFn(&TestHub, &Person, &Person)) {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let chief = hub.admin(seller.team()).await;
    let colleague = hub.person(Some(seller.team()), "helper", Some(Duty::Consultant)).await;
    let conversation = hub.connect(&buyer).await.start_with(seller.team()).await;
    let one = json!({ "conversation": conversation });
    let mut helper = hub.connect(&colleague).await;
    helper.open(&conversation, None).await;
    hub.connect(&seller).await.ok("negotiation.claim", one.clone()).await;
    assert_eq!(helper.event("negotiation.message").await["d"]["body"]["assignee"], seller.id());
    if is_settled {
        settled(&hub).await;
    }
    leave(&hub, &chief, &seller).await;
    let given_back = helper.event("negotiation.message").await;
    assert_eq!(given_back["d"]["kind"], "assigned");
    assert_eq!(given_back["d"]["body"], json!({"assignee": null}), "{given_back}");
    helper.ok("negotiation.claim", one).await;
}

async fn another_duty(hub: &TestHub, chief: &Person, leaver: &Person) {
    let path = format!("PATCH /v1/enterprises/{}/users/{}", leaver.team(), leaver.id());
    let answer = hub.http(&path, Some(&chief.token), "", Some(&json!({"duty": "other"}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn deleted(hub: &TestHub, chief: &Person, leaver: &Person) {
    let path = format!("DELETE /v1/enterprises/{}/users/{}", leaver.team(), leaver.id());
    let answer = hub.http(&path, Some(&chief.token), "", None).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
}

#[tokio::test]
async fn who_gets_another_duty_gives_back_what_they_had_in_hand() {
    leaving(true, another_duty).await;
}

#[tokio::test]
async fn who_is_deleted_gives_back_what_they_had_in_hand() {
    leaving(true, deleted).await;
}

#[tokio::test]
async fn what_was_claimed_a_moment_before_its_assignee_leaves_is_given_back_too() {
    leaving(false, another_duty).await;
    leaving(false, deleted).await;
}
