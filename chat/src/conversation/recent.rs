//! The last entries of the log: what nearly every resume is served from.
//!
//! Owns a gapless run that ends at the head, or nothing. Never holds provisional entries.

use std::collections::VecDeque;

use storage::ids::Seq;

use crate::log::{Entry, EntryKind};

/// Most entries kept.
const ENTRIES_MAX: usize = 128;
/// Most bytes of bodies kept, the last entry apart.
const BODY_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct Recent {
    entries: VecDeque<Entry>,
    body_bytes: usize,
}

impl Recent {
    /// Keeps `loaded` if it is a gapless run that ends at `head`; else the store is asked for every page.
    pub(super) fn new(loaded: Vec<Entry>, head: Seq) -> Self {
        let gapless = loaded.iter().zip(loaded.iter().skip(1)).all(|(one, next)| one.seq.next() == next.seq);
        let mut recent = Self::default();
        if gapless && loaded.last().is_some_and(|last| last.seq == head) {
            loaded.into_iter().for_each(|entry| recent.push(entry));
        }
        recent
    }

    /// Adds the entry behind the last one.
    pub(super) fn push(&mut self, entry: Entry) {
        self.body_bytes += entry.body.len();
        self.entries.push_back(entry);
        while self.entries.len() > ENTRIES_MAX || (self.body_bytes > BODY_BYTES_MAX && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.body_bytes -= oldest.body.len();
        }
    }

    /// The oldest seq kept.
    pub(super) fn first(&self) -> Option<Seq> {
        self.entries.front().map(|entry| entry.seq)
    }

    pub(super) fn last(&self) -> Option<&Entry> {
        self.entries.back()
    }

    pub(super) fn get(&self, seq: Seq) -> Option<&Entry> {
        let at = usize::try_from(seq.0 - self.first()?.0).ok()?;
        self.entries.get(at)
    }

    /// The kept entries of `from..=to`.
    pub(super) fn range(&self, from: Seq, to: Seq) -> impl Iterator<Item = &Entry> {
        self.iter().skip_while(move |entry| entry.seq < from).take_while(move |entry| entry.seq <= to)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The targets of the kept recalls, and the recalls.
    pub(super) fn recalls(&self) -> impl Iterator<Item = (Seq, Seq)> {
        recalls(self.entries.iter())
    }
}

/// The targets of the recalls among `entries`, and the recalls.
pub(super) fn recalls<'a>(entries: impl Iterator<Item = &'a Entry>) -> impl Iterator<Item = (Seq, Seq)> {
    entries
        .filter(|entry| entry.kind == EntryKind::Recall)
        .filter_map(|entry| entry.target.map(|target| (target, entry.seq)))
}
