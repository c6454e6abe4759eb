//! What conversations are about, and cards that show an exhibit or an order, over real sockets.

use fair::Duty;
use fair::flow::{Input, New, Who};
use fair::form::{Context, Object};
use fair::orders::form::SUBMIT;
use fair::orders::{Offer, Orders};
use fair::showcase::table::{ShowcasePageKey, ShowcasePagePart, ShowcasePageRow, ShowcasePages};
use fair::showcase::{BoothPage, ExhibitContent, Picture, Standing, Team};
use serde_json::{Map, Value, json};
use storage::ids::{EnterpriseId, RecordId, UploadId};
use storage::{Ack, Op};

use crate::harness::{Person, Socket, TestHub};

const BOOTH: RecordId = RecordId(800);
const EXHIBIT: RecordId = RecordId(900);
const WHEN: &str = "2020-07-15T12:59:57.000+08:00";

/// Two enterprises, of which one shows an exhibit.
struct Market {
    hub: TestHub,
    buyer: Person,
    seller: Person,
}

impl Market {
    async fn open() -> Self {
        let hub = TestHub::start().await;
        let (buyer, seller) = hub.pair().await;
        let market = Self { hub, buyer, seller };
        market.show(Standing::Public, 1).await;
        market
    }

    /// Puts the exhibit on show, or takes it off: later versions stand.
    async fn show(&self, standing: Standing, version: i64) {
        let (booth, exhibit) = shown(self.seller.team());
        for (kind, id, standing, page) in
            [("booth", BOOTH, Standing::Public, booth), ("exhibit", EXHIBIT, standing, exhibit)]
        {
            let part = ShowcasePagePart { kind: kind.to_owned(), id };
            let row = ShowcasePageRow { standing, booth: BOOTH, zone: "culture".to_owned(), card: String::new(), page };
            let put = Op::Put { c: ShowcasePageKey {}, row, at: Some(version) };
            self.hub.store().write::<ShowcasePages>(part, vec![put], Ack::Durable).await.unwrap();
        }
    }

    /// An order that the buyer submitted.
    async fn ordered(&self, number: i64, by: &Person) -> RecordId {
        let sent = json!({"exhibit": EXHIBIT, "quantity": 3, "contact_name": "李四", "region": "mainland.110105"});
        let sent: Object = serde_json::from_value(sent).unwrap();
        let files = fair::FairData::built_in();
        let context = Context { today: fair::Day::in_shanghai(self.hub.now()), terms: &files, tag_digits: false };
        let offer = Offer {
            exhibit: EXHIBIT,
            number: "20200715125957oPs".to_owned(),
            name: "教育机器人".to_owned(),
            picture: Some(UploadId(4)),
            unit_price_fen: Some(1_000),
            seller: self.seller.team(),
            booth: BOOTH,
            booth_name: "卖方展台".to_owned(),
            region: "mainland.130100".to_owned(),
        };
        let orders = Orders::new(self.hub.running.hub().ground.flows().clone());
        let filled = SUBMIT.check(&sent, &context).unwrap();
        orders.submit(&Who::from(&by.user), RecordId(number), filled, &offer).await.unwrap().id
    }

    async fn stranger(&self) -> Person {
        let strangers = self.hub.enterprise("strangers").await;
        self.hub.person(Some(strangers), "stranger", Some(Duty::Representative)).await
    }
}

fn shown(seller: EnterpriseId) -> (String, String) {
    let enterprise = Team { id: seller, name: "sellers Ltd".to_owned(), name_en: None };
    let (published, updated) = (WHEN.to_owned(), WHEN.to_owned());
    let booth = BoothPage {
        id: BOOTH,
        name: "卖方展台".to_owned(),
        enterprise: enterprise.clone(),
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
        market_price_fen: Some(1_000),
        brand: "品牌".to_owned(),
        code: "A1".to_owned(),
        origin: "mainland.130100".to_owned(),
        category: "education".to_owned(),
        pictures: vec![Picture { id: UploadId(4), width: 600, height: 600 }],
        videos: Vec::new(),
        detail_html: String::new(),
        enterprise,
        published,
        updated,
    };
    (serde_json::to_string(&booth).unwrap(), serde_json::to_string(&exhibit).unwrap())
}

fn about(kind: &str, id: RecordId) -> Value {
    json!({"target": {"kind": kind, "id": id}})
}

fn card(conversation: &Value, client_msg_id: &str, body: &Value) -> Value {
    json!({"conversation": conversation, "client_msg_id": client_msg_id, "kind": "card", "body": body})
}

async fn context_of(socket: &mut Socket, conversation: &Value) -> Value {
    let opened = socket.ok("negotiation.open", json!({"conversation": conversation})).await;
    let listed = socket.ok("inbox.list", json!({})).await;
    let listed = listed["conversations"].as_array().unwrap().iter().find(|one| one["conversation"] == *conversation);
    assert_eq!(listed.unwrap()["context"], opened["conversation"]["context"]);
    opened["conversation"]["context"].clone()
}

