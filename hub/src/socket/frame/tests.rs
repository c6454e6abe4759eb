//! Frames byte by byte.

use super::*;
use crate::code::Code;

fn bytes_of(frame: &Frame) -> Vec<u8> {
    frame.bytes().to_vec()
}

#[test]
fn objects_are_joined_by_newlines_in_one_frame() {
    let frame = Frame::from_objects(&[Bytes::from_static(b"{}"), Bytes::from_static(b"[1]")]);
    assert_eq!(bytes_of(&frame), b"\x81\x06{}\n[1]");
}

#[test]
fn lengths_take_their_shortest_form() {
    let of = |len: usize| bytes_of(&Frame::binary(&vec![7; len]));
    assert_eq!(of(125)[..2], [0x82, 125]);
    assert_eq!(of(126)[..4], [0x82, 126, 0, 126]);
    assert_eq!(of(65_535)[..4], [0x82, 126, 0xff, 0xff]);
    assert_eq!(of(65_536)[..10], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(of(65_536).len(), 65_546);
}

#[test]
fn close_says_number_word_and_hint() {
    let frame = Frame::close(Closing { code: Code::GoingAway, retry_after_ms: Some(900) });
    let reason = br#"{"code":"going_away","retry_after_ms":900}"#;
    assert_eq!(bytes_of(&frame)[..4], [0x88, u8::try_from(reason.len() + 2).unwrap(), 0x0f, 0xa1]);
    assert_eq!(bytes_of(&frame)[4..], reason[..]);
}

#[test]
fn every_close_fits_a_control_frame() {
    for code in crate::code::TABLE {
        let frame = Frame::close(Closing { code: *code, retry_after_ms: Some(u32::MAX) });
        assert!(frame.bytes().len() <= 127, "{code:?}");
        assert_eq!(bytes_of(&frame)[2..4], code.close().unwrap_or(4007).to_be_bytes());
    }
}
