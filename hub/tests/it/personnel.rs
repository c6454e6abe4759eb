//! People as their administrator, their colleagues, strangers and the committee meet them over REST.

use serde_json::{Value, json};

use crate::harness::{Person, TestHub, http};

const DOCUMENT: &str = "11010519491231002X";
const REAL_NAME: &str = "司马植入";
const MOBILE: &str = "13912345678";

pub(crate) fn wang() -> Value {
    json!({
        "username": "wang-1", "name": "王经理", "nationality": "mainland", "real_name": REAL_NAME, "gender": "male",
        "document_type": "resident_id", "document_number": DOCUMENT, "birthday": "1949-12-31", "mobile": MOBILE,
        "duty": "consultant", "position": "junior",
    })
}

struct People {
    hub: TestHub,
    /// Of the team.
    chief: Person,
    colleague: Person,
    /// Of another.
    rival: Person,
    committee: Person,
    /// Of the team's users.
    users: String,
}

async fn people() -> People {
    let hub = TestHub::start().await;
    let (acme, beta) = (hub.enterprise("acme1").await, hub.enterprise("beta1").await);
    let (chief, rival) = (hub.admin(acme).await, hub.admin(beta).await);
    let colleague = hub.person(Some(acme), "colleague", Some(fair::Duty::Other)).await;
    let committee = hub.committee().await;
    let users = format!("/v1/enterprises/{acme}/users");
    People { hub, chief, colleague, rival, committee, users }
}

impl People {
    async fn create(&self) -> Value {
        let answer = self.hub.post(&self.users, &self.chief.token, wang()).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body()
    }

    async fn audit(&self) -> Vec<Value> {
        self.hub.get("/v1/audit", &self.committee.token).await.body()["items"].as_array().unwrap().clone()
    }
}

fn tag(head: &str) -> String {
    head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned()
}

#[tokio::test]
async fn an_administrator_makes_a_sub_user_who_signs_in() {
    let people = people().await;
    let made = people.create().await;
    let password = made["password"].as_str().unwrap();
    assert_eq!((password.len(), &made["document_number"]), (8, &json!("110***********002X")));
    assert_eq!((&made["mobile"], &made["real_name"]), (&json!("139****5678"), &json!(REAL_NAME)));
    let login = json!({"identifier": "acme1", "username": "wang-1", "password": password});
    assert_eq!(people.hub.http("POST /v1/sessions", None, "", Some(&login)).await.status, 201);
    let one = format!("{}/{}", people.users, made["id"].as_str().unwrap());
    let shown = people.hub.get(&one, &people.chief.token).await.body();
    assert!(shown.get("password").is_none() && shown["version"] == made["version"], "{shown}");
    let twice = people.hub.post(&people.users, &people.chief.token, wang()).await;
    assert_eq!(twice.problem(), "conflict");
    let other = json!({"username": "wang-2"});
    let mut twin = wang();
    twin["username"] = other["username"].clone();
    let twin = people.hub.post(&people.users, &people.chief.token, twin).await;
    assert_eq!(
        (twin.problem().as_str(), &twin.body()["fields"][0]),
        ("invalid", &json!({"at": "/document_number", "code": "taken"}))
    );
    for field in ["role", "state", "enterprise", "id", "version", "admin", "rights"] {
        let mut more = wang();
        more[field] = json!(1);
        let answer = people.hub.post(&people.users, &people.chief.token, more).await;
        assert_eq!(answer.body()["fields"][0], json!({"at": format!("/{field}"), "code": "unknown_field"}));
    }
    people.hub.stop().await;
}

