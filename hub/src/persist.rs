//! The store's side of rooms: each job is a task of its own, ends as one control input of the room's shard, and never
//! keeps a room waiting.
//!
//! Owns the order of writes that makes a log exactly-once (`append`), loading (`load`), starting (`start`) and settling
//! views behind the log (`settle`). Decides nothing about a conversation's rules.

mod append;
mod load;
mod restore;
mod settle;
mod start;
mod sweep;

use std::sync::Arc;
use std::time::Duration;

use chat::desk::Facts;
use chat::tables;
use chat::{Entry, Head, Looked, Mark, Refusal, Side};
use fair::Accounts;
use storage::ids::{ConversationId, EnterpriseId, Millis, ReportId, Seq, UserId};
use storage::{Ack, Clock, Entropy, Op, Read, Store, StoreError};
use tokio::sync::Semaphore;

pub use load::{LoadedDesk, LoadedRoom};
pub use restore::declare_restored;
pub(crate) use sweep::Noting;

use crate::app::Tasks;
use crate::room_id::RoomId;
use crate::shard::{Control, Shards};
use crate::wire::Failure;

/// Reads and view writes under way at once; more wait their turn here, behind the rooms' own bounds.
const JOBS_MAX: usize = 256;
/// Between two tries of an append whose outcome is unknown.
const RETRY_FIRST: Duration = Duration::from_millis(50);
/// The longest pause between two such tries.
const RETRY_MAX: Duration = Duration::from_secs(2);

/// How a job ended.
#[derive(Debug)]
pub struct Done {
    /// For which room.
    pub room: RoomId,
    /// For which life of it.
    pub incarnation: u64,
    /// The answer.
    pub completion: Completion,
}

/// A job's answer.
#[derive(Debug)]
pub enum Completion {
    /// The room, or why it cannot be had.
    Loaded(Box<Result<LoadedRoom, Failure>>),
    /// An append's outcome.
    Appended(chat::Appended),
    /// The last append's ids are written: the next may follow.
    Sealed,
    /// Entries asked for.
    Fetched {
        /// The question.
        fetch: u64,
        /// In rising order.
        entries: Result<Vec<Entry>, Refusal>,
    },
    /// Whether a message id was sent.
    LookedUp {
        /// Whose.
        sender: UserId,
        /// Which.
        client_msg_id: Arc<str>,
        /// Where and when it went, if anywhere.
        sent: Result<Option<(Seq, Millis)>, Refusal>,
    },
    /// What a look into the log brought.
    Looked(Result<Looked, Refusal>),
    /// A desk's rows as they stand.
    Rows(Result<Vec<Head>, Refusal>),
    /// What a page of a desk needs.
    Facts {
        /// The question.
        load: u64,
        /// The answer.
        facts: Result<Facts, Refusal>,
    },
    /// Who negotiates for a side now.
    Team {
        /// Which side of it.
        side: Side,
        /// The conversation that is being settled.
        head: Box<Head>,
        /// The team.
        team: Result<Vec<UserId>, Refusal>,
    },
    /// A report is filed, or not.
    Filed {
        /// Whose request.
        ticket: Option<chat::Ticket>,
        /// Which.
        report: Result<ReportId, Refusal>,
    },
    /// A desk's row and notifications for a conversation are durable, or not.
    RowSettled {
        /// Which side of it.
        side: Side,
        /// The conversation, as of where.
        head: Box<Head>,
        /// Whether it is done.
        settled: bool,
    },
    /// The head's row is written and the notes of what was unsettled are removed, or not.
    HeadSettled(bool),
}

/// The store's side of rooms. A cheap handle.
#[derive(Debug, Clone)]
pub struct Persist {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    accounts: Accounts,
    clock: Clock,
    entropy: Entropy,
    shards: Shards,
    tasks: Tasks,
    jobs: Semaphore,
    /// Other hubs may write the same store.
    shared: bool,
    /// Names this life of this hub.
    hub: i64,
}

impl Persist {
    /// Over a store and the accounts in it; `shared` when other hubs may write it too.
    #[must_use]
    pub fn new(
        store: Store,
        accounts: Accounts,
        clock: Clock,
        entropy: Entropy,
        shards: Shards,
        tasks: Tasks,
        shared: bool,
    ) -> Self {
        let (jobs, hub) = (Semaphore::new(JOBS_MAX), entropy.draw().cast_signed());
        Self { inner: Arc::new(Inner { store, accounts, clock, entropy, shards, tasks, jobs, shared, hub }) }
    }

    /// A seed for one life of a room.
    pub(crate) fn draw_seed(&self) -> u64 {
        self.inner.entropy.draw()
    }