#[tokio::test]
async fn a_conversation_says_what_it_is_about_and_each_context_has_its_own() {
    let market = Market::open().await;
    let order = market.ordered(7, &market.buyer).await;
    let number = market.hub.running.hub().ground.flows().look(&fair::orders::FLOW, order).await.unwrap().unwrap();
    let number = number.text("number").to_owned();
    let mut buyer = market.hub.connect(&market.buyer).await;
    let mut seller = market.hub.connect(&market.seller).await;
    let mut begun = Vec::new();
    for (kind, id, title) in
        [("booth", BOOTH, "卖方展台"), ("exhibit", EXHIBIT, "教育机器人"), ("order", order, number.as_str())]
    {
        let started = buyer.ok("negotiation.start", about(kind, id)).await;
        assert_eq!(started["created"], true, "{kind}");
        let again = buyer.ok("negotiation.start", about(kind, id)).await;
        assert_eq!(again, json!({"conversation": started["conversation"], "created": false}));
        // An id has one spelling: no other one makes another context of the same.
        let loud = json!({"target": {"kind": kind, "id": format!("{id} ")}});
        assert_eq!(buyer.refused("negotiation.start", loud).await, "not_found", "{kind}");
        let context = json!({"kind": kind, "id": id, "title": title});
        for socket in [&mut buyer, &mut seller] {
            assert_eq!(context_of(socket, &started["conversation"]).await, context);
        }
        begun.push(started["conversation"].clone());
    }
    begun.dedup();
    assert_eq!(begun.len(), 3);
    // After a restart too, from rows.
    let hub = market.hub.restart().await;
    let mut buyer = hub.connect(&market.buyer).await;
    let context = json!({"kind": "exhibit", "id": EXHIBIT, "title": "教育机器人"});
    assert_eq!(context_of(&mut buyer, &begun[1]).await, context);
    let sellers = json!({"target": {"kind": "enterprise", "id": market.seller.team()}});
    let started = buyer.ok("negotiation.start", sellers).await;
    let of_enterprise = context_of(&mut buyer, &started["conversation"]).await;
    assert_eq!(of_enterprise, json!({"kind": "enterprise", "id": market.seller.team()}), "it has no title");
}

#[tokio::test]
async fn about_what_is_not_there_nobody_talks() {
    let market = Market::open().await;
    let order = market.ordered(7, &market.buyer).await;
    let mut stranger = market.hub.connect(&market.stranger().await).await;
    let mut buyer = market.hub.connect(&market.buyer).await;
    let mut seller = market.hub.connect(&market.seller).await;
    for kind in ["booth", "exhibit", "order", "project", "live"] {
        assert_eq!(buyer.refused("negotiation.start", about(kind, RecordId(1))).await, "not_found", "{kind}");
    }
    assert_eq!(buyer.refused("negotiation.start", json!({"target": {"kind": "booth", "id": "x"}})).await, "not_found");
    assert_eq!(stranger.refused("negotiation.start", about("order", order)).await, "not_found");
    for kind in ["booth", "exhibit"] {
        let id = if kind == "booth" { BOOTH } else { EXHIBIT };
        let error = seller.ask("negotiation.start", about(kind, id)).await.unwrap_err();
        assert_eq!((&error["code"], &error["fields"][0]["code"]), (&json!("invalid"), &json!("own")), "{kind}");
    }
    market.show(Standing::Hidden, 2).await;
    assert_eq!(buyer.refused("negotiation.start", about("exhibit", EXHIBIT)).await, "not_found", "off the shelf");
    assert!(seller.ok("negotiation.start", about("order", order)).await["created"] == true, "either side begins");
}

#[tokio::test]
async fn cards_show_what_the_hub_found_and_stay_so() {
    let market = Market::open().await;
    let order = market.ordered(7, &market.buyer).await;
    let mut buyer = market.hub.connect(&market.buyer).await;
    let mut seller = market.hub.connect(&market.seller).await;
    let conversation = buyer.ok("negotiation.start", about("exhibit", EXHIBIT)).await["conversation"].take();
    seller.ok("negotiation.open", json!({"conversation": conversation})).await;
    let of_exhibit = json!({"type": "exhibit", "id": EXHIBIT});
    let sent = buyer.ok("negotiation.send", card(&conversation, "1", &of_exhibit)).await;
    let entry = seller.event("negotiation.message").await;
    let shown =
        json!({"number": "20200715125957oPs", "name": "教育机器人", "picture": UploadId(4), "market_price_fen": 1_000});
    assert_eq!(entry["d"]["body"], json!({"type": "exhibit", "id": EXHIBIT, "exhibit": shown}));
    let of_order = json!({"type": "order", "id": order});
    seller.ok("negotiation.send", card(&conversation, "1", &of_order)).await;
    let body = seller.event("negotiation.message").await["d"]["body"].take();
    assert_eq!((&body["order"]["state"], &body["order"]["subtotal_fen"]), (&json!("to_handle"), &json!(3_000)));
    assert!(!body.to_string().contains("李四"), "no contact on a card");

    // What is on it stays, and the same id is the same message, though the exhibit is gone.
    market.show(Standing::Hidden, 2).await;
    let again = buyer.ok("negotiation.send", card(&conversation, "1", &of_exhibit)).await;
    assert_eq!((&again["seq"], &again["duplicate"]), (&sent["seq"], &json!(true)));
    assert_eq!(buyer.refused("negotiation.send", card(&conversation, "2", &of_exhibit)).await, "not_found");
    let flows = market.hub.running.hub().ground.flows();
    let input = Input { fields: Map::from_iter([("amount_fen".to_owned(), json!(9))]), note: None };
    let at = (&fair::orders::FLOW, order, 1);
    flows.advance(&Who::from(&market.seller.user), at, "deal", input).await.unwrap();
    let history = json!({"conversation": conversation, "before": 100});
    let entries = buyer.ok("negotiation.history", history).await["entries"].take();
    assert_eq!((&entries[0]["body"]["exhibit"], &entries[1]["body"]), (&shown, &body));
}

