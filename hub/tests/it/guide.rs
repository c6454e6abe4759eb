//! The guide from its first page to a deal, over REST, with its sample values (SPEC 4 to 7, then 9 to 11): an enterprise
//! registers, applies and is let in, registers its people, builds a booth, shows an exhibit, and sells it to another.
//!
//! By the real program as an operator runs it, over its folder and over CQL: nothing is done but what a client can do.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::applications::{ALL, sample, text};
use crate::cql::{keyspace, server};
use crate::harness::http::{Answer, ask, sent};
use crate::harness::stand::{self, step, taken};
use crate::people::{PASSWORD, enterprise};
use crate::personnel::wang;
use crate::process::{Serving, Site};

const EXHIBITOR: &str = "河北云旅通科技有限公司";
const BUYER: &str = "北京采购有限公司";
const AMOUNT_FEN: i64 = 3_500_000;

struct Guide {
    hub: SocketAddr,
    committee: String,
    institution: String,
    reviewer: String,
}

/// An enterprise's administrator, signed in.
struct Company {
    id: String,
    chief: String,
    token: String,
}

impl Guide {
    /// What is there before the fair opens: the committee, and the institution that it provisions.
    async fn open(serving: &Serving) -> Self {
        let mut guide = Self {
            hub: serving.address,
            committee: String::new(),
            institution: String::new(),
            reviewer: String::new(),
        };
        guide.committee = text(&guide.sign_in("committee", "admin", "fairhub2026").await["access_token"]);
        let new = json!({"identifier": "culture-2", "name": "文化服务二处", "role": "organiser",
            "username": "reviewer", "mobile": "13800138000"});
        let made = guide.done("POST /v1/institutions", &guide.committee, Some(new)).await;
        guide.institution = text(&made["id"]);
        guide.reviewer = text(&guide.sign_in("culture-2", "reviewer", &text(&made["password"])).await["access_token"]);
        guide
    }

    async fn ask(&self, request: &str, token: &str, body: Option<Value>) -> Answer {
        ask(self.hub, request, Some(token).filter(|token| !token.is_empty()), "", body.as_ref()).await
    }

    async fn done(&self, request: &str, token: &str, body: Option<Value>) -> Value {
        let answer = self.ask(request, token, body).await;
        assert!(answer.status < 300, "{request}: {} {}", answer.status, answer.text);
        answer.body()
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        self.done(&format!("GET {path}"), token, None).await
    }

    async fn items(&self, path: &str, token: &str) -> Vec<Value> {
        self.get(path, token).await["items"].as_array().unwrap().clone()
    }

    /// The guide's three fields (L236).
    async fn sign_in(&self, identifier: &str, username: &str, password: &str) -> Value {
        let login = json!({"identifier": identifier, "username": username, "password": password});
        self.done("POST /v1/sessions", "", Some(login)).await
    }

    async fn register(&self, mobile: &str, more: Value) -> Company {
        self.done("POST /v1/registrations/codes", "", Some(json!({"channel": "sms", "to": mobile}))).await;
        let code = sent(self.hub, &format!("+86{mobile}"), "registration_code", "code").await;
        assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        let mut form = enterprise(mobile, &code);
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let identifier = text(&form["identifier"]);
        let made = self.done("POST /v1/registrations/enterprise", "", Some(form)).await;
        let session = self.sign_in(&identifier, "wang_li", PASSWORD).await;
        let user = &session["user"];
        assert_eq!((&user["enterprise"]["id"], &user["duty"]), (&made["enterprise"], &json!("representative")));
        Company { id: text(&made["enterprise"]), chief: text(&user["id"]), token: text(&session["access_token"]) }
    }

    /// A record that is begun, and where it is.
    async fn begun(&self, path: &str, token: &str, body: Value) -> (String, Value) {
        let made = self.done(&format!("POST {path}"), token, Some(body)).await;
        assert_eq!(made["version"], 1);
        (format!("{path}/{}", text(&made["id"])), made)
    }

    /// The next step of a record, whose state and version it must make.
    async fn step(&self, token: &str, at: &str, verb: (&str, i64), body: Option<&Value>, state: &str) -> Value {
        let after = taken(self.hub, token, (&format!("POST {at}/{}", verb.0), verb.1), body).await;
        assert_eq!((&after["state"], &after["version"]), (&json!(state), &json!(verb.1 + 1)), "{}", verb.0);
        after
    }

