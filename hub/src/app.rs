//! A running hub: what it is made of, how it starts, how it ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fair::revocation::{Ending, Watch};
use fair::{Accounts, Keys};
use storage::{Clock, Entropy, Spec, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::code::Code;
use crate::config::{Config, StoreKind};
use crate::folder::FolderLock;
use crate::limits::{self, Limits, Quotas};
use crate::observe::Metrics;
use crate::persist::Persist;
use crate::registry::Registry;
use crate::session::Session;
use crate::shard::Shards;
use crate::socket::{self, LaneLimits, Lanes, ServeOptions};
use crate::{rest, socket::Conn};

/// How often revocations are looked for. **Source**: WIRE section 1, effective within 1 s.
const REVOCATIONS_EVERY: Duration = Duration::from_millis(500);
/// After the sockets are closed: how long stores and shards may take to end.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// What sessions and REST handlers share.
#[derive(Debug)]
pub struct Hub {
    /// The rooms.
    pub shards: Shards,
    /// The accounts.
    pub accounts: Accounts,
    /// How often who may do what.
    pub limits: Limits,
    /// Which connections are whose.
    pub registry: Registry,
    /// The time.
    pub clock: Clock,
    /// The store's side of rooms.
    pub persist: Persist,
    /// The bench mode is on.
    pub bench: bool,
    /// The demo is on: its accounts are public.
    pub demo: bool,
    /// The metrics, when this process collects them.
    pub metrics: Option<Metrics>,
    /// Where trace ids come from.
    pub entropy: Entropy,
    /// Between pings, as clients are told. **Units**: seconds.
    pub ping_s: u32,
    store: Store,
}

impl Hub {
    /// The store itself, for health checks.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }
}

/// The tasks of a hub, in the two groups in which they end.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    /// Sockets and lanes: end first, and tell their clients.
    pub sockets: TaskTracker,
    /// Ends the first group.
    pub drain: CancellationToken,
    /// Shards, store jobs, pollers: end when no socket needs them.
    pub rooms: TaskTracker,
    /// Ends the second group.
    pub stop: CancellationToken,
}

/// What a hub stands on.
#[derive(Debug)]
pub struct Ground {
    /// Where everything lasting lives.
    pub store: Store,
    /// Other hubs may write the same store: what they do is looked for.
    pub shared: bool,
    /// The fair's, the same for all its hubs.
    pub keys: Keys,
}

/// A hub without sockets: rooms over a store. The simulation starts here.
#[must_use]
pub fn assemble(
    config: &Config,
    quotas: Quotas,
    clock: &Clock,
    entropy: &Entropy,
    Ground { store, shared, keys }: Ground,
    tasks: &Tasks,
) -> (Arc<Hub>, Lanes) {
    let count = config.lane_count();
    let lane_limits = LaneLimits {
        queue_bytes_max: usize::try_from(config.limits_queue_bytes).unwrap_or(usize::MAX),
        drain_s: config.drain_s,
        ..LaneLimits::default()
    };
    let lanes = Lanes::start(count, lane_limits, clock, &tasks.sockets, &tasks.drain);
    let accounts = Accounts::with_entropy(store.clone(), clock.clone(), keys, entropy.clone());
    let rules = chat::Rules {
        assignee_only: config.assignee_only,
        unanswered_ms: i64::from(config.unanswered_minutes) * 60_000,
        shared,
        #[cfg(feature = "planted")]
        planted: crate::planted::planted(),
        ..chat::Rules::default()
    };
    let (persist, shards) = Shards::start(count, lanes.all(), clock, tasks, rules, |shards| {
        Persist::new(store.clone(), accounts.clone(), clock.clone(), entropy.clone(), shards, tasks.clone(), shared)
    });
    let hub = Hub {
        shards,
        accounts,
        limits: Limits::new(quotas),
        registry: Registry::default(),
        clock: clock.clone(),
        persist,
        bench: config.bench,
        demo: config.demo,
        metrics: Metrics::shared(),
        entropy: entropy.clone(),
        ping_s: lane_limits.ping_s,
        store,
    };
    (Arc::new(hub), lanes)
}

/// A hub that listens.
#[derive(Debug)]
pub struct Running {
    hub: Arc<Hub>,
    address: SocketAddr,
    tasks: Tasks,
    _folder: FolderLock,
}

