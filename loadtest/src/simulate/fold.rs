//! What follows from a log, told anew from its rows: nothing of the hub's own folding, counting or heads is trusted.

use chat::EntryKind;
use chat::tables::{
    BUCKET_ENTRIES, Conversations, ConversationsKey, ConversationsPart, Entries, EntriesPart, EntryRow, bucket,
};
use serde::Deserialize;
use storage::ids::{ConversationId, EnterpriseId, Seq, UserId};
use storage::{Read, Scan, Store, StoreError};

use super::views::Thread;

/// The body of an entry that changes who has a conversation in hand.
#[derive(Deserialize)]
struct Assigned {
    assignee: Option<UserId>,
}

/// How a conversation stands behind one of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stand {
    /// When that entry was written. **Units**: milliseconds since 1970.
    pub(super) at: i64,
    /// Texts and cards, by side.
    pub(super) counts: [i64; 2],
    /// Who has it in hand, by side.
    pub(super) assignees: [Option<UserId>; 2],
    /// Since when the other side waits for an answer, or a new assignee has had it, by side.
    pub(super) unanswered: [Option<i64>; 2],
    pub(super) state: &'static str,
}

/// A log's stands, by seq; the first is before any entry.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    pub(super) thread: Thread,
    stands: Vec<Stand>,
    /// What was taken back: by which side, which position, and where that stands.
    recalls: Vec<(usize, i64, i64)>,
}

impl Stand {
    fn after(mut self, entry: &EntryRow) -> Option<Self> {
        let kind = EntryKind::from_number(entry.kind)?;
        let (own, other) = if entry.side == 0 { (0, 1) } else { (1, 0) };
        self.at = entry.at.0;
        match kind {
            EntryKind::Text | EntryKind::Card => {
                *self.counts.get_mut(own)? += 1;
                *self.unanswered.get_mut(own)? = None;
                self.unanswered.get_mut(other)?.get_or_insert(self.at);
            }
            EntryKind::Assigned => {
                let assignee = serde_json::from_str::<Assigned>(&entry.body).ok()?.assignee;
                *self.assignees.get_mut(own)? = assignee;
                if let (Some(_), Some(since)) = (assignee, self.unanswered.get_mut(own)?) {
                    *since = self.at;
                }
            }
            EntryKind::Closed => self.state = "closed",
            EntryKind::Reopened => self.state = "open",
            EntryKind::Blocked => self.state = "blocked",
            EntryKind::Recall | EntryKind::System => {}
        }
        Some(self)
    }

    /// Since when whoever has it in hand for a side owes an answer.
    fn owes(&self, side: usize) -> Option<(UserId, i64)> {
        let assignee = (*self.assignees.get(side)?)?;
        let since = (*self.unanswered.get(side)?)?;
        (self.state == "open").then_some((assignee, since))
    }
}

impl Fold {
    /// Reads a conversation's log to its end.
    pub(super) async fn read(store: &Store, thread: &Thread) -> Result<Self, StoreError> {
        let conversation = thread.id;
        let part = ConversationsPart { conversation };
        let row = store.get::<Conversations>(part, ConversationsKey {}, Read::Serial).await?;
        let row = row.ok_or_else(|| StoreError::Corrupt(format!("{conversation} has no row")))?;
        let first = Stand {
            at: row.created_at.0,
            counts: [0, 0],
            assignees: [Some(row.creator), None],
            unanswered: [None, None],
            state: "open",
        };
        let mut fold = Self { thread: thread.clone(), stands: vec![first], recalls: Vec::new() };
        for entry in entries(store, conversation).await? {
            fold.push(&entry).ok_or_else(|| StoreError::Corrupt(format!("{entry:?} cannot be read")))?;
        }
        Ok(fold)
    }

