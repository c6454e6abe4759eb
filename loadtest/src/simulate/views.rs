//! What is stored beside the logs, held against them: behind a log only while a note says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use chat::tables::{Entries, Heads, HeadsKey, HeadsPart, Inbox, InboxKey, InboxPart, Unsettled, entries_part};
use storage::ids::{ConversationId, Seq};
use storage::model::Model;
use storage::{Read, Scan, Store, StoreError};

use super::world::Thread;

/// More than any run here has.
const NOTES_MAX: u32 = 10_000;

/// What is behind without a note. At any instant, also when everybody has just died, this must be nothing.
pub(super) async fn unnoticed(model: &Arc<Model>, threads: &[Thread]) -> Result<Vec<String>, StoreError> {
    let store = Store::Model(Arc::clone(model));
    let noted = noted(&store).await?;
    let mut findings = Vec::new();
    for thread in threads {
        let (last, views) = (log_end(&store, thread).await?, views(&store, thread).await?);
        if views.iter().any(|view| *view != Some(last)) && !noted.contains(&thread.id) {
            findings.push(format!("{} ends at {last}, its views at {views:?}, and no note says so", thread.id));
        }
    }
    Ok(findings)
}

/// What is still noted although everything was settled long ago.
pub(super) async fn noted(store: &Store) -> Result<BTreeSet<ConversationId>, StoreError> {
    let mut noted = BTreeSet::new();
    for part in store.partitions::<Unsettled>(None, NOTES_MAX).await? {
        let rows = store.scan::<Unsettled>(part, Scan::first(NOTES_MAX), Read::Serial).await?;
        noted.extend(rows.into_iter().map(|(key, _row)| key.conversation));
    }
    Ok(noted)
}

async fn log_end(store: &Store, thread: &Thread) -> Result<i64, StoreError> {
    let last = Scan { rev: true, ..Scan::first(1) };
    let rows = store.scan::<Entries>(entries_part(thread.id, Seq(1)), last, Read::Serial).await?;
    Ok(rows.first().map_or(0, |(key, _row)| key.seq.0))
}

/// Where the head's row and both inbox rows stand.
async fn views(store: &Store, thread: &Thread) -> Result<Vec<Option<i64>>, StoreError> {
    let conversation = thread.id;
    let head = store.get::<Heads>(HeadsPart { conversation }, HeadsKey {}, Read::Serial).await?;
    let mut views = vec![head.map(|row| row.head.0)];
    for enterprise in thread.sides {
        let row = store.get::<Inbox>(InboxPart { enterprise }, InboxKey { conversation }, Read::Serial).await?;
        views.push(row.map(|row| row.head.0));
    }
    Ok(views)
}
