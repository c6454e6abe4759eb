//! Judges a conversation from outside: what every client sent, was promised and saw, against the history read back.
//!
//! Pure: logs in, findings out. It trusts no number of the hub's that a client did not see with its own eyes,
//! and reports each breach once, under the name of the promise that it breaks.

mod facts;
mod walk;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use serde::Serialize;

use self::facts::Facts;
use self::walk::Walk;

/// A log entry as somebody saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position in the log.
    pub seq: i64,
    /// The sender's own id of it; none for entries that the hub itself wrote.
    pub id: Option<Box<str>>,
    /// [`fingerprint`] of what it says.
    pub content: u64,
}

/// One number for what an entry says, so that logs of millions of entries fit into memory.
#[must_use]
pub fn fingerprint(kind: &str, from: &str, body: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((kind, from, body))
}

/// One thing that happened at a client, in the order in which the client saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The client sent (or sent again) a message that says `content`.
    Sent {
        /// Its own id of it.
        id: Box<str>,
        /// What it will say.
        content: u64,
    },
    /// The hub promised that the message is durable.
    Acked {
        /// The client's id of it.
        id: Box<str>,
        /// Its position.
        seq: i64,
    },
    /// The hub said that the message was not and will not be taken.
    Refused {
        /// The client's id of it.
        id: Box<str>,
    },
    /// The hub answered a request for everything behind `after`.
    Opened {
        /// What the client asked for.
        after: i64,
        /// The history's version.
        epoch: i64,
        /// The last entry's position.
        head: i64,
        /// More pages follow; false: from here on entries come live.
        more: bool,
    },
    /// The client threw its copy away.
    Dropped,
    /// An entry arrived, in a page or live.
    Entry(Entry),
    /// The connection ended.
    Disconnected,
    /// The client had asked for everything and been told that there is no more.
    Finished,
}

/// What one client saw of one conversation.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Its name in findings.
    pub client: Box<str>,
    /// Everything, in order.
    pub steps: Vec<Step>,
}

/// The conversation as it can be read when everything is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Its version.
    pub epoch: i64,
    /// All entries, in the order in which they were read.
    pub entries: Vec<Entry>,
}

/// The promises, by what breaks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// In the history, yet a client that caught up never received it.
    Lost,
    /// The same message at two positions, or the same position delivered twice.
    Duplicate,
    /// A position that is missing between two others.
    Gap,
    /// Delivered behind a later one, or recorded against the sender's order.
    Reorder,
    /// Acknowledged (or shown to somebody), yet not in the history at that position.
    AckedUnreadable,
    /// One position of one epoch that said different things.
    SeqReused,
    /// Entries of a new epoch were added to the copy of an old one, or the history's epoch was never told.
    EpochIgnored,
    /// An epoch lower than one seen before.
    EpochWentBack,
    /// The head is behind what the client already holds, in the same epoch.
    HeadWentBack,
    /// An acknowledgement came before an entry of a lower position.
    AckOvertook,
    /// An entry that nobody sent.
    Phantom,
    /// An entry that says something else than its sender said.
    Altered,
    /// Refused, yet in the history.
    RefusedYetDone,
}

/// One broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which promise.
    pub kind: Kind,
    /// In which conversation.
    pub conversation: Box<str>,
    /// Who saw it; none for the history itself.
    pub client: Option<Box<str>>,
    /// The first position concerned.
    pub from_seq: i64,
    /// The last position concerned.
    pub to_seq: i64,
    /// The message concerned, where one is.
    pub id: Option<Box<str>>,
}

/// How many findings are kept in full; all are counted.
const FINDINGS_KEPT_MAX: usize = 100;

/// The verdict over one or many conversations.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The first findings in full.
    pub findings: Vec<Finding>,
    /// All findings, counted by kind.
    pub counts: BTreeMap<Kind, u64>,
    /// How many acknowledgements were compared with the history.
    pub acks_checked: u64,
    /// How many delivered entries were compared with the history.
    pub deliveries_checked: u64,
    /// How many entries the histories have.
    pub entries_checked: u64,
}

