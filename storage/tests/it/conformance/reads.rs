//! Reads: order, ranges, paging.

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use storage::{Ack, Op, Read, Scan, StoreError};

use super::plain::{key, part, put, put_word, thing};
use crate::rig::Rig;
use crate::tables::{
    BlobRow, Blobs, BlobsKey, BlobsPart, ThingRow, Things, ThingsKey, ThingsPart, Words, WordsKey, WordsPart,
};

pub(crate) async fn text_is_ordered_by_bytes(rig: &Rig) {
    let ordered = ["", "\0", "A", "a", "aa", "ab", "b", "é", "中", "\u{ffff}", "\u{10ffff}"];
    for word in ordered.iter().rev() {
        put_word(&rig.store, 1, word, None).await;
    }
    put_word(&rig.store, 2, "elsewhere", None).await;
    let rows = rig.store.scan::<Words>(WordsPart { book: 1 }, Scan::first(100), Read::Quorum).await.unwrap();
    let words: Vec<String> = rows.into_iter().map(|(c, _)| c.word).collect();
    assert_eq!(words, ordered);
    let from = Included(WordsKey { word: "a".into() });
    let scan = Scan { from, to: Excluded(WordsKey { word: "b".into() }), rev: true, limit: 100 };
    let rows = rig.store.scan::<Words>(WordsPart { book: 1 }, scan, Read::Quorum).await.unwrap();
    let words: Vec<String> = rows.into_iter().map(|(c, _)| c.word).collect();
    assert_eq!(words, ["ab", "aa", "a"]);
}

pub(crate) async fn numbers_and_blobs_keep_their_order(rig: &Rig) {
    let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
    let ordered: Vec<ThingsKey> =
        numbers.iter().flat_map(|row| numbers.iter().map(|place| key(*row, *place))).collect();
    for c in ordered.iter().rev() {
        put(&rig.store, c.clone(), thing("x")).await;
    }
    let rows = rig.store.scan::<Things>(part(), Scan::first(100), Read::Quorum).await.unwrap();
    assert_eq!(rows.into_iter().map(|(c, _)| c).collect::<Vec<_>>(), ordered);

    let ordered: Vec<Vec<u8>> =
        vec![vec![], vec![0], vec![0, 0], vec![0, 255], vec![1], vec![127], vec![128], vec![255]];
    let ops =
        ordered.iter().rev().map(|blob| Op::Put { c: BlobsKey { blob: blob.clone() }, row: BlobRow {}, at: None });
    rig.store.write::<Blobs>(BlobsPart { book: 1 }, ops.collect(), Ack::Durable).await.unwrap();
    let rows = rig.store.scan::<Blobs>(BlobsPart { book: 1 }, Scan::first(100), Read::Quorum).await.unwrap();
    assert_eq!(rows.into_iter().map(|(c, _)| c.blob).collect::<Vec<_>>(), ordered);
}

pub(crate) async fn scans_take_every_kind_of_end(rig: &Rig) {
    for row in 0..4 {
        for place in 0..4 {
            put(&rig.store, key(row, place), thing("x")).await;
        }
    }
    let flat = |c: &ThingsKey| c.row * 4 + c.place;
    let ends = |at: i64| [Unbounded, Included(key(at / 4, at % 4)), Excluded(key(at / 4, at % 4))];
    for (from_at, to_at) in [(5, 10), (0, 15), (7, 7), (10, 5)] {
        for (from, to) in ends(from_at).into_iter().flat_map(|from| ends(to_at).map(|to| (from.clone(), to))) {
            for (rev, limit) in [(false, 100), (true, 100), (false, 3), (true, 3)] {
                let mut expected: Vec<i64> = (0..16).filter(|at| inside(*at, from_at, to_at, &from, &to)).collect();
                if rev {
                    expected.reverse();
                }
                expected.truncate(limit);
                let limit = u32::try_from(limit).unwrap();
                let scan = Scan { from: from.clone(), to: to.clone(), rev, limit };
                let rows = rig.store.scan::<Things>(part(), scan, Read::Quorum).await.unwrap();
                let found: Vec<i64> = rows.iter().map(|(c, _)| flat(c)).collect();
                assert_eq!(found, expected, "{from:?} {to:?} {rev} {limit}");
            }
        }
    }
}

fn inside<C>(at: i64, from_at: i64, to_at: i64, from: &Bound<C>, to: &Bound<C>) -> bool {
    let above = match from {
        Unbounded => true,
        Included(_) => at >= from_at,
        Excluded(_) => at > from_at,
    };
    above
        && match to {
            Unbounded => true,
            Included(_) => at <= to_at,
            Excluded(_) => at < to_at,
        }
}

pub(crate) async fn paging_while_writing_sees_each_old_row_once(rig: &Rig) {
    for place in 0..100 {
        put(&rig.store, key(place, 0), thing("old")).await;
    }
    let (mut seen, mut from) = (Vec::new(), Unbounded);
    for _ in 0..100 {
        let scan = Scan { from, to: Unbounded, rev: false, limit: 7 };
        let page = rig.store.scan::<Things>(part(), scan, Read::Quorum).await.unwrap();
        let Some((last, _)) = page.last().cloned() else { break };
        put(&rig.other, key(last.row - 3, 1), thing("new")).await;
        put(&rig.other, key((last.row + 3).min(99), 1), thing("new")).await;
        seen.extend(page.into_iter().filter(|(c, _): &(ThingsKey, ThingRow)| c.place == 0).map(|(c, _)| c.row));
        from = Excluded(last);
    }
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}

pub(crate) async fn too_long_a_scan_is_refused(rig: &Rig) {
    let scan = rig.store.scan::<Things>(part(), Scan::first(10_001), Read::Quorum).await;
    let partitions = rig.store.partitions::<Things>(None, 10_001).await;
    assert!(matches!((scan, partitions), (Err(StoreError::Other(_)), Err(StoreError::Other(_)))));
}

pub(crate) async fn partitions_are_listed_page_by_page(rig: &Rig) {
    let expected: Vec<ThingsPart> =
        (0..10).flat_map(|owner| ["a", "b"].map(|shelf| ThingsPart { owner, shelf: shelf.into() })).collect();
    for p in &expected {
        let ops = (0..3).map(|place| Op::Put { c: key(1, place), row: thing("x"), at: None }).collect();
        rig.store.write::<Things>(p.clone(), ops, Ack::Durable).await.unwrap();
    }
    let (mut found, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let page = rig.store.partitions::<Things>(after, 3).await.unwrap();
        after = page.last().cloned();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    // The order is the backend's own; each is there once.
    found.sort();
    assert_eq!(found, expected);
}

pub(crate) async fn what_is_not_there_is_none(rig: &Rig) {
    assert_eq!(rig.store.get::<Things>(part(), key(1, 1), Read::Serial).await.unwrap(), None);
    assert_eq!(rig.store.scan::<Things>(part(), Scan::first(5), Read::Fast).await.unwrap(), Vec::new());
    put(&rig.store, key(1, 1), thing("x")).await;
    assert_eq!(rig.store.get::<Things>(part(), key(1, 2), Read::Fast).await.unwrap(), None);
    assert_eq!(rig.store.scan::<Things>(part(), Scan::first(0), Read::Fast).await.unwrap(), Vec::new());
}
