//! Whether this hub still brings up to date what the last one left behind its logs: until then a list of conversations may
//! lack one, or have it in the wrong place.
//!
//! Owns a count and the patience of those who wait for it. Never brings anything up to date.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// Lists wait no longer than this after a start, all of them together: a conversation that cannot be read keeps nobody.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// See the module. Of a hub that is alone on its store; beside others, lists look into the logs themselves.
#[derive(Debug, Default)]
pub(crate) struct CatchUp {
    /// Conversations that were found and whose lists do not know their heads yet.
    left: AtomicUsize,
    /// Wakes who waits in the order they came. A watch channel wakes them in an order of chance, and then a run of the
    /// simulation cannot be repeated.
    over: Notify,
}

impl CatchUp {
    /// One more was found.
    pub(crate) fn begin(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    /// The lists know so many more.
    pub(crate) fn done(&self, count: usize) {
        let less = |left: usize| Some(left.saturating_sub(count));
        let before = self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).unwrap_or_default();
        if before > 0 && before <= count {
            self.over.notify_waiters();
        }
    }

    /// Waits for all of them, if not for too long.
    pub(crate) async fn over(&self) {
        let mut over = pin!(self.over.notified());
        // Before the look: what ends behind it is heard.
        over.as_mut().enable();
        if self.left.load(Ordering::Acquire) == 0 {
            return;
        }
        if timeout(WAIT_MAX, over).await.is_err() {
            let unread = self.left.swap(0, Ordering::AcqRel);
            if unread > 0 {
                self.over.notify_waiters();
                tracing::warn!(
                    unread,
                    "conversations of the last run are not up to date; lists wait for them no longer"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
