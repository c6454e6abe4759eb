//! Scenario `negotiation`: many conversations, both sides connected, messages by the clock, every log checked.

use std::time::Duration;

use anyhow::ensure;
use rand::RngExt as _;
use serde::Serialize;
use serde_json::json;

use crate::checker::Report;
use crate::crowd::Crowd;
use crate::fanout::{by_reason, mib};
use crate::link::Target;
use crate::meters::Meters;
use crate::process::{self, Account, Hub};
use crate::report::{Outcome, Percentiles, Range, above};

/// Before measuring.
pub(crate) const WARM_UP: Duration = Duration::from_secs(2);
/// How long the last answers may take.
const SETTLE_MAX: Duration = Duration::from_secs(60);
/// How long the last live entries may take once everything is acknowledged.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct NegotiationArgs {
    /// Conversations; a user writes 5 messages a second at most, so 1,000 conversations carry 10,000 a second
    #[arg(long, default_value_t = 1_250)]
    pub conversations: usize,
    /// Accounts instead, two a conversation
    #[arg(long, conflicts_with = "conversations")]
    pub accounts: Option<usize>,
    /// Messages a second, over all conversations
    #[arg(long, default_value_t = 5_000.0)]
    pub rate: f64,
    /// Seconds measured, after a warm-up of two
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Characters in a message
    #[arg(long, default_value_t = 100)]
    pub text: usize,
    /// Runs on the same connections; the figures are then ranges
    #[arg(long, default_value_t = 1)]
    pub runs: usize,
    /// Fails when the median of the runs' p50 of send-to-ack is above this
    #[arg(long)]
    pub p50_ms_max: Option<f64>,
    /// Fails when the median of the runs' p99 of send-to-ack is above this
    #[arg(long)]
    pub p99_ms_max: Option<f64>,
    /// Fails when in any run less than this share of what is offered is acknowledged while measuring
    #[arg(long, default_value_t = 0.98)]
    pub share_min: f64,
    /// Measures a hub with plain sockets and then one with TLS, and what the second costs of the first
    #[arg(long, conflicts_with_all = ["tokens", "store"])]
    pub tls: bool,
    /// Lines of `hub admin tokens` made on the folder of the hub at --url
    #[arg(long)]
    pub tokens: Option<std::path::PathBuf>,
    /// The CQL server on which the hub keeps its records, as `hub --store` takes it; each run makes a keyspace of its own
    #[arg(long)]
    pub store: Option<String>,
}

/// The figures of one run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    /// Acknowledgements a second that came while measuring.
    pub(crate) acked_per_s: f64,
    /// From the intended send time to the acknowledgement.
    pub(crate) send_to_ack_ms: Percentiles,
    /// From the intended send time to the other side's receipt.
    send_to_receive_ms: Percentiles,
    /// Acknowledgements in all.
    acked: u64,
    /// Refusals by code; each was tried again.
    refusals: std::collections::BTreeMap<String, u64>,
    /// Cores that the hub used.
    hub_cores: Option<f64>,
    /// The hub's resident memory at the end. **Units**: MiB.
    hub_rss_mib: Option<f64>,
    /// Cores that this generator used.
    generator_cores: f64,
    /// Seconds a second that both processes were ready and had no core.
    waited_cores: f64,
}

/// Runs the scenario.
///
/// # Errors
/// When the load cannot be set up; a bad measurement is a finding.
pub fn run(args: &NegotiationArgs, target: Option<Target>) -> anyhow::Result<Outcome> {
    ensure!(args.conversations > 0 && args.rate > 0.0 && args.runs > 0, "all counts must be above 0");
    if args.tls {
        ensure!(target.is_none(), "--tls starts hubs of its own: leave out --url");
        return against_plain(args);
    }
    let (hub, target) = process::hub_or(target, args.store.as_deref(), false)?;
    let (findings, runs, report) = talk(args, hub.as_ref(), &target)?;
    Ok(Outcome { scenario: "negotiation", findings, figures: figures(args, &runs, &report) })
}

