//! Panics planted at tables of these names.

#![expect(unreachable_pub, clippy::allow_attributes, reason = "the tables that the macro declares")]

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use super::caught;
use crate::ids::Millis;
use crate::sqlite::SqliteOptions;
use crate::table::Key;
use crate::{Ack, Clock, Op, Plain, Read, Spec, Store, StoreError, Table as _};

macro_rules! tables {
    ($($table:ident, $name:literal, $part:ident, $key:ident, $row:ident, $patch:ident $(, ttl $ttl:literal)?;)*) => {$(
        crate::table! {
            /// A table.
            pub $table: plain, clustered, $name, version 1 $(, ttl $ttl)?;
            partition $part { id: i64 }
            clustering $key {}
            row $row { value: i64 }
            patch $patch
        }
    )*};
}

tables! {
    Sound, "sound", SoundPart, SoundKey, SoundRow, SoundPatch;
    InChange, "panics_in_change", InChangePart, InChangeKey, InChangeRow, InChangePatch;
    AfterCommit, "panics_after_commit", AfterCommitPart, AfterCommitKey, AfterCommitRow, AfterCommitPatch;
    InRead, "panics_in_read", InReadPart, InReadKey, InReadRow, InReadPatch;
    InSweep, "panics_in_sweep", InSweepPart, InSweepKey, InSweepRow, InSweepPatch, ttl 60;
    Passing, "passing", PassingPart, PassingKey, PassingRow, PassingPatch, ttl 60;
}

const SPECS: &[&Spec] = &[Sound::SPEC, InChange::SPEC, AfterCommit::SPEC, InRead::SPEC, InSweep::SPEC, Passing::SPEC];
/// Nobody may wait for ever; a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(20);

fn open(path: &Path, clock: &Clock) -> Store {
    Store::sqlite(path, SPECS, clock.clone(), &SqliteOptions { readers: 1, ..SqliteOptions::default() }).unwrap()
}

fn fresh() -> (tempfile::TempDir, Clock, Store) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Millis(1_000_000));
    let store = open(&folder.path().join("fairhub.db"), &clock);
    (folder, clock, store)
}

async fn soon<T>(answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, answer).await.expect("it is answered")
}

async fn put<T: Plain>(store: &Store, p: T::P, row: T::Row) -> Result<(), StoreError> {
    let c = T::C::from_values(Vec::new()).unwrap();
    soon(store.write::<T>(p, vec![Op::Put { c, row, at: None }], Ack::Durable)).await
}

async fn sound(store: &Store, id: i64) -> Result<(), StoreError> {
    put::<Sound>(store, SoundPart { id }, SoundRow { value: id }).await
}

async fn stands(store: &Store, id: i64) -> bool {
    soon(store.get::<Sound>(SoundPart { id }, SoundKey {}, Read::Quorum)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_change_that_makes_the_writer_panic_fails_alone_and_the_writer_goes_on() {
    let (_folder, _clock, store) = fresh();
    for round in 0..3 {
        // All in one group, or in a few.
        let neighbours = (0..20).map(|id| sound(&store, round * 100 + id));
        let poisoned = put::<InChange>(&store, InChangePart { id: 1 }, InChangeRow { value: 1 });
        let (poisoned, neighbours) = tokio::join!(poisoned, futures_util::future::join_all(neighbours));
        assert!(matches!(poisoned, Err(StoreError::Other(_))), "nothing of it was done: {poisoned:?}");
        assert!(neighbours.iter().all(Result::is_ok), "{neighbours:?}");
        assert_eq!(sound(&store, round * 100 + 50).await, Ok(()));
        assert!(stands(&store, round * 100 + 19).await && store.check().is_ok());
    }
}

#[tokio::test]
async fn a_panic_behind_the_commit_leaves_the_outcome_unknown_and_what_was_committed_stands() {
    let (_folder, _clock, store) = fresh();
    let row = AfterCommitRow { value: 1 };
    let poisoned = put::<AfterCommit>(&store, AfterCommitPart { id: 1 }, row.clone()).await;
    assert_eq!(poisoned, Err(StoreError::Unknown));
    let found = soon(store.get::<AfterCommit>(AfterCommitPart { id: 1 }, AfterCommitKey {}, Read::Quorum)).await;
    assert_eq!(found, Ok(Some(row)));
    assert_eq!(sound(&store, 1).await, Ok(()));
}

#[tokio::test]
async fn without_its_file_a_writer_that_panicked_refuses_by_name_and_makes_no_new_one() {
    let (folder, _clock, store) = fresh();
    let (path, aside) = (folder.path().join("fairhub.db"), folder.path().join("aside.db"));
    sound(&store, 1).await.unwrap();
    std::fs::rename(&path, &aside).unwrap();
    let poisoned = put::<InChange>(&store, InChangePart { id: 1 }, InChangeRow { value: 1 }).await;
    assert!(poisoned.is_err());
    assert_eq!(sound(&store, 2).await, Err(StoreError::Unavailable));
    assert_eq!(store.check(), Err(StoreError::Unavailable));
    assert!(!path.exists());
    std::fs::rename(&aside, &path).unwrap();
    assert_eq!(sound(&store, 3).await, Ok(()));
    assert!(store.check().is_ok() && stands(&store, 1).await && !stands(&store, 2).await);
}

#[tokio::test]
async fn a_read_that_panics_fails_alone_and_the_reader_goes_on() {
    let (_folder, _clock, store) = fresh();
    sound(&store, 1).await.unwrap();
    for _ in 0..3 {
        let read = soon(store.get::<InRead>(InReadPart { id: 1 }, InReadKey {}, Read::Quorum)).await;
        assert!(matches!(read, Err(StoreError::Other(_))), "{read:?}");
        assert!(stands(&store, 1).await && store.check().is_ok());
    }
}

#[tokio::test]
async fn a_sweep_that_panics_leaves_its_table_and_goes_on_with_the_next() {
    let (folder, clock, store) = fresh();
    put::<InSweep>(&store, InSweepPart { id: 1 }, InSweepRow { value: 1 }).await.unwrap();
    put::<Passing>(&store, PassingPart { id: 1 }, PassingRow { value: 1 }).await.unwrap();
    // Each write gives the sweeper a turn.
    for id in 0..10 {
        clock.advance_ms(61_000);
        sound(&store, id).await.unwrap();
    }
    assert!(store.check().is_ok());
    drop(store);
    let connection = rusqlite::Connection::open(folder.path().join("fairhub.db")).unwrap();
    let rows = |table: &str| {
        let count = format!("SELECT count(*) FROM {table}");
        connection.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((rows("passing"), rows("panics_in_sweep"), rows("sound")), (0, 1, 10));
}

#[test]
fn what_panicked_is_told_and_what_did_not_is_handed_back() {
    assert_eq!(caught("test", || 5), Some(5));
    assert_eq!(caught("test", || -> i32 { panic!("planted") }), None);
}
