//! Work that takes a core for long, password hashes and pictures, on blocking threads that give way to everything else: on a
//! machine with few cores rooms would wait for it otherwise. The p99 of messages beside five registrations and ten sign-ins
//! a second on one core was 1.6 - 3.1 - 4.3 times that without them before, and 0.8 - 1.7 - 2.2 since (`loadtest
//! registrations --runs 5`, 2026-11-27).
//!
//! The runtime's blocking threads do nothing else here; the store has threads of its own.

use std::cell::Cell;

use tokio::task::JoinError;

/// Below everything that is not heavy. **Units**: steps of `nice`.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

thread_local! {
    static GIVES_WAY: Cell<bool> = const { Cell::new(false) };
}

/// Does it there.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    let job = move || {
        if !GIVES_WAY.replace(true) {
            give_way();
        }
        work()
    };
    tokio::task::spawn_blocking(job).await
}

/// On Linux this is the calling thread's alone, and needs no right.
#[cfg(target_os = "linux")]
fn give_way() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "heavy work does not give way");
    }
}

/// Elsewhere it would be the whole process's.
#[cfg(not(target_os = "linux"))]
const fn give_way() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn heavy_work_gives_way_and_who_waits_for_it_does_not() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        for _ in 0..3 {
            assert_eq!(run(nice).await.unwrap(), before + NICE, "once a thread");
        }
        assert_eq!(nice(), before);
    }
}
