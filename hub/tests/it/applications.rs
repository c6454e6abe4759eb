//! The guide's way over REST (SPEC 4 to 6): an institution is provisioned, issues a code, an enterprise applies with it, is
//! rejected with a reason, resubmits, is approved.

use fair::Kind;
use serde_json::{Value, json};

use crate::harness::http::Answer;
use crate::harness::{Person, TestHub};

/// The demo's calendar lies around today: both windows are open.
pub(crate) async fn hub() -> TestHub {
    TestHub::with(&[("event", "demo"), ("limits_messages_per_s", "100000"), ("limits_messages_burst", "100000")]).await
}

pub(crate) async fn committee(hub: &TestHub) -> Person {
    let (kind, identifier, name) = (Kind::Committee, "committee".to_owned(), "组委会".to_owned());
    let new = fair::NewEnterprise { kind, identifier, name, name_en: None };
    let team = hub.accounts().create_enterprise(new).await.unwrap().id;
    hub.person(Some(team), "member", None).await
}

/// 文化服务 (L288), and an access token of its first account.
pub(crate) async fn culture(hub: &TestHub, committee: &Person) -> (String, String) {
    let body = json!({"identifier": "culture", "name": "文化服务", "role": "organiser", "username": "reviewer",
        "mobile": "13800138000"});
    let made = hub.post("/v1/institutions", &committee.token, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.body();
    let login = json!({"identifier": "culture", "username": "reviewer", "password": made["password"]});
    let session = hub.http("POST /v1/sessions", None, "", Some(&login)).await;
    assert_eq!(session.status, 201, "who is provisioned signs in: {}", session.text);
    (text(&made["id"]), text(&session.body()["access_token"]))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) async fn code(hub: &TestHub, (institution, token): &(String, String)) -> String {
    let issued =
        hub.post(&format!("/v1/institutions/{institution}/invitation-codes"), token, json!({"count": 1})).await;
    assert_eq!(issued.status, 201, "{}", issued.text);
    text(&issued.body()["items"][0]["code"])
}

/// The guide's sample values (L271-330), with a credit code that checks.
pub(crate) fn sample(code: &str) -> Value {
    json!({
        "contact_name": "张三", "contact_position": "middle", "contact_phone": "13800138000",
        "contact_email": "zhangsan@example.com", "exhibiting_type": "online_offline", "invitation_code": code,
        "purposes": ["trends", "partners"], "content": "文化服务产品", "needs": "寻找海外发行合作伙伴",
        "nature": "enterprise", "credit_code": "91350100M000100Y43", "industry": "transport.sea-freight",
        "registered_place": "mainland.130100", "company_type": "domestic", "fortune_500": false,
        "introduction": "一".repeat(50),
    })
}

pub(crate) const ALL: &str = "/v1/exhibitor-applications";

/// A step of a version, by whoever holds the token.
pub(crate) async fn step(hub: &TestHub, token: &str, path: &str, version: &str, body: Option<&Value>) -> Answer {
    hub.http(&format!("POST {path}"), Some(token), &format!("if-match: \"{version}\"\r\n"), body).await
}

pub(crate) fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{}", answer.text);
}

