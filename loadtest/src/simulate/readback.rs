//! When everything is over: what every member reads, whether unread counts and inboxes follow from it, and that nothing is
//! left behind.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value, json};
use storage::Store;
use storage::ids::ConversationId;
use storage::model::Model;

use super::client::Client;
use super::life::Site;
use super::views;
use super::world::{Person, Thread};
use crate::checker::History;
use crate::participant::WireEntry;

/// More pages than any history here has.
const PAGES_MAX: usize = 1_000;
const PAGE_ENTRIES: i64 = 37;

/// Who reads what.
pub(super) struct Plan<'a> {
    pub(super) people: &'a [Person],
    pub(super) threads: &'a [Thread],
}

/// What was read, and what is wrong with it.
#[derive(Default)]
pub(super) struct Readback {
    pub(super) histories: Vec<(ConversationId, History)>,
    pub(super) findings: Vec<String>,
}

impl Readback {
    pub(super) fn failed(why: String) -> Self {
        Self { histories: Vec::new(), findings: vec![why] }
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
    let mut all = Readback::default();
    let mut firsts: Vec<Option<Vec<Value>>> = plan.threads.iter().map(|_| None).collect();
    for (person, site) in plan.people.iter().zip(sites.iter().cycle()) {
        let inbox = read_as(site, person, plan, &mut firsts, &mut all).await;
        if let Err(problem) = inbox {
            all.findings.push(format!("reading back: {problem}"));
        }
    }
    if let Err(problem) = nothing_left(sites, model).await {
        all.findings.push(problem);
    }
    match views::unnoticed(model, plan.threads).await {
        Ok(problems) => all.findings.extend(problems),
        Err(error) => all.findings.push(format!("reading the views: {error}")),
    }
    all
}

async fn read_as(
    site: &Site,
    person: &Person,
    plan: &Plan<'_>,
    firsts: &mut [Option<Vec<Value>>],
    all: &mut Readback,
) -> Result<(), String> {
    let mut client = Client::open(site, person).await?;
    let inbox = client.ask("inbox.list", json!({ "limit": 100 })).await?;
    for (thread, first) in plan.threads.iter().zip(firsts) {
        if !thread.sides.contains(&person.enterprise) {
            continue;
        }
        let copy = copy(&mut client, thread.id).await?;
        all.findings.extend(copy.problems(&inbox).map(|problem| format!("{}: {problem}", thread.id)));
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
        let is_content = |entry: &&Value| entry["kind"] == "text" || entry["kind"] == "card";
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

    /// A recall whose target is still served.
    fn not_taken_back(&self, recall: &Value) -> Option<String> {
        let target = recall["target"].as_i64().filter(|_| recall["kind"] == "recall")?;
        let entry = self.entries.iter().find(|entry| entry["seq"] == target);
        let is_gone = entry.is_some_and(|entry| entry["recalled"] == true && entry["body"].is_null());
        (!is_gone).then(|| format!("{target} was taken back and is still served: {entry:?}"))
    }
}

/// Nothing waits at the lanes, and every view was settled.
async fn nothing_left(sites: &[Rc<Site>], model: &Arc<Model>) -> Result<(), String> {
    if let Some(lane) = sites.iter().flat_map(|site| site.lanes.all()).find(|lane| lane.backlog() > 0) {
        return Err(format!("lane {} still holds {} deliveries", lane.index(), lane.backlog()));
    }
    let noted = views::noted(&Store::Model(Arc::clone(model))).await;
    if let Some(conversation) = noted.map_err(|error| format!("the notes: {error}"))?.first() {
        return Err(format!("{conversation} was never settled"));
    }
    Ok(())
}
