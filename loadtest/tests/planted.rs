//! Proof that the simulation looks: each bug planted in the real code is found, and without one nothing is.

use chat::planted::Bug;
use loadtest::simulate::{SimulateArgs, run};

/// Seeds without a finding where nothing is planted.
const SEEDS: u64 = 40;
/// Seeds run at a time, until a bug is found.
const SEEDS_AT_ONCE: u64 = 4;

fn findings(plant: Option<Bug>, hubs: u8, from: u64, seeds: u64) -> Vec<String> {
    run(&SimulateArgs { plant, hubs, ..SimulateArgs::of(from, seeds) }).unwrap().findings
}

/// Seeds within which it must be found: one needs a race to be lost while a message is on its way twice.
fn seeds_max(bug: Bug) -> u64 {
    if bug == Bug::LostRaceForgetsIds { 120 } else { 40 }
}

/// How many seeds it took.
fn found_within(bug: Bug) -> Option<u64> {
    let hubs = if Bug::OF_TWO_HUBS.contains(&bug) { 2 } else { 1 };
    let mut from = (1..=seeds_max(bug)).step_by(SEEDS_AT_ONCE as usize);
    from.find(|from| !findings(Some(bug), hubs, *from, SEEDS_AT_ONCE).is_empty())
}

#[test]
fn each_planted_bug_is_found() {
    let found: Vec<_> = Bug::ALL.into_iter().map(|bug| (bug.name(), found_within(bug))).collect();
    println!("{found:?}");
    assert!(found.iter().all(|(_, within)| within.is_some()), "not in time: {found:?}");
}

#[test]
fn nothing_planted_is_nothing_found() {
    for hubs in [1, 2] {
        assert_eq!(findings(None, hubs, 1, SEEDS), [""; 0]);
    }
}
