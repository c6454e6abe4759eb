//! Entries come up once, in their second.

use super::*;

#[test]
fn entries_come_up_in_their_second_only() {
    let mut wheel = Wheel::new();
    assert_eq!(wheel.insert(3, "three"), 3);
    assert_eq!(wheel.insert(1, "one"), 1);
    assert_eq!(wheel.turn(), ["one"]);
    assert!(wheel.turn().is_empty());
    assert_eq!(wheel.turn(), ["three"]);
    for _ in 0..200 {
        assert!(wheel.turn().is_empty(), "nothing comes twice");
    }
}

#[test]
fn far_and_past_seconds_are_brought_into_reach() {
    let mut wheel = Wheel::new();
    wheel.turn();
    assert_eq!(wheel.insert(0, "past"), 2);
    assert_eq!(wheel.insert(10_000, "far"), 1 + Wheel::<&str>::REACH_S);
    assert_eq!(wheel.turn(), ["past"]);
}
