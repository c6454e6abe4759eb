//! What REST answers beside the operations: problems, headers, the page.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::harness::{Person, TestHub};
use crate::inbox::settled;
use crate::socket::raw::{Client, Got, upgrade_request};

#[tokio::test]
async fn refusals_are_problems_with_a_type_and_say_which_field() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let token = Some(buyer.token.as_str());
    let start = |body| hub.post("/v1/negotiations", &buyer.token, body);
    let answer = start(json!({"target": {"kind": "enterprise", "id": seller.team()}, "more": 1})).await;
    assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_request"));
    assert_eq!(answer.body()["fields"], json!([{"at": "/more", "code": "unknown"}]));
    let answer = start(json!({"target": {"kind": "enterprise", "id": buyer.team()}})).await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid"));
    assert_eq!(answer.body()["fields"], json!([{"at": "/target/id", "code": "own"}]), "in the body, as it was sent");
    let answer = start(json!([{"kind": "enterprise", "id": seller.team()}])).await;
    assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_request"), "fields have names, not positions");
    let answer = start(json!({"target": {"kind": "project", "id": "1"}})).await;
    assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"));

    let plain = "content-type: text/plain\r\n";
    let answer = hub.http("POST /v1/negotiations", token, plain, Some(&json!({}))).await;
    assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_request"));
    for path in ["/v1/negotiations/none", "/v1/negotiations/0/messages", "/v1/nothing", "/nothing"] {
        let answer = hub.get(path, &buyer.token).await;
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"), "{path}");
    }
    let conversation = start(json!({"target": {"kind": "enterprise", "id": seller.team()}})).await;
    assert_eq!(conversation.status, 201);
    let one = format!("/v1/negotiations/{}", conversation.body()["conversation"].as_str().unwrap());
    for (path, body, code) in [
        ("dance", json!({}), "not_found"),
        ("claim", json!({"seq": 1}), "bad_request"),
        ("transfer", json!({}), "bad_request"),
        ("read", json!({"seq": "1"}), "bad_request"),
        ("read", json!({"seq": 1}), "invalid"),
    ] {
        assert_eq!(hub.post(&format!("{one}/{path}"), &buyer.token, body).await.problem(), code, "{path}");
    }
    for (query, code, at) in [
        ("before=x", "bad_request", "/before"),
        ("limit=-1", "bad_request", "/limit"),
        ("limit=0", "invalid", "/limit"),
        ("limit=201", "invalid", "/limit"),
        ("before=0", "invalid", "/before"),
        ("more=1", "bad_request", "/more"),
        ("limit=1&limit=2", "bad_request", "/limit"),
        ("before=1&after=1", "bad_request", "/after"),
    ] {
        let answer = hub.get(&format!("{one}/messages?{query}"), &buyer.token).await;
        assert_eq!(answer.problem(), code, "{query}");
        assert_eq!(answer.body()["fields"][0]["at"], at, "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn every_answer_is_hardened_and_only_the_page_may_be_kept() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let headers =
        ["content-security-policy: default-src 'self'", "x-content-type-options: nosniff", "x-frame-options: deny"];
    for path in ["/", "/v1/me", "/v1/nothing", "/healthz", "/metrics"] {
        let answer = hub.get(path, &buyer.token).await;
        for header in headers {
            assert!(answer.head.contains(header), "{path} lacks {header}: {}", answer.head);
        }
        let kept = if path == "/" { "cache-control: no-cache" } else { "cache-control: no-store" };
        assert!(answer.head.contains(kept), "{path}: {}", answer.head);
    }
}

#[tokio::test]
async fn the_page_is_served_from_the_binary_and_nothing_beside_it() {
    let hub = TestHub::start().await;
    let page = hub.http("GET /", None, "", None).await;
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-type: text/html"), "{}", page.head);
    let quoted = page.text.split('"');
    let scripts: Vec<_> = quoted.filter(|text| text.ends_with(".js") || text.ends_with(".css")).collect();
    assert!(!scripts.is_empty(), "{}", page.text);
    for file in scripts {
        let path = format!("/{}", file.trim_start_matches("./").trim_start_matches('/'));
        let answer = hub.http(&format!("GET {path}"), None, "", None).await;
        assert_eq!(answer.status, 200, "{path}");
        let kind = if path.ends_with(".js") { "text/javascript" } else { "text/css" };
        assert!(answer.head.contains(kind), "{path}: {}", answer.head);
    }
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/demo/accounts", "/.gitignore"] {
        assert_eq!(hub.http(&format!("GET {path}"), None, "", None).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn header_names_and_schemes_are_taken_in_any_case() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        let more = format!("AUTHORIZATION: {scheme} {}\r\n", buyer.token);
        assert_eq!(hub.http("GET /v1/me", None, &more, None).await.status, 200, "{scheme}");
    }
    let body = json!({"target": {"kind": "enterprise", "id": seller.team()}}).to_string();
    let (token, length) = (&buyer.token, body.len());
    let more = format!(
        "AuThOrIzAtIoN: BEARER {token}\r\nCONTENT-TYPE: Application/JSON; Charset=UTF-8\r\ncontent-LENGTH: {length}\r\n\r\n{body}"
    );
    assert_eq!(hub.http("POST /v1/negotiations", None, &more, None).await.status, 201);
    let mut client = Client::connect(hub.address()).await;
    let upgrade = upgrade_request("/v1/ws", "").to_uppercase().replace("/V1/WS", "/v1/ws");
    client.write(upgrade.as_bytes()).await;
    assert_eq!(client.head().await.0, 101, "{upgrade}");
}

#[tokio::test]
async fn a_request_names_its_host_once_and_who_asks_at_most_once() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let ways = format!("authorization: Bearer {}\r\nauthorization: Bearer {}\r\n", buyer.token, seller.token);
    assert_eq!(hub.http("GET /v1/me", None, &ways, None).await.problem(), "unauthenticated");
    let twice = hub.http("GET /healthz", None, "HOST: elsewhere\r\n", None).await;
    assert_eq!((twice.status, twice.problem().as_str()), (400, "bad_request"));
    for (request, status) in [("GET /healthz HTTP/1.1\r\n\r\n", 400), ("GET /healthz HTTP/1.0\r\n\r\n", 200)] {
        let mut client = Client::connect(hub.address()).await;
        client.write(request.as_bytes()).await;
        assert_eq!(client.head().await.0, status, "{request}");
    }
}

