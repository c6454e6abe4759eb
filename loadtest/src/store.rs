//! Scenario `store`: durable appends and reads of the embedded store, without a hub around it.
//!
//! An append is what a negotiation writes for one message: its log entry under a condition, and its `send_ids` row.
//! Owns the arguments, the order of the phases and the figures; the load is [`appends`], the killing [`killed`].

pub mod appends;
pub mod killed;
pub mod meter;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chat::tables::{BUCKET_ENTRIES, Entries, EntriesKey, EntriesPart, SendIds};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use serde_json::json;
use storage::ids::{ConversationId, Seq};
use storage::{Clock, Read, Scan, SqliteOptions, Store, Table as _};

use self::appends::{Heads, Until, append};
use self::meter::Commits;
use crate::clock::Stopwatch;
use crate::report::{Latencies, Outcome, Percentiles};

/// Reads of the last entries that are timed.
const READS: usize = 5_000;
/// Entries of one such read.
const LAST: u32 = 50;

/// The load on a store, whichever it is.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct LoadArgs {
    /// Messages stored before measuring begins
    #[arg(long, default_value_t = 1_000_000)]
    pub messages: u64,
    /// Conversations they are spread over
    #[arg(long, default_value_t = 10_000)]
    pub conversations: u32,
    /// Seconds measured for each number in flight
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Appends in flight, one phase each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 256])]
    pub in_flight: Vec<usize>,
    /// Bytes of a message
    #[arg(long, default_value_t = 200)]
    pub body: usize,
}

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct StoreArgs {
    /// How much of it.
    #[command(flatten)]
    #[serde(flatten)]
    pub load: LoadArgs,
    /// Where the database lies and stays; without it in a temporary folder that is removed
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Page size of the database. Units: bytes
    #[arg(long, default_value_t = SqliteOptions::default().page_bytes)]
    pub page: u32,
    /// Fails when the last phase's p99 is above this
    #[arg(long)]
    pub p99_ms_max: Option<f64>,
    /// Fails when the last phase appends fewer a second
    #[arg(long)]
    pub rate_min: Option<f64>,
    /// What the killed child runs: appends until it is killed, telling how many are acknowledged
    #[arg(long, hide = true)]
    pub append_until_killed: bool,
}

/// The figures of one number in flight.
#[derive(Debug, Clone, Serialize)]
struct Phase {
    in_flight: usize,
    appends_per_s: f64,
    append_ms: Percentiles,
    commits: u64,
    commit_ms: Percentiles,
}

/// Runs it.
///
/// # Errors
/// Whatever keeps the measurement from being made.
pub fn run(args: &StoreArgs) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if let (true, Some(data)) = (args.append_until_killed, &args.data) {
        return runtime.block_on(killed::append_forever(args, &database(data)));
    }
    let folder = tempfile::tempdir()?;
    let path = database(args.data.as_deref().unwrap_or_else(|| folder.path()));
    runtime.block_on(measure(args, &path))
}

fn database(folder: &Path) -> PathBuf {
    folder.join("fairhub.db")
}

fn open(args: &StoreArgs, path: &Path) -> anyhow::Result<Store> {
    let options = SqliteOptions { page_bytes: args.page, ..SqliteOptions::default() };
    Ok(Store::sqlite(path, &[Entries::SPEC, SendIds::SPEC], Clock::system(), &options)?)
}

