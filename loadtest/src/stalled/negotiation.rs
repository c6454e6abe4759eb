//! One side of a negotiation stops reading until the hub closes it, then comes back and must miss nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::crowd::Crowd;
use crate::meters::Meters;
use crate::negotiation::{report_findings, run_name, settle};
use crate::process::Hub;

/// Said before: some of a page.
const MESSAGES: u32 = 50;
const TEXT_CHARS: usize = 2_000;
/// Said at most while the other side does not read: more than its queue and both systems' buffers hold, which is what
/// makes it slow. A request whose answer is not taken holds it up alone, and closes nothing.
const SAID_MAX: u32 = 900;
const CLOSED_WITHIN: Duration = Duration::from_secs(20);
const ENDED_WITHIN: Duration = Duration::from_secs(5);
/// How its end looks to the one who reads again in time.
const SLOW_CONSUMER: &str = "closed with 4002";
const PATIENCE: Duration = Duration::from_secs(5);

/// Stalls, waits for the close, resumes and judges. What was found comes second.
pub(super) fn run(hub: &Hub) -> anyhow::Result<(Value, Vec<String>)> {
    let mut findings = Vec::new();
    let mut crowd = Crowd::set_up(&hub.target(), &hub.accounts(2)?, &run_name(), TEXT_CHARS)?;
    crowd.talk.meters = Meters::measuring(0, u64::MAX);
    say(&mut crowd, 2 * MESSAGES)?;
    let before = super::closed(hub)?;
    crowd.stall(1);
    crowd.ask_history(1);
    for _ in 0..SAID_MAX {
        crowd.intend(0);
    }
    let watch = crate::clock::Stopwatch::start();
    while super::closed(hub)? == before && watch.elapsed() < CLOSED_WITHIN {
        crowd.turn()?;
    }
    let was_closed = super::closed(hub)? > before;
    if !was_closed {
        findings.push("the stalled side of a negotiation was not closed as slow_consumer".to_owned());
    }
    // Reading again within the hub's linger time shows how it ended.
    crowd.read_again(1);
    let watch = crate::clock::Stopwatch::start();
    while crowd.talk.ended.is_empty() && watch.elapsed() < ENDED_WITHIN {
        crowd.turn()?;
    }
    let ended = crowd.talk.ended.clone();
    if ended.keys().any(|how| *how != SLOW_CONSUMER) || ended.is_empty() {
        findings.push(format!("the stalled side of a negotiation saw {ended:?} instead of close code 4002"));
    }
    crowd.cut(1);
    say(&mut crowd, 4)?;
    let position = crowd.participants().iter().map(super::super::participant::Participant::position).max();
    let verdict = crowd.judge(PATIENCE)?;
    findings.extend(report_findings(&verdict.report));
    Ok((json!({ "closed": was_closed, "ended": ended, "head": position, "checker": verdict.report }), findings))
}

/// Both sides in turn, until everything is acknowledged and everybody back.
fn say(crowd: &mut Crowd, messages: u32) -> anyhow::Result<()> {
    for index in 0..messages {
        crowd.intend(index as usize % 2);
    }
    anyhow::ensure!(settle(crowd)?, "messages are still unanswered");
    Ok(())
}
