//! Becoming somebody over REST: codes, registration, one's own record, forgotten passwords; and a hub that is killed in
//! between.

use serde_json::{Value, json};

use crate::harness::TestHub;
use crate::harness::http::{self, Answer, ask};
use crate::process::Site;

pub(crate) const PASSWORD: &str = "password1";
const MOBILE: &str = "13900139000";

async fn demo() -> TestHub {
    TestHub::with(&[("demo", "true"), ("demo_history", "false")]).await
}

/// A guest's request with a body.
async fn post(hub: &TestHub, path: &str, body: Value) -> Answer {
    hub.http(&format!("POST {path}"), None, "", Some(&body)).await
}

async fn sent(hub: &TestHub, to: &str, template: &str, param: &str) -> String {
    http::sent(hub.address(), to, template, param).await
}

async fn code(hub: &TestHub, mobile: &str) -> String {
    let answer = post(hub, "/v1/registrations/codes", json!({"channel": "sms", "to": mobile})).await;
    assert_eq!((answer.status, answer.body()), (202, json!({"expires_in": 300, "resend_in": 60})));
    sent(hub, &format!("+86{mobile}"), "registration_code", "code").await
}

/// 河北云旅通, as it registers with a code.
pub(crate) fn enterprise(mobile: &str, code: &str) -> Value {
    json!({
        "username": "wang_li", "password": PASSWORD, "mobile": mobile, "code": code, "agreement": true, "name": "王丽",
        "identifier": "hebei-ylt", "enterprise_name": "河北云旅通科技有限公司", "entry": "exhibitor",
        "place": "mainland.110105", "address": "朝阳区1号", "industry": "transport.sea-freight",
        "interests": ["general-transport-sea-freight"], "contact_info": "010-12345678",
    })
}

async fn sign_in(hub: &TestHub, identifier: Option<&str>, username: &str, password: &str) -> Answer {
    let mut body = json!({"username": username, "password": password});
    if let Some(identifier) = identifier {
        body["identifier"] = json!(identifier);
    }
    post(hub, "/v1/sessions", body).await
}

fn token(signed_in: &Answer) -> String {
    assert_eq!(signed_in.status, 201, "{}", signed_in.text);
    signed_in.body()["access_token"].as_str().unwrap().to_owned()
}

fn etag(answer: &Answer) -> String {
    answer.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().trim().to_owned()
}

