//! The decoder on exact bytes: every rule, every cut, and time as a value.

use proptest::prelude::*;

use super::*;

const MASK: [u8; 4] = [0xa1, 0x02, 0x73, 0x54];

fn frame(start: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![start];
    match payload.len() {
        short @ 0..=125 => out.push(0x80 | u8::try_from(short).unwrap()),
        medium @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend(u16::try_from(medium).unwrap().to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Got {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close(Option<u16>),
}

impl From<Incoming<'_>> for Got {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Text(text) => Self::Text(text.into_owned()),
            Incoming::Binary(data) => Self::Binary(data.into_owned()),
            Incoming::Ping(data) => Self::Ping(data.into_owned()),
            Incoming::Pong => Self::Pong,
            Incoming::Close(code) => Self::Close(code),
        }
    }
}

fn feed(decoder: &mut Decoder, bytes: &[u8], now: Duration) -> Result<Vec<Got>, Violation> {
    let mut bytes = bytes.to_vec();
    let mut rest = &mut bytes[..];
    let mut got = Vec::new();
    while !rest.is_empty() {
        let step = decoder.decode(rest, now)?;
        let used = step.used;
        assert!(used > 0, "no progress");
        got.extend(step.incoming.map(Got::from));
        rest = &mut rest[used..];
    }
    Ok(got)
}

fn fresh() -> Decoder {
    Decoder::new(FrameLimits::default(), Sender::Client)
}

fn all_at_once(bytes: &[u8]) -> Result<Vec<Got>, Violation> {
    feed(&mut fresh(), bytes, Duration::from_millis(0))
}

fn text(text: &str) -> Got {
    Got::Text(text.to_owned())
}

#[test]
fn whole_messages_are_borrowed_and_in_order() {
    let bytes = [frame(0x81, "早上好".as_bytes()), frame(0x89, b"p"), frame(0x82, &[0xff]), frame(0x8a, b"")].concat();
    let expected = vec![text("早上好"), Got::Ping(b"p".to_vec()), Got::Binary(vec![0xff]), Got::Pong];
    assert_eq!(all_at_once(&bytes), Ok(expected));
    let mut one = frame(0x81, b"{}");
    let step = fresh()
        .decode(&mut one, Duration::from_millis(0))
        .map(|step| matches!(step.incoming, Some(Incoming::Text(Cow::Borrowed(_)))));
    assert_eq!(step, Ok(true), "the fast path copies nothing");
}

#[test]
fn fragments_make_one_message_with_control_frames_between() {
    let bytes = [frame(0x01, b"ab"), frame(0x89, b"!"), frame(0x00, b""), frame(0x80, b"c")].concat();
    assert_eq!(all_at_once(&bytes), Ok(vec![Got::Ping(b"!".to_vec()), text("abc")]));
}

#[test]
fn nothing_is_held_between_messages() {
    let mut decoder = fresh();
    let big = "x".repeat(60_000);
    let bytes = [frame(0x01, big.as_bytes()), frame(0x80, b"y")].concat();
    for part in bytes.chunks(7_001) {
        feed(&mut decoder, part, Duration::from_millis(5)).unwrap();
    }
    assert_eq!(decoder.unfinished_since(), None);
    assert!(decoder.message.is_none() && decoder.payload.is_none());
    assert_eq!(decoder.control.capacity(), 0);
}

