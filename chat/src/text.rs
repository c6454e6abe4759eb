//! What people write, made safe to store and to show to somebody else.
//!
//! Owns the one normal form of texts. Never looks at meaning: content rules are elsewhere.

use unicode_normalization::UnicodeNormalization;

use crate::party::Refusal;

#[cfg(test)]
mod tests;

/// The longest text. **Units**: Unicode scalars after normalisation. **Source**: SPEC 19.
pub const TEXT_CHARS_MAX: usize = 2_000;

/// The normal form of a text: idempotent, defined for every input.
///
/// NFC; line ends become `\n`; trimmed. What a reader cannot see but a machine, or the text around it, would obey is
/// stripped: control characters except `\n` and `\t`, bidirectional embeddings, overrides and isolates (unbalanced they
/// turn the page around them; right-to-left text reads well without them), zero-width spaces, tags and invisible
/// operators. Joiners stay between visible characters, where scripts and emoji need them.
#[must_use]
pub fn normalise(raw: &str) -> String {
    let mut kept = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' => kept.push('\n'),
            c if is_stripped(c) => {}
            c => kept.push(c),
        }
    }
    let composed: String = join(&kept).nfc().collect();
    composed.trim().to_owned()
}

/// The normal form of a text that must say something, or the rule on the field `at` that it breaks.
///
/// # Errors
/// [`Refusal::Invalid`] with `empty` when nothing visible is left, with `too_long` above `chars_max` scalars.
pub fn accept(raw: &str, chars_max: usize, at: &'static str) -> Result<String, Refusal> {
    let text = normalise(raw);
    if !text.chars().any(is_visible) {
        return Err(Refusal::Invalid { at, code: "empty" });
    }
    if text.chars().count() > chars_max {
        return Err(Refusal::Invalid { at, code: "too_long" });
    }
    Ok(text)
}

/// Keeps a joiner only between two characters that are neither white space nor joiners.
fn join(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut joiner = None;
    let mut open = false;
    for c in text.chars() {
        if is_joiner(c) {
            joiner = open.then_some(c).filter(|_first| joiner.is_none()).or(joiner);
            continue;
        }
        let solid = !c.is_whitespace();
        if solid && let Some(joiner) = joiner {
            joined.push(joiner);
        }
        joiner = None;
        open = solid;
        joined.push(c);
    }
    joined
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

const fn is_stripped(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => true,
        // Bidirectional embeddings, overrides, isolates, and the deprecated controls after them.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' => true,
        // Soft hyphen, Mongolian vowel separator, zero-width space, word joiner, invisible operators, byte order mark.
        '\u{AD}' | '\u{180E}' | '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{FEFF}' => true,
        // Interlinear annotations; tags.
        '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' => true,
        _ => false,
    }
}

/// Whether a reader sees anything of it: not so white space, joiners, direction marks, variation selectors, fillers
/// and the blank braille pattern.
fn is_visible(c: char) -> bool {
    let blank = matches!(
        c,
        '\u{200C}'..='\u{200F}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}'
            | '\u{E0100}'..='\u{E01EF}'
    );
    !blank && !c.is_whitespace()
}