async fn measure(args: &StoreArgs, path: &Path) -> anyhow::Result<Outcome> {
    let commits = Commits::install()?;
    let store = open(args, path)?;
    let heads = Heads::load(&store, args.load.conversations).await?;
    let fill = Until::Stored(args.load.messages.saturating_sub(heads.stored()));
    append(&store, &heads, 512, args.load.body, fill).await?;
    let mut phases = Vec::new();
    for in_flight in &args.load.in_flight {
        drop(commits.take());
        phases.push(phase(args, &store, &heads, *in_flight, &commits).await?);
    }
    let (reads, short) = last_reads(&store, &heads, args.load.conversations).await?;
    let stored = heads.stored();
    drop(store);
    let killed = killed::run(args, path, stored).await?;
    let mut findings = killed.findings.clone();
    if short > 0 {
        findings.push(format!("{short} of {READS} last pages lack what was acknowledged"));
    }
    let silent = phases.iter().filter(|phase| phase.appends_per_s < 1.0);
    findings.extend(silent.map(|phase| format!("nothing was appended with {} in flight", phase.in_flight)));
    findings.extend(phases.last().map(|last| missed(args, last)).unwrap_or_default());
    let figures = json!({
        "args": args, "stored": stored, "phases": phases, "last_50_read_ms": reads,
        "wal_max_bytes": wal_bytes(path).max(killed.wal_bytes), "database_bytes": bytes(path), "killed": killed,
    });
    Ok(Outcome { scenario: "store", findings, figures })
}

async fn phase(
    args: &StoreArgs,
    store: &Store,
    heads: &Arc<Heads>,
    in_flight: usize,
    commits: &Commits,
) -> anyhow::Result<Phase> {
    let watch = Stopwatch::start();
    let latencies =
        append(store, heads, in_flight, args.load.body, Until::Passed(Duration::from_secs(args.load.seconds))).await?;
    let appends_per_s = rate(latencies.count(), watch.elapsed());
    let commits = commits.take();
    let (append_ms, commit_ms) = (latencies.percentiles(), commits.percentiles());
    Ok(Phase { in_flight, appends_per_s, append_ms, commits: commits.count(), commit_ms })
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
pub(crate) fn rate(count: u64, elapsed: Duration) -> f64 {
    (count as f64 / elapsed.as_secs_f64()).round()
}

fn missed(args: &StoreArgs, last: &Phase) -> Vec<String> {
    let slow = args.p99_ms_max.filter(|max| last.append_ms.p99 > *max);
    let few = args.rate_min.filter(|min| last.appends_per_s < *min);
    let slow = slow.map(|max| format!("append p99 {} ms, at most {max}", last.append_ms.p99));
    let few = few.map(|min| format!("{} appends a second, at least {min}", last.appends_per_s));
    slow.into_iter().chain(few).collect()
}

/// How long the newest entries take, and how many of those pages are not what [`Heads`] says.
pub(crate) async fn last_reads(store: &Store, heads: &Heads, conversations: u32) -> anyhow::Result<(Percentiles, u64)> {
    let mut short = 0;
    let mut rng = StdRng::seed_from_u64(1);
    let mut latencies = Latencies::default();
    for _ in 0..READS {
        let number = rng.random_range(0..conversations);
        let watch = Stopwatch::start();
        let page = last(store, conversation(number), LAST).await?;
        latencies.record(watch.now_ns());
        short += u64::from(!heads.is_last_page(number, &page, LAST));
    }
    Ok((latencies.percentiles(), short))
}

/// The newest entries' seqs, newest first: of the bucket that holds any, as the logs here are short.
async fn last(store: &Store, conversation: ConversationId, limit: u32) -> anyhow::Result<Vec<Seq>> {
    let mut bucket = 0;
    loop {
        let scan = Scan::<EntriesKey> { rev: true, ..Scan::first(limit) };
        let found = store.scan::<Entries>(EntriesPart { conversation, bucket }, scan, Read::Serial).await?;
        match found.first() {
            Some((c, _)) if c.seq.0 % BUCKET_ENTRIES == BUCKET_ENTRIES - 1 => bucket += 1,
            Some(_) | None => return Ok(found.into_iter().map(|(c, _)| c.seq).collect()),
        }
    }
}

/// Conversations are numbered, but their ids lie far apart, as random ids do.
pub(crate) fn conversation(number: u32) -> ConversationId {
    ConversationId(i64::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed()) & i64::MAX)
}

fn bytes(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// The log's file never shrinks while it is open, so its length is its maximum.
fn wal_bytes(path: &Path) -> u64 {
    bytes(&path.with_extension("db-wal"))
}
