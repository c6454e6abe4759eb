//! Moving rows through a file: out of the model into the backend and back.

use std::path::PathBuf;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use storage::transfer::{End, Exported, Imported, TransferError, export, import};
use storage::{Ack, Applied, Clock, Expect, Op, Read, Scan, Store, StoreError};
use tempfile::TempDir;

use crate::rig::{Rig, SPECS};
use crate::tables::{
    BlobRow, Blobs, BlobsKey, BlobsPart, ClaimRow, Claims, ClaimsKey, ClaimsPart, CounterRow, Counters, CountersKey,
    CountersPart, LineRow, Lines, LinesKey, LinesPart, MarkRow, Marks, MarksKey, MarksPart, Passing, PassingKey,
    PassingPart, PassingRow, PostRow, Posts, PostsKey, PostsPart, ThingRow, Things, ThingsKey, ThingsPart, TotalRow,
    Totals, TotalsKey, TotalsPart, WordRow, Words, WordsKey, WordsPart,
};

const SEED: u64 = 4_711;

/// A model store as the source, on the backend's clock, and a folder for files.
pub(crate) struct Move {
    pub(crate) source: Store,
    clock: Clock,
    folder: TempDir,
}

impl Move {
    pub(crate) fn new(clock: &Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { source: Store::model(clock.clone()), clock: clock.clone(), folder }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn end<'a>(&'a self, store: &'a Store) -> End<'a> {
        End { store, tables: SPECS, clock: &self.clock, name: "store:test".into(), key: "key".into() }
    }

    pub(crate) async fn export(&self, store: &Store, name: &str) -> Result<Exported, TransferError> {
        export(&self.end(store), &self.file(name), false, &mut |_progress| {}).await
    }

    pub(crate) async fn import(&self, store: &Store, name: &str) -> Result<Imported, TransferError> {
        import(&self.end(store), &self.file(name), false, &mut |_progress| {}).await
    }
}

/// Every kind of table, with the cells that are easily spoilt.
pub(crate) async fn fill(store: &Store, rows: usize) -> Result<(), StoreError> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let ints = [i64::MIN, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX];
    let texts = ["", " ", "\0", "\"\\\n\u{2028}", "谈判 🤝", "e\u{301}", "{\"b64\":\"AA==\"}", "null", "\u{fffd}"];
    for round in 0..rows {
        let mut int = || ints[rng.random_range(0..ints.len())];
        let (row, place, owner, count) = (int(), int(), int(), int());
        let mut text = || texts[rng.random_range(0..texts.len())].to_owned();
        let (shelf, name, word, body) = (text(), text(), text(), text());
        let picture = rng.random::<bool>().then(|| (0..rng.random_range(0..40)).map(|_| rng.random()).collect());
        let blob: Vec<u8> = (0..rng.random_range(0..9)).map(|_| rng.random()).collect();
        let id = rng.random_range(0..4);
        let thing = ThingRow { name, count, picture, sold: round % 2 == 0 };
        let put = Op::Put { c: ThingsKey { row, place }, row: thing, at: None };
        store.write::<Things>(ThingsPart { owner, shelf }, vec![put], Ack::Durable).await?;
        let uses = (round % 3 > 0).then_some(count);
        let put = Op::Put { c: WordsKey { word }, row: WordRow { uses }, at: None };
        store.write::<Words>(WordsPart { book: id }, vec![put], Ack::Durable).await?;
        let put = Op::Put { c: BlobsKey { blob }, row: BlobRow {}, at: None };
        store.write::<Blobs>(BlobsPart { book: id }, vec![put], Ack::Durable).await?;
        let note = (round % 2 > 0).then_some(body.clone());
        let at = Some(round as i64 * 1_000_003);
        let put = Op::Put { c: MarksKey { reader: owner }, row: MarkRow { page: row, note: note.clone() }, at };
        store.write::<Marks>(MarksPart { book: id }, vec![put], Ack::Durable).await?;
        let put =
            Op::Put { c: TotalsKey { writer: place }, row: TotalRow { total: round as i64 }, at: Some(round as i64) };
        store.write::<Totals>(TotalsPart { room: id }, vec![put], Ack::Durable).await?;
        let (seq, line) = (round as i64, LineRow { v: 1, writer: count, text: body.clone() });
        append(store, LinesPart { log: id, bucket: 0 }, seq, line).await?;
        let (c, post) =
            (PostsKey { seq }, PostRow { v: 1, op_id: u128::MAX - rows as u128 + round as u128, text: body.clone() });
        let put = Op::Put { c: c.clone(), row: post, at: None };
        store.write_if::<Posts>(PostsPart { log: id }, vec![Expect::Absent(c)], vec![put]).await?;
        let put = Op::Put { c: CountersKey {}, row: CounterRow { v: 3, value: count, note }, at: None };
        store.write_if::<Counters>(CountersPart { id: seq }, vec![Expect::Absent(CountersKey {})], vec![put]).await?;
        let put = Op::Put { c: PassingKey { at: seq }, row: PassingRow { text: body }, at: None };
        store.write::<Passing>(PassingPart { id }, vec![put], Ack::Durable).await?;
        let put = Op::Put { c: ClaimsKey {}, row: ClaimRow { v: 1, by: row }, at: None };
        store.write_if::<Claims>(ClaimsPart { id: seq }, vec![Expect::Absent(ClaimsKey {})], vec![put]).await?;
    }
    Ok(())
}

