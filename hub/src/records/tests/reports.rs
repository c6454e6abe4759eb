//! Reports over REST: filed by whoever has an account, decided by the committee, told to who filed them.

use fair::form::Terms as _;
use storage::ids::RecordId;

use super::orders::{BOOTH, EXHIBIT, Market};
use super::*;

fn about(about: &str, subject: impl serde::Serialize) -> Value {
    json!({"about": about, "subject": subject, "ground": "false_information", "text": "与实物不符"})
}

impl Market {
    async fn report(&self, token: &str, body: Value) -> Answer {
        self.app.ask(Method::POST, "/v1/reports", Some(token), Some(body)).await
    }

    async fn reports(&self, token: &str, query: &str) -> Vec<Value> {
        let answer = self.app.get(&format!("/v1/reports{query}"), token).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["items"].as_array().unwrap().clone()
    }

    async fn decide(&self, token: &str, report: &Value, verb: &str, body: Value) -> Answer {
        let path = format!("/v1/reports/{}/{verb}", text(&report["id"]));
        let tag = format!("\"{}-x\"", report["version"]);
        self.app.ask_of(Some(&tag), Method::POST, &path, Some(token), Some(body)).await
    }

    /// What became of records, as somebody is told.
    async fn told(&self, token: &str) -> Vec<(String, String)> {
        let notices = self.app.get("/v1/notifications", token).await;
        let items = notices.body["items"].as_array().unwrap().iter();
        let of_reports = items.filter(|notice| notice["kind"] == "report.state_changed");
        of_reports.map(|notice| (text(&notice["body"]["id"]), text(&notice["body"]["state"]))).collect()
    }
}

#[tokio::test]
async fn a_report_reaches_the_committee_and_its_answer_who_filed_it() {
    let it = Market::open().await;
    let filed = it.report(&it.buyer, about("exhibit", EXHIBIT)).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.body);
    let report = filed.body;
    let said = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        ["state", "name", "enterprise_name", "ground", "text", "reporter_name"].map(said),
        ["open", "教育机器人", "顶点公司", "false_information", "与实物不符", "sunny 显示名"]
    );
    assert_eq!(it.told(&it.committee).await, [(text(&report["id"]), "open".to_owned())]);
    let queue = it.reports(&it.committee, "?state=open").await;
    assert_eq!((queue.len(), &queue[0]["id"], &queue[0]["actions"]), (1, &report["id"], &json!(["uphold", "dismiss"])));
    assert_eq!(it.reports(&it.buyer, "").await.len(), 1);
    assert!(it.reports(&it.seller, "").await.is_empty(), "who is reported hears nothing of it");
    let path = format!("/v1/reports/{}", text(&report["id"]));
    assert_eq!(it.app.get(&path, &it.seller).await.status, StatusCode::NOT_FOUND);
    assert_eq!(it.decide(&it.seller, &report, "dismiss", json!({"answer": "no"})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(it.decide(&it.buyer, &report, "uphold", json!({"answer": "ok"})).await.status, StatusCode::FORBIDDEN);

    let unsaid = it.decide(&it.committee, &report, "uphold", json!({})).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "a decision is explained");
    let upheld = it.decide(&it.committee, &report, "uphold", json!({"answer": "已下架"})).await;
    assert_eq!((upheld.status, &upheld.body["state"]), (StatusCode::OK, &json!("upheld")), "{}", upheld.body);
    assert_eq!(it.told(&it.buyer).await, [(text(&report["id"]), "upheld".to_owned())]);
    assert_eq!(it.app.get(&path, &it.buyer).await.body["answer"], "已下架");
    let late = it.decide(&it.committee, &upheld.body, "dismiss", json!({"answer": "no"})).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "it is decided once");
    let deeds = it.app.get("/v1/audit", &it.committee).await;
    let decided = |deed: &&Value| deed["action"] == "report.uphold";
    assert_eq!(deeds.body["items"].as_array().unwrap().iter().filter(decided).count(), 1, "{}", deeds.body);
}

