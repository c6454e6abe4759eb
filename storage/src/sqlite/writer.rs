//! The one writer: takes whatever is queued, commits it as one group, answers. No timer: waiting for more would only
//! add latency, since while one commit runs the next group gathers by itself.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::SqliteOptions;
use super::checkpoint::{Checkpointer, Wal, measure};
use super::connection::{Role, is_fatal, open};
use super::group::{self, Failed};
use super::panics::caught;
use super::sweep::Sweeper;
use super::texts::Tables;
use crate::clock::Clock;
use crate::error::{Result, StoreError};
use crate::request::{Change, Written};

/// Unmoved log that makes the writer ask for a checkpoint. **Units**: bytes.
const ASK_BYTES: u64 = 8 << 20;
const THREAD: &str = "store-writer";
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
    is_open: Arc<AtomicBool>,
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

    /// Whether the writer has a database to write to.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
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
    path: PathBuf,
    options: SqliteOptions,
    /// None after a panic until it is opened afresh: closing it rolled back what it was at.
    connection: Option<Connection>,
    /// There is one.
    is_open: Arc<AtomicBool>,
    tables: Arc<Tables>,
    clock: Clock,
    checkpointer: Checkpointer,
    sweeper: Sweeper,
    frame_bytes: u64,
}

/// A panic at a group of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panicked {
    /// Nothing of it was done.
    Before,
    /// It was done or not.
    Committing,
}

impl Writer {
    pub(super) fn new(
        (path, connection): (&Path, Connection),
        tables: Arc<Tables>,
        clock: Clock,
        checkpointer: Checkpointer,
        options: &SqliteOptions,
    ) -> Self {
        let page_bytes = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0));
        Self {
            path: path.to_owned(),
            frame_bytes: u64::from(page_bytes.unwrap_or(options.page_bytes)) + 24,
            sweeper: Sweeper::new(tables.clone()),
            connection: Some(connection),
            is_open: Arc::new(AtomicBool::new(true)),
            tables,
            clock,
            checkpointer,
            options: options.clone(),
        }
    }

    pub(super) fn start(self) -> Result<(Queue, JoinHandle<()>)> {
        let (jobs, queued) = sync_channel(self.options.queue_max);
        let waiting = Arc::new(Waiting::default());
        let queue = Queue {
            jobs: Some(jobs),
            waiting: waiting.clone(),
            bytes_max: self.options.queue_bytes_max,
            is_open: self.is_open.clone(),
        };
        let thread = thread::Builder::new().name(THREAD.into());
        let thread = thread.spawn(move || self.run(&queued, &waiting));
        Ok((queue, thread.map_err(|error| StoreError::Other(error.to_string()))?))
    }

    /// Whoever waits when a turn panics hears that the outcome is unknown: their ways back are let go of.
    fn run(mut self, queued: &Receiver<(Job, usize)>, waiting: &Waiting) {
        while caught(THREAD, || self.turn(queued, waiting)) != Some(false) {}
    }

    /// False when no more can come.
    fn turn(&mut self, queued: &Receiver<(Job, usize)>, waiting: &Waiting) -> bool {
        let ask_bytes = match queued.recv_timeout(IDLE) {
            Ok(first) => {
                self.commit(gather(first, queued, waiting, self.options.group_max));
                metrics::gauge!("store_queue_operations").set(waiting.jobs.load(Ordering::Relaxed) as f64);
                ASK_BYTES
            }
            Err(RecvTimeoutError::Timeout) => 1,
            Err(RecvTimeoutError::Disconnected) => return false,
        };
        self.tidy(ask_bytes);
        true
    }

    /// The connection, taken out: whoever does not put it back leaves the next one a fresh one.
    fn take(&mut self) -> Result<Connection> {
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => open(&self.path, Role::Writer, &self.options),
        };
        self.is_open.store(connection.is_ok(), Ordering::Relaxed);
        connection.map_err(|error| {
            tracing::error!(%error, "the store's writer cannot open the database again");
            StoreError::Unavailable
        })
    }

    /// Commits a group. Where nothing of it can have been done before it panicked, each change is tried alone: one that
    /// makes the writer panic fails, not its neighbours.
    fn commit(&mut self, jobs: Vec<Job>) {
        let answers = match (self.attempt(&jobs), jobs.len()) {
            (Ok(answers), _) => answers,
            (Err(Panicked::Before), 2..) => return jobs.into_iter().for_each(|job| self.commit(vec![job])),
            (Err(Panicked::Before), _) => {
                failed(&jobs, &StoreError::Other("the writer panicked at this change".into()))
            }
            (Err(Panicked::Committing), _) => failed(&jobs, &StoreError::Unknown),
        };
        answer(jobs, answers);
    }

    fn attempt(&mut self, jobs: &[Job]) -> Result<Vec<Result<Written>>, Panicked> {
        let connection = match self.take() {
            Ok(connection) => connection,
            Err(error) => return Ok(failed(jobs, &error)),
        };
        let committing = Cell::new(false);
        let answers = caught(THREAD, || self.commit_group(&connection, jobs, &committing));
        if answers.is_some() {
            self.connection = Some(connection);
        }
        answers.ok_or_else(|| if committing.get() { Panicked::Committing } else { Panicked::Before })
    }

    fn commit_group(&self, connection: &Connection, jobs: &[Job], committing: &Cell<bool>) -> Vec<Result<Written>> {
        let changes: Vec<&Change> = jobs.iter().map(|job| &job.change).collect();
        let operations: usize = changes.iter().map(|change| change.operations()).sum();
        #[expect(clippy::disallowed_methods, reason = "a measurement")]
        let started = Instant::now();
        let committed = group::commit(connection, &self.tables, self.clock.now(), &changes, committing);
        metrics::histogram!("store_commit_seconds").record(started.elapsed().as_secs_f64());
        metrics::histogram!("store_commit_operations").record(operations as f64);
        match committed {
            Ok(answers) => answers,
            Err(Failed::All(error)) => {
                if error == StoreError::Full {
                    metrics::counter!("store_full_total").increment(1);
                }
                failed(jobs, &error)
            }
            Err(Failed::Fatal(error)) => stop(&error),
        }
    }

    /// What is done between two groups.
    fn tidy(&mut self, ask_bytes: u64) {
        let Ok(connection) = self.take() else { return };
        self.watch_log(&connection, ask_bytes);
        match caught(THREAD, || self.sweep(&connection)) {
            Some(()) => self.connection = Some(connection),
            None => self.sweeper.pass_over(),
        }
    }

    /// Keeps the log short: asks the helper once `ask_bytes` wait to be moved, and past the limit runs the last
    /// checkpoint here, until a reader's end lets the log start over.
    fn watch_log(&self, connection: &Connection, ask_bytes: u64) {
        let log = match measure(connection) {
            Ok(log) if log.frames * self.frame_bytes > self.options.wal_bytes_max => {
                self.checkpointer.run_now(connection)
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

    fn sweep(&mut self, connection: &Connection) {
        if self.sweeper.due().is_none_or(|due| due > self.clock.tick()) {
            return;
        }
        match self.sweeper.slice(connection, &self.clock) {
            Ok(()) => {}
            Err(error) if is_fatal(&error) => stop(&error),
            // Full or busy: the rows stay, unseen, until a later pass.
            Err(error) => tracing::debug!(%error, "sweep failed"),
        }
    }
}

fn failed(jobs: &[Job], error: &StoreError) -> Vec<Result<Written>> {
    jobs.iter().map(|_| Err(error.clone())).collect()
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
