//! How a table looks to the rest of the house: typed keys and rows in the shape of CQL partitions.

use std::fmt;
use std::ops::Bound;
use std::time::Duration;

use crate::error::{Result, StoreError};

/// One stored cell. Keys never hold `Null`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Absent.
    Null,
    /// `bigint`.
    Int(i64),
    /// `text`.
    Text(String),
    /// `blob`.
    Blob(Vec<u8>),
}

impl Value {
    /// What it takes in memory. **Units**: bytes, roughly.
    pub(crate) const fn size_bytes(&self) -> usize {
        let content = match self {
            Self::Null | Self::Int(_) => 0,
            Self::Text(text) => text.len(),
            Self::Blob(blob) => blob.len(),
        };
        size_of::<Self>() + content
    }
}

/// The type of a stored cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `bigint` / `INTEGER`.
    Int,
    /// `text` / `TEXT`, ordered by its UTF-8 bytes.
    Text,
    /// `blob` / `BLOB`, ordered by its bytes.
    Blob,
}

/// A Rust type that lives in one column.
pub trait Column: Sized {
    /// Its stored type.
    const KIND: Kind;
    /// Whether `Null` is a value of it (`Option` only).
    const NULLABLE: bool = false;
    /// To its cell.
    fn to_value(&self) -> Value;
    /// From its cell.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the cell holds something else.
    fn from_value(value: Value) -> Result<Self>;
}

/// A declared column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name, the same in every backend.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be `Null`.
    pub nullable: bool,
    /// The table's version that added it; older rows hold `Null` there.
    pub since: u16,
}

/// How SQLite lays a table out; CQL ignores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A tree in key order (`WITHOUT ROWID`).
    Clustered,
    /// Rows in the order of their writing, and an index on the key: three times faster to append.
    Log,
}

/// Which way of writing a table takes. Mixing them on one row would not be linearizable in CQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// [`crate::Store::write`], in the order of the writes; never with `at`.
    Plain,
    /// [`crate::Store::write`], whole rows and always with `at`: a cell once written in the order of `at` would in CQL
    /// never again be changed by a write in the order of time.
    Ordered,
    /// [`crate::Store::write_if`] only.
    Guarded,
}

/// A declared table: what a backend needs to know of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its name, the same in every backend.
    pub name: &'static str,
    /// Its schema version, from 1.
    pub version: u16,
    /// How it is written.
    pub writes: Writes,
    /// How SQLite lays it out.
    pub layout: Layout,
    /// Rows vanish this long after they were written.
    pub ttl: Option<Duration>,
    /// The column in which a guarded table's rows carry the id of the write that made them what they are; none: a hidden
    /// one, where a backend needs it.
    pub op: Option<&'static str>,
    /// The partition key's columns.
    pub partition: &'static [ColumnSpec],
    /// The clustering key's columns; none for one row a partition.
    pub clustering: &'static [ColumnSpec],
    /// The other columns. In a guarded table the first is `v`, an `Int`: the version that [`Expect::Version`] compares.
    pub columns: &'static [ColumnSpec],
}

/// A part of a primary key: its cells in column order. Compared cell by cell, as in CQL.
pub trait Key: Clone + Ord + fmt::Debug + Send + Sync + 'static {
    /// Its cells.
    fn to_values(&self) -> Vec<Value>;
    /// From its cells.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when they are not this key's.
    fn from_values(values: Vec<Value>) -> Result<Self>;
}

/// A declared table, made by [`crate::table!`].
pub trait Table: Send + Sync + 'static {
    /// What a backend needs to know.
    const SPEC: &'static Spec;
    /// The partition key.
    type P: Key;
    /// The clustering key.
    type C: Key;
    /// The other columns.
    type Row: Clone + fmt::Debug + PartialEq + Send + Sync + 'static;
    /// A change of some columns; the unset ones stay untouched.
    type Patch: Clone + fmt::Debug + Default + Send + Sync + 'static;

    /// A row's cells in column order.
    fn row_to_values(row: &Self::Row) -> Vec<Value>;
    /// From a row's cells.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when they are not this table's.
    fn row_from_values(values: Vec<Value>) -> Result<Self::Row>;
    /// The set columns by their index in [`Spec::columns`].
    fn patch_to_values(patch: &Self::Patch) -> Vec<(usize, Value)>;
}

/// A table that takes [`crate::Store::write`] only: declared `plain` or `ordered`.
pub trait Plain: Table {}
/// A table that takes [`crate::Store::write_if`] only.
pub trait Guarded: Table {}

/// One change inside a partition.
#[derive(Debug, Clone)]
pub enum Op<T: Table> {
    /// Writes the whole row. `at`, in ordered tables and only there: of two writes the one with the later `at` wins,
    /// whatever their order; those of one `at` say the same. **Units** of `at`: the caller's, increasing, from 0.
    Put {
        /// Where.
        c: T::C,
        /// What.
        row: T::Row,
        /// See above.
        at: Option<i64>,
    },
    /// Writes some columns of a row; creates the row when it is absent only if every other column is nullable, else
    /// leaves nothing behind. A patch that would create the row begins its time to live anew. In a guarded table only beside a condition on its row; not
    /// behind a patch of the same row that would not make it, where this one would.
    Patch {
        /// Where.
        c: T::C,
        /// What.
        set: T::Patch,
    },
    /// Removes a row.
    Delete {
        /// Where.
        c: T::C,
    },
}

