use std::collections::BTreeSet;

use futures_util::future::join_all;
use storage::Store;

use super::*;
use crate::booths::tests::{Fair, account, object, refused};
use crate::kind::Kind;
use crate::uploads::Use;

impl Fair {
    pub(crate) async fn make(&self, sent: &Value) -> Result<Record> {
        self.within(async |context| self.exhibits.create(&self.owner, &object(sent), context).await).await
    }

    pub(crate) async fn edit(&self, record: &Record, patch: &Value) -> Result<Record> {
        let at = (record.id, record.version);
        self.within(async |context| self.exhibits.update(&self.owner, at, &object(patch), context).await).await
    }

    pub(crate) async fn hand_in(&self, record: &Record) -> Result<Record> {
        let at = (record.id, record.version);
        self.within(async |context| self.exhibits.submit(&self.owner, at, context).await).await
    }

    pub(crate) async fn judge(&self, record: &Record, action: &str) -> Result<Record> {
        let note = (action == "reject").then(|| "不清楚".to_owned());
        let input = Input { fields: Map::new(), note };
        self.exhibits.advance(&self.reviewer, (record.id, record.version), action, input).await
    }

    pub(crate) async fn act(&self, record: &Record, action: &str) -> Result<Record> {
        match action {
            "shelve" => self.exhibits.shelve(&self.owner, (record.id, record.version)).await,
            _ => self.exhibits.advance(&self.owner, (record.id, record.version), action, Input::default()).await,
        }
    }

    /// The guide's values, with a picture of that number.
    pub(crate) async fn exhibit(&self, booth: &Record, picture: i64) -> Value {
        json!({
            "booth": booth.id, "name": "影视后期", "category": "business.professional", "origin": "mainland.110105",
            "brand": "河北", "market_price_fen": 1_288_000, "summary": "影视后期制作",
            "pictures": [self.upload(picture, Use::Picture).await], "detail_html": "<p>详情</p>",
        })
    }

    /// An approved one that is not on sale yet.
    pub(crate) async fn approved(&self, booth: &Record, picture: i64) -> Record {
        let exhibit = self.make(&self.exhibit(booth, picture).await).await.unwrap();
        let pending = self.hand_in(&exhibit).await.unwrap();
        self.judge(&pending, "approve").await.unwrap()
    }

    pub(crate) async fn on_sale(&self, booth: &Record, picture: i64) -> Record {
        self.act(&self.approved(booth, picture).await, "shelve").await.unwrap()
    }
}

async fn wrong(fair: &Fair, field: &str, value: Value) -> Vec<(String, &'static str)> {
    let sent = json!({ field: value });
    let checked = fair.within(async |context| EXHIBIT.check_draft(&object(&sent), context)).await;
    match checked {
        Ok(_) => Vec::new(),
        Err(_) => refused(checked),
    }
}

#[tokio::test]
async fn every_field_has_its_limits() {
    let fair = Fair::new().await;
    let text = |chars: usize| json!("展".repeat(chars));
    for (field, max) in [("name", 100), ("code", 30), ("brand", 50), ("summary", 500), ("detail_html", 1_500)] {
        assert_eq!(wrong(&fair, field, text(max)).await, [], "{field}");
        assert_eq!(wrong(&fair, field, text(max + 1)).await, [(format!("/{field}"), "too_long")]);
    }
    for field in ["market_price_fen", "wholesale_price_fen"] {
        assert_eq!(wrong(&fair, field, json!(0)).await, []);
        assert_eq!(wrong(&fair, field, json!(9_999_999_999_i64)).await, []);
        assert_eq!(wrong(&fair, field, json!(10_000_000_000_i64)).await, [(format!("/{field}"), "too_big")]);
        assert_eq!(wrong(&fair, field, json!(-1)).await, [(format!("/{field}"), "too_small")]);
        for value in [json!(1.5), json!("12.80")] {
            assert_eq!(wrong(&fair, field, value).await, [(format!("/{field}"), "wrong_type")]);
        }
    }
    let ids = |count: i64| json!((1..=count).map(UploadId).collect::<Vec<_>>());
    for (field, max) in [("pictures", 5), ("videos", 2)] {
        assert_eq!(wrong(&fair, field, ids(max)).await, []);
        assert_eq!(wrong(&fair, field, ids(max + 1)).await, [(format!("/{field}"), "too_many")]);
    }
    for (field, code) in [("category", "business"), ("origin", "nowhere")] {
        assert_eq!(wrong(&fair, field, json!(code)).await, [(format!("/{field}"), "not_an_option")]);
    }
}