/// What a head says beside what differs from answer to answer.
fn lasting(head: &str) -> Vec<&str> {
    head.lines().filter(|line| !line.starts_with("date: ")).collect()
}

#[tokio::test]
async fn head_says_what_get_says_without_its_body() {
    let hub = TestHub::with(&[("demo", "true"), ("demo_history", "false")]).await;
    let (buyer, seller) = hub.pair().await;
    let conversation = hub.connect(&buyer).await.start_with(seller.team()).await;
    settled(&hub).await;
    let (one, team) = (format!("/v1/negotiations/{conversation}"), format!("/v1/enterprises/{}/users", buyer.team()));
    let (member, messages) = (format!("{team}/{}", buyer.id()), format!("{one}/messages"));
    let paths = ["/", "/style.css", "/healthz", "/readyz", "/demo/accounts", "/v1/ws", "/v1/nothing", "/nothing"];
    let own = ["/v1/me", "/v1/sessions", "/v1/notifications", "/v1/enterprises", "/v1/negotiations"];
    let named = [one.as_str(), &messages, &team, &member];
    for path in paths.iter().chain(&own).chain(&named) {
        let get = hub.get(path, &buyer.token).await;
        let head = hub.http(&format!("HEAD {path}"), Some(&buyer.token), "", None).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(lasting(&head.head), lasting(&get.head), "{path}");
    }
    assert_eq!(hub.http("HEAD /metrics", None, "", None).await.status, 200);
    assert_eq!(hub.http("HEAD /v1/me", None, "", None).await.status, 401, "the gate asks whoever comes");
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_a_path_takes() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    for (request, allowed) in [
        ("POST /", "get,head"),
        ("POST /index.html", "get,head"),
        ("DELETE /style.css", "get,head"),
        ("OPTIONS /", "get,head"),
        ("TRACE /", "get,head"),
        ("BREW /", "get,head"),
        ("PUT /healthz", "get,head"),
        ("POST /metrics", "get,head"),
        ("PUT /v1/me", "get,head,patch"),
        ("GET /v1/me/password", "post"),
        ("DELETE /v1/negotiations", "get,head,post"),
    ] {
        for token in [None, Some(buyer.token.as_str())] {
            let answer = hub.http(request, token, "content-length: 0\r\n", None).await;
            assert_eq!((answer.status, answer.problem().as_str()), (405, "method_not_allowed"), "{request}");
            let says = answer.head.lines().find_map(|line| line.strip_prefix("allow: ")).unwrap();
            let mut says: Vec<_> = says.split(',').collect();
            says.sort_unstable();
            assert_eq!(says.join(","), allowed, "{request}");
        }
    }
    let answer = hub.http("POST /v1/ws", None, "content-length: 0\r\n", None).await;
    assert_eq!(answer.problem(), "method_not_allowed");
    assert!(answer.head.contains("allow: get,head"), "{}", answer.head);
    assert_eq!(hub.http("GET /v1/ws", None, "", None).await.problem(), "bad_request", "no handshake");
    assert_eq!(hub.http("POST /nothing", None, "content-length: 0\r\n", None).await.status, 404);
}

