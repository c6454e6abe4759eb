//! The one writer: takes whatever is queued, commits it as one group, answers. No timer: waiting for more would only
//! add latency, since while one commit runs the next group gathers by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::SqliteOptions;
use super::checkpoint::{Checkpointer, Wal, measure};
use super::connection::is_fatal;
use super::group::{self, Failed};
use super::sweep::Sweeper;
use super::texts::Tables;
use crate::clock::Clock;
use crate::error::{Result, StoreError};
use crate::request::{Change, Written};

/// Unmoved log that makes the writer ask for a checkpoint. **Units**: bytes.
const ASK_BYTES: u64 = 8 << 20;
/// An idle writer looks up this often, to sweep and to empty the log.
const IDLE: Duration = Duration::from_millis(500);

/// A change and who awaits its answer (nobody when it was acknowledged at once).
pub(super) struct Job {
    pub(super) change: Change,
    pub(super) reply: Option<oneshot::Sender<Result<Written>>>,
}

/// The way to the writer, bounded by count and by bytes.
pub(super) struct Queue {
    jobs: Option<SyncSender<(Job, usize)>>,
    waiting: Arc<Waiting>,
    bytes_max: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: AtomicUsize,
    bytes: AtomicUsize,
}

impl Queue {
    pub(super) fn push(&self, job: Job) -> Result<()> {
        let bytes = job.change.size_bytes();
        let jobs = self.jobs.as_ref().ok_or(StoreError::Unavailable)?;
        // Racing pushes may overshoot by one change each: a bound on memory, not an exact count.
        if self.waiting.bytes.load(Ordering::Relaxed).saturating_add(bytes) > self.bytes_max {
            return Err(StoreError::Overloaded);
        }
        self.waiting.add(bytes);
        jobs.try_send((job, bytes)).map_err(|error| {
            self.waiting.remove(bytes);
            match error {
                TrySendError::Full(_) => StoreError::Overloaded,
                TrySendError::Disconnected(_) => StoreError::Unavailable,
            }
        })
    }

    pub(super) fn close(&mut self) {
        self.jobs = None;
    }
}

impl Waiting {
    fn add(&self, bytes: usize) {
        self.jobs.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn remove(&self, bytes: usize) {
        self.jobs.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Owns the only connection that writes.
pub(super) struct Writer {
    connection: Connection,
    tables: Arc<Tables>,
    clock: Clock,
    checkpointer: Checkpointer,
    sweeper: Sweeper,
    frame_bytes: u64,
    wal_bytes_max: u64,
    group_max: usize,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        tables: Arc<Tables>,
        clock: Clock,
        checkpointer: Checkpointer,
        options: &SqliteOptions,
    ) -> Self {
        let page_bytes = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0));
        Self {
            frame_bytes: u64::from(page_bytes.unwrap_or(options.page_bytes)) + 24,
            sweeper: Sweeper::new(tables.clone()),
            connection,
            tables,
            clock,
            checkpointer,
            wal_bytes_max: options.wal_bytes_max,
            group_max: options.group_max,
        }
    }

    pub(super) fn start(self, options: &SqliteOptions) -> Result<(Queue, JoinHandle<()>)> {
        let (jobs, queued) = sync_channel(options.queue_max);
        let waiting = Arc::new(Waiting::default());
        let queue = Queue { jobs: Some(jobs), waiting: waiting.clone(), bytes_max: options.queue_bytes_max };
        let thread = thread::Builder::new().name("store-writer".into());
        let thread = thread.spawn(move || self.run(&queued, &waiting));
        Ok((queue, thread.map_err(|error| StoreError::Other(error.to_string()))?))
    }

    fn run(mut self, queued: &Receiver<(Job, usize)>, waiting: &Waiting) {
        loop {
            match queued.recv_timeout(IDLE) {
                Ok(first) => {
                    self.commit(gather(first, queued, waiting, self.group_max));
                    metrics::gauge!("store_queue_operations").set(waiting.jobs.load(Ordering::Relaxed) as f64);
                    self.watch_log(ASK_BYTES);
                }
                Err(RecvTimeoutError::Timeout) => self.watch_log(1),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.sweep();
        }
    }

    fn commit(&self, jobs: Vec<Job>) {
        let changes: Vec<&Change> = jobs.iter().map(|job| &job.change).collect();
        let operations: usize = changes.iter().map(|change| change.operations()).sum();
        #[expect(clippy::disallowed_methods, reason = "a measurement")]
        let started = Instant::now();
        let committed = group::commit(&self.connection, &self.tables, self.clock.now(), &changes);
        metrics::histogram!("store_commit_seconds").record(started.elapsed().as_secs_f64());
        metrics::histogram!("store_commit_operations").record(operations as f64);
        match committed {
            Ok(answers) => answer(jobs, answers),
            Err(Failed::All(error)) => {
                if error == StoreError::Full {
                    metrics::counter!("store_full_total").increment(1);
                }
                let answers = changes.iter().map(|_| Err(error.clone())).collect();
                answer(jobs, answers);
            }
            Err(Failed::Fatal(error)) => stop(&error),
        }
    }

    /// Keeps the log short: asks the helper once `ask_bytes` wait to be moved, and past the limit runs the last
    /// checkpoint here, until a reader's end lets the log start over.
    fn watch_log(&self, ask_bytes: u64) {
        let log = match measure(&self.connection) {
            Ok(log) if log.frames * self.frame_bytes > self.wal_bytes_max => {
                self.checkpointer.run_now(&self.connection)
            }
            measured => measured,
        };
        match log {
            Ok(Wal { frames, moved }) => {
                metrics::gauge!("store_wal_bytes").set((frames * self.frame_bytes) as f64);
                if frames.saturating_sub(moved) * self.frame_bytes >= ask_bytes {
                    self.checkpointer.ask();
                }
            }
            Err(error) if is_fatal(&error) => stop(&error),
            Err(error) => tracing::warn!(%error, "checkpoint failed"),
        }
    }

    fn sweep(&mut self) {
        let now = self.clock.now();
        if self.sweeper.due().is_none_or(|due| due > now) {
            return;
        }
        match self.sweeper.slice(&self.connection, now) {
            Ok(()) => {}
            Err(error) if is_fatal(&error) => stop(&error),
            // Full or busy: the rows stay, unseen, until a later pass.
            Err(error) => tracing::debug!(%error, "sweep failed"),
        }
    }
}

fn gather(first: (Job, usize), queued: &Receiver<(Job, usize)>, waiting: &Waiting, group_max: usize) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut operations = 0;
    let mut next = Some(first);
    while let Some((job, bytes)) = next {
        waiting.remove(bytes);
        operations += job.change.operations();
        jobs.push(job);
        next = if operations < group_max { queued.try_recv().ok() } else { None };
    }
    jobs
}

fn answer(jobs: Vec<Job>, answers: Vec<Result<Written>>) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        match job.reply {
            Some(reply) => {
                if reply.send(answer).is_err() {
                    tracing::trace!("the writer's client has gone");
                }
            }
            None => {
                if let Err(error) = answer {
                    tracing::warn!(%error, table = job.change.spec.name, "a write acknowledged early was lost");
                }
            }
        }
    }
}

/// Ends the process: acknowledging anything more could lie. On the next start the log is read afresh.
fn stop(error: &rusqlite::Error) -> ! {
    tracing::error!(%error, "the disk failed, stopping");
    std::process::abort()
}