#[tokio::test]
async fn an_enterprise_becomes_an_exhibitor_in_the_guide_s_order() {
    let hub = hub().await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    let reviewer = institution.1.as_str();
    let code = code(&hub, &institution).await;
    let enterprise = hub.enterprise("hebei").await;
    let admin = hub.admin(enterprise).await;
    let (colleague, other) =
        (hub.person(Some(enterprise), "helper", Some(fair::Duty::Other)).await, hub.enterprise("other").await);
    let stranger = hub.admin(other).await;

    let issuer = hub.get(&format!("/v1/invitation-codes/{}/issuer", code.to_lowercase()), &admin.token).await;
    assert_eq!(issuer.body()["institution"]["name"], "文化服务");
    is_problem(&hub.post(ALL, &colleague.token, sample(&code)).await, 403, "forbidden");
    let made = hub.post(ALL, &admin.token, sample(&code)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.body();
    assert_eq!(
        (&made["state"], &made["version"], &made["actions"]),
        (&json!("pending"), &json!(1), &json!(["update"]))
    );
    assert_eq!((&made["enterprise_name"], &made["identifier"]), (&json!("hebei Ltd"), &json!("hebei")));
    let one = format!("{ALL}/{}", text(&made["id"]));
    is_problem(&hub.get(&one, &stranger.token).await, 404, "not_found");
    is_problem(&hub.get(&format!("/v1/invitation-codes/{code}/issuer"), &stranger.token).await, 404, "not_found");

    let queue = hub.get("/v1/reviews/exhibitor-applications?state=pending", reviewer).await.body();
    assert_eq!((&queue["items"][0]["id"], queue["items"].as_array().unwrap().len()), (&made["id"], 1));
    is_problem(&hub.get("/v1/reviews/exhibitor-applications", &admin.token).await, 403, "forbidden");
    let (start, reject) = (format!("{one}/review/start"), format!("{one}/review/reject"));
    is_problem(&hub.post(&start, reviewer, json!({})).await, 428, "precondition_required");
    is_problem(&step(&hub, &admin.token, &start, "1", None).await, 403, "forbidden");
    assert_eq!(step(&hub, reviewer, &start, "1", None).await.status, 200);
    is_problem(&step(&hub, &committee.token, &start, "1", None).await, 412, "stale");
    let patch = json!({"needs": "x"});
    let edit = |version: &str| format!("if-match: \"{version}\"\r\n");
    let edited = hub.http(&format!("PATCH {one}"), Some(&admin.token), &edit("2"), Some(&patch)).await;
    is_problem(&edited, 409, "conflict");
    is_problem(&step(&hub, reviewer, &reject, "2", Some(&json!({}))).await, 422, "invalid");
    let reason = json!({"reason": "营业执照不清晰"});
    assert_eq!(step(&hub, reviewer, &reject, "2", Some(&reason)).await.status, 200);

    let rejected = hub.get(&one, &admin.token).await;
    assert!(rejected.head.contains("etag: \"3-"), "{}", rejected.head);
    let rejected = rejected.body();
    assert_eq!((&rejected["state"], &rejected["reason"]), (&json!("rejected"), &reason["reason"]));
    let last = rejected["history"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["action"], &last["note"], &last["from"]),
        (&json!("reject"), &reason["reason"], &json!("in_review"))
    );
    let notices = hub.get("/v1/notifications", &admin.token).await.body();
    assert_eq!(notices["items"][0]["body"]["note"], reason["reason"], "the reason is visible (L356)");
    let edited = hub.http(&format!("PATCH {one}"), Some(&admin.token), &edit("3"), Some(&patch)).await;
    assert_eq!((edited.status, &edited.body()["needs"]), (200, &json!("x")));
    let resubmitted = step(&hub, &admin.token, &format!("{one}/resubmit"), "4", None).await;
    assert_eq!((resubmitted.status, &resubmitted.body()["reason"]), (200, &Value::Null), "{}", resubmitted.text);
    assert_eq!(step(&hub, &committee.token, &start, "5", None).await.status, 200, "the committee may override (D-04)");
    let approved = step(&hub, reviewer, &format!("{one}/review/approve"), "6", None).await;
    assert_eq!((approved.status, &approved.body()["state"]), (200, &json!("approved")));

    let invitees = hub.get(&format!("/v1/institutions/{}/invitees", institution.0), reviewer).await.body();
    let expected = json!([{"id": enterprise, "name": "hebei Ltd", "identifier": "hebei", "state": "approved",
        "usernames": invitees["items"][0]["usernames"]}]);
    assert_eq!(invitees["items"], expected);
    let mut usernames: Vec<_> = expected[0]["usernames"].as_array().unwrap().iter().map(text).collect();
    usernames.sort();
    assert_eq!(usernames, ["chief", "helper"]);
}

