//! Unconditional writes.

use storage::{Ack, Op, Read, Scan, Store, StoreError};

use super::settle;
use crate::rig::Rig;
use crate::tables::{
    MarkPatch, MarkRow, Marks, MarksKey, MarksPart, Passing, PassingKey, PassingPart, PassingPatch, PassingRow,
    ThingPatch, ThingRow, Things, ThingsKey, ThingsPart, TotalRow, Totals, TotalsKey, TotalsPart, WordPatch, WordRow,
    Words, WordsKey, WordsPart,
};

pub(crate) fn part() -> ThingsPart {
    ThingsPart { owner: 7, shelf: "top".into() }
}

pub(crate) fn key(row: i64, place: i64) -> ThingsKey {
    ThingsKey { row, place }
}

pub(crate) fn thing(name: &str) -> ThingRow {
    ThingRow { name: name.into(), count: 3, picture: Some(vec![0, 255]), sold: true }
}

pub(crate) async fn put(store: &Store, c: ThingsKey, row: ThingRow) {
    store.write::<Things>(part(), vec![Op::Put { c, row, at: None }], Ack::Durable).await.unwrap();
}

pub(crate) async fn put_word(store: &Store, book: i64, word: &str, uses: Option<i64>) {
    let op = Op::Put { c: WordsKey { word: word.into() }, row: WordRow { uses }, at: None };
    store.write::<Words>(WordsPart { book }, vec![op], Ack::Durable).await.unwrap();
}

async fn stands(store: &Store, c: ThingsKey) -> Option<ThingRow> {
    store.get::<Things>(part(), c, Read::Quorum).await.unwrap()
}

pub(crate) async fn put_twice_is_once(rig: &Rig) {
    for store in [&rig.store, &rig.store, &rig.other] {
        put(store, key(1, 1), thing("vase")).await;
    }
    let all = rig.other.scan::<Things>(part(), Scan::first(10), Read::Quorum).await.unwrap();
    assert_eq!(all, vec![(key(1, 1), thing("vase"))]);
}

fn mark(page: i64, note: Option<&str>) -> Op<Marks> {
    let row = MarkRow { page, note: note.map(String::from) };
    Op::Put { c: MarksKey { reader: 1 }, row, at: Some(page) }
}

pub(crate) async fn older_at_loses_in_any_order(rig: &Rig) {
    let book = MarksPart { book: 1 };
    for (page, note) in [(5, Some("five")), (9, None), (7, Some("seven")), (9, None), (0, Some("none"))] {
        rig.store.write::<Marks>(book.clone(), vec![mark(page, note)], Ack::Durable).await.unwrap();
    }
    rig.other.write::<Marks>(book.clone(), vec![mark(8, None), mark(3, None)], Ack::Durable).await.unwrap();
    let found = rig.store.get::<Marks>(book, MarksKey { reader: 1 }, Read::Quorum).await.unwrap();
    assert_eq!(found, Some(MarkRow { page: 9, note: None }));
}

pub(crate) async fn totals_of_each_writer_add_up_however_often_and_late_they_are_written(rig: &Rig) {
    let write = async |store: &Store, writer: i64, total: i64| {
        let put = Op::Put { c: TotalsKey { writer }, row: TotalRow { total }, at: Some(total) };
        store.write::<Totals>(TotalsPart { room: 1 }, vec![put], Ack::Durable).await.unwrap();
    };
    for total in [10, 30, 20, 30, 0, 40, 40, 10] {
        for (writer, store) in [(1, &rig.store), (2, &rig.other), (3, &rig.store)] {
            write(store, writer, total + writer).await;
        }
    }
    let rows = rig.store.scan::<Totals>(TotalsPart { room: 1 }, Scan::first(10), Read::Quorum).await.unwrap();
    assert_eq!(rows.iter().map(|(_, row)| row.total).collect::<Vec<_>>(), [41, 42, 43]);
}

