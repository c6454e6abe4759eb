//! Each way in which a delivery can be wrong is counted under its name.

use super::*;

/// One receiver in one room, and the numbers that reach it.
fn tally(numbers: &[u64]) -> Tally {
    let mut load = Load::new(1, 1, 60);
    load.add_receiver(Peer(0), 0);
    load.begin(Plan { rate: 1.0, measured: Duration::from_secs(1) });
    let mut line = Vec::new();
    for &number in numbers {
        line.clear();
        Stamp { intended_ns: 0, number }.push(&mut line, 60);
        load.delivered(Peer(0), &line, 1);
    }
    load.tally()
}

#[test]
fn consecutive_numbers_are_deliveries_and_nothing_else() {
    let tally = tally(&[1, 2, 3]);
    assert_eq!((tally.deliveries, tally.gaps, tally.repeated, tally.foreign), (3, 0, 0, 0));
    assert_eq!(tally.findings(), [""; 0]);
}

#[test]
fn left_out_and_repeated_numbers_are_findings() {
    let tally = tally(&[1, 4, 3, 4, 5]);
    assert_eq!((tally.deliveries, tally.gaps, tally.repeated), (3, 2, 2));
    assert_eq!(tally.findings().len(), 2);
}

#[test]
fn first_number_must_come_too() {
    assert_eq!(tally(&[2]).gaps, 1);
}

#[test]
fn foreign_lines_are_counted_and_replies_are_not() {
    let mut load = Load::new(1, 1, 60);
    load.add_receiver(Peer(0), 0);
    load.delivered(Peer(0), b"{\"id\":1,\"ok\":{}}", 1);
    load.delivered(Peer(0), b"{\"ev\":\"error\"}", 1);
    assert_eq!(load.tally().foreign, 1);
}

#[test]
fn excused_receiver_is_neither_expected_nor_counted() {
    let mut load = Load::new(1, 2, 60);
    load.add_receiver(Peer(0), 0);
    load.add_receiver(Peer(1), 0);
    load.excuse(Peer(1));
    load.excuse(Peer(1));
    assert_eq!(load.members, [1]);
    assert!((load.members_mean() - 1.0).abs() < 1e-9, "what is offered goes to those who are counted");
    let mut line = Vec::new();
    Stamp { intended_ns: 0, number: 9 }.push(&mut line, 60);
    load.delivered(Peer(1), &line, 1);
    assert_eq!((load.tally().deliveries, load.tally().gaps), (0, 0));
}

#[test]
fn growing_backlog_has_a_slope_and_steady_one_none() {
    assert!((slope(&[0, 10, 20, 30]) - 10.0).abs() < 1e-9);
    assert!(slope(&[5, 5, 5]).abs() < 1e-9);
    assert!(slope(&[1]).abs() < 1e-9);
}