    fn push(&mut self, entry: &EntryRow) -> Option<()> {
        self.stands.push(self.last().after(entry)?);
        if EntryKind::from_number(entry.kind)? == EntryKind::Recall {
            let side = if entry.side == 0 { 0 } else { 1 };
            let (target, at) = (entry.target?.0, self.head());
            // Once is enough.
            let is_new = self.recalls.iter().all(|(_, other, _)| *other != target);
            self.recalls.extend(is_new.then_some((side, target, at)));
        }
        Some(())
    }

    #[cfg(test)]
    pub(super) const fn of(thread: Thread, stands: Vec<Stand>) -> Self {
        Self { thread, stands, recalls: Vec::new() }
    }

    /// How it stands behind its last entry.
    pub(super) fn last(&self) -> Stand {
        *self.stands.last().expect("invariant: the stand before the first entry is always there")
    }

    /// The last entry's position.
    pub(super) fn head(&self) -> i64 {
        i64::try_from(self.stands.len()).unwrap_or(i64::MAX) - 1
    }

    /// How it stood behind one of its entries.
    pub(super) fn at(&self, seq: i64) -> Option<&Stand> {
        self.stands.get(usize::try_from(seq).ok()?)
    }

    pub(super) fn side_of(&self, enterprise: EnterpriseId) -> Option<usize> {
        self.thread.sides.iter().position(|side| *side == enterprise)
    }

    /// What the other side has said up to `head` and behind `mark`, and has not taken back by then.
    pub(super) fn unread(&self, side: usize, head: i64, mark: i64) -> Option<i64> {
        let said = |seq: i64| self.at(seq)?.counts.get(1 - side).copied();
        let is_taken_back = |(whose, target, at): &&(usize, i64, i64)| *whose != side && *target > mark && *at <= head;
        let taken_back = i64::try_from(self.recalls.iter().filter(is_taken_back).count()).ok()?;
        Some((said(head)? - said(mark.min(head))? - taken_back).max(0))
    }

    /// How long somebody kept the other side waiting beyond `patience_ms` without losing the conversation, while hubs
    /// were alive and well for it: the longest such stretch. **Units**: milliseconds; `calm` are times of the wall clock,
    /// of which the last ends the world.
    pub(super) fn overdue_ms(&self, patience_ms: i64, calm: &[(i64, i64)]) -> i64 {
        let end = calm.last().map_or(0, |(_from, to)| *to);
        let ends = self.stands.iter().skip(1).map(|stand| stand.at).chain([end]);
        let (mut longest, mut so_far, mut owing) = (0, [0, 0], [None, None]);
        for (stand, until) in self.stands.iter().zip(ends) {
            for (side, (so_far, owing)) in so_far.iter_mut().zip(&mut owing).enumerate() {
                let owes = stand.owes(side);
                if owes != std::mem::replace(owing, owes) {
                    *so_far = 0;
                }
                if let Some((_who, since)) = owes {
                    *so_far += overlap_ms(calm, stand.at.max(since + patience_ms), until);
                }
                longest = longest.max(*so_far);
            }
        }
        longest
    }
}

fn overlap_ms(calm: &[(i64, i64)], from: i64, until: i64) -> i64 {
    calm.iter().map(|(begun, ended)| (until.min(*ended) - from.max(*begun)).max(0)).sum()
}

/// All rows of a log, in order.
async fn entries(store: &Store, conversation: ConversationId) -> Result<Vec<EntryRow>, StoreError> {
    let (mut rows, mut part) = (Vec::new(), EntriesPart { conversation, bucket: bucket(Seq(1)) });
    loop {
        let limit = u32::try_from(BUCKET_ENTRIES).unwrap_or(u32::MAX);
        let page = store.scan::<Entries>(part.clone(), Scan::first(limit), Read::Serial).await?;
        if page.is_empty() {
            return Ok(rows);
        }
        rows.extend(page.into_iter().map(|(_key, row)| row));
        part.bucket += 1;
    }
}

#[cfg(test)]
mod tests;
