//! Scenario `backends`: the same appends and reads on the embedded store and on a CQL keyspace, one after the other in one
//! run, without a hub around them.
//!
//! Owns the order and the figures; what an append is, is `store`'s.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chat::tables::{BUCKET_ENTRIES, Entries, EntriesKey, EntriesPart, SendIds};
use rand::RngExt as _;
use serde::Serialize;
use serde_json::json;
use storage::{Clock, CqlOptions, Read, Scan, SqliteOptions, Store, Table as _};

use crate::clock::Stopwatch;
use crate::report::{Outcome, Percentiles};
use crate::store::appends::{Heads, Until, append, fill};
use crate::store::{LoadArgs, last_reads, rate};

/// The conversation whose first partition is filled to its end, beside the numbered ones.
const FULL: u32 = u32::MAX - 1;

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct BackendsArgs {
    /// The CQL keyspace to make and use (its name gets a random end); it is left there
    #[arg(long, value_name = "scylla://HOST[:PORT]/KEYSPACE[?replication=1]")]
    pub store: String,
    /// How much of it.
    #[command(flatten)]
    #[serde(flatten)]
    pub load: LoadArgs,
    /// Bytes of a message in the conversation whose partition is filled; 8000 is the longest that clients may send
    #[arg(long, default_value_t = 8_000)]
    pub full_body: usize,
}

/// The figures of one backend.
#[derive(Debug, Serialize)]
struct Figures {
    backend: &'static str,
    fill_per_s: f64,
    /// Messages that the filling stored.
    filled: u64,
    /// Messages acknowledged in all.
    stored: u64,
    phases: Vec<Phase>,
    last_50_read_ms: Percentiles,
    /// Last pages that lacked something acknowledged.
    short_pages: u64,
    partitions: Partitions,
}

/// The figures of one number in flight.
#[derive(Debug, Serialize)]
struct Phase {
    in_flight: usize,
    appends_per_s: f64,
    append_ms: Percentiles,
}

/// What the partitions of the log hold. **Units**: rows, and bytes of their cells before compression and framing.
#[derive(Debug, Serialize)]
struct Partitions {
    seen: u64,
    rows: u64,
    rows_mean: u64,
    rows_max: u64,
    bytes_mean: u64,
    bytes_max: u64,
    full_rows: u64,
    full_bytes: u64,
}

/// Runs it.
///
/// # Errors
/// Whatever keeps the measurement from being made.
pub fn run(args: &BackendsArgs) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    runtime.block_on(async {
        let sqlite = measure("sqlite", args, sqlite(folder.path())?).await?;
        let cql = measure("cql", args, cql(&args.store).await?).await?;
        let findings = [findings(args, &sqlite), findings(args, &cql)].concat();
        let figures = json!({ "args": args, "backends": [sqlite, cql] });
        Ok(Outcome { scenario: "backends", findings, figures })
    })
}

/// What a backend lacks of what it acknowledged.
fn findings(args: &BackendsArgs, figures: &Figures) -> Vec<String> {
    let Figures { backend, filled, stored, phases, short_pages, partitions, .. } = figures;
    let conversations = u64::from(args.load.conversations);
    let full = BUCKET_ENTRIES.unsigned_abs() - 1;
    let counts = [
        ("filled", *filled, args.load.messages / conversations.max(1) * conversations),
        ("kept of what was acknowledged", partitions.rows, *stored),
        ("rows in the filled partition", partitions.full_rows, full),
    ];
    let wrong = counts.iter().filter(|(_, is, meant)| is != meant || *is == 0);
    let mut findings: Vec<String> =
        wrong.map(|(what, is, meant)| format!("{backend}: {is} of {meant} {what}")).collect();
    if *short_pages > 0 {
        findings.push(format!("{backend}: {short_pages} last pages lack what was acknowledged"));
    }
    let silent = phases.iter().filter(|phase| phase.appends_per_s < 1.0);
    findings.extend(silent.map(|phase| format!("{backend}: nothing was appended with {} in flight", phase.in_flight)));
    findings
}

fn sqlite(folder: &Path) -> anyhow::Result<Store> {
    let tables = [Entries::SPEC, SendIds::SPEC];
    Ok(Store::sqlite(&folder.join("fairhub.db"), &tables, Clock::system(), &SqliteOptions::default())?)
}

