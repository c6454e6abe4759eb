//! Intent orders over REST: the guide's way from an intent to a deal, what both sides see, and that nothing is made twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fair::Duty;
use fair::showcase::table::{ShowcasePageKey, ShowcasePagePart, ShowcasePageRow, ShowcasePages};
use fair::showcase::{BoothPage, ExhibitContent, Picture, Standing, Team};
use fair::table::Records;
use futures_util::future::join_all;
use storage::ids::{RecordId, UploadId};
use storage::{Ack, Faults, Faulty, Op};

use super::*;

pub(super) const BOOTH: RecordId = RecordId(800);
pub(super) const EXHIBIT: RecordId = RecordId(900);
const WHEN: &str = "2020-07-15T12:59:57.000+08:00";

/// Puts a booth of `seller` on show, and an exhibit in it.
pub(super) async fn show(app: &App, seller: EnterpriseId, price: Option<i64>, standing: Standing) {
    let team = Team { id: seller, name: "顶点公司".to_owned(), name_en: None };
    let (published, updated) = (WHEN.to_owned(), WHEN.to_owned());
    let booth = BoothPage {
        id: BOOTH,
        name: "顶点展台".to_owned(),
        enterprise: team.clone(),
        zone: "culture".to_owned(),
        logo: None,
        pictures: Vec::new(),
        videos: Vec::new(),
        introduction: "简介".to_owned(),
        business: "主营".to_owned(),
        tags: Vec::new(),
        industries: Vec::new(),
        categories: Vec::new(),
        offline_number: None,
        hall_link: None,
        website: None,
        region: "mainland.130100".to_owned(),
        contact: None,
        smart_service_link: None,
        published: published.clone(),
        updated: updated.clone(),
    };
    let exhibit = ExhibitContent {
        id: EXHIBIT,
        number: "20200715125957oPs".to_owned(),
        name: "教育机器人".to_owned(),
        summary: "介绍".to_owned(),
        market_price_fen: price,
        brand: "品牌".to_owned(),
        code: "A1".to_owned(),
        origin: "mainland.130100".to_owned(),
        category: "education".to_owned(),
        pictures: vec![Picture { id: UploadId(4), width: 600, height: 600 }],
        videos: Vec::new(),
        detail_html: String::new(),
        enterprise: team,
        published,
        updated,
    };
    for (kind, id, standing, page) in [
        ("booth", BOOTH, Standing::Public, serde_json::to_string(&booth).unwrap()),
        ("exhibit", EXHIBIT, standing, serde_json::to_string(&exhibit).unwrap()),
    ] {
        let part = ShowcasePagePart { kind: kind.to_owned(), id };
        let row = ShowcasePageRow { standing, booth: BOOTH, zone: "culture".to_owned(), card: String::new(), page };
        let put = Op::Put { c: ShowcasePageKey {}, row, at: Some(app.hub.site.clock.now().0) };
        app.hub.ground.store().write::<ShowcasePages>(part, vec![put], Ack::Durable).await.unwrap();
    }
}

/// An order of acme's, about an exhibit of another enterprise.
pub(super) async fn ordered(app: &App, seller: EnterpriseId) -> String {
    let sent = json!({"exhibit": RecordId(1), "quantity": 1, "contact_name": "李四", "region": "mainland.110105"});
    let (today, terms) = (fair::Day::in_shanghai(app.hub.site.clock.now()), &app.hub.files);
    let context = fair::form::Context { today, terms, tag_digits: false };
    let filled = fair::orders::form::SUBMIT.check(&serde_json::from_value(sent).unwrap(), &context).unwrap();
    let offer = fair::orders::Offer {
        exhibit: RecordId(1),
        number: "20200715125957oPs".to_owned(),
        name: "教育机器人".to_owned(),
        picture: None,
        unit_price_fen: None,
        seller,
        booth: RecordId(1),
        booth_name: "展台".to_owned(),
        region: "mainland.130100".to_owned(),
    };
    let buyer = app.hub.accounts.user(app.user("acme", "wang").await).await.unwrap();
    let orders = fair::orders::Orders::new(app.hub.ground.flows().clone());
    let order = orders.submit(&(&buyer).into(), RecordId(77), filled, &offer).await.unwrap();
    order.id.to_string()
}

/// Two enterprises with a representative each, `acme` with an exhibit on show.
pub(super) struct Market {
    pub(super) app: App,
    pub(super) seller: String,
    pub(super) buyer: String,
    /// Negotiates for the seller, and does not represent it.
    consultant: String,
    pub(super) committee: String,
    beta: EnterpriseId,
}

impl Market {
    pub(super) async fn open() -> Self {
        Self::over(app().await).await
    }