#[tokio::test]
async fn an_idle_connection_rests_as_long_as_its_key_says() {
    for (seconds, is_ended) in [("1", true), ("75", false)] {
        let hub = TestHub::with(&[("keep_alive_s", seconds)]).await;
        let mut client = Client::connect(hub.address()).await;
        client.write(b"HEAD /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert_eq!(client.head().await.0, 200);
        let ended = timeout(Duration::from_secs(3), client.next()).await;
        assert_eq!(ended.is_ok_and(|got| got == Got::End), is_ended, "{seconds} s");
    }
}

/// The state of a conversation and its last seq.
async fn state(hub: &TestHub, person: &Person, path: &str) -> (String, i64) {
    let shown = hub.get(path, &person.token).await.body();
    (shown["conversation"]["state"].as_str().unwrap().to_owned(), shown["head"].as_i64().unwrap())
}

#[tokio::test]
async fn a_verb_refuses_every_body_but_its_own_and_does_nothing() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let conversation = hub.connect(&buyer).await.start_with(seller.team()).await;
    let (one, token) = (format!("/v1/negotiations/{conversation}"), Some(buyer.token.as_str()));
    let close = format!("POST {one}/close");
    for body in [
        json!({"foo": 1}),
        json!([]),
        json!(["x"]),
        json!(null),
        json!("close"),
        json!({"conversation": "0000000000001"}),
        json!({"conversation": conversation}),
        json!({"conversation": conversation, "foo": 1}),
    ] {
        let answer = hub.http(&close, token, "", Some(&body)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_request"), "{body}");
    }
    for (kind, body) in [("text/plain", "{}"), ("application/json", "{"), ("application/json", "{}{}")] {
        // The body stands where more headers would, and ends what the harness says behind it.
        let length = body.len();
        let header = format!("content-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}");
        let answer = hub.http(&close, None, &format!("authorization: Bearer {}\r\n{header}", buyer.token), None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_request"), "{kind} {body}");
    }
    assert_eq!(state(&hub, &buyer, &one).await, ("open".to_owned(), 0));

    let answer = hub.http(&close, token, "", None).await;
    assert_eq!((answer.status, answer.body()), (200, json!({"seq": 1})), "no body is an empty one");
    assert_eq!(state(&hub, &buyer, &one).await, ("closed".to_owned(), 1));
    let answer = hub.post(&format!("{one}/reopen"), &buyer.token, json!({})).await;
    assert_eq!((answer.status, answer.body()), (200, json!({"seq": 2})));
}

/// How many files of a folder have such bytes.
fn files_with(folder: &std::path::Path, words: &str) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.filter(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes())).count()
}

