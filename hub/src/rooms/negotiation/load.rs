//! Reading rooms and pages. The log decides: a stored head is where replaying starts, never where it ends.

use std::ops::Bound;

use chat::desk::Facts;
use chat::tables::{self, ConversationsKey, ConversationsPart, Entries, EntriesKey};
use chat::{Entry, Head, LOOK_ENTRIES_MAX, Loaded, Looked, Mark, Newest, SentId};
use futures_util::stream::{self, FuturesOrdered, StreamExt as _, TryStreamExt as _};
use storage::ids::{ConversationId, EnterpriseId, Seq, UserId};
use storage::{Read, Scan, Store, StoreError};

use super::{append, cards, pair};
use crate::code::Code;
use crate::ground::Ground;
use crate::wire::Failure;

/// Entries a loaded conversation keeps in memory.
const RECENT: i64 = 128;
/// Message ids a loaded conversation keeps in memory; with more it looks them up.
const SENT_MAX: u32 = 1_024;
/// Entries of the last batch, whose ids a crash may have left unwritten. **Source**: the append's own bound.
const BATCH_MAX: usize = 64;
/// Read marks of one conversation: members of two teams.
const MARKS_MAX: u32 = 1_000;
/// Logs looked into at once for one page.
const HEADS_AT_ONCE: usize = 16;
/// Rows of an inbox that are read at once.
const INBOX_PAGE: u32 = 1_000;

/// Reads a conversation; `not_found` when there is none.
pub(super) async fn conversation(ground: &Ground, id: ConversationId) -> Result<Loaded, Failure> {
    let row = conversation_row(ground, id).await?.ok_or(Failure::from(Code::NotFound))?;
    // Before the entries: no mark is ahead of what is read after it.
    let marks = all_marks(ground.store(), id).await?;
    let head = replayed_head(ground, id, &row).await?;
    let oldest = Seq((head.head.0 - RECENT + 1).max(1));
    let recent = entries(ground, id, (oldest, head.head), Read::Quorum).await?;
    repair_send_ids(ground, id, &recent).await?;
    let sent = sent_ids(ground.store(), id).await?;
    let sent_complete = sent.len() < SENT_MAX as usize;
    let blocked = if head.head == Seq::ZERO { blocked(ground, &head).await? } else { [false; 2] };
    Ok(Loaded { head, epoch: row.epoch, recent, sent, sent_complete, marks, blocked })
}

async fn blocked(ground: &Ground, head: &Head) -> Result<[bool; 2], StoreError> {
    let row = pair::blocks(ground, head.enterprises).await?;
    Ok(chat::pair::blocking(row.as_ref(), head))
}

/// A conversation's head by its log; none when it was never made.
pub(super) async fn head(ground: &Ground, id: ConversationId) -> Result<Option<Head>, StoreError> {
    let Some(row) = conversation_row(ground, id).await? else { return Ok(None) };
    replayed_head(ground, id, &row).await.map(Some)
}

/// Writes the message ids of the last batch, which a crash may have left unwritten: those of all others were
/// written before anything behind them.
async fn repair_send_ids(ground: &Ground, id: ConversationId, entries: &[Entry]) -> Result<(), StoreError> {
    let tail = entries.get(entries.len().saturating_sub(BATCH_MAX)..).unwrap_or(&[]);
    append::write_send_ids(ground, id, tail).await
}

/// What stands in a log from a seq on, at most [`LOOK_ENTRIES_MAX`] entries.
pub(super) async fn look_from(ground: &Ground, id: ConversationId, from: Seq) -> Result<Looked, StoreError> {
    let marks = all_marks(ground.store(), id).await?;
    let entries = step(ground, id, from).await?;
    repair_send_ids(ground, id, &entries).await?;
    Ok(Looked { more: entries.len() >= LOOK_ENTRIES_MAX, entries, marks })
}

pub(super) async fn conversation_row(
    ground: &Ground,
    id: ConversationId,
) -> Result<Option<tables::ConversationRow>, StoreError> {
    let part = ConversationsPart { conversation: id };
    ground.store().get::<tables::Conversations>(part, ConversationsKey {}, Read::Quorum).await
}

