//! After an operator put an old copy of the store back: every conversation's history may lack what clients have seen.

use chat::tables::{Conversations, ConversationsKey, ConversationsPart};
use storage::{Applied, Expect, Op, Read, Store, StoreError};

/// Conversations listed at once.
const PAGE: u32 = 1_000;

/// Raises the epoch of every conversation, so that clients drop their copies. Before any hub runs on the store.
/// **Units**: conversations.
///
/// # Errors
/// The store's; doing it again is harmless.
pub async fn declare_restored(store: &Store) -> Result<u64, StoreError> {
    let mut raised = 0;
    let mut after: Option<ConversationsPart> = None;
    loop {
        let parts = store.partitions::<Conversations>(after, PAGE).await?;
        let Some(last) = parts.last() else { return Ok(raised) };
        after = Some(last.clone());
        for part in parts {
            raised += u64::from(raise(store, part).await?);
        }
    }
}

async fn raise(store: &Store, part: ConversationsPart) -> Result<bool, StoreError> {
    let Some(mut row) = store.get::<Conversations>(part.clone(), ConversationsKey {}, Read::Serial).await? else {
        return Ok(false);
    };
    let expect = Expect::Version(ConversationsKey {}, row.v);
    (row.v, row.epoch) = (row.v + 1, row.epoch + 1);
    let put = Op::Put { c: ConversationsKey {}, row, at: None };
    match store.write_if::<Conversations>(part, vec![expect], vec![put]).await? {
        Applied::Yes => Ok(true),
        Applied::No { .. } => {
            Err(StoreError::Other("a hub runs on the store that is being declared restored".to_owned()))
        }
    }
}