/// The same load on a hub with plain sockets and on one with TLS, one after the other.
fn against_plain(args: &NegotiationArgs) -> anyhow::Result<Outcome> {
    let measure = |hub: Hub| talk(args, Some(&hub), &hub.target());
    let (mut findings, plain, plain_report) = measure(Hub::start(false)?)?;
    let (more, tls, tls_report) = measure(Hub::over_tls(false)?)?;
    findings.extend(more);
    let median = |runs: &[Run], figure: fn(&Run) -> f64| Range::of(runs.iter().map(figure)).median;
    let ratio = |figure: fn(&Run) -> f64| median(&tls, figure) / median(&plain, figure);
    let ratios = json!({
        "hub_cores": ratio(|run| run.hub_cores.unwrap_or(f64::NAN)), "p50_ms": ratio(|run| run.send_to_ack_ms.p50),
        "p99_ms": ratio(|run| run.send_to_ack_ms.p99),
    });
    let (plain, tls) = (figures(args, &plain, &plain_report), figures(args, &tls, &tls_report));
    let figures = json!({ "args": args, "ratio": ratios, "plain": plain, "tls": tls });
    Ok(Outcome { scenario: "negotiation", findings, figures })
}

/// Findings, runs and the verdict of one hub.
fn talk(args: &NegotiationArgs, hub: Option<&Hub>, target: &Target) -> anyhow::Result<(Vec<String>, Vec<Run>, Report)> {
    let count = args.accounts.map_or(args.conversations * 2, |accounts| accounts.next_multiple_of(2));
    ensure!(count > 0, "there must be accounts");
    let accounts = accounts(hub, args.tokens.as_deref(), count)?;
    let mut crowd = Crowd::set_up(target, &accounts, &run_name(), args.text)?;
    let mut findings = Vec::new();
    let mut runs = Vec::new();
    for _ in 0..args.runs {
        runs.push(measure(&mut crowd, args, hub)?);
        if !settle(&mut crowd)? {
            findings.push("messages are still unanswered".to_owned());
        }
    }
    findings.extend(connection_findings(&crowd));
    let verdict = crowd.judge(PATIENCE)?;
    findings.extend(report_findings(&verdict.report));
    findings.extend(speed_findings(args, &runs));
    Ok((findings, runs, verdict.report))
}

fn figures(args: &NegotiationArgs, runs: &[Run], report: &Report) -> serde_json::Value {
    let range = |figure: fn(&Run) -> f64| Range::of(runs.iter().map(figure));
    json!({
        "args": args,
        "acked_per_s": range(|run| run.acked_per_s),
        "send_to_ack_p50_ms": range(|run| run.send_to_ack_ms.p50),
        "send_to_ack_p99_ms": range(|run| run.send_to_ack_ms.p99),
        "send_to_receive_p50_ms": range(|run| run.send_to_receive_ms.p50),
        "send_to_receive_p99_ms": range(|run| run.send_to_receive_ms.p99),
        "waited_cores": range(|run| run.waited_cores),
        "runs": runs,
        "checker": report,
    })
}

