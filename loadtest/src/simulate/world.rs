//! One seed's world: its companies, people, conversations and devices, and the lives of the hub that they live through.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use fair::accounts::{NewEnterprise, NewUser, User};
use fair::{Accounts, Contact, Duty, Kind};
use hub::config::{Config, Flags};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use storage::ids::{ConversationId, EnterpriseId, Millis, UserId};
use storage::model::Model;
use storage::{Clock, Entropy, Store};

use super::client::Client;
use super::device::Device;
use super::life::{Birth, in_virtual_time, keys};
use super::promises::Promises;
use super::verdict::Verdict;
use super::{Run, readback, views, weather};

/// 2026-01-01T00:00:00Z.
const BASE: Millis = Millis(1_767_225_600_000);
/// Small, so that slow readers are found out: a few dozen messages.
const QUEUE_BYTES: u32 = 6_000;
const ENTERPRISES: u64 = 3;
/// After this what a dead hub left unsettled is adopted by another, whatever their clocks say.
const ORPHANED_MS: i64 = 320_000;

/// Somebody who negotiates.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) user: User,
    pub(super) enterprise: EnterpriseId,
    /// The other one of the team.
    pub(super) colleague: UserId,
}

/// A conversation and who is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thread {
    pub(super) id: ConversationId,
    pub(super) sides: [EnterpriseId; 2],
}

/// See the module.
pub(super) struct World {
    rng: SmallRng,
    entropy: Entropy,
    model: Arc<Model>,
    /// The wall clock between two lives.
    now: Millis,
    people: Vec<Person>,
    threads: Vec<Thread>,
    devices: Vec<Device>,
    run: Run,
    hubs: usize,
    /// What was wrong at the end of a life.
    findings: Vec<String>,
    /// What was acknowledged in the present epoch.
    promises: Promises,
}

fn config() -> anyhow::Result<&'static Config> {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config);
    }
    let flags = Flags::of(&[("lanes", "2"), ("unanswered_minutes", "1")]);
    let secret = |name: &str| (name == "FAIRHUB_SECRET").then(|| "an unused secret of enough characters".to_owned());
    let mut config = Config::from_sources(&flags, secret).context("the simulated hub's configuration")?;
    config.limits_queue_bytes = QUEUE_BYTES;
    Ok(CONFIG.get_or_init(|| config))
}

impl World {
    /// Makes companies, people and conversations, in fine weather.
    pub(super) fn found(seed: u64, hubs: usize) -> anyhow::Result<Self> {
        let Store::Model(model) = Store::model(Clock::manual(BASE)) else {
            return Err(anyhow!("the model is no model"));
        };
        let mut world = Self {
            rng: SmallRng::seed_from_u64(seed),
            entropy: Entropy::seeded(seed),
            model,
            now: BASE,
            people: Vec::new(),
            threads: Vec::new(),
            devices: Vec::new(),
            run: Run::default(),
            hubs,
            findings: Vec::new(),
            promises: Promises::none(hubs > 1),
        };
        world.people = in_virtual_time(world.hire())??;
        world.threads = world.introduce()?;
        world.now = world.now.plus_ms(1_000);
        world.devices = world.hand_out();
        Ok(world)
    }

    async fn hire(&self) -> anyhow::Result<Vec<Person>> {
        let (store, clock) = (Store::Model(Arc::clone(&self.model)), Clock::manual(BASE));
        let accounts = Accounts::with_entropy(store, clock, keys(), self.entropy.clone());
        let mut people = Vec::new();
        for number in 0..ENTERPRISES {
            let (identifier, name) = (format!("company{number}"), format!("Company {number}"));
            let new = NewEnterprise { kind: Kind::Enterprise, identifier, name, name_en: None };
            let enterprise = accounts.create_enterprise(new).await?.id;
            let mut team = Vec::new();
            for (username, admin, duty) in [("first", true, Duty::Representative), ("second", false, Duty::Consultant)]
            {
                let contact = Contact { mobile: Some("13800138000".to_owned()), email: None };
                let (username, enterprise) = (username.to_owned(), Some(enterprise));
                let new =
                    NewUser { enterprise, username, name: None, duty: Some(duty), admin, password: None, contact };
                team.push(accounts.create_user(new).await?);
            }
            let ids: Vec<UserId> = team.iter().rev().map(|user| user.id).collect();
            let pairs = team.into_iter().zip(ids);
            people.extend(pairs.map(|(user, colleague)| Person { user, enterprise, colleague }));
        }
        Ok(people)
    }

