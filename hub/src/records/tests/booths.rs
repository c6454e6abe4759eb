//! The guide's way of a booth and an exhibit, over REST: built, reviewed, put on sale, changed, hidden, shown again.

use fair::showcase::{BoothFilter, ExhibitFilter};

use super::*;

/// An exhibitor whose application is approved, and the institution that invited it.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) owner: String,
    pub(super) desk: String,
}

/// A record as it was answered last.
pub(super) struct Thing {
    pub(super) path: String,
    pub(super) tag: String,
    pub(super) body: Value,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let app = app().await;
        let new =
            NewEnterprise { kind: Kind::Institution, identifier: "host".into(), name: "组展".into(), name_en: None };
        let host = app.hub.accounts.create_enterprise(new).await.unwrap().id;
        let new = NewUser {
            enterprise: Some(host),
            username: "admin".into(),
            name: None,
            duty: None,
            admin: true,
            password: Some(PASSWORD.into()),
            contact: Contact::default(),
        };
        app.hub.accounts.create_user(new).await.unwrap();
        let (owner, desk) = (app.token("acme", "admin").await, app.token("host", "admin").await);
        let codes = format!("/v1/institutions/{host}/invitation-codes");
        let issued = app.ask(Method::POST, &codes, Some(&desk), Some(json!({"count": 1}))).await;
        let application = matrix::application(&text(&issued.body["items"][0]["code"]));
        let stage = Self { app, owner, desk };
        let applied = stage.make("/v1/exhibitor-applications", application).await;
        let started = stage.step(&applied, "review/start", &stage.desk, None).await;
        let approved = stage.step(&started, "review/approve", &stage.desk, None).await;
        assert_eq!(approved.body["state"], "approved");
        stage
    }

    async fn make(&self, path: &str, body: Value) -> Thing {
        let answer = self.app.ask(Method::POST, path, Some(&self.owner), Some(body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{path}: {}", answer.body);
        let path = format!("{path}/{}", text(&answer.body["id"]));
        self.read(&path).await
    }

    async fn read(&self, path: &str) -> Thing {
        let answer = self.app.get(path, &self.owner).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        let tag = answer.headers["etag"].to_str().unwrap().to_owned();
        Thing { path: path.to_owned(), tag, body: answer.body }
    }

    pub(super) async fn try_step(&self, thing: &Thing, step: &str, token: &str, body: Option<Value>) -> Answer {
        let path = format!("{}/{step}", thing.path);
        self.app.ask_of(Some(&thing.tag), Method::POST, &path, Some(token), body).await
    }

    pub(super) async fn step(&self, thing: &Thing, step: &str, token: &str, body: Option<Value>) -> Thing {
        let answer = self.try_step(thing, step, token, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{step}: {}", answer.body);
        self.read(&thing.path).await
    }

    pub(super) async fn change(&self, thing: &Thing, patch: Value) -> Thing {
        let answer =
            self.app.ask_of(Some(&thing.tag), Method::PATCH, &thing.path, Some(&self.owner), Some(patch)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        self.read(&thing.path).await
    }

    async fn upload(&self, used_for: &str) -> String {
        self.app.upload(&self.owner, used_for, bitmap(12, 8)).await
    }

    /// What a visitor finds: names of booths and of exhibits.
    async fn seen(&self) -> (Vec<String>, Vec<String>) {
        let showcase = self.app.hub.ground.showcase();
        showcase.recount();
        let booths = showcase.booths(&BoothFilter::default(), (None, 20)).await.unwrap();
        let exhibits = showcase.exhibits(&ExhibitFilter::default(), (None, 20)).await.unwrap();
        assert_eq!((booths.total, exhibits.total), (booths.items.len() as u64, exhibits.items.len() as u64));
        let booths = booths.items.into_iter().map(|card| card.name).collect();
        (booths, exhibits.items.into_iter().map(|card| card.name).collect())
    }

    async fn booth(&self) -> Value {
        json!({
            "name": "顶点展台", "logo": self.upload("logo").await, "introduction": "我们做文化服务",
            "business": "文化服务", "pictures": [self.upload("picture").await, self.upload("picture").await],
            "tags": ["文化", "Culture"], "zone": "achievements", "categories": ["business.professional"],
            "contact_name": "张三", "phone": "400-610-8800", "email": "zhang@example.com",
            "region": "mainland.110105", "address": "朝阳区1号",
        })
    }

    async fn exhibit(&self, booth: &Thing) -> Value {
        let illustration = self.upload("illustration").await;
        json!({
            "booth": booth.body["id"], "name": "影视后期", "category": "business.professional",
            "origin": "mainland.110105", "brand": "顶点", "market_price_fen": 1_288_000, "wholesale_price_fen": 900_000,
            "summary": "影视后期制作", "pictures": [self.upload("picture").await],
            "detail_html": format!(
                "<h3 onclick=\"x()\">详情</h3><img src=\"/v1/uploads/{illustration}/content\"><script>alert(1)</script>"
            ),
        })
    }

    pub(super) async fn shown_booth(&self) -> Thing {
        let booth = self.make("/v1/booths", self.booth().await).await;
        let rules = Some(json!({"accept_rules": true}));
        let pending = self.step(&booth, "submit", &self.owner, rules).await;
        self.step(&pending, "review/approve", &self.desk, None).await
    }

    pub(super) async fn shown_exhibit(&self, booth: &Thing) -> Thing {
        let exhibit = self.make("/v1/exhibits", self.exhibit(booth).await).await;
        let pending = self.step(&exhibit, "submit", &self.owner, None).await;
        let approved = self.step(&pending, "review/approve", &self.desk, None).await;
        self.step(&approved, "shelve", &self.owner, None).await
    }
}

/// A picture of one colour.
pub(super) fn bitmap(width: u32, height: u32) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let length = 54 + row * height;
    let mut bytes = b"BM".to_vec();
    for word in [length, 0, 54, 40, width, height] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    bytes.resize(length as usize, 0x7f);
    bytes
}

fn names(seen: (Vec<String>, Vec<String>)) -> (usize, usize) {
    (seen.0.len(), seen.1.len())
}

#[tokio::test]
async fn a_booth_is_built_reviewed_and_seen() {
    let stage = Stage::new().await;
    let booth = stage.make("/v1/booths", json!({"name": "  顶点展台 "})).await;
    assert_eq!((&booth.body["state"], &booth.body["name"]), (&json!("draft"), &json!("顶点展台")));
    assert_eq!((&booth.body["show_contact"], &booth.body["smart_service"]), (&json!(true), &json!(false)));
    let more = stage.app.ask(Method::POST, "/v1/booths", Some(&stage.owner), Some(json!({}))).await;
    assert_eq!(more.status, StatusCode::CONFLICT, "one booth an enterprise");

    let rules = || Some(json!({"accept_rules": true}));
    let early = stage.try_step(&booth, "submit", &stage.owner, rules()).await;
    let missing: Vec<_> = early.body["fields"].as_array().unwrap().iter().map(|field| text(&field["at"])).collect();
    assert!(["/logo", "/pictures", "/tags", "/zone", "/phone"].iter().all(|at| missing.iter().any(|one| one == at)));
    let booth = stage.change(&booth, stage.booth().await).await;
    let preview = stage.app.get(&format!("{}/preview", booth.path), &stage.owner).await;
    assert_eq!(preview.body["pictures"][0]["width"], 12, "{}", preview.body);
    let unaccepted = stage.try_step(&booth, "submit", &stage.owner, Some(json!({"accept_rules": false}))).await;
    assert_eq!(unaccepted.body["fields"][0]["code"], "not_accepted");
    let pending = stage.step(&booth, "submit", &stage.owner, rules()).await;
    let twice = stage.try_step(&booth, "submit", &stage.owner, rules()).await;
    assert_eq!(twice.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(names(stage.seen().await), (0, 0));

    let queue = stage.app.get("/v1/reviews/booths?state=pending", &stage.desk).await;
    assert_eq!(queue.body["items"][0]["id"], booth.body["id"]);
    assert_eq!(queue.body["items"][0]["approved"], Value::Null);
    let why = Some(json!({"reason": "图片不清晰"}));
    let rejected = stage.step(&pending, "review/reject", &stage.desk, why).await;
    assert_eq!((&rejected.body["state"], &rejected.body["reason"]), (&json!("rejected"), &json!("图片不清晰")));
    let pending = stage.step(&rejected, "submit", &stage.owner, rules()).await;
    assert_eq!(pending.body.get("reason"), None);
    let approved = stage.step(&pending, "review/approve", &stage.desk, None).await;
    assert_eq!(approved.body["approved"]["name"], "顶点展台");
    let id = text(&booth.body["id"]).parse().unwrap();
    let page = serde_json::to_value(stage.app.hub.ground.showcase().booth(id).await.unwrap()).unwrap();
    assert_eq!((&page["contact"]["phone"], &page["enterprise"]["name"]), (&json!("400-610-8800"), &json!("顶点公司")));
    let notices = stage.app.get("/v1/notifications", &stage.owner).await;
    assert_eq!(notices.body["items"][0]["kind"], "booth.state_changed");
}

#[tokio::test]
async fn an_exhibit_goes_on_the_shelf_and_hides_while_it_is_reviewed_again() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let foreign = json!({"booth": booth.body["id"], "category": "education.primary"});
    let foreign = stage.app.ask(Method::POST, "/v1/exhibits", Some(&stage.owner), Some(foreign)).await;
    assert_eq!(foreign.body["fields"][0], json!({"at": "/category", "code": "not_an_option"}), "{}", foreign.body);
    let exhibit = stage.make("/v1/exhibits", stage.exhibit(&booth).await).await;
    assert_eq!(text(&exhibit.body["number"]).len(), 17);
    assert_eq!(exhibit.body["code"], exhibit.body["number"]);
    let detail = text(&exhibit.body["detail_html"]);
    assert!(detail.starts_with("<h3>详情</h3><img src=\"/v1/uploads/") && !detail.contains("alert"), "{detail}");
    let pending = stage.step(&exhibit, "submit", &stage.owner, None).await;
    assert_eq!((&pending.body["review_state"], &pending.body["shelf_state"]), (&json!("pending"), &json!("waiting")));
    let approved = stage.step(&pending, "review/approve", &stage.desk, None).await;
    assert_eq!(names(stage.seen().await), (1, 0), "only what is on the shelf");
    let on_sale = stage.step(&approved, "shelve", &stage.owner, None).await;
    assert_eq!(stage.seen().await.1, ["影视后期"]);
    let id = text(&exhibit.body["id"]).parse().unwrap();
    let page = serde_json::to_value(stage.app.hub.ground.showcase().exhibit(id).await.unwrap()).unwrap();
    assert_eq!((&page["market_price_fen"], &page["booth"]["name"]), (&json!(1_288_000), &json!("顶点展台")));
    assert!(!page.to_string().contains("900000"), "the wholesale price is nobody's");

    let revising = stage.change(&on_sale, json!({"name": "影视前期"})).await;
    assert_eq!((&revising.body["state"], &revising.body["shelf_state"]), (&json!("revising"), &json!("on_sale")));
    assert_eq!(stage.seen().await.1, ["影视后期"], "as it was approved");
    let pending = stage.step(&revising, "submit", &stage.owner, None).await;
    assert_eq!((&pending.body["shelf_state"], names(stage.seen().await)), (&json!("off_shelf"), (1, 0)));
    assert_eq!(pending.body["approved"]["name"], "影视后期");
    let approved = stage.step(&pending, "review/approve", &stage.desk, None).await;
    assert_eq!(names(stage.seen().await), (1, 0));
    stage.step(&approved, "shelve", &stage.owner, None).await;
    assert_eq!(stage.seen().await.1, ["影视前期"]);
}

#[tokio::test]
async fn a_booth_that_is_reviewed_again_takes_its_exhibits_along() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let exhibit = stage.shown_exhibit(&booth).await;
    assert_eq!(names(stage.seen().await), (1, 1));
    let revising = stage.change(&booth, json!({"business": "文化与教育服务"})).await;
    assert_eq!((&revising.body["state"], names(stage.seen().await)), (&json!("revising"), (1, 1)));
    let pending = stage.step(&revising, "submit", &stage.owner, Some(json!({"accept_rules": true}))).await;
    assert_eq!(names(stage.seen().await), (0, 0));
    let off = stage.step(&exhibit, "unshelve", &stage.owner, None).await;
    let hidden = stage.try_step(&off, "shelve", &stage.owner, None).await;
    assert_eq!(hidden.status, StatusCode::CONFLICT, "its booth is not shown");
    stage.step(&pending, "review/approve", &stage.desk, None).await;
    stage.step(&off, "shelve", &stage.owner, None).await;
    assert_eq!(names(stage.seen().await), (1, 1));
}

#[tokio::test]
async fn what_breaks_the_rules_is_taken_down_for_a_reason_by_who_decides() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let exhibit = stage.shown_exhibit(&booth).await;
    let why = || Some(json!({"reason": "侵犯他人商标"}));
    let own = stage.try_step(&exhibit, "review/take-down", &stage.owner, why()).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let without = stage.try_step(&exhibit, "review/take-down", &stage.desk, None).await;
    assert_eq!(without.body["fields"][0], json!({"at": "/reason", "code": "required"}), "{}", without.body);
    let down = stage.step(&exhibit, "review/take-down", &stage.desk, why()).await;
    assert_eq!((&down.body["state"], &down.body["reason"]), (&json!("rejected"), &json!("侵犯他人商标")));
    assert_eq!(names(stage.seen().await), (1, 0));
    let notices = stage.app.get("/v1/notifications", &stage.owner).await;
    assert_eq!(notices.body["items"][0]["body"]["note"], "侵犯他人商标");
    let again = stage.try_step(&down, "review/take-down", &stage.desk, why()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let booth = stage.step(&booth, "review/take-down", &stage.desk, why()).await;
    assert_eq!((&booth.body["state"], names(stage.seen().await)), (&json!("rejected"), (0, 0)));
}

#[tokio::test]
async fn many_exhibits_move_at_once_each_with_its_result() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let shown = stage.shown_exhibit(&booth).await;
    let draft = stage.make("/v1/exhibits", json!({"booth": booth.body["id"]})).await;
    let of = |thing: &Thing, version: i64| json!({"id": thing.body["id"], "version": version});
    let version = |thing: &Thing| thing.body["version"].as_i64().unwrap();
    let nobody = json!({"id": "0000000000001", "version": 1});
    let items = [of(&shown, version(&shown)), of(&draft, version(&draft)), of(&shown, 1), nobody];
    let move_all = |way: &'static str, items: Value| {
        stage.app.ask(Method::POST, way, Some(&stage.owner), Some(json!({ "items": items })))
    };
    let moved = move_all("/v1/exhibits/unshelve", json!(items)).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    let items = moved.body["items"].as_array().unwrap();
    assert_eq!((&items[0]["state"], &items[0]["version"]), (&json!("unshelved"), &json!(version(&shown) + 1)));
    let codes: Vec<_> = items[1..].iter().map(|item| text(&item["error"]["code"])).collect();
    assert_eq!(codes, ["conflict", "stale", "not_found"]);
    let again = move_all("/v1/exhibits/shelve", json!([of(&shown, version(&shown) + 1)])).await;
    assert_eq!(again.body["items"][0]["state"], "on_sale");
    for (count, code) in [(0, "too_few"), (101, "too_many")] {
        let items: Vec<_> = (0..count).map(|_| of(&shown, 1)).collect();
        let refused = move_all("/v1/exhibits/shelve", json!(items)).await;
        assert_eq!(refused.body["fields"][0], json!({"at": "/items", "code": code}));
    }
}

