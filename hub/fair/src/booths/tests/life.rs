//! Forms with their limits, zones, places, and who is first.

use futures_util::future::join_all;

use super::*;

/// A draft and its patch: one field, and what is wrong with it.
async fn wrong(fair: &Fair, field: &str, value: Value) -> Vec<(String, &'static str)> {
    let sent = json!({ field: value });
    let checked = fair.within(async |context| BOOTH.check_draft(&object(&sent), context)).await;
    match checked {
        Ok(_) => Vec::new(),
        Err(_) => refused(checked),
    }
}

#[tokio::test]
async fn every_field_has_its_limits() {
    let fair = Fair::new().await;
    let text = |chars: usize| json!("展".repeat(chars));
    for (field, max) in [
        ("name", 100),
        ("introduction", 500),
        ("business", 200),
        ("offline_number", 20),
        ("contact_name", 20),
        ("phone", 20),
        ("fax", 30),
        ("address", 100),
        ("postcode", 10),
    ] {
        assert_eq!(wrong(&fair, field, text(max)).await, [], "{field}");
        assert_eq!(wrong(&fair, field, text(max + 1)).await, [(format!("/{field}"), "too_long")]);
        assert_eq!(wrong(&fair, field, json!("")).await, [(format!("/{field}"), "too_short")]);
    }
    for (field, max) in [("website", 100), ("hall_link", 100)] {
        let link = |chars: usize| json!(format!("https://example.com/{}", "a".repeat(chars - 20)));
        assert_eq!(wrong(&fair, field, link(max)).await, [], "{field}");
        assert_eq!(wrong(&fair, field, link(max + 1)).await, [(format!("/{field}"), "too_long")]);
        assert_eq!(wrong(&fair, field, json!("javascript:alert(1)")).await, [(format!("/{field}"), "format")]);
    }
    let email = |chars: usize| json!(format!("{}@example.com", "a".repeat(chars - 12)));
    assert_eq!(wrong(&fair, "email", email(50)).await, []);
    assert_eq!(wrong(&fair, "email", email(51)).await, [("/email".to_owned(), "too_long")]);
    let ids = |count: i64| json!((1..=count).map(UploadId).collect::<Vec<_>>());
    for (field, max) in [("pictures", 5), ("videos", 2)] {
        assert_eq!(wrong(&fair, field, ids(max)).await, []);
        assert_eq!(wrong(&fair, field, ids(max + 1)).await, [(format!("/{field}"), "too_many")]);
    }
    assert_eq!(wrong(&fair, "pictures", ids(0)).await, [("/pictures".to_owned(), "too_few")]);
    let tags = |count: usize| json!((0..count).map(|n| "文".repeat(n + 1)).collect::<Vec<_>>());
    assert_eq!(wrong(&fair, "tags", tags(10)).await, []);
    assert_eq!(wrong(&fair, "tags", tags(11)).await, [("/tags".to_owned(), "too_many")]);
    assert_eq!(wrong(&fair, "tags", json!(["文化", "5G"])).await, [("/tags/1".to_owned(), "charset")]);
    assert_eq!(wrong(&fair, "tags", json!(["文".repeat(21)])).await, [("/tags/0".to_owned(), "too_long")]);
    assert_eq!(wrong(&fair, "tags", json!(["文化", "文化"])).await, [("/tags/1".to_owned(), "repeated")]);
    for (field, code) in [("zone", "nowhere"), ("region", "mainland")] {
        assert_eq!(wrong(&fair, field, json!(code)).await, [(format!("/{field}"), "not_an_option")]);
    }
    for (field, code) in [("industries", "transport"), ("categories", "business")] {
        assert_eq!(wrong(&fair, field, json!([code])).await, [(format!("/{field}/0"), "not_an_option")], "a group");
    }
}

