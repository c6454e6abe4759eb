//! Conditional writes.

use storage::{Applied, Expect, Op, Read, Scan, Store, StoreError};
use tokio::task::JoinSet;

use crate::rig::Rig;
use crate::tables::{
    ClaimRow, Claims, ClaimsKey, ClaimsPart, CounterPatch, CounterRow, Counters, CountersKey, CountersPart, LineRow,
    Lines, LinesKey, LinesPart, PostPatch, PostRow, Posts, PostsKey, PostsPart,
};

const COUNTER: CountersPart = CountersPart { id: 1 };
const BUCKET: i64 = 256;
const ENTRIES: i64 = 10_000;

fn line(writer: i64) -> LineRow {
    LineRow { v: 1, writer, text: format!("by {writer}") }
}

async fn append(store: &Store, seqs: &[i64], writer: i64) -> Applied<Lines> {
    let expect = seqs.iter().map(|seq| Expect::Absent(LinesKey { seq: *seq })).collect();
    let ops = seqs.iter().map(|seq| Op::Put { c: LinesKey { seq: *seq }, row: line(writer), at: None }).collect();
    let bucket = seqs.first().map_or(0, |seq| seq / BUCKET);
    store.write_if::<Lines>(LinesPart { log: 1, bucket }, expect, ops).await.unwrap()
}

pub(crate) async fn one_of_32_racers_wins_and_the_others_see_its_row(rig: &Rig) {
    let mut racers = JoinSet::new();
    for writer in 0..32 {
        let store = if writer % 2 == 0 { rig.store.clone() } else { rig.other.clone() };
        racers.spawn(async move { (writer, append(&store, &[1], writer).await) });
    }
    let ends = racers.join_all().await;
    let winners: Vec<i64> = ends.iter().filter(|(_, end)| *end == Applied::Yes).map(|(writer, _)| *writer).collect();
    let [winner] = winners.as_slice() else { panic!("{winners:?} won") };
    let standing = Applied::No { current: vec![(LinesKey { seq: 1 }, line(*winner))] };
    assert_eq!(ends.iter().filter(|(_, end)| *end == standing).count(), 31);
}

pub(crate) async fn racing_increments_lose_none(rig: &Rig) {
    let row = CounterRow { v: 1, value: 0, note: None };
    let put = Op::Put { c: CountersKey {}, row, at: None };
    rig.store.write_if::<Counters>(COUNTER, vec![Expect::Absent(CountersKey {})], vec![put]).await.unwrap();
    let mut racers = JoinSet::new();
    for racer in 0..8 {
        let store = if racer % 2 == 0 { rig.store.clone() } else { rig.other.clone() };
        racers.spawn(async move {
            for _ in 0..125 {
                while !increment(&store).await {}
            }
        });
    }
    racers.join_all().await;
    let row = rig.other.get::<Counters>(COUNTER, CountersKey {}, Read::Serial).await.unwrap().unwrap();
    assert_eq!((row.value, row.v), (1000, 1001));
}

async fn increment(store: &Store) -> bool {
    let row = store.get::<Counters>(COUNTER, CountersKey {}, Read::Serial).await.unwrap().unwrap();
    let set = CounterPatch { v: Some(row.v + 1), value: Some(row.value + 1), note: None };
    let ops = vec![Op::Patch { c: CountersKey {}, set }];
    let end = store.write_if::<Counters>(COUNTER, vec![Expect::Version(CountersKey {}, row.v)], ops).await.unwrap();
    end == Applied::Yes
}

pub(crate) async fn a_failed_condition_writes_nothing(rig: &Rig) {
    assert_eq!(append(&rig.store, &[2], 1).await, Applied::Yes);
    assert!(matches!(append(&rig.store, &[1, 2, 3], 2).await, Applied::No { .. }));
    let all = rig.store.scan::<Lines>(LinesPart { log: 1, bucket: 0 }, Scan::first(10), Read::Quorum).await.unwrap();
    assert_eq!(all, vec![(LinesKey { seq: 2 }, line(1))]);

    let ops = vec![Op::Delete { c: LinesKey { seq: 2 } }];
    let wrong = vec![Expect::Version(LinesKey { seq: 2 }, 9)];
    let end = rig.store.write_if::<Lines>(LinesPart { log: 1, bucket: 0 }, wrong, ops.clone()).await.unwrap();
    assert_eq!(end, Applied::No { current: vec![(LinesKey { seq: 2 }, line(1))] });
    let missing = vec![Expect::Version(LinesKey { seq: 7 }, 1)];
    let end = rig.store.write_if::<Lines>(LinesPart { log: 1, bucket: 0 }, missing, ops).await.unwrap();
    assert_eq!(end, Applied::No { current: vec![] });
}

