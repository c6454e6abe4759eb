//! Where negotiations lie in the store, and the way between rows and values.
//!
//! Owns the layout; never reads or writes a store itself.

use std::sync::Arc;

use storage::ids::{ConversationId, EnterpriseId, Millis, Seq, UserId};
use storage::{Result, StoreError};

use crate::log::{Entry, EntryKind, Head, Mark, Side};
use crate::time::Rank;
use crate::wire::{Context, State, TargetKind};

mod heads;
#[cfg(test)]
mod tests;

pub use heads::{HeadPatch, HeadRow, Heads, HeadsKey, HeadsPart, Inbox, InboxKey, InboxPart, InboxPatch, InboxRow};

/// Entries of one log partition: 4,096 of at most 8 KB stay well below what a partition may hold.
pub const BUCKET_ENTRIES: i64 = 4_096;

/// Partitions of [`Unsettled`] in an hour.
pub const UNSETTLED_SLOTS: i64 = 8;
/// Hours of notes that a hub looks through at its start where others may have left some.
pub const UNSETTLED_HOURS: i64 = 72;
const HOUR_MS: i64 = 3_600_000;
/// A note's lower bits are random, the higher ones its hour.
const NOTE_RANDOM_BITS: u32 = 40;

storage::table! {
    /// The logs. Each entry is written once, under `Absent` of its seq.
    /// Version 2: entries have ranks; on CQL their own ids stand for those of their writes.
    pub Entries: guarded, log, "entries", version 2, op op_id;
    partition EntriesPart { conversation: ConversationId, bucket: i64 }
    clustering EntriesKey { seq: Seq }
    row EntryRow {
        /// [`EntryKind::number`].
        kind: i64,
        sender: UserId,
        /// [`Side::number`].
        side: i64,
        at: Millis,
        /// empty when the operation has none.
        client_msg_id: Arc<str>,
        /// drawn anew for each entry, kept when its append is repeated.
        op_id: u128,
        /// JSON text; empty when the kind has none.
        body: Arc<str>,
        target: Option<Seq>,
        count_a: i64,
        count_b: i64,
        /// [`Rank`]; none in entries of before there were ranks.
        rank: Option<i64> [since 2],
    }
    patch EntryPatch
}

storage::table! {
    /// Which message ids were sent: makes sending exactly-once for 8 days.
    pub SendIds: plain, log, "send_ids", version 1, ttl 691_200;
    partition SendIdsPart { conversation: ConversationId }
    clustering SendIdsKey { sender: UserId, client_msg_id: Arc<str> }
    row SendIdRow { seq: Seq, at: Millis }
    patch SendIdPatch
}

storage::table! {
    /// What never changes of a conversation, and its epoch.
    pub Conversations: guarded, clustered, "conversations", version 4;
    partition ConversationsPart { conversation: ConversationId }
    clustering ConversationsKey {}
    row ConversationRow {
        side_a: EnterpriseId,
        side_b: EnterpriseId,
        name_a: Arc<str>,
        name_b: Arc<str>,
        /// [`context_number`].
        context_kind: i64,
        context_id: String,
        /// who started it: side A's first assignee.
        creator: UserId,
        created_at: Millis,
        epoch: i64,
        /// [`Rank`] of its start.
        rank: Option<i64> [since 2],
        /// none where there was none, or in rows of before they were kept.
        name_en_a: Option<Arc<str>> [since 3],
        name_en_b: Option<Arc<str>> [since 3],
        /// none of an enterprise.
        context_title: Option<Arc<str>> [since 4],
    }
    patch ConversationPatch
}

storage::table! {
    /// The one conversation of a pair and context that may be open: see [`crate::pair`].
    pub Pairs: guarded, clustered, "pairs", version 1;
    partition PairsPart { side_a: EnterpriseId, side_b: EnterpriseId, context_kind: i64, context_id: String }
    clustering PairsKey {}
    row PairRow { conversation: ConversationId }
    patch PairPatch
}