    /// Action and person of each line of a record's past.
    async fn past(&self, at: &str, token: &str) -> Vec<(String, String)> {
        let record = self.get(at, token).await;
        let lines = record["history"].as_array().unwrap();
        let versions: Vec<_> = lines.iter().map(|line| line["version"].as_i64().unwrap()).collect();
        assert_eq!(versions, (1..=record["version"].as_i64().unwrap()).collect::<Vec<_>>());
        lines.iter().map(|line| (text(&line["action"]), text(&line["actor"]["name"]))).collect()
    }

    /// State and note of what somebody was told of a record, the first first.
    async fn told(&self, token: &str, kind: &str, id: &Value) -> Vec<(String, Value)> {
        let notices = self.items("/v1/notifications?limit=100", token).await;
        let of_it = notices.iter().rev().filter(|notice| notice["body"]["id"] == *id);
        let told = of_it.map(|notice| {
            assert_eq!(notice["kind"], kind);
            (text(&notice["body"]["state"]), notice["body"]["note"].clone())
        });
        told.collect()
    }

    /// Whether everybody sees it, guests too.
    async fn is_shown(&self, kind: &str, id: &Value) -> bool {
        let listed = self.items(&format!("/v1/showcase/{kind}?limit=100"), "").await;
        let is_listed = listed.iter().any(|item| item["id"] == *id);
        let status = self.ask(&format!("GET /v1/showcase/{kind}/{}", text(id)), "", None).await.status;
        assert_eq!((status == 200, status), (is_listed, if is_listed { 200 } else { 404 }));
        is_listed
    }

    async fn deeds(&self, kind: &str, id: &Value) -> Vec<String> {
        let deeds = self.items(&format!("/v1/audit?object={kind}/{}", text(id)), &self.committee).await;
        deeds.iter().rev().map(|deed| text(&deed["action"])).collect()
    }
}

fn lines(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(action, name)| ((*action).to_owned(), (*name).to_owned())).collect()
}

/// SPEC 5 and 6: an invitation code, an application that is rejected, changed, handed in again, approved.
async fn is_let_in(guide: &Guide, company: &Company) {
    let codes = format!("/v1/institutions/{}/invitation-codes", guide.institution);
    let issued = guide.done(&format!("POST {codes}"), &guide.reviewer, Some(json!({"count": 1}))).await;
    let code = text(&issued["items"][0]["code"]);
    assert_eq!(code.len(), 10);
    let issuer = guide.get(&format!("/v1/invitation-codes/{code}/issuer"), &company.token).await;
    assert_eq!(issuer["institution"]["name"], "文化服务二处", "所属承办机构 (L288)");
    let (at, made) = guide.begun(ALL, &company.token, sample(&code)).await;
    let shown = ["state", "enterprise_name", "identifier"].map(|field| text(&made[field]));
    assert_eq!(shown, ["pending", EXHIBITOR, "hebei-ylt"]);
    let queue = guide.items("/v1/reviews/exhibitor-applications?state=pending", &guide.reviewer).await;
    assert_eq!((queue.len(), &queue[0]["id"]), (1, &made["id"]));
    assert_eq!(guide.items(&format!("{codes}?state=used"), &guide.reviewer).await.len(), 1, "once (L264)");

    guide.step(&guide.reviewer, &at, ("review/start", 1), None, "in_review").await;
    let locked = step(guide.hub, &company.token, (&format!("PATCH {at}"), 2), Some(&json!({"needs": "x"}))).await;
    assert_eq!((locked.status, locked.problem().as_str()), (409, "conflict"), "L350");
    let why = json!({"reason": "营业执照不清晰"});
    let rejected = guide.step(&guide.reviewer, &at, ("review/reject", 2), Some(&why), "rejected").await;
    assert_eq!(rejected["reason"], why["reason"]);
    assert_eq!(sent(guide.hub, "+8613800138000", "application_rejected", "reason").await, "营业执照不清晰");
    let needs = json!({"needs": "寻找海外发行合作伙伴和代理"});
    assert_eq!(taken(guide.hub, &company.token, (&format!("PATCH {at}"), 3), Some(&needs)).await["version"], 4);
    guide.step(&company.token, &at, ("resubmit", 4), None, "pending").await;
    guide.step(&guide.reviewer, &at, ("review/start", 5), None, "in_review").await;
    guide.step(&guide.reviewer, &at, ("review/approve", 6), None, "approved").await;
    assert_eq!(sent(guide.hub, "+8613800138000", "application_approved", "enterprise").await, EXHIBITOR);

    let reviewer = text(&guide.get("/v1/me", &guide.reviewer).await["name"]);
    let (own, their) = ("王丽", reviewer.as_str());
    let past = [
        ("submit", own),
        ("start", their),
        ("reject", their),
        ("update", own),
        ("resubmit", own),
        ("start", their),
        ("approve", their),
    ];
    assert_eq!(guide.past(&at, &company.token).await, lines(&past));
    let told = guide.told(&company.token, "application.state_changed", &made["id"]).await;
    assert_eq!(told, [("rejected".to_owned(), why["reason"].clone()), ("approved".to_owned(), Value::Null)]);
    let told = guide.told(&guide.reviewer, "application.state_changed", &made["id"]).await;
    assert_eq!(told, [("pending".to_owned(), Value::Null), ("pending".to_owned(), Value::Null)]);
}

