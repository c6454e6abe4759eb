//! Exact bytes, in any pieces.

use proptest::prelude::*;

use super::*;

fn header(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[command, family], &len, body].concat()
}

const V4: [u8; 12] = [203, 0, 113, 5, 10, 0, 0, 1, 0x1f, 0x90, 0, 80];

#[test]
fn a_client_is_named_by_address_and_port() {
    let bytes = header(0x21, 0x11, &V4);
    assert_eq!(decode(&bytes), Ok(Header::Whole { used: 28, client: Some("203.0.113.5:8080".parse().unwrap()) }));
    let mut v6 = [0; 36];
    v6[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    v6[15] = 7;
    v6[32..34].copy_from_slice(&443_u16.to_be_bytes());
    let bytes = header(0x21, 0x21, &v6);
    assert_eq!(decode(&bytes), Ok(Header::Whole { used: 52, client: Some("[2001:db8::7]:443".parse().unwrap()) }));
    let more = header(0x21, 0x11, &[&V4[..], &[4, 0, 1, 9]].concat());
    assert!(matches!(decode(&more), Ok(Header::Whole { used: 32, client: Some(_) })), "additions are passed over");
}

#[test]
fn who_speaks_for_itself_names_nobody() {
    for (command, family, body) in [(0x20, 0x00, &[][..]), (0x20, 0x11, &V4), (0x21, 0x00, &[]), (0x21, 0x12, &V4)] {
        let bytes = header(command, family, body);
        assert_eq!(decode(&bytes), Ok(Header::Whole { used: bytes.len(), client: None }), "{command:x} {family:x}");
    }
}

#[test]
fn what_is_no_header_is_refused_by_name() {
    assert_eq!(decode(b"GET / HTTP/1.1\r\n"), Err(Malformed::Signature));
    assert_eq!(decode(b"\r\n\r\nGET"), Err(Malformed::Signature));
    assert_eq!(decode(&header(0x11, 0x11, &V4)), Err(Malformed::Word));
    assert_eq!(decode(&header(0x22, 0x11, &V4)), Err(Malformed::Word));
    assert_eq!(decode(&header(0x21, 0x41, &V4)), Err(Malformed::Word));
    assert_eq!(decode(&header(0x21, 0x11, &V4[..11])), Err(Malformed::TooShort));
    assert_eq!(decode(&header(0x21, 0x21, &[0; 35])), Err(Malformed::TooShort));
    assert_eq!(decode(&header(0x21, 0x11, &[0; BODY_BYTES_MAX + 1])[..16]), Err(Malformed::TooLong));
}

proptest! {
    #[test]
    fn every_beginning_asks_for_what_is_missing(body in prop::collection::vec(any::<u8>(), 12..64), cut in 0..80_usize) {
        let bytes = header(0x21, 0x11, &body);
        let part = &bytes[..cut.min(bytes.len())];
        match decode(part).unwrap() {
            Header::Missing(missing) => prop_assert!(missing > 0 && part.len() + missing <= bytes.len()),
            Header::Whole { used, .. } => prop_assert_eq!(used, bytes.len()),
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut with_signature = SIGNATURE.to_vec();
        with_signature.extend(&bytes);
        for bytes in [bytes, with_signature] {
            if let Ok(Header::Whole { used, .. }) = decode(&bytes) {
                prop_assert!(used <= bytes.len());
            }
        }
    }
}
