//! What jobs and rooms stand on: the store and the fair in it, time, chance, and who is connected here.
//!
//! Owns the bound on store work that runs at once, and the pause between tries. Decides nothing.

mod catch_up;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chat::{Now, Rank};
use fair::booths::Booths;
use fair::codes::Codes;
use fair::due::Due;
use fair::exhibits::Exhibits;
use fair::flow::{Flows, Outlets};
use fair::idempotency::Idempotency;
use fair::messages::Messages;
use fair::personnel::Personnel;
use fair::recovery::Recovery;
use fair::registration::Registrations;
use fair::reports::Reports;
use fair::{Accounts, Audit, Showcase, Uploads};
use storage::ids::Millis;
use storage::words::Refusal;
use storage::{Clock, Entropy, Store, StoreError};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::registry::Registry;
use catch_up::CatchUp;

/// Reads and view writes under way at once; more wait their turn here, behind the rooms' own bounds.
const JOBS_MAX: usize = 256;
/// Between two tries of what must come to a definite end.
pub const RETRY_FIRST: Duration = Duration::from_millis(50);
/// The longest pause between two such tries.
const RETRY_MAX: Duration = Duration::from_secs(2);

/// See the module. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Ground {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    accounts: Accounts,
    uploads: Uploads,
    flows: Flows,
    messages: Messages,
    recovery: Recovery,
    showcase: Showcase,
    set: Set,
    clock: Clock,
    entropy: Entropy,
    registry: Arc<Registry>,
    jobs: Semaphore,
    rules: chat::Rules,
    /// Names this life of this hub.
    hub: i64,
    /// The last rank that was given out; drawn by every shard.
    rank: AtomicI64,
    catch_up: CatchUp,
}

/// Those of the fair that are made before the ground.
#[derive(Debug)]
pub struct Services {
    /// Who is who.
    pub accounts: Accounts,
    /// Files.
    pub uploads: Uploads,
    /// What goes to phones and mailboxes.
    pub messages: Messages,
    /// The record of deeds.
    pub audit: Audit,
    /// What an organiser has set of it.
    pub set: Set,
}

/// What an organiser has set of the fair's records.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// Attending enterprises need not wait for the committee. **Source**: D-37.
    pub approves_attending: bool,
    /// Booths of one enterprise.
    pub booths_per_enterprise: u32,
    /// What was approved last stays shown in review. **Source**: D-08.
    pub keeps_last_approved: bool,
}

