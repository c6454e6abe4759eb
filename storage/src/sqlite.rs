//! The embedded backend: one SQLite file in WAL mode, one writer thread, a few readers, one checkpoint helper.
//!
//! Owns the threads and their queues. No SQL here: statements are in `texts`, transactions in `group`.

mod checkpoint;
mod connection;
mod group;
mod panics;
mod reader;
mod schema;
mod sweep;
mod texts;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::error::{Result, StoreError};
use crate::request::{Cells, Change, Query, Written};
use crate::table::{Ack, Spec};
use checkpoint::Checkpointer;
use connection::{Role, make_private, open};
use reader::Readers;
use texts::Tables;
use writer::{Job, Queue, Writer};

/// How the embedded database is run.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Page size of a new database. **Units**: bytes, a power of two.
    pub page_bytes: u32,
    /// The writer's page cache. **Units**: KiB.
    pub writer_cache_kib: u32,
    /// Each reader's page cache. **Units**: KiB.
    pub reader_cache_kib: u32,
    /// Reader threads.
    pub readers: usize,
    /// Operations in one commit.
    pub group_max: usize,
    /// Changes that wait for the writer, and reads that wait for one reader; beyond it
    /// [`StoreError::Overloaded`].
    pub queue_max: usize,
    /// What the waiting changes may hold together. **Units**: bytes.
    pub queue_bytes_max: usize,
    /// When the write-ahead log passes this, the writer runs the last checkpoint itself. **Units**: bytes.
    pub wal_bytes_max: u64,
    /// The database never grows beyond this many pages; beyond it [`StoreError::Full`]. None: the disk decides.
    pub pages_max: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            page_bytes: 4096,
            writer_cache_kib: 64 * 1024,
            reader_cache_kib: 16 * 1024,
            readers: 2,
            group_max: 256,
            queue_max: 4096,
            queue_bytes_max: 64 << 20,
            wal_bytes_max: 48 << 20,
            pages_max: None,
        }
    }
}

/// An open database file. Dropping it writes what is queued and waits for its threads.
pub struct Sqlite {
    queue: Queue,
    readers: Readers,
    threads: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}

impl Sqlite {
    pub(crate) fn open(path: &Path, specs: &[&'static Spec], clock: Clock, options: &SqliteOptions) -> Result<Self> {
        make_private(path)?;
        let mut connection = open(path, Role::Writer, options)?;
        schema::bring_up(&mut connection, specs)?;
        let tables = Arc::new(Tables::new(specs));
        let (checkpointer, checkpoint_thread) = Checkpointer::start(open(path, Role::Checkpoint, options)?)?;
        let (readers, mut threads) = Readers::start(path, &tables, &clock, options)?;
        let writer = Writer::new((path, connection), tables, clock, checkpointer, options);
        let (queue, writer_thread) = writer.start()?;
        threads.extend([writer_thread, checkpoint_thread]);
        Ok(Self { queue, readers, threads })
    }

    /// Whether each thread goes on and the writer has the database.
    pub(crate) fn check(&self) -> Result<()> {
        let goes_on = self.queue.is_open() && !self.threads.iter().any(JoinHandle::is_finished);
        if goes_on { Ok(()) } else { Err(StoreError::Unavailable) }
    }

    pub(crate) async fn query(&self, query: Query) -> Result<Vec<Cells>> {
        self.readers.query(query).await
    }

    pub(crate) async fn apply(&self, change: Change) -> Result<Written> {
        if change.ack == Ack::Memory {
            self.queue.push(Job { change, reply: None })?;
            return Ok(Written::Done);
        }
        let (reply, answer) = oneshot::channel();
        self.queue.push(Job { change, reply: Some(reply) })?;
        answer.await.map_err(|_writer_gone| StoreError::Unknown)?
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.queue.close();
        self.readers.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a store thread had panicked");
            }
        }
    }
}
