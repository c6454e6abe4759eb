//! What one finds in `--demo`: a fair in which things have happened.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use storage::Clock;

use crate::harness::TestHub;

async fn token(hub: &TestHub, identifier: &str, username: &str) -> String {
    let login = json!({"identifier": identifier, "username": username, "password": "fairhub2026"});
    let session = hub.http("POST /v1/sessions", None, "", Some(&login)).await;
    assert_eq!(session.status, 201, "{}", session.text);
    session.body()["access_token"].as_str().unwrap().to_owned()
}

async fn items(hub: &TestHub, path: &str, token: &str) -> Vec<Value> {
    hub.get(path, token).await.body()["items"].as_array().unwrap().clone()
}

fn states(items: &[Value]) -> BTreeSet<&str> {
    items.iter().map(|item| item["state"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everybody_finds_something_that_happened_and_a_restart_plays_nothing_twice() {
    let hub = TestHub::with(&[("demo", "true")]).await;
    let committee = token(&hub, "committee", "admin").await;
    let applications = items(&hub, "/v1/reviews/exhibitor-applications", &committee).await;
    assert_eq!(states(&applications), BTreeSet::from(["approved", "in_review", "pending", "rejected"]));
    let attendances = items(&hub, "/v1/reviews/attendances", &committee).await;
    assert_eq!(states(&attendances), BTreeSet::from(["approved", "pending", "rejected"]));
    assert_eq!(items(&hub, "/v1/institutions", &committee).await.len(), 4);
    for institution in ["ccpit-bj", "culture", "hebei", "germany"] {
        let desk = token(&hub, institution, "admin").await;
        let me = hub.get("/v1/me", &desk).await.body();
        let codes = format!("/v1/institutions/{}/invitation-codes", me["enterprise"]["id"].as_str().unwrap());
        assert_eq!(states(&items(&hub, &codes, &desk).await), BTreeSet::from(["unused", "used", "void"]));
        assert!(!items(&hub, "/v1/reviews/exhibitor-applications", &desk).await.is_empty(), "{institution}");
    }

    let wang = token(&hub, "huaxin", "wang").await;
    let inbox = items(&hub, "/v1/negotiations", &wang).await;
    let longest = inbox.iter().max_by_key(|one| one["head"].as_i64()).unwrap();
    let messages = format!("/v1/negotiations/{}/messages?limit=100", longest["conversation"].as_str().unwrap());
    let said = items(&hub, &messages, &wang).await;
    let times: Vec<_> = said.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(said.len() > 10 && times.is_sorted(), "{times:?}");
    let now = chat::time::rfc3339(Clock::system().now());
    assert!(times.iter().all(|at| *at < now.as_str()), "they were said before: {times:?}");
    let admin = token(&hub, "lvzhou", "admin").await;
    let notices = items(&hub, "/v1/notifications", &admin).await;
    assert!(notices.iter().any(|notice| notice["kind"] == "application.state_changed"), "{notices:?}");

    let hub = hub.restart().await;
    assert_eq!(items(&hub, "/v1/reviews/exhibitor-applications", &committee).await, applications);
    assert_eq!(items(&hub, &messages, &wang).await, said);
}

#[tokio::test]
async fn by_another_calendar_and_clock_the_same_has_happened() {
    let clock = Clock::starting_at(storage::ids::Millis(1_609_459_200_000));
    let hub = TestHub::at(clock, &[("demo", "true"), ("event", "2020")]).await;
    let committee = token(&hub, "committee", "admin").await;
    let applications = items(&hub, "/v1/reviews/exhibitor-applications", &committee).await;
    assert_eq!(applications.len(), 6);
    assert!(applications.iter().all(|one| one["created_at"].as_str().unwrap().starts_with("2020-12-")));
}
