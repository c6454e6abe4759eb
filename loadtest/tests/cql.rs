//! The real hub over a real CQL server, which `SCYLLA_URI` names (`host:port`); without it these tests say so, loudly.
//!
//! `loadtest kill9 --store`, `loadtest hubs` are the long forms.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::io::Write as _;

use loadtest::hubs::{self, HubsArgs};
use loadtest::kill9::{self, Kill9Args};
use loadtest::report::Outcome;

/// Where each run makes a keyspace of its own; none, loudly, without a server.
#[expect(clippy::explicit_write, reason = "shown of a test that passes, too")]
fn store() -> Option<String> {
    let Some(server) = std::env::var_os("SCYLLA_URI") else {
        let words = "SKIPPED: SCYLLA_URI names no server, so no hub was run over CQL";
        writeln!(std::io::stderr(), "{words}").unwrap();
        return None;
    };
    Some(format!("scylla://{}/loadtest?replication=1", server.to_str().unwrap()))
}

fn assert_clean(outcome: &Outcome) {
    assert_eq!(outcome.findings, [""; 0], "{}", outcome.figures);
}

#[test]
fn a_killed_hub_over_cql_loses_nothing_that_it_acknowledged() {
    let Some(store) = store() else { return };
    let args = Kill9Args { rounds: 3, conversations: 16, rate: 100.0, share_min: 0.5, seed: None, store: Some(store) };
    let outcome = kill9::run(&args, None).unwrap();
    assert_clean(&outcome);
    let acked = outcome.figures["acked"].as_u64().unwrap();
    assert!(acked > 50, "only {acked} messages were acknowledged: {}", outcome.figures);
}

#[test]
fn two_hubs_over_cql_tell_one_log() {
    let Some(store) = store() else { return };
    let args = HubsArgs {
        store,
        hubs: 2,
        conversations: 2,
        writers: 32,
        doubles: 4,
        rate: 120.0,
        seconds: 6,
        kills: 1,
        looks: 12,
        ended: 3,
        seed: None,
    };
    let outcome = hubs::run(&args, None).unwrap();
    assert_clean(&outcome);
    let acked = outcome.figures["race"]["acked"].as_u64().unwrap();
    assert!(acked > 100, "only {acked} messages were acknowledged: {}", outcome.figures);
}
