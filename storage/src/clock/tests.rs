//! What of a clock steps and what does not.

use std::time::Duration;

use super::{Clock, Tick};
use crate::ids::Millis;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn a_manual_clock_set_back_an_hour_measures_on() {
    let clock = Clock::manual(Millis(10 * HOUR_MS));
    let theirs = clock.clone();
    let begun = clock.tick();
    clock.advance_ms(5);
    clock.step_ms(-HOUR_MS);
    assert_eq!((theirs.now(), theirs.tick().since_ms(begun)), (Millis(9 * HOUR_MS + 5), 5));
    clock.advance_ms(7);
    assert_eq!((theirs.now(), theirs.tick().since_ms(begun)), (Millis(9 * HOUR_MS + 12), 12));
}

#[tokio::test(start_paused = true)]
async fn a_virtual_clock_set_back_an_hour_measures_on() {
    let clock = Clock::starting_at(Millis(10 * HOUR_MS));
    let begun = clock.tick();
    tokio::time::advance(Duration::from_millis(5)).await;
    clock.clone().step_ms(-HOUR_MS);
    tokio::time::advance(Duration::from_millis(7)).await;
    assert_eq!((clock.now(), clock.tick().since_ms(begun)), (Millis(9 * HOUR_MS + 12), 12));
}

#[test]
fn a_system_clock_from_another_time_runs_on_from_there_and_measures_like_the_systems() {
    let base = Millis(1_596_243_600_000);
    let (system, moved) = (Clock::system(), Clock::system_from(base));
    let ahead = moved.now().since_ms(system.now());
    assert!((0..HOUR_MS).contains(&moved.now().since_ms(base)));
    moved.step_ms(HOUR_MS);
    let drift = moved.clone().now().since_ms(system.now()) - ahead;
    assert!(drift.abs() < 1_000, "it runs as fast as the system's: {drift}");
    let [a, b, c] = [system.tick(), moved.tick(), system.tick()];
    assert!(a <= b && b <= c, "its ticks are the system's");
}

#[test]
fn ticks_of_two_system_clocks_are_of_one_count() {
    let [first, second] = [Clock::system(), Clock::system()];
    let [a, b, c] = [first.tick(), second.tick(), first.tick()];
    assert!(a <= b && b <= c && c.since_ms(a) < HOUR_MS);
    first.step_ms(-HOUR_MS);
    assert!(second.tick() >= c);
}

#[test]
fn what_has_passed_is_no_time_away() {
    assert_eq!(Tick(5).until(Tick(12)), Duration::from_millis(7));
    assert_eq!(Tick(12).until(Tick(5)), Duration::ZERO);
    assert_eq!(Tick(5).plus_ms(7), Tick(12));
}
