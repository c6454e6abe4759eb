//! One life of the fair's hubs: from their start over what the store holds to the instant at which everything of them is
//! gone. Of several, single ones die and come back meanwhile.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fair::Keys;
use fair::messages::provider::Providers;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hub::config::Config;
use hub::handles::{Handed, Handles};
use hub::rooms::due;
use hub::rooms::negotiation::sweep;
use hub::run::{self, Foundation};
use hub::socket::Lanes;
use hub::tasks::Tasks;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use secrecy::SecretString;
use storage::ids::Millis;
use storage::model::Model;
use storage::{Clock, Entropy, Faults, Faulty, Store, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::device::Device;
use super::promises::Promises;
use super::world::Person;
use super::{readback, views, weather};

/// The last life ends when nobody has waited for anything for so long: the hub takes an unanswered conversation back after
/// a minute, and settles that,
const STILL: Duration = Duration::from_secs(75);
/// or fails after this.
const STILL_MAX: Duration = Duration::from_secs(240);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// No hub tells another's clients what it appends: in the end everybody asks once more, for so long.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// Between two looks at the views behind the logs.
const NOTICE_EVERY: Duration = Duration::from_millis(100);
/// Clocks of hubs differ by at most this.
const SKEW_MS: i64 = 5_000;

/// What a life begins with.
pub(super) struct Birth<'a> {
    pub(super) config: &'a Config,
    pub(super) entropy: Entropy,
    pub(super) model: Arc<Model>,
    /// The wall clock at its start.
    pub(super) at: Millis,
    /// For its faults.
    pub(super) seed: u64,
    /// How many hubs share the store.
    pub(super) hubs: usize,
    /// What was acknowledged so far.
    pub(super) promises: Promises,
}

/// What the last life came to.
pub(super) struct Healed {
    pub(super) read: readback::Readback,
    pub(super) promises: Promises,
    /// The wall clock at its end.
    pub(super) until: Millis,
}

/// A running hub, as clients reach it.
pub(super) struct Site {
    pub(super) hub: Handles,
    pub(super) lanes: Lanes,
    faulty: Arc<Faulty>,
    tasks: Tasks,
    /// Its clients see the socket end.
    pub(super) died: CancellationToken,
}

impl Site {
    /// As if killed: nothing of it reaches the store or a client any more.
    fn kill(&self) {
        self.faulty.crash();
        self.died.cancel();
        self.tasks.drain.cancel();
        self.tasks.stop.cancel();
    }

    /// What a hub does before it opens its door, and from then on beside its rooms.
    async fn open_door(&self) -> Result<(), StoreError> {
        let Handed { ground, ways, .. } = &*self.hub;
        sweep::sweep(ground, ways).await?;
        drop(self.tasks.rooms.spawn(sweep::keep_sweeping(ground.clone(), ways.clone())));
        drop(self.tasks.rooms.spawn(due::keep_sweeping(ground.clone(), ways.clone())));
        Ok(())
    }
}

/// Where everybody acts: the hubs that live, and what all share.
pub(super) struct Scene {
    /// None at the place of one that is dead.
    sites: RefCell<Vec<Option<Rc<Site>>>>,
    clock: Clock,
    /// Nobody means harm any more.
    pub(super) is_last: bool,
    /// The devices that wait for something.
    pub(super) busy: RefCell<BTreeSet<usize>>,
    pub(super) promises: RefCell<Promises>,
}

impl Scene {
    /// **Units**: nanoseconds of wall time.
    pub(super) fn now_ns(&self) -> u64 {
        self.clock.now().0.unsigned_abs() * 1_000_000
    }

    /// One of those that live.
    pub(super) fn any_site(&self, rng: &mut SmallRng) -> Option<Rc<Site>> {
        let living = self.living();
        living.get(rng.random_range(0..living.len().max(1))).cloned()
    }

    /// Those that live.
    pub(super) fn living(&self) -> Vec<Rc<Site>> {
        self.sites.borrow().iter().flatten().cloned().collect()
    }

    fn kill(&self, index: usize) {
        if let Some(site) = self.sites.borrow_mut().get_mut(index).and_then(Option::take) {
            site.kill();
        }
    }

    fn put(&self, index: usize, site: Site) {
        if let Some(place) = self.sites.borrow_mut().get_mut(index) {
            *place = Some(Rc::new(site));
        }
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

/// All devices, for as long as there are hubs.
async fn everybody(scene: &Scene, devices: &mut [Device]) {
    let mut running: FuturesUnordered<_> = devices.iter_mut().map(|device| device.run(scene)).collect();
    while running.next().await.is_some() {}
}

/// Lets everybody act until nobody has waited for anything for that long. Whether it came to that.
async fn settle_down(scene: &Scene, devices: &mut [Device], still: Duration) -> bool {
    tokio::select! {
        biased;
        is_still = stillness(scene, still) => is_still,
        () = everybody(scene, devices) => false,
    }
}

async fn stillness(scene: &Scene, still: Duration) -> bool {
    let begun = now();
    let mut still_since = begun;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if !scene.busy.borrow().is_empty() {
            still_since = now();
        }
        if still_since.elapsed() >= still {
            return true;
        }
        if begun.elapsed() >= STILL_MAX {
            return false;
        }
    }
}

impl Birth<'_> {
    /// The place of the hubs before any of them is started. To be called in virtual time.
    fn scene(&mut self, is_last: bool) -> Scene {
        Scene {
            sites: RefCell::new((0..self.hubs).map(|_| None).collect()),
            clock: Clock::starting_at(self.at),
            is_last,
            busy: RefCell::default(),
            promises: RefCell::new(std::mem::take(&mut self.promises)),
        }
    }