#[tokio::test]
async fn a_draft_asks_for_nothing_and_a_submission_for_everything() {
    let fair = Fair::new().await;
    let booth = fair.create(&json!({})).await.unwrap();
    assert_eq!((booth.state, booth.second), ("draft", fair.booths_reviewer()));
    let missing = refused(fair.submit(&booth).await);
    let needed = [
        "name",
        "logo",
        "introduction",
        "business",
        "pictures",
        "tags",
        "zone",
        "contact_name",
        "phone",
        "email",
        "region",
        "address",
    ];
    assert_eq!(missing, needed.map(|field| (format!("/{field}"), "required")));
    let booth = fair.update(&booth, &json!({"smart_service": true})).await.unwrap();
    let booth = fair.update(&booth, &fair.sample(100).await).await.unwrap();
    assert_eq!(refused(fair.submit(&booth).await), [("/smart_service_link".to_owned(), "required")]);
    let link = json!({"smart_service_link": "https://example.com/chat"});
    let booth = fair.update(&booth, &link).await.unwrap();
    let booth = fair.update(&booth, &json!({"smart_service": false})).await.unwrap();
    assert_eq!(booth.text("smart_service_link"), "", "it goes with what it is for");
    assert_eq!(refused(fair.update(&booth, &link).await), [("/smart_service_link".to_owned(), "not_applicable")]);
    let same = fair.update(&booth, &json!({"name": "河北文化展台"})).await.unwrap();
    assert_eq!(same.version, booth.version, "nothing has changed");
    let gone = fair.update(&booth, &json!({"name": null})).await.unwrap();
    assert_eq!(refused(fair.submit(&gone).await), [("/name".to_owned(), "required")]);
    assert_eq!(fair.submit(&booth).await.unwrap_err(), Error::Stale);
    let whole = fair.update(&gone, &json!({"name": "展台"})).await.unwrap();
    let at = (whole.id, whole.version);
    let unaccepted =
        fair.within(async |context| fair.booths.submit(&fair.owner, at, &object(&json!({})), context).await).await;
    assert_eq!(refused(unaccepted), [("/accept_rules".to_owned(), "required")]);
    let pending = fair.submit(&whole).await.unwrap();
    assert!(pending.fields.contains_key("rules_accepted_ms"), "that the rules were accepted is kept");
    assert_eq!(fair.update(&pending, &json!({"name": "x"})).await.unwrap_err(), closed());
}

fn closed() -> Error {
    Error::Conflict("its state does not allow that")
}

#[tokio::test]
async fn a_booth_waits_for_the_application() {
    let clock = Clock::manual(START);
    let fair = Fair::over(&Store::model(clock.clone()), &clock, false, 1).await;
    assert!(matches!(fair.create(&json!({})).await, Err(Error::Conflict("the enterprise has not applied to exhibit"))));
    fair.applied("pending", &json!({})).await;
    let booth = fair.create(&fair.sample(100).await).await.unwrap();
    assert_eq!(fair.submit(&booth).await.unwrap_err(), Error::Conflict("the application is not approved"));
    let other =
        fair.within(async |context| fair.booths.create(&fair.reviewer, &object(&json!({})), context).await).await;
    assert_eq!(other.unwrap_err(), Error::Forbidden);
}

#[tokio::test]
async fn the_zone_is_one_of_four_or_that_of_the_code() {
    let free = Fair::new().await;
    for special in ["culture", "5g"] {
        let chosen = free.create(&json!({"zone": special})).await;
        assert_eq!(refused(chosen), [("/zone".to_owned(), "not_an_option")]);
    }
    let booth = free.create(&json!({"zone": "twelve-domains"})).await.unwrap();
    assert_eq!(
        refused(free.update(&booth, &json!({"zone": "culture"})).await),
        [("/zone".to_owned(), "not_an_option")]
    );

    let preset = Fair::set(false, 1, &json!({"zone": "culture"})).await;
    assert_eq!(refused(preset.create(&json!({"zone": "achievements"})).await), [("/zone".to_owned(), "locked")]);
    let booth = preset.create(&json!({})).await.unwrap();
    assert_eq!(booth.text("zone"), "culture");
    assert_eq!(refused(preset.update(&booth, &json!({"zone": "finance"})).await), [("/zone".to_owned(), "locked")]);
    let kept = preset.update(&booth, &json!({"zone": null, "name": "文化"})).await.unwrap();
    assert_eq!(kept.text("zone"), "culture");
}

#[tokio::test]
async fn however_many_are_made_at_once_no_enterprise_has_more_than_it_may() {
    for count in [1, 3] {
        let fair = Fair::set(false, count, &json!({})).await;
        let made = join_all((0..16).map(|_| async { fair.create(&json!({})).await })).await;
        let full = Error::Conflict("the enterprise has as many booths as it may");
        let refused: Vec<_> = made.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused, vec![full; 16 - count as usize]);
    }
}