    async fn over(app: App) -> Self {
        show(&app, app.acme, Some(1_000), Standing::Public).await;
        let beta = app.hub.accounts.find_enterprise("beta").await.unwrap().unwrap().id;
        let committee = NewEnterprise {
            kind: Kind::Committee,
            identifier: "committee".to_owned(),
            name: "组委会".to_owned(),
            name_en: None,
        };
        let committee = app.hub.accounts.create_enterprise(committee).await.unwrap().id;
        for (team, username, duty) in [
            (app.acme, "zhao", Some(Duty::Representative)),
            (beta, "sunny", Some(Duty::Representative)),
            (committee, "chair", None),
        ] {
            let new = NewUser {
                enterprise: Some(team),
                username: username.to_owned(),
                name: Some(format!("{username} 显示名")),
                duty,
                admin: false,
                password: Some(PASSWORD.into()),
                contact: Contact::default(),
            };
            app.hub.accounts.create_user(new).await.unwrap();
        }
        Self {
            seller: app.token("acme", "zhao").await,
            consultant: app.token("acme", "wang").await,
            buyer: app.token("beta", "sunny").await,
            committee: app.token("committee", "chair").await,
            beta,
            app,
        }
    }

    pub(super) async fn once(&self, path: &str, token: &str, key: &str, body: &Value) -> Answer {
        let peer: SocketAddr = "192.0.2.1:4242".parse().unwrap();
        let request = Request::post(path)
            .extension(ConnectInfo(peer))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(HttpBody::from(body.to_string()))
            .unwrap();
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap() }
    }

    async fn submitted(&self, key: &str) -> Value {
        let made = self.once("/v1/orders", &self.buyer, key, &intent()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        made.body
    }

    async fn step(&self, token: &str, order: &Value, verb: &str, body: Value) -> Answer {
        let path = format!("/v1/orders/{}/{verb}", order["id"].as_str().unwrap());
        let tag = format!("\"{}-x\"", order["version"]);
        self.app.ask_of(Some(&tag), Method::POST, &path, Some(token), Some(body)).await
    }

    async fn listed(&self, token: &str, query: &str) -> Vec<String> {
        let answer = self.app.get(&format!("/v1/orders{query}"), token).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        answer.body["items"].as_array().unwrap().iter().map(|order| text(&order["number"])).collect()
    }
}

fn intent() -> Value {
    json!({"exhibit": EXHIBIT, "quantity": 3, "contact_name": "李四", "region": "mainland.110105",
        "budget_fen": 500_000, "note": "尽快"})
}

