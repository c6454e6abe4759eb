use std::collections::BTreeSet;

use serde_json::{Value, json};
use storage::ids::RecordId;

use super::*;
use crate::booths::tests::Fair;
use crate::error::Error;

/// How a booth may stand after it was approved once.
const BOOTHS: [&str; 5] = ["approved", "revising", "pending", "rejected", "withdrawn"];
/// How an exhibit may, and what brings it there from nothing.
const EXHIBITS: [&str; 10] = [
    "draft",
    "pending",
    "rejected",
    "approved",
    "on_sale",
    "unshelved",
    "revising on sale",
    "revising",
    "reviewed again",
    "refused again",
];

async fn bring_booth(fair: &Fair, shown: Record, state: &str) {
    if state == "approved" {
        return;
    }
    let revising = fair.update(&shown, &json!({"business": "别的"})).await.unwrap();
    if state == "revising" {
        return;
    }
    let pending = fair.submit(&revising).await.unwrap();
    match state {
        "rejected" => drop(fair.decide(&pending, "reject").await.unwrap()),
        "withdrawn" => {
            let at = (pending.id, pending.version);
            fair.booths.advance(&fair.owner, at, "withdraw", crate::flow::Input::default()).await.unwrap();
        }
        _ => {}
    }
}

async fn bring_exhibit(fair: &Fair, booth: &Record, state: &str) -> Record {
    let draft = fair.make(&fair.exhibit(booth, 500).await).await.unwrap();
    if state == "draft" {
        return draft;
    }
    let pending = fair.hand_in(&draft).await.unwrap();
    match state {
        "pending" => return pending,
        "rejected" => return fair.judge(&pending, "reject").await.unwrap(),
        _ => {}
    }
    let approved = fair.judge(&pending, "approve").await.unwrap();
    if state == "approved" {
        return approved;
    }
    let on_sale = fair.act(&approved, "shelve").await.unwrap();
    match state {
        "on_sale" => return on_sale,
        "unshelved" => return fair.act(&on_sale, "unshelve").await.unwrap(),
        "revising" => {
            let off = fair.act(&on_sale, "unshelve").await.unwrap();
            return fair.edit(&off, &json!({"name": "别的"})).await.unwrap();
        }
        _ => {}
    }
    let revising = fair.edit(&on_sale, &json!({"name": "别的"})).await.unwrap();
    if state == "revising on sale" {
        return revising;
    }
    let again = fair.hand_in(&revising).await.unwrap();
    if state == "reviewed again" { again } else { fair.judge(&again, "reject").await.unwrap() }
}

/// Whether each way of reading shows an exhibit, and all of them say the same.
async fn sees(fair: &Fair, id: RecordId, booth: RecordId) -> bool {
    let page = fair.showcase.exhibit(id).await;
    let seen = page.is_ok();
    if let Ok(page) = page {
        assert_eq!(page.content.name, "影视后期", "as it was approved");
    }
    let filters = [
        ExhibitFilter::default(),
        ExhibitFilter { booth: Some(booth), ..ExhibitFilter::default() },
        ExhibitFilter { zone: Some("achievements"), ..ExhibitFilter::default() },
        ExhibitFilter { category: Some("business"), zone: Some("achievements"), ..ExhibitFilter::default() },
    ];
    for filter in filters {
        let listed = fair.showcase.exhibits(&filter, (None, 20)).await.unwrap();
        let found = (listed.items.iter().filter(|card| card.id == id).count(), listed.total);
        assert_eq!(found, (usize::from(seen), u64::from(seen)), "{filter:?}");
    }
    assert_eq!(fair.showcase.exhibit_cards(&[id]).await.unwrap().len(), usize::from(seen));
    seen
}

