use std::collections::BTreeSet;

use storage::{Clock, Store};

use super::*;
use crate::accounts::tests::START;

fn day() -> Day {
    Day::parse("2020-06-28").unwrap()
}

#[test]
fn a_number_is_its_day_and_seven_digits() {
    assert_eq!(Number::of(day(), 1_000_035).to_string(), "202006281000035");
    assert_eq!(Number::of(day(), 7).to_string(), "202006280000007");
    assert_eq!(Number::parse("202006280000007"), Some(Number::of(day(), 7)));
    for wrong in ["", "20200628000000", "2020062800000070", "202013010000007", "2020062x0000007", "２０２００６２８0000007"] {
        assert_eq!(Number::parse(wrong), None, "{wrong}");
    }
    let entropy = Entropy::seeded(1);
    let drawn: BTreeSet<_> = (0..1_000).map(|_| Number::random(day(), &entropy).to_string()).collect();
    assert!(drawn.len() > 990 && drawn.iter().all(|number| number.len() == 15 && number.starts_with("20200628")));
}

#[tokio::test]
async fn a_number_is_one_orders_and_a_full_day_is_named() {
    let store = Store::model(Clock::manual(START));
    let entropy = Entropy::seeded(1);
    let [first, second] = [1, 2].map(|digits| Number::of(day(), digits));
    let claimed = claim_among(&store, &entropy, [first, second].into_iter(), RecordId(1)).await.unwrap();
    let other = claim_among(&store, &entropy, [first, second].into_iter(), RecordId(2)).await.unwrap();
    assert_eq!((claimed, other), (first, second), "what is taken is drawn again");
    let full = claim_among(&store, &entropy, [first, second].into_iter(), RecordId(3)).await;
    assert_eq!(full, Err(Error::Conflict("the order numbers of the day are used up")));
    assert_eq!(holder(&store, first).await, Ok(Some(RecordId(1))));
    assert_eq!(holder(&store, Number::of(day(), 3)).await, Ok(None));
}
