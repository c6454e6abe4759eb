//! A child process appends and says what is acknowledged; it is killed, or its disk fails under it.
//!
//! The child is this test binary itself, started again on the same test with [`CHILD`] set.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use storage::{Ack, Applied, Clock, Expect, Op, Read, Scan, SqliteOptions, Store};
use tokio::task::JoinSet;

use crate::rig::open;
use crate::tables::{LineRow, Lines, LinesKey, LinesPart, ThingRow, Things, ThingsKey, ThingsPart};

/// Names the database to the child.
const CHILD: &str = "FAIRHUB_STORE_TEST_CHILD";
const LOGS: i64 = 24;
const SEED: u64 = 7;

#[test]
fn kill_nine_loses_nothing_acknowledged() {
    run_as_child();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut acknowledged = BTreeMap::new();
    for round in 0..4 {
        let mut child = start("kill_nine_loses_nothing_acknowledged", &path, None);
        let enough = rng.random_range(50..900);
        hear(&mut child, &mut acknowledged, Some(enough));
        assert_eq!(child.wait().unwrap().signal(), Some(9), "round {round}");
        check(&path, &acknowledged);
    }
}

#[test]
fn a_write_error_stops_the_process_and_loses_nothing_acknowledged() {
    run_as_child();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    let mut acknowledged = BTreeMap::new();
    let name = "a_write_error_stops_the_process_and_loses_nothing_acknowledged";
    let mut child = start(name, &path, Some(2_048));
    hear(&mut child, &mut acknowledged, None);
    let status: ExitStatus = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6), "aborted, not {status}");
    assert!(!acknowledged.is_empty());
    check(&path, &acknowledged);
}

/// Starts the child; with a limit no file of it grows beyond so many blocks of 512 bytes: an error, not a full disk.
fn start(test: &str, path: &Path, file_blocks_max: Option<u32>) -> Child {
    let limit = file_blocks_max.map_or_else(String::new, |blocks| format!("trap '' XFSZ; ulimit -f {blocks};"));
    Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -c 0; {limit} exec \"$0\" \"$@\""))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("sqlite::crash::{test}"), "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what the child says, killing it after `enough` lines, until its end.
fn hear(child: &mut Child, acknowledged: &mut BTreeMap<i64, i64>, enough: Option<usize>) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut heard = 0;
    for line in lines.map_while(Result::ok) {
        let Some((log, seq)) = line.strip_prefix("ack ").and_then(|line| line.split_once(' ')) else { continue };
        // The last line may be cut off by the kill.
        let (Ok(log), Ok(seq)) = (log.parse(), seq.trim_end_matches('.').parse()) else { continue };
        if line.ends_with('.') {
            acknowledged.insert(log, seq);
        }
        heard += 1;
        if Some(heard) == enough {
            child.kill().unwrap();
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn check(path: &Path, acknowledged: &BTreeMap<i64, i64>) {
    let store = open(path, &Clock::system(), &SqliteOptions::default());
    for (log, seq) in acknowledged {
        let head = head(&store, *log).await;
        assert!(head >= *seq, "log {log}: {seq} was acknowledged, {head} is the last");
        let c = ThingsKey { row: *log, place: 0 };
        let thing = store.get::<Things>(things(), c, Read::Quorum).await.unwrap();
        assert!(thing.is_some_and(|thing| thing.count >= *seq), "the plain row of log {log} too");
    }
}

/// The last seq; the log up to it has no gap.
async fn head(store: &Store, log: i64) -> i64 {
    let rows = store.scan::<Lines>(LinesPart { log, bucket: 0 }, Scan::first(10_000), Read::Serial).await.unwrap();
    let seqs: Vec<i64> = rows.into_iter().map(|(c, _)| c.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>(), "log {log}");
    seqs.len() as i64
}

fn things() -> ThingsPart {
    ThingsPart { owner: 1, shelf: "acknowledged".into() }
}

/// In the child: appends to all logs at once until it dies.
fn run_as_child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        // A long log, so that the write error meets the log and not the database.
        let store = open(Path::new(&path), &Clock::system(), &SqliteOptions::default());
        let mut tasks = JoinSet::new();
        for log in 0..LOGS {
            tasks.spawn(append_forever(store.clone(), log));
        }
        tasks.join_all().await;
    });
}

async fn append_forever(store: Store, log: i64) {
    let mut seq = head(&store, log).await;
    loop {
        seq += 1;
        let (c, row) = (LinesKey { seq }, LineRow { v: 1, writer: log, text: "x".repeat(100) });
        let put = vec![Op::Put { c: c.clone(), row, at: None }];
        let part = LinesPart { log, bucket: 0 };
        let done = store.write_if::<Lines>(part, vec![Expect::Absent(c)], put).await.unwrap();
        assert_eq!(done, Applied::Yes);
        let row = ThingRow { name: String::new(), count: seq, picture: None, sold: false };
        let put = Op::Put { c: ThingsKey { row: log, place: 0 }, row, at: None };
        store.write::<Things>(things(), vec![put], Ack::Durable).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {log} {seq}.").unwrap();
        out.flush().unwrap();
    }
}
