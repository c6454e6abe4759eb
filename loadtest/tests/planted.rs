//! Proof that the simulation looks: each bug planted in the real code is found, and without one nothing is.

use chat::planted::Bug;
use loadtest::simulate::{SimulateArgs, run};

/// Seeds within which each bug must be found.
const SEEDS: u64 = 40;

fn findings(plant: Option<Bug>, hubs: u8) -> anyhow::Result<Vec<String>> {
    Ok(run(&SimulateArgs { plant, hubs, ..SimulateArgs::of(1, SEEDS) })?.findings)
}

#[test]
fn each_planted_bug_is_found() {
    for bug in Bug::ALL {
        let hubs = if Bug::OF_TWO_HUBS.contains(&bug) { 2 } else { 1 };
        assert_ne!(findings(Some(bug), hubs).unwrap(), [""; 0], "{} was not found in {SEEDS} seeds", bug.name());
    }
}

#[test]
fn nothing_planted_is_nothing_found() {
    assert_eq!(findings(None, 1).unwrap(), [""; 0]);
    assert_eq!(findings(None, 2).unwrap(), [""; 0]);
}
