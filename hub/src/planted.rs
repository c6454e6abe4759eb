//! Which bug is planted: compiled in only under the feature `planted`, for the tests that look for it.
//!
//! One a thread, read when a hub is assembled, so that tests beside each other do not meet.

use std::cell::Cell;

use chat::planted::Bug;

thread_local! {
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Plants a bug in every hub that this thread assembles from now on, or none.
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

pub(crate) fn planted() -> Option<Bug> {
    PLANTED.get()
}
