//! Any bytes, in any pieces: the decoder never panics, holds its limits, and the pieces make no difference.
#![no_main]

use std::time::Duration;

use hub::socket::{Decoder, FrameLimits, Incoming, Sender, Violation};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, PartialEq)]
enum Whole {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close(Option<u16>),
}

/// All messages up to the first broken rule, feeding at most `piece` bytes a time.
fn run(bytes: &[u8], piece: usize, sender: Sender) -> (Vec<Whole>, Option<Violation>) {
    let limits = FrameLimits { message_bytes_max: 512, fragments_max: 8, ..FrameLimits::default() };
    let (mut decoder, mut found) = (Decoder::new(limits, sender), Vec::new());
    for part in bytes.chunks(piece) {
        let mut part = part.to_vec();
        let mut rest = part.as_mut_slice();
        while !rest.is_empty() {
            let step = match decoder.decode(rest, Duration::ZERO) {
                Ok(step) => step,
                Err(violation) => return (found, Some(violation)),
            };
            assert!(step.used > 0);
            let used = step.used;
            found.extend(step.incoming.map(own));
            rest = &mut rest[used..];
        }
    }
    (found, None)
}

fn own(incoming: Incoming<'_>) -> Whole {
    match incoming {
        Incoming::Text(text) => Whole::Text(text.into_owned()),
        Incoming::Binary(data) => Whole::Binary(data.into_owned()),
        Incoming::Ping(data) => Whole::Ping(data.into_owned()),
        Incoming::Pong => Whole::Pong,
        Incoming::Close(code) => Whole::Close(code),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let sender = if choice & 0x80 == 0 { Sender::Client } else { Sender::Server };
    let piece = usize::from(choice & 0x7f) + 1;
    let at_once = run(bytes, usize::MAX, sender);
    assert_eq!(at_once, run(bytes, piece, sender));
    for message in &at_once.0 {
        match message {
            Whole::Text(text) => assert!(text.len() <= 512),
            Whole::Binary(data) => assert!(data.len() <= 512),
            Whole::Ping(data) => assert!(data.len() <= 125),
            Whole::Pong | Whole::Close(_) => {}
        }
    }
});
