//! Scenario `fanout`: open-loop publishes into bench rooms, every delivery counted, checked for order and timed.
//!
//! Owns the scenario's arguments, its set-up and its figures. The load itself is [`load`], one event is [`stamp`].

pub mod load;
pub mod stamp;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use serde::Serialize;
use serde_json::json;

use self::load::{Load, Plan, Tally};
use crate::link::{Link, Target};
use crate::process::{self, Hub, Usage};
use crate::report::{Outcome, Percentiles, Range, above, share_finding};
use crate::swarm::Swarm;

/// Publisher connections at most; a room's publishes all come over one of them, so their order is defined.
const PUBLISHERS_MAX: usize = 16;
/// Connections made between two looks at those that exist.
const SETUP_SLICE: usize = 256;
/// A backlog that grows by more than this share of the offered rate a second means that the hub cannot keep up.
const GROWTH_SHARE_MAX: f64 = 0.02;

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct FanoutArgs {
    /// Rooms
    #[arg(long, default_value_t = 1)]
    pub rooms: usize,
    /// Members of each room
    #[arg(long, default_value_t = 1_000)]
    pub members: usize,
    /// Publishes a second, over all rooms
    #[arg(long, default_value_t = 1_500.0)]
    pub rate: f64,
    /// Bytes of data in a publish
    #[arg(long, default_value_t = 200)]
    pub payload: usize,
    /// Seconds measured, after a warm-up of two
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Runs on the same connections; the figures are then ranges
    #[arg(long, default_value_t = 1)]
    pub runs: usize,
    /// Fails when the median of the runs' p50 is above this
    #[arg(long)]
    pub p50_ms_max: Option<f64>,
    /// Fails when the median of the runs' p99 is above this
    #[arg(long)]
    pub p99_ms_max: Option<f64>,
    /// Fails when less than this share of what is offered arrives while measuring
    #[arg(long, default_value_t = 0.95)]
    pub share_min: f64,
    /// Measures a hub with plain sockets and then one with TLS, and what the second costs of the first
    #[arg(long)]
    pub tls: bool,
}

/// The figures of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Publishes a second times members.
    pub offered_per_s: f64,
    /// Deliveries a second that arrived while measuring.
    pub achieved_per_s: f64,
    /// From the intended send time, over publishes intended while measuring.
    pub latency_ms: Percentiles,
    /// Deliveries outstanding at the end of the measurement.
    pub backlog: u64,
    /// The backlog grew steadily: the hub cannot keep up.
    pub saturated: bool,
    /// Events by frames: what batching made of them.
    pub events_a_frame: f64,
    /// Cores that the hub used while measuring; none for a peer that is not ours.
    pub hub_cores: Option<f64>,
    /// The hub's resident memory at the end. **Units**: MiB.
    pub hub_rss_mib: Option<f64>,
    /// Cores that this generator used while measuring: near 1, it is the limit.
    pub generator_cores: f64,
    /// Seconds a second that both processes were ready and had no core: above a few hundredths, other work on the
    /// machine was measured too.
    pub waited_cores: f64,
    /// Everything counted.
    #[serde(flatten)]
    pub tally: Tally,
}

/// Runs the scenario.
///
/// # Errors
/// When the load cannot be set up; a bad measurement is a finding.
pub fn run(args: &FanoutArgs, target: Option<Target>, is_pinned: bool) -> anyhow::Result<Outcome> {
    ensure!(args.rooms > 0 && args.members > 0 && args.runs > 0 && args.rate > 0.0, "all counts must be above 0");
    if args.tls {
        ensure!(target.is_none(), "--tls starts hubs of its own: leave out --url");
        return against_plain(args, is_pinned);
    }
    let (hub, target) = process::hub_or(target, None, is_pinned)?;
    let runs = runs(args, &target, hub.as_ref())?;
    Ok(Outcome { scenario: "fanout", findings: findings(args, &runs), figures: figures(args, &runs) })
}

fn runs(args: &FanoutArgs, target: &Target, hub: Option<&Hub>) -> anyhow::Result<Vec<Run>> {
    let mut bench = Bench::set_up(target, args, |_| Ok(()))?;
    (0..args.runs).map(|_| bench.measure(args, hub)).collect()
}

/// The same load on a hub with plain sockets and on one with TLS, one after the other.
fn against_plain(args: &FanoutArgs, is_pinned: bool) -> anyhow::Result<Outcome> {
    let measure = |hub: Hub| runs(args, &hub.target(), Some(&hub));
    let (plain, tls) = (measure(Hub::start(is_pinned)?)?, measure(Hub::over_tls(is_pinned)?)?);
    let median = |runs: &[Run], figure: fn(&Run) -> f64| Range::of(runs.iter().map(figure)).median;
    let ratio = |figure: fn(&Run) -> f64| median(&tls, figure) / median(&plain, figure);
    let ratios = json!({
        "hub_cores": ratio(|run| run.hub_cores.unwrap_or(f64::NAN)), "p50_ms": ratio(|run| run.latency_ms.p50),
        "p99_ms": ratio(|run| run.latency_ms.p99),
    });
    let figures = json!({ "args": args, "ratio": ratios, "plain": figures(args, &plain), "tls": figures(args, &tls) });
    Ok(Outcome { scenario: "fanout", findings: [findings(args, &plain), findings(args, &tls)].concat(), figures })
}

fn figures(args: &FanoutArgs, runs: &[Run]) -> serde_json::Value {
    let range = |figure: fn(&Run) -> f64| Range::of(runs.iter().map(figure));
    json!({
        "args": args,
        "achieved_per_s": range(|run| run.achieved_per_s),
        "p50_ms": range(|run| run.latency_ms.p50),
        "p99_ms": range(|run| run.latency_ms.p99),
        "p999_ms": range(|run| run.latency_ms.p999),
        "hub_cores": range(|run| run.hub_cores.unwrap_or(f64::NAN)),
        "waited_cores": range(|run| run.waited_cores),
        "runs": runs,
    })
}