#[tokio::test]
async fn a_decision_is_noticed_written_and_recorded_once() {
    let hub = hub().await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    let reviewer = institution.1.as_str();
    let sent = sample(&code(&hub, &institution).await);
    let admin = hub.admin(hub.enterprise("hebei").await).await;
    let id = text(&hub.post(ALL, &admin.token, sent).await.body()["id"]);
    let review = |verb: &str| format!("{ALL}/{id}/review/{verb}");
    assert_eq!(step(&hub, reviewer, &review("start"), "1", None).await.status, 200);
    let reason = json!({"reason": "营业执照不清晰"});
    assert_eq!(step(&hub, reviewer, &review("reject"), "2", Some(&reason)).await.status, 200);

    let notices = hub.get("/v1/notifications", &admin.token).await.body();
    let notice = &notices["items"][0];
    let body = json!({"kind": "exhibitor_application", "id": id, "version": 3, "state": "rejected",
        "note": "营业执照不清晰"});
    assert_eq!((&notice["kind"], &notice["body"]), (&json!("application.state_changed"), &body));
    assert_eq!(notices["items"].as_array().unwrap().len(), 1);
    let messages = hub.get("/v1/messages", &committee.token).await.body();
    let message = &messages["items"][0];
    let (template, to) = (json!("application_rejected"), json!("z***@example.com"));
    assert_eq!((&message["template"], &message["to"]), (&template, &to), "no way to phones is set here");
    assert_eq!(message["key"], format!("exhibitor_application/{id}/3"));
    assert_eq!(messages["items"].as_array().unwrap().len(), 1);

    let audit = hub.get(&format!("/v1/audit?object=exhibitor_application/{id}"), &committee.token).await.body();
    let deeds: Vec<_> = audit["items"].as_array().unwrap().iter().map(|item| text(&item["action"])).collect();
    assert_eq!(deeds, ["exhibitor_application.reject", "exhibitor_application.start"]);
    assert_eq!(audit["items"][0]["note"], reason["reason"]);
    assert_eq!(audit["items"][0]["enterprise"], institution.0);
    let audit = hub.get("/v1/audit", &committee.token).await.body();
    let mut before: Vec<_> = audit["items"].as_array().unwrap().iter().map(|item| text(&item["action"])).collect();
    before.drain(..2);
    assert_eq!(before, ["invitation_code.issue", "institution.provision"]);
    assert_eq!(audit["items"][3]["actor"]["id"], committee.id());
}

#[tokio::test]
async fn many_submits_with_one_key_make_one_application() {
    let hub = hub().await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    let sent = sample(&code(&hub, &institution).await);
    let admin = hub.admin(hub.enterprise("hebei").await).await;
    let request = format!("POST {ALL}");
    // The class of guesses lets twenty pass at once.
    let tries = (0..16).map(|_| hub.http(&request, Some(&admin.token), "idempotency-key: k\r\n", Some(&sent)));
    let answers = futures_util::future::join_all(tries).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status < 300).collect();
    assert!(!made.is_empty());
    for answer in &answers {
        match answer.status {
            200 | 201 => assert_eq!(answer.body()["version"], 1),
            _ => is_problem(answer, 409, "conflict"),
        }
    }
    let again = hub.http(&request, Some(&admin.token), "idempotency-key: k\r\n", Some(&sent)).await;
    assert_eq!((again.status, &again.body()), (200, &made[0].body()));
    let mut other = sent;
    other["needs"] = json!("另一需求");
    is_problem(&hub.http(&request, Some(&admin.token), "idempotency-key: k\r\n", Some(&other)).await, 422, "invalid");
}

