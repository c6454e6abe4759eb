//! The composition root: what a hub is made of, how it starts, how it ends. Nobody else of the hub imports it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fair::messages::provider::Providers;
use fair::revocation::{Ending, Watch};
use fair::showcase::Views;
use fair::uploads::Files;
use fair::{Accounts, Keys, Messages, Uploads};
use storage::ids::Millis;
use storage::{Clock, Entropy, Store};
use tokio::net::TcpListener;

use crate::code::Code;
use crate::config::Config;
use crate::demo;
use crate::folder::FolderLock;
use crate::front::Front;
use crate::gate::Gate;
use crate::ground::{Ground, Services, Set};
use crate::handles::{Handed, Handles, Site};
use crate::limits::{self, Limits, Quota};
use crate::observe::Metrics;
use crate::opening;
use crate::origins;
use crate::outbound;
use crate::readiness::Readiness;
use crate::records;
use crate::records::sitemap::Map;
use crate::registry::Registry;
use crate::rooms::negotiation::sweep;
use crate::rooms::{Ways, due, outbox};
use crate::session::Session;
use crate::socket::{self, Conn, LaneLimits, Lanes, ServeOptions};
use crate::tasks::Tasks;
use crate::windows;

/// How often revocations are looked for. **Source**: WIRE section 1, effective within 1 s.
const REVOCATIONS_EVERY: Duration = Duration::from_millis(500);

/// What a hub is founded on.
#[derive(Debug, Clone)]
pub struct Foundation {
    /// Where everything lasting lives.
    pub store: Store,
    /// Other hubs may write the same store: what they do is looked for.
    pub shared: bool,
    /// The fair's, the same for all its hubs.
    pub keys: Arc<Keys>,
    /// Where uploaded files lie.
    pub files: Files,
    /// Who carries messages to phones and mailboxes.
    pub providers: Providers,
}

/// A hub without sockets: rooms over a store. The simulation starts here.
#[must_use]
pub fn assemble(
    config: &Config,
    quotas: &[Quota],
    clock: &Clock,
    entropy: &Entropy,
    Foundation { store, shared, keys, files, providers }: Foundation,
    tasks: &Tasks,
) -> (Handles, Lanes) {
    let count = config.lane_count();
    let lane_limits = LaneLimits {
        queue_bytes_max: usize::try_from(config.limits_queue_bytes).unwrap_or(usize::MAX),
        drain_s: config.drain_s,
        ..LaneLimits::default()
    };
    let lanes = Lanes::start(count, lane_limits, clock, &tasks.sockets, &tasks.drain);
    let accounts = Accounts::with_entropy(store.clone(), clock.clone(), keys, entropy.clone());
    let registry = Arc::new(Registry::default());
    let (clock_of_ground, entropy_of_ground) = (clock.clone(), entropy.clone());
    let uploads = Uploads::new(accounts.clone(), files, config.upload_limits());
    let messages = Messages::new(store.clone(), clock.clone(), entropy.clone(), accounts.clone(), providers);
    let set = Set {
        approves_attending: config.auto_approve_attending,
        booths_per_enterprise: config.booths_per_enterprise,
        keeps_last_approved: config.keep_last_approved_visible,
    };
    let (audit, writer) = fair::Audit::new(accounts.clone(), entropy.clone());
    tasks.beside_rooms(writer.run());
    let services = Services { accounts: accounts.clone(), uploads, messages, audit: audit.clone(), set };
    let ground =
        Ground::new(store, services, clock_of_ground, entropy_of_ground, Arc::clone(&registry), rules(config, shared));
    let ways = Ways::start(count, lanes.all(), clock, tasks, &ground);
    let views = Views::new(ground.store().clone());
    let front = Front::new(ground.showcase().clone(), views, clock.clone(), shared);
    outbox::connect(&ground, &ways, &registry, &front);
    let site = Site {
        clock: clock.clone(),
        entropy: entropy.clone(),
        tag_digits: config.tag_digits,
        origin: config.origins.first().and_then(|origin| origins::normal(origin)),
        is_tls: config.tls_files().is_some(),
        map: Map::default(),
        demo: config.demo,
        metrics: Metrics::shared(),
        readiness: Readiness::default(),
        ping_s: lane_limits.ping_s,
    };
    let gate = Arc::new(Gate::new(accounts.clone(), Limits::new(quotas), config.bench));
    let (event, files) = (config.event(clock.now()), config.files.clone());
    let (site, tasks) = (Arc::new(site), tasks.clone());
    (Handed { ways, ground, accounts, audit, event, files, front, gate, registry, site, tasks }.into(), lanes)
}

fn rules(config: &Config, shared: bool) -> chat::Rules {
    chat::Rules {
        assignee_only: config.assignee_only,
        unanswered_ms: i64::from(config.unanswered_minutes) * 60_000,
        shared,
        #[cfg(feature = "planted")]
        planted: crate::planted::planted(),
        ..chat::Rules::default()
    }
}

