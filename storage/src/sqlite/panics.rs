//! What a panic in a store thread comes to: the failure of what the thread was at, never its end, so that nobody waits for
//! an answer that cannot come. Knows nothing of what the threads do.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; none, loudly, when it panicked. Whoever calls throws away what it may have left half done.
pub(super) fn caught<T>(thread: &'static str, work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    if done.is_none() {
        tracing::error!(thread, "a store thread panicked: what it was at has failed, it goes on");
    }
    done
}

/// Panics where a test's table is named for it.
#[cfg(test)]
pub(super) fn planted(place: &'static str, spec: &crate::table::Spec) {
    assert!(spec.name != place, "planted in `{place}`");
}

#[cfg(test)]
mod tests;
