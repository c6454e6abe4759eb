//! `kill -9` of a child that takes steps: no half of a step, and what follows from each exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum as _;
use fair::audit::{Entry, Filter};
use fair::flow::{Effect, Line, OUTBOX, Record, Step};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use serde_json::Value;
use storage::Clock;
use storage::ids::{Millis, RecordId, UserId};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Of, Site, TransitionsArgs};

/// Records that the child takes through their steps at one time.
const IN_FLIGHT: i64 = 8;
/// The child is killed within this of its first step.
const LIFE_MS_MAX: u64 = 300;
/// Later than the lease of a note and the minute that it falls into.
const LATER_MS: i64 = 5 * 60_000;
/// Notices of one person that are read; more are not kept.
const NOTICES: u32 = 500;
/// Messages and entries of the record of deeds in one read.
const PAGE: u32 = 500;

/// The figures.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Killed {
    /// Children that were killed.
    pub kills: u32,
    /// Steps that they had told of.
    pub acknowledged: u64,
    /// Steps whose effects were delivered by who came after.
    pub delivered_later: u64,
    /// Notes of steps that were never taken.
    pub never_taken: u64,
    /// Notices that were compared with the lines they follow from.
    pub notices: u64,
    /// Messages likewise.
    pub messages: u64,
    /// Entries of the record of deeds likewise.
    pub deeds: u64,
    /// What was lost, half done or doubled.
    pub findings: Vec<String>,
}

/// Acknowledged versions by record.
type Acknowledged = BTreeMap<i64, i64>;

/// Kills so many children, each on a fresh store.
///
/// # Errors
/// The child cannot be run, a store not be opened.
pub async fn run(args: &TransitionsArgs) -> anyhow::Result<Killed> {
    let mut rng = StdRng::seed_from_u64(args.seed);
    let mut killed = Killed::default();
    for _ in 0..args.kills {
        let folder = tempfile::tempdir()?;
        let life = Duration::from_millis(rng.random_range(1..=LIFE_MS_MAX));
        let acknowledged = run_and_kill(folder.path(), args.kind, life).await?;
        killed.kills += 1;
        killed.acknowledged += acknowledged.values().sum::<i64>().cast_unsigned();
        let now = Clock::system().now().plus_ms(LATER_MS);
        let site = Site::open(folder.path(), "sqlite", Clock::manual(now), args.kind).await?;
        deliver(&site, &mut killed).await?;
        check(&site, &acknowledged, &mut killed).await?;
    }
    Ok(killed)
}

async fn run_and_kill(folder: &Path, kind: Of, life: Duration) -> anyhow::Result<Acknowledged> {
    let kind = kind.to_possible_value().context("a kind with a name")?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["transitions", "--kind", kind.get_name(), "--step-until-killed"])
        .arg(folder)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("the child has no output")?).lines();
    let mut acknowledged = Acknowledged::new();
    let first = lines.next_line().await?.context("the child ended at once")?;
    note(&mut acknowledged, &first)?;
    let listen = async {
        while let Some(line) = lines.next_line().await? {
            note(&mut acknowledged, &line)?;
        }
        anyhow::Ok(())
    };
    anyhow::ensure!(timeout(life, listen).await.is_err(), "the child ended by itself");
    child.kill().await?;
    while let Some(line) = lines.next_line().await? {
        note(&mut acknowledged, &line)?;
    }
    Ok(acknowledged)
}

/// A line that the kill cut short is no acknowledgement.
fn note(acknowledged: &mut Acknowledged, line: &str) -> anyhow::Result<()> {
    if let Some(line) = line.strip_suffix('.') {
        let (record, version) = line.split_once(' ').context("a line that the child does not write")?;
        acknowledged.insert(record.parse()?, version.parse()?);
    }
    Ok(())
}

/// What the dead left is delivered, as a hub does that looks for what is due.
async fn deliver(site: &Site, killed: &mut Killed) -> anyhow::Result<()> {
    let mut sweeps = site.flows.due().sweeps();
    loop {
        let swept = sweeps.step().await?;
        // Messages come due as well, which nobody delivers here.
        for claimed in swept.claimed.iter().filter(|claimed| claimed.kind == OUTBOX) {
            let swept = site.flows.sweep(claimed).await?;
            killed.delivered_later += swept.delivered;
            killed.never_taken += swept.never_taken;
        }
        if !swept.more {
            return Ok(());
        }
    }
}

async fn check(site: &Site, acknowledged: &Acknowledged, killed: &mut Killed) -> anyhow::Result<()> {
    let (owner, second) = (notices(site, site.owner.1).await?, notices(site, site.second.1).await?);
    let (mut letters, mut decided) = (Vec::new(), Vec::new());
    for number in 1..=IN_FLIGHT {
        let Some(record) = site.flows.look(site.kind.flow(), RecordId(number)).await? else {
            if acknowledged.contains_key(&number) {
                killed.findings.push(format!("record {number} was acknowledged and is gone"));
            }
            continue;
        };
        if acknowledged.get(&number).is_some_and(|version| *version > record.version) {
            killed.findings.push(format!("{record:?}: a later version was acknowledged"));
        }
        killed.notices += compare(site, &record, (&owner, &second), &mut killed.findings).await?;
        for line in site.flows.history(&record).await? {
            let (kind, id, effects) = (record.flow.kind, record.id.to_string(), effects(&record, &line)?);
            if effects.iter().any(|effect| matches!(effect, Effect::Write(_))) {
                letters.push(format!("{kind}/{id}/{}", line.version));
            }
            if effects.contains(&Effect::Record) {
                decided.push(deed_of(&id, &format!("{kind}.{}", line.action), line.at));
            }
        }
    }
    killed.messages += same("messages", letters, messages(site).await?, &mut killed.findings);
    killed.deeds += same("deeds", decided, deeds(site).await?, &mut killed.findings);
    let left = site.left_to_deliver().await?;
    if left > 0 {
        killed.findings.push(format!("{left} notes are left after a sweep"));
    }
    Ok(())
}

