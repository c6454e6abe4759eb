//! The hub in virtual time, a seed a run: nothing acknowledged is lost, doubled or out of order, and the same seed gives
//! the same run. `loadtest simulate` is the long form.

use loadtest::simulate::{SimulateArgs, run, run_seed};

#[test]
fn no_seed_breaks_a_promise() {
    let outcome = run(&SimulateArgs::of(1, 24)).unwrap();
    assert_eq!(outcome.findings, [""; 0], "{}", outcome.figures);
}

#[test]
fn no_seed_of_two_hubs_over_one_store_breaks_a_promise() {
    let outcome = run(&SimulateArgs { hubs: 2, ..SimulateArgs::of(1, 40) }).unwrap();
    assert_eq!(outcome.findings, [""; 0], "{}", outcome.figures);
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 1_000_000..1_000_008 {
        let hubs = if seed % 2 == 0 { 1 } else { 2 };
        let (one, two) = (run_seed(seed, hubs).unwrap(), run_seed(seed, hubs).unwrap());
        assert_eq!(one, two, "seed {seed}");
    }
}

#[test]
fn other_seeds_give_other_traces() {
    assert_ne!(run_seed(1, 1).unwrap().trace, run_seed(2, 1).unwrap().trace);
}
