use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;
use crate::table::{Ack, ColumnSpec, Kind, Layout, Writes};

const fn column(name: &'static str, nullable: bool) -> ColumnSpec {
    ColumnSpec { name, kind: Kind::Int, nullable, since: 1 }
}

const PARTITION: &[ColumnSpec] = &[column("id", false)];
const CLUSTERING: &[ColumnSpec] = &[column("at", false)];

const fn spec(name: &'static str, columns: &'static [ColumnSpec]) -> Spec {
    Spec {
        name,
        version: 1,
        writes: Writes::Plain,
        layout: Layout::Clustered,
        ttl: None,
        op: None,
        partition: PARTITION,
        clustering: CLUSTERING,
        columns,
    }
}

/// A column that cannot be null and two that can.
const MIXED: &Spec = &spec("mixed", &[column("must", false), column("may", true), column("might", true)]);
/// Only columns that can be null.
const LOOSE: &Spec = &spec("loose", &[column("may", true), column("might", true)]);

type Rows = BTreeMap<Cells, Cells>;

/// One step after the other, as the model does it.
fn one_by_one(spec: &Spec, rows: &mut Rows, steps: &[Step]) {
    for Step { c, what } in steps {
        match what {
            What::Put { row, .. } | What::Restore { row, .. } => {
                rows.insert(c.clone(), row.clone());
            }
            What::Delete => {
                rows.remove(c);
            }
            What::Patch { set } => {
                if let Some(row) = rows.get_mut(c) {
                    *row = patched(row.clone(), set);
                } else if let Some(row) = row_from_patch(spec, set) {
                    rows.insert(c.clone(), row);
                }
            }
        }
    }
}

/// All rows at once, as the server does it.
fn at_once(spec: &Spec, rows: &mut Rows, fates: BTreeMap<Cells, Fate>) {
    for (c, fate) in fates {
        match fate.effect {
            None => {}
            Some(Effect::Put { row, .. }) => {
                rows.insert(c, row);
            }
            Some(Effect::Delete) => {
                rows.remove(&c);
            }
            Some(Effect::Make(set)) => {
                let before = rows.remove(&c).unwrap_or_else(|| vec![Value::Null; spec.columns.len()]);
                rows.insert(c, patched(before, &set));
            }
            Some(Effect::Patch(set)) => {
                if let Some(row) = rows.get_mut(&c) {
                    *row = patched(row.clone(), &set);
                }
            }
        }
    }
}

fn random_steps(rng: &mut StdRng, columns: usize, must: bool) -> Vec<Step> {
    let cell = |rng: &mut StdRng, may_be_null: bool| {
        if may_be_null && rng.random() { Value::Null } else { Value::Int(rng.random_range(0..5)) }
    };
    let step = |rng: &mut StdRng| {
        let what = match rng.random_range(0..3) {
            0 => What::Put { row: (0..columns).map(|at| cell(rng, at > 0 || !must)).collect(), at: None },
            1 => What::Delete,
            _ => {
                let set = (0..columns).filter(|_| rng.random_range(0..3) == 0).collect::<Vec<_>>();
                What::Patch { set: set.into_iter().map(|at| (at, cell(rng, at > 0 || !must))).collect() }
            }
        };
        Step { c: vec![Value::Int(rng.random_range(0..2))], what }
    };
    (0..rng.random_range(0..7)).map(|_| step(rng)).collect()
}

/// What the typed layer refuses: whether such a patch counts depends on what stood there.
fn patched_in_vain_first(spec: &Spec, steps: &[Step]) -> bool {
    let patch = |step: &Step| match &step.what {
        What::Patch { set } => Some(row_from_patch(spec, set).is_some()),
        What::Put { .. } | What::Restore { .. } | What::Delete => None,
    };
    let after =
        |at: usize, step: &Step| steps.iter().skip(at + 1).any(|later| later.c == step.c && patch(later) == Some(true));
    steps.iter().enumerate().any(|(at, step)| patch(step) == Some(false) && after(at, step))
}

fn change(spec: &'static Spec, conditions: Vec<Condition>, steps: Vec<Step>) -> Change {
    Change { spec, p: vec![Value::Int(1)], conditions, steps, ack: Ack::Durable }
}

#[test]
fn the_net_effect_is_that_of_one_step_after_the_other() {
    let mut rng = StdRng::seed_from_u64(4);
    for round in 0..20_000 {
        let (spec, must) = if rng.random() { (MIXED, true) } else { (LOOSE, false) };
        let columns = spec.columns.len();
        let mut before = Rows::new();
        one_by_one(spec, &mut before, &random_steps(&mut rng, columns, must));
        let steps = random_steps(&mut rng, columns, must);
        if patched_in_vain_first(spec, &steps) {
            continue;
        }
        let (mut expected, mut found) = (before.clone(), before);
        one_by_one(spec, &mut expected, &steps);
        at_once(spec, &mut found, fates(&change(spec, Vec::new(), steps.clone())).unwrap());
        assert_eq!(found, expected, "round {round}: {steps:?}");
    }
}

#[test]
fn under_absence_a_patch_is_a_whole_row_or_nothing() {
    let absent = || vec![Condition { c: vec![Value::Int(1)], version: None }];
    let patch = |set| vec![Step { c: vec![Value::Int(1)], what: What::Patch { set } }];
    let effect = |steps| fates(&change(MIXED, absent(), steps)).unwrap().remove(&vec![Value::Int(1)]).unwrap().effect;
    let row = vec![Value::Int(3), Value::Null, Value::Null];
    assert_eq!(effect(patch(vec![(0, Value::Int(3))])), Some(Effect::Put { row, at: None }));
    assert_eq!(effect(patch(vec![(1, Value::Int(3))])), None);
}

#[test]
fn of_two_positions_the_later_stands() {
    let put = |at, cell| Step {
        c: vec![Value::Int(1)],
        what: What::Put { row: vec![Value::Int(cell), Value::Null, Value::Null], at: Some(at) },
    };
    let fates = fates(&change(MIXED, Vec::new(), vec![put(1, 1), put(3, 3), put(2, 2)])).unwrap();
    let Some(Effect::Put { row, at }) = &fates[&vec![Value::Int(1)]].effect else { panic!("{fates:?}") };
    assert_eq!((row[0].clone(), *at), (Value::Int(3), Some(3)));
}

#[test]
fn conditions_that_contradict_each_other_are_noticed() {
    let condition = |version| Condition { c: vec![Value::Int(1)], version };
    assert!(fates(&change(MIXED, vec![condition(None), condition(Some(1))], Vec::new())).is_none());
    assert!(fates(&change(MIXED, vec![condition(Some(1)), condition(Some(1))], Vec::new())).is_some());
}
