//! Scenario `transitions`: durable steps of the fair's records with everything that follows from them, without a hub around
//! it.
//!
//! Each record is one enterprise's application, which is begun, rejected and resubmitted again and again by those who may;
//! a step counts once its row, its line, its lists, notices, message and entry in the record of deeds are durable. Afterwards
//! every record must have as many lines as it had steps, and nothing may be left to deliver.

pub mod killed;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use fair::accounts::{Accounts, NewEnterprise, NewUser};
use fair::applications::FLOW;
use fair::flow::{Flows, Input, New, OUTBOX, Outlets, Record, Who};
use fair::messages::provider::Providers;
use fair::{Audit, Contact, Duty, Kind, Messages};
use hub::config::{Config, Flags};
use hub::opening;
use serde::Serialize;
use serde_json::{Map, json};
use storage::ids::{EnterpriseId, RecordId};
use storage::{Clock, Entropy, Read, Scan, Store};
use tokio::task::JoinSet;

use crate::clock::Stopwatch;
use crate::process::{HUB_CORE, pin};
use crate::report::{Latencies, Outcome, Percentiles};
use crate::store::rate;

/// Steps of one record, at most: as many as its lines are read.
const STEPS_MAX: i64 = 400;
/// Bytes of a record's fields, about as many as an application has.
const FIELD_BYTES: usize = 1_500;

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct TransitionsArgs {
    /// The store, as `hub --store` takes it
    #[arg(long, default_value = "sqlite")]
    pub store: String,
    /// Seconds measured for each number in flight
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Steps in flight, one phase each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 128])]
    pub in_flight: Vec<usize>,
    /// Engine and generator share one core
    #[arg(long)]
    pub one_core: bool,
    /// Children that take steps and are killed
    #[arg(long, default_value_t = 20)]
    pub kills: u32,
    /// Decides when each is killed
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// What the killed child runs: steps until it is killed, telling of each that is acknowledged
    #[arg(long, hide = true)]
    pub step_until_killed: Option<PathBuf>,
    /// Fails when the last phase takes fewer steps a second
    #[arg(long)]
    pub rate_min: Option<f64>,
    /// Fails when the last phase's p99 is above this
    #[arg(long)]
    pub p99_ms_max: Option<f64>,
}

/// The figures of one number in flight.
#[derive(Debug, Clone, Serialize)]
struct Phase {
    in_flight: usize,
    steps: u64,
    steps_per_s: f64,
    step_ms: Percentiles,
}

/// Who takes the steps.
struct Site {
    store: Store,
    flows: Flows,
    outlets: Outlets,
    owner: (EnterpriseId, Who),
    reviewer: (EnterpriseId, Who),
}

/// Runs it.
///
/// # Errors
/// Whatever keeps the measurement from being made.
pub fn run(args: &TransitionsArgs) -> anyhow::Result<Outcome> {
    if args.one_core {
        // Before any thread is started: each inherits it.
        pin(HUB_CORE)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if let Some(folder) = &args.step_until_killed {
        runtime.block_on(killed::step_forever(folder))?;
    }
    runtime.block_on(measure(args))
}

async fn measure(args: &TransitionsArgs) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let site = Arc::new(Site::open(folder.path(), &args.store, Clock::system()).await?);
    // A keyspace may hold those of an earlier run.
    let mut first = (Entropy::system().draw() >> 16).cast_signed();
    let (mut phases, mut findings) = (Vec::new(), Vec::new());
    for in_flight in args.in_flight.iter().copied() {
        let (phase, records) = phase(&site, args, in_flight, first).await?;
        first += 1_000_000;
        findings.extend(site.check(&records).await?);
        phases.push(phase);
    }
    let left = site.left_to_deliver().await?;
    if left > 0 {
        findings.push(format!("{left} steps are left to deliver"));
    }
    findings.extend(phases.last().map(|last| missed(args, last)).unwrap_or_default());
    let killed = killed::run(args).await?;
    findings.extend(killed.findings.iter().cloned());
    let figures = json!({ "args": args, "phases": phases, "killed": killed });
    Ok(Outcome { scenario: "transitions", findings, figures })
}

fn missed(args: &TransitionsArgs, last: &Phase) -> Vec<String> {
    let few = args.rate_min.filter(|min| last.steps_per_s < *min);
    let slow = args.p99_ms_max.filter(|max| last.step_ms.p99 > *max);
    let few = few.map(|min| format!("{} steps a second, at least {min}", last.steps_per_s));
    let slow = slow.map(|max| format!("p99 of a step {} ms, at most {max}", last.step_ms.p99));
    few.into_iter().chain(slow).collect()
}

