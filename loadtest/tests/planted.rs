//! Proof that the simulation looks: each bug planted in the real code is found, and without one nothing is.

use chat::planted::Bug;
use loadtest::simulate::{SimulateArgs, run};

/// Seeds within which each bug must be found.
const SEEDS: u64 = 40;

fn findings(plant: Option<Bug>) -> anyhow::Result<Vec<String>> {
    Ok(run(&SimulateArgs { plant, ..SimulateArgs::of(1, SEEDS) })?.findings)
}

#[test]
fn each_planted_bug_is_found() {
    for bug in Bug::ALL {
        assert_ne!(findings(Some(bug)).unwrap(), [""; 0], "{} was not found in {SEEDS} seeds", bug.name());
    }
}

#[test]
fn nothing_planted_is_nothing_found() {
    assert_eq!(findings(None).unwrap(), [""; 0]);
}
