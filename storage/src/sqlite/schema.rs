//! Bringing a database file up to this program's tables. Never reads or changes their rows.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::connection::store_error;
use super::texts::{add_column, create};
use crate::error::{Result, StoreError};
use crate::table::Spec;

const VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS \"_tables\" (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID";

/// Makes missing tables and migrates older ones, all or nothing.
pub(super) fn bring_up(connection: &mut Connection, specs: &[&'static Spec]) -> Result<()> {
    let open = |error: rusqlite::Error| store_error(&error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(open)?;
    transaction.execute(VERSIONS, []).map_err(open)?;
    for spec in specs {
        bring_up_table(&transaction, spec)?;
    }
    transaction.commit().map_err(open)
}

fn bring_up_table(transaction: &Transaction<'_>, spec: &Spec) -> Result<()> {
    let run = |error: rusqlite::Error| store_error(&error);
    let version = "SELECT version FROM \"_tables\" WHERE name = ?";
    let found: Option<u16> = transaction.query_row(version, [spec.name], |row| row.get(0)).optional().map_err(run)?;
    match found {
        Some(found) if found > spec.version => {
            return Err(StoreError::Newer { table: spec.name.into(), found, known: spec.version });
        }
        Some(found) => {
            for column in spec.columns.iter().filter(|column| column.since > found) {
                transaction.execute_batch(&add_column(spec, column)).map_err(run)?;
            }
        }
        None => transaction.execute_batch(&create(spec)).map_err(run)?,
    }
    let set = "INSERT INTO \"_tables\" VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version";
    transaction.execute(set, (spec.name, spec.version)).map_err(run)?;
    Ok(())
}
