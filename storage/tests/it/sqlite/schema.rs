//! Versions of the schema: an older file is brought up, a newer one refused.

use std::path::Path;

use storage::{Ack, Applied, Clock, Expect, Op, Read, Scan, Spec, SqliteOptions, Store, StoreError};

use crate::versions::{FIRST, THIRD, first, third};

fn open(path: &Path, specs: &[&'static Spec]) -> Result<Store, StoreError> {
    Store::sqlite(path, specs, Clock::system(), &SqliteOptions::default())
}

#[tokio::test]
async fn the_kept_file_of_version_1_is_brought_up_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/version1.db"), &path).unwrap();
    let store = open(&path, THIRD).unwrap();
    let book = || third::NotesPart { book: 1 };
    let notes = store.scan::<third::Notes>(book(), Scan::first(10), Read::Quorum).await.unwrap();
    let expected = |seq| {
        let row = third::NoteRow { v: 1, text: format!("note {seq}"), author: None, color: None };
        (third::NotesKey { seq }, row)
    };
    assert_eq!(notes, (1..=3).map(expected).collect::<Vec<_>>());
    let name = third::TagsKey { name: "茶".into() };
    let tag = store.get::<third::Tags>(third::TagsPart { book: 1 }, name, Read::Quorum).await.unwrap();
    assert_eq!(tag, Some(third::TagRow { uses: 9, icon: None }));

    let row = third::NoteRow { v: 1, text: "new".into(), author: Some(5), color: Some("red".into()) };
    let put = Op::Put { c: third::NotesKey { seq: 4 }, row: row.clone(), at: None };
    let expect = vec![Expect::Absent(third::NotesKey { seq: 4 })];
    assert_eq!(store.write_if::<third::Notes>(book(), expect, vec![put]).await.unwrap(), Applied::Yes);
    let shelf = Op::Put { c: third::ShelvesKey {}, row: third::ShelfRow { name: "top".into() }, at: None };
    store.write::<third::Shelves>(third::ShelvesPart { id: 1 }, vec![shelf], Ack::Durable).await.unwrap();
    drop(store);
    let again = open(&path, THIRD).unwrap();
    let kept = again.get::<third::Notes>(book(), third::NotesKey { seq: 4 }, Read::Quorum).await.unwrap();
    assert_eq!(kept, Some(row));
}

/// In SQLite nothing changes: a commit is done or not, and tells.
#[tokio::test]
async fn rows_whose_table_names_the_id_of_their_write_later_are_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    let put = |op_id| Op::Put { c: first::PostsKey { seq: 1 }, row: first::PostRow { v: 1, op_id }, at: None };
    let absent = vec![Expect::Absent(first::PostsKey { seq: 1 })];
    let store = open(&path, FIRST).unwrap();
    let written = store.write_if::<first::Posts>(first::PostsPart { book: 1 }, absent, vec![put(11)]).await;
    assert_eq!(written, Ok(Applied::Yes));
    drop(store);
    let store = open(&path, THIRD).unwrap();
    let book = || third::PostsPart { book: 1 };
    let put = |seq, op_id| Op::Put { c: third::PostsKey { seq }, row: third::PostRow { v: 1, op_id }, at: None };
    let absent = |seq| vec![Expect::Absent(third::PostsKey { seq })];
    let standing = vec![(third::PostsKey { seq: 1 }, third::PostRow { v: 1, op_id: 11 })];
    let refused = store.write_if::<third::Posts>(book(), absent(1), vec![put(1, 21)]).await;
    assert_eq!(refused, Ok(Applied::No { current: standing }));
    assert_eq!(store.write_if::<third::Posts>(book(), absent(2), vec![put(2, 22)]).await, Ok(Applied::Yes));
}

#[tokio::test]
async fn a_newer_file_is_refused_by_name_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    drop(open(&path, THIRD).unwrap());
    let before = std::fs::read(&path).unwrap();
    let newer = StoreError::Newer { table: "notes".into(), found: 3, known: 1 };
    assert_eq!(open(&path, FIRST).unwrap_err(), newer);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    std::fs::write(&path, "not a database, but long enough to look like one ".repeat(100)).unwrap();
    assert!(matches!(open(&path, FIRST), Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_table_that_was_not_opened_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("fairhub.db"), FIRST).unwrap();
    let shelf = Op::Put { c: third::ShelvesKey {}, row: third::ShelfRow { name: "top".into() }, at: None };
    let written = store.write::<third::Shelves>(third::ShelvesPart { id: 1 }, vec![shelf], Ack::Durable).await;
    let read = store.get::<third::Shelves>(third::ShelvesPart { id: 1 }, third::ShelvesKey {}, Read::Fast).await;
    assert!(matches!((written, read), (Err(StoreError::Other(_)), Err(StoreError::Other(_)))));
}