/// What follows from the step that a line tells of, by the table of its kind.
fn effects(record: &Record, line: &Line) -> anyhow::Result<&'static [Effect]> {
    let is_it = |step: &&Step| match &line.from {
        Some(from) => step.from.contains(&from.as_str()),
        None => step.from.is_empty(),
    };
    let step = record.flow.steps_of(&line.action).find(is_it).context("a line of no step")?;
    Ok(step.effects)
}

type Notices = BTreeMap<(String, i64), u32>;

/// How often a person was told of each version of each record.
async fn notices(site: &Site, who: fair::flow::Who) -> anyhow::Result<Notices> {
    let user: UserId = who.user().context("somebody without an account")?;
    let found = site.flows.accounts().notifications(user, false, None, NOTICES).await?;
    let mut notices = Notices::new();
    for notice in found.items {
        let field = |name: &str| notice.body.get(name);
        let id = field("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = field("version").and_then(Value::as_i64).unwrap_or(0);
        *notices.entry((id, version)).or_default() += 1;
    }
    Ok(notices)
}

/// The step that each message names.
async fn messages(site: &Site) -> anyhow::Result<Vec<String>> {
    let (mut keys, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = site.outlets.messages.list(None, cursor.as_deref(), PAGE).await?;
        keys.extend(page.items.into_iter().map(|message| message.key));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(keys);
        }
    }
}

/// What the record of deeds says was done to which record, and when.
async fn deeds(site: &Site) -> anyhow::Result<Vec<String>> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = site.outlets.audit.entries(&Filter::default(), cursor.as_deref(), PAGE).await?;
        let names = page.items.into_iter().map(|Entry { object, action, at, .. }| deed_of(&object.id, &action, at));
        found.extend(names);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

fn deed_of(id: &str, action: &str, at: Millis) -> String {
    format!("{id} {action} {}", at.0)
}

/// What there is must be what the lines of all records say, once each.
fn same(what: &str, mut expected: Vec<String>, mut found: Vec<String>, findings: &mut Vec<String>) -> u64 {
    expected.sort_unstable();
    found.sort_unstable();
    if expected != found {
        let lacks = expected.iter().filter(|one| !found.contains(one)).count();
        let twice = found.len() - found.iter().collect::<BTreeSet<_>>().len();
        findings.push(format!(
            "{what}: {} expected, {} there; {lacks} lost, {twice} doubled",
            expected.len(),
            found.len()
        ));
    }
    u64::try_from(found.len()).unwrap_or(u64::MAX)
}

/// Each line makes one version, follows from the one before, and was told of once to whom it concerns.
async fn compare(
    site: &Site,
    record: &Record,
    (owner, second): (&Notices, &Notices),
    findings: &mut Vec<String>,
) -> anyhow::Result<u64> {
    let lines = site.flows.history(record).await?;
    let (mut version, mut state, mut seen) = (0, None::<String>, 0);
    for line in &lines {
        version += 1;
        if line.version != version || line.from != state {
            findings.push(format!("{record:?}: {line:?} does not follow"));
        }
        state = Some(line.to.clone());
        let effects = effects(record, line)?;
        let expected = [Effect::NotifyOwner, Effect::NotifySecond].map(|effect| u32::from(effects.contains(&effect)));
        let key = (record.id.to_string(), line.version);
        let is = [owner, second].map(|told| told.get(&key).copied().unwrap_or(0));
        if is != expected {
            findings.push(format!("{record:?}: {line:?} was told of {is:?} times instead of {expected:?}"));
        }
        seen += u64::from(expected[0] + expected[1]);
    }
    if version != record.version || state.as_deref() != Some(record.state) {
        findings.push(format!("{record:?}: its last line is version {version}"));
    }
    Ok(seen)
}

/// The child: a line after every acknowledged step.
///
/// # Errors
/// Always at its end, as it is not meant to end.
pub async fn step_forever(folder: &Path, kind: Of) -> anyhow::Result<()> {
    let site = std::sync::Arc::new(Site::open(folder, "sqlite", Clock::system(), kind).await?);
    let mut tasks: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for number in 1..=IN_FLIGHT {
        let site = std::sync::Arc::clone(&site);
        tasks.spawn(async move {
            let mut record = site.submit(number).await?;
            loop {
                tell(&record)?;
                record = site.step(&record).await?;
            }
        });
    }
    match tasks.join_next().await {
        Some(ended) => ended??,
        None => anyhow::bail!("no records"),
    }
    anyhow::bail!("the steps ended")
}

fn tell(record: &Record) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} {}.", record.id.0, record.version)?;
    Ok(out.flush()?)
}
