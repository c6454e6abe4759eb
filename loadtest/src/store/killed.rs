//! `kill -9` of a child that appends, then how long reopening takes and whether all that was acknowledged is there.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::appends::{Appender, Heads};
use super::{StoreArgs, open, wal_bytes};
use crate::clock::Stopwatch;
use crate::report::{Outcome, ms};

/// Appends in flight in the child.
const IN_FLIGHT: usize = 256;
/// How long the child appends before it is killed.
const LIFE: Duration = Duration::from_secs(4);

/// The figures.
#[derive(Debug, Clone, Serialize)]
pub struct Killed {
    /// Appends the child had told of when it was killed.
    pub acknowledged: u64,
    /// Opening the database afterwards, recovery and first read included. **Units**: milliseconds.
    pub reopen_ms: f64,
    /// The log that was left. **Units**: bytes.
    pub wal_bytes: u64,
    /// Acknowledged but gone.
    pub findings: Vec<String>,
}

/// Runs a child on the database that holds `stored` entries, kills it, opens the database again.
///
/// # Errors
/// The child cannot be run, the database not be opened.
pub async fn run(args: &StoreArgs, path: &Path, stored: u64) -> anyhow::Result<Killed> {
    let acknowledged = run_and_kill(args, path).await?;
    let wal_bytes = wal_bytes(path);
    let watch = Stopwatch::start();
    let store = open(args, path)?;
    super::last(&store, super::conversation(0), 1).await?;
    let reopen_ms = ms(watch.now_ns());
    let found = Heads::load(&store, args.load.conversations).await?.stored();
    let lost = (stored + acknowledged).saturating_sub(found);
    let findings = if lost > 0 { vec![format!("{lost} acknowledged appends lost by kill -9")] } else { Vec::new() };
    Ok(Killed { acknowledged, reopen_ms, wal_bytes, findings })
}

async fn run_and_kill(args: &StoreArgs, path: &Path) -> anyhow::Result<u64> {
    let folder = path.parent().context("the database lies in no folder")?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["store", "--append-until-killed", "--data"])
        .arg(folder)
        .args(["--conversations", &args.load.conversations.to_string(), "--body", &args.load.body.to_string()])
        .args(["--page", &args.page.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("the child has no output")?).lines();
    let first = lines.next_line().await?.context("the child ended at once")?;
    let mut acknowledged: u64 = first.parse()?;
    let listen = async {
        while let Some(line) = lines.next_line().await? {
            acknowledged = line.parse()?;
        }
        anyhow::Ok(())
    };
    if timeout(LIFE, listen).await.is_ok() {
        anyhow::bail!("the child ended by itself");
    }
    child.kill().await?;
    while let Some(line) = lines.next_line().await? {
        acknowledged = line.parse()?;
    }
    Ok(acknowledged)
}

/// The child: a line with the count after every acknowledged append.
///
/// # Errors
/// Always at its end, as it is not meant to end.
pub async fn append_forever(args: &StoreArgs, path: &Path) -> anyhow::Result<Outcome> {
    let store = open(args, path)?;
    let heads = Heads::load(&store, args.load.conversations).await?;
    let acknowledged = Arc::new(AtomicU64::new(0));
    let mut tasks: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for first in 0..IN_FLIGHT.min(args.load.conversations as usize) {
        let rng = StdRng::seed_from_u64(first as u64 + 1_000);
        let (store, heads, acknowledged) = (store.clone(), heads.clone(), acknowledged.clone());
        let mut mine = Appender { store, heads, first, step: IN_FLIGHT, body: args.load.body, rng };
        tasks.spawn(async move {
            loop {
                mine.append_one().await?;
                tell(acknowledged.fetch_add(1, Ordering::Relaxed) + 1)?;
            }
        });
    }
    match tasks.join_next().await {
        Some(ended) => ended??,
        None => anyhow::bail!("no conversations"),
    }
    anyhow::bail!("the appends ended")
}

/// Every hundredth count and the first: enough to know, cheap enough not to be what is measured.
fn tell(count: u64) -> anyhow::Result<()> {
    if count == 1 || count.is_multiple_of(100) {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{count}")?;
        out.flush()?;
    }
    Ok(())
}
