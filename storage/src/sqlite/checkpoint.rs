//! Moving the write-ahead log into the database file, beside the writer. Decides nothing: the writer asks.
//!
//! Passive checkpoints beside a busy writer never catch up, so the log would never start over (measured: 2.3 GiB after
//! 300,000 messages). Past a limit the writer therefore runs the last one itself between two commits; since the helper
//! has done most by then, that one is short.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::panics::caught;
use crate::error::{Result, StoreError};

/// The log, in frames of one page each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wal {
    pub(super) frames: u64,
    pub(super) moved: u64,
}

/// The asking side of the helper.
pub(super) struct Checkpointer {
    ask: SyncSender<()>,
    /// Held by whoever runs a checkpoint: SQLite lets only one, and the writer must wait for the helper's to end.
    running: Arc<Mutex<()>>,
    /// The helper's next checkpoint panics.
    #[cfg(test)]
    planted: Arc<std::sync::atomic::AtomicBool>,
}

impl Checkpointer {
    pub(super) fn start(connection: Connection) -> Result<(Self, JoinHandle<()>)> {
        // One waiting request is enough: it will see everything that is there when it runs.
        let (ask, asked) = sync_channel(1);
        let running = Arc::new(Mutex::new(()));
        let helper = Helper {
            connection,
            running: running.clone(),
            #[cfg(test)]
            planted: Arc::default(),
        };
        #[cfg(test)]
        let planted = helper.planted.clone();
        let thread = thread::Builder::new().name("store-checkpoint".into());
        let thread = thread.spawn(move || helper.run(&asked)).map_err(|error| StoreError::Other(error.to_string()))?;
        let asking = Self {
            ask,
            running,
            #[cfg(test)]
            planted,
        };
        Ok((asking, thread))
    }

    /// Lets the helper run one soon.
    pub(super) fn ask(&self) {
        if self.ask.try_send(()).is_err() {
            tracing::trace!("a checkpoint is already asked for");
        }
    }

    /// Runs one here, after the helper's.
    pub(super) fn run_now(&self, connection: &Connection) -> rusqlite::Result<Wal> {
        let _alone = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        wal(connection, "PRAGMA wal_checkpoint(PASSIVE)")
    }
}

/// How long the log is now.
pub(super) fn measure(connection: &Connection) -> rusqlite::Result<Wal> {
    wal(connection, "PRAGMA wal_checkpoint(NOOP)")
}

fn wal(connection: &Connection, pragma: &str) -> rusqlite::Result<Wal> {
    let frames = |count: i64| u64::try_from(count).unwrap_or(0);
    connection
        .prepare_cached(pragma)?
        .query_row([], |row| Ok(Wal { frames: frames(row.get(1)?), moved: frames(row.get(2)?) }))
}

/// The side that is asked.
struct Helper {
    connection: Connection,
    running: Arc<Mutex<()>>,
    #[cfg(test)]
    planted: Arc<std::sync::atomic::AtomicBool>,
}

impl Helper {
    fn run(self, asked: &Receiver<()>) {
        for () in asked {
            // The log stays, and the next one moves it.
            let _moved = caught("store-checkpoint", || self.checkpoint());
        }
    }

    fn checkpoint(&self) {
        let _alone = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        #[cfg(test)]
        assert!(!self.planted.swap(false, std::sync::atomic::Ordering::Relaxed), "planted in a checkpoint");
        // Nothing is lost when it fails: the log stays, and a disk that is broken stops the writer at its next commit.
        if let Err(error) = wal(&self.connection, "PRAGMA wal_checkpoint(PASSIVE)") {
            tracing::warn!(%error, "checkpoint failed");
        }
    }
}

#[cfg(test)]
mod tests;
