use super::*;

#[test]
fn known_instants_read_in_shanghai_time() {
    assert_eq!(rfc3339(Millis(0)), "1970-01-01T08:00:00.000+08:00");
    assert_eq!(rfc3339(Millis(1_795_432_603_120)), "2026-11-23T19:16:43.120+08:00");
    assert_eq!(rfc3339(Millis(951_753_599_999)), "2000-02-28T23:59:59.999+08:00");
    assert_eq!(rfc3339(Millis(951_840_000_000)), "2000-03-01T00:00:00.000+08:00");
    assert_eq!(rfc3339(Millis(-1)), "1970-01-01T07:59:59.999+08:00");
}
