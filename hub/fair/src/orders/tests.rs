use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use storage::ids::Millis;
use storage::{Clock, Entropy, Store};

use super::*;
use crate::accounts::tests::{START, over};
use crate::accounts::{NewEnterprise, NewUser, Page, User};
use crate::data::FairData;
use crate::flow::{Told, tests::outlets};
use crate::form::{Context, Form, Object};
use crate::kind::Duty;
use crate::messages::provider::Providers;
use crate::seal::Contact;

mod crash;
mod steps;

/// Two enterprises with one of each duty, over any store.
struct Fixture {
    clock: Clock,
    accounts: Accounts,
    flows: Flows,
    orders: Orders,
    files: FairData,
    told: Arc<Mutex<Vec<Told>>>,
    seller: Team,
    buyer: Team,
    stranger: Team,
}

struct Team {
    id: EnterpriseId,
    /// Administers it, as a consultant.
    admin: User,
    representative: User,
    consultant: User,
    staff: User,
}

impl Team {
    async fn new(accounts: &Accounts, name: &str) -> Self {
        let (kind, identifier) = (Kind::Enterprise, name.to_owned());
        let new = NewEnterprise { kind, identifier, name: format!("{name} 公司"), name_en: None };
        let id = accounts.create_enterprise(new).await.unwrap().id;
        let person = async |username: &str, duty, admin| {
            let (enterprise, username, contact) = (Some(id), username.to_owned(), Contact::default());
            let new = NewUser { enterprise, username, name: None, duty: Some(duty), admin, password: None, contact };
            accounts.create_user(new).await.unwrap()
        };
        Self {
            id,
            admin: person("chief", Duty::Consultant, true).await,
            representative: person("representative", Duty::Representative, false).await,
            consultant: person("consultant", Duty::Consultant, false).await,
            staff: person("staff", Duty::Other, false).await,
        }
    }
}

impl Fixture {
    async fn new() -> Self {
        let clock = Clock::manual(START);
        Self::over(Store::model(clock.clone()), clock).await
    }

    async fn over(store: Store, clock: Clock) -> Self {
        let accounts = over(&store, &clock);
        let (seller, buyer) = (Team::new(&accounts, "seller").await, Team::new(&accounts, "buyer").await);
        let stranger = Team::new(&accounts, "stranger").await;
        let (flows, told) = flows_over(&accounts);
        let (orders, files) = (Orders::new(flows.clone()), FairData::built_in());
        Self { clock, accounts, flows, orders, files, told, seller, buyer, stranger }
    }

    fn offer(&self, unit_price_fen: Option<i64>) -> Offer {
        Offer {
            exhibit: RecordId(9),
            number: "20200715125957oPs".to_owned(),
            name: "教育机器人".to_owned(),
            picture: Some(UploadId(4)),
            unit_price_fen,
            seller: self.seller.id,
            booth: RecordId(8),
            booth_name: "卖方展台".to_owned(),
            region: "mainland.130100".to_owned(),
        }
    }

    fn filled(&self, form: &Form, sent: Value) -> Result<Filled> {
        let sent: Object = serde_json::from_value(sent).unwrap();
        form.check(&sent, &Context { today: Day::in_shanghai(self.clock.now()), terms: &self.files, tag_digits: false })
    }

    fn intent(&self, quantity: i64) -> Filled {
        let sent = json!({"exhibit": RecordId(9), "quantity": quantity, "contact_name": "李四",
            "region": "mainland.110105", "budget_fen": 500_000, "note": "尽快"});
        self.filled(&form::SUBMIT, sent).unwrap()
    }

    async fn submit_as(&self, user: &User, id: i64) -> Result<Record> {
        self.orders.submit(&Who::from(user), RecordId(id), self.intent(3), &self.offer(Some(1_000))).await
    }

    async fn submitted(&self, id: i64) -> Record {
        self.submit_as(&self.buyer.representative, id).await.unwrap()
    }

    fn recorded(&self, buyer: EnterpriseId) -> Filled {
        let sent =
            json!({"exhibit": RecordId(9), "buyer": buyer, "quantity": 2, "amount_fen": 1_500, "note": "电话约定"});
        self.filled(&form::RECORD, sent).unwrap()
    }

    async fn step(&self, user: &User, order: &Record, action: &str, input: Input) -> Result<Record> {
        self.flows.advance(&Who::from(user), (&FLOW, order.id, order.version), action, input).await
    }

    async fn listed(&self, scope: Scope, filter: &Filter<'_>) -> Vec<i64> {
        let page: Page<Record> = self.orders.list(scope, filter, (None, 100)).await.unwrap();
        page.items.iter().map(|order| order.id.0).collect()
    }