async fn cql(address: &str) -> anyhow::Result<Store> {
    let mut options = CqlOptions::parse(address).context("--store")?;
    options.keyspace = format!("{}_{:08x}", options.keyspace, rand::rng().random::<u32>());
    let tables = [Entries::SPEC, SendIds::SPEC];
    Store::init_cql(&options, &tables).await?;
    Ok(Store::cql(&options, &tables, Clock::system()).await?)
}

async fn measure(backend: &'static str, args: &BackendsArgs, store: Store) -> anyhow::Result<Figures> {
    let heads = Heads::load(&store, args.load.conversations).await?;
    let watch = Stopwatch::start();
    fill(&store, &heads, args.load.messages, args.load.body).await?;
    let filled = heads.stored();
    let fill_per_s = rate(filled, watch.elapsed());
    let mut phases = Vec::new();
    for in_flight in &args.load.in_flight {
        phases.push(phase(args, &store, &heads, *in_flight).await?);
    }
    let (last_50_read_ms, short_pages) = last_reads(&store, &heads, args.load.conversations).await?;
    let partitions = partitions(args, &store).await?;
    let stored = heads.stored();
    Ok(Figures { backend, fill_per_s, filled, stored, phases, last_50_read_ms, short_pages, partitions })
}

async fn phase(args: &BackendsArgs, store: &Store, heads: &Arc<Heads>, in_flight: usize) -> anyhow::Result<Phase> {
    let watch = Stopwatch::start();
    let until = Until::Passed(Duration::from_secs(args.load.seconds));
    let latencies = append(store, heads, in_flight, args.load.body, until).await?;
    let appends_per_s = rate(latencies.count(), watch.elapsed());
    Ok(Phase { in_flight, appends_per_s, append_ms: latencies.percentiles() })
}

/// Reads every partition of the log, after one conversation has filled its first to the end.
async fn partitions(args: &BackendsArgs, store: &Store) -> anyhow::Result<Partitions> {
    let full = Heads::one(FULL);
    fill(store, &full, BUCKET_ENTRIES.unsigned_abs(), args.full_body).await?;
    let full_part = EntriesPart { conversation: crate::store::conversation(FULL), bucket: 0 };
    let (full_rows, full_bytes) = partition(store, full_part.clone()).await?;
    let (mut sums, mut most, mut after) = ((0, 0, 0), (0, 0), None);
    loop {
        let page = store.partitions::<Entries>(after, 1_000).await?;
        let Some(last) = page.last().cloned() else { break };
        after = Some(last);
        for part in page.into_iter().filter(|part| part.conversation != full_part.conversation) {
            let (rows, bytes) = partition(store, part).await?;
            sums = (sums.0 + 1, sums.1 + rows, sums.2 + bytes);
            most = (most.0.max(rows), most.1.max(bytes));
        }
    }
    let (seen, rows, bytes) = sums;
    ensure!(seen > 0, "the log has no partitions");
    let (rows_mean, bytes_mean) = (rows / seen, bytes / seen);
    Ok(Partitions { seen, rows, rows_mean, rows_max: most.0, bytes_mean, bytes_max: most.1, full_rows, full_bytes })
}

/// Rows and bytes of one partition.
async fn partition(store: &Store, part: EntriesPart) -> anyhow::Result<(u64, u64)> {
    let (mut rows, mut bytes, mut from) = (0, 0, std::ops::Bound::Unbounded);
    loop {
        let scan = Scan { from, to: std::ops::Bound::Unbounded, rev: false, limit: 500 };
        let page = store.scan::<Entries>(part.clone(), scan, Read::Fast).await?;
        let Some((last, _)) = page.last() else { return Ok((rows, bytes)) };
        from = std::ops::Bound::Excluded(EntriesKey { seq: last.seq });
        rows += page.len() as u64;
        // Nine numbers of eight bytes, the operation's id, and the texts.
        bytes += page.iter().map(|(_, row)| (72 + 16 + row.client_msg_id.len() + row.body.len()) as u64).sum::<u64>();
    }
}

#[cfg(test)]
mod tests;
