//! What was acknowledged or shown anywhere, and whether what is asked later shows it too, at whichever hub and after
//! whichever crash.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use storage::ids::{ConversationId, UserId};

use super::claims::{By, Claim, Claims};

/// What is known to stand.
#[derive(Debug, Default)]
pub(super) struct Promises {
    /// Several hubs share the store.
    is_shared: bool,
    /// The last position, by conversation; 0 of one that was only started.
    heads: BTreeMap<ConversationId, i64>,
    /// Conversations whose start was answered: from then on both inboxes list them.
    started: BTreeSet<ConversationId>,
    /// The highest read mark that was acknowledged.
    read: BTreeMap<(UserId, ConversationId), i64>,
    /// Every read mark that somebody asked for, in older epochs too.
    pub(super) asked: BTreeMap<(UserId, ConversationId), BTreeSet<i64>>,
    /// What was said of conversations, to be judged when their logs are known.
    pub(super) claims: Claims,
}

/// A request on its way, and what its answer has to show.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) op: &'static str,
    user: UserId,
    conversation: Option<ConversationId>,
    /// Of `negotiation.read`.
    seq: i64,
    /// The positions that stood when it was asked.
    stood: BTreeMap<ConversationId, i64>,
    /// Conversations whose start had been answered then.
    started: BTreeSet<ConversationId>,
    /// The marks of the one who asks that stood then.
    read: BTreeMap<ConversationId, i64>,
}

impl Promises {
    /// Nothing is known to stand yet.
    pub(super) fn none(is_shared: bool) -> Self {
        Self { is_shared, ..Self::default() }
    }

    /// The operator put an old copy of the store back: nothing of all that stands any more, but any mark may.
    pub(super) fn break_all(&mut self) {
        *self = Self { is_shared: self.is_shared, asked: std::mem::take(&mut self.asked), ..Self::default() };
    }

    /// An entry was acknowledged or shown; 0: its conversation was told of.
    pub(super) fn learn(&mut self, conversation: ConversationId, seq: i64) {
        let head = self.heads.entry(conversation).or_default();
        *head = seq.max(*head);
    }

    /// A start was answered with this conversation.
    pub(super) fn start(&mut self, conversation: ConversationId) {
        self.started.insert(conversation);
        self.learn(conversation, 0);
    }

    /// The conversations that somebody was told of.
    pub(super) fn told(&self) -> BTreeSet<ConversationId> {
        self.heads.keys().copied().collect()
    }

    /// The marks of a user that are known to stand.
    pub(super) fn read_by(&self, user: UserId) -> BTreeMap<ConversationId, i64> {
        let theirs = (user, ConversationId(i64::MIN))..=(user, ConversationId(i64::MAX));
        self.read.range(theirs).map(|((_user, conversation), seq)| (*conversation, *seq)).collect()
    }

    /// What an `inbox.updated` says. `read`: their marks that stood when the connection was opened.
    pub(super) fn updated(&mut self, user: UserId, summary: &Value, read: &BTreeMap<ConversationId, i64>) {
        let Some(claim) = Claim::of(By::Updated, user, summary) else { return };
        // Hubs do not tell each other of marks: a list shows them, an event may not.
        let floor = if self.is_shared { 0 } else { read.get(&claim.conversation).copied().unwrap_or(0) };
        self.said(claim.read_from(floor));
    }

    pub(super) fn said(&mut self, claim: Claim) {
        self.learn(claim.conversation, claim.head);
        self.claims.add(claim);
    }
}

