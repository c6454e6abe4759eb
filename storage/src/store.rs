//! The one store: a typed layer over the backends. Encodes, decodes, checks limits; keeps nothing itself.

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::cql::{Cql, CqlOptions, Making};
use crate::error::{Result, StoreError};
use crate::faulty::Faulty;
use crate::model::Model;
use crate::request::{Cells, Change, Condition, Query, Select, Step, What, Written, row_from_patch};
use crate::sqlite::{Sqlite, SqliteOptions};
use crate::table::{Ack, Applied, Expect, Guarded, Key, Op, Plain, Read, Scan, Spec, Table, Value, Writes};

/// Operations in one write; more are refused. Conditional batches stay far below it (CQL warns at 5 KiB).
pub const WRITE_OPS_MAX: usize = 256;
/// Rows in one scan; more are refused.
pub const SCAN_ROWS_MAX: u32 = 10_000;

/// What one write may hold; more is refused. **Units**: bytes.
pub const WRITE_BYTES_MAX: usize = 4 << 20;

/// Where everything lasting lives. A cheap handle.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Store {
    /// A file on this machine.
    Sqlite(Arc<Sqlite>),
    /// A keyspace on a CQL server, which other hubs may share.
    Cql(Arc<Cql>),
    /// In memory, for tests and simulations.
    Model(Arc<Model>),
    /// Another store that misbehaves by plan, for tests and simulations.
    Faulty(Arc<Faulty>),
}

impl Store {
    /// An empty store in memory; rows expire by `clock`.
    #[must_use]
    pub fn model(clock: Clock) -> Self {
        Self::Model(Arc::new(Model::new(clock)))
    }