    fn take_told(&self) -> Vec<Told> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

use crate::flow::Scope;

fn flows_over(accounts: &Accounts) -> (Flows, Arc<Mutex<Vec<Told>>>) {
    let flows = Flows::new(accounts.clone(), outlets(accounts, Providers::default().or_kept()).0);
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&told);
    flows.tell_by(move |one| into.lock().unwrap().push(one));
    (flows, told)
}

fn amount(fen: i64) -> Input {
    Input { fields: Map::from_iter([("amount_fen".to_owned(), fen.into())]), note: None }
}

#[tokio::test]
async fn what_is_submitted_is_frozen_and_reaches_both_sides() {
    let it = Fixture::new().await;
    let order = it.submitted(7).await;
    assert_eq!((order.owner, order.second, order.state), (it.seller.id, Some(it.buyer.id), "to_handle"));
    let number = Number::parse(order.text("number")).unwrap();
    assert!(number.to_string().starts_with(&Day::in_shanghai(START).to_string().replace('-', "")));
    let sums = ["unit_price_fen", "subtotal_fen", "budget_fen", "amount_fen"].map(|name| order.number(name));
    assert_eq!(sums, [Some(1_000), Some(3_000), Some(500_000), None]);
    let texts = ["exhibit_number", "exhibit_name", "booth_name", "seller_name", "buyer_name", "contact_name", "note"];
    let expected = ["20200715125957oPs", "教育机器人", "卖方展台", "seller 公司", "buyer 公司", "李四", "尽快"];
    assert_eq!(texts.map(|name| order.text(name)), expected);
    assert_eq!(buyer_user(&order), Some(it.buyer.representative.id));
    let told = it.take_told();
    for event in ["order.created", "order.state_changed"] {
        let one = told.iter().find(|told| told.event == event).unwrap();
        let people: BTreeSet<_> = one.users.iter().copied().collect();
        assert!(people.contains(&it.seller.staff.id) && people.contains(&it.buyer.consultant.id), "{event}");
        assert!(!people.contains(&it.stranger.representative.id), "{event}");
        assert!(!one.body.to_string().contains("李四"), "{event} names nobody");
    }
    for (user, notices) in [(&it.seller.consultant, 1), (&it.seller.staff, 0), (&it.buyer.representative, 0)] {
        let page = it.accounts.notifications(user.id, false, None, 10).await.unwrap();
        assert_eq!(page.items.len(), notices, "{}", user.username);
    }
}

#[tokio::test]
async fn an_exhibit_without_a_price_makes_an_order_without_a_sum() {
    let it = Fixture::new().await;
    let who = Who::from(&it.buyer.consultant);
    let order = it.orders.submit(&who, RecordId(7), it.intent(3), &it.offer(None)).await.unwrap();
    assert_eq!((order.number("unit_price_fen"), order.number("subtotal_fen")), (None, None));
}

#[tokio::test]
async fn quantities_and_sums_have_limits() {
    let it = Fixture::new().await;
    let who = Who::from(&it.buyer.representative);
    for (field, value, code) in [
        ("quantity", json!(0), "too_small"),
        ("quantity", json!(form::QUANTITY_MAX + 1), "too_big"),
        ("quantity", json!(1.5), "wrong_type"),
        ("quantity", json!(u64::MAX), "too_big"),
        ("budget_fen", json!(-1), "too_small"),
        ("budget_fen", json!(form::PRICE_FEN_MAX + 1), "too_big"),
        ("note", json!("一".repeat(201)), "too_long"),
        ("contact_name", json!(" "), "too_short"),
        ("region", json!("nowhere"), "not_an_option"),
        ("amount_fen", json!(1), "unknown_field"),
        ("number", json!("202006281000035"), "unknown_field"),
    ] {
        let mut sent =
            json!({"exhibit": RecordId(9), "quantity": 1, "contact_name": "李四", "region": "mainland.110105"});
        sent[field] = value;
        assert_eq!(it.filled(&form::SUBMIT, sent).unwrap_err(), Error::invalid(format!("/{field}"), code));
    }
    // The greatest price by the greatest quantity is more than every client counts.
    let dear = it.offer(Some(form::PRICE_FEN_MAX));
    let fits = SUM_FEN_MAX / form::PRICE_FEN_MAX;
    for quantity in [fits + 1, form::QUANTITY_MAX] {
        let refused = it.orders.submit(&who, RecordId(7), it.intent(quantity), &dear).await;
        assert_eq!(refused.unwrap_err(), Error::invalid("/quantity", "too_big"));
    }
    let order = it.orders.submit(&who, RecordId(7), it.intent(fits), &dear).await.unwrap();
    assert_eq!(order.number("subtotal_fen"), Some(fits * form::PRICE_FEN_MAX));
    let overflowing = frozen(&it.offer(Some(i64::MAX)), 2);
    assert_eq!(overflowing.unwrap_err(), Error::invalid("/quantity", "too_big"));
    for (fen, code) in [(0, "too_small"), (-1, "too_small"), (SUM_FEN_MAX + 1, "too_big")] {
        let refused = it.filled(&form::HANDLE, json!({"amount_fen": fen}));
        assert_eq!(refused.unwrap_err(), Error::invalid("/amount_fen", code));
    }
    assert!(it.filled(&form::HANDLE, json!({"amount_fen": SUM_FEN_MAX})).is_ok());
}