/// SPEC 7: somebody of the enterprise, whose password is made, and made anew by short message; their token.
async fn registers_its_people(guide: &Guide, company: &Company) -> String {
    let users = format!("/v1/enterprises/{}/users", company.id);
    let made = guide.done(&format!("POST {users}"), &company.token, Some(wang())).await;
    assert_eq!((&made["name"], &made["document_number"]), (&json!("王经理"), &json!("110***********002X")));
    let first = text(&made["password"]);
    assert_eq!(first.len(), 8, "L387");
    let before = guide.sign_in("hebei-ylt", "wang-1", &first).await;
    let reset = format!("POST {users}/{}/password-reset", text(&made["id"]));
    let reset = guide.done(&reset, &company.token, Some(json!({}))).await;
    assert_eq!(reset["sent"]["channel"], "sms");
    let second = sent(guide.hub, "+8613912345678", "password_reset", "password").await;
    assert_ne!(first, second);
    let old = json!({"identifier": "hebei-ylt", "username": "wang-1", "password": first});
    assert_eq!(guide.ask("POST /v1/sessions", "", Some(old)).await.status, 401);
    let refresh = json!({"refresh_token": before["refresh_token"]});
    assert_eq!(guide.ask("POST /v1/sessions/refresh", "", Some(refresh)).await.status, 401, "its sessions have ended");
    let session = guide.sign_in("hebei-ylt", "wang-1", &second).await;
    assert_eq!(session["user"]["duty"], "consultant");
    text(&session["access_token"])
}

/// SPEC 9: a booth, handed in, refused, handed in again, approved by who invited; its id.
async fn builds_a_booth(guide: &Guide, company: &Company) -> Value {
    let (at, made) = guide.begun("/v1/booths", &company.token, json!({"name": "云旅通展台"})).await;
    let early = step(guide.hub, &company.token, (&format!("POST {at}/submit"), 1), Some(&stand::rules())).await;
    assert_eq!((early.status, early.problem().as_str()), (422, "invalid"), "it is not filled in");
    let filled = stand::booth(guide.hub, &company.token).await;
    let kept = taken(guide.hub, &company.token, (&format!("PATCH {at}"), 1), Some(&filled)).await;
    assert_eq!((&kept["offline_number"], &kept["show_contact"]), (&json!("国家会议中心E2-2"), &json!(true)));
    for picture in [&filled["logo"], &filled["pictures"][0], &filled["pictures"][1]] {
        let upload = guide.get(&format!("/v1/uploads/{}", text(picture)), &company.token).await;
        assert_eq!(upload["record"], format!("booth/{}", text(&made["id"])));
    }
    guide.step(&company.token, &at, ("submit", 2), Some(&stand::rules()), "pending").await;
    let queue = guide.items("/v1/reviews/booths?state=pending", &guide.reviewer).await;
    assert_eq!((queue.len(), &queue[0]["id"]), (1, &made["id"]), "谁邀请谁审核 (L732)");
    let why = json!({"reason": "图片不清晰"});
    guide.step(&guide.reviewer, &at, ("review/reject", 3), Some(&why), "rejected").await;
    guide.step(&company.token, &at, ("submit", 4), Some(&stand::rules()), "pending").await;
    assert!(!guide.is_shown("booths", &made["id"]).await);
    guide.step(&guide.reviewer, &at, ("review/approve", 5), None, "approved").await;
    assert!(guide.is_shown("booths", &made["id"]).await);
    let page = guide.get(&format!("/v1/showcase/booths/{}", text(&made["id"])), "").await;
    assert_eq!((&page["contact"]["phone"], &page["enterprise"]["name"]), (&json!("400-610-8800"), &json!(EXHIBITOR)));
    let deeds = guide.deeds("booth", &made["id"]).await;
    assert_eq!(deeds, ["booth.submit", "booth.reject", "booth.submit", "booth.approve"]);
    let told = guide.told(&company.token, "booth.state_changed", &made["id"]).await;
    assert_eq!(told, [("rejected".to_owned(), why["reason"].clone()), ("approved".to_owned(), Value::Null)]);
    made["id"].clone()
}

