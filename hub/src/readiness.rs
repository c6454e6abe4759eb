//! Whether the store answers, asked at most once a second whoever wants to know: a probe that anybody may send must not be a
//! quorum read each time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chat::tables::{Conversations, ConversationsKey, ConversationsPart};
use storage::clock::Tick;
use storage::ids::ConversationId;
use storage::{Clock, Read, Store};

/// How long a store may take to show that it answers.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// For how long an answer holds. **Units**: milliseconds.
const HOLDS_MS: i64 = 1_000;

/// See the module.
#[derive(Debug, Default)]
pub struct Readiness {
    /// A lock because requests come from many tasks; held for a copy.
    last: Mutex<Option<(Tick, bool)>>,
}

impl Readiness {
    /// The last answer while it holds. Who finds none asks; others go by the last one meanwhile.
    fn known(&self, now: Tick) -> Option<bool> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, is_ready) = (*last)?;
        if now.since_ms(at) >= HOLDS_MS {
            *last = Some((now, is_ready));
            return None;
        }
        Some(is_ready)
    }

    fn learn(&self, now: Tick, is_ready: bool) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, is_ready));
    }

    /// Whether it answers.
    pub async fn ask(&self, clock: &Clock, store: &Store) -> bool {
        if let Some(is_ready) = self.known(clock.tick()) {
            return is_ready;
        }
        // A row that nobody ever writes: listing partitions would ask every node of a cluster, and rows that come and go
        // leave tombstones to read over.
        let part = ConversationsPart { conversation: ConversationId(0) };
        let probe = store.get::<Conversations>(part, ConversationsKey {}, Read::Quorum);
        let is_ready = matches!(tokio::time::timeout(READY_WITHIN, probe).await, Ok(Ok(_none)));
        let is_ready = is_ready && store.check().is_ok();
        self.learn(clock.tick(), is_ready);
        is_ready
    }
}