/// A hub that listens.
#[derive(Debug)]
pub struct Running {
    hub: Handles,
    address: SocketAddr,
    operators: Option<SocketAddr>,
    tasks: Tasks,
    _folder: FolderLock,
}

impl Running {
    /// Opens the store, starts everything and listens.
    ///
    /// # Errors
    /// Whatever keeps the hub from working: the address, the store, the certificate.
    pub async fn start(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let shared = opening::is_shared(&config.store);
        // Before the store is opened: that changes the tables of an older one.
        let folder = FolderLock::hub(&config.data, shared).await?;
        let (store, keys) = opening::open(config, &clock).await?;
        let (files, providers) = (opening::files(config)?, outbound::providers(config, &clock)?);
        let foundation = Foundation { shared, store, keys: Arc::new(keys), files, providers };
        if config.demo {
            Box::pin(play_demo(config, foundation.clone(), clock.now())).await?;
        }
        let tasks = Tasks::default();
        let (hub, lanes) = assemble(config, &config.quotas(), &clock, &Entropy::system(), foundation, &tasks);
        let mut watch = hub.accounts.watch();
        watch.poll().await.context("revocations")?;
        let unsettled = sweep::sweep(&hub.ground, &hub.ways).await.context("what is unsettled")?;
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
        let router = records::router(&hub, config.listen_admin.is_none() && address.ip().is_loopback());
        let operators = match config.listen_admin {
            Some(listen) => Some(serve_operators(listen, &hub, &tasks).await?),
            None => None,
        };
        let make = {
            let hub = hub.clone();
            move |conn: Arc<Conn>| Session::new(hub.clone(), conn)
        };
        tasks.beside_rooms(windows::tell_all(hub.event.clone(), clock.clone(), lanes.clone()));
        drop(tasks.sockets.spawn(socket::serve(listener, options, lanes, router, make, tasks.drain.clone())));
        tasks.beside_rooms(follow_revocations(Arc::clone(&hub.registry), watch));
        tasks.beside_rooms(sweep::keep_sweeping(hub.ground.clone(), hub.ways.clone()));
        tasks.beside_rooms(due::keep_sweeping(hub.ground.clone(), hub.ways.clone()));
        tasks.beside_rooms(hub.ground.messages().clone().deliver());
        tasks.beside_rooms(hub.ground.recovery().clone().answer());
        tasks.beside_rooms(hub.front.clone().keep_counting());
        tasks.beside_rooms(sweep_limits(Arc::clone(&hub.gate)));
        Ok(Self { hub, address, operators, tasks, _folder: folder })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for operators, if apart.
    #[must_use]
    pub const fn operators(&self) -> Option<SocketAddr> {
        self.operators
    }

    /// What sessions share.
    #[must_use]
    pub const fn hub(&self) -> &Handles {
        &self.hub
    }

    /// Drains: tells every client to come back later, finishes what was accepted, then ends everything.
    pub async fn stop(self) {
        self.tasks.end().await;
    }
}

/// What the demo's people did before this hub was there, in a hub of some days ago.
async fn play_demo(config: &Config, foundation: Foundation, now: Millis) -> anyhow::Result<()> {
    let (clock, tasks) = (demo::clock(now), Tasks::default());
    let (hub, _lanes) = assemble(config, &config.quotas(), &clock, &Entropy::system(), foundation, &tasks);
    // What they were written is delivered there and then.
    tasks.beside_rooms(hub.ground.messages().clone().deliver());
    let played = demo::play(&hub, config.demo_history, now).await;
    tasks.end().await;
    played
}

/// A listener for operators alone. Stock HTTP serves it: who reaches it is trusted to mean well.
async fn serve_operators(listen: SocketAddr, hub: &Handles, tasks: &Tasks) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listen_admin: {listen}"))?;
    let address = listener.local_addr()?;
    let router = records::operators().with_state(hub.clone());
    tasks.beside_rooms(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "operators are not served any more");
        }
    });
    Ok(address)
}

async fn follow_revocations(registry: Arc<Registry>, mut watch: Watch) {
    let mut every = tokio::time::interval(REVOCATIONS_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match watch.poll().await {
            Ok(revoked) => {
                for one in revoked {
                    let code = match one.ending {
                        Ending::Refresh => Code::TokenExpired,
                        Ending::Revoked => Code::SessionRevoked,
                    };
                    registry.close(&one, code);
                }
            }
            Err(error) => tracing::warn!(%error, "revocations cannot be read"),
        }
    }
}

async fn sweep_limits(gate: Arc<Gate>) {
    loop {
        tokio::time::sleep(limits::SWEEP_EVERY).await;
        gate.limits().sweep();
    }
}
