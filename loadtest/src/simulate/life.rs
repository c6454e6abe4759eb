//! One life of the hub: from its start over what the store holds to the instant at which everything of it is gone.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fair::Keys;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hub::app::{self, Ground, Hub, Tasks};
use hub::config::Config;
use hub::limits::Quotas;
use hub::socket::Lanes;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use secrecy::SecretString;
use storage::ids::Millis;
use storage::model::Model;
use storage::{Clock, Entropy, Faults, Faulty, Store};
use tokio::time::Instant;

use super::device::Device;
use super::{readback, weather};

/// Limits are not what is simulated: their clock is real.
const QUOTAS: Quotas = Quotas {
    write: (1_000_000, 1_000_000),
    read: (1_000_000, 1_000_000),
    light: (1_000_000, 1_000_000),
    rare_per_minute: (1_000_000, 1_000_000),
};
/// The last life ends when nobody has waited for anything for so long: the hub takes an unanswered conversation back after
/// a minute, and settles that,
const STILL: Duration = Duration::from_secs(75);
/// or fails after this.
const STILL_MAX: Duration = Duration::from_secs(240);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a life begins with.
pub(super) struct Birth<'a> {
    pub(super) config: &'a Config,
    pub(super) entropy: Entropy,
    pub(super) model: Arc<Model>,
    /// The wall clock at its start.
    pub(super) at: Millis,
    /// For its faults.
    pub(super) seed: u64,
}

/// A running hub, as clients reach it.
pub(super) struct Site {
    pub(super) hub: Arc<Hub>,
    pub(super) lanes: Lanes,
    pub(super) faulty: Arc<Faulty>,
    pub(super) clock: Clock,
    /// Nobody means harm any more.
    pub(super) is_last: bool,
    /// The devices that wait for something.
    pub(super) busy: RefCell<BTreeSet<usize>>,
}

impl Site {
    /// **Units**: nanoseconds of wall time.
    pub(super) fn now_ns(&self) -> u64 {
        self.clock.now().0.unsigned_abs() * 1_000_000
    }
}

const SECRET: &str = "signs the tokens of a simulation only";

/// The same in every life: the fair's keys outlast its hub.
pub(super) fn keys() -> Keys {
    Keys::derive(&SecretString::from(SECRET)).expect("invariant: the secret is long enough")
}

/// A runtime of its own, so that dropping it takes every task with it at whatever it was doing.
pub(super) fn in_virtual_time<T>(life: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().context("a runtime")?;
    Ok(runtime.block_on(life))
}

/// Of the runtime that runs, paused.
#[expect(clippy::disallowed_methods, reason = "virtual time is read here")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// All devices, for as long as the hub lives.
async fn everybody(site: &Site, devices: &mut [Device]) {
    let mut running: FuturesUnordered<_> = devices.iter_mut().map(|device| device.run(site)).collect();
    while running.next().await.is_some() {}
}

/// Whether it came to that.
async fn stillness(site: &Site) -> bool {
    let begun = now();
    let mut still_since = begun;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if !site.busy.borrow().is_empty() {
            still_since = now();
        }
        if still_since.elapsed() >= STILL {
            return true;
        }
        if begun.elapsed() >= STILL_MAX {
            return false;
        }
    }
}

impl Birth<'_> {
    /// Starts a hub. To be called in virtual time.
    pub(super) fn start(&self, faults: Faults, is_last: bool) -> Site {
        let clock = Clock::starting_at(self.at);
        let faulty = Faulty::new(Store::Model(Arc::clone(&self.model)), self.seed, faults);
        let ground = Ground { store: Store::Faulty(Arc::clone(&faulty)), shared: false, keys: keys() };
        let tasks = Tasks::default();
        let (hub, lanes) = app::assemble(self.config, QUOTAS, &clock, &self.entropy, ground, &tasks);
        Site { hub, lanes, faulty, clock, is_last, busy: RefCell::default() }
    }

    /// A life with faults, which ends after `lasts`.
    pub(super) fn suffer(&self, devices: &mut [Device], lasts: Duration, crash_at: Option<u64>) -> anyhow::Result<()> {
        in_virtual_time(async {
            let mut rng = SmallRng::seed_from_u64(self.seed);
            let site = self.start(weather::first(&mut rng), false);
            if let Some(write) = crash_at {
                site.faulty.crash_at_write(write);
            }
            let end = now() + lasts;
            let living = async {
                // A hub that cannot read what is unsettled does not open its door.
                while site.hub.persist.sweep().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                everybody(&site, devices).await;
            };
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(end) => {}
                () = living => {}
                () = weather::change(Arc::clone(&site.faulty), rng) => {}
            }
        })
    }

    /// The life in which everything heals: everybody finishes, then all is read back.
    pub(super) fn heal(&self, devices: &mut [Device], plan: &readback::Plan<'_>) -> anyhow::Result<readback::Readback> {
        in_virtual_time(async {
            let site = self.start(weather::CALM, true);
            if let Err(error) = site.hub.persist.sweep().await {
                return readback::Readback::failed(format!("what is unsettled: {error}"));
            }
            let is_still = tokio::select! {
                biased;
                is_still = stillness(&site) => is_still,
                () = everybody(&site, devices) => false,
            };
            let mut read = readback::read(&site, &self.model, plan).await;
            if !is_still {
                read.findings.push("somebody still waits for an answer".to_owned());
            }
            read
        })
    }
}