#[tokio::test]
async fn who_sees_what_of_a_person() {
    let people = people().await;
    let made = people.create().await;
    let one = format!("{}/{}", people.users, made["id"].as_str().unwrap());
    let seen = people.hub.get(&one, &people.colleague.token).await;
    let fields: Vec<_> = seen.body().as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["admin", "duty", "id", "name", "username"], "a colleague");
    for path in [&one, &people.users] {
        let masked = people.hub.get(path, &people.committee.token).await.text;
        assert!(masked.contains("110***********002X") && !masked.contains(DOCUMENT) && !masked.contains(MOBILE));
        assert_eq!(people.hub.get(path, &people.rival.token).await.problem(), "not_found");
        assert!(!people.hub.get(path, &people.colleague.token).await.text.contains(REAL_NAME));
    }
    let q = |text: &str| format!("{}?q={text}", people.users);
    let real = "%E5%8F%B8%E9%A9%AC";
    let count = |answer: http::Answer| answer.body()["items"].as_array().unwrap().len();
    assert_eq!(count(people.hub.get(&q(real), &people.chief.token).await), 1);
    assert_eq!(count(people.hub.get(&q(real), &people.colleague.token).await), 0);
    assert_eq!(count(people.hub.get(&q("WANG"), &people.colleague.token).await), 1);
    let page = people.hub.get(&format!("{}?limit=2", people.users), &people.chief.token).await;
    assert!(page.head.contains("link: <?limit=2&cursor=") && count(page) == 2);
    for (person, code) in [(&people.colleague, "forbidden"), (&people.rival, "not_found")] {
        assert_eq!(people.hub.post(&people.users, &person.token, wang()).await.problem(), code);
    }
    people.hub.stop().await;
}

#[tokio::test]
async fn every_look_at_a_document_is_recorded_before_it_is_shown() {
    let people = people().await;
    let made = people.create().await;
    let id = made["id"].as_str().unwrap();
    let reveal = format!("{}/{id}/document/reveal", people.users);
    let why = json!({"reason": "现场核对"});
    for (person, code) in [(&people.colleague, "forbidden"), (&people.rival, "not_found")] {
        assert_eq!(people.hub.post(&reveal, &person.token, why.clone()).await.problem(), code);
    }
    for person in [&people.chief, &people.committee, &people.chief] {
        let shown = people.hub.post(&reveal, &person.token, why.clone()).await;
        assert_eq!(shown.body(), json!({"document_type": "resident_id", "document_number": DOCUMENT}));
    }
    let long = people.hub.post(&reveal, &people.chief.token, json!({"reason": "字".repeat(2_001)})).await;
    assert_eq!((long.problem().as_str(), &long.body()["fields"][0]["at"]), ("invalid", &json!("/reason")));
    let recorded = people.audit().await;
    let deeds: Vec<_> = recorded.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["document.reveal", "document.reveal", "document.reveal", "user.create"]);
    assert_eq!((&recorded[0]["actor"]["id"], &recorded[0]["note"]), (&json!(people.chief.id()), &json!("现场核对")));
    assert_eq!(
        (&recorded[1]["actor"]["id"], &recorded[1]["object"]),
        (&json!(people.committee.id()), &json!({"kind": "user", "id": id}))
    );
    people.hub.stop().await;
}

#[tokio::test]
async fn a_change_is_for_the_version_that_was_seen_and_is_recorded_by_its_fields() {
    let people = people().await;
    let made = people.create().await;
    let one = format!("{}/{}", people.users, made["id"].as_str().unwrap());
    let shown = people.hub.get(&one, &people.chief.token).await;
    let patch = |tag: String, body: Value| {
        let (request, more, hub) = (format!("PATCH {one}"), format!("if-match: {tag}\r\n"), &people.hub);
        let token = &people.chief.token;
        async move { hub.http(&request, Some(token), &more, Some(&body)).await }
    };
    let first = tag(&shown.head);
    let changed = patch(first.clone(), json!({"mobile": "13700137000", "position": "senior"})).await;
    assert_eq!((changed.status, &changed.body()["mobile"]), (200, &json!("137****7000")));
    assert_eq!(patch(first, json!({"name": "别人"})).await.problem(), "stale");
    let same_mask = json!({"document_number": "11010519491231003X"});
    let refused = patch(tag(&changed.head), same_mask).await;
    assert_eq!(refused.body()["fields"][0], json!({"at": "/document_number", "code": "checksum"}));
    let removed = people.hub.http(&format!("DELETE {one}"), Some(&people.chief.token), "", None).await;
    assert_eq!(removed.status, 204);
    assert_eq!(people.hub.get(&one, &people.chief.token).await.problem(), "not_found");
    let recorded = people.audit().await;
    let deeds: Vec<_> =
        recorded.iter().map(|entry| (entry["action"].as_str().unwrap(), entry["note"].as_str())).collect();
    assert_eq!(deeds, [("user.delete", None), ("user.change", Some("mobile, position")), ("user.create", None)]);
    people.hub.stop().await;
}
