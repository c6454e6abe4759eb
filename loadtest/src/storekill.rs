//! Scenario `storekill`: the CQL server under a busy hub is killed and started again, round after round; the hub lives on.
//!
//! While it is away whoever writes is refused by name, and what needs no store goes on (`bystanders`). Afterwards
//! everything works again without a new hub or a new socket, and nothing acknowledged is missing.

mod bystanders;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use serde_json::json;

use self::bystanders::Bystanders;
use self::server::Server;
use crate::clock::Stopwatch;
use crate::crowd::Crowd;
use crate::link::Target;
use crate::meters::Meters;
use crate::negotiation::{connection_findings, report_findings, run_name, settle};
use crate::process::{Hub, Keyspace};
use crate::report::{Latencies, Outcome};

/// How long the server runs before it is killed.
const LIFE_MS: std::ops::Range<u64> = 1_000..4_000;
/// How long it stays away before it is started, which takes some seconds more.
const AWAY_MS: std::ops::Range<u64> = 500..3_000;
/// Between two looks at something.
const LOOK: Duration = Duration::from_millis(20);
/// Longer than this from the server's first answer until the hub works again is a finding.
const RECOVERED_WITHIN: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(5);
const TEXT_CHARS: usize = 60;
/// What a client that repeats its message may be told while there is no store. The last one: its repeats were too many.
const REFUSALS: [&str; 3] = ["unavailable", "outcome_unknown", "rate_limited"];

/// What is tried.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct StorekillArgs {
    /// A program that runs a CQL server: `start` prints its HOST:PORT, `kill` ends it at once, `start` then finds its
    /// data again, `stop` removes all; `CASSANDRA_RUN` names its folder
    #[arg(long)]
    pub server: PathBuf,
    /// How often the server is killed
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Conversations
    #[arg(long, default_value_t = 32)]
    pub conversations: usize,
    /// Messages a second, over all conversations
    #[arg(long, default_value_t = 200.0)]
    pub rate: f64,
    /// Chooses the instants; random and printed when not given
    #[arg(long)]
    pub seed: Option<u64>,
}

/// What is timed in every round.
#[derive(Debug, Default)]
struct Times {
    /// From the kill to the server's first answer.
    away: Latencies,
    /// From there until the hub says that it is ready.
    ready: Latencies,
    /// From there until the hub acknowledges messages again.
    acked: Latencies,
}

/// Runs the scenario.
///
/// # Errors
/// When server or hub do not start; everything else is a finding.
pub fn run(args: &StorekillArgs, target: Option<&Target>) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "storekill runs a hub and a server of its own: leave out --url");
    ensure!(args.conversations > 0 && args.rate > 0.0, "all counts must be above 0");
    let seed = args.seed.unwrap_or_else(|| rand::rng().random());
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut server = Server::start(&args.server)?;
    let keyspace = Keyspace::make(&format!("scylla://{}/storekill?replication=1", server.address()))?;
    let hub = Hub::over(Some(&keyspace), false)?;
    let accounts = hub.accounts(args.conversations * 2 + 2)?;
    let (crowd_accounts, pair) = accounts.split_at(args.conversations * 2);
    let mut crowd = Crowd::set_up(&hub.target(), crowd_accounts, &run_name(), TEXT_CHARS)?;
    let mut bystanders = Bystanders::gather(&hub, pair)?;
    crowd.talk.meters = Meters::measuring(0, u64::MAX);
    crowd.begin(args.rate);
    let (mut times, mut findings) = (Times::default(), Vec::new());
    for _ in 0..args.rounds {
        crowd.go_on(millis(&mut rng, LIFE_MS))?;
        server.kill()?;
        let watch = Stopwatch::start();
        crowd.go_on(millis(&mut rng, AWAY_MS))?;
        findings.extend(bystanders.look_without_store(&hub));
        // What is unanswered is repeated all the time; more would only wait behind it.
        crowd.hush();
        server.begin_start()?;
        while !server.is_up()? {
            crowd.go_on(LOOK)?;
            bystanders.stay()?;
        }
        times.away.record(watch.now_ns());
        crowd.begin(args.rate);
        findings.extend(recover(&hub, &mut crowd, &mut times)?);
        findings.extend(bystanders.look_again(&hub));
    }
    crowd.go_on(millis(&mut rng, LIFE_MS))?;
    crowd.hush();
    if !settle(&mut crowd)? {
        findings.push("messages are still unanswered".to_owned());
    }
    let meters = std::mem::take(&mut crowd.talk.meters);
    findings.extend(connection_findings(&crowd));
    findings.extend(refusal_findings(&meters));
    let verdict = crowd.judge(PATIENCE)?;
    findings.extend(report_findings(&verdict.report));
    if verdict.epoch_max > 1 {
        findings.push(format!("the epoch rose to {}", verdict.epoch_max));
    }
    let figures = json!({
        "args": args, "seed": seed, "acked": meters.acked, "refusals": meters.refusals,
        "away_ms": times.away.percentiles(), "server_to_ready_ms": times.ready.percentiles(),
        "server_to_acked_ms": times.acked.percentiles(), "checker": verdict.report,
    });
    Ok(Outcome { scenario: "storekill", findings, figures })
}

fn millis(rng: &mut SmallRng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}

/// The server answers: how long until the hub does?
fn recover(hub: &Hub, crowd: &mut Crowd, times: &mut Times) -> anyhow::Result<Option<String>> {
    let (watch, acked) = (Stopwatch::start(), crowd.talk.meters.acked);
    let (mut is_ready, mut is_acking) = (false, false);
    while !(is_ready && is_acking) {
        if watch.elapsed() > RECOVERED_WITHIN {
            return Ok(Some(format!("not recovered in time: ready {is_ready}, acknowledging {is_acking}")));
        }
        crowd.go_on(LOOK)?;
        if !is_acking && crowd.talk.meters.acked > acked {
            is_acking = true;
            times.acked.record(watch.now_ns());
        }
        if !is_ready && hub.is_ready() {
            is_ready = true;
            times.ready.record(watch.now_ns());
        }
    }
    Ok(None)
}

fn refusal_findings(meters: &Meters) -> Vec<String> {
    let others = meters.refusals.iter().filter(|(code, _)| !REFUSALS.contains(&code.as_str()));
    let mut findings: Vec<String> = others.map(|(code, count)| format!("{count} refused with {code}")).collect();
    if !meters.refusals.contains_key("unavailable") {
        findings.push("nobody was refused as unavailable, so the server was never missed".to_owned());
    }
    findings
}