#[tokio::test]
async fn an_intent_becomes_a_deal_and_both_sides_see_the_log() {
    let it = Market::open().await;
    let order = it.submitted("first").await;
    assert_eq!((&order["state"], &order["actions"]), (&json!("to_handle"), &json!(["withdraw"])));
    let exhibit = json!({"id": EXHIBIT, "number": "20200715125957oPs", "name": "教育机器人", "picture": UploadId(4)});
    assert_eq!(order["exhibit"], exhibit);
    assert_eq!((&order["unit_price_fen"], &order["subtotal_fen"]), (&json!(1_000), &json!(3_000)));
    let sun = it.app.user("beta", "sunny").await;
    let buyer = json!({"enterprise": it.beta, "name": "贝塔公司", "user": sun, "contact_name": "李四",
        "region": "mainland.110105"});
    let seller = json!({"enterprise": it.app.acme, "name": "顶点公司", "booth": BOOTH, "booth_name": "顶点展台",
        "region": "mainland.130100"});
    assert_eq!((&order["buyer"], &order["seller"]), (&buyer, &seller));

    // The exhibitor's desk: it is there, and nothing is confirmed yet.
    let path = format!("/v1/orders/{}", text(&order["id"]));
    let seen = it.app.get(&path, &it.seller).await;
    assert_eq!(seen.body["actions"], json!(["close", "deal", "request_confirmation"]));
    assert_eq!((seen.body.get("amount_fen"), &seen.body["buyer"]["contact_name"]), (None, &json!("李四")));
    let empty = it.step(&it.seller, &order, "deal", json!({})).await;
    assert_eq!(
        (empty.status, &empty.body["fields"][0]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!({"at": "/amount_fen", "code": "required"}))
    );
    let bound = it.step(&it.consultant, &order, "deal", json!({"amount_fen": 1})).await;
    assert_eq!(bound.status, StatusCode::FORBIDDEN, "{}", bound.body);
    let asked =
        it.step(&it.seller, &order, "request-confirmation", json!({"amount_fen": 2_800, "note": "含运费"})).await;
    assert_eq!((asked.status, &asked.body["state"]), (StatusCode::OK, &json!("in_progress")), "{}", asked.body);
    let tag = asked.headers.get("etag").unwrap().to_str().unwrap();
    assert!(tag.starts_with("\"2-"), "{tag}");

    let declined = it.step(&it.buyer, &asked.body, "decline", json!({"reason": "太贵"})).await;
    assert_eq!((&declined.body["state"], &declined.body["reason"]), (&json!("to_handle"), &json!("太贵")));
    let asked = it.step(&it.seller, &declined.body, "request-confirmation", json!({"amount_fen": 2_500})).await;
    assert_eq!((asked.body.get("reason"), &asked.body["response"]), (None, &json!("含运费")));
    let dealt = it.step(&it.buyer, &asked.body, "accept", json!({})).await;
    assert_eq!(
        (dealt.status, &dealt.body["state"], &dealt.body["amount_fen"]),
        (StatusCode::OK, &json!("dealt"), &json!(2_500))
    );
    assert_eq!(dealt.body["actions"], json!([]));

    let log = it.app.get(&format!("{path}/log"), &it.buyer).await;
    assert_eq!(log.body, it.app.get(&format!("{path}/log"), &it.seller).await.body);
    let lines: Vec<_> = log.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                text(&line["action"]),
                text(&line["user"]["name"]),
                text(&line["enterprise"]["name"]),
                line["amount_fen"].as_i64(),
            )
        })
        .collect();
    let line =
        |action: &str, user: &str, team: &str, amount| (action.to_owned(), user.to_owned(), team.to_owned(), amount);
    assert_eq!(
        lines,
        [
            line("submit", "sunny 显示名", "贝塔公司", None),
            line("request_confirmation", "zhao 显示名", "顶点公司", Some(2_800)),
            line("decline", "sunny 显示名", "贝塔公司", None),
            line("request_confirmation", "zhao 显示名", "顶点公司", Some(2_500)),
            line("accept", "sunny 显示名", "贝塔公司", None),
        ]
    );
    assert!(!log.body.to_string().contains("李四"), "no contact data in the log");
}

#[tokio::test]
async fn of_two_who_act_on_one_version_one_is_told() {
    let it = Market::open().await;
    let order = it.submitted("first").await;
    let (one, two) = tokio::join!(
        it.step(&it.seller, &order, "deal", json!({"amount_fen": 5})),
        it.step(&it.seller, &order, "close", json!({"note": "无货"})),
    );
    let both: BTreeSet<_> = [one.status.as_u16(), two.status.as_u16()].into();
    assert_eq!(both, BTreeSet::from([200, 412]), "{} {}", one.body, two.body);
    let path = format!("/v1/orders/{}/close", text(&order["id"]));
    let unnamed = it.app.ask(Method::POST, &path, Some(&it.seller), None).await;
    assert_eq!(unnamed.status, StatusCode::PRECONDITION_REQUIRED);
}