/// Each task takes one record through its steps, then the next.
async fn phase(
    site: &Arc<Site>,
    args: &TransitionsArgs,
    in_flight: usize,
    first: i64,
) -> anyhow::Result<(Phase, Vec<Record>)> {
    let until = Duration::from_secs(args.seconds);
    let watch = Stopwatch::start();
    let mut tasks = JoinSet::new();
    for task in 0..in_flight {
        let (site, watch) = (Arc::clone(site), watch);
        tasks.spawn(async move {
            let (mut times, mut records) = (Vec::new(), Vec::new());
            let mut number = first + i64::try_from(task)?;
            while watch.elapsed() < until {
                let mut record = site.submit(number).await?;
                number += i64::try_from(in_flight)?;
                while watch.elapsed() < until && record.version < STEPS_MAX {
                    let started = watch.now_ns();
                    record = site.step(&record).await?;
                    times.push(watch.now_ns() - started);
                }
                records.push(record);
            }
            anyhow::Ok((times, records))
        });
    }
    let (mut latencies, mut records) = (Latencies::default(), Vec::new());
    while let Some(done) = tasks.join_next().await {
        let (times, of_task) = done??;
        times.into_iter().for_each(|ns| latencies.record(ns));
        records.extend(of_task);
    }
    let steps_per_s = rate(latencies.count(), watch.elapsed());
    let phase = Phase { in_flight, steps: latencies.count(), steps_per_s, step_ms: latencies.percentiles() };
    Ok((phase, records))
}

impl Site {
    async fn open(data: &Path, store: &str, clock: Clock) -> anyhow::Result<Self> {
        let data = data.to_string_lossy();
        let flags = Flags::of(&[("demo", "true"), ("data", &data), ("store", store)]);
        let config = Config::from_sources(&flags, |_variable| None)?;
        opening::init_store(&config, &clock, &mut |_making| {}).await?;
        let (store, keys) = opening::open(&config, &clock).await?;
        let accounts = Accounts::new(store.clone(), clock.clone(), keys);
        let owner = team(&accounts, Kind::Enterprise, "owners").await?;
        let reviewer = team(&accounts, Kind::Institution, "reviewers").await?;
        let outlets = outlets(&accounts, &store, clock);
        Ok(Self { store, flows: Flows::new(accounts, outlets.clone()), outlets, owner, reviewer })
    }

    async fn submit(&self, number: i64) -> anyhow::Result<Record> {
        let fields = Map::from_iter([
            ("introduction".to_owned(), json!("x".repeat(FIELD_BYTES))),
            ("enterprise_name".to_owned(), json!("Owners Ltd")),
            ("contact_phone".to_owned(), json!("13800138000")),
        ]);
        let new = New {
            id: RecordId(number),
            owner: self.owner.0,
            second: Some(self.reviewer.0),
            action: "submit",
            input: Input { fields, note: None },
        };
        Ok(self.flows.create(&self.owner.1, &FLOW, new).await?)
    }

    /// Whatever comes next: it is begun, rejected, resubmitted.
    async fn step(&self, record: &Record) -> anyhow::Result<Record> {
        let (who, action, note) = match record.state {
            "pending" => (&self.reviewer.1, "start", None),
            "in_review" => (&self.reviewer.1, "reject", Some("The picture is blurred.".to_owned())),
            _ => (&self.owner.1, "resubmit", None),
        };
        let at = (&FLOW, record.id, record.version);
        let after = self.flows.advance(who, at, action, Input { note, ..Input::default() }).await?;
        ensure!(after.version == record.version + 1, "a step made version {} of {}", after.version, record.version);
        Ok(after)
    }

    /// Whether each record is what its last acknowledged step made of it.
    async fn check(&self, records: &[Record]) -> anyhow::Result<Vec<String>> {
        let mut findings = Vec::new();
        for record in records {
            let stands = self.flows.look(&FLOW, record.id).await?;
            let lines = i64::try_from(self.flows.history(record).await?.len())?;
            let is_right = stands.is_some_and(|it| (it.version, it.state) == (record.version, record.state));
            if !is_right || lines != record.version {
                findings.push(format!("{record:?} has {lines} lines, or is another"));
            }
        }
        Ok(findings)
    }

    async fn left_to_deliver(&self) -> anyhow::Result<usize> {
        let mut left = 0;
        for part in self.store.partitions::<fair::table::DueRows>(None, 10_000).await? {
            let rows = self.store.scan::<fair::table::DueRows>(part, Scan::first(10_000), Read::Serial).await?;
            left += rows.iter().filter(|(key, _)| key.kind == OUTBOX).count();
        }
        Ok(left)
    }
}

/// Messages that nobody delivers, and a record of deeds that somebody writes.
#[expect(clippy::disallowed_methods, reason = "it writes for as long as the site lives")]
fn outlets(accounts: &Accounts, store: &Store, clock: Clock) -> Outlets {
    let messages = Messages::new(store.clone(), clock, Entropy::system(), accounts.clone(), Providers::default());
    let (audit, writer) = Audit::new(accounts.clone(), Entropy::system());
    drop(tokio::spawn(writer.run()));
    Outlets { messages, audit }
}

/// A team and somebody who acts for it.
async fn team(accounts: &Accounts, kind: Kind, identifier: &str) -> anyhow::Result<(EnterpriseId, Who)> {
    let (identifier, name) = (identifier.to_owned(), identifier.to_owned());
    let id = match accounts.find_enterprise(&identifier).await? {
        Some(there) => there.id,
        None => {
            accounts.create_enterprise(NewEnterprise { kind, identifier, name: name.clone(), name_en: None }).await?.id
        }
    };
    let user = match accounts.find_user(&name, "chief").await? {
        Some(there) => there,
        None => {
            let duty = (kind == Kind::Enterprise).then_some(Duty::Representative);
            let (username, contact) = ("chief".to_owned(), Contact::default());
            let new =
                NewUser { enterprise: Some(id), username, name: None, duty, admin: true, password: None, contact };
            accounts.create_user(new).await?
        }
    };
    Ok((id, Who::from(&user)))
}
