//! Figures of processes that we know.

use super::*;

/// A busy process with one thread: of ours, threads of other tests come and go, and their waiting with them.
#[test]
fn usage_of_a_busy_process_grows() {
    assert!(usage(std::process::id()).unwrap().rss_bytes > 1_000_000);
    let mut busy = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
    let before = usage(busy.id()).unwrap();
    let (mut after, watch) = (before, Stopwatch::start());
    while after.cpu_s <= before.cpu_s && watch.elapsed() < Duration::from_secs(20) {
        after = usage(busy.id()).unwrap();
    }
    busy.kill().unwrap();
    busy.wait().unwrap();
    assert!(after.cpu_s > before.cpu_s && after.waited_s >= before.waited_s, "{before:?} {after:?}");
}

#[test]
fn unknown_process_is_an_error() {
    assert!(usage(u32::MAX).is_err());
}