#[tokio::test]
async fn a_repeated_intent_is_one_order_on_whichever_hub() {
    let it = Market::open().await;
    let order = it.submitted("first").await;
    let again = it.once("/v1/orders", &it.buyer, "first", &intent()).await;
    assert_eq!((again.status, &again.body["number"]), (StatusCode::OK, &order["number"]));
    let mut other = intent();
    other["quantity"] = json!(4);
    let reused = it.once("/v1/orders", &it.buyer, "first", &other).await;
    assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Another hub over the same store; writers who each send everything twice, to either.
    let second = over_same(&it).await;
    let writers = (0..64_usize).map(|n| {
        let (it, second) = (&it, &second);
        async move {
            let key = format!("writer-{n}");
            let (here, there) = if n % 2 == 0 { (it, second) } else { (second, it) };
            let made = here.once("/v1/orders", &it.buyer, &key, &intent()).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
            let again = there.once("/v1/orders", &it.buyer, &key, &intent()).await;
            assert_eq!((again.status, &again.body["id"]), (StatusCode::OK, &made.body["id"]), "{}", again.body);
            text(&made.body["number"])
        }
    });
    let numbers: BTreeSet<_> = join_all(writers).await.into_iter().collect();
    assert_eq!(numbers.len(), 64);
    let all: BTreeSet<_> = it.listed(&it.buyer, "?role=buyer&limit=100").await.into_iter().collect();
    assert_eq!(all.len(), 65, "none twice, none lost");
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_fills_at_any_write_of_an_intent_leaves_one_order_when_it_is_repeated() {
    let clock = Clock::starting_at(Millis(1_800_000_000_000));
    let faulty = Faulty::new(Store::model(clock.clone()), 1, Faults::default());
    let it = Market::over(app_over(Store::Faulty(Arc::clone(&faulty)), clock).await).await;
    let (mut answered, mut refused) = (0, 0);
    for write in 1..=14 {
        let key = format!("key-{write}");
        faulty.full_at_write(write);
        let first = it.once("/v1/orders", &it.buyer, &key, &intent()).await;
        faulty.set_full(false);
        // Behind the time in which the first one may still be at it.
        tokio::time::advance(Duration::from_secs(6)).await;
        let again = it.once("/v1/orders", &it.buyer, &key, &intent()).await;
        assert!([200, 201].contains(&again.status.as_u16()), "write {write}: {}", again.body);
        if first.status == StatusCode::CREATED {
            assert_eq!(
                (&again.body["id"], &again.body["number"]),
                (&first.body["id"], &first.body["number"]),
                "{write}"
            );
            answered += 1;
        } else {
            assert_eq!(first.status, StatusCode::INSUFFICIENT_STORAGE, "{}", first.body);
            refused += 1;
        }
        // Lists follow when whoever sweeps comes by; the records stand now.
        let records = it.app.hub.ground.store().partitions::<Records>(None, 1_000).await.unwrap();
        let orders = records.iter().filter(|part| part.kind == "order").count();
        assert_eq!(orders as u64, write, "write {write}: one for each key");
    }
    assert!(answered > 4 && refused > 2, "{answered} {refused}");
}

async fn over_same(it: &Market) -> Market {
    let config = Config::from_sources(&Flags::of(&[("demo", "true")]), |_| None).unwrap();
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let quotas: Vec<Quota> = limits::TABLE.iter().map(|quota| Quota { count: 1_000, burst: 1_000, ..*quota }).collect();
    let (tasks, clock) = (Tasks::default(), it.app.hub.site.clock.clone());
    let (files, providers) = (fair::uploads::Files::memory(), Providers::default().or_kept());
    let store = it.app.hub.ground.store().clone();
    let foundation = Foundation { store, shared: true, keys: keys.into(), files, providers };
    let (hub, _lanes) = assemble(&config, &quotas, &clock, &storage::Entropy::system(), foundation, &tasks);
    let app = App { router: router(&hub, true), hub, acme: it.app.acme, _tasks: tasks };
    let Market { seller, buyer, consultant, committee, beta, .. } = it;
    let [seller, buyer, consultant, committee] = [seller, buyer, consultant, committee].map(Clone::clone);
    Market { app, seller, buyer, consultant, committee, beta: *beta }
}

#[tokio::test]
async fn lists_are_each_sides_own_and_the_committee_sees_all_with_names_hidden() {
    let it = Market::open().await;
    let (first, second) = (it.submitted("1").await, it.submitted("2").await);
    it.step(&it.seller, &second, "close", json!({})).await;
    let [first_number, second_number] = [&first, &second].map(|order| text(&order["number"]));
    let both = vec![second_number.clone(), first_number.clone()];
    assert_eq!(it.listed(&it.seller, "").await, both);
    assert_eq!(it.listed(&it.buyer, "?role=buyer").await, both);
    assert!(it.listed(&it.buyer, "?role=seller").await.is_empty());
    assert_eq!(it.listed(&it.seller, "?state=closed").await, [second_number]);
    assert_eq!(it.listed(&it.seller, &format!("?number={first_number}")).await, [first_number]);
    assert_eq!(it.listed(&it.seller, "?buyer=%E8%B4%9D%E5%A1%94").await, both);
    assert!(it.listed(&it.seller, "?buyer=nobody").await.is_empty());
    let today = fair::Day::in_shanghai(it.app.hub.site.clock.now());
    assert_eq!(it.listed(&it.seller, &format!("?from={today}&to={today}")).await, both);
    assert!(it.listed(&it.seller, &format!("?from={}", today.plus(1))).await.is_empty());
    for (query, status) in [("?role=owner", 400), ("?state=asleep", 422), ("?from=2020-02-30", 422), ("?cursor=x", 400)]
    {
        let refused = it.app.get(&format!("/v1/orders{query}"), &it.seller).await;
        assert_eq!(refused.status.as_u16(), status, "{query}: {}", refused.body);
    }
    let seen = it.app.get("/v1/orders", &it.committee).await;
    assert_eq!(seen.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(seen.body["items"][0]["buyer"]["contact_name"], "李**");
    assert!(!seen.body.to_string().contains("李四"));
    let shown = it.app.get(&format!("/v1/orders/{}", text(&first["id"])), &it.committee).await;
    assert!(!shown.body.to_string().contains("李四"), "{}", shown.body);
}

#[tokio::test]
async fn nothing_is_ordered_that_is_not_on_show_nor_from_whom_one_blocks() {
    let it = Market::open().await;
    let mut unknown = intent();
    unknown["exhibit"] = json!(RecordId(901));
    assert_eq!(it.once("/v1/orders", &it.buyer, "1", &unknown).await.status, StatusCode::NOT_FOUND);
    let own = it.once("/v1/orders", &it.seller, "1", &intent()).await;
    assert_eq!((own.status, &own.body["title"]), (StatusCode::CONFLICT, &json!("conflict")));
    let recorded = json!({"exhibit": EXHIBIT, "buyer": it.beta, "quantity": 2, "amount_fen": 1_500});
    let others = it.once("/v1/orders/recorded", &it.buyer, "2", &recorded).await;
    assert_eq!(others.status, StatusCode::FORBIDDEN, "{}", others.body);
    let made = it.once("/v1/orders/recorded", &it.seller, "2", &recorded).await;
    assert_eq!((made.status, &made.body["state"]), (StatusCode::CREATED, &json!("in_progress")), "{}", made.body);
    // The seller wants no more of them: no order comes, either way; what is made goes on.
    let start = json!({"target": {"kind": "enterprise", "id": it.beta}});
    let talk = it.app.ask(Method::POST, "/v1/negotiations", Some(&it.seller), Some(start)).await;
    let block = format!("/v1/negotiations/{}/block", text(&talk.body["conversation"]));
    assert_eq!(it.app.ask(Method::POST, &block, Some(&it.seller), None).await.status, StatusCode::OK);
    let blocked = it.once("/v1/orders", &it.buyer, "3", &intent()).await;
    assert_eq!((blocked.status, &blocked.body["detail"]), (StatusCode::CONFLICT, &json!("blocked")));
    assert_eq!(it.once("/v1/orders/recorded", &it.seller, "4", &recorded).await.status, StatusCode::CONFLICT);
    let accepted = it.step(&it.buyer, &made.body, "accept", json!({})).await;
    assert_eq!(accepted.body["state"], "dealt");
    show(&it.app, it.app.acme, Some(1_000), Standing::Hidden).await;
    assert_eq!(it.once("/v1/orders", &it.buyer, "5", &intent()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn strangers_and_individuals_see_no_order() {
    let it = Market::open().await;
    let order = it.submitted("1").await;
    team(&it.app.hub, "gamma", "伽马公司").await;
    let stranger = it.app.token("gamma", "admin").await;
    let path = format!("/v1/orders/{}", text(&order["id"]));
    for path in [path.clone(), format!("{path}/log")] {
        assert_eq!(it.app.get(&path, &stranger).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(it.step(&stranger, &order, "accept", json!({})).await.status, StatusCode::NOT_FOUND);
    assert!(it.listed(&stranger, "?role=buyer").await.is_empty());
}

#[tokio::test]
async fn an_order_keeps_what_its_exhibit_was_when_that_changes_and_goes() {
    let stage = booths::Stage::new().await;
    let booth = stage.shown_booth().await;
    let exhibit = stage.shown_exhibit(&booth).await;
    let buyer = stage.app.token("beta", "wang").await;
    let mut sent = intent();
    sent["exhibit"] = exhibit.body["id"].clone();
    let submit = || stage.app.ask(Method::POST, "/v1/orders", Some(&buyer), Some(sent.clone()));
    let made = submit().await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let prices = json!([made.body["unit_price_fen"], made.body["subtotal_fen"]]);
    assert_eq!(prices, json!([1_288_000, 3_864_000]));
    assert_eq!(made.body["exhibit"]["number"], exhibit.body["number"]);
    assert_eq!(made.body["exhibit"]["picture"], exhibit.body["pictures"][0]);
    assert_eq!(
        (&made.body["seller"]["booth"], &made.body["seller"]["booth_name"]),
        (&booth.body["id"], &booth.body["name"])
    );
    let own = stage.app.ask(Method::POST, "/v1/orders", Some(&stage.owner), Some(sent.clone())).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.body);
    let changed = stage.change(&exhibit, json!({"market_price_fen": 1, "name": "另一个"})).await;
    stage.step(&changed, "submit", &stage.owner, None).await;
    assert_eq!(submit().await.status, StatusCode::NOT_FOUND, "it is under review");
    let stands = stage.app.get(&format!("/v1/orders/{}", text(&made.body["id"])), &buyer).await;
    for field in ["exhibit", "unit_price_fen", "subtotal_fen", "seller"] {
        assert_eq!(stands.body[field], made.body[field], "{field}");
    }
}
