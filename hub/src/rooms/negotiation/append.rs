//! Appending to a log, exactly once: the order of the writes is what makes it so.
//!
//! 1. the note (first append since the views were settled), so that a sweeper finds what a crash leaves;
//! 2. the entries, conditional on their seqs being free;
//! 3. their `send_ids`, before anything behind them can be appended; the acknowledgement does not wait for them.
//!
//! A retry of any step repeats identical rows. An unknown outcome is repeated until it is definite: a refusal by rows
//! that carry our own operation ids is our success.

use std::time::Duration;

use chat::tables::{self, Entries, EntriesKey, EntryRow, SendIds};
use chat::{Appended, Entry};
use storage::ids::ConversationId;
use storage::{Ack, Applied, Expect, Op, StoreError};

use super::sweep::{self, Noting};
use super::{NegotiationDone, cards, load};
use crate::ground::{Ground, RETRY_FIRST, refusal};

/// Appends a batch, to a definite end; brings the entries that stand since.
pub(super) async fn append(
    ground: &Ground,
    conversation: ConversationId,
    entries: Vec<Entry>,
    noting: Option<Noting>,
) -> NegotiationDone {
    let started = ground.clock().tick();
    let appended = append_definitely(ground, conversation, &entries, noting).await;
    let took_ms = ground.clock().tick().since_ms(started);
    metrics::histogram!("append_seconds").record(took_ms as f64 / 1_000.0);
    let stand = match &appended {
        Appended::Yes => entries,
        Appended::Lost(theirs) => theirs.clone(),
        Appended::Refused(_) => Vec::new(),
    };
    NegotiationDone::Appended(appended, stand)
}

async fn append_definitely(
    ground: &Ground,
    conversation: ConversationId,
    entries: &[Entry],
    noting: Option<Noting>,
) -> Appended {
    if let Some(noting) = noting
        && let Err(error) = sweep::write_note(ground, conversation, &noting).await
    {
        return Appended::Refused(refusal(error));
    }
    let rows: Result<Vec<_>, _> = entries.iter().map(|entry| row(ground, conversation, entry)).collect();
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => return Appended::Refused(refusal(error)),
    };
    // A store that was asked and did not answer may have written: from then on only an answer is an end.
    let mut doubtful = false;
    let mut pause = RETRY_FIRST;
    loop {
        match append_once(ground, conversation, &rows).await {
            Ok(appended) => return appended,
            Err(StoreError::Unknown) => doubtful = true,
            Err(error) if !doubtful => return Appended::Refused(refusal(error)),
            Err(_still) => {}
        }
        ground.pause(&mut pause).await;
    }
}

type Row = (EntriesKey, EntryRow);

/// Made once: each try writes the same.
fn row(ground: &Ground, conversation: ConversationId, entry: &Entry) -> Result<Row, StoreError> {
    let row = cards::row_of(ground.accounts().sealer(), conversation, entry)?;
    Ok((EntriesKey { seq: entry.seq }, row))
}

async fn append_once(ground: &Ground, conversation: ConversationId, rows: &[Row]) -> Result<Appended, StoreError> {
    let Some((first, first_row)) = rows.first() else { return Ok(Appended::Yes) };
    let part = tables::entries_part(conversation, first.seq);
    let expect = rows.iter().map(|(c, _row)| Expect::Absent(c.clone())).collect();
    let ops = rows.iter().map(|(c, row)| Op::Put { c: c.clone(), row: row.clone(), at: None }).collect();
    match ground.store().write_if::<Entries>(part, expect, ops).await? {
        Applied::Yes => Ok(Appended::Yes),
        Applied::No { current } => {
            let ours = |(key, row): &Row| key.seq == first.seq && row.op_id == first_row.op_id;
            if current.first().is_some_and(ours) {
                // Our own earlier try: it was all or nothing.
                return Ok(Appended::Yes);
            }
            // At most so many: the room asks on.
            load::step(ground, conversation, first.seq).await.map(Appended::Lost)
        }
    }
}

/// After the entries, their ids: until they are written nothing may follow. A crash in between is mended when the
/// conversation is loaded. A full disk is told at once, since it may stay full for long: whoever waits shall hear of it.
pub(super) async fn seal(
    ground: &Ground,
    conversation: ConversationId,
    entries: Vec<Entry>,
    mut pause: Duration,
) -> NegotiationDone {
    while let Err(error) = write_send_ids(ground, conversation, &entries).await {
        tracing::warn!(%conversation, %error, "send ids are not written yet");
        if error == StoreError::Full {
            return NegotiationDone::Unsealed(entries, pause);
        }
        ground.pause(&mut pause).await;
    }
    NegotiationDone::Sealed
}

/// The same after a pause, where the disk was full.
pub(super) async fn seal_later(
    ground: &Ground,
    conversation: ConversationId,
    entries: Vec<Entry>,
    mut pause: Duration,
) -> NegotiationDone {
    ground.pause(&mut pause).await;
    seal(ground, conversation, entries, pause).await
}

pub(super) async fn write_send_ids(
    ground: &Ground,
    conversation: ConversationId,
    entries: &[Entry],
) -> Result<(), StoreError> {
    let ops: Vec<_> = entries.iter().filter(|entry| !entry.client_msg_id.is_empty()).map(send_id).collect();
    for chunk in ops.chunks(storage::store::WRITE_OPS_MAX) {
        let part = tables::SendIdsPart { conversation };
        ground.store().write::<SendIds>(part, chunk.to_vec(), Ack::Durable).await?;
    }
    Ok(())
}

fn send_id(entry: &Entry) -> Op<SendIds> {
    let c = tables::SendIdsKey { sender: entry.from, client_msg_id: entry.client_msg_id.clone() };
    Op::Put { c, row: tables::SendIdRow { seq: entry.seq, at: entry.at }, at: None }
}
