//! Notes: rows that say that a conversation's views may be behind its log, and the sweeper that finds those that a crash
//! left. A note is removed by whoever has settled the views behind every append that counted on it.

use std::ops::Bound;
use std::time::Duration;

use chat::tables::{
    self, Entries, EntriesKey, Pairs, PairsKey, PairsPart, Unsettled, UnsettledKey, UnsettledPart, UnsettledRow,
};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use storage::ids::{ConversationId, Seq};
use storage::{Ack, Op, Read, Scan, StoreError};

use super::{NegotiationRoom, NegotiationTold, load, start};
use crate::ground::Ground;
use crate::rooms::Ways;

/// Partitions listed at once.
const SWEEP_PARTS: u32 = 1_000;
/// Rows read at once while sweeping.
const SWEEP_ROWS: u32 = 1_000;
/// Partitions, and in each of them rows, looked at side by side.
const SWEEP_AT_ONCE: usize = 16;
/// How far later sweeps look back: what is older was found at the start.
const SWEEP_HOURS: i64 = 3;
/// Between two sweeps, on the average: each pause is drawn, so that hubs do not sweep at the same moment.
const SWEEP_EVERY_MS: u64 = 60_000;
/// A note of this age has lost its hub: a living one renews its note long before, or has settled.
const ORPHAN_MS: i64 = 300_000;

/// A note to be written.
#[derive(Debug, Clone)]
pub(crate) struct Noting {
    pub(crate) note: i64,
    /// Older ones of the same hub and conversation, which it replaces.
    pub(crate) instead_of: Vec<i64>,
}

/// A key for a note: none is ever written again once it may have been removed.
pub(super) fn draw_note(ground: &Ground) -> i64 {
    #[cfg(feature = "planted")]
    if crate::planted::planted() == Some(chat::planted::Bug::OneUnsettledRow) {
        return tables::note(ground.clock().now(), 0);
    }
    tables::note(ground.clock().now(), ground.entropy().draw())
}

pub(super) async fn write_note(
    ground: &Ground,
    conversation: ConversationId,
    noting: &Noting,
) -> Result<(), StoreError> {
    let c = UnsettledKey { conversation, note: noting.note };
    let row = UnsettledRow { hub: ground.hub(), since: ground.clock().now() };
    let part = tables::unsettled_part(conversation, noting.note);
    ground.store().write::<Unsettled>(part, vec![Op::Put { c, row, at: None }], Ack::Durable).await?;
    remove_notes(ground, conversation, &noting.instead_of).await
}

pub(super) async fn remove_notes(
    ground: &Ground,
    conversation: ConversationId,
    notes: &[i64],
) -> Result<(), StoreError> {
    let part = |note: &i64| tables::unsettled_part(conversation, *note);
    let key = |note: &i64| UnsettledKey { conversation, note: *note };
    for together in notes.chunk_by(|one, next| part(one) == part(next)) {
        for chunk in together.chunks(storage::store::WRITE_OPS_MAX) {
            let ops = chunk.iter().map(|note| Op::Delete { c: key(note) }).collect();
            let Some(first) = chunk.first() else { continue };
            ground.store().write::<Unsettled>(part(first), ops, Ack::Durable).await?;
        }
    }
    Ok(())
}

/// Finds what lost its hub and has each such conversation settled. At start-up: alone on a store, over all that
/// stand; beside others over the last days (to list partitions, a server reads over all their tombstones).
/// **Units**: notes.
///
/// # Errors
/// The store's.
pub async fn sweep(ground: &Ground, ways: &Ways) -> Result<usize, StoreError> {
    if ground.is_shared() {
        return sweep_back(ground, ways, tables::UNSETTLED_HOURS).await;
    }
    let (mut found, mut after) = (0, None);
    loop {
        let parts = ground.store().partitions::<Unsettled>(after, SWEEP_PARTS).await?;
        let Some(last) = parts.last().cloned() else { return Ok(found) };
        after = Some(last);
        found += sweep_parts(ground, ways, parts).await?;
    }
}

async fn sweep_back(ground: &Ground, ways: &Ways, hours: i64) -> Result<usize, StoreError> {
    sweep_parts(ground, ways, tables::unsettled_parts(ground.clock().now(), hours)).await
}