#[tokio::test]
async fn an_exhibit_is_of_a_booth_of_its_enterprise_and_of_a_category_of_that() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    assert_eq!(refused(fair.make(&json!({})).await), [("/booth".to_owned(), "required")]);
    assert_eq!(refused(fair.make(&json!({"booth": RecordId(7)})).await), [("/booth".to_owned(), "unknown")]);
    let (stranger, _) = account(&fair.accounts, Kind::Enterprise, "stranger").await;
    let sent = object(&json!({"booth": booth.id}));
    let foreign = fair.within(async |context| fair.exhibits.create(&stranger, &sent, context).await).await;
    assert_eq!(refused(foreign), [("/booth".to_owned(), "unknown")]);
    let other = json!({"booth": booth.id, "category": "education.primary"});
    assert_eq!(refused(fair.make(&other).await), [("/category".to_owned(), "not_an_option")]);

    let exhibit = fair.make(&json!({"booth": booth.id})).await.unwrap();
    assert_eq!((exhibit.state, exhibit.second), ("draft", booth.second));
    assert_eq!(refused(fair.edit(&exhibit, &json!({"booth": RecordId(7)})).await), [("/booth".to_owned(), "locked")]);
    let missing = ["name", "category", "origin", "brand", "summary", "pictures"];
    let missing = missing.map(|field| (format!("/{field}"), "required"));
    assert_eq!(refused(fair.hand_in(&exhibit).await), missing);
    let whole = fair.edit(&exhibit, &fair.exhibit(&booth, 500).await).await.unwrap();
    // The booth gives the category up meanwhile.
    fair.update(&booth, &json!({"categories": ["business.computer"]})).await.unwrap();
    assert_eq!(refused(fair.hand_in(&whole).await), [("/category".to_owned(), "not_an_option")]);
    let moved = fair.edit(&whole, &json!({"category": "business.computer"})).await.unwrap();
    assert_eq!(fair.hand_in(&moved).await.unwrap().state, "pending");
}

#[tokio::test]
async fn a_code_that_is_left_empty_is_the_number() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let exhibit = fair.make(&json!({"booth": booth.id})).await.unwrap();
    let number = exhibit.text(NUMBER).to_owned();
    let written = crate::day::written(fair.clock.now());
    let time: String = written.chars().take(19).filter(char::is_ascii_digit).collect();
    assert_eq!((number.len(), &number[..14]), (17, time.as_str()), "the moment, and three characters");
    assert!(number.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(exhibit.text("code"), number);
    let own = fair.edit(&exhibit, &json!({"code": "A-1"})).await.unwrap();
    assert_eq!(own.text("code"), "A-1");
    let none = fair.edit(&own, &json!({"code": null})).await.unwrap();
    assert_eq!((none.text("code"), none.text(NUMBER)), (number.as_str(), number.as_str()));
}

/// Two hubs that draw the same chance in one second: the worst that can be.
#[tokio::test]
async fn no_two_exhibits_have_one_number() {
    let fair = Fair::new().await;
    let hubs = [fair.process(&fair.store, 5), fair.process(&fair.store, 5)];
    let writers = (0..64).map(|n| {
        let (hub, id) = (hubs[n % 2].clone(), RecordId(1_000 + n as i64));
        async move { (id, number::claim(&hub.accounts, id).await.unwrap()) }
    });
    let claimed = join_all(writers).await;
    let numbers: BTreeSet<_> = claimed.iter().map(|(_, number)| number.clone()).collect();
    assert_eq!(numbers.len(), 64);
    for (id, number) in &claimed {
        assert_eq!(number::find(&fair.accounts, number).await.unwrap(), Some(*id));
    }
    let (id, number) = &claimed[0];
    number::release(&fair.accounts, number, RecordId(7)).await.unwrap();
    assert!(number::find(&fair.accounts, number).await.unwrap().is_some(), "another's stays");
    number::release(&fair.accounts, number, *id).await.unwrap();
    assert_eq!(number::find(&fair.accounts, number).await.unwrap(), None);
}