impl Report {
    /// Nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many findings of one kind there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// Adds the verdict over other conversations.
    pub fn merge(&mut self, other: Self) {
        let space = FINDINGS_KEPT_MAX.saturating_sub(self.findings.len());
        self.findings.extend(other.findings.into_iter().take(space));
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
        self.acks_checked += other.acks_checked;
        self.deliveries_checked += other.deliveries_checked;
        self.entries_checked += other.entries_checked;
    }

    fn add(&mut self, finding: Finding) {
        *self.counts.entry(finding.kind).or_default() += 1;
        if self.findings.len() < FINDINGS_KEPT_MAX {
            self.findings.push(finding);
        }
    }
}

/// How many of these tellings of one conversation are not the first one: each is a fork of the log.
#[must_use]
pub fn forks(told: &[History]) -> u64 {
    let Some((first, others)) = told.split_first() else { return 0 };
    others.iter().filter(|other| *other != first).count() as u64
}

/// Judges one conversation. `logs` must hold every client that sent to it.
#[must_use]
pub fn check(conversation: &str, logs: &[Log], history: &History) -> Report {
    let mut judge = Judge::new(conversation, logs, history);
    judge.read_history(history);
    for log in logs {
        judge.client = Some(log.client.clone());
        Walk::default().run(&log.steps, &mut judge);
        judge.check_order_of_sends(&log.steps);
    }
    judge.report
}

/// What all clients and the history are held against.
struct Judge<'a> {
    conversation: &'a str,
    client: Option<Box<str>>,
    epoch: i64,
    head: i64,
    places: HashMap<&'a str, i64>,
    sent: HashMap<&'a str, u64>,
    facts: Facts,
    report: Report,
}

impl<'a> Judge<'a> {
    fn new(conversation: &'a str, logs: &'a [Log], history: &'a History) -> Self {
        let steps = logs.iter().flat_map(|log| &log.steps);
        let sent = steps.filter_map(|step| {
            let Step::Sent { id, content } = step else { return None };
            Some((&**id, *content))
        });
        Self {
            conversation,
            client: None,
            epoch: history.epoch,
            head: history.entries.iter().map(|entry| entry.seq).max().unwrap_or(0),
            places: HashMap::new(),
            sent: sent.collect(),
            facts: Facts::of(&history.entries),
            report: Report::default(),
        }
    }

    fn find(&mut self, kind: Kind, seqs: (i64, i64), id: Option<&str>) {
        self.report.add(Finding {
            kind,
            conversation: self.conversation.into(),
            client: self.client.clone(),
            from_seq: seqs.0,
            to_seq: seqs.1,
            id: id.map(Into::into),
        });
    }

    /// The history itself: positions 1, 2, 3 ..., each message once, as it was sent, by somebody.
    fn read_history(&mut self, history: &'a History) {
        let mut before = 0;
        for entry in &history.entries {
            match entry.seq {
                seq if seq == before + 1 => {}
                seq if seq > before => self.find(Kind::Gap, (before + 1, seq - 1), None),
                seq if seq == before => self.find(Kind::Duplicate, (seq, seq), None),
                seq => self.find(Kind::Reorder, (seq, seq), None),
            }
            before = before.max(entry.seq);
            self.report.entries_checked += 1;
            let Some(id) = entry.id.as_deref() else { continue };
            match self.sent.get(id) {
                None => self.find(Kind::Phantom, (entry.seq, entry.seq), Some(id)),
                Some(content) if *content != entry.content => {
                    self.find(Kind::Altered, (entry.seq, entry.seq), Some(id));
                }
                Some(_) => {}
            }
            if let Some(first) = self.places.insert(id, entry.seq) {
                self.find(Kind::Duplicate, (first, entry.seq), Some(id));
            }
        }
    }

    /// A client has one unanswered message at a time, so the record must keep its order.
    fn check_order_of_sends(&mut self, steps: &[Step]) {
        let mut seen = HashSet::new();
        let mut before = 0;
        for step in steps {
            let Step::Sent { id, .. } = step else { continue };
            let Some(&seq) = self.places.get(&**id) else { continue };
            if seen.insert(&**id) {
                if seq < before {
                    self.find(Kind::Reorder, (seq, before), Some(id));
                }
                before = before.max(seq);
            }
        }
    }
}

#[cfg(test)]
mod tests;
