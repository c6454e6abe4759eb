//! One transaction of the writer: many changes, one commit, each change all or nothing. Never waits or answers.

use std::cell::Cell;

use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::connection::{cells, is_fatal, store_error};
use super::texts::{Tables, Texts};
use crate::error::{Result, StoreError};
use crate::ids::Millis;
use crate::request::{Cells, Change, Condition, Step, What, Written, row_from_patch};
use crate::table::{Value, Writes};

/// Why no change of a group was done.
#[derive(Debug)]
pub(super) enum Failed {
    /// Answered so to everybody; the next group may fare better.
    All(StoreError),
    /// The disk failed: what it holds is known only after a restart.
    Fatal(rusqlite::Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        if is_fatal(&error) { Self::Fatal(error) } else { Self::All(store_error(&error)) }
    }
}

/// Commits the changes and answers each. A change that fails is left out and the others are run again without it:
/// cheaper than a savepoint a change, since only a defect of ours makes one fail. Until `committing` is set nothing of
/// them can be done.
pub(super) fn commit(
    connection: &Connection,
    tables: &Tables,
    now: Millis,
    changes: &[&Change],
    committing: &Cell<bool>,
) -> Result<Vec<Result<Written>>, Failed> {
    let mut answers: Vec<Result<Written>> = changes.iter().map(|_| Ok(Written::Done)).collect();
    loop {
        match attempt(connection, tables, now, changes, &mut answers, committing) {
            Ok(true) => return Ok(answers),
            Ok(false) => roll_back(connection)?,
            Err(error) => {
                roll_back(connection)?;
                return Err(error.into());
            }
        }
    }
}

/// One try; false when a change failed and its answer now says so.
fn attempt(
    connection: &Connection,
    tables: &Tables,
    now: Millis,
    changes: &[&Change],
    answers: &mut [Result<Written>],
    committing: &Cell<bool>,
) -> rusqlite::Result<bool> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for (change, answer) in changes.iter().zip(answers.iter_mut()).filter(|(_, answer)| answer.is_ok()) {
        let Some(texts) = tables.texts(change.spec) else {
            *answer = Err(StoreError::Other(format!("table {} was not opened", change.spec.name)));
            continue;
        };
        #[cfg(test)]
        super::panics::planted("panics_in_change", change.spec);
        match (Row { connection, texts, now, p: &change.p }).apply(change) {
            Ok(written) => *answer = Ok(written),
            Err(error) if concerns_all(&error) => return Err(error),
            Err(error) => {
                *answer = Err(store_error(&error));
                return Ok(false);
            }
        }
    }
    let mut commit = connection.prepare_cached("COMMIT")?;
    committing.set(true);
    commit.execute([])?;
    #[cfg(test)]
    changes.iter().for_each(|change| super::panics::planted("panics_after_commit", change.spec));
    Ok(true)
}

fn concerns_all(error: &rusqlite::Error) -> bool {
    is_fatal(error) || matches!(store_error(error), StoreError::Full | StoreError::Unavailable)
}

/// SQLite itself has rolled back after some errors; a second time would be one more.
fn roll_back(connection: &Connection) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    Ok(())
}

/// The rows of one partition inside the transaction.
struct Row<'a> {
    connection: &'a Connection,
    texts: &'a Texts,
    now: Millis,
    p: &'a Cells,
}