    /// Spawns a job that ends with the hub: whatever was not answered then was not promised.
    fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        let stop = self.inner.tasks.stop.clone();
        drop(self.inner.tasks.rooms.spawn(async move {
            tokio::select! {
                biased;
                () = job => {}
                () = stop.cancelled() => {}
            }
        }));
    }

    /// Runs a job and hands its completion to the room's shard. Stops silently when the hub does: nothing was answered.
    fn run(&self, room: RoomId, incarnation: u64, job: impl Future<Output = Completion> + Send + 'static) {
        let persist = self.clone();
        self.spawn(async move {
            let Ok(_turn) = persist.inner.jobs.acquire().await else { return };
            let completion = job.await;
            persist.done(At { room, incarnation }, completion);
        });
    }

    fn done(&self, at: At, completion: Completion) {
        let At { room, incarnation } = at;
        self.inner.shards.control(room, Control::Done(Done { room, incarnation, completion }));
    }

    /// Waits before the next try: half of the pause to all of it, so that rooms that failed together do not all come back
    /// together; the next pause is twice as long.
    async fn pause(&self, pause: &mut Duration) {
        let share = 0.5 + (self.inner.entropy.draw() % 512) as f64 / 1_024.0;
        tokio::time::sleep(pause.mul_f64(share)).await;
        *pause = (*pause * 2).min(RETRY_MAX);
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Reads entries `from..=to` of a conversation.
    pub(crate) fn fetch(&self, at: At, conversation: ConversationId, fetch: u64, from: Seq, to: Seq) {
        let store = self.store().clone();
        self.run(at.room, at.incarnation, async move {
            let entries = load::entries(&store, conversation, (from, to), Read::Quorum).await.map_err(refusal);
            Completion::Fetched { fetch, entries }
        });
    }

    /// Looks a message id up.
    pub(crate) fn look_up(&self, at: At, conversation: ConversationId, sender: UserId, client_msg_id: Arc<str>) {
        let store = self.store().clone();
        self.run(at.room, at.incarnation, async move {
            let key = tables::SendIdsKey { sender, client_msg_id: Arc::clone(&client_msg_id) };
            let part = tables::SendIdsPart { conversation };
            let found = store.get::<tables::SendIds>(part, key, Read::Quorum).await;
            let sent = found.map(|row| row.map(|row| (row.seq, row.at))).map_err(refusal);
            Completion::LookedUp { sender, client_msg_id, sent }
        });
    }

    /// Keeps a read mark. Lost marks are repeated by the next one, so nothing is answered.
    pub(crate) fn save_mark(&self, conversation: ConversationId, epoch: i64, mark: Mark) {
        let persist = self.clone();
        self.spawn(async move {
            let Ok(_turn) = persist.inner.jobs.acquire().await else { return };
            let put = Op::Put {
                c: tables::ReadMarksKey { user: mark.user },
                row: tables::ReadMarkRow::of(&mark),
                at: Some(tables::mark_at(epoch, mark.seq)),
            };
            let part = tables::ReadMarksPart { conversation };
            if let Err(error) = persist.store().write::<tables::ReadMarks>(part, vec![put], Ack::Durable).await {
                tracing::warn!(%conversation, %error, "a read mark was not kept");
            }
        });
    }

    /// Reads what stands in a log from a seq on; answered with [`Completion::Looked`].
    pub(crate) fn look(&self, at: At, conversation: ConversationId, from: Seq) {
        let persist = self.clone();
        self.run(at.room, at.incarnation, async move {
            Completion::Looked(persist.look_from(conversation, from).await.map_err(refusal))
        });
    }

    /// Reads a desk's rows again; answered with [`Completion::Rows`].
    pub(crate) fn load_rows(&self, at: At, enterprise: EnterpriseId) {
        let store = self.store().clone();
        self.run(at.room, at.incarnation, async move {
            Completion::Rows(load::rows(&store, enterprise).await.map_err(refusal))
        });
    }

    /// Reads a user's marks in some conversations, and which of some heads have moved on.
    pub(crate) fn load_facts(&self, at: At, load: u64, user: UserId, marks: Vec<ConversationId>, heads: Vec<Head>) {
        let store = self.store().clone();
        self.run(at.room, at.incarnation, async move {
            let facts = load::facts(&store, user, marks, heads).await.map_err(refusal);
            Completion::Facts { load, facts }
        });
    }

    /// Keeps a report for the committee.
    pub(crate) fn file_report(&self, at: At, ticket: Option<chat::Ticket>, report: Report) {
        let (store, now) = (self.store().clone(), self.inner.clock.now());
        self.run(at.room, at.incarnation, async move {
            let Report { id, conversation, user, seq, reason } = report;
            let part = tables::ReportsPart { day: now.0.div_euclid(86_400_000) };
            let row = tables::ReportRow { conversation, seq, reporter: user, reason, at: now };
            let put = Op::Put { c: tables::ReportsKey { report: id }, row, at: None };
            let filed = store.write::<tables::Reports>(part, vec![put], Ack::Durable).await;
            Completion::Filed { ticket, report: filed.map(|()| id).map_err(refusal) }
        });
    }

    /// Reads a room; answered with [`Completion::Loaded`].
    pub(crate) fn load(&self, room: RoomId, incarnation: u64) {
        let persist = self.clone();
        self.run(room, incarnation, async move {
            let loaded = match room {
                RoomId::Negotiation(id) => persist.load_conversation(id).await.map(LoadedRoom::negotiation),
                RoomId::Desk(id) => persist.load_desk(id).await.map(LoadedRoom::Desk),
                RoomId::Person(_) | RoomId::Bench(_) => Err(crate::code::Code::NotFound.into()),
            };
            Completion::Loaded(Box::new(loaded))
        });
    }
}

/// Which life of which room asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) room: RoomId,
    pub(crate) incarnation: u64,
}

/// A report of misconduct.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) id: ReportId,
    pub(crate) conversation: ConversationId,
    pub(crate) user: UserId,
    pub(crate) seq: Option<Seq>,
    pub(crate) reason: String,
}

/// What a room is told of a store's failure.
fn refusal(error: StoreError) -> Refusal {
    match error {
        StoreError::Overloaded => Refusal::Overloaded,
        StoreError::Full => Refusal::StorageFull,
        StoreError::Unknown => Refusal::OutcomeUnknown,
        error @ (StoreError::Unavailable
        | StoreError::Newer { .. }
        | StoreError::Corrupt(_)
        | StoreError::Other(_)
        | _) => {
            tracing::error!(%error, "store failed");
            Refusal::Unavailable
        }
    }
}
