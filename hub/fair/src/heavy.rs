//! Work that takes a core for long, password hashes and pictures, on threads of its own that give way to everything else: on
//! a machine with few cores rooms would wait for it otherwise. The p99 of messages beside five registrations and ten
//! sign-ins a second on one core was 1.6 - 3.1 - 4.3 times that without them before, and 0.8 - 1.7 - 2.2 since (`loadtest
//! registrations --runs 5`, 2026-11-27).
//!
//! A thread that gives way can never go back up, and the runtime's blocking threads read files, too: so each work has a
//! thread for itself, some microseconds beside its milliseconds. Callers bound how many there are.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinError;

/// Below everything that is not heavy. **Units**: steps of `nice`.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// There is somebody to give way to.
static IS_SERVING: AtomicBool = AtomicBool::new(false);

/// The process serves from now on. Before, heavy work is what a start waits for.
pub fn give_way() {
    IS_SERVING.store(true, Ordering::Relaxed);
}

/// Does it there. A panic of it is told as a panicked task's is.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    run_beside(IS_SERVING.load(Ordering::Relaxed), work).await
}

async fn run_beside<T: Send + 'static>(
    gives_way: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    // Waited for by a blocking task: time that a test holds stands still meanwhile.
    tokio::task::spawn_blocking(move || if gives_way { lowered(work) } else { work() }).await
}

fn lowered<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::spawn(move || {
        lower();
        work()
    });
    thread.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
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
