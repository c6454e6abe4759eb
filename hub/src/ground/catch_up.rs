//! Whether this hub still brings up to date what the last one left behind its logs: until then a list of conversations may
//! lack one, or have it in the wrong place.
//!
//! Owns a count and the patience of those who wait for it. Never brings anything up to date.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Lists wait no longer than this after a start, all of them together: a conversation that cannot be read keeps nobody.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// See the module. Of a hub that is alone on its store; beside others, lists look into the logs themselves.
#[derive(Debug, Default)]
pub(crate) struct CatchUp {
    /// Conversations that were found and whose lists do not know their heads yet.
    left: watch::Sender<usize>,
}

impl CatchUp {
    /// One more was found.
    pub(crate) fn begin(&self) {
        self.left.send_modify(|left| *left += 1);
    }

    /// The lists know so many more.
    pub(crate) fn done(&self, count: usize) {
        self.left.send_if_modified(|left| {
            let before = *left;
            *left = before.saturating_sub(count);
            *left != before
        });
    }

    /// Waits for all of them, if not for too long.
    pub(crate) async fn over(&self) {
        if *self.left.borrow() == 0 {
            return;
        }
        let mut left = self.left.subscribe();
        if timeout(WAIT_MAX, left.wait_for(|left| *left == 0)).await.is_err() {
            let unread = self.left.send_replace(0);
            tracing::warn!(unread, "conversations of the last run are not up to date; lists wait for them no longer");
        }
    }
}

#[cfg(test)]
mod tests;
