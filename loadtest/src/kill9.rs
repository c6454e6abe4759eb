//! Scenario `kill9`: a hub under load is killed at random instants and started again on its folder or keyspace; clients
//! resume.
//!
//! Afterwards nothing acknowledged may be missing, doubled or out of order for anybody.

use std::time::Duration;

use anyhow::ensure;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use serde_json::json;

use crate::clock::Stopwatch;
use crate::crowd::Crowd;
use crate::link::Target;
use crate::meters::Meters;
use crate::negotiation::{report_findings, run_name, settle};
use crate::process::{Hub, Keyspace};
use crate::report::{Latencies, Outcome, share_finding};

/// How long a hub runs between its start and its death.
const LIFE_MS: std::ops::Range<u64> = 30..900;
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than this before a killed hub is ready again is a finding.
const READY_MAX: Duration = Duration::from_secs(5);
/// The same over a CQL server, which has the machine's other work beside it: starting asks it some dozen questions.
const READY_OVER_CQL_MAX: Duration = Duration::from_secs(20);

/// What is tried.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct Kill9Args {
    /// How often the hub is killed
    #[arg(long, default_value_t = 20)]
    pub rounds: u32,
    /// Conversations
    #[arg(long, default_value_t = 64)]
    pub conversations: usize,
    /// Messages a second, over all conversations
    #[arg(long, default_value_t = 500.0)]
    pub rate: f64,
    /// Fails when less than this share of what was meant to be said is acknowledged in the end
    #[arg(long, default_value_t = 0.9)]
    pub share_min: f64,
    /// Chooses the instants; random and printed when not given
    #[arg(long)]
    pub seed: Option<u64>,
    /// The CQL server on which the hub keeps its records, as `hub --store` takes it; each run makes a keyspace of its own
    #[arg(long)]
    pub store: Option<String>,
}

/// Runs the scenario.
///
/// # Errors
/// When the hub does not start again or cannot be read; everything else is a finding.
pub fn run(args: &Kill9Args, target: Option<&Target>) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "kill9 kills a hub of its own: leave out --url");
    ensure!(args.conversations > 0 && args.rate > 0.0, "all counts must be above 0");
    let seed = args.seed.unwrap_or_else(|| rand::rng().random());
    let mut rng = SmallRng::seed_from_u64(seed);
    let keyspace = args.store.as_deref().map(Keyspace::make).transpose()?;
    let mut hub = Hub::over(keyspace.as_ref(), false)?;
    let accounts = hub.accounts(args.conversations * 2)?;
    let mut crowd = Crowd::set_up(&hub.target(), &accounts, &run_name(), 60)?;
    crowd.talk.meters = Meters::measuring(0, u64::MAX);
    crowd.begin(args.rate);
    let mut ready = Latencies::default();
    for _ in 0..args.rounds {
        live(&mut crowd, &mut rng)?;
        hub.kill()?;
        let watch = Stopwatch::start();
        hub.restart()?;
        ready.record(watch.now_ns());
    }
    live(&mut crowd, &mut rng)?;
    crowd.hush();
    let mut findings = Vec::new();
    if !settle(&mut crowd)? {
        findings.push("messages are still unanswered".to_owned());
    }
    let (acked, refusals) = (crowd.talk.meters.acked, crowd.talk.meters.refusals.clone());
    let offered = crowd.intended();
    findings.extend(share_finding("acknowledged", acked, offered, args.share_min));
    findings.extend(deaths_findings(&crowd));
    let verdict = crowd.judge(PATIENCE)?;
    findings.extend(report_findings(&verdict.report));
    // Nobody declared history lost: a hub that raises the epoch would hide what it lost.
    if verdict.epoch_max > 1 {
        findings.push(format!("the epoch rose to {}", verdict.epoch_max));
    }
    let ready = ready.percentiles();
    let ready_max = if keyspace.is_some() { READY_OVER_CQL_MAX } else { READY_MAX };
    if ready.max > ready_max.as_secs_f64() * 1e3 {
        findings.push(format!("starting again took {} ms", ready.max));
    }
    let figures = json!({
        "args": args, "seed": seed, "offered": offered, "acked": acked, "refusals": refusals, "restart_to_ready_ms": ready,
        "checker": verdict.report,
    });
    Ok(Outcome { scenario: "kill9", findings, figures })
}

/// One life of the hub: everybody who is offline returns, a few lose their connection on the way.
fn live(crowd: &mut Crowd, rng: &mut SmallRng) -> anyhow::Result<()> {
    let until = crowd.now_ns() + rng.random_range(LIFE_MS) * 1_000_000;
    while crowd.now_ns() < until {
        crowd.connect_some()?;
        crowd.turn()?;
        if rng.random_bool(0.02) {
            crowd.cut(rng.random_range(0..crowd.participants().len()));
        }
    }
    Ok(())
}

/// Connections end with their hub; what else they say is held against it.
#[must_use]
pub fn deaths_findings(crowd: &Crowd) -> Vec<String> {
    let talk = &crowd.talk;
    let codes = talk.ended.iter().filter(|(how, _)| how.as_str() != "broken");
    let mut findings: Vec<String> = codes.map(|(how, count)| format!("{count} connections {how}")).collect();
    if talk.foreign > 0 {
        findings.push(format!("{} lines that no hub may send", talk.foreign));
    }
    findings
}
