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

/// Every page of a list.
async fn all(hub: &TestHub, path: &str, token: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = hub.get(&format!("{path}?limit=100{cursor}"), token).await.body();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
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
    let reports = items(&hub, "/v1/reports", &committee).await;
    assert_eq!(states(&reports), BTreeSet::from(["dismissed", "open"]));
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
    assert_eq!(items(&hub, "/v1/reports", &committee).await, reports);
    assert_eq!(items(&hub, &messages, &wang).await, said);
}

#[tokio::test]
async fn there_is_a_showcase_to_walk_through_and_a_restart_builds_nothing_twice() {
    let hub = TestHub::with(&[("demo", "true")]).await;
    let committee = token(&hub, "committee", "admin").await;
    let lists = ["/v1/reviews/booths", "/v1/reviews/exhibits", "/v1/orders"];
    let mut stands = Vec::new();
    for path in lists {
        stands.push(all(&hub, path, &committee).await);
    }
    let [booths, exhibits, orders] = stands.as_slice() else { panic!("three lists") };
    assert_eq!(states(booths), BTreeSet::from(["approved", "draft", "pending", "rejected", "revising"]));
    let every = BTreeSet::from(["approved", "draft", "on_sale", "pending", "rejected", "revising", "unshelved"]);
    assert_eq!(states(exhibits), every);
    assert_eq!(states(orders), BTreeSet::from(["closed", "dealt", "in_progress", "to_handle"]));
    assert_eq!((booths.len(), exhibits.len(), orders.len()), (17, 99, 27));
    let is_on_sale = |exhibit: &&Value| exhibit["shelf_state"] == "on_sale";
    let (priced, unpriced): (Vec<_>, Vec<_>) =
        exhibits.iter().filter(is_on_sale).partition(|exhibit| exhibit["market_price_fen"].is_i64());
    assert!(priced.len() > 40 && unpriced.len() > 15, "{} {}", priced.len(), unpriced.len());

    let mut pictures = BTreeSet::new();
    for (record, used_for) in booths.iter().map(|booth| (booth, "logo")).chain(exhibits.iter().map(|one| (one, ""))) {
        let logo = record["logo"].as_str().filter(|_| !used_for.is_empty());
        for id in record["pictures"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).chain(logo) {
            assert!(pictures.insert(id.to_owned()), "each record has its own");
            let uploads = hub.running.hub().ground.uploads();
            let upload = uploads.readable(id.parse().unwrap(), None).await.unwrap();
            let rule = uploads.rule(upload.used_for);
            assert!(
                rule.formats.contains(&upload.format) && upload.bytes <= rule.bytes_max.min(120 * 1024),
                "{upload:?}"
            );
        }
    }
    assert_eq!(pictures.len(), 17 * 2 + 99);

    for (path, count) in [("booths", 13), ("exhibits", exhibits.iter().filter(is_on_sale).count())] {
        let shown = hub.get(&format!("/v1/showcase/{path}?limit=100"), &committee).await.body();
        assert_eq!(shown["total"], count, "{path}");
    }
    let front = fair::showcase::Views::new(hub.store().clone());
    front.learn().await.unwrap();
    assert_eq!(front.hottest(fair::showcase::Viewed::Booth, 100).len(), 13);
    let seen = front.hottest(fair::showcase::Viewed::Exhibit, 200);

    let hub = hub.restart().await;
    for (path, stood) in lists.iter().zip(&stands) {
        assert_eq!(&all(&hub, path, &committee).await, stood, "{path}");
    }
    front.learn().await.unwrap();
    assert_eq!(front.hottest(fair::showcase::Viewed::Exhibit, 200), seen, "the crowd came once");
}

#[tokio::test]
async fn who_signs_in_finds_orders_with_what_both_sides_did() {
    let hub = TestHub::with(&[("demo", "true")]).await;
    for (identifier, username, role) in [
        ("huaxin", "wang", "seller"),
        ("lvzhou", "zhou", "seller"),
        ("nordwind", "jonas", "buyer"),
        ("haitong", "huang", "buyer"),
    ] {
        let one = token(&hub, identifier, username).await;
        let orders = items(&hub, &format!("/v1/orders?role={role}&limit=100"), &one).await;
        assert!(orders.len() >= 4 && states(&orders).len() >= 3, "{identifier}: {orders:?}");
    }
    let committee = token(&hub, "committee", "admin").await;
    let mut taken = BTreeSet::new();
    let now = chat::time::rfc3339(Clock::system().now());
    for order in all(&hub, "/v1/orders", &committee).await {
        let log = items(&hub, &format!("/v1/orders/{}/log", order["id"].as_str().unwrap()), &committee).await;
        let times: Vec<_> = log.iter().map(|line| line["at"].as_str().unwrap().to_owned()).collect();
        assert!(times.is_sorted() && times.iter().all(|at| *at < now), "{times:?}");
        taken.extend(log.iter().map(|line| line["action"].as_str().unwrap().to_owned()));
    }
    let every: BTreeSet<_> = fair::orders::FLOW.steps.iter().map(|step| step.action.to_owned()).collect();
    assert_eq!(taken, every, "every step was taken by somebody");
}

#[tokio::test]
async fn by_another_calendar_and_clock_the_same_has_happened() {
    let clock = Clock::starting_at(storage::ids::Millis(1_609_459_200_000));
    let hub = TestHub::at(clock, &[("demo", "true"), ("event", "2020")]).await;
    let committee = token(&hub, "committee", "admin").await;
    let applications = items(&hub, "/v1/reviews/exhibitor-applications", &committee).await;
    assert_eq!(applications.len(), 20);
    assert!(applications.iter().all(|one| one["created_at"].as_str().unwrap().starts_with("2020-12-")));
}