#[tokio::test]
async fn sixty_four_writers_of_two_hubs_make_as_many_exhibits() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let hubs = [fair.process(&fair.store, 1), fair.process(&fair.store, 2)];
    let sent = json!({"booth": booth.id});
    let made = join_all((0..64).map(|n| hubs[n % 2].make(&sent))).await;
    let numbers: BTreeSet<_> = made.into_iter().map(|made| made.unwrap().text(NUMBER).to_owned()).collect();
    assert_eq!(numbers.len(), 64);
    let mine = fair.exhibits.list(&fair.owner, Scope::Owner(fair.team), &Filter::default(), (None, 100)).await.unwrap();
    assert_eq!(mine.items.len(), 64);
    for number in numbers.iter().take(3) {
        let filter = Filter { number: Some(number), ..Filter::default() };
        let found = fair.exhibits.list(&fair.owner, Scope::Owner(fair.team), &filter, (None, 20)).await.unwrap();
        assert_eq!(found.items.len(), 1);
        let foreign = fair.exhibits.list(&fair.owner, Scope::Owner(storage::ids::EnterpriseId(7)), &filter, (None, 20));
        assert!(foreign.await.unwrap().items.is_empty());
    }
}

#[tokio::test]
async fn the_two_states_are_those_of_the_guide() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let both = |record: &Record| (record.state, review_state(record), shelf_state(record));
    let exhibit = fair.make(&fair.exhibit(&booth, 500).await).await.unwrap();
    assert_eq!(both(&exhibit), ("draft", "draft", "waiting"));
    let pending = fair.hand_in(&exhibit).await.unwrap();
    assert_eq!(both(&pending), ("pending", "pending", "waiting"));
    let rejected = fair.judge(&pending, "reject").await.unwrap();
    assert_eq!(both(&rejected), ("rejected", "rejected", "waiting"));
    let approved = fair.judge(&fair.hand_in(&rejected).await.unwrap(), "approve").await.unwrap();
    assert_eq!(both(&approved), ("approved", "approved", "waiting"));
    let on_sale = fair.act(&approved, "shelve").await.unwrap();
    assert_eq!(both(&on_sale), ("on_sale", "approved", "on_sale"));
    let off = fair.act(&on_sale, "unshelve").await.unwrap();
    assert_eq!(both(&off), ("unshelved", "approved", "off_shelf"));
    let revising = fair.edit(&off, &json!({"name": "别的"})).await.unwrap();
    assert_eq!(both(&revising), ("revising", "approved", "off_shelf"));
    assert!(!revising.actions(&fair.owner).contains(&"unshelve"));
    assert_eq!(fair.act(&revising, "unshelve").await.unwrap_err(), Error::Conflict("it is not on sale"));

    let again = fair.on_sale(&booth, 501).await;
    let revising = fair.edit(&again, &json!({"name": "别的"})).await.unwrap();
    assert_eq!(both(&revising), ("revising", "approved", "on_sale"));
    assert!(revising.actions(&fair.owner).contains(&"unshelve"));
    let off = fair.act(&revising, "unshelve").await.unwrap();
    assert_eq!((both(&off), off.text("name")), (("revising", "approved", "off_shelf"), "别的"), "what is typed stays");
    let again = fair.edit(&fair.on_sale(&booth, 502).await, &json!({"name": "别的"})).await.unwrap();
    let pending = fair.hand_in(&again).await.unwrap();
    assert_eq!(both(&pending), ("pending", "pending", "off_shelf"));
    let approved = fair.judge(&pending, "approve").await.unwrap();
    assert_eq!(both(&approved), ("approved", "approved", "waiting"));
}