/// Every reason for which runs fail.
pub(crate) fn findings(args: &FanoutArgs, runs: &[Run]) -> Vec<String> {
    let mut findings: Vec<String> = runs.iter().flat_map(|run| run.tally.findings()).collect();
    if runs.iter().any(|run| run.saturated) {
        findings.push("saturated: the backlog grew while measuring".to_owned());
    }
    for run in runs {
        let offered = count(run.offered_per_s * count_f64(args.seconds));
        findings.extend(share_finding(
            "delivered while measuring",
            run.tally.deliveries_measured,
            offered,
            args.share_min,
        ));
    }
    let median = |figure: fn(&Run) -> f64| Range::of(runs.iter().map(figure)).median;
    findings.extend(above("p50", median(|run| run.latency_ms.p50), args.p50_ms_max));
    findings.extend(above("p99", median(|run| run.latency_ms.p99), args.p99_ms_max));
    findings
}

/// Receivers and publishers, connected.
#[derive(Debug)]
pub struct Bench {
    /// Their connections.
    pub swarm: Swarm,
    /// What they do.
    pub load: Load,
}

impl Bench {
    /// Connects every receiver and publisher; `each` may change a receiver's socket before it joins.
    ///
    /// # Errors
    /// When one of them is refused.
    pub fn set_up(
        target: &Target,
        args: &FanoutArgs,
        mut each: impl FnMut(&Link) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut bench = Self { swarm: Swarm::new()?, load: Load::new(args.rooms, args.members, args.payload) };
        for place in 0..args.rooms * args.members {
            let room = place / args.members;
            bench.join(target, room, &mut each)?;
            if place % SETUP_SLICE == 0 {
                bench.swarm.turn(Duration::ZERO, &mut bench.load)?;
            }
        }
        for _ in 0..args.rooms.min(PUBLISHERS_MAX) {
            let publisher = bench.swarm.add(Link::open(target, None)?)?;
            bench.load.add_publisher(publisher);
        }
        Ok(bench)
    }

    /// Connects one more receiver of a room.
    ///
    /// # Errors
    /// When it is refused.
    pub fn join(
        &mut self,
        target: &Target,
        room: usize,
        each: &mut impl FnMut(&Link) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut link = Link::open(target, None)?;
        each(&link)?;
        link.call("bench.join", &json!({ "room": load::room_name(room) }))?;
        let peer = self.swarm.add(link)?;
        self.load.add_receiver(peer, room);
        Ok(())
    }

    /// Publishes by the clock for the warm-up and the measured time, then waits until everything has arrived.
    ///
    /// # Errors
    /// When polling fails or the hub is gone.
    pub fn measure(&mut self, args: &FanoutArgs, hub: Option<&Hub>) -> anyhow::Result<Run> {
        self.load.begin(Plan { rate: args.rate, measured: Duration::from_secs(args.seconds) });
        let mut before = None;
        while self.load.is_publishing() {
            let wait = self.load.publish_due(&mut self.swarm);
            self.swarm.turn(wait, &mut self.load)?;
            if before.is_none() && self.load.is_measuring() {
                before = Some((used(hub)?, process::usage(std::process::id())?));
            }
        }
        let (hub_before, own_before) = before.unwrap_or_default();
        let (hub_after, own_after) = (used(hub)?, process::usage(std::process::id())?);
        self.load.drain(&mut self.swarm)?;
        let seconds = self.load.measured_s();
        let cores = |before: Usage, after: Usage| (after.cpu_s - before.cpu_s) / seconds;
        let waited = |before: Usage, after: Usage| (after.waited_s - before.waited_s) / seconds;
        Ok(self.run_of(Run {
            offered_per_s: args.rate * self.load.members_mean(),
            achieved_per_s: 0.0,
            latency_ms: Percentiles::default(),
            backlog: 0,
            saturated: false,
            events_a_frame: 0.0,
            hub_cores: hub_before.zip(hub_after).map(|(before, after)| cores(before, after)),
            hub_rss_mib: hub_after.map(|usage| mib(usage.rss_bytes)),
            generator_cores: cores(own_before, own_after),
            waited_cores: waited(own_before, own_after)
                + hub_before.zip(hub_after).map_or(0.0, |(before, after)| waited(before, after)),
            tally: Tally::default(),
        }))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    fn run_of(&mut self, run: Run) -> Run {
        let tally = self.load.tally();
        let growth_per_s = self.load.backlog_growth_per_s();
        Run {
            achieved_per_s: tally.deliveries_measured as f64 / self.load.measured_s(),
            latency_ms: self.load.latencies().percentiles(),
            backlog: self.load.backlog_at_end(),
            saturated: growth_per_s > GROWTH_SHARE_MAX * run.offered_per_s,
            events_a_frame: tally.deliveries as f64 / (tally.frames.max(1)) as f64,
            tally,
            ..run
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of a run are far below 2^52")]
const fn count(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a run")]
const fn count_f64(number: u64) -> f64 {
    number as f64
}

fn used(hub: Option<&Hub>) -> anyhow::Result<Option<Usage>> {
    hub.map(Hub::usage).transpose()
}

/// **Units**: bytes in, MiB with two digits out.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
pub fn mib(bytes: u64) -> f64 {
    (bytes as f64 / 1_048_576.0 * 100.0).round() / 100.0
}

/// Counts by reason, as a finding says them.
pub(crate) fn by_reason(ends: &BTreeMap<String, u64>) -> String {
    ends.iter().map(|(reason, count)| format!("{count} {reason}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
