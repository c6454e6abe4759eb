//! What REST answers beside the operations: problems, headers, the page.

use serde_json::json;

use crate::harness::TestHub;

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
    for query in ["before=x", "limit=0", "limit=201", "more=1"] {
        let answer = hub.get(&format!("{one}/messages?{query}"), &buyer.token).await;
        assert!([400, 422].contains(&answer.status), "{query}: {}", answer.status);
        answer.problem();
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
