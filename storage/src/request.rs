//! Requests as backends see them: cells instead of types. The typed layer in [`crate::store`] encodes and decodes.

use std::ops::Bound;

use crate::table::{Ack, Read, Spec, Value};

/// The cells of a key, or of a clustering key followed by its row.
pub(crate) type Cells = Vec<Value>;

/// A read.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) spec: &'static Spec,
    pub(crate) select: Select,
    pub(crate) read: Read,
}

/// What to read. All but `Partitions` answer clustering cells followed by column cells.
#[derive(Debug, Clone)]
pub(crate) enum Select {
    One { p: Cells, c: Cells },
    Range { p: Cells, from: Bound<Cells>, to: Bound<Cells>, rev: bool, limit: u32 },
    Partitions { after: Option<Cells>, limit: u32 },
}

/// A write inside one partition; without conditions a plain one.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) spec: &'static Spec,
    pub(crate) p: Cells,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) steps: Vec<Step>,
    pub(crate) ack: Ack,
}

impl Change {
    /// How many operations it counts for in a group.
    pub(crate) fn operations(&self) -> usize {
        self.steps.len().max(1)
    }

    /// What it holds. **Units**: bytes, roughly.
    pub(crate) fn size_bytes(&self) -> usize {
        let cells = |cells: &Cells| cells.iter().map(Value::size_bytes).sum::<usize>();
        let step = |step: &Step| {
            cells(&step.c)
                + match &step.what {
                    What::Put { row, .. } => cells(row),
                    What::Patch { set } => set.iter().map(|(_, value)| value.size_bytes()).sum(),
                    What::Delete => 0,
                }
        };
        let conditions: usize = self.conditions.iter().map(|condition| cells(&condition.c)).sum();
        cells(&self.p) + conditions + self.steps.iter().map(step).sum::<usize>()
    }
}

/// A condition on the row at `c`.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) c: Cells,
    /// The version that must stand there; none: no row.
    pub(crate) version: Option<i64>,
}

/// One change of one row.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) c: Cells,
    pub(crate) what: What,
}

/// See [`crate::Op`].
#[derive(Debug, Clone)]
pub(crate) enum What {
    Put { row: Cells, at: Option<i64> },
    Patch { set: Vec<(usize, Value)> },
    Delete,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written {
    /// All of it.
    Done,
    /// None of it: the rows that stand at the conditions' keys, in clustering order.
    Refused(Vec<Cells>),
}

/// The cells of a row that a patch creates; none when a column it leaves out cannot be null.
pub(crate) fn row_from_patch(spec: &Spec, set: &[(usize, Value)]) -> Option<Cells> {
    let cell = |(at, column): (usize, &crate::table::ColumnSpec)| match set.iter().find(|(set_at, _)| *set_at == at) {
        Some((_, value)) => Some(value.clone()),
        None => column.nullable.then_some(Value::Null),
    };
    spec.columns.iter().enumerate().map(cell).collect()
}

/// A range that holds nothing, whatever stands in the partition.
pub(crate) fn is_empty(from: &Bound<Cells>, to: &Bound<Cells>) -> bool {
    match (from, to) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from >= to,
    }
}