async fn sweep_parts(
    ground: &Ground,
    ways: &Ways,
    parts: impl IntoIterator<Item = UnsettledPart>,
) -> Result<usize, StoreError> {
    let found = stream::iter(parts).map(|part| sweep_part(ground, ways, part)).buffered(SWEEP_AT_ONCE);
    found.try_fold(0, async |sum, found| Ok(sum + found)).await
}

async fn sweep_part(ground: &Ground, ways: &Ways, part: UnsettledPart) -> Result<usize, StoreError> {
    let (mut found, mut from) = (0, Bound::Unbounded);
    loop {
        let scan = Scan { from, to: Bound::Unbounded, rev: false, limit: SWEEP_ROWS };
        let rows = ground.store().scan::<Unsettled>(part.clone(), scan, Read::Quorum).await?;
        let Some((last, _row)) = rows.last() else { return Ok(found) };
        from = Bound::Excluded(last.clone());
        let orphans = stream::iter(rows).filter(|(_key, row)| std::future::ready(is_orphan(ground, row)));
        let adopting = orphans.map(|(key, _row)| adopt(ground, ways, key)).buffered(SWEEP_AT_ONCE);
        found += adopting.try_fold(0, async |sum, adopted| Ok(sum + usize::from(adopted))).await?;
    }
}

/// Sweeps for ever; nothing to do where no other hub leaves anything behind.
pub async fn keep_sweeping(ground: Ground, ways: Ways) {
    if !ground.is_shared() {
        return;
    }
    loop {
        let drawn_ms = ground.entropy().draw() % SWEEP_EVERY_MS;
        tokio::time::sleep(Duration::from_millis(SWEEP_EVERY_MS / 2 + drawn_ms)).await;
        match sweep_back(&ground, &ways, SWEEP_HOURS).await {
            Ok(0) => {}
            Ok(unsettled) => tracing::info!(unsettled, "what another hub left unsettled is being settled"),
            Err(error) => tracing::warn!(%error, "what is unsettled cannot be read"),
        }
    }
}

/// Alone on a store, nothing of an earlier life has a hub; beside others only age tells.
fn is_orphan(ground: &Ground, row: &UnsettledRow) -> bool {
    let is_alone = !ground.is_shared() && row.hub != ground.hub();
    is_alone || ground.clock().now().since_ms(row.since) >= ORPHAN_MS
}

/// False for a conversation that lost the race for its pair before anybody heard of it: only its note goes.
async fn adopt(
    ground: &Ground,
    ways: &Ways,
    UnsettledKey { conversation, note }: UnsettledKey,
) -> Result<bool, StoreError> {
    let has_entries = has_entries(ground, conversation).await?;
    let is_real = has_entries || holds_its_pair(ground, conversation).await?;
    if is_real && !has_entries {
        // Whoever blocks ends what stands in the inboxes; what does not yet stand there looks by itself when it is loaded.
        start::list(ground, ways, conversation).await?;
    }
    if is_real {
        if !ground.is_shared() {
            ground.catch_up().begin();
        }
        ways.tell::<NegotiationRoom>(conversation, NegotiationTold::Touch(note));
    } else {
        remove_notes(ground, conversation, &[note]).await?;
    }
    Ok(is_real)
}

async fn has_entries(ground: &Ground, conversation: ConversationId) -> Result<bool, StoreError> {
    let first = Seq(1);
    let part = tables::entries_part(conversation, first);
    Ok(ground.store().get::<Entries>(part, EntriesKey { seq: first }, Read::Serial).await?.is_some())
}

async fn holds_its_pair(ground: &Ground, conversation: ConversationId) -> Result<bool, StoreError> {
    let Some(row) = load::conversation_row(ground, conversation).await? else { return Ok(false) };
    let pair = PairsPart {
        side_a: row.side_a,
        side_b: row.side_b,
        context_kind: row.context_kind,
        context_id: row.context_id,
    };
    let held = ground.store().get::<Pairs>(pair, PairsKey {}, Read::Serial).await?;
    Ok(held.is_some_and(|held| held.conversation == conversation))
}
