//! Messages to phones by a real gateway, and who may see what of them.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use fair::messages::{Delivery, Locale, Template, To};
use fair::{Kind, NewEnterprise};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::harness::{Person, TestHub};
use crate::socket::raw::PATIENCE;

const MOBILE: &str = "13800138000";

/// One request of the gateway: headers and body.
type Got = (HeaderMap, Value);

/// What the gateway answers, the last for ever, and where it says what it got.
#[derive(Clone)]
struct Gateway {
    answers: Arc<Mutex<Vec<StatusCode>>>,
    got: mpsc::Sender<Got>,
}

async fn take(State(gateway): State<Gateway>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    gateway.got.send((headers, body)).await.unwrap();
    let mut answers = gateway.answers.lock().unwrap();
    if answers.len() > 1 { answers.remove(0) } else { answers[0] }
}

/// A gateway on a free port, and what it gets.
async fn gateway(answers: &[StatusCode]) -> (String, mpsc::Receiver<Got>) {
    let (got, receiver) = mpsc::channel(16);
    let state = Gateway { answers: Arc::new(Mutex::new(answers.to_vec())), got };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sms", listener.local_addr().unwrap());
    let router = Router::new().route("/sms", post(take)).with_state(state);
    #[expect(clippy::disallowed_methods, reason = "it lives as long as the test")]
    drop(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
    (url, receiver)
}

async fn next(got: &mut mpsc::Receiver<Got>) -> Got {
    timeout(PATIENCE, got.recv()).await.expect("a request in time").unwrap()
}

async fn send(hub: &TestHub, key: &str) {
    let params = [("code", "123456"), ("minutes", "5")];
    let to = To::Sms(MOBILE.to_owned());
    let messages = hub.running.hub().ground.messages();
    messages.send(key, to, Template::RegistrationCode, &params, Locale::ZhCn).await.unwrap();
}

async fn ended(hub: &TestHub, key: &str) -> (Delivery, i64, Option<String>) {
    let look = async {
        loop {
            let message = hub.running.hub().ground.messages().find(key).await.unwrap().unwrap();
            if message.state != Delivery::Queued {
                return (message.state, message.tries, message.error);
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, look).await.expect("an end in time")
}

async fn committee(hub: &TestHub) -> Person {
    let new = NewEnterprise {
        kind: Kind::Committee,
        identifier: "organisers".to_owned(),
        name: "组委会".to_owned(),
        name_en: None,
    };
    let team = hub.accounts().create_enterprise(new).await.unwrap().id;
    hub.person(Some(team), "chair", None).await
}

#[tokio::test]
async fn the_gateway_is_asked_once_more_after_a_failure_and_told_that_it_is_the_same_message() {
    let (url, mut got) = gateway(&[StatusCode::SERVICE_UNAVAILABLE, StatusCode::ACCEPTED]).await;
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "a-token\n").unwrap();
    let hub = TestHub::with(&[("sms_gateway", &url), ("sms_gateway_token_file", token.path().to_str().unwrap())]).await;
    send(&hub, "code/1").await;
    send(&hub, "code/1").await;
    let (first, body) = next(&mut got).await;
    assert_eq!(first["authorization"], "Bearer a-token");
    assert_eq!(first["idempotency-key"], body["id"].as_str().unwrap());
    assert_eq!(body["to"], "+8613800138000");
    assert_eq!((&body["template"], &body["locale"]), (&json!("registration_code"), &json!("zh-CN")));
    assert_eq!(body["params"], json!({"code": "123456", "minutes": "5"}));
    assert!(body["text"].as_str().unwrap().starts_with("【中国国际服务贸易交易会】"), "{body}");
    let (second, again) = next(&mut got).await;
    assert_eq!((&second["idempotency-key"], &again), (&first["idempotency-key"], &body));
    assert_eq!(ended(&hub, "code/1").await, (Delivery::Sent, 2, None));
    hub.running.stop().await;
    assert!(got.try_recv().is_err(), "once");
}

#[tokio::test]
async fn what_the_gateway_refuses_is_shown_to_the_committee_without_number_and_text() {
    let (url, mut got) = gateway(&[StatusCode::BAD_REQUEST]).await;
    let hub = TestHub::with(&[("sms_gateway", &url)]).await;
    let chair = committee(&hub).await;
    let (buyer, _seller) = hub.pair().await;
    send(&hub, "code/1").await;
    let (headers, _body) = next(&mut got).await;
    assert!(!headers.contains_key("authorization"), "no token is set");
    assert_eq!(ended(&hub, "code/1").await, (Delivery::Failed, 1, Some("the gateway answered 400".to_owned())));
    let failed = hub.get("/v1/messages?state=failed", &chair.token).await;
    let item = &failed.body()["items"][0];
    assert_eq!(item["to"], "138****8000");
    assert_eq!((&item["tries"], &item["last_error"]), (&json!(1), &json!("the gateway answered 400")));
    assert!(!failed.text.contains("123456") && !failed.text.contains(MOBILE), "{}", failed.text);
    assert_eq!(hub.get("/v1/messages?state=sent", &chair.token).await.body(), json!({"items": []}));
    assert_eq!(hub.get("/v1/messages?state=lost", &chair.token).await.problem(), "bad_request");
    assert_eq!(hub.get("/v1/messages", &buyer.token).await.problem(), "forbidden");
    assert_eq!(hub.http("GET /v1/messages", None, "", None).await.problem(), "unauthenticated");
    assert_eq!(hub.http("GET /demo/messages", None, "", None).await.problem(), "not_found");
}

#[tokio::test]
async fn the_demo_shows_what_it_would_have_sent_also_after_a_restart() {
    let hub = TestHub::with(&[("demo", "true"), ("demo_history", "false")]).await;
    send(&hub, "code/1").await;
    assert_eq!(ended(&hub, "code/1").await.0, Delivery::Sent);
    let hub = hub.restart().await;
    let shown = hub.http("GET /demo/messages", None, "", None).await.body();
    assert_eq!(shown.as_array().unwrap().len(), 1);
    let item = &shown[0];
    assert_eq!((&item["to"], &item["channel"]), (&json!("+8613800138000"), &json!("sms")));
    assert_eq!(item["params"]["code"], "123456");
    assert!(item["text"].as_str().unwrap().contains("123456"), "{item}");
}