#[tokio::test]
async fn a_contact_card_is_shown_to_the_other_side_and_lies_sealed_on_the_disk() {
    const MOBILE: &str = "13800138000";
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let mut from = hub.connect(&buyer).await;
    let conversation = from.start_with(seller.team()).await;
    from.text(&conversation, "plain-to-find").await;
    let card = json!({"conversation": conversation, "client_msg_id": "c", "kind": "card", "body": {"type": "contact"}});
    from.ok("negotiation.send", card).await;
    settled(&hub).await;
    let shown = |opened: serde_json::Value| opened["entries"][1]["body"]["contact"]["mobile"].clone();
    assert_eq!(shown(hub.connect(&seller).await.open(&conversation, None).await), MOBILE);
    assert!(files_with(hub.folder(), "plain-to-find") > 0, "these are the files that messages lie in");
    assert_eq!(files_with(hub.folder(), MOBILE), 0);

    let hub = hub.restart().await;
    let opened = hub.connect(&seller).await.open(&conversation, None).await;
    assert_eq!(shown(opened), MOBILE, "by what was read from there");
    assert_eq!(files_with(hub.folder(), MOBILE), 0);
}

#[tokio::test]
async fn reading_notifications_over_rest_tells_the_person_s_sockets_how_many_are_left() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let other = hub.enterprise("other").await;
    let other = hub.person(Some(other), "other", Some(fair::Duty::Representative)).await;
    for person in [&buyer, &other] {
        let mut from = hub.connect(person).await;
        let conversation = from.start_with(seller.team()).await;
        from.text(&conversation, "hello").await;
    }
    settled(&hub).await;
    let (mut phone, mut stranger) = (hub.connect(&seller).await, hub.connect(&buyer).await);
    let listed = hub.get("/v1/notifications", &seller.token).await.body();
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["unread"]), (2, &json!(2)));
    let first = json!({"ids": [listed["items"][0]["id"]]});
    for (body, left) in [(first, 1), (json!({}), 0)] {
        let read = hub.post("/v1/notifications/read", &seller.token, body).await;
        assert_eq!(read.body(), json!({"unread": left}));
        let told = phone.event("notification.unread_count").await;
        assert_eq!(told["d"], json!({"unread": left}));
    }
    stranger.ok("ping", json!({})).await;
    assert!(stranger.heard("notification.unread_count").is_empty());
}

/// What `/metrics` says of one series; 0 before it is first used.
async fn metric(hub: &TestHub, series: &str) -> u64 {
    let page = hub.http("GET /metrics", None, "", None).await.text;
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test]
async fn rest_is_counted_by_route_and_its_refusals_by_code() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let (route, refused) =
        ("rest_requests_total{route=\"/v1/negotiations/{id}\"}", "refusals_total{code=\"unauthenticated\"}");
    let (requests, refusals) = (metric(&hub, route).await, metric(&hub, refused).await);
    // Others of this process count as well: at least these are counted.
    for _ in 0..3 {
        assert_eq!(hub.get("/v1/negotiations/0000000000000", &buyer.token).await.status, 404);
    }
    let wrong = json!({"identifier": "buyers", "username": "buyer", "password": "wrong password"});
    assert_eq!(hub.http("POST /v1/sessions", None, "", Some(&wrong)).await.status, 401);
    assert_eq!(hub.get("/v1/me", "no token").await.status, 401);
    assert!(metric(&hub, route).await >= requests + 3, "by the route, not by the path");
    assert!(metric(&hub, refused).await >= refusals + 2);
}
