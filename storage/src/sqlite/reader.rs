//! Reader threads, each with a connection and a bounded queue of its own. Never write, never hold a transaction
//! longer than one statement (a long one would keep the write-ahead log from starting over).

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use tokio::sync::oneshot;

use super::SqliteOptions;
use super::connection::{Role, cells, open, store_error};
use super::group::{now_if_expiring, one};
use super::panics::caught;
use super::texts::{Tables, Texts};
use crate::clock::Clock;
use crate::error::{Result, StoreError};
use crate::ids::Millis;
use crate::request::{Cells, Query, Select, size_bytes};
use crate::table::{Value, Writes};

/// The sending ends of the readers' queues.
pub(super) struct Readers {
    queues: Vec<SyncSender<Job>>,
    next: AtomicUsize,
}

struct Job {
    query: Query,
    reply: oneshot::Sender<Result<Vec<Cells>>>,
}

impl Readers {
    pub(super) fn start(
        path: &Path,
        tables: &Arc<Tables>,
        clock: &Clock,
        options: &SqliteOptions,
    ) -> Result<(Self, Vec<JoinHandle<()>>)> {
        let mut queues = Vec::new();
        let mut threads = Vec::new();
        for _ in 0..options.readers.max(1) {
            let (queue, jobs) = sync_channel(options.queue_max);
            let reader =
                Reader { connection: open(path, Role::Reader, options)?, tables: tables.clone(), clock: clock.clone() };
            let thread = thread::Builder::new().name("store-reader".into());
            threads.push(thread.spawn(move || reader.run(&jobs)).map_err(|e| StoreError::Other(e.to_string()))?);
            queues.push(queue);
        }
        Ok((Self { queues, next: AtomicUsize::new(0) }, threads))
    }

    /// Asks the readers in turn, passing over full queues.
    pub(super) async fn query(&self, query: Query) -> Result<Vec<Cells>> {
        let (reply, answer) = oneshot::channel();
        let mut job = Job { query, reply };
        let mut refusal = StoreError::Unavailable;
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.queues.len();
        for queue in self.queues.iter().cycle().skip(first % count.max(1)).take(count) {
            job = match queue.try_send(job) {
                Ok(()) => return answer.await.map_err(|_reader_gone| StoreError::Unavailable)?,
                Err(TrySendError::Full(job)) => {
                    refusal = StoreError::Overloaded;
                    job
                }
                Err(TrySendError::Disconnected(job)) => job,
            };
        }
        Err(refusal)
    }

    pub(super) fn close(&mut self) {
        self.queues.clear();
    }
}

struct Reader {
    connection: Connection,
    tables: Arc<Tables>,
    clock: Clock,
}

impl Reader {
    fn run(self, jobs: &Receiver<Job>) {
        for Job { query, reply } in jobs {
            if reply.is_closed() {
                continue;
            }
            // A statement that was under way is reset when it is let go of: the connection can be used on.
            let answer = caught("store-reader", || self.answer(&query));
            let answer = answer.unwrap_or_else(|| Err(StoreError::Other("a read panicked".into())));
            if reply.send(answer).is_err() {
                tracing::trace!("the reader's client has gone");
            }
        }
    }

    fn answer(&self, query: &Query) -> Result<Vec<Cells>> {
        #[cfg(test)]
        super::panics::planted("panics_in_read", query.spec);
        let texts = self.tables.texts(query.spec);
        let texts = texts.ok_or_else(|| StoreError::Other(format!("table {} was not opened", query.spec.name)))?;
        self.select(texts, &query.select).map_err(|error| store_error(&error))
    }

    fn select(&self, texts: &Texts, select: &Select) -> rusqlite::Result<Vec<Cells>> {
        let now = self.clock.now();
        match select {
            Select::One { p, c } => Ok(one(&self.connection, texts, now, p, c)?.into_iter().collect()),
            Select::Range { p, from, to, rev, limit } => {
                let limit = Value::Int((*limit).into());
                let text = texts.range(from, to, *rev);
                let now = now_if_expiring(texts, now);
                let ends = [from, to].into_iter().filter_map(end).flatten();
                let values = p.iter().chain(&now).chain(ends).chain([&limit]);
                let count = texts.spec.clustering.len() + texts.spec.columns.len();
                let mut statement = self.connection.prepare_cached(&text)?;
                statement.query_map(params_from_iter(values), |row| cells(row, count))?.collect()
            }
            Select::Partitions { after, limit } => {
                self.partitions(texts, after.clone(), *limit, now_if_expiring(texts, now))
            }
            Select::Raw { p, after, limit, bytes_max } => self.raw(texts, (p, after.as_ref()), *limit, *bytes_max, now),
        }
    }

    fn raw(
        &self,
        texts: &Texts,
        (p, after): (&Cells, Option<&Cells>),
        limit: u32,
        bytes_max: usize,
        now: Millis,
    ) -> rusqlite::Result<Vec<Cells>> {
        let spec = texts.spec;
        let hidden = usize::from(spec.writes == Writes::Ordered) + usize::from(spec.ttl.is_some());
        let count = spec.clustering.len() + spec.columns.len();
        let (now, limit) = (now_if_expiring(texts, now), Value::Int(limit.into()));
        let values = p.iter().chain(&now).chain(after.into_iter().flatten()).chain([&limit]);
        let mut statement = self.connection.prepare_cached(&texts.raw(after.is_some()))?;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while bytes < bytes_max
            && let Some(row) = rows.next()?
        {
            let row = cells(row, count + hidden)?;
            bytes += size_bytes(row.split_at_checked(count).map_or(&row, |(shown, _)| shown));
            found.push(row);
        }
        Ok(found)
    }

    /// Hops from partition to partition by the index: their rows are not read.
    fn partitions(
        &self,
        texts: &Texts,
        mut after: Option<Cells>,
        limit: u32,
        now: Option<Value>,
    ) -> rusqlite::Result<Vec<Cells>> {
        let mut found = Vec::new();
        for _ in 0..limit {
            let text = if after.is_some() { &texts.partition_after } else { &texts.partition_first };
            let mut statement = self.connection.prepare_cached(text)?;
            let values = after.iter().flatten().chain(&now);
            let count = texts.spec.partition.len();
            let next = statement.query_row(params_from_iter(values), |row| cells(row, count)).optional()?;
            let Some(next) = next else { break };
            found.push(next.clone());
            after = Some(next);
        }
        Ok(found)
    }
}

fn end(bound: &Bound<Cells>) -> Option<&Cells> {
    match bound {
        Bound::Included(cells) | Bound::Excluded(cells) => Some(cells),
        Bound::Unbounded => None,
    }
}