impl Asked {
    /// The id of a request, and the request. None for what is not answered. **Shape**: as everything here writes them.
    pub(super) fn of(line: &str, user: UserId, promises: &mut Promises) -> Option<(u64, Self)> {
        let (id, rest) = line.strip_prefix("{\"id\":")?.split_once(',')?;
        let name = rest.strip_prefix("\"op\":\"")?.split('"').next()?;
        let op = hub::op::Name::from_text(name).map_or("an unknown operation", |name| name.row().text);
        let conversation = field(rest, "\"conversation\":\"").and_then(|id| id.split('"').next()?.parse().ok());
        let seq = field(rest, "\"seq\":").and_then(|seq| seq.split('}').next()?.parse().ok()).unwrap_or(0);
        let mut asked = Self {
            op,
            user,
            conversation,
            seq,
            stood: BTreeMap::new(),
            started: BTreeSet::new(),
            read: BTreeMap::new(),
        };
        match (op, conversation) {
            ("negotiation.open" | "negotiation.history", Some(id)) => {
                asked.stood.extend(promises.heads.get(&id).map(|head| (id, *head)));
                asked.read.extend(promises.read.get(&(user, id)).map(|seq| (id, *seq)));
            }
            ("inbox.list", _) => {
                asked.stood.clone_from(&promises.heads);
                asked.started.clone_from(&promises.started);
                asked.read = promises.read_by(user);
            }
            ("negotiation.read", Some(id)) => {
                promises.asked.entry((user, id)).or_default().insert(seq);
            }
            _ => {}
        }
        Some((id.parse().ok()?, asked))
    }

    /// Takes the answer's promise in, and says what it should have shown. `mine`: the conversations of the one who asked,
    /// as far as they know them.
    pub(super) fn judge(&self, ok: &Value, mine: &[ConversationId], promises: &mut Promises) -> Option<String> {
        match (self.op, self.conversation) {
            ("negotiation.open", Some(id)) => self.opened(id, ok, promises),
            ("negotiation.history", Some(id)) => {
                self.shows(id, ok["entries"].as_array().map(|page| page.last().map_or(0, seq)))
            }
            ("inbox.list", _) => self.listed(ok, mine, promises),
            ("negotiation.start", _) => {
                promises.start(ok["conversation"].as_str()?.parse().ok()?);
                None
            }
            ("negotiation.read", Some(id)) => {
                let read = promises.read.entry((self.user, id)).or_default();
                *read = self.seq.max(*read);
                None
            }
            (_, Some(id)) => {
                promises.learn(id, seq(ok));
                None
            }
            (_, None) => None,
        }
    }

    fn opened(&self, id: ConversationId, ok: &Value, promises: &mut Promises) -> Option<String> {
        let floor = self.read.get(&id).copied().unwrap_or(0);
        let read = ok["read"][self.user.to_string()].as_i64().unwrap_or(0);
        if let Some(claim) = Claim::of(By::Opened, self.user, &ok["conversation"]) {
            let mut told = claim.clone();
            told.unread = ok["unread"].as_i64().unwrap_or(-1);
            promises.said(claim.read_at(read));
            promises.said(told.read_at(read));
        }
        let problem = self.shows(id, ok["head"].as_i64());
        problem.or_else(|| {
            let is_kept = read >= floor;
            (!is_kept).then(|| format!("{} tells a mark at {read} of {id}, {floor} was acknowledged", self.op))
        })
    }

    fn listed(&self, ok: &Value, mine: &[ConversationId], promises: &mut Promises) -> Option<String> {
        let rows: BTreeMap<&str, &Value> = ok["conversations"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| Some((row["conversation"].as_str()?, row)))
            .collect();
        for row in rows.values() {
            if let Some(claim) = Claim::of(By::Listed, self.user, row) {
                let floor = self.read.get(&claim.conversation).copied().unwrap_or(0);
                promises.said(claim.read_from(floor));
            }
        }
        mine.iter().find_map(|id| match rows.get(id.to_string().as_str()) {
            // A hub that is alone on its store checks no logs for a list, so after a crash its inboxes are late until what
            // was unsettled is loaded.
            Some(row) if promises.is_shared => self.shows(*id, row["head"].as_i64()),
            Some(_late) => None,
            None => {
                self.started.contains(id).then(|| format!("inbox.list does not show {id}, whose start was answered"))
            }
        })
    }

    fn shows(&self, conversation: ConversationId, head: Option<i64>) -> Option<String> {
        let stood = *self.stood.get(&conversation)?;
        let is_shown = head.is_some_and(|head| head >= stood);
        (!is_shown).then(|| format!("{} shows {head:?} of {conversation}, {stood} stood before it was asked", self.op))
    }
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_once(name).map(|(_before, behind)| behind)
}

fn seq(entry: &Value) -> i64 {
    entry["seq"].as_i64().unwrap_or(0)
}

#[cfg(test)]
mod tests;
