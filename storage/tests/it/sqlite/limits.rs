//! A full disk, full queues, a log that must stay short, two openings of one file.

use std::path::Path;

use storage::ids::Millis;
use storage::{Ack, Clock, Op, Read, Scan, SqliteOptions, Store, StoreError};
use tokio::task::JoinSet;

use crate::rig::open;
use crate::tables::{Passing, PassingKey, PassingPart, PassingRow, ThingRow, Things, ThingsKey, ThingsPart};

fn part() -> ThingsPart {
    ThingsPart { owner: 1, shelf: String::new() }
}

fn row(bytes: usize) -> ThingRow {
    ThingRow { name: "crate".into(), count: 1, picture: Some(vec![1; bytes]), sold: false }
}

async fn put(store: &Store, place: i64, bytes: usize) -> Result<(), StoreError> {
    let op = Op::Put { c: ThingsKey { row: 0, place }, row: row(bytes), at: None };
    store.write::<Things>(part(), vec![op], Ack::Durable).await
}

fn clock() -> Clock {
    Clock::manual(Millis(1_000_000))
}

#[tokio::test]
async fn full_refuses_writes_by_name_serves_reads_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { pages_max: Some(100), ..SqliteOptions::default() };
    let store = open(&folder.path().join("fairhub.db"), &clock(), &options);
    let mut stored = 0;
    let refused = loop {
        match put(&store, stored, 10_000).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100);
    };
    assert_eq!(refused, StoreError::Full);
    assert_eq!(put(&store, stored, 10_000).await, Err(StoreError::Full));
    let all = store.scan::<Things>(part(), Scan::first(1_000), Read::Quorum).await.unwrap();
    assert_eq!(all.len() as i64, stored, "nothing of the refused ones, all of the others");

    let ops = (0..3).map(|place| Op::Delete { c: ThingsKey { row: 0, place } }).collect();
    store.write::<Things>(part(), ops, Ack::Durable).await.unwrap();
    assert_eq!(put(&store, stored, 10_000).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_by_name_and_what_it_took_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    let options = SqliteOptions { queue_max: 4, ..SqliteOptions::default() };
    let store = open(&path, &clock(), &options);
    // Nothing is written until the first is refused: however slow the tasks are, the queue is full.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut tasks = JoinSet::new();
    for place in 0..500 {
        let store = store.clone();
        tasks.spawn(async move { put(&store, place, 2_000).await });
    }
    let first = tasks.join_next().await.unwrap().unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(first, Err(StoreError::Overloaded));
    let ends = tasks.join_all().await;
    let done = ends.iter().filter(|end| end.is_ok()).count();
    assert!(ends.iter().all(|end| matches!(end, Ok(()) | Err(StoreError::Overloaded))), "{ends:?}");
    let all = store.scan::<Things>(part(), Scan::first(1_000), Read::Quorum).await.unwrap();
    assert_eq!(all.len(), done);
}

#[tokio::test]
async fn too_many_bytes_in_the_queue_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { queue_bytes_max: 10_000, ..SqliteOptions::default() };
    let store = open(&folder.path().join("fairhub.db"), &clock(), &options);
    assert_eq!(put(&store, 1, 20_000).await, Err(StoreError::Overloaded));
    assert_eq!(put(&store, 1, 5_000).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_short_under_writes_and_reads() {
    const LIMIT: u64 = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    let store = open(&path, &clock(), &SqliteOptions { wal_bytes_max: LIMIT, ..SqliteOptions::default() });
    let mut tasks = JoinSet::new();
    for writer in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            for place in 0..60 {
                put(&store, writer * 1_000 + place, 20_000).await.unwrap();
                store.scan::<Things>(part(), Scan::first(20), Read::Fast).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let log = path.with_extension("db-wal").metadata().unwrap().len();
    assert!(path.metadata().unwrap().len() > 15 << 20, "far more was written than the log may hold");
    // One group of 16 such rows may come on top, and more while a reader, slow on a busy machine, keeps it from starting
    // over.
    assert!(log < LIMIT + (8 << 20), "{log} bytes");
}

#[tokio::test]
async fn expired_rows_leave_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("fairhub.db"), clock());
    let store = open(&path, &clock, &SqliteOptions::default());
    for at in 0..20 {
        let op = Op::Put { c: PassingKey { at }, row: PassingRow { text: "x".into() }, at: None };
        store.write::<Passing>(PassingPart { id: 1 }, vec![op], Ack::Durable).await.unwrap();
    }
    clock.advance_ms(61_000);
    // Each write gives the sweeper a turn; it goes through the tables slice by slice.
    for _ in 0..10 {
        clock.advance_ms(61_000);
        put(&store, 1, 1).await.unwrap();
    }
    drop(store);
    assert_eq!(rows_of_passing(&path), 0);
}

#[tokio::test]
async fn expired_rows_leave_the_file_though_the_time_of_day_was_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("fairhub.db"), clock());
    let store = open(&path, &clock, &SqliteOptions::default());
    // The sweeper has been through all and pauses.
    for place in 0..10 {
        clock.advance_ms(1_000);
        put(&store, place, 1).await.unwrap();
    }
    clock.step_ms(-3_600_000);
    let op = Op::Put { c: PassingKey { at: 1 }, row: PassingRow { text: "x".into() }, at: None };
    store.write::<Passing>(PassingPart { id: 1 }, vec![op], Ack::Durable).await.unwrap();
    for place in 0..10 {
        clock.advance_ms(61_000);
        put(&store, place, 1).await.unwrap();
    }
    drop(store);
    assert_eq!(rows_of_passing(&path), 0);
}

fn rows_of_passing(path: &Path) -> i64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("SELECT count(*) FROM passing", [], |row| row.get(0)).unwrap()
}
