//! Figures of a process that we know: our own.

use super::*;

#[test]
fn own_usage_is_read_and_grows() {
    let before = usage(std::process::id()).unwrap();
    assert!(before.rss_bytes > 1_000_000, "{before:?}");
    let watch = Stopwatch::start();
    let mut value = 0_u64;
    while watch.elapsed() < Duration::from_millis(100) {
        value = std::hint::black_box(value.wrapping_add(1));
    }
    let after = usage(std::process::id()).unwrap();
    assert!(after.cpu_s > before.cpu_s, "{before:?} {after:?}");
    // Of the threads that live: those of other tests come and go.
    assert!(after.waited_s >= 0.0 && after.waited_s.is_finite(), "{before:?} {after:?}");
}

#[test]
fn unknown_process_is_an_error() {
    assert!(usage(u32::MAX).is_err());
}
