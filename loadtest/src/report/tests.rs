//! Percentiles and ranges say what they should.

use super::*;

#[test]
fn percentiles_are_milliseconds() {
    let mut latencies = Latencies::default();
    for ms in 1..=1_000 {
        latencies.record(ms * 1_000_000);
    }
    let percentiles = latencies.percentiles();
    assert!((percentiles.p50 - 500.0).abs() < 1.0 && (percentiles.p99 - 990.0).abs() < 1.0);
    assert!((percentiles.p999 - 999.0).abs() < 1.0 && (percentiles.max - 1_000.0).abs() < 1.0);
    assert_eq!(latencies.count(), 1_000);
}

#[test]
fn more_than_a_minute_counts_as_a_minute() {
    let mut latencies = Latencies::default();
    latencies.record(u64::MAX);
    assert!(latencies.percentiles().max > 59_000.0);
}

#[test]
fn range_is_sorted() {
    assert_eq!(Range::of([3.0, 1.0, 2.0]), Range { min: 1.0, median: 2.0, max: 3.0 });
}

#[test]
fn a_share_that_is_missed_is_found_and_so_is_one_of_nothing() {
    assert_eq!(share_finding("acknowledged", 90, 100, 0.9), None);
    assert!(share_finding("acknowledged", 89, 100, 0.9).is_some());
    assert!(share_finding("acknowledged", 0, 0, 0.0).is_some() && share_finding("acknowledged", 0, 9, 0.0).is_some());
}

#[test]
fn what_is_above_its_bound_or_no_number_is_found() {
    assert_eq!(above("p50", 5.0, Some(5.0)).or(above("p50", 9.0, None)), None);
    assert!(above("p50", 5.1, Some(5.0)).is_some() && above("p50", f64::NAN, Some(5.0)).is_some());
}