fn speed_findings(args: &NegotiationArgs, runs: &[Run]) -> Vec<String> {
    let mut findings = Vec::new();
    let slowest = Range::of(runs.iter().map(|run| run.acked_per_s)).min;
    // Not a number is not enough either.
    if !slowest.is_finite() || slowest < args.rate * args.share_min {
        findings.push(format!("saturated: {slowest:.0} acknowledged a second of {}", args.rate));
    }
    if slowest <= 0.0 {
        findings.push("nothing was acknowledged while measuring".to_owned());
    }
    let median = |figure: fn(&Run) -> f64| Range::of(runs.iter().map(figure)).median;
    findings.extend(above("p50 of send-to-ack", median(|run| run.send_to_ack_ms.p50), args.p50_ms_max));
    findings.extend(above("p99 of send-to-ack", median(|run| run.send_to_ack_ms.p99), args.p99_ms_max));
    findings
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
pub(crate) fn measure(crowd: &mut Crowd, args: &NegotiationArgs, hub: Option<&Hub>) -> anyhow::Result<Run> {
    let warm_up = u64::try_from(WARM_UP.as_nanos())?;
    let begun = crowd.now_ns();
    let (from, until) = (begun + warm_up, begun + warm_up + args.seconds * 1_000_000_000);
    crowd.talk.meters = Meters::measuring(from, until);
    let used = || Ok::<_, anyhow::Error>((hub.map(Hub::usage).transpose()?, process::usage(std::process::id())?));
    let (hub_before, own_before) = used()?;
    crowd.begin(args.rate);
    while crowd.now_ns() < until {
        crowd.turn()?;
        crowd.connect_some()?;
    }
    let (hub_after, own_after) = used()?;
    crowd.hush();
    let seconds = args.seconds as f64;
    let whole = seconds + WARM_UP.as_secs_f64();
    let acked_measured = crowd.talk.meters.acked_measured;
    settle(crowd)?;
    let meters = &crowd.talk.meters;
    Ok(Run {
        acked_per_s: acked_measured as f64 / seconds,
        send_to_ack_ms: meters.send_to_ack.percentiles(),
        send_to_receive_ms: meters.send_to_receive.percentiles(),
        acked: meters.acked,
        refusals: meters.refusals.clone(),
        hub_cores: hub_before.zip(hub_after).map(|(before, after)| (after.cpu_s - before.cpu_s) / whole),
        hub_rss_mib: hub_after.map(|usage| mib(usage.rss_bytes)),
        generator_cores: (own_after.cpu_s - own_before.cpu_s) / whole,
        waited_cores: (own_after.waited_s - own_before.waited_s) / whole
            + hub_before.zip(hub_after).map_or(0.0, |(before, after)| (after.waited_s - before.waited_s) / whole),
    })
}

/// Lets everything be answered; false when something is not in time.
///
/// # Errors
/// When polling fails.
pub fn settle(crowd: &mut Crowd) -> std::io::Result<bool> {
    let until = crowd.now_ns() + u64::try_from(SETTLE_MAX.as_nanos()).unwrap_or(u64::MAX);
    while !crowd.is_settled() && crowd.now_ns() < until {
        crowd.connect_some()?;
        crowd.turn()?;
    }
    Ok(crowd.is_settled())
}

/// Accounts of our own hub, or from a file for somebody else's.
///
/// # Errors
/// When there are too few.
pub fn accounts(hub: Option<&Hub>, file: Option<&std::path::Path>, count: usize) -> anyhow::Result<Vec<Account>> {
    match (hub, file) {
        (Some(hub), None) => hub.accounts(count),
        (_, Some(file)) => {
            let text = std::fs::read_to_string(file)?;
            let accounts: Vec<Account> =
                text.lines().take(count).map(serde_json::from_str).collect::<Result<_, _>>()?;
            ensure!(accounts.len() == count, "{} has {} of {count} accounts", file.display(), accounts.len());
            Ok(accounts)
        }
        (None, None) => anyhow::bail!("--url needs --tokens: lines of `hub admin tokens` on that hub's folder"),
    }
}

/// Begins the ids of this run's messages.
#[must_use]
pub fn run_name() -> String {
    format!("r{:08x}", rand::rng().random::<u32>())
}

/// What the connections say against the hub.
#[must_use]
pub fn connection_findings(crowd: &Crowd) -> Vec<String> {
    let mut findings = Vec::new();
    let talk = &crowd.talk;
    if !talk.ended.is_empty() {
        findings.push(format!("connections ended: {}", by_reason(&talk.ended)));
    }
    if talk.foreign > 0 {
        findings.push(format!("{} lines that no hub may send", talk.foreign));
    }
    if talk.overflowed > 0 {
        findings.push(format!("{} messages found no space in a client's queue", talk.overflowed));
    }
    findings
}

/// What the checker found, in words.
#[must_use]
pub fn report_findings(report: &Report) -> Vec<String> {
    let mut findings: Vec<String> =
        report.counts.iter().map(|(kind, count)| format!("{count} x {kind:?} in the logs")).collect();
    if report.acks_checked == 0 {
        findings.push("nothing was acknowledged, so nothing was proved".to_owned());
    }
    findings
}

#[cfg(test)]
mod tests;
