//! Work that takes a core for long, password hashes and pictures, on blocking threads that give way to everything else: on a
//! machine with few cores rooms would wait for it otherwise. The p99 of messages beside five registrations and ten sign-ins
//! a second on one core was 1.6 - 3.1 - 4.3 times that without them before, and 0.8 - 1.7 - 2.2 since (`loadtest
//! registrations --runs 5`, 2026-11-27).
//!
//! The runtime's blocking threads do nothing else here; the store has threads of its own.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinError;

/// Below everything that is not heavy. **Units**: steps of `nice`.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// There is somebody to give way to.
static IS_SERVING: AtomicBool = AtomicBool::new(false);

thread_local! {
    static GIVES_WAY: Cell<bool> = const { Cell::new(false) };
}

/// The process serves from now on. Before, heavy work is what a start waits for.
pub fn give_way() {
    IS_SERVING.store(true, Ordering::Relaxed);
}

/// Does it there.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    let job = move || {
        begin(IS_SERVING.load(Ordering::Relaxed));
        work()
    };
    tokio::task::spawn_blocking(job).await
}

/// A thread that gives way goes on doing so: back up it may not go.
fn begin(gives_way: bool) {
    if gives_way && !GIVES_WAY.replace(true) {
        lower();
    }
}

/// On Linux this is the calling thread's alone, and needs no right.
#[cfg(target_os = "linux")]
fn lower() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "heavy work does not give way");
    }
}

/// Elsewhere it would be the whole process's.
#[cfg(not(target_os = "linux"))]
const fn lower() {}

#[cfg(all(test, target_os = "linux"))]
mod tests;
