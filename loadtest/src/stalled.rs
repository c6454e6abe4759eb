//! Scenario `stalled`: a tenth of a room stops reading. The others must not notice, the stalled must be closed, and in
//! a negotiation the closed one must come back complete.

mod negotiation;

use std::time::Duration;

use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::json;

use crate::fanout::{Bench, FanoutArgs, Run, findings as fanout_findings};
use crate::link::{Link, Target};
use crate::process::Hub;
use crate::report::{Outcome, Range};
use crate::swarm::{End, Peer};

/// A stalled receiver's own buffer: small, so that the hub soon feels the stall, yet enough for one that reads.
/// **Units**: bytes.
const STALLED_RECEIVE_BYTES: usize = 64 * 1024;
/// Close code of `slow_consumer`.
const SLOW_CONSUMER: u16 = 4002;
const TURN_MAX: Duration = Duration::from_millis(20);
/// How long a stalled receiver may stay, counted from the end of the run.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);

/// What is tried.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct StalledArgs {
    /// Receivers
    #[arg(long, default_value_t = 1_000)]
    pub members: usize,
    /// How many of them stop reading
    #[arg(long, default_value_t = 100)]
    pub stalled: usize,
    /// Publishes a second
    #[arg(long, default_value_t = 750.0)]
    pub rate: f64,
    /// Seconds measured in each run
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Pairs of runs, without and with stalled receivers in turn
    #[arg(long, default_value_t = 5)]
    pub pairs: usize,
    /// Fails when the median of the pairs' ratios of the others' p99 is above this
    #[arg(long, default_value_t = 1.1)]
    pub ratio_max: f64,
}

/// One run without and one with stalled receivers.
#[derive(Debug, Serialize)]
struct Pair {
    without: Run,
    with: Run,
    /// Those of the group who ended while they were still reading.
    ended_early: usize,
    /// The others' p99 with, over theirs without.
    p99_ratio: f64,
    /// Stalled receivers that the hub closed as `slow_consumer`, by its own count.
    closed: u64,
    /// Those who still saw the close frame when they read again; the others found the connection gone.
    saw_close_frame: usize,
}

/// Runs the scenario on a hub of its own.
///
/// # Errors
/// When the load cannot be set up; a bad measurement is a finding.
pub fn run(args: &StalledArgs, target: Option<&Target>, is_pinned: bool) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "stalled reads the metrics of a hub of its own: leave out --url");
    ensure!(args.stalled < args.members && args.pairs > 0, "somebody must be left to read");
    let hub = Hub::set_to(&[("FAIRHUB_LIMITS_MESSAGES_BURST", "1000")], is_pinned)?;
    let load = FanoutArgs {
        rooms: 1,
        members: args.members,
        rate: args.rate,
        payload: 200,
        seconds: args.seconds,
        runs: 1,
        p50_ms_max: None,
        p99_ms_max: None,
        share_min: 0.9,
        tls: false,
    };
    let mut bench = Bench::set_up(&hub.target(), &load, |_| Ok(()))?;
    let mut pairs = Vec::new();
    let mut findings = Vec::new();
    let mut group: Vec<Peer> = bench.load.receivers().take(args.stalled).collect();
    for _ in 0..args.pairs {
        for peer in group.drain(..) {
            bench.load.excuse(peer);
            bench.swarm.cut(peer);
        }
        let pair = pair(&mut bench, &load, args, &hub)?;
        findings.extend(pair_findings(&pair, &load, args));
        pairs.push(pair);
    }
    drop(bench);
    let ratio = Range::of(pairs.iter().map(|pair| pair.p99_ratio));
    if ratio.median > args.ratio_max {
        findings.push(format!("the others' p99 is {:.2} times that without stalled receivers", ratio.median));
    }
    let (resumed, resume_findings) = negotiation::run(&hub)?;
    findings.extend(resume_findings);
    let figures = json!({ "args": args, "p99_ratio": ratio, "pairs": pairs, "negotiation": resumed });
    Ok(Outcome { scenario: "stalled", findings, figures })
}

/// The group joins anew and is not counted in either run; in the second it does not read.
fn pair(bench: &mut Bench, load: &FanoutArgs, args: &StalledArgs, hub: &Hub) -> anyhow::Result<Pair> {
    let known: Vec<Peer> = bench.load.receivers().collect();
    for _ in 0..args.stalled {
        bench.join(&hub.target(), 0, &mut small_receive_buffer)?;
    }
    let group: Vec<Peer> = bench.load.receivers().filter(|peer| !known.contains(peer)).collect();
    group.iter().for_each(|peer| bench.load.excuse(*peer));
    let without = bench.measure(load, Some(hub))?;
    let ended_early = group.iter().filter(|peer| !bench.swarm.is_open(**peer)).count();
    let closed_before = closed(hub)?;
    group.iter().for_each(|peer| bench.swarm.pause(*peer));
    let with = bench.measure(load, Some(hub))?;
    let until = crate::clock::Stopwatch::start();
    while closed(hub)? - closed_before < args.stalled as u64 && until.elapsed() < CLOSED_WITHIN {
        bench.swarm.turn(TURN_MAX, &mut bench.load)?;
    }
    let closed = closed(hub)? - closed_before;
    for peer in &group {
        bench.swarm.resume(*peer, &mut bench.load);
    }
    let saw = |peer: &Peer| bench.load.excused_ends().contains(&(*peer, End::Closed(Some(SLOW_CONSUMER))));
    let saw_close_frame = group.iter().filter(|peer| saw(peer)).count();
    group.iter().for_each(|peer| bench.swarm.cut(*peer));
    let p99_ratio = with.latency_ms.p99 / without.latency_ms.p99;
    Ok(Pair { without, with, ended_early, p99_ratio, closed, saw_close_frame })
}

fn pair_findings(pair: &Pair, load: &FanoutArgs, args: &StalledArgs) -> Vec<String> {
    let mut findings = fanout_findings(load, std::slice::from_ref(&pair.without));
    findings.extend(fanout_findings(load, std::slice::from_ref(&pair.with)));
    if pair.ended_early > 0 {
        findings.push(format!("{} receivers ended before they stalled", pair.ended_early));
    }
    if (pair.closed + pair.ended_early as u64) < args.stalled as u64 {
        findings.push(format!("{} of {} stalled receivers were closed as slow_consumer", pair.closed, args.stalled));
    }
    findings
}

fn small_receive_buffer(link: &Link) -> anyhow::Result<()> {
    Ok(socket2::SockRef::from(link.socket()).set_recv_buffer_size(STALLED_RECEIVE_BYTES)?)
}

/// How many sockets the hub has closed as `slow_consumer` so far.
fn closed(hub: &Hub) -> anyhow::Result<u64> {
    let metrics = hub.get("/metrics")?;
    let line = metrics.lines().find(|line| line.starts_with("socket_closes_total{code=\"slow_consumer\"}"));
    line.map_or(Ok(0), |line| Ok(line.rsplit(' ').next().context("a metric without a value")?.parse()?))
}