pub(crate) async fn what_a_table_is_not_written_like_is_refused(rig: &Rig) {
    let book = || MarksPart { book: 1 };
    let row = || MarkRow { page: 1, note: None };
    let c = || MarksKey { reader: 1 };
    let set = MarkPatch { page: Some(2), note: None };
    for op in [
        Op::Put { c: c(), row: row(), at: None },
        Op::Put { c: c(), row: row(), at: Some(-1) },
        Op::Patch { c: c(), set },
        Op::Delete { c: c() },
    ] {
        let end = rig.store.write::<Marks>(book(), vec![mark(1, None), op], Ack::Durable).await;
        assert!(matches!(end, Err(StoreError::Other(_))), "{end:?}");
    }
    let op = Op::Put { c: key(1, 1), row: thing("vase"), at: Some(1) };
    let end = rig.store.write::<Things>(part(), vec![op], Ack::Durable).await;
    assert!(matches!(end, Err(StoreError::Other(_))), "{end:?}");
    assert_eq!(rig.store.get::<Marks>(book(), c(), Read::Quorum).await.unwrap(), None);
}

pub(crate) async fn patch_keeps_other_columns(rig: &Rig) {
    put(&rig.store, key(1, 1), thing("vase")).await;
    let set = ThingPatch { count: Some(4), picture: Some(None), ..ThingPatch::default() };
    let nothing = Op::Patch { c: key(1, 1), set: ThingPatch::default() };
    rig.store.write::<Things>(part(), vec![Op::Patch { c: key(1, 1), set }, nothing], Ack::Durable).await.unwrap();
    let expected = ThingRow { count: 4, picture: None, ..thing("vase") };
    assert_eq!(stands(&rig.store, key(1, 1)).await, Some(expected));
}

pub(crate) async fn patch_makes_a_row_only_of_nullable_columns(rig: &Rig) {
    let set = ThingPatch { count: Some(4), ..ThingPatch::default() };
    rig.store.write::<Things>(part(), vec![Op::Patch { c: key(1, 1), set }], Ack::Durable).await.unwrap();
    assert_eq!(stands(&rig.store, key(1, 1)).await, None);

    let (c, set) = (WordsKey { word: "fair".into() }, WordPatch { uses: Some(Some(2)) });
    rig.store.write::<Words>(WordsPart { book: 1 }, vec![Op::Patch { c: c.clone(), set }], Ack::Durable).await.unwrap();
    let found = rig.store.get::<Words>(WordsPart { book: 1 }, c, Read::Quorum).await.unwrap();
    assert_eq!(found, Some(WordRow { uses: Some(2) }));
}

pub(crate) async fn delete_removes_one_row(rig: &Rig) {
    put(&rig.store, key(1, 1), thing("vase")).await;
    put(&rig.store, key(1, 2), thing("bowl")).await;
    let ops = || vec![Op::Delete { c: key(1, 1) }, Op::Delete { c: key(9, 9) }];
    rig.store.write::<Things>(part(), ops(), Ack::Durable).await.unwrap();
    rig.store.write::<Things>(part(), ops(), Ack::Durable).await.unwrap();
    assert_eq!(stands(&rig.store, key(1, 1)).await, None);
    assert_eq!(stands(&rig.store, key(1, 2)).await, Some(thing("bowl")));
}

pub(crate) async fn a_write_is_all_or_nothing_to_readers(rig: &Rig) {
    let (writer, reader) = (rig.store.clone(), rig.other.clone());
    let writes = async {
        for count in 1..=200 {
            let row = ThingRow { count, ..thing("pair") };
            let ops = [1, 2].map(|place| Op::Put { c: key(1, place), row: row.clone(), at: None });
            writer.write::<Things>(part(), ops.into(), Ack::Durable).await.unwrap();
        }
    };
    let reads = async {
        for _ in 0..200 {
            let pair = reader.scan::<Things>(part(), Scan::first(2), Read::Quorum).await.unwrap();
            let counts: Vec<i64> = pair.into_iter().map(|(_, row)| row.count).collect();
            assert!(matches!(counts.as_slice(), [] | [_, _]) && counts.first() == counts.last(), "{counts:?}");
        }
    };
    tokio::join!(writes, reads);
}

