//! What a change comes to, row by row: the statements of one batch carry one time, so their order would be lost.
//!
//! Pure; says nothing in CQL.

use std::collections::BTreeMap;

use crate::request::{Cells, Change, Condition, Step, What, row_from_patch};
use crate::table::{Spec, Value};

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// All its columns are written.
    Put { row: Cells, at: Option<i64> },
    /// Some columns are written; the row is made if it is absent.
    Make(Vec<(usize, Value)>),
    /// Some columns are written; an absent row stays absent.
    Patch(Vec<(usize, Value)>),
    /// It is removed.
    Delete,
}

/// A row that a change names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fate {
    /// What must hold before: the version, none for absence.
    pub(super) expected: Option<Option<i64>>,
    /// What is done; none: the row is only looked at.
    pub(super) effect: Option<Effect>,
}

/// The rows of a change by their clustering keys; none when its conditions contradict each other.
pub(super) fn fates(change: &Change) -> Option<BTreeMap<Cells, Fate>> {
    let mut fates: BTreeMap<Cells, Fate> = BTreeMap::new();
    for Condition { c, version } in &change.conditions {
        let fate = fates.entry(c.clone()).or_default();
        if fate.expected.is_some_and(|expected| expected != *version) {
            return None;
        }
        fate.expected = Some(*version);
    }
    for Step { c, what } in &change.steps {
        let fate = fates.entry(c.clone()).or_default();
        let absent = fate.expected == Some(None);
        fate.effect = then(change.spec, fate.effect.take(), what, absent);
    }
    Some(fates)
}

/// `next` done after `before`; `absent`: no row stood there before both.
fn then(spec: &Spec, before: Option<Effect>, next: &What, absent: bool) -> Option<Effect> {
    match (before, next) {
        (Some(Effect::Put { row, at }), What::Put { at: next_at, .. }) if at > *next_at => {
            Some(Effect::Put { row, at })
        }
        (_, What::Put { row, at }) => Some(Effect::Put { row: row.clone(), at: *at }),
        (_, What::Delete) => Some(Effect::Delete),
        // Never asked: what restores rows goes its own way.
        (before, What::Restore { .. }) => before,
        (None, What::Patch { set }) => patch(spec, set, absent),
        (Some(Effect::Delete), What::Patch { set }) => {
            Some(row_from_patch(spec, set).map_or(Effect::Delete, |row| Effect::Put { row, at: None }))
        }
        (Some(Effect::Put { row, at }), What::Patch { set }) => Some(Effect::Put { row: patched(row, set), at }),
        (Some(Effect::Make(before)), What::Patch { set }) => Some(Effect::Make(merged(before, set))),
        (Some(Effect::Patch(before)), What::Patch { set }) => patch(spec, &merged(before, set), absent),
    }
}

fn patch(spec: &Spec, set: &[(usize, Value)], absent: bool) -> Option<Effect> {
    match row_from_patch(spec, set) {
        Some(row) if absent => Some(Effect::Put { row, at: None }),
        Some(_) => Some(Effect::Make(set.to_vec())),
        None if absent || set.is_empty() => None,
        None => Some(Effect::Patch(set.to_vec())),
    }
}

fn patched(mut row: Cells, set: &[(usize, Value)]) -> Cells {
    for (index, value) in set {
        if let Some(cell) = row.get_mut(*index) {
            cell.clone_from(value);
        }
    }
    row
}

fn merged(mut before: Vec<(usize, Value)>, set: &[(usize, Value)]) -> Vec<(usize, Value)> {
    before.retain(|(index, _)| set.iter().all(|(later, _)| later != index));
    before.extend_from_slice(set);
    before.sort_unstable_by_key(|(index, _)| *index);
    before
}

#[cfg(test)]
mod tests;
