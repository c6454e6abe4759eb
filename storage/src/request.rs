//! Requests as backends see them: cells instead of types. The typed layer in [`crate::store`] encodes and decodes.

use std::ops::Bound;

use crate::error::{Result, StoreError};
use crate::ids::Millis;
use crate::table::{Ack, Read, Spec, Value, Writes};

/// The cells of a key, or of a clustering key followed by its row.
pub(crate) type Cells = Vec<Value>;

/// A read.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) spec: &'static Spec,
    pub(crate) select: Select,
    pub(crate) read: Read,
}

/// What to read. All but `Partitions` answer clustering cells followed by column cells; `Raw` adds what [`Raw`] says.
#[derive(Debug, Clone)]
pub(crate) enum Select {
    One {
        p: Cells,
        c: Cells,
    },
    Range {
        p: Cells,
        from: Bound<Cells>,
        to: Bound<Cells>,
        rev: bool,
        limit: u32,
    },
    Partitions {
        after: Option<Cells>,
        limit: u32,
    },
    /// Live rows behind a clustering key, upwards: at most `limit`, and none behind the one whose end reaches
    /// `bytes_max` ([`Raw::size_bytes`]).
    Raw {
        p: Cells,
        after: Option<Cells>,
        limit: u32,
        bytes_max: usize,
    },
}

/// A row with what other reads hide: as cells they stand behind the columns, `at` first, each only where a table has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Raw {
    pub(crate) c: Cells,
    pub(crate) row: Cells,
    /// Of ordered tables.
    pub(crate) at: Option<i64>,
    /// Of tables with a TTL.
    pub(crate) expires: Option<Millis>,
}

impl Raw {
    /// What a backend answered to [`Select::Raw`].
    pub(crate) fn from_cells(spec: &Spec, mut cells: Cells) -> Result<Self> {
        let wrong = |cells: &Cells| StoreError::Corrupt(format!("{}: {} raw cells", spec.name, cells.len()));
        let hidden = |cells: &mut Cells, is_there: bool| match is_there.then(|| cells.pop()).flatten() {
            Some(Value::Int(int)) => Ok(Some(int)),
            None if !is_there => Ok(None),
            None | Some(Value::Null | Value::Text(_) | Value::Blob(_)) => Err(wrong(cells)),
        };
        let expires = hidden(&mut cells, spec.ttl.is_some())?.map(Millis);
        let at = hidden(&mut cells, spec.writes == Writes::Ordered)?;
        if cells.len() != spec.clustering.len() + spec.columns.len() {
            return Err(wrong(&cells));
        }
        let row = cells.split_off(spec.clustering.len());
        Ok(Self { c: cells, row, at, expires })
    }

    /// What it holds. **Units**: bytes, roughly.
    pub(crate) fn size_bytes(&self) -> usize {
        size_bytes(&self.c) + size_bytes(&self.row)
    }
}

/// What cells hold. **Units**: bytes, roughly.
pub(crate) fn size_bytes(cells: &[Value]) -> usize {
    cells.iter().map(Value::size_bytes).sum()
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
    /// Whether it puts back rows, which no other change does.
    pub(crate) fn restores(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.what, What::Restore { .. }))
    }

    /// How many operations it counts for in a group.
    pub(crate) fn operations(&self) -> usize {
        self.steps.len().max(1)
    }

    /// What it holds. **Units**: bytes, roughly.
    pub(crate) fn size_bytes(&self) -> usize {
        let step = |step: &Step| {
            size_bytes(&step.c)
                + match &step.what {
                    What::Put { row, .. } | What::Restore { row, .. } => size_bytes(row),
                    What::Patch { set } => set.iter().map(|(_, value)| value.size_bytes()).sum(),
                    What::Delete => 0,
                }
        };
        let conditions: usize = self.conditions.iter().map(|condition| size_bytes(&condition.c)).sum();
        size_bytes(&self.p) + conditions + self.steps.iter().map(step).sum::<usize>()
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

/// See [`crate::Op`]; `Restore` is [`crate::transfer`]'s.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Put {
        row: Cells,
        at: Option<i64>,
    },
    Patch {
        set: Vec<(usize, Value)>,
    },
    Delete,
    /// Puts back a row as [`Raw`] gave it, in tables of every kind: twice is once, and any later write wins.
    Restore {
        row: Cells,
        at: Option<i64>,
        expires: Option<Millis>,
    },
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
