//! Removing expired rows in small slices, walking the tables in key order: no index to keep, no long transaction.

use std::sync::Arc;

use rusqlite::{Connection, params_from_iter};

use super::connection::cells;
use super::texts::{Tables, Texts};
use crate::clock::{Clock, Tick};
use crate::ids::Millis;
use crate::request::Cells;
use crate::table::Value;

/// Rows looked at in one slice, some milliseconds of the writer's time.
const SLICE_ROWS: usize = 1_000;
/// Between slices while a pass goes on.
const SLICE_PAUSE_MS: i64 = 100;
/// Between passes: readers do not see expired rows, so there is no hurry.
const PASS_PAUSE_MS: i64 = 60_000;

/// Where the walk stands.
pub(super) struct Sweeper {
    tables: Arc<Tables>,
    table: usize,
    after: Option<Cells>,
    next: Tick,
}

impl Sweeper {
    pub(super) const fn new(tables: Arc<Tables>) -> Self {
        Self { tables, table: 0, after: None, next: Tick(0) }
    }

    /// When [`Self::slice`] has something to do again; none without tables that expire.
    pub(super) fn due(&self) -> Option<Tick> {
        self.tables.expiring().next().map(|_| self.next)
    }

    /// Looks at the next slice and removes what has expired.
    pub(super) fn slice(&mut self, connection: &Connection, clock: &Clock) -> rusqlite::Result<()> {
        let (now, tick) = (clock.now(), clock.tick());
        self.next = tick.plus_ms(SLICE_PAUSE_MS);
        let tables = self.tables.clone();
        let Some(texts) = tables.expiring().nth(self.table) else {
            (self.table, self.after, self.next) = (0, None, tick.plus_ms(PASS_PAUSE_MS));
            return Ok(());
        };
        #[cfg(test)]
        super::panics::planted("panics_in_sweep", texts.spec);
        let looked_at = keys(connection, texts, self.after.as_ref())?;
        let expired = looked_at.iter().filter(|(_, expires)| *expires <= now).map(|(key, _)| key);
        remove(connection, texts, expired)?;
        let at_end = looked_at.len() < SLICE_ROWS;
        self.after = looked_at.into_iter().next_back().map(|(key, _)| key).filter(|_| !at_end);
        self.table += usize::from(at_end);
        Ok(())
    }

    /// Leaves the table at which it panicked to the next pass: the others must not wait for it.
    pub(super) fn pass_over(&mut self) {
        self.table += 1;
        self.after = None;
    }
}

fn keys(connection: &Connection, texts: &Texts, after: Option<&Cells>) -> rusqlite::Result<Vec<(Cells, Millis)>> {
    let count = texts.spec.partition.len() + texts.spec.clustering.len();
    let mut statement = connection.prepare_cached(&texts.expiry(after.is_some()))?;
    let limit = Value::Int(SLICE_ROWS.try_into().unwrap_or(i64::MAX));
    let values = params_from_iter(after.into_iter().flatten().chain([&limit]));
    statement.query_map(values, |row| Ok((cells(row, count)?, Millis(row.get(count)?))))?.collect()
}

fn remove<'k>(connection: &Connection, texts: &Texts, keys: impl Iterator<Item = &'k Cells>) -> rusqlite::Result<()> {
    let mut keys = keys.peekable();
    if keys.peek().is_none() {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction()?;
    for key in keys {
        transaction.prepare_cached(&texts.delete)?.execute(params_from_iter(key))?;
    }
    transaction.commit()
}
