use serde_json::json;

use super::*;
use crate::accounts::tests::{START, accounts};

const USER: UserId = UserId(7);

fn notice(cause: &str, at: i64) -> Notice<'_> {
    Notice { cause, at: START.plus_ms(at), kind: "negotiation.message", body: json!({"n": at}) }
}

#[tokio::test(start_paused = true)]
async fn the_same_cause_makes_one_notification_and_does_not_undo_reading() {
    let accounts = accounts();
    let id = accounts.notify(USER, &notice("conversation/1/5", 0)).await.unwrap();
    assert_eq!(accounts.notify(USER, &notice("conversation/1/5", 0)).await.unwrap(), id);
    assert_eq!(accounts.unread_notifications(USER).await, Ok(1));
    assert_eq!(accounts.read_notifications(USER, Some(&[id])).await, Ok(0));
    accounts.notify(USER, &notice("conversation/1/5", 0)).await.unwrap();
    let page = accounts.notifications(USER, false, None, 10).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(page.items[0].read);
    assert_eq!(page.items[0].body, json!({"n": 0}));
    assert!(accounts.notifications(USER, true, None, 10).await.unwrap().items.is_empty());
}

#[tokio::test(start_paused = true)]
async fn pages_run_from_the_newest_and_meet_at_their_edges() {
    let accounts = accounts();
    for n in 0..25 {
        accounts.notify(USER, &notice(&format!("cause/{n}"), n)).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = accounts.notifications(USER, false, cursor.as_deref(), 10).await.unwrap();
        seen.extend(page.items.iter().map(|it| it.body["n"].as_i64().unwrap()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..25).rev().collect::<Vec<_>>());
    assert_eq!(accounts.notifications(USER, false, Some("x"), 10).await, Err(Error::BadCursor));
}

#[tokio::test(start_paused = true)]
async fn some_or_all_are_read_and_others_are_not_touched() {
    let accounts = accounts();
    let mut ids = Vec::new();
    for n in 0..300 {
        ids.push(accounts.notify(USER, &notice(&format!("cause/{n}"), n)).await.unwrap());
    }
    accounts.notify(UserId(8), &notice("cause/1", 1)).await.unwrap();
    assert_eq!(accounts.read_notifications(USER, Some(&ids[..3])).await, Ok(297));
    assert_eq!(accounts.read_notifications(USER, Some(&[NotificationId(5)])).await, Ok(297));
    assert_eq!(accounts.read_notifications(USER, None).await, Ok(0));
    assert_eq!(accounts.unread_notifications(USER).await, Ok(0));
    assert_eq!(accounts.unread_notifications(UserId(8)).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_list_nobody_reads_stays_bounded_and_keeps_the_newest() {
    let accounts = accounts();
    for n in 0..1_500 {
        accounts.notify(USER, &notice(&format!("cause/{n}"), n)).await.unwrap();
    }
    let scan = Scan::first(2_000);
    let rows = accounts.store().scan::<Notifications>(NotificationsPart { user: USER }, scan, Read::Quorum).await;
    let rows = rows.unwrap();
    assert!((KEPT_MAX as usize..KEPT_MAX as usize + 128).contains(&rows.len()), "{}", rows.len());
    assert_eq!(rows.last().unwrap().0.at, START.plus_ms(1_499));
    let long = Notice { body: json!("x".repeat(BODY_BYTES_MAX)), ..notice("long", 0) };
    assert_eq!(accounts.notify(USER, &long).await, Err(Error::invalid("/body", "too_long")));
}
