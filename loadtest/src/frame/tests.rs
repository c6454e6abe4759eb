//! Frames are read back as they were laid, whatever the cut.

use super::*;

fn server(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ 0..=125), _) => out.push(len),
        (_, Ok(len)) => {
            out.push(126);
            out.extend(len.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend(payload);
    out
}

#[test]
fn every_length_class_is_read_and_every_shorter_prefix_waits() {
    for len in [0, 1, 125, 126, 65_535, 65_536] {
        let frame = server(1, &vec![b'x'; len]);
        let First { opcode, payload, rest } = split(&frame).unwrap().unwrap();
        assert_eq!((opcode, payload.len(), rest.len()), (Opcode::Text, len, 0));
        for cut in (0..frame.len()).step_by(1 + len / 50) {
            assert_eq!(split(&frame[..cut]).unwrap(), None, "cut at {cut} of {len}");
        }
    }
}

#[test]
fn frames_follow_each_other() {
    let mut bytes = server(1, b"one");
    bytes.extend(server(8, &4002_u16.to_be_bytes()));
    let First { payload: one, rest, .. } = split(&bytes).unwrap().unwrap();
    let First { opcode, payload: close, .. } = split(rest).unwrap().unwrap();
    assert_eq!((one, opcode, close_code(close)), (&b"one"[..], Opcode::Close, Some(4002)));
}

#[test]
fn fragments_masks_and_giants_are_refused() {
    assert_eq!(split(&[0x01, 0]), Err(FrameError::FirstByte(0x01)));
    assert_eq!(split(&[0xc1, 0]), Err(FrameError::FirstByte(0xc1)));
    assert_eq!(split(&[0x81, 0x80]), Err(FrameError::Masked));
    let giant = [0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0];
    assert!(matches!(split(&giant), Err(FrameError::TooLong(_))));
}

#[test]
fn client_frames_are_masked_with_their_length() {
    for len in [0, 125, 126, 65_536] {
        let payload = vec![b'a'; len];
        let mut out = Vec::new();
        push_client(&mut out, Opcode::Text, &payload, [1, 2, 3, 4]);
        let head = out.len() - len - 4;
        assert_eq!(out[1] & 0x80, 0x80);
        assert_eq!(&out[head..head + 4], &[1, 2, 3, 4]);
        let clear: Vec<u8> = out[head + 4..].iter().zip([1, 2, 3, 4].iter().cycle()).map(|(b, k)| b ^ k).collect();
        assert_eq!(clear, payload);
    }
}
