//! Any bytes: the PROXY header decoder never panics, asks for no more than it reads, and whatever it says of a whole
//! header it says of no shorter beginning.
#![no_main]

use hub::proxies::v2::{Header, decode};
use libfuzzer_sys::fuzz_target;

/// What it says of ever longer beginnings, as a stream would show them.
fn follow(bytes: &[u8]) -> Option<usize> {
    let mut known = 0;
    loop {
        match decode(&bytes[..known]).ok()? {
            Header::Whole { used, .. } => {
                assert_eq!(used, known, "a header is known as soon as it is there");
                return Some(used);
            }
            Header::Missing(count) => {
                assert!(count > 0);
                known += count;
                if known > bytes.len() {
                    return None;
                }
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let whole = match decode(data) {
        Ok(Header::Whole { used, .. }) => Some(used),
        Ok(Header::Missing(_)) | Err(_) => None,
    };
    assert_eq!(whole, follow(data));
    if let Some(used) = whole {
        assert!(used <= data.len());
        assert_eq!(decode(data), decode(&data[..used]), "what follows is not its own");
    }
});