/// The stored head with every later entry of the log applied.
pub(super) async fn replayed_head(
    ground: &Ground,
    id: ConversationId,
    row: &tables::ConversationRow,
) -> Result<Head, StoreError> {
    let part = tables::HeadsPart { conversation: id };
    let stored = ground.store().get::<tables::Heads>(part, tables::HeadsKey {}, Read::Fast).await?;
    let first = row.first_head(id)?;
    let Some(stored) = stored else { return folded(ground, first).await };
    let stored = stored.into_head(id, row)?;
    if stored.head > Seq::ZERO && entries(ground, id, (stored.head, stored.head), Read::Quorum).await?.is_empty() {
        // The log was put back from an older copy than the head: the log decides.
        tracing::warn!(conversation = %id, head = %stored.head, "a stored head is ahead of its log");
        return folded(ground, first).await;
    }
    folded(ground, stored).await
}

/// An inbox's newest rows, of however many there are: they lie in the order of their ids.
pub(crate) async fn rows(store: &Store, enterprise: EnterpriseId) -> Result<Vec<Head>, StoreError> {
    let (part, mut newest, mut from) = (tables::InboxPart { enterprise }, Newest::default(), Bound::Unbounded);
    loop {
        let scan = Scan { from, to: Bound::Unbounded, rev: false, limit: INBOX_PAGE };
        let rows = store.scan::<tables::Inbox>(part.clone(), scan, Read::Quorum).await?;
        let Some((last, _row)) = rows.last() else { return Ok(newest.into_heads().collect()) };
        from = Bound::Excluded(last.clone());
        let heads: Result<Vec<Head>, _> = rows.into_iter().map(|(key, row)| row.into_head(key.conversation)).collect();
        newest.extend(heads?);
    }
}

/// One user's marks in some conversations, and those of some heads that have moved on.
pub(crate) async fn facts(
    ground: &Ground,
    user: UserId,
    conversations: Vec<ConversationId>,
    heads: Vec<Head>,
) -> Result<Facts, StoreError> {
    let marks = marks(ground.store(), user, conversations).await?;
    let reads = stream::iter(heads).map(|head| async move {
        let before = head.head;
        folded(ground, head).await.map(|head| (head.head > before).then_some(head))
    });
    let moved: Vec<Option<Head>> = reads.buffered(HEADS_AT_ONCE).try_collect().await?;
    Ok(Facts { marks, heads: moved.into_iter().flatten().collect() })
}

/// A head with every later entry of the log applied.
async fn folded(ground: &Ground, mut head: Head) -> Result<Head, StoreError> {
    loop {
        let entries = step(ground, head.conversation, head.head.next()).await?;
        entries.iter().for_each(|entry| head.apply(entry));
        if entries.len() < LOOK_ENTRIES_MAX {
            return Ok(head);
        }
    }
}

/// Entries from a seq on, at most [`LOOK_ENTRIES_MAX`]: this finds the log's end, so nothing undecided may be missed.
pub(super) async fn step(ground: &Ground, id: ConversationId, from: Seq) -> Result<Vec<Entry>, StoreError> {
    let last = from.0.saturating_add(LOOK_ENTRIES_MAX as i64 - 1);
    entries(ground, id, (from, Seq(last)), Read::Serial).await
}

/// Entries `from..=to`, in order; fewer only where the log ends. Those up to a head that was found may be read by quorum.
pub(super) async fn entries(
    ground: &Ground,
    id: ConversationId,
    (from, to): (Seq, Seq),
    read: Read,
) -> Result<Vec<Entry>, StoreError> {
    let mut found = Vec::new();
    let mut next = from;
    while next <= to {
        let bucket_end = Seq((tables::bucket(next) + 1) * tables::BUCKET_ENTRIES - 1).min(to);
        let before = found.len();
        found.extend(bucket_entries(ground, id, (next, bucket_end), read).await?);
        let wanted = bucket_end.0 - next.0 + 1;
        if i64::try_from(found.len() - before).unwrap_or(0) < wanted {
            break;
        }
        next = bucket_end.next();
    }
    gapless(found, from)
}

async fn bucket_entries(
    ground: &Ground,
    id: ConversationId,
    (from, to): (Seq, Seq),
    read: Read,
) -> Result<Vec<Entry>, StoreError> {
    let scan = Scan {
        from: Bound::Included(EntriesKey { seq: from }),
        to: Bound::Included(EntriesKey { seq: to }),
        rev: false,
        limit: u32::try_from(tables::BUCKET_ENTRIES).unwrap_or(u32::MAX),
    };
    let rows = ground.store().scan::<Entries>(tables::entries_part(id, from), scan, read).await?;
    let sealer = ground.accounts().sealer();
    rows.into_iter().map(|(key, row)| cards::entry_of(sealer, id, key.seq, row)).collect()
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

pub(super) async fn all_marks(store: &Store, id: ConversationId) -> Result<Vec<Mark>, StoreError> {
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
