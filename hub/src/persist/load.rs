//! Reading rooms and pages. The log decides: a stored head is where replaying starts, never where it ends.

use std::ops::Bound;

use chat::tables::{self, ConversationsKey, ConversationsPart, Entries, EntriesKey};
use chat::{Entry, Head, Loaded, Mark, SentId};
use futures_util::stream::{FuturesOrdered, StreamExt as _};
use storage::ids::{ConversationId, EnterpriseId, Seq, UserId};
use storage::{Read, Scan, Store, StoreError};

use super::Persist;
use crate::code::Code;
use crate::wire::Failure;

/// Entries a loaded conversation keeps in memory.
const RECENT: i64 = 128;
/// Message ids a loaded conversation keeps in memory; with more it looks them up.
const SENT_MAX: u32 = 1_024;
/// Entries of the last batch, whose ids a crash may have left unwritten. **Source**: the append's own bound.
const BATCH_MAX: usize = 64;
/// Read marks of one conversation: members of two teams.
const MARKS_MAX: u32 = 1_000;
/// Rows of one inbox.
const INBOX_MAX: u32 = 10_000;

/// A room as it was read.
#[derive(Debug)]
pub enum LoadedRoom {
    /// A conversation.
    Negotiation(Box<Loaded>),
    /// An enterprise's inbox.
    Desk(LoadedDesk),
}

impl LoadedRoom {
    pub(super) fn negotiation(loaded: Loaded) -> Self {
        Self::Negotiation(Box::new(loaded))
    }
}

/// An enterprise's inbox as it was read.
#[derive(Debug)]
pub struct LoadedDesk {
    /// Which enterprise.
    pub enterprise: EnterpriseId,
    /// Its conversations.
    pub heads: Vec<Head>,
}

impl Persist {
    /// Reads a conversation; `not_found` when there is none.
    pub(super) async fn load_conversation(&self, id: ConversationId) -> Result<Loaded, Failure> {
        let row = self.conversation_row(id).await?.ok_or(Failure::from(Code::NotFound))?;
        let head = self.replayed_head(id, &row).await?;
        let oldest = Seq((head.head.0 - RECENT + 1).max(1));
        let recent = entries(self.store(), id, oldest, head.head).await?;
        let tail = recent.get(recent.len().saturating_sub(BATCH_MAX)..).unwrap_or(&[]);
        self.write_send_ids(id, tail).await?;
        let sent = sent_ids(self.store(), id).await?;
        let marks = all_marks(self.store(), id).await?;
        let sent_complete = sent.len() < SENT_MAX as usize;
        Ok(Loaded { head, epoch: row.epoch, recent, sent, sent_complete, marks })
    }

    pub(super) async fn conversation_row(
        &self,
        id: ConversationId,
    ) -> Result<Option<tables::ConversationRow>, StoreError> {
        let part = ConversationsPart { conversation: id };
        self.store().get::<tables::Conversations>(part, ConversationsKey {}, Read::Quorum).await
    }

    /// The stored head with every later entry of the log applied.
    pub(super) async fn replayed_head(
        &self,
        id: ConversationId,
        row: &tables::ConversationRow,
    ) -> Result<Head, StoreError> {
        let part = tables::HeadsPart { conversation: id };
        let stored = self.store().get::<tables::Heads>(part, tables::HeadsKey {}, Read::Fast).await?;
        let mut head = match stored {
            Some(stored) => stored.into_head(id, row)?,
            None => row.first_head(id)?,
        };
        for entry in entries_from(self.store(), id, head.head.next()).await? {
            head.apply(&entry);
        }
        Ok(head)
    }

    pub(super) async fn load_desk(&self, enterprise: EnterpriseId) -> Result<LoadedDesk, Failure> {
        let part = tables::InboxPart { enterprise };
        let rows = self.store().scan::<tables::Inbox>(part, Scan::first(INBOX_MAX), Read::Quorum).await?;
        let heads = rows.into_iter().map(|(key, row)| row.into_head(key.conversation)).collect::<Result<_, _>>()?;
        Ok(LoadedDesk { enterprise, heads })
    }
}

