//! Any text as a request: an operation or a refusal, never a panic, never an id or a depth beyond the limits.
#![no_main]

use hub::{op, wire};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for line in text.split('\n') {
        let Ok(envelope) = wire::decode(line) else { continue };
        assert!(envelope.id.is_none_or(|id| (1..=wire::REQUEST_ID_MAX).contains(&id)));
        if let Some(name) = op::Name::from_text(&envelope.op) {
            let _decoded_or_refused = op::decode(name, envelope.d);
        }
    }
});
