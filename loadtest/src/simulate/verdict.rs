//! Everybody's logs held against what was read back: the checker over each conversation.

use std::collections::{BTreeMap, BTreeSet};

use storage::ids::ConversationId;

use super::device::Written;
use super::fold::Fold;
use super::readback::Readback;
use crate::checker::{self, Entry, Log, Report, Step};

/// What is gathered before it is judged.
pub(super) struct Verdict {
    read: Readback,
    /// What follows from each log.
    pub(super) folds: BTreeMap<ConversationId, Fold>,
    pub(super) written: Vec<Written>,
    pub(super) recalled: BTreeSet<Box<str>>,
    pub(super) findings: Vec<String>,
}

impl Verdict {
    pub(super) fn of(mut read: Readback) -> Self {
        let (findings, folds) = (std::mem::take(&mut read.findings), std::mem::take(&mut read.folds));
        Self { read, folds, written: Vec::new(), recalled: BTreeSet::new(), findings }
    }

    pub(super) fn conclude(mut self) -> (Report, Vec<String>) {
        let mut total = Report::default();
        for (conversation, mut history) in self.read.histories {
            let head = history.entries.last().map_or(0, |entry| entry.seq);
            let mut logs: Vec<Log> = Vec::new();
            for Written { log, position, .. } in
                self.written.extract_if(.., |written| written.conversation == conversation)
            {
                if position != head {
                    self.findings.push(format!("{} stands at {position}, the history at {head}", log.client));
                }
                logs.push(log);
            }
            history.entries.iter_mut().for_each(|entry| forget(&self.recalled, entry));
            logs.iter_mut().for_each(|log| forget_all(&self.recalled, log));
            total.merge(checker::check(&conversation.to_string(), &logs, &history));
        }
        self.findings.extend(total.findings.iter().map(|finding| format!("{finding:?}")));
        if self.findings.is_empty() && !total.is_clean() {
            self.findings.push(format!("{:?}", total.counts));
        }
        (total, self.findings)
    }
}

/// What was taken back says nothing to those who look later, so its content cannot be compared.
fn forget(recalled: &BTreeSet<Box<str>>, entry: &mut Entry) {
    if entry.id.as_ref().is_some_and(|id| recalled.contains(id)) {
        entry.content = 0;
    }
}

fn forget_all(recalled: &BTreeSet<Box<str>>, log: &mut Log) {
    for step in &mut log.steps {
        match step {
            Step::Entry(entry) => forget(recalled, entry),
            Step::Sent { id, content } if recalled.contains(id) => *content = 0,
            Step::Sent { .. }
            | Step::Acked { .. }
            | Step::Refused { .. }
            | Step::Opened { .. }
            | Step::Dropped
            | Step::Disconnected
            | Step::Finished => {}
        }
    }
}
