//! The store as it should behave, in memory: for simulations in virtual time and as the suite's yardstick.
//!
//! Never touches a disk and never waits.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::ids::Millis;
use crate::request::{
    Cells, Change, Condition, Query, Select, Step, What, Written, is_empty, row_from_patch, size_bytes,
};
use crate::table::{Spec, Value, Writes};

type Partition = BTreeMap<Cells, Stored>;
type Tables = BTreeMap<&'static str, BTreeMap<Cells, Partition>>;

/// A store in memory.
pub struct Model {
    clock: Clock,
    /// A mutex because handles are shared between tasks; held for one operation, never across an await.
    tables: Mutex<Tables>,
}

#[derive(Clone)]
struct Stored {
    row: Cells,
    at: i64,
    expires: Option<Millis>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Model")
    }
}

impl Stored {
    fn lives(&self, now: Millis) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

impl Model {
    pub(crate) const fn new(clock: Clock) -> Self {
        Self { clock, tables: Mutex::new(Tables::new()) }
    }

    /// Another store that holds what this one holds now: a backup.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { clock: self.clock.clone(), tables: Mutex::new(self.tables().clone()) }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn query(&self, query: &Query) -> Vec<Cells> {
        let now = self.clock.now();
        let tables = self.tables();
        let Some(table) = tables.get(query.spec.name) else { return Vec::new() };
        match &query.select {
            Select::One { p, c } => table.get(p).and_then(|rows| live(rows, c, now)).into_iter().collect(),
            Select::Range { p, from, to, rev, limit } => {
                let limit = *limit as usize;
                let Some(rows) = table.get(p).filter(|_| !is_empty(from, to)) else { return Vec::new() };
                let rows = rows.range((from.clone(), to.clone())).filter(|(_, stored)| stored.lives(now));
                let rows = rows.map(|(c, stored)| joined(c, &stored.row));
                if *rev { rows.rev().take(limit).collect() } else { rows.take(limit).collect() }
            }
            Select::Partitions { after, limit } => {
                let from = after.clone().map_or(Bound::Unbounded, Bound::Excluded);
                let some_live = |rows: &Partition| rows.values().any(|stored| stored.lives(now));
                let found = table.range((from, Bound::Unbounded)).filter(|(_, rows)| some_live(rows));
                found.map(|(p, _)| p.clone()).take(*limit as usize).collect()
            }
            Select::Raw { p, after, limit, bytes_max } => {
                let Some(rows) = table.get(p) else { return Vec::new() };
                let from = after.clone().map_or(Bound::Unbounded, Bound::Excluded);
                let rows = rows.range((from, Bound::Unbounded)).filter(|(_, stored)| stored.lives(now));
                let mut bytes = 0;
                let before_full = |(c, stored): &(&Cells, &Stored)| {
                    let has_room = bytes < *bytes_max;
                    bytes += size_bytes(c) + size_bytes(&stored.row);
                    has_room
                };
                let rows = rows.take(*limit as usize).take_while(before_full);
                rows.map(|(c, stored)| raw(query.spec, c, stored)).collect()
            }
        }
    }

    pub(crate) fn apply(&self, change: Change) -> Written {
        let now = self.clock.now();
        let mut tables = self.tables();
        let table = tables.entry(change.spec.name).or_default();
        let rows = table.entry(change.p.clone()).or_default();
        if change.spec.ttl.is_some() {
            rows.retain(|_, stored| stored.lives(now));
        }
        let written = if change.conditions.iter().all(|condition| holds(rows, condition)) {
            for step in change.steps {
                apply_step(change.spec, rows, step, now);
            }
            Written::Done
        } else {
            Written::Refused(current(rows, &change.conditions))
        };
        if rows.is_empty() {
            table.remove(&change.p);
        }
        written
    }
}

fn joined(c: &Cells, row: &Cells) -> Cells {
    c.iter().chain(row).cloned().collect()
}

fn raw(spec: &Spec, c: &Cells, stored: &Stored) -> Cells {
    let at = (spec.writes == Writes::Ordered).then_some(stored.at);
    let hidden = at.into_iter().chain(stored.expires.map(|expires| expires.0));
    joined(c, &stored.row).into_iter().chain(hidden.map(Value::Int)).collect()
}

fn live(rows: &Partition, c: &Cells, now: Millis) -> Option<Cells> {
    rows.get(c).filter(|stored| stored.lives(now)).map(|stored| joined(c, &stored.row))
}

fn holds(rows: &Partition, condition: &Condition) -> bool {
    let found = rows.get(&condition.c);
    match condition.version {
        None => found.is_none(),
        Some(version) => found.is_some_and(|stored| stored.row.first() == Some(&Value::Int(version))),
    }
}

fn current(rows: &Partition, conditions: &[Condition]) -> Vec<Cells> {
    let mut keys: Vec<&Cells> = conditions.iter().map(|condition| &condition.c).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().filter_map(|c| Some(joined(c, &rows.get(c)?.row))).collect()
}

fn apply_step(spec: &Spec, rows: &mut Partition, step: Step, now: Millis) {
    let ttl_ms = |ttl: std::time::Duration| i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
    let expires = spec.ttl.map(|ttl| now.plus_ms(ttl_ms(ttl)));
    match step.what {
        What::Put { row, at } => put(rows, step.c, Stored { row, at: at.unwrap_or(0), expires }),
        What::Restore { row, at, expires } => put(rows, step.c, Stored { row, at: at.unwrap_or(0), expires }),
        What::Patch { set } => {
            let made = row_from_patch(spec, &set);
            if let Some(stored) = rows.get_mut(&step.c) {
                if made.is_some() {
                    stored.expires = expires;
                }
                for (index, value) in set {
                    if let Some(cell) = stored.row.get_mut(index) {
                        *cell = value;
                    }
                }
            } else if let Some(row) = made {
                rows.insert(step.c, Stored { row, at: 0, expires });
            }
        }
        What::Delete => {
            rows.remove(&step.c);
        }
    }
}

fn put(rows: &mut Partition, c: Cells, new: Stored) {
    if rows.get(&c).is_none_or(|stored| stored.at <= new.at) {
        rows.insert(c, new);
    }
}
