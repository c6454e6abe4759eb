//! The tasks of a hub, in the two groups in which they end.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// After the sockets are closed: how long stores and shards may take to end.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// See the module. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    /// Sockets and lanes: end first, and tell their clients.
    pub sockets: TaskTracker,
    /// Ends the first group.
    pub drain: CancellationToken,
    /// Shards, store jobs, pollers: end when no socket needs them.
    pub rooms: TaskTracker,
    /// Ends the second group.
    pub stop: CancellationToken,
}

impl Tasks {
    /// Ends both groups, the sockets first. Whoever does not end in time is left.
    pub async fn end(self) {
        let Self { sockets, drain, rooms, stop } = self;
        drain.cancel();
        sockets.close();
        sockets.wait().await;
        stop.cancel();
        rooms.close();
        if tokio::time::timeout(STOP_WITHIN, rooms.wait()).await.is_err() {
            tracing::warn!("some tasks did not end in time");
        }
    }

    /// Runs something beside the rooms until they end: whatever was not answered then was not promised.
    pub fn beside_rooms(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        drop(self.rooms.spawn(async move {
            tokio::select! {
                biased;
                () = task => {}
                () = stop.cancelled() => {}
            }
        }));
    }
}
