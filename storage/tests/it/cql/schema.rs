//! The keyspace's tables: made, migrated, refused.

use scylla::client::session_builder::SessionBuilder;
use storage::ids::Millis;
use storage::{Ack, Applied, Clock, CqlOptions, Expect, Op, Read, Scan, Spec, Store, StoreError};

use crate::rig::{keyspace, remove};
use crate::versions::{FIRST, THIRD, first, third};

async fn open(options: &CqlOptions, specs: &[&'static Spec]) -> Result<Store, StoreError> {
    Store::cql(options, specs, Clock::manual(Millis(1_000_000))).await
}

async fn note(store: &Store, seq: i64) {
    let row = first::NoteRow { v: 1, text: format!("note {seq}") };
    let put = Op::Put { c: first::NotesKey { seq }, row, at: None };
    let absent = vec![Expect::Absent(first::NotesKey { seq })];
    let end = store.write_if::<first::Notes>(first::NotesPart { book: 1 }, absent, vec![put]).await.unwrap();
    assert_eq!(end, Applied::Yes);
}

#[tokio::test]
async fn tables_of_version_1_are_brought_up_and_go_on() {
    let Some(options) = keyspace().await else { return };
    Store::init_cql(&options, FIRST).await.unwrap();
    let old = open(&options, FIRST).await.unwrap();
    for seq in 1..=3 {
        note(&old, seq).await;
    }
    // Two programs start at once: one migrates, the other waits for it.
    let (one, two) = tokio::join!(open(&options, THIRD), open(&options, THIRD));
    let (one, two) = (one.unwrap(), two.unwrap());
    let book = || third::NotesPart { book: 1 };
    let notes = one.scan::<third::Notes>(book(), Scan::first(10), Read::Quorum).await.unwrap();
    let expected = |seq| {
        let row = third::NoteRow { v: 1, text: format!("note {seq}"), author: None, color: None };
        (third::NotesKey { seq }, row)
    };
    assert_eq!(notes, (1..=3).map(expected).collect::<Vec<_>>());

    let row = third::NoteRow { v: 1, text: "new".into(), author: Some(5), color: Some("red".into()) };
    let put = Op::Put { c: third::NotesKey { seq: 4 }, row: row.clone(), at: None };
    let absent = vec![Expect::Absent(third::NotesKey { seq: 4 })];
    assert_eq!(two.write_if::<third::Notes>(book(), absent, vec![put]).await.unwrap(), Applied::Yes);
    let kept = one.get::<third::Notes>(book(), third::NotesKey { seq: 4 }, Read::Serial).await.unwrap();
    assert_eq!(kept, Some(row));
    let shelf = Op::Put { c: third::ShelvesKey {}, row: third::ShelfRow { name: "top".into() }, at: None };
    two.write::<third::Shelves>(third::ShelvesPart { id: 1 }, vec![shelf], Ack::Durable).await.unwrap();
    // The old program, still running, goes on with the columns that it knows.
    note(&old, 5).await;
    remove(&options).await;
}

macro_rules! post {
    ($program:ident, $store:expr, $seq:expr, $op_id:expr) => {{
        let put =
            Op::Put { c: $program::PostsKey { seq: $seq }, row: $program::PostRow { v: 1, op_id: $op_id }, at: None };
        let absent = vec![Expect::Absent($program::PostsKey { seq: $seq })];
        let part = $program::PostsPart { book: 1 };
        match $store.write_if::<$program::Posts>(part, absent, vec![put]).await.unwrap() {
            Applied::Yes => Vec::new(),
            Applied::No { current } => current.into_iter().map(|(c, row)| (c.seq, row.op_id)).collect(),
        }
    }};
}

/// Where rows were written with an id of the store's beside their own, both programs go on: neither needs the other's.
#[tokio::test]
async fn a_hidden_id_of_older_rows_is_left_alone() {
    let Some(options) = keyspace().await else { return };
    Store::init_cql(&options, FIRST).await.unwrap();
    let old = open(&options, FIRST).await.unwrap();
    assert_eq!(post!(first, old, 1, 11), []);
    let new = open(&options, THIRD).await.unwrap();
    assert_eq!(post!(third, new, 1, 21), [(1, 11)]);
    assert_eq!(post!(third, new, 2, 22), []);
    assert_eq!(post!(first, old, 2, 12), [(2, 22)]);
    assert_eq!(post!(first, old, 3, 13), []);
    assert_eq!(post!(third, new, 3, 23), [(3, 13)]);
    assert_eq!(columns(&options, "posts").await, ["_op", "book", "op_id", "seq", "v"]);
    remove(&options).await;
}

#[tokio::test]
async fn rows_that_carry_the_id_of_their_write_have_no_second_one() {
    let Some(options) = keyspace().await else { return };
    Store::init_cql(&options, THIRD).await.unwrap();
    assert_eq!(columns(&options, "posts").await, ["book", "op_id", "seq", "v"]);
    assert!(columns(&options, "notes").await.contains(&"_op".to_owned()));
    remove(&options).await;
}

async fn columns(options: &CqlOptions, table: &str) -> Vec<String> {
    let session = SessionBuilder::new().known_nodes(&options.hosts).build().await.unwrap();
    let text = format!(
        "SELECT column_name FROM system_schema.columns WHERE keyspace_name = '{}' AND table_name = '{table}'",
        options.keyspace
    );
    let rows = session.query_unpaged(text, ()).await.unwrap().into_rows_result().unwrap();
    let mut names: Vec<String> = rows.rows::<(String,)>().unwrap().map(|row| row.unwrap().0).collect();
    names.sort();
    names
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused_by_name_and_left_alone() {
    let Some(options) = keyspace().await else { return };
    Store::init_cql(&options, THIRD).await.unwrap();
    let newer = StoreError::Newer { table: "notes".into(), found: 3, known: 1 };
    assert_eq!(open(&options, FIRST).await.unwrap_err(), newer);
    assert_eq!(Store::init_cql(&options, FIRST).await.unwrap_err(), newer);
    open(&options, THIRD).await.unwrap();
    remove(&options).await;
}

#[tokio::test]
async fn a_keyspace_is_made_only_when_asked() {
    let Some(options) = keyspace().await else { return };
    for _ in 0..2 {
        let error = open(&options, FIRST).await.unwrap_err().to_string();
        assert!(error.contains(&format!("there is no keyspace `{}`", options.keyspace)), "{error}");
    }
    for _ in 0..2 {
        Store::init_cql(&options, FIRST).await.unwrap();
    }
    open(&options, FIRST).await.unwrap();
    remove(&options).await;
}
