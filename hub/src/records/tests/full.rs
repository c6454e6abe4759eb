//! A disk that fills while one conversation is written: whatever is refused says why, what was acknowledged stands.

use std::sync::Arc;

use storage::{Faults, Faulty, SqliteOptions};

use super::*;

/// Two who negotiate, over a store that may be full.
struct Talk {
    app: App,
    token: String,
    messages: String,
}

impl Talk {
    async fn begin(store: Store, clock: Clock) -> Self {
        let app = app_over(store, clock).await;
        let token = app.token("acme", "wang").await;
        let beta = app.hub.accounts.find_enterprise("beta").await.unwrap().unwrap().id;
        let start = json!({"target": {"kind": "enterprise", "id": beta}});
        let started = app.ask(Method::POST, "/v1/negotiations", Some(&token), Some(start)).await;
        assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
        let messages = format!("/v1/negotiations/{}/messages", text(&started.body["conversation"]));
        Self { app, token, messages }
    }

    async fn say(&self, id: &str, text: &str) -> Answer {
        let body = json!({"client_msg_id": id, "kind": "text", "body": {"text": text}});
        self.app.ask(Method::POST, &self.messages, Some(&self.token), Some(body)).await
    }

    /// Everything that stands.
    async fn read(&self) -> Vec<String> {
        let (mut texts, mut before) = (Vec::new(), 1_000_000);
        loop {
            let path = format!("{}?before={before}&limit=200", self.messages);
            let page = self.app.get(&path, &self.token).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            let items = page.body["items"].as_array().unwrap();
            texts.splice(0..0, items.iter().map(|entry| text(&entry["client_msg_id"])));
            if page.body["more"] != true {
                return texts;
            }
            before = items[0]["seq"].as_i64().unwrap();
        }
    }
}

fn assert_full(answer: &Answer, of: &str) {
    let said = (answer.status, &answer.body["type"]);
    assert_eq!(said, (StatusCode::INSUFFICIENT_STORAGE, &json!("/problems/storage_full")), "{of}: {}", answer.body);
}

fn virtual_clock() -> Clock {
    Clock::starting_at(Millis(1_800_000_000_000))
}

fn over(clock: &Clock) -> (Arc<Faulty>, Store) {
    let faulty = Faulty::new(Store::model(clock.clone()), 1, Faults::default());
    (Arc::clone(&faulty), Store::Faulty(faulty))
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_fills_between_a_message_and_its_id_is_named_to_all_who_follow() {
    let clock = virtual_clock();
    let (faulty, store) = over(&clock);
    let talk = Talk::begin(store, clock.clone()).await;
    // The entry is written, its id is not.
    faulty.full_at_write(2);
    assert_eq!(talk.say("first", "first").await.status, StatusCode::CREATED);
    let began = clock.tick();
    let ids = ["second", "third", "fourth"];
    let answers = tokio::join!(talk.say(ids[0], "x"), talk.say(ids[1], "x"), talk.say(ids[2], "x"));
    for (id, answer) in ids.iter().zip([answers.0, answers.1, answers.2]) {
        assert_full(&answer, id);
    }
    assert!(clock.tick().since_ms(began) < 5_000, "nobody waits for what does not come");
    assert_full(&talk.say("fifth", "x").await, "a later one");
    assert_eq!(talk.read().await, ["first"]);

    faulty.set_full(false);
    assert_eq!(talk.say("second", "x").await.status, StatusCode::CREATED, "there is space again");
    assert_eq!(talk.say("first", "first").await.status, StatusCode::OK, "it is known to have been sent");
    assert_eq!(talk.read().await, ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_makes_no_failure_of_what_is_done() {
    let clock = virtual_clock();
    let mut writes = None;
    // Once to count the writes of a request with a key, once with a disk that fills at its last one, which keeps the answer.
    for _ in 0..2 {
        let (faulty, store) = over(&clock);
        let app = app_over(store, clock.clone()).await;
        let token = app.token("acme", "wang").await;
        let beta = app.hub.accounts.find_enterprise("beta").await.unwrap().unwrap().id;
        let before = faulty.writes();
        if let Some(writes) = writes {
            faulty.full_at_write(writes);
        }
        let start = json!({"target": {"kind": "enterprise", "id": beta}}).to_string();
        let peer: SocketAddr = "192.0.2.1:4242".parse().unwrap();
        let request = Request::post("/v1/negotiations")
            .extension(ConnectInfo(peer))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", "key")
            .body(HttpBody::from(start))
            .unwrap();
        let answer = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{writes:?}");
        writes = Some(faulty.writes() - before);
    }
}

#[tokio::test]
async fn a_small_disk_that_fills_under_one_conversation_refuses_by_name_and_keeps_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { pages_max: Some(300), ..SqliteOptions::default() };
    let tables = crate::opening::tables();
    let store = Store::sqlite(&folder.path().join("small.sqlite"), &tables, Clock::system(), &options).unwrap();
    let talk = Talk::begin(store, Clock::system()).await;
    let mut taken = Vec::new();
    // Ever shorter ones, so that it is full to its last page.
    for length in [2_000, 500, 100, 1] {
        let mut refused = 0;
        while refused < 3 {
            let id = format!("{length}-{}-{refused}", taken.len());
            let answer = talk.say(&id, &"展".repeat(length)).await;
            if answer.status == StatusCode::CREATED {
                taken.push(id);
            } else {
                assert_full(&answer, &id);
                refused += 1;
            }
            assert!(taken.len() < 1_000, "it never fills");
        }
    }
    assert!(taken.len() > 20, "{}", taken.len());
    assert_eq!(talk.read().await, taken);
}
