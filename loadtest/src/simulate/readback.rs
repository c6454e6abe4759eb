//! When everything is over: what every member reads, whether unread counts and inboxes follow from it, and that nothing is
//! left behind.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value, json};
use storage::Store;
use storage::ids::{ConversationId, UserId};
use storage::model::Model;

use super::claims::{By, Claim};
use super::client::Client;
use super::fold::Fold;
use super::life::Site;
use super::promises::Promises;
use super::views::{self, Thread};
use super::world::Person;
use crate::checker::History;
use crate::participant::WireEntry;

/// More pages than any history here has.
const PAGES_MAX: usize = 1_000;
const PAGE_ENTRIES: i64 = 37;

/// Who reads, and what they were promised.
pub(super) struct Plan<'a> {
    pub(super) people: &'a [Person],
    pub(super) promises: &'a RefCell<Promises>,
}

/// What was read, and what is wrong with it.
#[derive(Default)]
pub(super) struct Readback {
    pub(super) histories: Vec<(ConversationId, History)>,
    /// What follows from the logs that stand.
    pub(super) folds: BTreeMap<ConversationId, Fold>,
    pub(super) findings: Vec<String>,
}

impl Readback {
    pub(super) fn failed(why: String) -> Self {
        Self { findings: vec![why], ..Self::default() }
    }
}

/// One conversation as one member reads it.
struct Copy {
    epoch: i64,
    entries: Vec<Value>,
    summary: Value,
    /// The member's own mark.
    read: i64,
    unread: i64,
}

/// Each person reads at one hub, neighbours at different ones.
pub(super) async fn read(sites: &[Rc<Site>], model: &Arc<Model>, plan: &Plan<'_>) -> Readback {
    let (store, told) = (Store::Model(Arc::clone(model)), plan.promises.borrow().told());
    let mut all = Readback::default();
    let mut watch = views::Watch::default();
    let threads = match watch.threads(&store, &told).await {
        Ok(threads) => threads,
        Err(error) => return Readback::failed(format!("reading the conversations: {error}")),
    };
    let mut firsts: Vec<Option<Vec<Value>>> = threads.iter().map(|_| None).collect();
    for (person, site) in plan.people.iter().zip(sites.iter().cycle()) {
        let inbox = read_as(site, person, (&threads, plan), &mut firsts, &mut all).await;
        if let Err(problem) = inbox {
            all.findings.push(format!("reading back: {problem}"));
        }
    }
    if let Err(problem) = nothing_left(sites, &store).await {
        all.findings.push(problem);
    }
    for looked in [watch.look(model, &told).await, watch.lost_openings(model).await] {
        match looked {
            Ok(problems) => all.findings.extend(problems),
            Err(error) => all.findings.push(format!("reading what is stored: {error}")),
        }
    }
    for thread in &threads {
        match Fold::read(&store, thread).await {
            Ok(fold) => drop(all.folds.insert(thread.id, fold)),
            Err(error) => all.findings.push(format!("reading the log: {error}")),
        }
    }
    all
}

