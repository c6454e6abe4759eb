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
/// How long the assignee may leave the other side without an answer: a minute, as the hub is configured here.
const UNANSWERED_MS: i64 = 60_000;
/// After that, and with a hub that lives, the conversation is the team's again within this. Of several hubs one may have
/// died before it wrote when: another finds that out when what it left is an orphan.
const fn released_within_ms(hubs: usize) -> i64 {
    if hubs > 1 { 150_000 + ORPHANED_MS } else { 150_000 }
}
/// Hubs alone settle what is unsettled within this, when none of them has died while another lives.
const SETTLING_MS: u64 = 20_000;
/// Hubs alone have to release everything within this, and what they need to find it.
const VIGIL_MS: i64 = 90_000;
/// After this what a dead hub left unsettled is adopted by another, whatever their clocks say.
const ORPHANED_MS: i64 = 320_000;

/// Somebody who negotiates.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) user: User,
    pub(super) enterprise: EnterpriseId,
    /// The other one of the team.
    pub(super) colleague: UserId,
    /// Whom one can negotiate with.
    pub(super) others: Vec<EnterpriseId>,
}

/// See the module.
pub(super) struct World {
    rng: SmallRng,
    entropy: Entropy,
    model: Arc<Model>,
    /// The wall clock between two lives.
    now: Millis,
    people: Vec<Person>,
    devices: Vec<Device>,
    run: Run,
    hubs: usize,
    /// What was wrong at the end of a life.
    findings: Vec<String>,
    /// What was acknowledged in the present epoch.
    promises: Promises,
    /// When hubs lived over a store that answered: then nothing may be overdue for long. **Units**: milliseconds.
    calm: Vec<(i64, i64)>,
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
            devices: Vec::new(),
            run: Run::default(),
            hubs,
            findings: Vec::new(),
            promises: Promises::none(hubs > 1),
            calm: Vec::new(),
        };
        world.people = in_virtual_time(world.hire())??;
        world.introduce()?;
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
            people.extend(pairs.map(|(user, colleague)| Person { user, enterprise, colleague, others: Vec::new() }));
        }
        let all: BTreeSet<EnterpriseId> = people.iter().map(|person| person.enterprise).collect();
        for person in &mut people {
            person.others = all.iter().copied().filter(|other| *other != person.enterprise).collect();
        }
        Ok(people)
    }

    /// The first company has conversations with each other one, of which the earlier are closed. The hub dies right behind
    /// the last answer.
    fn introduce(&mut self) -> anyhow::Result<()> {
        let mut birth = self.birth(config()?);
        let first = self.people.first().context("nobody")?.clone();
        let closed: Vec<u32> = first.others.iter().map(|_| self.rng.random_range(0..=2)).collect();
        let started = in_virtual_time(async {
            let site = birth.start(birth.at, weather::CALM, birth.seed);
            let mut client = Client::open(&site, &first).await.map_err(anyhow::Error::msg)?;
            let mut started = Vec::new();
            for (other, closed) in first.others.iter().zip(closed) {
                for _ in 0..closed {
                    let id = start(&mut client, *other).await?;
                    let close = json!({ "conversation": id.to_string() });
                    client.ask("negotiation.close", close).await.map_err(anyhow::Error::msg)?;
                    started.push((id, 1));
                }
                started.push((start(&mut client, *other).await?, 0));
            }
            anyhow::Ok(started)
        })??;
        self.promises = std::mem::take(&mut birth.promises);
        for (id, head) in started {
            self.promises.start(id);
            self.promises.learn(id, head);
        }
        Ok(())
    }

    fn hand_out(&mut self) -> Vec<Device> {
        let mut devices = Vec::new();
        for person in &self.people {
            for _ in 0..if self.rng.random_bool(0.35) { 2 } else { 1 } {
                let seed = self.rng.random();
                devices.push(Device::new(devices.len(), person.clone(), seed));
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
            promises: std::mem::take(&mut self.promises),
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
        if self.rng.random_bool(0.3) {
            self.keep_vigil(config)?;
        }
        if self.hubs > 1 {
            self.now = self.now.plus_ms(ORPHANED_MS);
        }
        let (begun, birth) = (self.now, self.birth(config));
        let healed = birth.heal(&mut self.devices, &self.people)?;
        self.promises = healed.promises;
        self.calm.push((begun.0, healed.until.0));
        Ok(self.judge(healed.read))
    }

    /// Hubs live and nobody comes: first until what is unsettled is settled, then so long that everything is due.
    fn keep_vigil(&mut self, config: &Config) -> anyhow::Result<()> {
        let vigil_ms = released_within_ms(self.hubs) + VIGIL_MS;
        for lasts_ms in [self.rng.random_range(0..SETTLING_MS), vigil_ms.cast_unsigned()] {
            let mut birth = self.birth(config);
            birth.watch(Duration::from_millis(lasts_ms))?;
            self.promises = std::mem::take(&mut birth.promises);
            let until = self.now.plus_ms(lasts_ms.cast_signed());
            self.calm.push((self.now.0, until.0));
            self.now = until.plus_ms(self.rng.random_range(10..3_000));
            self.look_at_the_store()?;
        }
        Ok(())
    }

    /// Everybody has just died.
    fn look_at_the_store(&mut self) -> anyhow::Result<()> {
        let look = async { views::Watch::default().look(&self.model, &self.promises.told()).await };
        self.findings.extend(in_virtual_time(look)??);
        Ok(())
    }

    fn live_and_die(&mut self, config: &Config) -> anyhow::Result<()> {
        let mut birth = self.birth(config);
        let lasts_ms: u64 = match self.rng.random_range(0..10) {
            0..2 => self.rng.random_range(1..200),
            2..9 => self.rng.random_range(200..6_000),
            _ => self.rng.random_range(6_000..90_000),
        };
        let crash_at = self.rng.random_bool(0.4).then(|| self.rng.random_range(1..120));
        let lasts = Duration::from_millis(lasts_ms);
        let (promises, findings) = birth.suffer(&mut self.devices, lasts, crash_at)?;
        self.promises = promises;
        self.findings.extend(findings);
        self.devices.iter_mut().for_each(Device::lost);
        self.look_at_the_store()?;
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
        self.promises.break_all();
        let store = Store::Model(Arc::clone(&self.model));
        in_virtual_time(hub::rooms::negotiation::declare_restored(&store))?.context("declaring the store restored")?;
        let real = in_virtual_time(async { views::Watch::default().threads(&store, &BTreeSet::new()).await })??;
        let real = real.into_iter().map(|thread| thread.id).collect();
        self.devices.iter_mut().for_each(|device| device.forget_all_but(&real));
        Ok(())
    }

    fn judge(self, read: readback::Readback) -> Run {
        let mut run = self.run;
        let mut trace = DefaultHasher::new();
        let mut verdict = Verdict::of(read);
        verdict.findings.extend(self.findings);
        verdict.findings.extend(self.promises.claims.judge(&verdict.folds, &self.promises.asked));
        for fold in verdict.folds.values() {
            let overdue_ms = fold.overdue_ms(UNANSWERED_MS, &self.calm);
            if overdue_ms > released_within_ms(self.hubs) {
                verdict.findings.push(format!("{} was overdue for {overdue_ms} ms and not given back", fold.thread.id));
            }
            let of_theirs = |device: &&Device| fold.side_of(device.person().enterprise).is_some();
            if self.devices.iter().filter(of_theirs).any(|device| !device.knows(fold.thread.id)) {
                verdict.findings.push(format!("{} was never told of to somebody whose it is", fold.thread.id));
            }
        }
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

async fn start(client: &mut Client, with: EnterpriseId) -> anyhow::Result<ConversationId> {
    let target = json!({ "target": { "kind": "enterprise", "id": with.to_string() } });
    let answer = client.ask("negotiation.start", target).await.map_err(anyhow::Error::msg)?;
    Ok(answer["conversation"].as_str().context("no conversation")?.parse()?)
}
