//! Stamps are found wherever they stand, and nothing else is taken for one.

use super::*;

fn line(prefix: &str, stamp: Stamp) -> Vec<u8> {
    let mut out = prefix.as_bytes().to_vec();
    stamp.push(&mut out, 200);
    out.extend_from_slice(b"\"}}");
    out
}

#[test]
fn stamp_is_read_back_and_fills_the_payload() {
    let stamp = Stamp { intended_ns: 1_234_567_890_123, number: 42 };
    let mut finder = Finder::default();
    let line = line("{\"ev\":\"bench.message\",\"d\":{\"data\":\"", stamp);
    assert_eq!(finder.find(&line), Some(stamp));
    assert_eq!(finder.find(&line), Some(stamp));
    let mut data = Vec::new();
    stamp.push(&mut data, 200);
    assert_eq!(data.len(), 200);
}

#[test]
fn stamp_is_found_again_when_the_event_changes_shape() {
    let stamp = Stamp { intended_ns: 7, number: 1 };
    let mut finder = Finder::default();
    for prefix in ["{\"d\":\"", "{\"ev\":\"bench.message\",\"room\":\"load-10\",\"d\":\"", "{\""] {
        assert_eq!(finder.find(&line(prefix, stamp)), Some(stamp), "{prefix}");
    }
}

#[test]
fn other_lines_and_torn_stamps_are_none() {
    let mut finder = Finder::default();
    let mut torn = line("", Stamp { intended_ns: 7, number: 1 });
    torn.truncate(STAMP_BYTES - 1);
    for other in [&b""[..], b"{\"id\":1,\"ok\":{}}", b"~@~", &torn, b"~@~00000000000000x70000000000000001"] {
        assert_eq!(finder.find(other), None);
    }
}
