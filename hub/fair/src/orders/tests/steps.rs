//! Steps of either side: who takes them, when, and what each leaves in the log.

use super::*;

#[tokio::test]
async fn the_guides_way_leads_to_a_deal_and_both_sides_see_each_step() {
    let it = Fixture::new().await;
    let order = it.submitted(7).await;
    let filled = it.filled(&form::HANDLE, json!({"amount_fen": 2_800, "note": "含运费"})).unwrap();
    let asked = it.step(&it.seller.consultant, &order, "request_confirmation", form::said(&filled)).await.unwrap();
    assert_eq!(
        (asked.state, asked.number("amount_fen"), asked.text("response")),
        ("in_progress", Some(2_800), "含运费")
    );
    let filled = it.filled(&form::DECLINE, json!({"reason": "太贵"})).unwrap();
    let declined = it.step(&it.buyer.consultant, &asked, "decline", form::said(&filled)).await.unwrap();
    assert_eq!((declined.state, declined.text("reason")), ("to_handle", "太贵"));
    let filled = it.filled(&form::HANDLE, json!({"amount_fen": 2_500})).unwrap();
    let again =
        it.step(&it.seller.representative, &declined, "request_confirmation", form::said(&filled)).await.unwrap();
    assert_eq!((again.text("reason"), again.text("response"), again.number("amount_fen")), ("", "含运费", Some(2_500)));
    let dealt = it.step(&it.buyer.representative, &again, "accept", Input::default()).await.unwrap();
    assert_eq!((dealt.state, dealt.version), ("dealt", 5));
    let log = it.flows.history(&dealt).await.unwrap();
    let lines: Vec<_> = log.iter().map(|line| (line.action.as_str(), line.actor, line.note.as_deref())).collect();
    let (sells, buys) = (&it.seller, &it.buyer);
    assert_eq!(
        lines,
        [
            ("submit", Some(buys.representative.id), Some("尽快")),
            ("request_confirmation", Some(sells.consultant.id), Some("含运费")),
            ("decline", Some(buys.consultant.id), Some("太贵")),
            ("request_confirmation", Some(sells.representative.id), None),
            ("accept", Some(buys.representative.id), None),
        ]
    );
    for team in [&it.seller, &it.buyer] {
        assert!(dealt.is_seen_by(&Who::from(&team.staff)));
    }
    assert!(!dealt.is_seen_by(&Who::from(&it.stranger.representative)));
}

#[tokio::test]
async fn what_binds_an_enterprise_its_representatives_do() {
    let it = Fixture::new().await;
    let order = it.submitted(7).await;
    let may = |order: &Record, user: &User| order.actions(&Who::from(user));
    assert_eq!(may(&order, &it.seller.representative), ["close", "deal", "request_confirmation"]);
    // Who administers an enterprise without representing it binds nobody.
    for user in [&it.seller.consultant, &it.seller.admin] {
        assert_eq!(may(&order, user), ["request_confirmation"], "{}", user.username);
    }
    assert_eq!(
        (may(&order, &it.buyer.representative), may(&order, &it.buyer.consultant)),
        (vec!["withdraw"], vec!["withdraw"])
    );
    for user in [&it.seller.staff, &it.buyer.staff, &it.stranger.representative] {
        assert!(may(&order, user).is_empty(), "{}", user.username);
    }
    let refused = it.step(&it.seller.consultant, &order, "deal", amount(1)).await;
    assert_eq!(refused.unwrap_err(), Error::Forbidden);
    let asked = it.step(&it.seller.consultant, &order, "request_confirmation", amount(1)).await.unwrap();
    assert_eq!(may(&asked, &it.buyer.representative), ["accept", "decline"]);
    assert_eq!(may(&asked, &it.buyer.consultant), ["decline"]);
    assert_eq!(may(&asked, &it.seller.representative), ["close"]);
    let refused = it.step(&it.buyer.consultant, &asked, "accept", Input::default()).await;
    assert_eq!(refused.unwrap_err(), Error::Forbidden);
    let refused = it.step(&it.stranger.representative, &asked, "accept", Input::default()).await;
    assert_eq!(refused.unwrap_err(), Error::NotFound);
}

#[tokio::test]
async fn of_two_representatives_on_one_order_one_is_told_that_it_is_stale() {
    let it = Fixture::new().await;
    for id in 1..=16 {
        let order = it.submitted(id).await;
        let (deal, close) = tokio::join!(
            it.step(&it.seller.representative, &order, "deal", amount(5)),
            it.step(&it.seller.representative, &order, "close", Input::default()),
        );
        assert_eq!(deal.is_ok(), close.is_err(), "{deal:?} {close:?}");
        assert_eq!(deal.clone().and(close.clone()).unwrap_err(), Error::Stale);
        let won = deal.or(close).unwrap();
        assert_eq!((won.version, it.flows.history(&won).await.unwrap().len()), (2, 2));
    }
}

#[tokio::test]
async fn a_withdrawal_is_told_from_a_closing() {
    let it = Fixture::new().await;
    let order = it.submitted(7).await;
    let nothing = Filled::default();
    let closed = it.step(&it.buyer.consultant, &order, "withdraw", form::withdrawn(&nothing)).await.unwrap();
    assert_eq!((closed.state, closed.fields.get("withdrawn")), ("closed", Some(&json!(true))));
    let late = it.step(&it.seller.representative, &closed, "deal", amount(5)).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
}

#[tokio::test]
async fn later_changes_of_exhibit_and_names_change_no_order() {
    let it = Fixture::new().await;
    let order = it.submitted(7).await;
    let cheaper = Offer { unit_price_fen: Some(1), name: "另一个".to_owned(), ..it.offer(None) };
    let who = Who::from(&it.buyer.representative);
    let again = it.orders.submit(&who, RecordId(7), it.intent(1), &cheaper).await.unwrap();
    assert_eq!(again.fields, order.fields);
}