#[tokio::test]
async fn what_is_seen_follows_from_both_states_and_the_setting() {
    for keeps in [false, true] {
        for booth_state in BOOTHS {
            for state in EXHIBITS {
                let fair = Fair::set(keeps, 1, &json!({})).await;
                let booth = fair.shown().await;
                let exhibit = bring_exhibit(&fair, &booth, state).await;
                bring_booth(&fair, booth.clone(), booth_state).await;
                let booth_is_seen = keeps || ["approved", "revising"].contains(&booth_state);
                let is_on_sale = ["on_sale", "revising on sale"].contains(&state)
                    || (keeps && ["reviewed again", "refused again"].contains(&state));
                let context = format!("booth {booth_state}, exhibit {state}, keeps {keeps}");
                let page = fair.showcase.booth(booth.id).await;
                assert_eq!(page.is_ok(), booth_is_seen, "{context}");
                assert!(page.is_err() || page.unwrap().business == "演出与出版", "{context}: as it was approved");
                let listed = fair.showcase.booths(&BoothFilter::default(), (None, 20)).await.unwrap();
                assert_eq!(
                    (listed.items.len(), listed.total),
                    (booth_is_seen.into(), booth_is_seen.into()),
                    "{context}"
                );
                assert_eq!(sees(&fair, exhibit.id, booth.id).await, booth_is_seen && is_on_sale, "{context}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_taken_down_nobody_sees_until_it_is_approved_anew() {
    for keeps in [false, true] {
        for state in ["on_sale", "revising on sale", "reviewed again", "refused again"] {
            let fair = Fair::set(keeps, 1, &json!({})).await;
            let booth = fair.shown().await;
            let exhibit = bring_exhibit(&fair, &booth, state).await;
            let down = fair.judge(&exhibit, "take_down").await.unwrap();
            assert_eq!(
                (down.state, sees(&fair, down.id, booth.id).await),
                ("rejected", false),
                "{state}, keeps {keeps}"
            );
            let again = fair.judge(&down, "take_down").await;
            assert!(matches!(again, Err(Error::Conflict(_))), "{state}, keeps {keeps}: it is down already");
            let pending = fair.hand_in(&down).await.unwrap();
            assert!(!sees(&fair, down.id, booth.id).await, "{state}, keeps {keeps}: nothing is kept of it");
            let approved = fair.judge(&pending, "approve").await.unwrap();
            fair.act(&approved, "shelve").await.unwrap();
            fair.showcase.exhibit(down.id).await.unwrap();
        }
        for state in BOOTHS {
            let fair = Fair::set(keeps, 1, &json!({})).await;
            let shown = fair.shown().await;
            bring_booth(&fair, shown.clone(), state).await;
            let stands = fair.flows.look(&crate::booths::FLOW, shown.id).await.unwrap().unwrap();
            let down = fair.decide(&stands, "take_down").await.unwrap();
            assert_eq!(
                (down.state, fair.showcase.booth(shown.id).await),
                ("rejected", Err(Error::NotFound)),
                "{state}"
            );
            let pending = fair.submit(&down).await.unwrap();
            assert!(fair.showcase.booth(shown.id).await.is_err(), "{state}, keeps {keeps}");
            fair.decide(&pending, "approve").await.unwrap();
            fair.showcase.booth(shown.id).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_was_never_approved_nobody_sees() {
    for keeps in [false, true] {
        let fair = Fair::set(keeps, 1, &json!({})).await;
        let booth = fair.create(&fair.sample(100).await).await.unwrap();
        let pending = fair.submit(&booth).await.unwrap();
        assert_eq!(fair.showcase.booth(booth.id).await, Err(Error::NotFound));
        fair.decide(&pending, "reject").await.unwrap();
        assert_eq!(fair.showcase.booth(booth.id).await, Err(Error::NotFound));
        assert_eq!(fair.showcase.booths(&BoothFilter::default(), (None, 20)).await.unwrap().total, 0);
    }
}

#[tokio::test]
async fn a_deleted_exhibit_is_not_seen() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let exhibit = bring_exhibit(&fair, &booth, "unshelved").await;
    fair.act(&exhibit, "delete").await.unwrap();
    assert!(!sees(&fair, exhibit.id, booth.id).await);
}

/// Of two steps the later one stands in every list, whichever is told last.
#[tokio::test]
async fn a_step_that_is_told_late_hides_and_shows_nothing() {
    for keeps in [false, true] {
        told_late(&Fair::set(keeps, 1, &json!({})).await).await;
    }
}

async fn told_late(fair: &Fair) {
    let first = fair.shown().await;
    let moved = json!({"zone": "public-health", "categories": ["education.primary"]});
    let pending = fair.submit(&fair.update(&first, &moved).await.unwrap()).await.unwrap();
    let second = fair.decide(&pending, "approve").await.unwrap();
    for late in [&first, &pending, &second, &first] {
        booth(&fair.accounts, late).await.unwrap();
        fair.showcase.recount();
        for (filter, seen) in [
            (BoothFilter::default(), 1),
            (BoothFilter { zone: Some("achievements"), ..BoothFilter::default() }, 0),
            (BoothFilter { zone: Some("public-health"), ..BoothFilter::default() }, 1),
            (BoothFilter { category: Some("business"), ..BoothFilter::default() }, 0),
            (BoothFilter { category: Some("business.professional"), ..BoothFilter::default() }, 0),
            (BoothFilter { category: Some("education"), ..BoothFilter::default() }, 1),
            (BoothFilter { industry: Some("transport"), ..BoothFilter::default() }, 1),
            (BoothFilter { industry: Some("transport"), zone: Some("achievements"), ..BoothFilter::default() }, 0),
        ] {
            fair.showcase.recount();
            let listed = fair.showcase.booths(&filter, (None, 20)).await.unwrap();
            assert_eq!((listed.items.len(), listed.total), (seen, seen as u64), "{filter:?}");
        }
        assert_eq!(fair.showcase.booth(first.id).await.unwrap().zone, "public-health");
    }
}

#[tokio::test]
async fn exhibits_of_a_booth_that_moved_are_not_in_the_zone_it_left() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let exhibit = fair.on_sale(&booth, 500).await;
    let pending = fair.submit(&fair.update(&booth, &json!({"zone": "public-health"})).await.unwrap()).await.unwrap();
    fair.decide(&pending, "approve").await.unwrap();
    let of = |zone: &'static str| ExhibitFilter { zone: Some(zone), ..ExhibitFilter::default() };
    assert_eq!(fair.showcase.exhibits(&of("achievements"), (None, 20)).await.unwrap().items, []);
    let all = fair.showcase.exhibits(&ExhibitFilter::default(), (None, 20)).await.unwrap().items;
    assert_eq!((all.len(), all[0].zone.as_str()), (1, "public-health"));
    let off = fair.act(&exhibit, "unshelve").await.unwrap();
    fair.act(&off, "shelve").await.unwrap();
    fair.showcase.recount();
    let there = fair.showcase.exhibits(&of("public-health"), (None, 20)).await.unwrap();
    assert_eq!((there.items.len(), there.total), (1, 1));
}

#[tokio::test]
async fn lists_page_newest_first_and_count_all_of_them() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let mut made = Vec::new();
    for n in 0..23 {
        fair.clock.advance_ms(1_000);
        made.push(fair.on_sale(&booth, 500 + n).await.id);
    }
    made.reverse();
    let (mut found, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let page = fair.showcase.exhibits(&ExhibitFilter::default(), (cursor.as_deref(), 5)).await.unwrap();
        assert_eq!(page.total, 23);
        found.extend(page.items.iter().map(|card| card.id));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (made.clone(), 5));
    let wrong = fair.showcase.exhibits(&ExhibitFilter::default(), (Some("AAAA"), 5)).await;
    assert_eq!(wrong, Err(Error::BadCursor));
    let some = [made[3], RecordId(7), made[1]];
    let cards = fair.showcase.exhibit_cards(&some).await.unwrap();
    assert_eq!(cards.iter().map(|card| card.id).collect::<Vec<_>>(), [made[3], made[1]], "in the order of who asks");
}

#[tokio::test]
async fn a_total_is_remembered_for_a_while_and_counted_again() {
    let fair = Fair::new().await;
    let booth = fair.shown().await;
    let total = async || fair.showcase.exhibits(&ExhibitFilter::default(), (None, 20)).await.unwrap().total;
    assert_eq!(total().await, 0);
    fair.on_sale(&booth, 500).await;
    assert_eq!(total().await, 1, "heard here");
    let other = fair.process(&fair.store, 1);
    other.on_sale(&booth, 501).await;
    assert_eq!(total().await, 1, "another hub's");
    fair.clock.advance_ms(6_000);
    assert_eq!(total().await, 2);
    other.on_sale(&booth, 502).await;
    fair.showcase.recount();
    assert_eq!(total().await, 3);
}

#[tokio::test]
async fn a_booth_that_another_hub_hides_takes_its_exhibits_along_within_a_second() {
    let fair = Fair::new().await;
    let shown = fair.shown().await;
    let exhibit = fair.on_sale(&shown, 500).await;
    assert!(sees(&fair, exhibit.id, shown.id).await);
    let other = fair.process(&fair.store, 1);
    bring_booth(&other, shown.clone(), "pending").await;
    assert!(other.showcase.exhibit(exhibit.id).await.is_err(), "at once where it is taken");
    assert!(fair.showcase.booth(shown.id).await.is_err(), "the booth itself at once everywhere");
    fair.clock.advance_ms(1_000);
    fair.showcase.recount();
    assert!(!sees(&fair, exhibit.id, shown.id).await);
}

#[test]
fn what_was_read_before_a_step_was_heard_is_not_remembered_behind_it() {
    let (known, now) = (Known::default(), storage::Clock::manual(storage::ids::Millis(0)).tick());
    let id = RecordId(7);
    let heard = known.heard();
    known.remember(id, None, (now, heard));
    assert_eq!(known.find(id, now), Some(None));
    known.forget(id);
    known.remember(id, None, (now, heard));
    assert_eq!(known.find(id, now), None);
    known.remember(id, None, (now, known.heard()));
    assert_eq!(known.find(id, now), Some(None));
}

#[tokio::test]
async fn a_page_shows_what_its_owner_wants_and_no_more() {
    let fair = Fair::new().await;
    let booth = fair.create(&fair.sample(100).await).await.unwrap();
    let more = json!({
        "show_contact": false, "smart_service": true, "smart_service_link": "https://example.com/chat",
        "offline_number": "国家会议中心E2-2", "website": "https://example.com",
    });
    let changed = fair.update(&booth, &more).await.unwrap();
    let preview = fair.showcase.preview_booth(&changed).await.unwrap();
    let pending = fair.submit(&changed).await.unwrap();
    fair.clock.advance_ms(60_000);
    let shown = fair.decide(&pending, "approve").await.unwrap();
    let page = fair.showcase.booth(booth.id).await.unwrap();
    assert_eq!(
        BoothPage { published: preview.published.clone(), updated: preview.updated.clone(), ..page.clone() },
        preview
    );
    let said = serde_json::to_value(&page).unwrap();
    assert_eq!((said.get("contact"), said.get("hall_link")), (None, None));
    assert_eq!(said["pictures"][0], json!({"id": storage::ids::UploadId(101), "width": 895, "height": 285}));
    assert_eq!(said["smart_service_link"], "https://example.com/chat");
    assert_eq!((said["published"].as_str(), page.published.len()), (Some(page.updated.as_str()), 29));

    let mut sent = fair.exhibit(&shown, 500).await;
    sent["wholesale_price_fen"] = json!(4_242);
    let draft = fair.make(&sent).await.unwrap();
    let preview = fair.showcase.preview_exhibit(&fair.flows, &draft).await.unwrap();
    let approved = fair.judge(&fair.hand_in(&draft).await.unwrap(), "approve").await.unwrap();
    fair.act(&approved, "shelve").await.unwrap();
    let page = fair.showcase.exhibit(draft.id).await.unwrap();
    let said = serde_json::to_value(&page).unwrap();
    assert!(!said.to_string().contains("4242"), "the wholesale price is nobody's");
    let keys = |page: &ExhibitPage| -> BTreeSet<String> {
        let Value::Object(fields) = serde_json::to_value(page).unwrap() else { panic!("an object") };
        fields.keys().cloned().collect()
    };
    assert_eq!(keys(&page), keys(&preview));
    assert_eq!(
        (said["booth"]["name"].as_str(), said["smart_service_link"].as_str()),
        (Some("河北文化展台"), Some("https://example.com/chat"))
    );
    let card = &fair.showcase.exhibits(&ExhibitFilter::default(), (None, 1)).await.unwrap().items[0];
    assert_eq!((card.market_price_fen, card.company.as_str()), (Some(1_288_000), "河北文化有限公司"));
}