#[tokio::test]
async fn a_place_whose_booth_never_came_to_be_is_taken_again() {
    let fair = Fair::new().await;
    slot::claim(&fair.accounts, fair.team, RecordId(7), 1).await.unwrap();
    assert!(fair.create(&json!({})).await.is_err(), "perhaps it is being made");
    fair.clock.advance_ms(11 * 60 * 1_000);
    let booth = fair.create(&json!({})).await.unwrap();
    fair.clock.advance_ms(11 * 60 * 1_000);
    assert!(fair.create(&json!({})).await.is_err(), "that one stands");
    assert_eq!(fair.flows.look(&FLOW, booth.id).await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn a_wrong_upload_makes_no_booth_and_takes_no_place() {
    let fair = Fair::new().await;
    let mut sent = fair.sample(100).await;
    let video = fair.upload(200, Use::BoothVideo).await;
    sent["pictures"] = json!([UploadId(101), video]);
    assert_eq!(refused(fair.create(&sent).await), [("/pictures".to_owned(), "unknown_upload")]);
    assert_eq!(fair.row(UploadId(101)).await.unwrap().record, None, "what was taken is given back");
    sent["pictures"] = json!([UploadId(101)]);
    let booth = fair.create(&sent).await.unwrap();
    assert_eq!(fair.row(UploadId(101)).await.unwrap().record, Some(format!("booth/{}", booth.id)));
    let swapped = fair.update(&booth, &json!({"logo": UploadId(101)})).await;
    assert_eq!(refused(swapped), [("/logo".to_owned(), "unknown_upload")], "a picture is no logo");
}

#[tokio::test]
async fn what_the_approved_copy_names_stays_until_it_names_it_no_more() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let (old, new) = (UploadId(101), fair.upload(300, Use::Picture).await);
    let revising = fair.update(&booth, &json!({"pictures": [new]})).await.unwrap();
    assert_eq!(revising.state, "revising");
    fair.days(3).await;
    assert!(fair.row(old).await.unwrap().record.is_some(), "others still see it");
    let pending = fair.submit(&revising).await.unwrap();
    let rejected = fair.decide(&pending, "reject").await.unwrap();
    fair.days(3).await;
    assert!(fair.row(old).await.is_some(), "the reviewer still compares with it");
    let pending = fair.submit(&rejected).await.unwrap();
    fair.decide(&pending, "approve").await.unwrap();
    assert_eq!(fair.row(old).await.unwrap().record, None);
    fair.days(3).await;
    assert!(fair.row(old).await.is_none() && fair.row(new).await.is_some());
    assert!(fair.row(UploadId(100)).await.is_some(), "the logo is the same");
}

#[tokio::test]
async fn of_an_edit_and_a_decision_one_is_first() {
    for round in 0..8 {
        let fair = Fair::new().await;
        let booth = fair.create(&fair.sample(100).await).await.unwrap();
        let pending = fair.submit(&booth).await.unwrap();
        let withdraw = fair.booths.advance(&fair.owner, (pending.id, pending.version), "withdraw", Input::default());
        let (withdrawn, approved, rejected) =
            tokio::join!(withdraw, fair.decide(&pending, "approve"), fair.decide(&pending, "reject"));
        let won = [&withdrawn, &approved, &rejected].into_iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1, "round {round}: {withdrawn:?} {approved:?} {rejected:?}");
        let now = fair.flows.look(&FLOW, booth.id).await.unwrap().unwrap();
        assert_eq!(now.version, pending.version + 1);
        assert_eq!(content::approved(&now).is_some(), approved.is_ok());
        assert_eq!(fair.showcase.booth(booth.id).await.is_ok(), approved.is_ok());
    }
}

#[tokio::test]
async fn a_submission_that_is_sent_twice_is_one() {
    let fair = Fair::new().await;
    let booth = fair.create(&fair.sample(100).await).await.unwrap();
    let (one, two) = tokio::join!(fair.submit(&booth), fair.submit(&booth));
    assert_ne!(one.is_ok(), two.is_ok());
    assert_eq!(one.and(two).unwrap_err(), Error::Stale);
}
