//! Scenario `simulate`: the real hub, or several over one store, in virtual time over a store that delays, refuses, forgets to answer and crashes,
//! and clients that never give up. Each seed is one run; the same seed gives the same run, frame by frame.
//!
//! The one scenario that runs the hub inside this program: no sockets, no disk, no waiting.

mod claims;
mod client;
mod device;
mod fold;
mod life;
mod promises;
mod readback;
mod verdict;
mod views;
mod weather;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::json;

use crate::checker::Report;
use crate::clock::Stopwatch;
use crate::report::{Outcome, share_finding};

use world::World;

/// Failing seeds after which no more are tried.
const FAILING_MAX: usize = 5;
/// Findings shown of one seed.
const SHOWN_MAX: usize = 8;

/// What is tried.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct SimulateArgs {
    /// How many seeds; 100000 is the long form
    #[arg(long, default_value_t = 2_000)]
    pub seeds: u64,
    /// The first seed: the one to repeat, with --seeds 1
    #[arg(long, default_value_t = 1)]
    pub from: u64,
    /// Seeds at a time; 0: one a core
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// How many hubs share the store; of several, single ones die while the others live
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub hubs: u8,
    /// Fails when a smaller share of all that was asked is acknowledged; the rest was refused
    #[arg(long, default_value_t = 0.0)]
    pub share_min: f64,
    /// Runs each seed twice, and fails when the second run is not the first one again
    #[arg(long)]
    pub twice: bool,
    /// Plants this bug in the hub, to see whether it is found
    #[cfg(feature = "planted")]
    #[arg(long)]
    pub plant: Option<chat::planted::Bug>,
}

impl SimulateArgs {
    /// This many seeds from this one on.
    #[must_use]
    pub const fn of(from: u64, seeds: u64) -> Self {
        Self {
            seeds,
            from,
            threads: 0,
            hubs: 1,
            share_min: 0.0,
            twice: false,
            #[cfg(feature = "planted")]
            plant: None,
        }
    }
}

/// What one seed came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Every frame that every client received, and when, as one number.
    pub trace: u64,
    /// What is wrong; empty: nothing.
    pub findings: Vec<String>,
    /// How often the hub was killed.
    pub crashes: u64,
    /// Messages acknowledged.
    pub acks: u64,
    /// Deliveries compared with the history.
    pub deliveries: u64,
    /// Entries in the final histories.
    pub entries: u64,
    /// Answers that were refusals.
    pub refusals: u64,
}

impl Run {
    fn count(&mut self, report: &Report) {
        self.acks += report.acks_checked;
        self.deliveries += report.deliveries_checked;
        self.entries += report.entries_checked;
    }
}

/// Runs one seed, with so many hubs over one store.
///
/// # Errors
/// When the simulation itself cannot be set up.
pub fn run_seed(seed: u64, hubs: u8) -> anyhow::Result<Run> {
    World::found(seed, usize::from(hubs))?.run()
}

/// Runs the scenario.
///
/// # Errors
/// When the simulation itself cannot be set up.
pub fn run(args: &SimulateArgs) -> anyhow::Result<Outcome> {
    ensure!(args.seeds > 0, "--seeds must be above 0");
    let watch = Stopwatch::start();
    let threads = match args.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let sum = Sum::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(args, &sum))).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let Totals { run: total, seeds, failing } = sum.totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut findings = total.findings;
    findings.extend(share_finding("acknowledged", total.acks, total.acks + total.refusals, args.share_min));
    let figures = json!({
        "args": args, "seeds_run": seeds, "failing_seeds": failing, "seconds": watch.seconds(), "crashes": total.crashes,
        "acks_checked": total.acks, "deliveries_checked": total.deliveries, "entries_checked": total.entries,
        "refusals": total.refusals,
    });
    Ok(Outcome { scenario: "simulate", findings, figures })
}

#[derive(Default)]
struct Sum {
    next: AtomicU64,
    /// A mutex because each thread adds a whole run to it, some hundred times a second.
    totals: Mutex<Totals>,
}

#[derive(Default)]
struct Totals {
    run: Run,
    seeds: u64,
    failing: Vec<u64>,
}

fn work(args: &SimulateArgs, sum: &Sum) -> anyhow::Result<()> {
    #[cfg(feature = "planted")]
    hub::planted::plant(args.plant);
    loop {
        let index = sum.next.fetch_add(1, Ordering::Relaxed);
        if index >= args.seeds {
            return Ok(());
        }
        let seed = args.from + index;
        let mut run = run_seed(seed, args.hubs).with_context(|| format!("seed {seed}"))?;
        if args.twice && run_seed(seed, args.hubs)? != run {
            run.findings.push("another run of it is another one: something but the seed has a say".to_owned());
        }
        let mut totals = sum.totals.lock().unwrap_or_else(PoisonError::into_inner);
        totals.add(seed, run);
        if totals.failing.len() >= FAILING_MAX {
            return Ok(());
        }
    }
}

impl Totals {
    fn add(&mut self, seed: u64, run: Run) {
        let total = &mut self.run;
        self.seeds += 1;
        total.crashes += run.crashes;
        total.acks += run.acks;
        total.deliveries += run.deliveries;
        total.entries += run.entries;
        total.refusals += run.refusals;
        if !run.findings.is_empty() {
            self.failing.push(seed);
            let shown = run.findings.into_iter().take(SHOWN_MAX);
            total.findings.extend(shown.map(|finding| format!("seed {seed}: {finding}")));
        }
    }
}