pub(crate) async fn a_mebibyte_row_comes_back(rig: &Rig) {
    let row = ThingRow { picture: Some(vec![7; 1 << 20]), ..thing("poster") };
    put(&rig.store, key(1, 1), row.clone()).await;
    assert_eq!(stands(&rig.other, key(1, 1)).await, Some(row));
}

pub(crate) async fn too_much_in_one_write_is_refused(rig: &Rig) {
    let ops = (0..=256).map(|place| Op::Put { c: key(1, place), row: thing("crate"), at: None }).collect();
    let many = rig.store.write::<Things>(part(), ops, Ack::Durable).await;
    let row = ThingRow { picture: Some(vec![7; 5 << 20]), ..thing("mural") };
    let big = rig.store.write::<Things>(part(), vec![Op::Put { c: key(1, 1), row, at: None }], Ack::Durable).await;
    assert!(matches!((many, big), (Err(StoreError::Other(_)), Err(StoreError::Other(_)))));
    assert_eq!(stands(&rig.store, key(1, 1)).await, None);
}

async fn put_passing(rig: &Rig, at: i64, text: &str) {
    let op = Op::Put { c: PassingKey { at }, row: PassingRow { text: text.into() }, at: None };
    rig.store.write::<Passing>(PassingPart { id: 1 }, vec![op], Ack::Durable).await.unwrap();
}

async fn passing(rig: &Rig) -> Vec<String> {
    let rows = rig.other.scan::<Passing>(PassingPart { id: 1 }, Scan::first(10), Read::Quorum).await.unwrap();
    rows.into_iter().map(|(_, row)| row.text).collect()
}

pub(crate) async fn rows_expire_by_the_clock(rig: &Rig) {
    put_passing(rig, 1, "first").await;
    rig.clock.advance_ms(30_000);
    put_passing(rig, 2, "second").await;
    rig.clock.advance_ms(29_999);
    assert_eq!(passing(rig).await, ["first", "second"]);
    rig.clock.advance_ms(1);
    assert_eq!(passing(rig).await, ["second"]);
    let gone = rig.store.get::<Passing>(PassingPart { id: 1 }, PassingKey { at: 1 }, Read::Quorum).await.unwrap();
    assert_eq!(gone, None);
    rig.clock.advance_ms(30_000);
    assert_eq!(passing(rig).await, Vec::<String>::new());
    assert_eq!(rig.store.partitions::<Passing>(None, 10).await.unwrap(), Vec::new());
}

pub(crate) async fn an_expired_row_can_be_written_again(rig: &Rig) {
    put_passing(rig, 1, "late").await;
    rig.clock.advance_ms(60_000);
    put_passing(rig, 1, "early").await;
    assert_eq!(passing(rig).await, ["early"]);
}

pub(crate) async fn a_patch_that_would_make_the_row_renews_its_time(rig: &Rig) {
    put_passing(rig, 1, "first").await;
    rig.clock.advance_ms(30_000);
    for (at, text) in [(1, "renewed"), (2, "made")] {
        let set = PassingPatch { text: Some(text.into()) };
        let patch = Op::Patch { c: PassingKey { at }, set };
        rig.store.write::<Passing>(PassingPart { id: 1 }, vec![patch], Ack::Durable).await.unwrap();
    }
    rig.clock.advance_ms(59_999);
    assert_eq!(passing(rig).await, ["renewed", "made"]);
    rig.clock.advance_ms(1);
    assert_eq!(passing(rig).await, Vec::<String>::new());
}

pub(crate) async fn early_acknowledged_writes_arrive(rig: &Rig) {
    for place in 0..50 {
        let op = Op::Put { c: key(1, place), row: thing("tap"), at: None };
        rig.store.write::<Things>(part(), vec![op], Ack::Memory).await.unwrap();
    }
    settle(rig).await;
    assert_eq!(rig.other.scan::<Things>(part(), Scan::first(100), Read::Quorum).await.unwrap().len(), 50);
}
