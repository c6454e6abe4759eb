//! Any text, normalised: stable under repetition, free of what a reader cannot see, within its limit.
#![no_main]

use chat::text::{TEXT_CHARS_MAX, accept, normalise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    let once = normalise(raw);
    assert_eq!(normalise(&once), once, "idempotent");
    assert!(!once.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    assert!(!once.contains(['\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}']));
    if let Ok(text) = accept(raw, TEXT_CHARS_MAX, "/body/text") {
        assert!(!text.is_empty() && text.chars().count() <= TEXT_CHARS_MAX);
    }
});
