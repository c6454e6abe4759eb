//! Scenario `idle`: what an authenticated connection costs the hub that says nothing.

use std::time::Duration;

use anyhow::ensure;
use serde::Serialize;
use serde_json::json;

use crate::clock::Stopwatch;
use crate::fanout::{by_reason, mib};
use crate::link::{Link, Target};
use crate::negotiation::accounts;
use crate::process::Hub;
use crate::report::Outcome;
use crate::swarm::{End, Handler, Peer, Swarm};

/// Connections made between two looks at those that exist.
const SETUP_SLICE: usize = 256;
const TURN_MAX: Duration = Duration::from_millis(100);

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct IdleArgs {
    /// Connections
    #[arg(long, default_value_t = 10_000)]
    pub connections: usize,
    /// Accounts that share them; each brings a person's and a team's room of its own
    #[arg(long, default_value_t = 1_000)]
    pub accounts: usize,
    /// Seconds that they stay
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Fails when a connection costs more
    #[arg(long)]
    pub kib_max: Option<f64>,
    /// Measures a hub with plain sockets and then one with TLS
    #[arg(long)]
    pub tls: bool,
}

#[derive(Default)]
struct Ends(std::collections::BTreeMap<String, u64>);

impl Handler for Ends {
    fn on_text(&mut self, _swarm: &mut Swarm, _peer: Peer, _text: &[u8]) {}

    fn on_end(&mut self, _swarm: &mut Swarm, _peer: Peer, end: End) {
        *self.0.entry(end.to_string()).or_default() += 1;
    }
}

/// Runs the scenario on a hub of its own: another's memory is not ours to read.
///
/// # Errors
/// When the connections cannot be made.
pub fn run(args: &IdleArgs, target: Option<&Target>, is_pinned: bool) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "idle measures a hub of its own: leave out --url");
    ensure!(args.connections > 0 && args.accounts > 0, "all counts must be above 0");
    let (mut findings, plain) = measure(args, &Hub::start(is_pinned)?)?;
    if !args.tls {
        return Ok(Outcome { scenario: "idle", findings, figures: plain });
    }
    let (more, tls) = measure(args, &Hub::over_tls(is_pinned)?)?;
    findings.extend(more);
    let figures = json!({ "args": args, "plain": plain, "tls": tls });
    Ok(Outcome { scenario: "idle", findings, figures })
}

/// Findings and figures of one hub.
fn measure(args: &IdleArgs, hub: &Hub) -> anyhow::Result<(Vec<String>, serde_json::Value)> {
    let accounts = accounts(Some(hub), None, args.accounts.next_multiple_of(2))?;
    let (mut swarm, mut ends) = (Swarm::new()?, Ends::default());
    // The first connection pays for what all share.
    swarm.add(Link::open(&hub.target(), accounts.first().map(|account| account.token.as_str()))?)?;
    let before = hub.usage()?;
    for place in 0..args.connections {
        let account = accounts.get(place % args.accounts);
        swarm.add(Link::open(&hub.target(), account.map(|account| account.token.as_str()))?)?;
        if place % SETUP_SLICE == 0 {
            swarm.turn(Duration::ZERO, &mut ends)?;
        }
    }
    let connected = hub.usage()?;
    let watch = Stopwatch::start();
    while watch.elapsed() < Duration::from_secs(args.seconds) {
        swarm.turn(TURN_MAX, &mut ends)?;
    }
    let after = hub.usage()?;
    let kib = growth_kib(before.rss_bytes, after.rss_bytes, args.connections);
    let mut findings = Vec::new();
    if !ends.0.is_empty() {
        findings.push(format!("connections ended: {}", by_reason(&ends.0)));
    }
    if swarm.open_count() <= args.connections {
        findings.push(format!("{} of {} connections are open", swarm.open_count(), args.connections + 1));
    }
    if args.kib_max.is_some_and(|most| kib > most) {
        findings.push(format!("{kib} KiB a connection"));
    }
    let figures = json!({
        "args": args, "kib_a_connection": kib, "rss_before_mib": mib(before.rss_bytes),
        "rss_after_mib": mib(after.rss_bytes), "connect_cpu_s": connected.cpu_s - before.cpu_s,
        "idle_cpu_s": after.cpu_s - connected.cpu_s,
    });
    Ok((findings, figures))
}

#[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
fn growth_kib(before: u64, after: u64, connections: usize) -> f64 {
    let bytes = after.saturating_sub(before) as f64 / connections as f64;
    (bytes / 1024.0 * 100.0).round() / 100.0
}
