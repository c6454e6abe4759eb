//! Real processes and `kill -9` between any two writes of a step: none is taken by half, and what follows from each comes
//! once. `loadtest transitions --kills 500` is the long form.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail like tests")]

use std::process::Command;

use serde_json::Value;

/// Takes steps of a kind, and kills children that do.
fn run(kind: &str, kills: u32) -> Value {
    let kills = kills.to_string();
    let options = ["transitions", "--kind", kind, "--seconds", "1", "--in-flight", "16", "--kills", &kills];
    let output = Command::new(env!("CARGO_BIN_EXE_loadtest")).args(options).output().unwrap();
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["findings"], serde_json::json!([]), "{outcome:#}");
    assert!(outcome["phases"][0]["told_ms"]["p99"].as_f64().unwrap() > 0.0, "{outcome:#}");
    outcome["killed"].clone()
}

#[test]
fn fifty_kills_leave_no_half_step_and_no_notice_lost_or_doubled() {
    let killed = run("application", 50);
    assert_eq!(killed["kills"], 50);
    assert!(killed["notices"].as_u64().unwrap() > 200, "{killed}");
    assert!(killed["delivered_later"].as_u64().unwrap() > 0, "no kill fell between a step and its effects: {killed}");
}

#[test]
fn what_both_sides_of_an_order_do_is_no_more_halved_by_a_kill() {
    let killed = run("order", 20);
    assert_eq!(
        (&killed["kills"], &killed["messages"]),
        (&20.into(), &0.into()),
        "an order writes to no phone: {killed}"
    );
    assert!(killed["notices"].as_u64().unwrap() > 80, "{killed}");
}