#[tokio::test]
async fn who_shelves_and_who_refuses_do_not_both_have_their_way() {
    for round in 0..6 {
        let fair = Fair::new().await;
        let booth = fair.shown().await;
        let approved = fair.approved(&booth, 500).await;
        let (shelved, rejected) = tokio::join!(fair.act(&approved, "shelve"), fair.judge(&approved, "reject"));
        assert!(shelved.is_ok() && rejected.is_err(), "round {round}: what is approved is not refused any more");
        let pending =
            fair.hand_in(&fair.edit(&shelved.unwrap(), &json!({"name": "别的"})).await.unwrap()).await.unwrap();
        let patch = json!({"name": "又一个"});
        let (shelved, rejected, edited) =
            tokio::join!(fair.act(&pending, "shelve"), fair.judge(&pending, "reject"), fair.edit(&pending, &patch));
        assert!(shelved.is_err() && rejected.is_ok() && edited.is_err(), "round {round}: nor sold unapproved");
        assert!(fair.showcase.exhibit(pending.id).await.is_err());
    }
}

#[tokio::test]
async fn of_an_edit_and_a_move_onto_the_shelf_one_is_first() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    for round in 0..6 {
        let approved = fair.approved(&booth, 500 + round).await;
        let patch = json!({"name": "别的"});
        let (edited, shelved) = tokio::join!(fair.edit(&approved, &patch), fair.act(&approved, "shelve"));
        assert_ne!(edited.is_ok(), shelved.is_ok(), "round {round}");
        assert_eq!(fair.showcase.exhibit(approved.id).await.is_ok(), shelved.is_ok());
        assert_eq!(edited.and(shelved).unwrap_err(), Error::Stale);
        let twice = fair.make(&fair.exhibit(&booth, 600 + round).await).await.unwrap();
        let (one, two) = tokio::join!(fair.hand_in(&twice), fair.hand_in(&twice));
        assert_ne!(one.is_ok(), two.is_ok(), "round {round}: handed in twice");
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_lets_its_pictures_go() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let on_sale = fair.on_sale(&booth, 500).await;
    assert!(matches!(fair.act(&on_sale, "delete").await, Err(Error::Conflict(_))));
    let off = fair.act(&on_sale, "unshelve").await.unwrap();
    fair.act(&off, "delete").await.unwrap();
    assert_eq!(fair.exhibits.get(&fair.owner, off.id).await.unwrap_err(), Error::NotFound);
    assert_eq!(fair.row(UploadId(500)).await.unwrap().record, None);
    let mine = fair.exhibits.list(&fair.owner, Scope::Owner(fair.team), &Filter::default(), (None, 100)).await.unwrap();
    assert!(mine.items.is_empty());
    fair.days(3).await;
    assert!(fair.row(UploadId(500)).await.is_none() && fair.row(UploadId(101)).await.is_some());
}

#[tokio::test]
async fn pictures_in_the_detail_belong_to_the_exhibit() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let detail = |id: UploadId| json!({"detail_html": format!("<p>x<img src=\"/v1/uploads/{id}/content\"></p>")});
    let (inside, other) = (fair.upload(700, Use::Illustration).await, fair.upload(701, Use::Picture).await);
    let exhibit = fair.make(&fair.exhibit(&booth, 500).await).await.unwrap();
    let with = fair.edit(&exhibit, &detail(inside)).await.unwrap();
    assert_eq!(fair.row(inside).await.unwrap().record, Some(format!("exhibit/{}", exhibit.id)));
    let wrong = fair.edit(&with, &detail(other)).await;
    assert_eq!(refused(wrong), [("/detail_html".to_owned(), "unknown_upload")], "made for something else");
    fair.edit(&with, &json!({"detail_html": "<p>y</p>"})).await.unwrap();
    fair.days(2).await;
    assert!(fair.row(inside).await.is_none());
}

#[tokio::test]
async fn a_number_is_given_back_by_what_never_came_to_be() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let mut sent = fair.exhibit(&booth, 500).await;
    sent["videos"] = json!([UploadId(9_999)]);
    let before = numbers(&fair.store).await;
    assert_eq!(refused(fair.make(&sent).await), [("/videos".to_owned(), "unknown_upload")]);
    assert_eq!((numbers(&fair.store).await, fair.row(UploadId(500)).await.unwrap().record), (before, None));
}

async fn numbers(store: &Store) -> usize {
    store.partitions::<number::ExhibitNumbers>(None, 1_000).await.unwrap().len()
}