    /// Opens a database file, making or migrating it as needed; rows expire by `clock`.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when the file was made by a newer program; whatever else keeps it from being opened.
    pub fn sqlite(path: &Path, specs: &[&'static Spec], clock: Clock, options: &SqliteOptions) -> Result<Self> {
        Sqlite::open(path, specs, clock, options).map(|sqlite| Self::Sqlite(Arc::new(sqlite)))
    }

    /// Opens a keyspace, making or migrating its tables as needed; rows expire by `clock`.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer program made the tables; [`StoreError::Other`] says in one line what keeps the
    /// server or the keyspace from being used.
    pub async fn cql(options: &CqlOptions, specs: &[&'static Spec], clock: Clock) -> Result<Self> {
        Cql::open(options, specs, clock).await.map(|cql| Self::Cql(Arc::new(cql)))
    }

    /// Makes a keyspace and its tables where they are missing.
    ///
    /// # Errors
    /// As [`Store::cql`].
    pub async fn init_cql(options: &CqlOptions, specs: &[&'static Spec]) -> Result<()> {
        Self::init_cql_watched(options, specs, &mut |_making| {}).await
    }

    /// The same, saying how far it is.
    ///
    /// # Errors
    /// As [`Store::cql`].
    pub async fn init_cql_watched(
        options: &CqlOptions,
        specs: &[&'static Spec],
        watch: &mut (impl FnMut(Making) + Send),
    ) -> Result<()> {
        Cql::init(options, specs, watch).await
    }

    /// The row at a key.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn get<T: Table>(&self, p: T::P, c: T::C, read: Read) -> Result<Option<T::Row>> {
        let select = Select::One { p: p.to_values(), c: c.to_values() };
        let rows = self.query(Query { spec: T::SPEC, select, read }).await?;
        rows.into_iter().next().map(|cells| Ok(decode::<T>(cells)?.1)).transpose()
    }

    /// The rows of a range inside one partition, in key order (downwards when `rev`).
    ///
    /// # Errors
    /// Any [`StoreError`]; a limit above [`SCAN_ROWS_MAX`] is refused.
    pub async fn scan<T: Table>(&self, p: T::P, scan: Scan<T::C>, read: Read) -> Result<Vec<(T::C, T::Row)>> {
        check_limit(scan.limit)?;
        let (from, to) = (bound::<T>(scan.from), bound::<T>(scan.to));
        let select = Select::Range { p: p.to_values(), from, to, rev: scan.rev, limit: scan.limit };
        let rows = self.query(Query { spec: T::SPEC, select, read }).await?;
        rows.into_iter().map(decode::<T>).collect()
    }

    /// Writes inside one partition: all or nothing, and twice is once.
    ///
    /// # Errors
    /// Any [`StoreError`]; after [`StoreError::Unknown`] repeat it. More than [`WRITE_OPS_MAX`] are refused.
    pub async fn write<T: Plain>(&self, p: T::P, ops: Vec<Op<T>>, ack: Ack) -> Result<()> {
        let change = change::<T>(&p, Vec::new(), ops, ack)?;
        self.apply(change).await.map(|_done| ())
    }

    /// Writes inside one partition when all conditions hold, else nothing. Durable when answered.
    ///
    /// # Errors
    /// Any [`StoreError`]; after [`StoreError::Unknown`] read and compare. More than [`WRITE_OPS_MAX`] are refused.
    pub async fn write_if<T: Guarded>(
        &self,
        p: T::P,
        expect: Vec<Expect<T::C>>,
        ops: Vec<Op<T>>,
    ) -> Result<Applied<T>> {
        let conditions = expect.into_iter().map(condition).collect();
        let change = change::<T>(&p, conditions, ops, Ack::Durable)?;
        match self.apply(change).await? {
            Written::Done => Ok(Applied::Yes),
            Written::Refused(rows) => {
                let current = rows.into_iter().map(decode::<T>).collect::<Result<_>>()?;
                Ok(Applied::No { current })
            }
        }
    }

    /// Up to `limit` partitions behind `after`, in an order of the backend's own. For maintenance.
    ///
    /// # Errors
    /// Any [`StoreError`]; a limit above [`SCAN_ROWS_MAX`] is refused.
    pub async fn partitions<T: Table>(&self, after: Option<T::P>, limit: u32) -> Result<Vec<T::P>> {
        check_limit(limit)?;
        let select = Select::Partitions { after: after.as_ref().map(Key::to_values), limit };
        let found = self.query(Query { spec: T::SPEC, select, read: Read::Quorum }).await?;
        found.into_iter().map(T::P::from_values).collect()
    }

    /// Whether it could write, as far as is known without asking a server: for health checks, beside a read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while the embedded database cannot be written.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Sqlite(sqlite) => sqlite.check(),
            Self::Cql(_) | Self::Model(_) | Self::Faulty(_) => Ok(()),
        }
    }

    pub(crate) async fn query(&self, query: Query) -> Result<Vec<Cells>> {
        match self {
            Self::Sqlite(sqlite) => sqlite.query(query).await,
            Self::Cql(cql) => cql.query(query).await,
            Self::Model(model) => Ok(model.query(&query)),
            Self::Faulty(faulty) => faulty.query(query).await,
        }
    }

    pub(crate) async fn apply(&self, change: Change) -> Result<Written> {
        match self {
            Self::Sqlite(sqlite) => sqlite.apply(change).await,
            Self::Cql(cql) => cql.apply(change).await,
            Self::Model(model) => Ok(model.apply(change)),
            Self::Faulty(faulty) => faulty.apply(change).await,
        }
    }
}

fn check_limit(limit: u32) -> Result<()> {
    if limit > SCAN_ROWS_MAX {
        return Err(StoreError::Other(format!("a scan of {limit} rows, at most {SCAN_ROWS_MAX}")));
    }
    Ok(())
}

fn bound<T: Table>(bound: Bound<T::C>) -> Bound<Cells> {
    bound.map(|c| c.to_values())
}

fn decode<T: Table>(mut cells: Cells) -> Result<(T::C, T::Row)> {
    let keys = T::SPEC.clustering.len();
    if cells.len() != keys + T::SPEC.columns.len() {
        return Err(StoreError::Corrupt(format!("{}: {} cells", T::SPEC.name, cells.len())));
    }
    let row: Vec<Value> = cells.split_off(keys);
    Ok((T::C::from_values(cells)?, T::row_from_values(row)?))
}

fn condition<C: Key>(expect: Expect<C>) -> Condition {
    match expect {
        Expect::Absent(c) => Condition { c: c.to_values(), version: None },
        Expect::Version(c, version) => Condition { c: c.to_values(), version: Some(version) },
    }
}

fn change<T: Table>(p: &T::P, conditions: Vec<Condition>, ops: Vec<Op<T>>, ack: Ack) -> Result<Change> {
    if ops.len().max(conditions.len()) > WRITE_OPS_MAX {
        return Err(StoreError::Other(format!("{} operations in one write, at most {WRITE_OPS_MAX}", ops.len())));
    }
    let steps: Vec<Step> = ops.into_iter().map(step::<T>).collect();
    check_order(T::SPEC, &steps)?;
    check_patches(T::SPEC, &conditions, &steps)?;
    let change = Change { spec: T::SPEC, p: p.to_values(), conditions, steps, ack };
    if change.size_bytes() > WRITE_BYTES_MAX {
        return Err(StoreError::Other(format!(
            "{} bytes in one write, at most {WRITE_BYTES_MAX}",
            change.size_bytes()
        )));
    }
    Ok(change)
}

/// An `at` belongs into ordered tables, and there into every write.
fn check_order(spec: &Spec, steps: &[Step]) -> Result<()> {
    let ordered = |step: &Step| matches!(step.what, What::Put { at: Some(0..), .. });
    let with_at = |step: &Step| matches!(step.what, What::Put { at: Some(_), .. });
    let right = match spec.writes {
        Writes::Ordered => steps.iter().all(ordered),
        Writes::Plain | Writes::Guarded => !steps.iter().any(with_at),
    };
    if right { Ok(()) } else { Err(StoreError::Other(format!("table {} is not written like this", spec.name))) }
}

/// In CQL a patch of an absent row leaves a part of one behind, which a later condition on its absence would find; and
/// two patches of one row become one, which is the same only if the first makes the row or neither does. Where a column
/// carries the id of the write, a patch without it would leave another's.
fn check_patches(spec: &Spec, conditions: &[Condition], steps: &[Step]) -> Result<()> {
    let mut before: Vec<(&Cells, bool)> = Vec::new();
    for Step { c, what } in steps {
        let What::Patch { set } = what else { continue };
        let makes = row_from_patch(spec, set).is_some();
        let twice = makes && before.iter().any(|(earlier, made)| *earlier == c && !made);
        let guarded = spec.writes != Writes::Guarded || conditions.iter().any(|condition| condition.c == *c);
        let nameless = spec.op_at().is_some_and(|op| set.iter().all(|(at, _)| *at != op));
        if twice || !guarded || nameless {
            return Err(StoreError::Other(format!("table {} is not patched like this", spec.name)));
        }
        before.push((c, makes));
    }
    Ok(())
}

fn step<T: Table>(op: Op<T>) -> Step {
    let (c, what) = match op {
        Op::Put { c, row, at } => (c, What::Put { row: T::row_to_values(&row), at }),
        Op::Patch { c, set } => (c, What::Patch { set: T::patch_to_values(&set) }),
        Op::Delete { c } => (c, What::Delete),
    };
    Step { c: c.to_values(), what }
}
