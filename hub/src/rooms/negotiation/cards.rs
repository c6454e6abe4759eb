//! Contact cards in the log: sealed in the store, as all personal data is, and bound to their place there. In memory and on
//! the wire they are what the sender consented to show.
//!
//! **Shape** of a sealed body: `{"sealed":"<base64>"}`. Cards of before they were sealed are read as they stand.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chat::tables::EntryRow;
use chat::{Entry, EntryKind};
use fair::seal::Sealer;
use serde::{Deserialize, Serialize};
use storage::StoreError;
use storage::ids::{ConversationId, Seq};

#[derive(Serialize, Deserialize)]
struct Sealed {
    sealed: String,
}

/// What stands for a card that was sealed with another secret.
const UNREADABLE: &str = r#"{"type":"contact"}"#;

fn place(conversation: ConversationId, seq: Seq) -> Vec<u8> {
    [b"entry".as_slice(), &conversation.0.to_be_bytes(), &seq.0.to_be_bytes()].concat()
}

/// The row of an entry.
pub(super) fn row_of(sealer: &Sealer, conversation: ConversationId, entry: &Entry) -> Result<EntryRow, StoreError> {
    let mut row = EntryRow::of(entry);
    if entry.kind == EntryKind::Card {
        let sealed = sealer.seal_bytes(&place(conversation, entry.seq), row.body.as_bytes());
        let sealed = Sealed { sealed: STANDARD.encode(sealed.map_err(other)?) };
        row.body = serde_json::to_string(&sealed).map_err(other)?.into();
    }
    Ok(row)
}

/// The entry of a row.
pub(super) fn entry_of(
    sealer: &Sealer,
    conversation: ConversationId,
    seq: Seq,
    row: EntryRow,
) -> Result<Entry, StoreError> {
    let mut entry = row.into_entry(seq)?;
    if entry.kind == EntryKind::Card
        && let Ok(Sealed { sealed }) = serde_json::from_str::<Sealed>(&entry.body)
    {
        let opened = STANDARD.decode(sealed).ok().and_then(|sealed| {
            sealer.open_bytes(&place(conversation, seq), &sealed).ok().and_then(|plain| String::from_utf8(plain).ok())
        });
        if opened.is_none() {
            tracing::warn!(%conversation, %seq, "a contact card does not open: it was sealed with another secret");
        }
        entry.body = opened.map_or_else(|| Arc::from(UNREADABLE), Arc::from);
    }
    Ok(entry)
}

fn other(error: impl std::fmt::Display) -> StoreError {
    StoreError::Other(error.to_string())
}

#[cfg(test)]
mod tests;