impl Running {
    /// Opens the store, starts everything and listens.
    ///
    /// # Errors
    /// Whatever keeps the hub from working: the address, the store, the certificate.
    pub async fn start(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let (store, keys) = open(config, &clock).await?;
        let ground = Ground { shared: shared(&store), store, keys };
        let folder = FolderLock::shared(&config.data)?.context("an import is filling this hub's store")?;
        let tasks = Tasks::default();
        let (hub, lanes) = assemble(config, config.quotas(), &clock, &Entropy::system(), ground, &tasks);
        if config.demo {
            fair::demo::fill(&hub.accounts).await.context("the demo's accounts")?;
        }
        let mut watch = hub.accounts.watch();
        watch.poll().await.context("revocations")?;
        let unsettled = hub.persist.sweep().await.context("what is unsettled")?;
        tracing::info!(unsettled, "conversations left unsettled by the last run are being settled");

        let listener = TcpListener::bind(config.listen).await.with_context(|| format!("listen: {}", config.listen))?;
        let address = listener.local_addr()?;
        let options = ServeOptions {
            origins: config.origins_allowed(address),
            sockets_max: usize::try_from(config.limits_sockets).unwrap_or(usize::MAX),
            per_ip_max: usize::try_from(config.limits_per_ip).unwrap_or(usize::MAX),
            tls: config.tls_files().map(|(cert, key)| socket::tls_from_files(cert, key)).transpose()?,
            bench: config.bench,
            proxies: config.trusted_proxies.clone(),
            keep_alive: Duration::from_secs(config.keep_alive_s.into()),
            ..ServeOptions::default()
        };
        let router = rest::router(Arc::clone(&hub));
        let make = {
            let hub = Arc::clone(&hub);
            move |conn: Arc<Conn>| Session::new(Arc::clone(&hub), conn)
        };
        drop(tasks.sockets.spawn(socket::serve(listener, options, lanes, router, make, tasks.drain.clone())));
        drop(tasks.rooms.spawn(follow_revocations(Arc::clone(&hub), watch, tasks.stop.clone())));
        drop(tasks.rooms.spawn(sweep_unsettled(Arc::clone(&hub), tasks.stop.clone())));
        drop(tasks.rooms.spawn(sweep_limits(Arc::clone(&hub), tasks.stop.clone())));
        Ok(Self { hub, address, tasks, _folder: folder })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What sessions share.
    #[must_use]
    pub const fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Drains: tells every client to come back later, finishes what was accepted, then ends everything.
    pub async fn stop(self) {
        let Tasks { sockets, drain, rooms, stop } = self.tasks;
        drain.cancel();
        sockets.close();
        sockets.wait().await;
        stop.cancel();
        rooms.close();
        if tokio::time::timeout(STOP_WITHIN, rooms.wait()).await.is_err() {
            tracing::warn!("some tasks did not end in time");
        }
    }
}

/// The accounts alone, without a hub around them: for `hub admin`, beside a running hub or not.
///
/// # Errors
/// The store's, or the secret's.
pub async fn accounts(config: &Config, clock: &Clock) -> anyhow::Result<Accounts> {
    let (store, keys) = open(config, clock).await?;
    Ok(Accounts::new(store, clock.clone(), keys))
}

/// The store, and the keys to what is sealed in it.
///
/// # Errors
/// The store's, or the secret's.
pub async fn open(config: &Config, clock: &Clock) -> anyhow::Result<(Store, Keys)> {
    let store = store(config, clock).await?;
    let secret = match &config.secret {
        Some(secret) => secret.clone(),
        None => fair::secret::load_or_create(&config.data).context("the data folder's secret")?,
    };
    Ok((store, Keys::derive(&secret).context("secret")?))
}

/// Whether other hubs may write a store: a file on this machine has one hub.
const fn shared(store: &Store) -> bool {
    !matches!(store, Store::Sqlite(_))
}

/// Every table of a fair.
#[must_use]
pub fn tables() -> Vec<&'static Spec> {
    chat::tables::ALL.into_iter().chain(fair::table::ALL).collect()
}

/// The store alone; an embedded one is made when there is none, a keyspace is not ([`init_store`] makes it).
///
/// # Errors
/// The data folder's, or the store's.
pub async fn store(config: &Config, clock: &Clock) -> anyhow::Result<Store> {
    std::fs::create_dir_all(&config.data).with_context(|| format!("data: {}", config.data.display()))?;
    match &config.store {
        StoreKind::Sqlite => {
            let path = config.data.join("fairhub.sqlite");
            Store::sqlite(&path, &tables(), clock.clone(), &storage::SqliteOptions::default())
                .with_context(|| format!("the store at {}", path.display()))
        }
        StoreKind::Cql(options) => Ok(Store::cql(options, &tables(), clock.clone()).await?),
    }
}

/// Makes the store where it is missing: a keyspace and its tables, or the embedded database.
///
/// # Errors
/// As [`store`].
pub async fn init_store(config: &Config, clock: &Clock) -> anyhow::Result<()> {
    match &config.store {
        StoreKind::Sqlite => store(config, clock).await.map(drop),
        StoreKind::Cql(options) => Ok(Store::init_cql(options, &tables()).await?),
    }
}

async fn follow_revocations(hub: Arc<Hub>, mut watch: Watch, stop: CancellationToken) {
    let mut every = tokio::time::interval(REVOCATIONS_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _tick = every.tick() => {}
        }
        match watch.poll().await {
            Ok(revoked) => {
                for one in revoked {
                    let code = match one.ending {
                        Ending::Refresh => Code::TokenExpired,
                        Ending::Revoked => Code::SessionRevoked,
                    };
                    hub.registry.close(&one, code);
                }
            }
            Err(error) => tracing::warn!(%error, "revocations cannot be read"),
        }
    }
}

async fn sweep_unsettled(hub: Arc<Hub>, stop: CancellationToken) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = hub.persist.clone().keep_sweeping() => {}
    }
}

async fn sweep_limits(hub: Arc<Hub>, stop: CancellationToken) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(limits::SWEEP_EVERY) => hub.limits.sweep(),
        }
    }
}