storage::table! {
    /// Who of two enterprises blocks the other, in every conversation of theirs: see [`crate::pair`]. None when neither
    /// ever did.
    pub Blocks: guarded, clustered, "blocks", version 1;
    partition BlocksPart {
        /// The smaller id.
        low: EnterpriseId,
        high: EnterpriseId,
    }
    clustering BlocksKey {}
    row BlocksRow {
        /// since when the one with the smaller id blocks.
        by_low: Option<Millis>,
        by_high: Option<Millis>,
    }
    patch BlocksPatch
}

storage::table! {
    /// Read marks, written with `at` = [`mark_at`]: an older mark never wins.
    pub ReadMarks: ordered, clustered, "read_marks", version 1;
    partition ReadMarksPart { conversation: ConversationId }
    clustering ReadMarksKey { user: UserId }
    row ReadMarkRow { seq: Seq, count_a: i64, count_b: i64 }
    patch ReadMarkPatch
}

storage::table! {
    /// Conversations whose head, inbox rows and notifications may be behind their log. Written before the append, so
    /// that a sweeper finds what a crash left. Each hub has rows of its own, each row its own key for ever: removing
    /// what one has settled never removes what another has not. By hours, since rows that come and go leave tombstones
    /// that a sweeper has to read over.
    pub Unsettled: plain, clustered, "unsettled", version 1, ttl 2_592_000;
    partition UnsettledPart {
        /// since the epoch, UTC.
        hour: i64,
        /// [`unsettled_part`].
        slot: i64,
    }
    clustering UnsettledKey {
        conversation: ConversationId,
        /// [`note`].
        note: i64,
    }
    row UnsettledRow {
        /// whose: one life of one hub.
        hub: i64,
        /// appends that count on this row began at most a minute later.
        since: Millis,
    }
    patch UnsettledPatch
}

/// Every table of this crate.
pub const ALL: [&storage::Spec; 9] = [
    <Entries as storage::Table>::SPEC,
    <SendIds as storage::Table>::SPEC,
    <Conversations as storage::Table>::SPEC,
    <Heads as storage::Table>::SPEC,
    <Pairs as storage::Table>::SPEC,
    <Blocks as storage::Table>::SPEC,
    <Inbox as storage::Table>::SPEC,
    <ReadMarks as storage::Table>::SPEC,
    <Unsettled as storage::Table>::SPEC,
];

/// The bucket of a seq.
#[must_use]
pub const fn bucket(seq: Seq) -> i64 {
    seq.0.div_euclid(BUCKET_ENTRIES)
}

/// The partition of a seq.
#[must_use]
pub const fn entries_part(conversation: ConversationId, seq: Seq) -> EntriesPart {
    EntriesPart { conversation, bucket: bucket(seq) }
}

/// The key of a note that is made now.
#[must_use]
pub const fn note(now: Millis, random: u64) -> i64 {
    (hour(now) << NOTE_RANDOM_BITS) | (random >> (u64::BITS - NOTE_RANDOM_BITS)).cast_signed()
}

/// The partition of [`Unsettled`] that a note of a conversation is in.
#[must_use]
pub const fn unsettled_part(conversation: ConversationId, note: i64) -> UnsettledPart {
    UnsettledPart { hour: note >> NOTE_RANDOM_BITS, slot: conversation.0.rem_euclid(UNSETTLED_SLOTS) }
}

/// Where notes of the last hours stand; one hour more, since clocks differ.
pub fn unsettled_parts(now: Millis, hours: i64) -> impl Iterator<Item = UnsettledPart> {
    let hours = hour(now) - hours..=hour(now) + 1;
    hours.flat_map(|hour| (0..UNSETTLED_SLOTS).map(move |slot| UnsettledPart { hour, slot }))
}

const fn hour(at: Millis) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

/// The write time of a read mark: a new epoch's marks win over all older ones, later seqs over earlier.
#[must_use]
pub const fn mark_at(epoch: i64, seq: Seq) -> i64 {
    (epoch << 40) | seq.0
}

