//! What every text has in common, whoever keeps it: how its characters are composed, and where it may be cut. Never
//! decides what a text may hold.

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// NFC, but CJK compatibility ideographs stay as they are: NFC would put others in their place (U+795E for U+FA19), and a
/// company or a person may be named with the one and not with the other.
#[must_use]
pub fn compose(text: &str) -> String {
    let mut composed = String::with_capacity(text.len());
    // Each is a character that no other composes or changes places with: what lies between is composed by itself.
    for piece in text.split_inclusive(is_compatibility_ideograph) {
        composed.extend(piece.trim_end_matches(is_compatibility_ideograph).nfc());
        composed.extend(piece.chars().next_back().filter(|c| is_compatibility_ideograph(*c)));
    }
    composed
}

const fn is_compatibility_ideograph(c: char) -> bool {
    matches!(c, '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

/// The beginning of a text, of at most `chars_max` scalars. Not cut within what a reader sees as one character (UAX 29),
/// unless that alone is longer.
#[must_use]
pub fn shorten(text: &str, chars_max: usize) -> &str {
    let Some((limit, _)) = text.char_indices().nth(chars_max) else { return text };
    let starts = text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= limit);
    let whole = starts.last().filter(|at| *at > 0).unwrap_or(limit);
    text.split_at(whole).0
}

#[cfg(test)]
mod tests;