/// SPEC 10: an exhibit of the booth, approved, and only then put on sale; as everybody sees it.
async fn shows_an_exhibit(guide: &Guide, company: &Company, booth: &Value) -> Value {
    let filled = stand::exhibit(guide.hub, &company.token, booth).await;
    let (at, made) = guide.begun("/v1/exhibits", &company.token, filled.clone()).await;
    let number = text(&made["number"]);
    let (moment, chance) = number.split_at(14);
    assert!(moment.bytes().all(|byte| byte.is_ascii_digit()), "yyyyMMddHHmmss (L792): {number}");
    assert!(chance.len() == 3 && chance.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{number}");
    assert_eq!((&made["code"], &made["shelf_state"]), (&made["number"], &json!("waiting")));
    guide.step(&company.token, &at, ("submit", 1), None, "pending").await;
    let queue = guide.items("/v1/reviews/exhibits?review_state=pending", &guide.reviewer).await;
    assert_eq!((queue.len(), &queue[0]["id"]), (1, &made["id"]));
    let approved = guide.step(&guide.reviewer, &at, ("review/approve", 2), None, "approved").await;
    assert_eq!((&approved["review_state"], &approved["shelf_state"]), (&json!("approved"), &json!("waiting")));
    assert!(!guide.is_shown("exhibits", &made["id"]).await, "only what is on the shelf (L844)");
    let early = json!({"exhibit": made["id"], "quantity": 1, "contact_name": "李四", "region": "mainland.110105"});
    assert_eq!(guide.ask("POST /v1/orders", &guide.committee, Some(early)).await.status, 403);
    guide.step(&company.token, &at, ("shelve", 3), None, "on_sale").await;
    assert!(guide.is_shown("exhibits", &made["id"]).await);
    let path = format!("/v1/showcase/exhibits/{}", text(&made["id"]));
    let page = guide.get(&path, "").await;
    assert_eq!(
        (&page["number"], &page["market_price_fen"], &page["booth"]["id"]),
        (&made["number"], &json!(1_288_000), booth)
    );
    assert!(!page.to_string().contains("900000"), "the wholesale price is nobody's");
    assert_eq!(page["pictures"][0]["id"], filled["pictures"][0]);
    let content = format!("GET /v1/uploads/{}/content", text(&filled["pictures"][0]));
    assert_eq!(crate::uploads::send(guide.hub, &content, None, "", &[]).await.status, 200);
    let past = guide.past(&at, &company.token).await;
    let actions: Vec<_> = past.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["create", "submit", "approve", "shelve"]);
    page
}

/// SPEC 11: another enterprise wants three; the exhibitor's consultant names an amount, and it is accepted.
async fn sells_it(guide: &Guide, (company, consultant): (&Company, &str), buyer: &Company, exhibit: &Value) {
    let intent = json!({"exhibit": exhibit["id"], "quantity": 3, "contact_name": "李四", "region": "mainland.110105",
        "budget_fen": 4_000_000, "note": "八月底前交付"});
    let (at, made) = guide.begun("/v1/orders", &buyer.token, intent).await;
    let number = text(&made["number"]);
    assert!(number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit()), "yyyyMMdd and 7 digits: {number}");
    assert_eq!((&made["state"], &made["actions"]), (&json!("to_handle"), &json!(["withdraw"])));
    assert_eq!((&made["unit_price_fen"], &made["subtotal_fen"]), (&json!(1_288_000), &json!(3_864_000)));
    assert_eq!((&made["buyer"]["name"], &made["seller"]["name"]), (&json!(BUYER), &json!(EXHIBITOR)));
    assert_eq!((&made["exhibit"]["number"], made.get("amount_fen")), (&exhibit["number"], None));
    for (token, role) in [(company.token.as_str(), "seller"), (&buyer.token, "buyer")] {
        let listed = guide.items(&format!("/v1/orders?role={role}&state=to_handle"), token).await;
        assert_eq!((listed.len(), &listed[0]["number"]), (1, &made["number"]), "{role}");
    }
    let ask = format!("POST {at}/request-confirmation");
    let empty = step(guide.hub, consultant, (&ask, 1), Some(&json!({}))).await;
    assert_eq!(empty.body()["fields"], json!([{"at": "/amount_fen", "code": "required"}]), "{}", empty.text);
    let amount = json!({"amount_fen": AMOUNT_FEN, "note": "含安装"});
    let bound = step(guide.hub, consultant, (&format!("POST {at}/deal"), 1), Some(&amount)).await;
    assert_eq!((bound.status, bound.problem().as_str()), (403, "forbidden"), "a consultant binds nobody (D-09)");
    let asked = guide.step(consultant, &at, ("request-confirmation", 1), Some(&amount), "in_progress").await;
    assert_eq!((&asked["amount_fen"], &asked["response"]), (&json!(AMOUNT_FEN), &json!("含安装")));
    let stale = step(guide.hub, &buyer.token, (&format!("POST {at}/accept"), 1), None).await;
    assert_eq!((stale.status, stale.problem().as_str()), (412, "stale"));
    let dealt = guide.step(&buyer.token, &at, ("accept", 2), None, "dealt").await;
    assert_eq!((&dealt["amount_fen"], &dealt["actions"]), (&json!(AMOUNT_FEN), &json!([])));
    both_see_the_same(guide, (company, consultant), buyer, &at, &made["id"]).await;
}