/// The number that is stored for a kind of context.
#[must_use]
pub const fn context_number(kind: TargetKind) -> i64 {
    match kind {
        TargetKind::Enterprise => 1,
        TargetKind::Project => 2,
        TargetKind::Booth => 3,
        TargetKind::Exhibit => 4,
        TargetKind::Live => 5,
        TargetKind::Order => 6,
    }
}

/// The number that is stored for a state.
#[must_use]
pub const fn state_number(state: State) -> i64 {
    match state {
        State::Open => 1,
        State::Closed => 2,
        State::Blocked => 3,
    }
}

fn context(kind: i64, id: String, title: Option<Arc<str>>) -> Result<Context> {
    let kind = match kind {
        1 => TargetKind::Enterprise,
        2 => TargetKind::Project,
        3 => TargetKind::Booth,
        4 => TargetKind::Exhibit,
        5 => TargetKind::Live,
        6 => TargetKind::Order,
        _ => return Err(corrupt("context", kind)),
    };
    Ok(Context { kind, id, title })
}

fn state(number: i64) -> Result<State> {
    match number {
        1 => Ok(State::Open),
        2 => Ok(State::Closed),
        3 => Ok(State::Blocked),
        _ => Err(corrupt("state", number)),
    }
}

fn side(number: i64) -> Result<Side> {
    Side::from_number(number).ok_or_else(|| corrupt("side", number))
}

fn rank(stored: Option<i64>, at: Millis) -> Rank {
    stored.map_or_else(|| Rank::of(at), Rank)
}

fn corrupt(what: &str, number: i64) -> StoreError {
    StoreError::Corrupt(format!("unknown {what} {number}"))
}

impl EntryRow {
    /// The row of an entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self {
            v: 1,
            kind: entry.kind.number(),
            sender: entry.from,
            side: entry.side.number(),
            at: entry.at,
            client_msg_id: Arc::clone(&entry.client_msg_id),
            op_id: entry.op_id,
            body: Arc::clone(&entry.body),
            target: entry.target,
            count_a: entry.count_a,
            count_b: entry.count_b,
            rank: Some(entry.rank.0),
        }
    }

    /// The entry that stands at `seq`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a number means nothing.
    pub fn into_entry(self, seq: Seq) -> Result<Entry> {
        Ok(Entry {
            seq,
            kind: EntryKind::from_number(self.kind).ok_or_else(|| corrupt("entry kind", self.kind))?,
            from: self.sender,
            side: side(self.side)?,
            at: self.at,
            rank: rank(self.rank, self.at),
            client_msg_id: self.client_msg_id,
            op_id: self.op_id,
            body: self.body,
            target: self.target,
            count_a: self.count_a,
            count_b: self.count_b,
        })
    }
}

impl ConversationRow {
    /// The head before the first entry: side A in the hands of who started it, side B of nobody.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a number means nothing.
    pub fn first_head(&self, conversation: ConversationId) -> Result<Head> {
        let context = context(self.context_kind, self.context_id.clone(), self.context_title.clone())?;
        Ok(Head {
            enterprises: [self.side_a, self.side_b],
            names: [Arc::clone(&self.name_a), Arc::clone(&self.name_b)],
            names_en: [self.name_en_a.clone(), self.name_en_b.clone()],
            at: self.created_at,
            rank: rank(self.rank, self.created_at),
            assignees: [Some(self.creator), None],
            ..Head::empty(conversation, context)
        })
    }
}

impl ReadMarkRow {
    /// The row of a mark.
    #[must_use]
    pub const fn of(mark: &Mark) -> Self {
        let [count_a, count_b] = mark.counts;
        Self { seq: mark.seq, count_a, count_b }
    }

    /// The mark of a user.
    #[must_use]
    pub const fn into_mark(self, user: UserId) -> Mark {
        Mark { user, seq: self.seq, counts: [self.count_a, self.count_b] }
    }
}