/// A condition on one row; all of a `write_if` hold or nothing is written.
#[derive(Debug, Clone)]
pub enum Expect<C> {
    /// No such row.
    Absent(C),
    /// The row exists and its `v` has this value.
    Version(C, i64),
}

/// The answer of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied<T: Table> {
    /// All conditions held, all is written and durable.
    Yes,
    /// Some condition did not hold and nothing was written; the rows that stand at the conditions' keys.
    No {
        /// In clustering order; absent rows are absent.
        current: Vec<(T::C, T::Row)>,
    },
}

/// A range inside one partition.
#[derive(Debug, Clone)]
pub struct Scan<C> {
    /// Lower end.
    pub from: Bound<C>,
    /// Upper end.
    pub to: Bound<C>,
    /// From the upper end downwards.
    pub rev: bool,
    /// At most this many rows.
    pub limit: u32,
}

impl<C> Scan<C> {
    /// The first `limit` rows.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { from: Bound::Unbounded, to: Bound::Unbounded, rev: false, limit }
    }
}

/// How fresh a read must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Whatever is nearest.
    Fast,
    /// Sees every acknowledged write.
    Quorum,
    /// Sees every acknowledged conditional write, and settles undecided ones.
    Serial,
}

/// When a plain write is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// After it survives a crash.
    Durable,
    /// At once; a crash may lose it.
    Memory,
}

/// The next cell as a value; for the code that [`crate::table!`] writes.
///
/// # Errors
/// [`StoreError::Corrupt`] when there is none or it holds something else.
pub fn next_cell<T: Column>(cells: &mut impl Iterator<Item = Value>) -> Result<T> {
    T::from_value(cells.next().ok_or_else(|| StoreError::Corrupt("too few cells".into()))?)
}

impl Spec {
    /// The place of [`Self::op`] among the columns.
    pub(crate) fn op_at(&self) -> Option<usize> {
        let op = self.op?;
        self.columns.iter().position(|column| column.name == op)
    }
}

/// Refuses, at compile time, a table that some backend could not hold.
///
/// # Panics
/// When a key column is nullable, a later column is not, the version is 0, a column is newer than its table, an
/// ordered table expires (an expired cell still wins over one with an earlier `at`), or all its columns are nullable
/// (its `at` is read from one that is always there), or the column that carries the id of a write is no blob that is
/// always there.
pub const fn check(spec: &Spec) {
    assert!(spec.version > 0, "versions start at 1");
    assert!(!spec.partition.is_empty(), "a partition key has at least one column");
    assert!(!matches!(spec.writes, Writes::Ordered) || spec.ttl.is_none(), "an ordered table does not expire");
    assert!(!matches!(spec.writes, Writes::Ordered) || any_certain(spec.columns), "one column is not an Option");
    assert!(none_nullable(spec.partition) && none_nullable(spec.clustering), "key columns are never null");
    if let Some(op) = spec.op {
        assert!(matches!(spec.writes, Writes::Guarded), "only conditional writes have an id");
        assert!(certain_blob(spec.columns, op), "the id of a write is a blob that is always there");
    }
    let mut columns = spec.columns;
    while let [first, rest @ ..] = columns {
        assert!(first.since <= spec.version, "a column is newer than its table");
        assert!(first.since <= 1 || first.nullable, "a column that older rows lack is an Option");
        columns = rest;
    }
}

const fn certain_blob(mut columns: &[ColumnSpec], name: &str) -> bool {
    while let [first, rest @ ..] = columns {
        if same(first.name.as_bytes(), name.as_bytes()) {
            return matches!(first.kind, Kind::Blob) && !first.nullable;
        }
        columns = rest;
    }
    false
}

const fn same(mut one: &[u8], mut two: &[u8]) -> bool {
    while let ([first, rest @ ..], [other, others @ ..]) = (one, two) {
        if *first != *other {
            return false;
        }
        (one, two) = (rest, others);
    }
    one.is_empty() && two.is_empty()
}

const fn any_certain(mut columns: &[ColumnSpec]) -> bool {
    while let [first, rest @ ..] = columns {
        if !first.nullable {
            return true;
        }
        columns = rest;
    }
    false
}

const fn none_nullable(mut columns: &[ColumnSpec]) -> bool {
    while let [first, rest @ ..] = columns {
        if first.nullable {
            return false;
        }
        columns = rest;
    }
    true
}

/// The error for a cell of the wrong type.
#[must_use]
pub fn wrong_cell(expected: &str, found: &Value) -> StoreError {
    let found = match found {
        Value::Null => "null",
        Value::Int(_) => "int",
        Value::Text(_) => "text",
        Value::Blob(_) => "blob",
    };
    StoreError::Corrupt(format!("expected {expected}, found {found}"))
}