/// Entries `from..=to`, in order; fewer only where the log ends.
pub(super) async fn entries(store: &Store, id: ConversationId, from: Seq, to: Seq) -> Result<Vec<Entry>, StoreError> {
    let mut found = Vec::new();
    let mut next = from;
    while next <= to {
        let bucket_end = Seq((tables::bucket(next) + 1) * tables::BUCKET_ENTRIES - 1).min(to);
        let before = found.len();
        found.extend(bucket_entries(store, id, next, bucket_end).await?);
        let wanted = bucket_end.0 - next.0 + 1;
        if i64::try_from(found.len() - before).unwrap_or(0) < wanted {
            break;
        }
        next = bucket_end.next();
    }
    gapless(found, from)
}

/// Entries from a seq to the log's end, in order. Replaying reads at most what was written since the head's row was,
/// a few seconds of one conversation.
pub(super) async fn entries_from(store: &Store, id: ConversationId, from: Seq) -> Result<Vec<Entry>, StoreError> {
    entries(store, id, from, Seq(i64::MAX - tables::BUCKET_ENTRIES)).await
}

async fn bucket_entries(store: &Store, id: ConversationId, from: Seq, to: Seq) -> Result<Vec<Entry>, StoreError> {
    let scan = Scan {
        from: Bound::Included(EntriesKey { seq: from }),
        to: Bound::Included(EntriesKey { seq: to }),
        rev: false,
        limit: u32::try_from(tables::BUCKET_ENTRIES).unwrap_or(u32::MAX),
    };
    let rows = store.scan::<Entries>(tables::entries_part(id, from), scan, Read::Serial).await?;
    rows.into_iter().map(|(key, row)| row.into_entry(key.seq)).collect()
}

/// A log with a gap is damage, never served.
fn gapless(entries: Vec<Entry>, from: Seq) -> Result<Vec<Entry>, StoreError> {
    let mut expected = from;
    for entry in &entries {
        if entry.seq != expected {
            return Err(StoreError::Corrupt(format!("log has {} where {expected} belongs", entry.seq)));
        }
        expected = expected.next();
    }
    Ok(entries)
}

async fn sent_ids(store: &Store, id: ConversationId) -> Result<Vec<SentId>, StoreError> {
    let part = tables::SendIdsPart { conversation: id };
    let rows = store.scan::<tables::SendIds>(part, Scan::first(SENT_MAX), Read::Quorum).await?;
    let sent = |(key, row): (tables::SendIdsKey, tables::SendIdRow)| SentId {
        sender: key.sender,
        client_msg_id: key.client_msg_id,
        seq: row.seq,
        at: row.at,
    };
    Ok(rows.into_iter().map(sent).collect())
}

async fn all_marks(store: &Store, id: ConversationId) -> Result<Vec<Mark>, StoreError> {
    let part = tables::ReadMarksPart { conversation: id };
    let rows = store.scan::<tables::ReadMarks>(part, Scan::first(MARKS_MAX), Read::Quorum).await?;
    Ok(rows.into_iter().map(|(key, row)| row.into_mark(key.user)).collect())
}

/// One user's marks in some conversations.
pub(super) async fn marks(
    store: &Store,
    user: UserId,
    conversations: Vec<ConversationId>,
) -> Result<Vec<(ConversationId, Mark)>, StoreError> {
    let reads: FuturesOrdered<_> = conversations
        .into_iter()
        .map(|id| async move {
            let part = tables::ReadMarksPart { conversation: id };
            let row = store.get::<tables::ReadMarks>(part, tables::ReadMarksKey { user }, Read::Quorum).await?;
            Ok(row.map(|row| (id, row.into_mark(user))))
        })
        .collect();
    reads.filter_map(|read| std::future::ready(read.transpose())).collect::<Vec<_>>().await.into_iter().collect()
}