#[tokio::test]
async fn an_enterprise_registers_by_short_message_signs_in_and_changes_what_it_says() {
    let hub = demo().await;
    let code = code(&hub, MOBILE).await;
    let body = enterprise(MOBILE, &code);
    let made = post(&hub, "/v1/registrations/enterprise", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(post(&hub, "/v1/registrations/enterprise", body).await.body(), made.body(), "the same again");
    let own = token(&sign_in(&hub, Some("Hebei-YLT"), "wang_li", PASSWORD).await);

    let path = format!("/v1/enterprises/{}", made.body()["enterprise"].as_str().unwrap());
    let shown = hub.get(&path, &own).await;
    let said = shown.body();
    assert_eq!((&said["identifier"], &said["entry"]), (&json!("hebei-ylt"), &json!("exhibitor")));
    assert_eq!((&said["address"], &said["contact_info"]), (&json!("朝阳区1号"), &json!("010-12345678")));
    let patch = async |more: &str, body: Value| hub.http(&format!("PATCH {path}"), Some(&own), more, Some(&body)).await;
    let english = json!({"name_en": "Hebei Yunlvtong", "contact_info": null});
    assert_eq!(patch("", english.clone()).await.problem(), "precondition_required");
    assert_eq!(patch("if-match: \"other\"\r\n", english.clone()).await.problem(), "stale");
    let if_match = format!("if-match: {}\r\n", etag(&shown));
    let changed = patch(&if_match, english).await;
    assert_eq!((changed.status, &changed.body()["name_en"]), (200, &json!("Hebei Yunlvtong")), "{}", changed.text);
    assert_eq!(patch(&if_match, json!({"name_en": "Again"})).await.problem(), "stale");
    let if_match = format!("if-match: {}\r\n", etag(&changed));
    let wrong = patch(&if_match, json!({"identifier": "x", "place": "nowhere"})).await;
    assert_eq!(wrong.problem(), "invalid");
    let at: Vec<_> = wrong.body()["fields"].as_array().unwrap().iter().map(|field| field["at"].clone()).collect();
    assert_eq!(at, ["/place", "/identifier"]);
    assert_eq!(patch(&if_match, json!({"name": "华信智能科技有限公司"})).await.problem(), "conflict", "the demo's");
}

#[tokio::test]
async fn others_see_of_an_enterprise_what_is_public_and_only_enterprises_how_to_reach_it() {
    let hub = demo().await;
    let code = code(&hub, MOBILE).await;
    let made = post(&hub, "/v1/registrations/enterprise", enterprise(MOBILE, &code)).await.body();
    let path = format!("/v1/enterprises/{}", made["enterprise"].as_str().unwrap());
    let buyer = token(&sign_in(&hub, Some("nordwind"), "jonas", "fairhub2026").await);
    let visitor = token(&sign_in(&hub, None, "visitor", "fairhub2026").await);
    let seen = hub.get(&path, &buyer).await.body();
    assert_eq!(seen["contact_info"], "010-12345678");
    for hidden in ["identifier", "address", "interests", "entry"] {
        assert!(seen.get(hidden).is_none(), "{hidden}: {seen}");
    }
    let seen = hub.get(&path, &visitor).await.body();
    assert!(seen.get("contact_info").is_none() && seen["name"] == "河北云旅通科技有限公司", "{seen}");
    let patch = |token: String| {
        let path = path.clone();
        let hub = &hub;
        async move { hub.http(&format!("PATCH {path}"), Some(&token), "", Some(&json!({"name": "x"}))).await.problem() }
    };
    let boss = token(&sign_in(&hub, Some("nordwind"), "admin", "fairhub2026").await);
    assert_eq!(patch(boss).await, "not_found", "another's administrator");
    assert_eq!(patch(buyer).await, "forbidden");
    assert_eq!(hub.get("/v1/enterprises/0000000000001", &visitor).await.problem(), "not_found");
}

#[tokio::test]
async fn a_form_that_is_wrong_names_every_field_and_stores_nothing() {
    let hub = demo().await;
    let code = code(&hub, MOBILE).await;
    let mut body = enterprise(MOBILE, &code);
    body["username"] = json!("a");
    body["industry"] = json!("alchemy");
    body["agreement"] = json!(false);
    body["state"] = json!("approved");
    let wrong = post(&hub, "/v1/registrations/enterprise", body).await;
    assert_eq!(wrong.problem(), "invalid");
    let fields = wrong.body()["fields"].clone();
    assert_eq!(
        fields,
        json!([
            {"at": "/username", "code": "too_short"},
            {"at": "/agreement", "code": "not_accepted"},
            {"at": "/industry", "code": "not_an_option"},
            {"at": "/state", "code": "unknown_field"},
        ])
    );
    for (class, body) in [("individual", json!({})), ("media", json!({})), ("enterprise", json!([]))] {
        let answer = post(&hub, &format!("/v1/registrations/{class}"), body).await;
        assert!([400, 422].contains(&answer.status), "{class}");
        answer.problem();
    }
    assert_eq!(post(&hub, "/v1/registrations/institution", json!({})).await.problem(), "not_found");
    let made = post(&hub, "/v1/registrations/enterprise", enterprise(MOBILE, &code)).await;
    assert_eq!(made.status, 201, "the code is still good: {}", made.text);
}

#[tokio::test]
async fn taken_names_are_a_conflict_at_their_field() {
    let hub = demo().await;
    let code = code(&hub, MOBILE).await;
    let mut body = enterprise(MOBILE, &code);
    body["identifier"] = json!("HuaXin");
    let taken = post(&hub, "/v1/registrations/enterprise", body).await;
    assert_eq!((taken.status, taken.problem().as_str()), (409, "conflict"));
    assert_eq!(taken.body()["fields"], json!([{"at": "/identifier", "code": "taken"}]));
    let visitor = json!({"username": "Visitor", "password": PASSWORD, "mobile": MOBILE, "code": code,
        "agreement": true, "name": "又一位"});
    let taken = post(&hub, "/v1/registrations/individual", visitor).await;
    assert_eq!(taken.body()["fields"], json!([{"at": "/username", "code": "taken"}]));
}

#[tokio::test]
async fn codes_say_nothing_of_who_is_known_and_are_asked_for_in_turn() {
    let hub = demo().await;
    let ask_for = async |body: Value| post(&hub, "/v1/registrations/codes", body).await;
    // The demo's accounts have that number.
    let known = ask_for(json!({"channel": "sms", "to": "13800138000"})).await;
    let unknown = ask_for(json!({"channel": "sms", "to": MOBILE})).await;
    assert_eq!((known.status, known.text), (202, unknown.text));
    let again = ask_for(json!({"channel": "sms", "to": "+8613800138000"})).await;
    assert_eq!((again.status, again.problem().as_str()), (429, "rate_limited"), "another spelling is the same number");
    assert!(again.head.contains("retry-after: "), "{}", again.head);
    for (body, at) in
        [(json!({"channel": "sms", "to": "12345"}), "/to"), (json!({"channel": "email", "to": "nobody"}), "/to")]
    {
        let wrong = ask_for(body).await;
        assert_eq!((wrong.status, &wrong.body()["fields"][0]["at"]), (422, &json!(at)));
    }
    assert_eq!(ask_for(json!({"channel": "pigeon", "to": MOBILE})).await.status, 400);
    let english = "accept-language: en\r\n";
    let body = json!({"channel": "email", "to": "li@example.com"});
    assert_eq!(hub.http("POST /v1/registrations/codes", None, english, Some(&body)).await.status, 202);
    sent(&hub, "li@example.com", "registration_code", "code").await;
    let shown = hub.http("GET /demo/messages", None, "", None).await.body();
    assert_eq!(shown[0]["subject"], "Your registration code");
}

#[tokio::test]
async fn without_a_gateway_no_code_is_promised() {
    let hub = TestHub::start().await;
    let answer = post(&hub, "/v1/registrations/codes", json!({"channel": "sms", "to": MOBILE})).await;
    assert_eq!(answer.problem(), "invalid");
    assert_eq!(answer.body()["fields"], json!([{"at": "/channel", "code": "unsupported"}]));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_code_and_nobody_learns_who_is_known() {
    let hub = demo().await;
    let before = sign_in(&hub, Some("huaxin"), "lili", "fairhub2026").await.body();
    let ask_for = async |username: &str| {
        post(&hub, "/v1/password-resets", json!({"identifier": "huaxin", "username": username})).await
    };
    let (known, unknown) = (ask_for("lili").await, ask_for("nobody").await);
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    let code = sent(&hub, "+8613800138000", "recovery_code", "code").await;
    let confirm = async |username: &str, code: &str, password: &str| {
        let body = json!({"identifier": "huaxin", "username": username, "code": code, "password": password});
        post(&hub, "/v1/password-resets/confirm", body).await
    };
    let guess = if code == "000000" { "000001" } else { "000000" };
    let (known, unknown) = (confirm("lili", guess, "password2").await, confirm("nobody", guess, "password2").await);
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    assert_eq!(known.body()["fields"], json!([{"at": "/code", "code": "wrong"}]));
    assert_eq!(confirm("lili", &code, "password2").await.status, 204);
    assert_eq!(sign_in(&hub, Some("huaxin"), "lili", "fairhub2026").await.status, 401);
    token(&sign_in(&hub, Some("huaxin"), "lili", "password2").await);
    let refresh = post(&hub, "/v1/sessions/refresh", json!({"refresh_token": before["refresh_token"]})).await;
    assert_eq!(refresh.status, 401, "its sessions have ended");
    let committee = token(&sign_in(&hub, Some("committee"), "admin", "fairhub2026").await);
    let recorded = hub.get("/v1/audit", &committee).await.body();
    let recoveries: Vec<_> = recorded["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|deed| deed["action"] == "user.password_recovery")
        .collect();
    let id = &before["user"]["id"];
    assert_eq!(recoveries.len(), 1, "the one that was: {recorded}");
    assert_eq!((&recoveries[0]["object"]["id"], &recoveries[0]["actor"]["id"]), (id, id));
}

#[tokio::test]
async fn an_administrators_reset_is_sent_to_the_person_and_not_shown() {
    let hub = demo().await;
    let boss = sign_in(&hub, Some("huaxin"), "admin", "fairhub2026").await;
    let (boss, team) = (token(&boss), boss.body()["user"]["enterprise"]["id"].as_str().unwrap().to_owned());
    let people = hub.get(&format!("/v1/enterprises/{team}/users"), &boss).await.body();
    let lili = people["items"].as_array().unwrap().iter().find(|item| item["username"] == "lili").unwrap();
    let path = format!("/v1/enterprises/{team}/users/{}/password-reset", lili["id"].as_str().unwrap());
    let reset = hub.post(&path, &boss, json!({})).await;
    assert_eq!(reset.body(), json!({"sent": {"channel": "sms", "to": "+86****8000"}}).clone());
    let password = sent(&hub, "+8613800138000", "password_reset", "password").await;
    token(&sign_in(&hub, Some("huaxin"), "lili", &password).await);
}

#[tokio::test]
async fn one_changes_ones_own_name_by_its_version() {
    let hub = demo().await;
    let visitor = token(&sign_in(&hub, None, "visitor", "fairhub2026").await);
    let me = hub.get("/v1/me", &visitor).await;
    let patch = async |more: &str, body: Value| hub.http("PATCH /v1/me", Some(&visitor), more, Some(&body)).await;
    assert_eq!(patch("", json!({"name": "小张"})).await.problem(), "precondition_required");
    let if_match = format!("if-match: {}\r\n", etag(&me));
    let changed = patch(&if_match, json!({"name": " 小张 "})).await;
    assert_eq!((changed.status, &changed.body()["name"]), (200, &json!("小张")));
    assert_eq!(patch(&if_match, json!({"name": "小李"})).await.problem(), "stale");
    let if_match = format!("if-match: {}\r\n", etag(&changed));
    let wrong = [json!({"name": ""}), json!({"name": "小李", "admin": true}), json!({"name": null})];
    for (body, problem) in wrong.into_iter().zip(["invalid", "bad_request", "bad_request"]) {
        assert_eq!(patch(&if_match, body).await.problem(), problem);
    }
    assert_eq!(hub.get("/v1/me", &visitor).await.body()["name"], "小张");
}

/// The real program, killed right behind the answer to a code and behind the registration: nothing is lost.
#[tokio::test]
async fn a_killed_hub_keeps_codes_messages_and_registrations() {
    let site = Site::with(&["--demo", "--demo-history=false"].map(str::to_owned));
    let hub = site.serve();
    let body = json!({"channel": "sms", "to": MOBILE});
    let asked = ask(hub.address, "POST /v1/registrations/codes", None, "", Some(&body)).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    hub.kill();
    let hub = site.serve();
    let shown = ask(hub.address, "GET /demo/messages", None, "", None).await.body();
    assert_eq!(shown.as_array().unwrap().len(), 1);
    let code = shown[0]["params"]["code"].as_str().unwrap();
    let body = enterprise(MOBILE, code);
    let made = ask(hub.address, "POST /v1/registrations/enterprise", None, "", Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    hub.kill();
    let hub = site.serve();
    let again = ask(hub.address, "POST /v1/registrations/enterprise", None, "", Some(&body)).await;
    assert_eq!(again.body(), made.body());
    let pair = json!({"identifier": "hebei-ylt", "username": "wang_li", "password": PASSWORD});
    assert_eq!(ask(hub.address, "POST /v1/sessions", None, "", Some(&pair)).await.status, 201);
    hub.kill();
}
