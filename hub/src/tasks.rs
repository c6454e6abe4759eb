//! The tasks of a hub, in the two groups in which they end.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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