impl Ground {
    /// Over a store and the fair in it.
    #[must_use]
    pub fn new(
        store: Store,
        Services { accounts, uploads, messages, audit, set }: Services,
        clock: Clock,
        entropy: Entropy,
        registry: Arc<Registry>,
        rules: chat::Rules,
    ) -> Self {
        let codes = Codes::new(store.clone(), clock.clone(), entropy.clone(), accounts.clone());
        let recovery = Recovery::new(accounts.clone(), codes, messages.clone());
        let (jobs, hub) = (Semaphore::new(JOBS_MAX), entropy.draw().cast_signed());
        Self {
            inner: Arc::new(Inner {
                store,
                flows: Flows::new(accounts.clone(), Outlets { messages: messages.clone(), audit }),
                showcase: Showcase::new(accounts.clone(), set.keeps_last_approved),
                accounts,
                uploads,
                messages,
                recovery,
                set,
                clock,
                entropy,
                registry,
                jobs,
                rules,
                hub,
                rank: AtomicI64::new(0),
                catch_up: CatchUp::default(),
            }),
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The accounts.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// Uploaded files.
    #[must_use]
    pub fn uploads(&self) -> &Uploads {
        &self.inner.uploads
    }

    /// The people of teams.
    #[must_use]
    pub fn personnel(&self) -> Personnel {
        Personnel::new(self.inner.accounts.clone(), self.inner.uploads.clone())
    }

    /// What is reported to the committee.
    #[must_use]
    pub fn reports(&self) -> Reports {
        Reports::new(self.inner.flows.clone())
    }

    /// The records that have a life.
    #[must_use]
    pub fn flows(&self) -> &Flows {
        &self.inner.flows
    }

    /// Messages to phones and mailboxes.
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.inner.messages
    }

    /// Codes that are sent there.
    #[must_use]
    pub fn codes(&self) -> Codes {
        let Inner { store, clock, entropy, accounts, .. } = &*self.inner;
        Codes::new(store.clone(), clock.clone(), entropy.clone(), accounts.clone())
    }

    /// Registrations.
    #[must_use]
    pub fn registrations(&self) -> Registrations {
        let Inner { accounts, flows, set, .. } = &*self.inner;
        Registrations::new(accounts.clone(), self.codes(), flows.clone(), set.approves_attending)
    }

    /// Booths.
    #[must_use]
    pub fn booths(&self) -> Booths {
        let Inner { flows, uploads, set, .. } = &*self.inner;
        Booths::new(flows.clone(), uploads.clone(), set.booths_per_enterprise)
    }

    /// Exhibits.
    #[must_use]
    pub fn exhibits(&self) -> Exhibits {
        let Inner { flows, uploads, set, .. } = &*self.inner;
        Exhibits::new(flows.clone(), uploads.clone(), set.keeps_last_approved)
    }

    /// What everybody sees of them.
    #[must_use]
    pub fn showcase(&self) -> &Showcase {
        &self.inner.showcase
    }

    /// New passwords for forgotten ones.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.inner.recovery
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Chance.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.inner.entropy
    }

    /// What the last hub left to be brought up to date.
    pub(crate) fn catch_up(&self) -> &CatchUp {
        &self.inner.catch_up
    }

    /// What is due when.
    #[must_use]
    pub fn due(&self) -> Due {
        Due::new(self.inner.store.clone(), self.inner.clock.clone())
    }

    /// Answers of requests that are done once.
    #[must_use]
    pub fn idempotency(&self) -> Idempotency {
        Idempotency::new(self.inner.store.clone(), self.inner.clock.clone(), self.inner.entropy.clone())
    }

    /// Who is connected here.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// What an organiser has set for negotiations.
    #[must_use]
    pub fn rules(&self) -> chat::Rules {
        self.inner.rules
    }

    /// Whether other hubs may write the same store.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.inner.rules.shared
    }

    /// This life of this hub, among all that ever ran on the store.
    #[must_use]
    pub fn hub(&self) -> i64 {
        self.inner.hub
    }

    /// The moment of one call into a room: a rank above all that were given out here before.
    pub(crate) fn moment(&self, wall: Millis) -> Now {
        let next = |last: i64| Some(Rank(last).next(wall).0);
        let last = self.inner.rank.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let last = last.unwrap_or_else(|unchanged| unchanged);
        Now { wall, tick: self.inner.clock.tick(), rank: Rank(last).next(wall) }
    }

    /// A place among the store work that may run at once.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.inner.jobs.acquire().await.ok()
    }

    /// Waits before the next try: half of the pause to all of it, so that rooms that failed together do not all come back
    /// together; the next pause is twice as long.
    pub(crate) async fn pause(&self, pause: &mut Duration) {
        let share = 0.5 + (self.inner.entropy.draw() % 512) as f64 / 1_024.0;
        tokio::time::sleep(pause.mul_f64(share)).await;
        *pause = (*pause * 2).min(RETRY_MAX);
    }
}

/// What a room is told of a failure of the fair's records.
pub(crate) fn refusal_of(error: fair::Error) -> Refusal {
    if let fair::Error::Store(error) = error {
        return refusal(error);
    }
    if error == fair::Error::Overloaded {
        return Refusal::Overloaded;
    }
    tracing::error!(%error, "a record is not made");
    Refusal::Unavailable
}

/// What a room is told of a store's failure.
pub(crate) fn refusal(error: StoreError) -> Refusal {
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