    /// Starts a hub whose clock is that far from everybody's. To be called in virtual time.
    pub(super) fn start(&self, at: Millis, faults: Faults, seed: u64) -> Site {
        let clock = Clock::starting_at(at);
        let faulty = Faulty::new(Store::Model(Arc::clone(&self.model)), seed, faults);
        let store = Store::Faulty(Arc::clone(&faulty));
        let (files, providers) = (fair::uploads::Files::memory(), Providers::default());
        let foundation = Foundation { store, shared: self.hubs > 1, keys: keys().into(), files, providers };
        let tasks = Tasks::default();
        // No limits: they are not what is simulated, and their clock is real.
        let (hub, lanes) = run::assemble(self.config, &[], &clock, &self.entropy, foundation, &tasks);
        Site { hub, lanes, faulty, tasks, died: CancellationToken::new() }
    }

    /// Starts a hub in weather of its own, and opens its door as soon as the store lets it.
    async fn raise(&self, scene: &Scene, index: usize, rng: &mut SmallRng, crash_at: Option<u64>) {
        let skew_ms = if index == 0 { 0 } else { rng.random_range(-SKEW_MS..=SKEW_MS) };
        let mut weather = SmallRng::seed_from_u64(rng.random());
        let site = self.start(scene.clock.now().plus_ms(skew_ms), weather::first(&mut weather), rng.random());
        if let Some(write) = crash_at {
            site.faulty.crash_at_write(write);
        }
        drop(site.tasks.rooms.spawn(weather::change(Arc::clone(&site.faulty), weather)));
        // A hub that cannot read what is unsettled does not open its door.
        while site.open_door().await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        scene.put(index, site);
    }

    /// Of several hubs now one, now another dies, and comes back after a while.
    async fn upheaval(&self, scene: &Scene, mut rng: SmallRng) {
        if self.hubs < 2 {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(Duration::from_millis(rng.random_range(50..6_000))).await;
            let index = rng.random_range(0..self.hubs);
            scene.kill(index);
            tokio::time::sleep(Duration::from_millis(rng.random_range(1..2_000))).await;
            self.raise(scene, index, &mut rng, None).await;
        }
    }

    /// A life with faults, which ends after `lasts`. Returns what was acknowledged.
    pub(super) fn suffer(
        &mut self,
        devices: &mut [Device],
        lasts: Duration,
        crash_at: Option<u64>,
    ) -> anyhow::Result<(Promises, Vec<String>)> {
        in_virtual_time(async {
            let scene = self.scene(false);
            let mut rng = SmallRng::seed_from_u64(self.seed);
            let end = now() + lasts;
            let living = async {
                for index in 0..self.hubs {
                    let crash_at = crash_at.filter(|_| index == 0);
                    self.raise(&scene, index, &mut rng, crash_at).await;
                }
                let upheaval = SmallRng::seed_from_u64(rng.random());
                tokio::join!(everybody(&scene, devices), self.upheaval(&scene, upheaval));
            };
            let findings = tokio::select! {
                biased;
                () = tokio::time::sleep_until(end) => Vec::new(),
                findings = self.first_wrong(&scene) => findings,
                () = living => Vec::new(),
            };
            (scene.promises.into_inner(), findings)
        })
    }

    /// Looks again and again at what is stored; ends with the first that is wrong.
    async fn first_wrong(&self, scene: &Scene) -> Vec<String> {
        let mut watch = views::Watch::default();
        loop {
            tokio::time::sleep(NOTICE_EVERY).await;
            let told = scene.promises.borrow().told();
            let found = watch.look(&self.model, &told).await;
            let found = found.unwrap_or_else(|error| vec![format!("reading what is stored: {error}")]);
            if !found.is_empty() {
                return found;
            }
        }
    }

    /// A life to which nobody comes, over a store that answers.
    pub(super) fn watch(&self, lasts: Duration) -> anyhow::Result<()> {
        in_virtual_time(async {
            let mut sites = Vec::new();
            for index in 0..self.hubs {
                let site = self.start(self.at, weather::CALM, self.seed.wrapping_add(index as u64));
                site.open_door().await.context("what is unsettled")?;
                sites.push(site);
            }
            tokio::time::sleep(lasts).await;
            anyhow::Ok(())
        })?
    }

    /// The life in which everything heals: everybody finishes, then all is read back.
    pub(super) fn heal(mut self, devices: &mut [Device], people: &[Person]) -> anyhow::Result<Healed> {
        in_virtual_time(async {
            let scene = self.scene(true);
            let read = self.heal_in(&scene, devices, people).await;
            Healed { read, until: scene.clock.now(), promises: scene.promises.into_inner() }
        })
    }

    async fn heal_in(&self, scene: &Scene, devices: &mut [Device], people: &[Person]) -> readback::Readback {
        for index in 0..self.hubs {
            let site = self.start(self.at, weather::CALM, self.seed.wrapping_add(index as u64));
            if let Err(error) = site.open_door().await {
                return readback::Readback::failed(format!("what is unsettled: {error}"));
            }
            scene.put(index, site);
        }
        let mut is_still = settle_down(scene, devices, STILL).await;
        devices.iter_mut().for_each(Device::lost);
        is_still &= settle_down(scene, devices, ASK_AGAIN).await;
        let plan = readback::Plan { people, promises: &scene.promises };
        let mut read = readback::read(&scene.living(), &self.model, &plan).await;
        if !is_still {
            read.findings.push("somebody still waits for an answer".to_owned());
        }
        read
    }
}