#[tokio::test]
async fn what_nobody_sees_and_what_is_ones_own_is_not_reported() {
    let it = Market::open().await;
    let none = it.report(&it.buyer, about("booth", RecordId(801))).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "{}", none.body);
    let own = it.report(&it.seller, about("booth", BOOTH)).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.body);
    let talk = it.report(&it.buyer, about("negotiation", BOOTH)).await;
    assert_eq!(talk.body["fields"][0]["at"], "/about", "a negotiation is reported in it: {}", talk.body);
    let bare = it.report(&it.buyer, json!({"about": "booth"})).await;
    assert_eq!(bare.body["fields"].as_array().unwrap().len(), 3, "all that is missing: {}", bare.body);
    let guest = it.app.ask(Method::POST, "/v1/reports", None, Some(about("booth", BOOTH))).await;
    assert_eq!(guest.status, StatusCode::UNAUTHORIZED);
    assert!(it.reports(&it.committee, "").await.is_empty(), "nothing of it is kept");
}

#[tokio::test]
async fn forbidden_words_may_be_quoted_in_a_report() {
    let it = Market::open().await;
    let quoted = json!({"about": "booth", "subject": BOOTH, "ground": "forbidden_goods", "text": "展台写着代开发票"});
    assert!(!it.app.hub.files.allow("展台写着代开发票"), "elsewhere it may not be said");
    let filed = it.report(&it.buyer, quoted).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.body);
}

#[tokio::test]
async fn a_repeated_key_files_once_and_a_flood_is_bounded() {
    let it = Market::open().await;
    let body = about("booth", BOOTH);
    let first = it.once("/v1/reports", &it.buyer, "report-0", &body).await;
    let again = it.once("/v1/reports", &it.buyer, "report-0", &body).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK), "as it is described");
    assert_eq!(first.body, again.body);
    for _ in 1..fair::reports::OPEN_MAX {
        assert_eq!(it.report(&it.buyer, body.clone()).await.status, StatusCode::CREATED);
    }
    let more = it.report(&it.buyer, body.clone()).await;
    assert_eq!(more.status, StatusCode::CONFLICT, "{}", more.body);
    let open = it.reports(&it.committee, "?state=open&limit=50").await;
    assert_eq!(open.len(), fair::reports::OPEN_MAX as usize);
    let beside = it.app.token("beta", "wang").await;
    assert_eq!(it.report(&beside, body.clone()).await.status, StatusCode::CREATED, "a colleague's are others");
    it.decide(&it.committee, &open[0], "dismiss", json!({"answer": "重复"})).await;
    assert_eq!(it.report(&it.buyer, body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn individuals_report_too_and_read_nobodys() {
    let it = Market::open().await;
    for username in ["visitor", "guest"] {
        let new = NewUser {
            enterprise: None,
            username: username.into(),
            name: None,
            duty: None,
            admin: false,
            password: Some(PASSWORD.into()),
            contact: Contact { mobile: Some("13800138000".into()), email: None },
        };
        it.app.hub.accounts.create_user(new).await.unwrap();
    }
    let sign_in = async |username: &str| {
        let body = json!({"username": username, "password": PASSWORD});
        text(&it.app.ask(Method::POST, "/v1/sessions", None, Some(body)).await.body["access_token"])
    };
    let (visitor, guest) = (sign_in("visitor").await, sign_in("guest").await);
    let filed = it.report(&visitor, about("booth", BOOTH)).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.body);
    let path = format!("/v1/reports/{}", text(&filed.body["id"]));
    for token in [&visitor, &guest] {
        assert_eq!(it.app.get("/v1/reports", token).await.status, StatusCode::FORBIDDEN);
        assert_eq!(it.app.get(&path, token).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(it.reports(&it.committee, "").await[0]["id"], filed.body["id"]);
}

#[tokio::test]
async fn what_is_said_in_a_negotiation_is_in_the_same_queue() {
    let it = Market::open().await;
    let start = json!({"target": {"kind": "enterprise", "id": it.app.acme}});
    let started = it.app.ask(Method::POST, "/v1/negotiations", Some(&it.buyer), Some(start)).await;
    let conversation = text(&started.body["conversation"]);
    let path = format!("/v1/negotiations/{conversation}/report");
    let filed = it.app.ask(Method::POST, &path, Some(&it.buyer), Some(json!({"reason": "代开发票"}))).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.body);
    let queue = it.reports(&it.committee, "").await;
    let shown = ["id", "about", "subject", "text"].map(|name| text(&queue[0][name]));
    assert_eq!(shown, [text(&filed.body["report"]), "negotiation".into(), conversation, "代开发票".into()]);
    let upheld = it.decide(&it.committee, &queue[0], "uphold", json!({"answer": "已警告"})).await;
    assert_eq!(upheld.status, StatusCode::OK, "{}", upheld.body);
    assert_eq!(it.told(&it.buyer).await.len(), 1);
}