    /// The first company starts a conversation with each other one. The hub dies right behind the last answer.
    fn introduce(&mut self) -> anyhow::Result<Vec<Thread>> {
        let birth = self.birth(config()?);
        let first = self.people.first().context("nobody")?.clone();
        let others: BTreeSet<EnterpriseId> = self.people.iter().map(|person| person.enterprise).collect();
        in_virtual_time(async {
            let site = birth.start(birth.at, weather::CALM, birth.seed);
            let mut client = Client::open(&site, &first).await.map_err(anyhow::Error::msg)?;
            let mut threads = Vec::new();
            for other in others.into_iter().filter(|other| *other != first.enterprise) {
                let target = json!({ "target": { "kind": "enterprise", "id": other.to_string() } });
                let started = client.ask("negotiation.start", target).await.map_err(anyhow::Error::msg)?;
                let id = started["conversation"].as_str().context("no conversation")?.parse()?;
                threads.push(Thread { id, sides: [first.enterprise, other] });
            }
            Ok(threads)
        })?
    }

    fn hand_out(&mut self) -> Vec<Device> {
        let mut devices = Vec::new();
        for person in &self.people {
            let of_theirs = |thread: &&Thread| thread.sides.contains(&person.enterprise);
            let conversations: Vec<_> = self.threads.iter().filter(of_theirs).map(|thread| thread.id).collect();
            for _ in 0..self.rng.random_range(1..=2) {
                let seed = self.rng.random();
                devices.push(Device::new(devices.len(), person.clone(), &conversations, seed));
            }
        }
        devices
    }

    fn birth<'a>(&mut self, config: &'a Config) -> Birth<'a> {
        Birth {
            config,
            entropy: self.entropy.clone(),
            model: Arc::clone(&self.model),
            at: self.now,
            seed: self.rng.random(),
            hubs: self.hubs,
            promises: self.promises.clone(),
        }
    }

    /// Lives, deaths, healing, and what is to be said of it.
    pub(super) fn run(mut self) -> anyhow::Result<Run> {
        let config = config()?;
        let mut backup: Option<Model> = None;
        for _ in 0..self.rng.random_range(1..=4) {
            self.live_and_die(config)?;
            if let Some(kept) = backup.take_if(|_| self.rng.random_bool(0.5)) {
                self.restore(kept)?;
            }
            if backup.is_none() && self.rng.random_bool(0.4) {
                backup = Some(self.model.copy());
            }
        }
        if self.hubs > 1 {
            self.now = self.now.plus_ms(ORPHANED_MS);
        }
        let birth = self.birth(config);
        let read = birth.heal(&mut self.devices, &readback::Plan { people: &self.people, threads: &self.threads })?;
        Ok(self.judge(read))
    }

    fn live_and_die(&mut self, config: &Config) -> anyhow::Result<()> {
        let birth = self.birth(config);
        let lasts_ms: u64 = match self.rng.random_range(0..10) {
            0..2 => self.rng.random_range(1..200),
            2..9 => self.rng.random_range(200..6_000),
            _ => self.rng.random_range(6_000..90_000),
        };
        let crash_at = self.rng.random_bool(0.4).then(|| self.rng.random_range(1..120));
        let lasts = Duration::from_millis(lasts_ms);
        let (promises, findings) = birth.suffer(&mut self.devices, &self.threads, lasts, crash_at)?;
        self.promises = promises;
        self.findings.extend(findings);
        self.devices.iter_mut().for_each(Device::lost);
        self.findings.extend(in_virtual_time(views::unnoticed(&self.model, &self.threads))??);
        self.run.crashes += 1;
        let gone_ms = lasts_ms + self.rng.random_range(10..3_000);
        self.now = self.now.plus_ms(gone_ms.cast_signed());
        if self.hubs > 1 && self.rng.random_bool(0.3) {
            self.now = self.now.plus_ms(ORPHANED_MS);
        }
        Ok(())
    }

    /// The operator puts an old copy of the store back and says so.
    fn restore(&mut self, kept: Model) -> anyhow::Result<()> {
        self.model = Arc::new(kept);
        self.promises = Promises::none(self.hubs > 1);
        let store = Store::Model(Arc::clone(&self.model));
        in_virtual_time(hub::rooms::negotiation::declare_restored(&store))?.context("declaring the store restored")?;
        Ok(())
    }

    fn judge(self, read: readback::Readback) -> Run {
        let mut run = self.run;
        let mut trace = DefaultHasher::new();
        let mut verdict = Verdict::of(read);
        verdict.findings.extend(self.findings);
        for device in self.devices {
            verdict.findings.extend(device.findings.iter().cloned());
            run.refusals += device.meters.refusals.values().sum::<u64>();
            verdict.recalled.extend(device.recalled.iter().cloned());
            let (heard, written) = device.finish();
            heard.hash(&mut trace);
            verdict.written.extend(written);
        }
        let (report, findings) = verdict.conclude();
        run.count(&report);
        run.findings = findings;
        format!("{:?}", run.findings).hash(&mut trace);
        run.trace = trace.finish();
        run
    }
}