#[tokio::test]
async fn nobody_orders_their_own_or_for_others() {
    let it = Fixture::new().await;
    let own = it.submit_as(&it.seller.representative, 7).await;
    assert_eq!(own.unwrap_err(), Error::Conflict("the exhibit is the buyer's own"));
    assert_eq!(it.submit_as(&it.buyer.staff, 7).await.unwrap_err(), Error::Forbidden);
    let (user, offer) = (UserId(1), it.offer(None));
    for (kind, team) in [(Kind::Individual, None), (Kind::Institution, Some(it.stranger.id)), (Kind::Committee, None)] {
        let who = Who::Account { user, kind, team, admin: true, duty: None };
        let refused = it.orders.submit(&who, RecordId(7), it.intent(1), &offer).await;
        assert_eq!(refused.unwrap_err(), Error::Forbidden, "{kind:?}");
    }
    assert!(it.listed(Scope::All, &Filter::default()).await.is_empty());
    assert!(it.take_told().is_empty());
}

#[tokio::test]
async fn what_an_exhibitor_records_awaits_its_buyer() {
    let it = Fixture::new().await;
    let (who, offer) = (Who::from(&it.seller.representative), it.offer(Some(1_000)));
    let record = async |who: &Who, buyer| it.orders.record(who, RecordId(7), it.recorded(buyer), &offer).await;
    for other in [&it.seller.consultant, &it.seller.admin, &it.buyer.representative, &it.stranger.representative] {
        assert_eq!(record(&Who::from(other), it.buyer.id).await.unwrap_err(), Error::Forbidden, "{}", other.username);
    }
    assert_eq!(record(&who, EnterpriseId(99)).await.unwrap_err(), Error::invalid("/buyer", "unknown"));
    let own = record(&who, it.seller.id).await;
    assert_eq!(own.unwrap_err(), Error::Conflict("the exhibit is the buyer's own"));
    let order = record(&who, it.buyer.id).await.unwrap();
    assert_eq!(
        (order.state, order.number("amount_fen"), order.text("response")),
        ("in_progress", Some(1_500), "电话约定")
    );
    assert_eq!((buyer_user(&order), order.text("note"), order.fields.get("buyer")), (None, "", None));
    let dealt = it.step(&it.buyer.representative, &order, "accept", Input::default()).await.unwrap();
    assert_eq!((dealt.state, dealt.number("amount_fen")), ("dealt", Some(1_500)));
}

#[tokio::test]
async fn asked_again_an_order_is_there_and_no_second_one() {
    let it = Fixture::new().await;
    let first = it.submitted(7).await;
    it.clock.advance_ms(86_400_000);
    let again = it.submitted(7).await;
    assert_eq!((again.version, again.text("number")), (1, first.text("number")));
    let both = tokio::join!(it.submitted(8), it.submitted(8));
    assert_eq!(both.0.text("number"), both.1.text("number"));
    assert_eq!(it.listed(Scope::All, &Filter::default()).await, [8, 7]);
}

#[tokio::test]
async fn numbers_of_sixty_four_writers_over_two_hubs_are_all_different() {
    let it = Fixture::new().await;
    // Another process over the same store, whose chance is another.
    let keys = crate::token::Keys::derive(&"a-secret-of-at-least-32-bytes-for-tests".into()).unwrap();
    let other = Accounts::with_entropy(it.accounts.store().clone(), it.clock.clone(), keys, Entropy::seeded(99));
    let others = Orders::new(flows_over(&other).0);
    let who = Who::from(&it.buyer.representative);
    let offer = it.offer(Some(1));
    let writers = (0..64).map(|writer: i64| {
        let orders = if writer % 2 == 0 { &it.orders } else { &others };
        let (it, offer, who) = (&it, &offer, &who);
        async move {
            let mut numbers = Vec::new();
            for n in 0..8 {
                let order = orders.submit(who, RecordId(1 + writer * 8 + n), it.intent(1), offer).await.unwrap();
                numbers.push(order.text("number").to_owned());
            }
            numbers
        }
    });
    let numbers: Vec<_> = join_all(writers).await.into_iter().flatten().collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 64 * 8);
    assert_eq!(it.listed(Scope::All, &Filter { number: Some(&numbers[77]), ..Filter::default() }).await.len(), 1);
}

