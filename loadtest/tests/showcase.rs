//! Visitors of a small fair, in short: each gets what they ask for, liked pages from the hub's memory, new ones from its store.

use loadtest::showcase::{ShowcaseArgs, run};

#[test]
fn visitors_read_what_is_shown_from_memory_and_from_the_store() {
    let args = ShowcaseArgs {
        booths: 20,
        exhibits: 10,
        rate: 100.0,
        new_rate: 100.0,
        connections: 8,
        seconds: 1,
        runs: 1,
        // What counts here is that each is answered, not when.
        share_min: 0.0,
        p99_ms_max: None,
    };
    let outcome = run(&args, None, false).unwrap();
    assert_eq!(outcome.findings, [""; 0], "{}", outcome.figures);
    let share = |reading: &str| outcome.figures[reading]["memory_share"]["median"].as_f64().unwrap();
    assert_eq!(outcome.figures["exhibits"], 200);
    assert!(share("pages") > 0.8, "a hundred pages, read twice and more: {}", outcome.figures);
    assert!(share("lists") > 0.5, "{}", outcome.figures);
    for half in ["pages_half_new", "lists_half_new"] {
        assert!(share(half) < share("lists"), "{}", outcome.figures);
    }
}