#[tokio::test]
async fn codes_are_issued_listed_and_taken_back_by_their_institution() {
    let hub = hub().await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    let (path, token) = (format!("/v1/institutions/{}/invitation-codes", institution.0), institution.1.as_str());
    let (request, key) = (format!("POST {path}"), "idempotency-key: three-codes\r\n");
    let sent = json!({"count": 3, "zone": "public-health"});
    let issued = hub.http(&request, Some(token), key, Some(&sent)).await.body();
    let again = hub.http(&request, Some(token), key, Some(&sent)).await;
    assert_eq!(again.body(), issued, "the same key gives the same codes, and no more of them");
    is_problem(&hub.http(&request, Some(token), key, Some(&json!({"count": 2}))).await, 422, "invalid");
    let codes: Vec<_> = issued["items"].as_array().unwrap().iter().map(|item| text(&item["code"])).collect();
    assert_eq!((codes.len(), &issued["items"][0]["zone"]), (3, &json!("public-health")));
    for (body, at) in
        [(json!({}), "/count"), (json!({"count": 101}), "/count"), (json!({"count": 1, "zone": "moon"}), "/zone")]
    {
        let refused = hub.post(&path, token, body).await;
        is_problem(&refused, 422, "invalid");
        assert_eq!(refused.body()["fields"][0]["at"], at);
    }
    let void = format!("/v1/invitation-codes/{}/void", codes[0]);
    assert_eq!(step(&hub, token, &void, "1", None).await.status, 200);
    is_problem(&step(&hub, token, &void, "2", None).await, 409, "conflict");
    let listed = |state: &str| format!("{path}?state={state}&limit=1");
    let mut unused = 0;
    let mut page = hub.get(&listed("unused"), token).await.body();
    loop {
        unused += page["items"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        page = hub.get(&format!("{}&cursor={next}", listed("unused")), token).await.body();
    }
    assert_eq!(unused, 2);
    let admin = hub.admin(hub.enterprise("hebei").await).await;
    is_problem(&hub.get(&format!("/v1/invitation-codes/{}", codes[1]), &admin.token).await, 404, "not_found");
    is_problem(&hub.get(&path, &admin.token).await, 403, "forbidden");
    is_problem(&hub.post(&path, &admin.token, json!({"count": 1})).await, 403, "forbidden");
    is_problem(&hub.post(&path, &committee.token, json!({"count": 1})).await, 403, "forbidden");
    for (method, body) in [("POST", Some(json!({}))), ("GET", None)] {
        let answer = hub.http(&format!("{method} /v1/institutions"), Some(&admin.token), "", body.as_ref()).await;
        is_problem(&answer, 403, "forbidden");
    }
    let institutions = hub.get("/v1/institutions", &committee.token).await.body();
    let culture = &institutions["items"][0];
    assert_eq!((&culture["identifier"], &culture["role"]), (&json!("culture"), &json!("organiser")));
    let unknown = json!({"identifier": "sports", "name": "体育服务", "role": "judge", "username": "reviewer"});
    for (role, code) in [(Some("judge"), "not_an_option"), (None, "required")] {
        let mut body = unknown.clone();
        match role {
            Some(role) => body["role"] = json!(role),
            None => drop(body.as_object_mut().unwrap().remove("role")),
        }
        let answer = hub.post("/v1/institutions", &committee.token, body).await;
        is_problem(&answer, 422, "invalid");
        assert_eq!(answer.body()["fields"], json!([{"at": "/role", "code": code}]));
    }
}

#[tokio::test]
async fn who_guesses_codes_is_slowed_down_and_nobody_else_is() {
    let hub = TestHub::with(&[("event", "demo")]).await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    let code = code(&hub, &institution).await;
    let (guesser, admin) =
        (hub.admin(hub.enterprise("guesser").await).await, hub.admin(hub.enterprise("hebei").await).await);
    let mut slowed = 0;
    for number in 0..100 {
        let answer = hub.get(&format!("/v1/invitation-codes/{number:010}/issuer"), &guesser.token).await;
        match answer.status {
            404 => {}
            _ => {
                is_problem(&answer, 429, "rate_limited");
                slowed += 1;
            }
        }
    }
    assert!(slowed > 70, "{slowed}");
    let issuer = hub.get(&format!("/v1/invitation-codes/{code}/issuer"), &admin.token).await;
    assert_eq!(issuer.status, 200, "{}", issuer.text);
}

#[tokio::test]
async fn the_committee_lets_attending_enterprises_in() {
    let hub = hub().await;
    let committee = committee(&hub).await;
    let enterprise = hub.enterprise("visitor").await;
    let admin = hub.admin(enterprise).await;
    fair::attendance::submit(hub.running.hub().ground.flows(), enterprise, false).await.unwrap();
    let queue = hub.get("/v1/reviews/attendances?state=pending", &committee.token).await.body();
    assert_eq!(queue["items"][0]["identifier"], "visitor");
    is_problem(&hub.get("/v1/reviews/attendances", &admin.token).await, 403, "forbidden");
    let one = format!("/v1/enterprises/{enterprise}/review");
    let shown = hub.get(&one, &admin.token).await.body();
    assert_eq!((&shown["state"], &shown["actions"]), (&json!("pending"), &json!([])));
    is_problem(&step(&hub, &admin.token, &format!("{one}/approve"), "1", None).await, 403, "forbidden");
    let reason = json!({"reason": "请补充联系信息"});
    assert_eq!(step(&hub, &committee.token, &format!("{one}/reject"), "1", Some(&reason)).await.status, 200);
    assert_eq!(step(&hub, &admin.token, &format!("{one}/resubmit"), "2", None).await.status, 200);
    let approved = step(&hub, &committee.token, &format!("{one}/approve"), "3", None).await;
    assert_eq!((approved.status, &approved.body()["state"]), (200, &json!("approved")));
}