#[tokio::test]
async fn nobody_shows_what_is_not_theirs_to_show() {
    let market = Market::open().await;
    let stranger = market.stranger().await;
    let order = market.ordered(7, &market.buyer).await;
    let others = market.ordered(8, &stranger).await;
    let mut buyer = market.hub.connect(&market.buyer).await;
    let mut seller = market.hub.connect(&market.seller).await;
    let conversation = buyer.ok("negotiation.start", about("order", order)).await["conversation"].take();
    // The seller's order, and not the buyer's.
    for socket in [&mut buyer, &mut seller] {
        let of_others = card(&conversation, "1", &json!({"type": "order", "id": others}));
        assert_eq!(socket.refused("negotiation.send", of_others).await, "not_found");
    }
    // A draft: its owner shows it, and nobody else.
    let flows = market.hub.running.hub().ground.flows();
    let fields =
        Map::from_iter([("name".to_owned(), json!("草稿")), ("number".to_owned(), json!("20200715125957abc"))]);
    let (id, owner, input) = (RecordId(33), market.seller.team(), Input { fields, note: None });
    let new = New { id, owner, second: None, action: "create", input };
    let admin = market.hub.admin(owner).await;
    flows.create(&Who::from(&admin.user), &fair::exhibits::FLOW, new).await.unwrap();
    let of_draft = json!({"type": "exhibit", "id": id});
    assert_eq!(buyer.refused("negotiation.send", card(&conversation, "2", &of_draft)).await, "not_found");
    seller.ok("negotiation.open", json!({"conversation": conversation})).await;
    seller.ok("negotiation.send", card(&conversation, "2", &of_draft)).await;
    let body = seller.event("negotiation.message").await["d"]["body"].take();
    assert_eq!(body["exhibit"], json!({"number": "20200715125957abc", "name": "草稿"}));
    for (body, at, code) in [
        (json!({"type": "exhibit"}), "/d/body/id", "missing"),
        (json!({"type": "exhibit", "id": id, "exhibit": {"name": "forged"}}), "/d/body", "shape"),
        (json!({"type": "nonsense", "id": id}), "/d/body/type", "unsupported"),
    ] {
        let error = seller.ask("negotiation.send", card(&conversation, "3", &body)).await.unwrap_err();
        assert_eq!(error["fields"][0], json!({"at": at, "code": code}), "{body}");
    }
}

#[tokio::test]
async fn both_sides_hear_of_an_order_and_of_each_step() {
    let market = Market::open().await;
    let hub = &market.hub;
    let colleague = hub.person(Some(market.buyer.team()), "helper", Some(Duty::Other)).await;
    let mut sockets = Vec::new();
    for person in [&market.buyer, &market.seller, &colleague, &market.stranger().await] {
        sockets.push(hub.connect(person).await);
    }
    let sent = json!({"exhibit": EXHIBIT, "quantity": 3, "contact_name": "李四", "region": "mainland.110105"});
    let made = hub.post("/v1/orders", &market.buyer.token, sent).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let order = made.body();
    for socket in &mut sockets[..3] {
        let told = json!({"kind": "order", "id": order["id"], "version": 1, "state": "to_handle"});
        assert_eq!(socket.event("order.created").await["d"], told);
        assert_eq!(socket.event("order.state_changed").await["d"], told);
    }
    let notice = sockets[1].event("notification.new").await;
    assert_eq!(notice["d"]["body"]["id"], order["id"]);
    let path = format!("POST /v1/orders/{}/request-confirmation", order["id"].as_str().unwrap());
    let amount = json!({"amount_fen": 2_500});
    let asked = hub.http(&path, Some(&market.seller.token), "if-match: \"1\"\r\n", Some(&amount)).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    for socket in &mut sockets[..3] {
        assert_eq!(socket.event("order.state_changed").await["d"]["state"], "in_progress");
    }
    let notice = sockets[0].event("notification.new").await;
    assert_eq!(notice["d"]["body"]["state"], "in_progress", "who has to answer is told");
    for socket in &mut sockets[2..] {
        socket.ok("ping", json!({})).await;
        assert!(socket.heard("notification.new").is_empty(), "other duties, and others, are not");
    }
    assert!(sockets[3].heard("order.state_changed").is_empty() && sockets[3].heard("order.created").is_empty());
}
