//! Real processes and `kill -9` between any two writes of a step: none is taken by half, and what follows from each comes
//! once. `loadtest transitions --kills 500` is the long form.

use std::process::Command;

use serde_json::Value;

#[test]
fn fifty_kills_leave_no_half_step_and_no_notice_lost_or_doubled() {
    let options = ["transitions", "--seconds", "1", "--in-flight", "16", "--kills", "50"];
    let output = Command::new(env!("CARGO_BIN_EXE_loadtest")).args(options).output().unwrap();
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["findings"], serde_json::json!([]), "{outcome:#}");
    let killed = &outcome["killed"];
    assert_eq!(killed["kills"], 50);
    assert!(killed["notices"].as_u64().unwrap() > 200, "{killed}");
    assert!(killed["delivered_later"].as_u64().unwrap() > 0, "no kill fell between a step and its effects: {killed}");
}
