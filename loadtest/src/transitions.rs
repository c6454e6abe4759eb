//! Scenario `transitions`: durable steps of the fair's records with everything that follows from them, without a hub around
//! it.
//!
//! Each record belongs to one enterprise, and is led round its life again and again by those who may ([`Of`]); a step counts
//! once its row, its line, its lists, notices, message and entry in the record of deeds are durable. Afterwards every record
//! must have as many lines as it had steps, and nothing may be left to deliver.

pub mod killed;
mod work;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::ensure;
use fair::accounts::{Accounts, NewEnterprise, NewUser};
use fair::flow::{Flows, New, OUTBOX, Outlets, Record, Who};
use fair::messages::provider::Providers;
use fair::{Audit, Contact, Duty, Kind, Messages};
use hub::config::{Config, Flags};
use hub::opening;
use serde::Serialize;
use serde_json::{Value, json};
use storage::ids::{EnterpriseId, RecordId};
use storage::{Clock, Entropy, Read, Scan, Store};
use tokio::task::JoinSet;

use crate::clock::Stopwatch;
use crate::process::{HUB_CORE, pin};
use crate::report::{Latencies, Outcome, Percentiles};
use crate::store::rate;
use work::Side;

pub use work::Of;

/// Steps of one record, at most: as many as its lines are read.
const STEPS_MAX: i64 = 400;

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct TransitionsArgs {
    /// The store, as `hub --store` takes it
    #[arg(long, default_value = "sqlite")]
    pub store: String,
    /// Whose steps
    #[arg(long, value_enum, default_value_t = Of::Application)]
    pub kind: Of,
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
    /// From the step's call until those who are connected are told.
    told_ms: Percentiles,
}

/// A version of a record, and a moment of it. **Units**: nanoseconds of the site's watch.
type Moment = ((String, i64), u64);

/// Who takes the steps.
struct Site {
    store: Store,
    flows: Flows,
    outlets: Outlets,
    kind: Of,
    owner: (EnterpriseId, Who),
    second: (EnterpriseId, Who),
    watch: Stopwatch,
    told: Arc<Mutex<Vec<Moment>>>,
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
        runtime.block_on(killed::step_forever(folder, args.kind))?;
    }
    runtime.block_on(measure(args))
}

async fn measure(args: &TransitionsArgs) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let site = Arc::new(Site::open(folder.path(), &args.store, Clock::system(), args.kind).await?);
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
    let begun_ns = site.watch.now_ns();
    let over = move |site: &Site| Duration::from_nanos(site.watch.now_ns() - begun_ns) >= until;
    site.take_told();
    let mut tasks = JoinSet::new();
    for task in 0..in_flight {
        let site = Arc::clone(site);
        tasks.spawn(async move {
            let (mut times, mut records) = (Vec::new(), Vec::new());
            let mut number = first + i64::try_from(task)?;
            while !over(&site) {
                let mut record = site.submit(number).await?;
                number += i64::try_from(in_flight)?;
                while !over(&site) && record.version < STEPS_MAX {
                    let started = site.watch.now_ns();
                    record = site.step(&record).await?;
                    times.push((started, site.watch.now_ns(), (record.id.to_string(), record.version)));
                }
                records.push(record);
            }
            anyhow::Ok((times, records))
        });
    }
    let (mut latencies, mut told, mut records) = (Latencies::default(), Latencies::default(), Vec::new());
    let mut started = HashMap::new();
    while let Some(done) = tasks.join_next().await {
        let (times, of_task) = done??;
        for (begun, done, version) in times {
            latencies.record(done - begun);
            started.insert(version, begun);
        }
        records.extend(of_task);
    }
    for (version, at) in site.take_told() {
        // Those that made a record are not among the steps.
        started.remove(&version).into_iter().for_each(|begun| told.record(at.saturating_sub(begun)));
    }
    ensure!(started.is_empty(), "of {} steps nobody was told", started.len());
    let steps_per_s = rate(latencies.count(), Duration::from_nanos(site.watch.now_ns() - begun_ns));
    let (step_ms, told_ms) = (latencies.percentiles(), told.percentiles());
    let phase = Phase { in_flight, steps: latencies.count(), steps_per_s, step_ms, told_ms };
    Ok((phase, records))
}

impl Site {
    async fn open(data: &Path, store: &str, clock: Clock, kind: Of) -> anyhow::Result<Self> {
        let data = data.to_string_lossy();
        let flags = Flags::of(&[("demo", "true"), ("data", &data), ("store", store)]);
        let config = Config::from_sources(&flags, |_variable| None)?;
        opening::init_store(&config, &clock, &mut |_making| {}).await?;
        let (store, keys) = opening::open(&config, &clock).await?;
        let accounts = Accounts::new(store.clone(), clock.clone(), keys);
        let owner = team(&accounts, Kind::Enterprise, "owners").await?;
        let second = team(&accounts, kind.second(), "seconds").await?;
        let outlets = outlets(&accounts, &store, clock);
        let (flows, watch) = (Flows::new(accounts, outlets.clone()), Stopwatch::start());
        let told = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&told);
        flows.tell_by(move |one| {
            let field = |name: &str| one.body.get(name);
            let id = field("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if one.event == kind.flow().event {
                let version = field("version").and_then(Value::as_i64).unwrap_or_default();
                into.lock().unwrap_or_else(PoisonError::into_inner).push(((id, version), watch.now_ns()));
            }
        });
        Ok(Self { store, flows, outlets, kind, owner, second, watch, told })
    }

    fn take_told(&self) -> Vec<Moment> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    const fn who(&self, side: Side) -> &Who {
        match side {
            Side::Owner => &self.owner.1,
            Side::Second => &self.second.1,
        }
    }

    async fn submit(&self, number: i64) -> anyhow::Result<Record> {
        let turn = self.kind.first();
        let (owner, second) = (self.owner.0, Some(self.second.0));
        let new = New { id: RecordId(number), owner, second, action: turn.action, input: turn.input };
        Ok(self.flows.create(self.who(turn.side), self.kind.flow(), new).await?)
    }

    async fn step(&self, record: &Record) -> anyhow::Result<Record> {
        let turn = self.kind.next(record.state);
        let at = (self.kind.flow(), record.id, record.version);
        let after = self.flows.advance(self.who(turn.side), at, turn.action, turn.input).await?;
        ensure!(after.version == record.version + 1, "a step made version {} of {}", after.version, record.version);
        Ok(after)
    }

    /// Whether each record is what its last acknowledged step made of it.
    async fn check(&self, records: &[Record]) -> anyhow::Result<Vec<String>> {
        let mut findings = Vec::new();
        for record in records {
            let stands = self.flows.look(self.kind.flow(), record.id).await?;
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
