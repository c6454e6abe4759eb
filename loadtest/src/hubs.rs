//! Scenario `hubs`: hubs over one keyspace, whose writers race on the same conversations, change hubs, and say some things
//! twice at once; now and then a hub is killed.
//!
//! Afterwards every hub must tell the same log, in which nothing is missing, doubled or out of order. Then: what one hub
//! acknowledged the others show at once (`sight`), and a session ended at one ends at the others (`revocation`).

mod revocation;
mod sight;

use std::time::Duration;

use anyhow::ensure;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use serde_json::json;

use crate::clock::Stopwatch;
use crate::crowd::{Crowd, Gathering, Verdict};
use crate::kill9::deaths_findings;
use crate::link::Target;
use crate::meters::Meters;
use crate::negotiation::{report_findings, run_name, settle};
use crate::process::{Hub, Keyspace};
use crate::report::{Latencies, Outcome};

/// How long a killed hub is away before it is started again.
const AWAY_MS: std::ops::Range<u64> = 200..1_500;
const PATIENCE: Duration = Duration::from_secs(2);
const TEXT_CHARS: usize = 60;
/// Connections that are lost in a second, of each hundred.
const CUTS_PERCENT: f64 = 10.0;

/// What is tried.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct HubsArgs {
    /// The CQL server, as `hub --store` takes it; each run makes a keyspace of its own
    #[arg(long)]
    pub store: String,
    /// Hubs over it
    #[arg(long, default_value_t = 2)]
    pub hubs: usize,
    /// Conversations
    #[arg(long, default_value_t = 4)]
    pub conversations: usize,
    /// Writers in each of them, split over the hubs
    #[arg(long, default_value_t = 32)]
    pub writers: usize,
    /// Of these, how many have a double at another hub that sends the same at the same time under the same ids
    #[arg(long, default_value_t = 4)]
    pub doubles: usize,
    /// Messages a second, over all conversations
    #[arg(long, default_value_t = 300.0)]
    pub rate: f64,
    /// How long they write
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// How often one of the hubs is killed meanwhile, in turn
    #[arg(long, default_value_t = 0)]
    pub kills: u32,
    /// Messages that one hub acknowledges and another is asked for
    #[arg(long, default_value_t = 60)]
    pub looks: u32,
    /// Sessions that are ended at one hub while they are open at another
    #[arg(long, default_value_t = 10)]
    pub ended: u32,
    /// Chooses the instants; random and printed when not given
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Runs the scenario.
///
/// # Errors
/// When a hub does not start or cannot be read; everything else is a finding.
pub fn run(args: &HubsArgs, target: Option<&Target>) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "hubs starts hubs of its own: leave out --url");
    ensure!(args.hubs > 1 && args.conversations > 0 && args.rate > 0.0, "there must be something to share");
    let seed = args.seed.unwrap_or_else(|| rand::rng().random());
    let keyspace = Keyspace::make(&args.store)?.shared();
    let mut hubs: Vec<Hub> = (0..args.hubs).map(|_| Hub::over(Some(&keyspace), false)).collect::<Result<_, _>>()?;
    let race = race(args, &mut hubs, &mut SmallRng::seed_from_u64(seed))?;
    let sight = sight::run(&hubs, args.looks)?;
    let revocation = revocation::run(&hubs, args.ended)?;
    let findings = [race.findings, sight.findings, revocation.findings].concat();
    let figures = json!({
        "args": args, "seed": seed, "race": race.figures, "sight": sight.figures, "revocation": revocation.figures,
    });
    Ok(Outcome { scenario: "hubs", findings, figures })
}

/// What a part of the scenario says.
struct Part {
    findings: Vec<String>,
    figures: serde_json::Value,
}

fn race(args: &HubsArgs, hubs: &mut [Hub], rng: &mut SmallRng) -> anyhow::Result<Part> {
    let first = hubs.first().ok_or_else(|| anyhow::anyhow!("no hub"))?;
    let accounts = first.accounts(args.conversations * 2)?;
    let targets: Vec<Target> = hubs.iter().map(Hub::target).collect();
    let mut crowd = Crowd::gather(&Gathering {
        targets: &targets,
        accounts: &accounts,
        run: &run_name(),
        text_chars: TEXT_CHARS,
        writers: args.writers,
        doubles: args.doubles,
    })?;
    crowd.talk.meters = Meters::measuring(0, u64::MAX);
    crowd.begin(args.rate);
    let mut ready = Latencies::default();
    let stretch = Duration::from_secs(args.seconds) / (args.kills + 1);
    for kill in 0..args.kills {
        talk_for(&mut crowd, stretch, rng)?;
        let victim = kill as usize % hubs.len();
        if let Some(hub) = hubs.get_mut(victim) {
            ready.record(die_and_return(hub, &mut crowd, rng)?);
        }
    }
    talk_for(&mut crowd, stretch, rng)?;
    crowd.hush();
    let mut findings = Vec::new();
    if !settle(&mut crowd)? {
        findings.push("messages are still unanswered".to_owned());
    }
    // No hub tells the others of news yet, so whoever hears nothing asks: at the next hub, for everything behind what
    // it knows.
    crowd.cut_all();
    if !settle(&mut crowd)? {
        findings.push("not everybody came back".to_owned());
    }
    let meters = std::mem::take(&mut crowd.talk.meters);
    findings.extend(deaths_findings(&crowd));
    let verdict = crowd.judge(PATIENCE)?;
    findings.extend(verdict_findings(&verdict));
    let figures = json!({
        "acked": meters.acked, "refusals": meters.refusals, "send_to_ack_ms": meters.send_to_ack.percentiles(),
        "restart_to_ready_ms": ready.percentiles(), "forks": verdict.forks, "checker": verdict.report,
    });
    Ok(Part { findings, figures })
}

/// What the logs and the hubs' tellings of them say.
fn verdict_findings(verdict: &Verdict) -> Vec<String> {
    let mut findings = report_findings(&verdict.report);
    if verdict.forks > 0 {
        findings.push(format!("{} histories differ between hubs", verdict.forks));
    }
    findings
}

/// Everybody writes; a few lose their connection and go on at the next hub.
fn talk_for(crowd: &mut Crowd, time: Duration, rng: &mut SmallRng) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    let mut cut_ns = 0;
    while watch.elapsed() < time {
        crowd.connect_some()?;
        crowd.turn()?;
        let count = crowd.participants().len();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let expected = (watch.now_ns() - cut_ns) as f64 / 1e9 * CUTS_PERCENT / 100.0 * count as f64;
        cut_ns = watch.now_ns();
        if rng.random_bool(expected.min(1.0)) {
            crowd.cut(rng.random_range(0..count));
        }
    }
    Ok(())
}

/// A hub is killed while the others go on, and started again. **Units**: nanoseconds until it was ready.
fn die_and_return(hub: &mut Hub, crowd: &mut Crowd, rng: &mut SmallRng) -> anyhow::Result<u64> {
    hub.kill()?;
    talk_for(crowd, Duration::from_millis(rng.random_range(AWAY_MS)), rng)?;
    hub.revive()?;
    let watch = Stopwatch::start();
    while !hub.is_ready() {
        ensure!(watch.elapsed() < crate::process::READY_TIMEOUT, "hub is not ready: {}", hub.log_tail());
        talk_for(crowd, Duration::from_millis(20), rng)?;
    }
    Ok(watch.now_ns())
}

#[cfg(test)]
mod tests;