async fn append(store: &Store, p: LinesPart, seq: i64, row: LineRow) -> Result<(), StoreError> {
    let put = Op::Put { c: LinesKey { seq }, row, at: None };
    store.write_if::<Lines>(p, vec![Expect::Absent(LinesKey { seq })], vec![put]).await.map(|_applied| ())
}

async fn things(store: &Store) -> Vec<(ThingsPart, Vec<(ThingsKey, ThingRow)>)> {
    let mut parts = store.partitions::<Things>(None, 1_000).await.unwrap();
    parts.sort();
    let mut all = Vec::new();
    for p in parts {
        all.push((p.clone(), store.scan::<Things>(p, Scan::first(1_000), Read::Quorum).await.unwrap()));
    }
    all
}

pub(crate) async fn everything_moves_there_and_back(rig: &Rig) {
    let moved = Move::new(&rig.clock);
    fill(&moved.source, 120).await.unwrap();
    let first = moved.export(&moved.source, "first").await.unwrap();
    let imported = moved.import(&rig.store, "first").await.unwrap();
    assert_eq!((imported.rows, imported.expired, imported.resumed), (first.total.rows, 0, 0));
    let second = moved.export(&rig.other, "second").await.unwrap();
    assert_eq!((second.total, &second.tables), (first.total, &first.tables));
    assert!(first.tables.values().all(|tally| tally.rows > 0), "{first:?}");

    let back = Store::model(rig.clock.clone());
    moved.import(&back, "second").await.unwrap();
    assert_eq!(moved.export(&back, "third").await.unwrap().tables, first.tables);
    let [there, here] = [things(&rig.store).await, things(&back).await];
    assert_eq!((&there, &here), (&things(&moved.source).await, &there), "the checksums tell the truth");
}

pub(crate) async fn a_big_partition_moves_page_by_page(rig: &Rig) {
    let moved = Move::new(&rig.clock);
    let text = "x".repeat(40_000);
    for seq in 0..130 {
        let line = LineRow { v: 1, writer: seq, text: text.clone() };
        append(&moved.source, LinesPart { log: 1, bucket: 0 }, seq, line).await.unwrap();
    }
    for at in 0..2_500 {
        let put = Op::Put { c: PassingKey { at }, row: PassingRow { text: String::new() }, at: None };
        moved.source.write::<Passing>(PassingPart { id: 1 }, vec![put], Ack::Durable).await.unwrap();
    }
    let first = moved.export(&moved.source, "first").await.unwrap();
    assert_eq!(first.total.rows, 2_630);
    moved.import(&rig.store, "first").await.unwrap();
    assert_eq!(moved.export(&rig.store, "second").await.unwrap().tables, first.tables);
}