async fn both_see_the_same(
    guide: &Guide,
    (company, consultant): (&Company, &str),
    buyer: &Company,
    at: &str,
    id: &Value,
) {
    let log = guide.items(&format!("{at}/log"), &company.token).await;
    assert_eq!(log, guide.items(&format!("{at}/log"), &buyer.token).await);
    let consultants = guide.get("/v1/me", consultant).await["id"].clone();
    let seen: Vec<_> = log
        .iter()
        .map(|line| {
            json!([line["action"], line["to"], line["user"]["id"], line["enterprise"]["name"], line["amount_fen"]])
        })
        .collect();
    assert_eq!(
        seen,
        [
            json!(["submit", "to_handle", buyer.chief, BUYER, null]),
            json!(["request_confirmation", "in_progress", consultants, EXHIBITOR, AMOUNT_FEN]),
            json!(["accept", "dealt", buyer.chief, BUYER, null]),
        ]
    );
    let expected = lines(&[("submit", "王丽"), ("request_confirmation", "王经理"), ("accept", "王丽")]);
    for token in [&company.token, &buyer.token] {
        assert_eq!(guide.past(at, token).await, expected);
    }
    let (none, note) = (Value::Null, |note: &str| json!(note));
    for token in [company.token.as_str(), consultant] {
        let told = guide.told(token, "order.state_changed", id).await;
        assert_eq!(told, [("to_handle".to_owned(), note("八月底前交付")), ("dealt".to_owned(), none.clone())]);
    }
    let told = guide.told(&buyer.token, "order.state_changed", id).await;
    assert_eq!(told, [("in_progress".to_owned(), note("含安装"))]);
    assert_eq!(guide.deeds("order", id).await, ["order.accept"]);
}

/// In the guide's order.
async fn way(store: Option<&str>) {
    let mut flags: Vec<_> =
        ["--demo", "--demo-history=false", "--limits-messages-per-s=100000", "--limits-messages-burst=100000"]
            .map(str::to_owned)
            .to_vec();
    flags.extend(store.map(|store| format!("--store={store}")));
    let site = Site::with(&flags);
    if store.is_some() {
        site.admin(&["init-store"], "");
    }
    let serving = site.serve();
    let guide = Guide::open(&serving).await;
    let exhibitor = guide.register("13900139000", json!({})).await;
    is_let_in(&guide, &exhibitor).await;
    let consultant = registers_its_people(&guide, &exhibitor).await;
    let booth = builds_a_booth(&guide, &exhibitor).await;
    let exhibit = shows_an_exhibit(&guide, &exhibitor, &booth).await;
    let other = json!({"identifier": "beijing-cg", "enterprise_name": BUYER, "entry": "attending"});
    let buyer = guide.register("13900139001", other).await;
    sells_it(&guide, (&exhibitor, &consultant), &buyer, &exhibit).await;
}

#[tokio::test]
async fn the_guide_s_way_leads_from_a_registration_to_a_deal() {
    way(None).await;
}

#[tokio::test]
async fn the_guide_s_way_over_cql_leads_from_a_registration_to_a_deal() {
    let Some(server) = server() else { return };
    way(Some(&keyspace(&server))).await;
}