#[tokio::test]
async fn an_exhibit_is_found_copied_and_deleted() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let exhibit = stage.shown_exhibit(&booth).await;
    let copy = stage.app.ask(Method::POST, &format!("{}/copy", exhibit.path), Some(&stage.owner), None).await;
    assert_eq!((copy.status, &copy.body["state"]), (StatusCode::CREATED, &json!("draft")), "{}", copy.body);
    assert_ne!(copy.body["number"], exhibit.body["number"]);
    assert_eq!(copy.body["code"], copy.body["number"]);
    assert_ne!(copy.body["pictures"], exhibit.body["pictures"], "each has its own");
    let copied = stage.read(&format!("/v1/exhibits/{}", text(&copy.body["id"]))).await;
    let pending = stage.step(&copied, "submit", &stage.owner, None).await;

    let number = text(&exhibit.body["number"]);
    for (query, found) in [
        (String::new(), 2),
        (format!("?number={number}"), 1),
        ("?number=20200715125957oPs".to_owned(), 0),
        ("?name=%E5%90%8E%E6%9C%9F".to_owned(), 2),
        ("?name=nothing".to_owned(), 0),
        ("?category=business".to_owned(), 2),
        ("?category=education".to_owned(), 0),
        ("?review_state=pending".to_owned(), 1),
        ("?review_state=approved&shelf_state=on_sale".to_owned(), 1),
        ("?shelf_state=waiting".to_owned(), 1),
        (format!("?number={number}&review_state=pending"), 0),
    ] {
        let listed = stage.app.get(&format!("/v1/exhibits{query}"), &stage.owner).await;
        assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(found), "{query}: {}", listed.body);
    }
    let wrong = stage.app.get("/v1/exhibits?shelf_state=sold", &stage.owner).await;
    assert_eq!(wrong.body["fields"][0], json!({"at": "/shelf_state", "code": "not_an_option"}));
    let reviewed = stage.app.get("/v1/reviews/exhibits?review_state=pending", &stage.desk).await;
    assert_eq!(reviewed.body["items"][0]["id"], copied.body["id"]);

    let delete = async |thing: &Thing| {
        stage.app.ask_of(Some(&thing.tag), Method::DELETE, &thing.path, Some(&stage.owner), None).await
    };
    assert_eq!(delete(&exhibit).await.status, StatusCode::CONFLICT, "not while it is on sale");
    let rejected = stage.step(&pending, "review/reject", &stage.desk, Some(json!({"reason": "重复"}))).await;
    assert_eq!(delete(&rejected).await.status, StatusCode::NO_CONTENT);
    assert_eq!(stage.app.get(&rejected.path, &stage.owner).await.status, StatusCode::NOT_FOUND);
    let listed = stage.app.get("/v1/exhibits", &stage.owner).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn one_key_makes_one_booth_and_one_exhibit() {
    let stage = Stage::new().await;
    let ask = async |path: &str, body: Value| {
        let request = Request::post(path)
            .extension(ConnectInfo("192.0.2.1:4242".parse::<SocketAddr>().unwrap()))
            .header("authorization", format!("Bearer {}", stage.owner))
            .header("content-type", "application/json")
            .header("idempotency-key", path.replace('/', "-"))
            .body(HttpBody::from(body.to_string()))
            .unwrap();
        let answer = stage.app.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let (status, booth) = ask("/v1/booths", json!({"name": "一"})).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(ask("/v1/booths", json!({"name": "一"})).await, (StatusCode::OK, booth.clone()));
    let (status, exhibit) = ask("/v1/exhibits", json!({"booth": booth["id"]})).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(ask("/v1/exhibits", json!({"booth": booth["id"]})).await, (StatusCode::OK, exhibit));
}