fn mark(page: i64, at: i64) -> Op<Marks> {
    Op::Put { c: MarksKey { reader: 1 }, row: MarkRow { page, note: None }, at: Some(at) }
}

pub(crate) async fn positions_move_too(rig: &Rig) {
    let (moved, book) = (Move::new(&rig.clock), MarksPart { book: 1 });
    moved.source.write::<Marks>(book.clone(), vec![mark(50, 5)], Ack::Durable).await.unwrap();
    moved.export(&moved.source, "first").await.unwrap();
    moved.import(&rig.store, "first").await.unwrap();
    for (at, stands) in [(4, 50), (6, 60), (5, 60)] {
        rig.store.write::<Marks>(book.clone(), vec![mark(at * 10, at)], Ack::Durable).await.unwrap();
        let found = rig.store.get::<Marks>(book.clone(), MarksKey { reader: 1 }, Read::Quorum).await.unwrap();
        assert_eq!(found.unwrap().page, stands, "after a write at {at}");
    }
}

pub(crate) async fn versions_move_too(rig: &Rig) {
    let moved = Move::new(&rig.clock);
    fill(&moved.source, 2).await.unwrap();
    moved.export(&moved.source, "first").await.unwrap();
    moved.import(&rig.store, "first").await.unwrap();
    let (p, c) = (CountersPart { id: 1 }, CountersKey {});
    let put = |value| Op::Put { c: CountersKey {}, row: CounterRow { v: 4, value, note: None }, at: None };
    let end = rig.store.write_if::<Counters>(p.clone(), vec![Expect::Absent(c.clone())], vec![put(1)]).await.unwrap();
    assert!(matches!(end, Applied::No { .. }), "{end:?}");
    let end = rig.store.write_if::<Counters>(p.clone(), vec![Expect::Version(c.clone(), 3)], vec![put(2)]).await;
    assert_eq!(end.unwrap(), Applied::Yes);
    assert_eq!(rig.other.get::<Counters>(p, c, Read::Serial).await.unwrap().unwrap().value, 2);
}

async fn passing(store: &Store) -> usize {
    store.scan::<Passing>(PassingPart { id: 1 }, Scan::first(10), Read::Quorum).await.unwrap().len()
}

async fn pass(store: &Store) {
    let put = Op::Put { c: PassingKey { at: 1 }, row: PassingRow { text: "soon".into() }, at: None };
    store.write::<Passing>(PassingPart { id: 1 }, vec![put], Ack::Durable).await.unwrap();
}

pub(crate) async fn what_is_left_of_a_row_s_time_moves_too(rig: &Rig) {
    let moved = Move::new(&rig.clock);
    pass(&moved.source).await;
    moved.export(&moved.source, "first").await.unwrap();
    rig.clock.advance_ms(40_000);
    let imported = moved.import(&rig.store, "first").await.unwrap();
    assert_eq!((imported.rows, imported.verified.left_out), (1, 1), "too short-lived to compare");
    rig.clock.advance_ms(19_000);
    assert_eq!(passing(&rig.store).await, 1);
    moved.export(&rig.store, "second").await.unwrap();
    let back = Store::model(rig.clock.clone());
    moved.import(&back, "second").await.unwrap();
    assert_eq!(passing(&back).await, 1);
    rig.clock.advance_ms(2_000);
    assert_eq!((passing(&rig.store).await, passing(&back).await), (0, 0));
}

pub(crate) async fn what_has_expired_stays_behind(rig: &Rig) {
    let moved = Move::new(&rig.clock);
    pass(&moved.source).await;
    let first = moved.export(&moved.source, "first").await.unwrap();
    rig.clock.advance_ms(61_000);
    let imported = moved.import(&rig.store, "first").await.unwrap();
    assert_eq!((first.total.rows, imported.rows, imported.expired), (1, 0, 1));
    assert_eq!(moved.export(&rig.store, "second").await.unwrap().total.rows, 0);
}
