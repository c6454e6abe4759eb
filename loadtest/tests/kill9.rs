//! The real hub, real sockets, `kill -9` under load: nothing acknowledged is lost, doubled or out of order.
//!
//! `cargo test --workspace` builds the hub's binary into the folder of this test's own; `loadtest kill9 --rounds 100` is
//! the long form.

use loadtest::kill9::{Kill9Args, run};

#[test]
fn killed_hub_loses_nothing_that_it_acknowledged() {
    let args = Kill9Args { rounds: 5, conversations: 24, rate: 200.0, share_min: 0.9, seed: None, store: None };
    let outcome = run(&args, None).unwrap();
    assert_eq!(outcome.findings, [""; 0], "{}", outcome.figures);
    let acked = outcome.figures["acked"].as_u64().unwrap();
    assert!(acked > 100, "only {acked} messages were acknowledged: {}", outcome.figures);
}