#[tokio::test]
async fn lists_are_of_either_side_and_filtered() {
    let it = Fixture::new().await;
    it.submitted(1).await;
    // 00:00 of the next day in Shanghai.
    let next = Day::in_shanghai(START).plus(1);
    it.clock.advance_ms((next.begins().0 - START.0).try_into().unwrap());
    let who = Who::from(&it.stranger.consultant);
    let second = it.orders.submit(&who, RecordId(2), it.intent(1), &it.offer(None)).await.unwrap();
    it.clock.advance_ms(86_400_000 - 1);
    let third = it.submitted(3).await;
    it.step(&it.seller.representative, &third, "close", Input::default()).await.unwrap();
    let all = Filter::default();
    let (selling, buying) = (Role::Seller.scope(it.seller.id), Role::Buyer.scope(it.buyer.id));
    assert_eq!(it.listed(selling, &all).await, [3, 2, 1]);
    assert_eq!(it.listed(buying, &all).await, [3, 1]);
    assert!(it.listed(Role::Seller.scope(it.buyer.id), &all).await.is_empty());
    assert_eq!(it.listed(selling, &Filter { state: Some("closed"), ..all.clone() }).await, [3]);
    assert_eq!(it.listed(selling, &Filter { buyer: Some("BUYER"), ..all.clone() }).await, [3, 1]);
    assert_eq!(it.listed(selling, &Filter { buyer: Some("公司"), ..all.clone() }).await, [3, 2, 1]);
    let (today, tomorrow) = (Day::in_shanghai(START).to_string(), next.to_string());
    let days = |from, to| Filter { from, to, ..Filter::default() };
    assert_eq!(it.listed(selling, &days(None, Some(&today))).await, [1]);
    assert_eq!(it.listed(selling, &days(Some(&tomorrow), Some(&tomorrow))).await, [3, 2]);
    assert_eq!(it.listed(selling, &days(Some(&today), None)).await, [3, 2, 1]);
    assert!(it.listed(selling, &days(Some(&tomorrow), Some(&today))).await.is_empty());
    let number = second.text("number");
    assert_eq!(it.listed(selling, &Filter { number: Some(number), ..all.clone() }).await, [2]);
    assert!(it.listed(buying, &Filter { number: Some(number), ..all.clone() }).await.is_empty(), "another buyer's");
    assert!(it.listed(selling, &Filter { number: Some("2020"), ..all.clone() }).await.is_empty());
    for (filter, at, code) in [
        (Filter { state: Some("asleep"), ..all.clone() }, "/state", "not_an_option"),
        (days(Some("2020-02-30"), None), "/from", "no_such_day"),
        (days(None, Some("tomorrow")), "/to", "no_such_day"),
    ] {
        let refused = it.orders.list(selling, &filter, (None, 10)).await;
        assert_eq!(refused.unwrap_err(), Error::invalid(at, code));
    }
}

#[tokio::test]
async fn pages_of_what_is_wanted_hold_each_once_in_order() {
    let it = Fixture::new().await;
    let who = Who::from(&it.stranger.representative);
    for id in 1..=30 {
        it.clock.advance_ms(1);
        if id % 5 == 0 {
            it.submitted(id).await;
        } else {
            it.orders.submit(&who, RecordId(id), it.intent(1), &it.offer(None)).await.unwrap();
        }
    }
    let filter = Filter { buyer: Some("buyer"), ..Filter::default() };
    let to = START.plus_ms(1_000);
    assert_eq!(Day::in_shanghai(to), Day::in_shanghai(START));
    for limit in [1, 2, 5, 6, 7] {
        let (mut found, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            let scope = Role::Seller.scope(it.seller.id);
            let page = it.orders.list(scope, &filter, (cursor.as_deref(), limit)).await.unwrap();
            assert!(page.items.len() <= limit as usize);
            found.extend(page.items.iter().map(|order| order.id.0));
            pages += 1;
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(found, [30, 25, 20, 15, 10, 5], "{limit} a page");
        assert!(pages <= 7, "{pages} pages of {limit}");
    }
    let far = Filter { from: Some("2999-01-01"), ..Filter::default() };
    assert!(it.listed(Scope::All, &far).await.is_empty());
    let ever = Millis(i64::MIN)..Millis(i64::MAX);
    assert!(ever.contains(&START));
}