impl Row<'_> {
    fn apply(&self, change: &Change) -> rusqlite::Result<Written> {
        if let Some(row) = self.lone_append(change) {
            return if self.insert(&change.steps, row)? { Ok(Written::Done) } else { self.refused(change) };
        }
        for condition in &change.conditions {
            if !self.holds(condition)? {
                return self.refused(change);
            }
        }
        for step in &change.steps {
            self.step(step)?;
        }
        Ok(Written::Done)
    }

    /// The commonest change, one row at a free key, needs no look before it.
    fn lone_append<'c>(&self, change: &'c Change) -> Option<&'c Cells> {
        let ([condition], [step]) = (change.conditions.as_slice(), change.steps.as_slice()) else { return None };
        let What::Put { row, .. } = &step.what else { return None };
        (condition.version.is_none() && condition.c == step.c && self.texts.spec.ttl.is_none()).then_some(row)
    }

    fn insert(&self, steps: &[Step], row: &Cells) -> rusqlite::Result<bool> {
        let c = steps.iter().flat_map(|step| &step.c);
        let mut statement = self.connection.prepare_cached(&self.texts.insert)?;
        Ok(statement.execute(params_from_iter(self.p.iter().chain(c).chain(row)))? == 1)
    }

    fn holds(&self, condition: &Condition) -> rusqlite::Result<bool> {
        let found = self.one(&condition.c)?;
        let at_version = self.texts.spec.clustering.len();
        Ok(match (condition.version, found) {
            (None, found) => found.is_none(),
            (Some(version), Some(row)) => row.get(at_version) == Some(&Value::Int(version)),
            (Some(_), None) => false,
        })
    }

    fn refused(&self, change: &Change) -> rusqlite::Result<Written> {
        let mut keys: Vec<&Cells> = change.conditions.iter().map(|condition| &condition.c).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut rows = Vec::with_capacity(keys.len());
        for c in keys {
            rows.extend(self.one(c)?);
        }
        Ok(Written::Refused(rows))
    }

    fn one(&self, c: &Cells) -> rusqlite::Result<Option<Cells>> {
        one(self.connection, self.texts, self.now, self.p, c)
    }

    fn step(&self, step: &Step) -> rusqlite::Result<()> {
        match &step.what {
            What::Put { row, at } => self.put(&step.c, row, at.unwrap_or(0), self.expires()),
            What::Restore { row, at, expires } => {
                self.put(&step.c, row, at.unwrap_or(0), expires.map(|expires| Value::Int(expires.0)))
            }
            What::Patch { set } => self.patch(&step.c, set),
            What::Delete => {
                let mut statement = self.connection.prepare_cached(&self.texts.delete)?;
                statement.execute(params_from_iter(self.p.iter().chain(&step.c))).map(|_removed| ())
            }
        }
    }

    fn put(&self, c: &Cells, row: &Cells, at: i64, expires: Option<Value>) -> rusqlite::Result<()> {
        let at = (self.texts.spec.writes != Writes::Guarded).then_some(Value::Int(at));
        let now = at.as_ref().and(expires.as_ref()).map(|_| Value::Int(self.now.0));
        let hidden = at.iter().chain(&expires).chain(&now);
        let mut statement = self.connection.prepare_cached(&self.texts.put)?;
        statement.execute(params_from_iter(self.p.iter().chain(c).chain(row).chain(hidden))).map(|_written| ())
    }

    /// When a row that is written now expires.
    fn expires(&self) -> Option<Value> {
        let ttl_ms = self.texts.spec.ttl.map(|ttl| i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
        ttl_ms.map(|ttl_ms| Value::Int(self.now.plus_ms(ttl_ms).0))
    }

    fn patch(&self, c: &Cells, set: &[(usize, Value)]) -> rusqlite::Result<()> {
        let made = row_from_patch(self.texts.spec, set);
        let renewed = made.as_ref().and(self.expires());
        let changed = if set.is_empty() && renewed.is_none() {
            usize::from(self.one(c)?.is_some())
        } else {
            let mut statement = self.connection.prepare_cached(&self.texts.patch(set, renewed.is_some()))?;
            let now = now_if_expiring(self.texts, self.now);
            let values = set.iter().map(|(_, value)| value).chain(&renewed);
            statement.execute(params_from_iter(values.chain(self.p).chain(c).chain(&now)))?
        };
        match made {
            Some(row) if changed == 0 => self.put(c, &row, 0, self.expires()),
            Some(_) | None => Ok(()),
        }
    }
}

/// The parameter that keeps expired rows out, where there can be any.
pub(super) fn now_if_expiring(texts: &Texts, now: Millis) -> Option<Value> {
    texts.spec.ttl.map(|_| Value::Int(now.0))
}

/// The clustering and column cells of one row.
pub(super) fn one(
    connection: &Connection,
    texts: &Texts,
    now: Millis,
    p: &Cells,
    c: &Cells,
) -> rusqlite::Result<Option<Cells>> {
    let count = texts.spec.clustering.len() + texts.spec.columns.len();
    let mut statement = connection.prepare_cached(&texts.one)?;
    let now = now_if_expiring(texts, now);
    statement.query_row(params_from_iter(p.iter().chain(c).chain(&now)), |row| cells(row, count)).optional()
}