pub(crate) async fn refusals_show_the_standing_rows_in_key_order(rig: &Rig) {
    for seq in [5, 3] {
        append(&rig.store, &[seq], seq).await;
    }
    let end = append(&rig.store, &[5, 4, 3], 9).await;
    let current = [3, 5].map(|seq| (LinesKey { seq }, line(seq)));
    assert_eq!(end, Applied::No { current: current.into() });
}

pub(crate) async fn an_expired_claim_is_absent(rig: &Rig) {
    let claim = async |by: i64| {
        let put = Op::Put { c: ClaimsKey {}, row: ClaimRow { v: 1, by }, at: None };
        let expect = vec![Expect::Absent(ClaimsKey {})];
        rig.store.write_if::<Claims>(ClaimsPart { id: 1 }, expect, vec![put]).await.unwrap()
    };
    assert_eq!(claim(1).await, Applied::Yes);
    rig.clock.advance_ms(59_999);
    assert!(matches!(claim(2).await, Applied::No { .. }));
    rig.clock.advance_ms(1);
    assert_eq!(claim(3).await, Applied::Yes);
    let row = rig.other.get::<Claims>(ClaimsPart { id: 1 }, ClaimsKey {}, Read::Serial).await.unwrap();
    assert_eq!(row, Some(ClaimRow { v: 1, by: 3 }));
}

pub(crate) async fn rows_that_carry_the_id_of_their_write_are_written_like_others(rig: &Rig) {
    let post = |v, op_id| PostRow { v, op_id, text: format!("{op_id}") };
    let write = async |expect: Expect<PostsKey>, op: Op<Posts>| {
        rig.store.write_if::<Posts>(PostsPart { log: 1 }, vec![expect], vec![op]).await
    };
    let key = || PostsKey { seq: 1 };
    let put = |op_id| Op::Put { c: key(), row: post(1, op_id), at: None };
    assert_eq!(write(Expect::Absent(key()), put(7)).await, Ok(Applied::Yes));
    // The same again is refused by what it did: only who is in doubt takes that for done.
    let standing = Ok(Applied::No { current: vec![(key(), post(1, 7))] });
    assert_eq!(write(Expect::Absent(key()), put(7)).await, standing);
    assert_eq!(write(Expect::Absent(key()), put(8)).await, standing);

    let patch = |op_id| {
        let set = PostPatch { v: Some(2), op_id, text: Some("9".into()) };
        Op::Patch { c: key(), set }
    };
    assert!(matches!(write(Expect::Version(key(), 1), patch(None)).await, Err(StoreError::Other(_))), "without an id");
    assert_eq!(write(Expect::Version(key(), 1), patch(Some(9))).await, Ok(Applied::Yes));
    let row = rig.other.get::<Posts>(PostsPart { log: 1 }, key(), Read::Serial).await;
    assert_eq!(row, Ok(Some(post(2, 9))));
    let delete = Op::Delete { c: key() };
    assert_eq!(write(Expect::Version(key(), 2), delete).await, Ok(Applied::Yes));
}

/// Each hub believes that the log is its own, appends batches at the head it knows and moves on when it loses.
pub(crate) async fn two_hubs_append_without_gap_or_duplicate(rig: &Rig) {
    let mut hubs = JoinSet::new();
    for (hub, store) in [(1, rig.store.clone()), (2, rig.other.clone())] {
        hubs.spawn(async move {
            let (mut head, mut won) = (1, Vec::new());
            while head <= ENTRIES {
                // Batches differ in length, so that the hubs' heads do; none crosses a bucket's end.
                let end = (head + 20 + 7 * hub).min(ENTRIES + 1).min((head / BUCKET + 1) * BUCKET);
                let seqs: Vec<i64> = (head..end).collect();
                match append(&store, &seqs, hub).await {
                    Applied::Yes => {
                        head = end;
                        won.extend(seqs);
                    }
                    Applied::No { current } => {
                        head = current.last().map_or(head, |(c, _)| c.seq + 1);
                    }
                }
            }
            (hub, won)
        });
    }
    let won = hubs.join_all().await;
    let mut stored = Vec::new();
    for bucket in 0..=ENTRIES / BUCKET {
        let p = LinesPart { log: 1, bucket };
        stored.extend(rig.store.scan::<Lines>(p, Scan::first(1_000), Read::Serial).await.unwrap());
    }
    assert_eq!(stored.iter().map(|(c, _)| c.seq).collect::<Vec<_>>(), (1..=ENTRIES).collect::<Vec<_>>());
    for (hub, seqs) in won {
        let theirs: Vec<i64> = stored.iter().filter(|(_, row)| row.writer == hub).map(|(c, _)| c.seq).collect();
        assert_eq!(theirs, seqs, "hub {hub} was told the truth");
    }
}
