use std::time::Duration;

use serde_json::json;
use storage::{Clock, Faults, Faulty, Store};

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
async fn what_is_about_one_thing_is_read_and_nothing_else() {
    let accounts = accounts();
    let told = [
        ("a", "unread", json!({"it": "1"})),
        ("b", "unread", json!({"it": "1", "more": 2})),
        ("c", "unread", json!({"it": "2"})),
        ("d", "other", json!({"it": "1"})),
        ("e", "unread", json!({"that": "1"})),
    ];
    for (cause, kind, body) in told {
        accounts.notify(USER, &Notice { cause, at: START, kind, body }).await.unwrap();
    }
    assert_eq!(accounts.read_notifications_about(USER, "unread", ("it", "1")).await, Ok(Some(3)));
    assert_eq!(accounts.read_notifications_about(USER, "unread", ("it", "1")).await, Ok(None), "nothing to tell");
    assert_eq!(accounts.read_notifications_about(UserId(8), "unread", ("it", "2")).await, Ok(None));
    let left = accounts.notifications(USER, true, None, 10).await.unwrap();
    assert_eq!(left.items.len(), 3);
    assert!(left.items.iter().all(|it| it.kind == "other" || it.body != json!({"it": "1"})));
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

/// Accounts over a store that counts its writes, and takes up to 10 ms for each half of a request.
fn counted() -> (Accounts, std::sync::Arc<Faulty>) {
    let clock = Clock::starting_at(START);
    let slow = Faults { delay_ms_max: 10, ..Faults::default() };
    let counting = Faulty::new(Store::model(clock.clone()), 1, slow);
    (crate::accounts::tests::over(&Store::Faulty(counting.clone()), &clock), counting)
}

#[tokio::test(start_paused = true)]
async fn a_team_is_told_once_and_to_tell_it_again_costs_no_write() {
    let (accounts, counting) = counted();
    let team: Vec<_> = (1..=1_000).map(UserId).collect();
    let stretch = notice("negotiation:1:0:5", 0);
    let id = accounts.notify(team[7], &stretch).await.unwrap();
    assert_eq!(accounts.read_notifications(team[7], None).await, Ok(0));
    let before = counting.writes();
    let mut new = accounts.notify_all(&team, &stretch).await.unwrap();
    new.sort_unstable();
    let others = team.iter().filter(|user| **user != team[7]);
    assert_eq!(new, others.map(|user| (*user, id)).collect::<Vec<_>>());
    assert_eq!(counting.writes() - before, 999);
    for _ in 0..3 {
        assert_eq!(accounts.notify_all(&team, &stretch).await, Ok(Vec::new()));
        accounts.notify(team[3], &stretch).await.unwrap();
    }
    assert_eq!(counting.writes() - before, 999, "the same stretch settled again");
    assert_eq!(accounts.unread_notifications(team[7]).await, Ok(0), "nor is it unread again");
    assert_eq!(accounts.unread_notifications(team[8]).await, Ok(1));
    assert_eq!(accounts.notify_all(&team[..2], &notice("another", 1)).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_team_is_told_many_at_a_time_so_that_their_writes_share_commits() {
    let (accounts, _counting) = counted();
    let team: Vec<_> = (1..=1_000).map(UserId).collect();
    let begun = accounts.clock().now();
    let mut job = tokio::task::JoinSet::new();
    let teller = accounts.clone();
    job.spawn(async move { teller.notify_all(&team, &notice("cause", 0)).await });
    assert_eq!(job.join_next().await.unwrap().unwrap().unwrap().len(), 1_000);
    let took = accounts.clock().now().since_ms(begun);
    // One after the other it is a thousand times a read and a write of 10 ms on average each: 20 s.
    assert!(took < 1_000, "{took} ms");
}

#[tokio::test(start_paused = true)]
async fn who_was_not_told_when_the_store_failed_is_told_when_it_is_repeated() {
    let (accounts, failing) = counted();
    let team: Vec<_> = (1..=100).map(UserId).collect();
    failing.set_faults(Faults { unavailable: 0.2, ..Faults::default() });
    assert!(matches!(accounts.notify_all(&team, &notice("cause", 0)).await, Err(Error::Store(_))));
    failing.set_faults(Faults::default());
    tokio::time::advance(Duration::from_secs(1)).await;
    accounts.notify_all(&team, &notice("cause", 0)).await.unwrap();
    for user in team {
        assert_eq!(accounts.unread_notifications(user).await, Ok(1));
    }
}

#[test]
fn the_count_of_unread_has_the_shape_of_its_event() {
    assert_eq!(serde_json::to_value(Unread { unread: 3 }).unwrap(), json!({"unread": 3}));
}
