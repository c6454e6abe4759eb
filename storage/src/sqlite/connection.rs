//! The database's files, opening one connection, and what its errors mean. Never runs a statement of a table.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, ToSql, ffi};

use super::SqliteOptions;
use crate::error::{Result, StoreError};
use crate::private;
use crate::request::Cells;
use crate::table::Value;

/// How long another process (an `admin` command) may hold the write lock before we give up.
const BUSY: Duration = Duration::from_secs(5);
/// Distinct statement texts are bounded by tables and scan shapes; beyond this the oldest is prepared again.
const STATEMENTS_MAX: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
    Checkpoint,
}

/// Makes the file where it is missing, for its owner alone; what SQLite keeps beside it takes its mode from there. What
/// lies there since an older program is closed to others.
pub(super) fn make_private(path: &Path) -> Result<()> {
    let refused = |path: &Path, error: &io::Error| StoreError::Other(format!("{}: {error}", path.display()));
    match private::open(OpenOptions::new().write(true).create_new(true), path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made.map(drop).map_err(|error| refused(path, &error))?,
    }
    for beside in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        private::close(Path::new(&name)).map_err(|error| refused(Path::new(&name), &error))?;
    }
    Ok(())
}

pub(super) fn open(path: &Path, role: Role, options: &SqliteOptions) -> Result<Connection> {
    open_raw(path, role, options).map_err(|error| store_error(&error))
}

fn open_raw(path: &Path, role: Role, options: &SqliteOptions) -> rusqlite::Result<Connection> {
    // Never a new one: a writer that comes back after a panic must not begin an empty database.
    let connection = Connection::open_with_flags(path, OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    if role == Role::Writer {
        connection.pragma_update(None, "page_size", options.page_bytes)?;
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), Some(mode)));
        }
        if let Some(pages) = options.pages_max {
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        }
    }
    // FULL: a commit is on the disk before it returns. Checkpoints are ours alone.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
    let cache_kib = if role == Role::Writer { options.writer_cache_kib } else { options.reader_cache_kib };
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "query_only", role == Role::Reader)?;
    Ok(connection)
}

/// What a failed statement means for whoever asked; nothing of it was done.
pub(super) fn store_error(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::SystemIoFailure) if is_full_index(error) => StoreError::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unavailable,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Other(error.to_string()),
    }
}

/// After an I/O error nobody knows what the disk holds, and a second fsync may lie: only a restart reads it afresh.
pub(super) fn is_fatal(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) && !is_full_index(error)
}

/// No space for the WAL's shared index: nothing was written yet.
fn is_full_index(error: &rusqlite::Error) -> bool {
    error.sqlite_extended_error_code() == Some(ffi::SQLITE_IOERR_SHMSIZE)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(blob) => ValueRef::Blob(blob),
        }))
    }
}

/// The first `count` cells of a result row.
pub(super) fn cells(row: &Row<'_>, count: usize) -> rusqlite::Result<Cells> {
    (0..count).map(|at| cell(row, at)).collect()
}

fn cell(row: &Row<'_>, at: usize) -> rusqlite::Result<Value> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Text(_) => Value::Text(row.get(at)?),
        ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
        ValueRef::Real(_) => {
            return Err(rusqlite::Error::InvalidColumnType(at, String::new(), rusqlite::types::Type::Real));
        }
    })
}
