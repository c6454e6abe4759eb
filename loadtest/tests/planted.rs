//! Proof that the simulation looks: each bug planted in the real code is found, and without one nothing is.

use chat::planted::Bug;
use loadtest::simulate::{SimulateArgs, run};

/// Seeds within which each bug must be found.
const SEEDS_MAX: u64 = 400;
/// Seeds run at a time.
const SEEDS: u64 = 4;

fn findings(plant: Option<Bug>, hubs: u8, from: u64) -> Vec<String> {
    run(&SimulateArgs { plant, hubs, ..SimulateArgs::of(from, SEEDS) }).unwrap().findings
}

/// How many seeds it took.
fn found_within(bug: Bug) -> Option<u64> {
    let hubs = if Bug::OF_TWO_HUBS.contains(&bug) { 2 } else { 1 };
    (1..SEEDS_MAX).step_by(SEEDS as usize).find(|from| !findings(Some(bug), hubs, *from).is_empty())
}

#[test]
fn each_planted_bug_is_found() {
    let found: Vec<_> = Bug::ALL.into_iter().map(|bug| (bug.name(), found_within(bug))).collect();
    println!("{found:?}");
    assert!(found.iter().all(|(_, within)| within.is_some()), "not within {SEEDS_MAX} seeds: {found:?}");
}

#[test]
fn nothing_planted_is_nothing_found() {
    for hubs in [1, 2] {
        assert_eq!(findings(None, hubs, 1), [""; 0]);
    }
}