#[test]
fn each_broken_rule_is_named() {
    let protocol = |bytes: &[u8]| matches!(all_at_once(bytes), Err(Violation::Protocol(_)));
    assert!(protocol(&frame(0xc1, b"")), "reserved bit 1");
    assert!(protocol(&frame(0x91, b"")), "reserved bit 3");
    assert!(protocol(&frame(0x83, b"")), "reserved data opcode");
    assert!(protocol(&frame(0x8b, b"")), "reserved control opcode");
    assert!(protocol(&frame(0x09, b"")), "fragmented ping");
    assert!(protocol(&frame(0x89, &[0; 126])), "large ping");
    assert!(protocol(&frame(0x80, b"")), "continuation of nothing");
    assert!(protocol(&[frame(0x01, b"a"), frame(0x81, b"b")].concat()), "message inside a message");
    assert!(protocol(&[0x81, 0x01, b'x']), "unmasked client frame");
    assert!(protocol(&[0x81, 0xfe, 0, 5, 1, 2, 3, 4]), "length not minimal in 16 bits");
    assert!(protocol(&[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4]), "length not minimal in 64 bits");
    assert!(protocol(&[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), "negative length");
    assert!(protocol(&frame(0x88, &[3])), "close code cut short");
    assert!(protocol(&frame(0x88, &1005_u16.to_be_bytes())), "close code that is never sent");
    assert!(protocol(&frame(0x88, &5000_u16.to_be_bytes())), "close code above the range");
    assert_eq!(all_at_once(&frame(0x88, &[3, 0xe8, 0xff])), Err(Violation::Utf8), "close reason");
    assert_eq!(all_at_once(&frame(0x88, &4001_u16.to_be_bytes())), Ok(vec![Got::Close(Some(4001))]));
    assert_eq!(all_at_once(&frame(0x88, &[])), Ok(vec![Got::Close(None)]));
}

#[test]
fn masked_server_frame_is_refused() {
    let mut decoder = Decoder::new(FrameLimits::default(), Sender::Server);
    assert!(matches!(feed(&mut decoder, &frame(0x81, b"a"), Duration::from_millis(0)), Err(Violation::Protocol(_))));
    let mut decoder = Decoder::new(FrameLimits::default(), Sender::Server);
    assert_eq!(feed(&mut decoder, &[0x81, 1, b'a'], Duration::from_millis(0)), Ok(vec![text("a")]));
}

#[test]
fn wrong_utf8_is_noticed_before_the_frame_ends() {
    assert_eq!(all_at_once(&frame(0x81, &[0xc0, 0xaf])), Err(Violation::Utf8));
    assert_eq!(all_at_once(&frame(0x81, &[0xe4, 0xbd])), Err(Violation::Utf8), "cut at the end of the message");
    let bytes = frame(0x81, &[b'a', 0xed, 0xa0, 0x80, b'b', b'b', b'b', b'b']);
    assert_eq!(all_at_once(&bytes[..bytes.len() - 4]), Err(Violation::Utf8), "a surrogate, four bytes before the end");
    let split = [frame(0x01, &[0xe4]), frame(0x80, &[0xbd, 0xa0])].concat();
    assert_eq!(all_at_once(&split), Ok(vec![text("你")]), "a character over two fragments");
}

#[test]
fn too_large_is_noticed_from_the_header_alone() {
    let at_limit = "x".repeat(64 * 1024);
    assert_eq!(all_at_once(&frame(0x81, at_limit.as_bytes())), Ok(vec![text(&at_limit)]));
    let above = frame(0x81, &vec![b'x'; 64 * 1024 + 1]);
    assert_eq!(all_at_once(&above[..14]), Err(Violation::TooLarge));
    let in_parts = [frame(0x01, &vec![b'x'; 60_000]), frame(0x00, &vec![b'x'; 6_000])].concat();
    assert_eq!(all_at_once(&in_parts), Err(Violation::TooLarge));
}

#[test]
fn the_65th_fragment_is_one_too_many() {
    let mut bytes = frame(0x01, b"");
    for _ in 0..62 {
        bytes.extend(frame(0x00, b""));
    }
    let whole = [bytes.clone(), frame(0x80, b"")].concat();
    assert_eq!(all_at_once(&whole), Ok(vec![text("")]));
    bytes.extend(frame(0x00, b""));
    bytes.extend(frame(0x00, b""));
    assert_eq!(all_at_once(&bytes), Err(Violation::TooManyFragments));
}

#[test]
fn a_message_that_drips_is_ended_after_ten_seconds() {
    let mut decoder = fresh();
    let bytes = frame(0x81, b"hello");
    assert_eq!(feed(&mut decoder, &bytes[..3], Duration::from_millis(1_000)), Ok(vec![]));
    assert_eq!(decoder.unfinished_since(), Some(Duration::from_millis(1_000)));
    assert_eq!(feed(&mut decoder, &bytes[3..5], Duration::from_millis(11_000)), Ok(vec![]));
    assert_eq!(feed(&mut decoder, &bytes[5..6], Duration::from_millis(11_001)), Err(Violation::TooSlow));
}

#[test]
fn pings_between_fragments_buy_no_time() {
    let mut decoder = fresh();
    feed(&mut decoder, &frame(0x01, b"a"), Duration::from_millis(0)).unwrap();
    feed(&mut decoder, &frame(0x89, b""), Duration::from_millis(9_000)).unwrap();
    assert_eq!(feed(&mut decoder, &frame(0x89, b""), Duration::from_millis(10_001)), Err(Violation::TooSlow));
}

proptest! {
    /// However the bytes are cut, the same messages come out.
    #[test]
    fn cuts_change_nothing(
        messages in prop::collection::vec(("[a-z你好\u{1f600}]{0,200}", 1_usize..4, any::<bool>()), 1..6),
        cuts in prop::collection::vec(1_usize..40, 1..60),
    ) {
        let mut bytes = Vec::new();
        for (text, parts, pings) in &messages {
            let size = text.len().div_ceil(*parts).max(1);
            let mut chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            if chunks.is_empty() { chunks.push(b""); }
            let last = chunks.len() - 1;
            for (index, chunk) in chunks.iter().enumerate() {
                let opcode = u8::from(index == 0);
                let fin = if index == last { 0x80 } else { 0 };
                bytes.extend(frame(fin | opcode, chunk));
                if *pings { bytes.extend(frame(0x89, b"between")); }
            }
        }
        let whole = all_at_once(&bytes).unwrap();
        let mut decoder = fresh();
        let mut got = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (part, after) = rest.split_at((*cut).min(rest.len()));
            got.extend(feed(&mut decoder, part, Duration::from_millis(0)).unwrap());
            rest = after;
        }
        prop_assert_eq!(&got, &whole);
        let texts: Vec<Got> = messages.iter().map(|(message, ..)| text(message)).collect();
        let heard: Vec<Got> = got.into_iter().filter(|got| matches!(got, Got::Text(_))).collect();
        prop_assert_eq!(heard, texts);
        prop_assert_eq!(decoder.unfinished_since(), None);
    }

    /// No input makes it panic, stall or hold more than its limit.
    #[test]
    fn any_bytes_end_in_messages_or_a_violation(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut decoder = fresh();
        let outcome = feed(&mut decoder, &bytes, Duration::from_millis(0));
        prop_assert!(outcome.is_ok() || outcome.is_err());
        prop_assert!(decoder.message.as_ref().is_none_or(|message| message.bytes.len() <= 64 * 1024));
    }
}
