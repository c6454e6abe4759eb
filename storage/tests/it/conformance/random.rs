//! Random operations on a backend and on plain maps: both must always agree.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use storage::{Ack, Applied, Expect, Op, Read, Scan};

use crate::rig::Rig;
use crate::tables::{
    CounterPatch, CounterRow, Counters, CountersKey, CountersPart, ThingPatch, ThingRow, Things, ThingsKey, ThingsPart,
};

const SEED: u64 = 20_261_123;
const ROUNDS: usize = 1_500;

type Shelf = BTreeMap<ThingsKey, ThingRow>;

pub(crate) async fn random_operations_match_the_model(rig: &Rig) {
    let mut rng = StdRng::seed_from_u64(SEED);
    let (mut shelves, mut counters) = (BTreeMap::<ThingsPart, Shelf>::new(), BTreeMap::<i64, CounterRow>::new());
    for round in 0..ROUNDS {
        match rng.random_range(0..3) {
            0 => plain(rig, &mut rng, &mut shelves).await,
            1 => conditional(rig, &mut rng, &mut counters).await,
            _ => compare(rig, &mut rng, &shelves, round).await,
        }
    }
    for (id, row) in counters {
        let found = rig.store.get::<Counters>(CountersPart { id }, CountersKey {}, Read::Serial).await.unwrap();
        assert_eq!(found, Some(row));
    }
}

fn part(rng: &mut StdRng) -> ThingsPart {
    ThingsPart { owner: rng.random_range(0..2), shelf: ["", "low", "high"][rng.random_range(0..3)].into() }
}

fn key(rng: &mut StdRng) -> ThingsKey {
    ThingsKey { row: rng.random_range(-2..3), place: rng.random_range(0..3) }
}

fn thing(rng: &mut StdRng) -> ThingRow {
    let picture = rng.random::<bool>().then(|| vec![rng.random::<u8>(); rng.random_range(0..40)]);
    ThingRow { name: format!("n{}", rng.random_range(0..9)), count: rng.random(), picture, sold: rng.random() }
}

async fn plain(rig: &Rig, rng: &mut StdRng, shelves: &mut BTreeMap<ThingsPart, Shelf>) {
    let p = part(rng);
    let shelf = shelves.entry(p.clone()).or_default();
    let mut ops = Vec::new();
    for _ in 0..rng.random_range(1..4) {
        let c = key(rng);
        ops.push(match rng.random_range(0..4) {
            0 => {
                shelf.remove(&c);
                Op::Delete { c }
            }
            1 => {
                let set = ThingPatch { count: Some(rng.random()), picture: Some(None), ..ThingPatch::default() };
                if let Some(row) = shelf.get_mut(&c) {
                    (row.count, row.picture) = (set.count.unwrap(), None);
                }
                Op::Patch { c, set }
            }
            _ => {
                let row = thing(rng);
                shelf.insert(c.clone(), row.clone());
                Op::Put { c, row, at: None }
            }
        });
    }
    rig.store.write::<Things>(p, ops, Ack::Durable).await.unwrap();
}

async fn conditional(rig: &Rig, rng: &mut StdRng, counters: &mut BTreeMap<i64, CounterRow>) {
    let id = rng.random_range(0..4);
    let (p, c) = (CountersPart { id }, CountersKey {});
    let standing = counters.get(&id).cloned();
    let version = rng.random_range(1..6);
    let (expect, holds) = if rng.random() {
        (Expect::Absent(c.clone()), standing.is_none())
    } else {
        (Expect::Version(c.clone(), version), standing.as_ref().is_some_and(|row| row.v == version))
    };
    let row = CounterRow { v: version % 5 + 1, value: rng.random(), note: None };
    let op = match rng.random_range(0..5) {
        0 => Op::Delete { c: c.clone() },
        1 => Op::Patch { c: c.clone(), set: CounterPatch { v: Some(row.v), value: Some(row.value), note: None } },
        _ => Op::Put { c: c.clone(), row: row.clone(), at: None },
    };
    let deletes = matches!(op, Op::Delete { .. });
    let patches = matches!(op, Op::Patch { .. });
    let end = rig.store.write_if::<Counters>(p, vec![expect], vec![op]).await.unwrap();
    if !holds {
        assert_eq!(end, Applied::No { current: standing.map(|row| (c, row)).into_iter().collect() });
        return;
    }
    assert_eq!(end, Applied::Yes);
    if deletes {
        counters.remove(&id);
    } else {
        let note = standing.filter(|_| patches).and_then(|row| row.note);
        counters.insert(id, CounterRow { note, ..row });
    }
}

async fn compare(rig: &Rig, rng: &mut StdRng, shelves: &BTreeMap<ThingsPart, Shelf>, round: usize) {
    let p = part(rng);
    let empty = Shelf::new();
    let shelf = shelves.get(&p).unwrap_or(&empty);
    let c = key(rng);
    let found = rig.other.get::<Things>(p.clone(), c.clone(), Read::Quorum).await.unwrap();
    assert_eq!(found.as_ref(), shelf.get(&c), "round {round}");

    let (from, to) = (key(rng), key(rng));
    let (from, to) = if from < to { (from, to) } else { (to, from) };
    let mut end = |c| [Unbounded, Included(c)][rng.random_range(0..2)].clone();
    let (from, to) = (end(from), if let Included(c) = end(to) { Excluded(c) } else { Unbounded });
    let expected = shelf.range((from.clone(), to.clone())).map(|(c, row)| (c.clone(), row.clone()));
    let (rev, limit) = (rng.random(), rng.random_range(0..12));
    let expected: Vec<_> =
        if rev { expected.rev().take(limit as usize).collect() } else { expected.take(limit as usize).collect() };
    let scan = Scan { from, to, rev, limit };
    assert_eq!(rig.other.scan::<Things>(p, scan, Read::Quorum).await.unwrap(), expected, "round {round}");
}
