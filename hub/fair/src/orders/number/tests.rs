use std::collections::BTreeSet;

use storage::{Clock, Faults, Faulty, Store};

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
    for wrong in
        ["", "20200628000000", "2020062800000070", "202013010000007", "2020062x0000007", "２０２００６２８0000007"]
    {
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

#[tokio::test(start_paused = true)]
async fn writers_who_draw_the_same_numbers_at_one_time_have_each_their_own() {
    let clock = Clock::starting_at(START);
    let slow = Faults { delay_ms_max: 20, unknown_done: 0.05, unknown_lost: 0.05, ..Faults::default() };
    // Two processes over one store, each with delays and lost answers of its own.
    let model = Store::model(clock);
    let stores = [1, 2].map(|seed| Store::Faulty(Faulty::new(model.clone(), seed, slow)));
    let writers = (0..64_u16).map(|writer| {
        let store = &stores[usize::from(writer % 2)];
        let entropy = Entropy::seeded(writer.into());
        async move {
            let mut claimed = Vec::new();
            for n in 0..8 {
                // More than half of these are gone in the end.
                let draws = std::iter::repeat_with(|| Number::of(day(), entropy.draw() % 900));
                let order = RecordId(i64::from(writer) * 8 + n);
                claimed.extend(claim_among(store, &entropy, draws, order).await.ok().map(|number| (number, order)));
            }
            claimed
        }
    });
    let claimed: Vec<_> = futures_util::future::join_all(writers).await.into_iter().flatten().collect();
    assert!(claimed.len() > 400, "{}", claimed.len());
    let different: BTreeSet<_> = claimed.iter().map(|(number, _)| number.to_string()).collect();
    assert_eq!(different.len(), claimed.len());
    for (number, order) in claimed {
        assert_eq!(holder(&model, number).await, Ok(Some(order)));
    }
}
