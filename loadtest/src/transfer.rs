//! Scenario `transfer`: a fair's data from SQLite to another store and back, through files, without a hub.
//!
//! Each file and each store must hold the same rows by count and checksum; half of the way an export and an import are
//! broken off and taken up again.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use chat::tables::{ReadMarkRow, ReadMarks, ReadMarksKey, ReadMarksPart, mark_at};
use fair::Accounts;
use hub::config::{Config, Flags};
use hub::opening;
use serde::Serialize;
use serde_json::json;
use storage::ids::{Seq, UserId};
use storage::transfer::{End, Exported, Imported, Progress, Step, export, import};
use storage::{Ack, Clock, Op, Store};

use crate::clock::Stopwatch;
use crate::report::Outcome;
use crate::store::appends::{Heads, Until, append};
use crate::store::conversation;

/// What is moved.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct TransferArgs {
    /// Messages of the fair
    #[arg(long, default_value_t = 100_000)]
    pub messages: u64,
    /// Conversations they are spread over
    #[arg(long, default_value_t = 1_000)]
    pub conversations: u32,
    /// Bytes of a message
    #[arg(long, default_value_t = 200)]
    pub body: usize,
    /// The store in the middle, as `hub --store` takes it; a keyspace is made when it is missing, and must be empty
    #[arg(long, default_value = "sqlite")]
    pub to: String,
}

/// One way through a file.
#[derive(Debug, Serialize)]
struct Leg {
    what: &'static str,
    rows: u64,
    rows_per_s: f64,
    seconds: f64,
    /// Rows that the broken-off run had done.
    resumed: u64,
}

/// Runs it.
///
/// # Errors
/// Whatever keeps the data from being moved.
pub fn run(args: &TransferArgs) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(there_and_back(args))
}

async fn there_and_back(args: &TransferArgs) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    let [source, middle, last] = [
        Site::open("source", &file("source"), "sqlite").await?,
        Site::open("middle", &file("middle"), &args.to).await?,
        Site::open("last", &file("last"), "sqlite").await?,
    ];
    fill(args, &source).await?;
    let (first, out) = source.export("export from SQLite", &file("first")).await?;
    let (there, into) = middle.import("import there", &file("first"), Some(first.total.rows / 2)).await?;
    let (second, again) = middle.export("export there", &file("second")).await?;
    let (back, home) = last.import("import into SQLite", &file("second"), None).await?;
    let (third, _) = last.export("export from SQLite", &file("third")).await?;

    let mut findings = Vec::new();
    for (name, other) in [("second", &second), ("third", &third)] {
        if other.tables != first.tables {
            findings.push(format!("the {name} file holds other rows than the first: {other:?}, not {first:?}"));
        }
    }
    for (name, imported) in [("first", &there), ("second", &back)] {
        if imported.rows != first.total.rows || imported.expired > 0 {
            findings.push(format!("of the {name} file {} rows were imported", imported.rows));
        }
    }
    if first.total.rows < args.messages {
        findings.push(format!("{} rows were moved of {} messages", first.total.rows, args.messages));
    }
    if into.resumed == 0 {
        findings.push("the import that was broken off began anew".to_owned());
    }
    let figures = json!({
        "args": args, "rows": first.total.rows, "checksum": first.total.checksum, "tables": first.tables,
        "file_bytes": first.bytes, "legs": [out, into, again, home],
    });
    Ok(Outcome { scenario: "transfer", findings, figures })
}

/// A store of the walk.
struct Site {
    name: &'static str,
    store: Store,
    accounts: Accounts,
    clock: Clock,
}

impl Site {
    async fn open(name: &'static str, data: &Path, store: &str) -> anyhow::Result<Self> {
        let data = data.to_string_lossy();
        let flags = Flags::of(&[("demo", "true"), ("data", &data), ("store", store)]);
        let config = Config::from_sources(&flags, |_variable| None)?;
        let clock = Clock::system();
        opening::init_store(&config, &clock, &mut |_making| {}).await?;
        let (store, keys) = opening::open(&config, &clock).await?;
        let accounts = Accounts::new(store.clone(), clock.clone(), keys);
        Ok(Self { name, store, accounts, clock })
    }

    async fn export(&self, what: &'static str, file: &Path) -> anyhow::Result<(Exported, Leg)> {
        let (tables, watch) = (opening::tables(), Stopwatch::start());
        let done = export(&self.end(&tables), file, false, &mut |_progress| {}).await?;
        let leg = leg(what, done.total.rows, watch.elapsed(), done.resumed);
        Ok((done, leg))
    }

    /// Broken off after `break_at` rows, if that is given, and taken up again.
    async fn import(&self, what: &'static str, file: &Path, break_at: Option<u64>) -> anyhow::Result<(Imported, Leg)> {
        let (tables, watch) = (opening::tables(), Stopwatch::start());
        let end = self.end(&tables);
        if let Some(rows) = break_at {
            let is_there = Cell::new(false);
            let mut see = |progress: Progress| {
                is_there.set(progress.step == Step::Importing && progress.rows >= rows);
            };
            let mut first = Box::pin(import(&end, file, false, &mut see));
            let broken_off = std::future::poll_fn(|context| {
                let ended = first.as_mut().poll(context).is_ready();
                if ended || is_there.get() { std::task::Poll::Ready(!ended) } else { std::task::Poll::Pending }
            });
            ensure!(broken_off.await, "the import ended before it could be broken off");
        }
        let done = import(&end, file, false, &mut |_progress| {}).await?;
        let leg = leg(what, done.rows, watch.elapsed(), done.resumed);
        Ok((done, leg))
    }

    fn end<'a>(&'a self, tables: &'a [&'static storage::Spec]) -> End<'a> {
        let (name, key) = (End::name_of("loadtest", self.name), "loadtest".to_owned());
        End { store: &self.store, tables, clock: &self.clock, name, key }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
fn leg(what: &'static str, rows: u64, took: Duration, resumed: u64) -> Leg {
    let seconds = (took.as_secs_f64() * 1e3).round() / 1e3;
    Leg { what, rows, rows_per_s: (rows as f64 / took.as_secs_f64()).round(), seconds, resumed }
}

/// The demo's accounts, the messages, and a read mark in every conversation: every kind of table.
async fn fill(args: &TransferArgs, site: &Site) -> anyhow::Result<()> {
    let Site { store, accounts, .. } = site;
    let heads = Heads::load(store, args.conversations).await?;
    append(store, &heads, 512, args.body, Until::Stored(args.messages)).await?;
    for number in 0..args.conversations {
        let conversation = conversation(number);
        let (seq, user) = (Seq(i64::from(number) + 1), UserId(i64::from(number)));
        let row = ReadMarkRow { seq, count_a: 1, count_b: 0 };
        let put = Op::Put { c: ReadMarksKey { user }, row, at: Some(mark_at(1, seq)) };
        store.write::<ReadMarks>(ReadMarksPart { conversation }, vec![put], Ack::Memory).await?;
    }
    Ok(fair::demo::fill(accounts).await?)
}