async fn read_as(
    site: &Site,
    person: &Person,
    (threads, plan): (&[Thread], &Plan<'_>),
    firsts: &mut [Option<Vec<Value>>],
    all: &mut Readback,
) -> Result<(), String> {
    let mut client = Client::open(site, person).await?;
    let inbox = client.ask("inbox.list", json!({ "limit": 100 })).await?;
    for (thread, first) in threads.iter().zip(firsts) {
        if !thread.sides.contains(&person.enterprise) {
            continue;
        }
        let copy = copy(&mut client, thread.id).await?;
        all.findings.extend(copy.problems(&inbox).map(|problem| format!("{}: {problem}", thread.id)));
        all.findings.extend(copy.promised(client.user, thread.id, &mut plan.promises.borrow_mut()));
        match first {
            Some(first) if *first == copy.entries => {}
            Some(_) => all.findings.push(format!("{} reads differently for its members", thread.id)),
            None => {
                all.histories.push((thread.id, copy.history()?));
                *first = Some(copy.entries);
            }
        }
    }
    Ok(())
}

async fn copy(client: &mut Client, id: ConversationId) -> Result<Copy, String> {
    let (user, conversation) = (client.user.to_string(), id.to_string());
    let mut entries: Vec<Value> = Vec::new();
    for _ in 0..PAGES_MAX {
        let after = entries.last().map_or(0, |entry| entry["seq"].as_i64().unwrap_or(0));
        let d = json!({ "conversation": conversation, "after": after, "limit": PAGE_ENTRIES });
        let mut page = client.ask("negotiation.open", d).await?;
        if let Some(Value::Array(more)) = page.get_mut("entries").map(Value::take) {
            entries.extend(more);
        }
        if page["more"] == false {
            return Ok(Copy {
                epoch: page["epoch"].as_i64().unwrap_or(0),
                entries,
                read: page["read"][&user].as_i64().unwrap_or(0),
                unread: page["unread"].as_i64().unwrap_or(-1),
                summary: page["conversation"].clone(),
            });
        }
    }
    Err(format!("{conversation} has no end"))
}

impl Copy {
    fn history(&self) -> Result<History, String> {
        let mut entries = Vec::new();
        for entry in &self.entries {
            let text = entry.to_string();
            let entry: WireEntry<'_> = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
            entries.push(entry.seen("s"));
        }
        Ok(History { epoch: self.epoch, entries })
    }

    /// What does not follow from the entries.
    fn problems(&self, inbox: &Value) -> impl Iterator<Item = String> {
        let is_kind = |entry: &Value| entry["kind"] == "text" || entry["kind"] == "card";
        let is_content = |entry: &&Value| is_kind(entry) && entry["recalled"] != true;
        let is_theirs = |entry: &&Value| entry["side"] != self.summary["side"];
        let is_new = |entry: &&Value| entry["seq"].as_i64() > Some(self.read);
        let unread = self.entries.iter().filter(is_content).filter(is_theirs).filter(is_new).count();
        let unread = i64::try_from(unread).unwrap_or(i64::MAX);
        let mut problems = Vec::new();
        if self.unread != unread {
            problems.push(format!("unread {} is told, {unread} entries are", self.unread));
        }
        let row = inbox["conversations"].as_array().into_iter().flatten();
        let row = row.into_iter().find(|row| row["conversation"] == self.summary["conversation"]);
        if row != Some(&self.summary) {
            problems.push(format!("the inbox says {row:?}, the conversation {}", self.summary));
        }
        problems.extend(self.entries.iter().filter_map(|entry| self.not_taken_back(entry)));
        problems.into_iter()
    }

    /// An acknowledged read mark that is gone; what else is told is judged with all that was told before.
    fn promised(&self, user: UserId, id: ConversationId, promises: &mut Promises) -> Option<String> {
        if let Some(claim) = Claim::of(By::ReadBack, user, &self.summary) {
            promises.said(claim.read_at(self.read));
        }
        let acked = promises.read_by(user).get(&id).copied().unwrap_or(0);
        let is_kept = self.read >= acked;
        (!is_kept).then(|| format!("the mark of {user} in {id} is at {}, {acked} was acknowledged", self.read))
    }

    /// A recall whose target is still served.
    fn not_taken_back(&self, recall: &Value) -> Option<String> {
        let target = recall["target"].as_i64().filter(|_| recall["kind"] == "recall")?;
        let entry = self.entries.iter().find(|entry| entry["seq"] == target);
        let is_gone = entry.is_some_and(|entry| entry["recalled"] == true && entry["body"].is_null());
        (!is_gone).then(|| format!("{target} was taken back and is still served: {entry:?}"))
    }
}

/// Nothing waits at the lanes, and every view was settled.
async fn nothing_left(sites: &[Rc<Site>], store: &Store) -> Result<(), String> {
    if let Some(lane) = sites.iter().flat_map(|site| site.lanes.all()).find(|lane| lane.backlog() > 0) {
        return Err(format!("lane {} still holds {} deliveries", lane.index(), lane.backlog()));
    }
    let noted = views::noted(store).await;
    if let Some(conversation) = noted.map_err(|error| format!("the notes: {error}"))?.first() {
        return Err(format!("{conversation} was never settled"));
    }
    Ok(())
}
