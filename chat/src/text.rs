//! What people write, made safe to store and to show to somebody else.
//!
//! Owns the one normal form of texts. Never looks at meaning: content rules are elsewhere.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use storage::text::compose;
use unicode_normalization::char::canonical_combining_class;

use crate::party::Refusal;

#[cfg(test)]
mod tests;

/// The longest text. **Units**: Unicode scalars after normalisation. **Source**: SPEC 19.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// The base of flags that are told apart by tags.
const BLACK_FLAG: char = '\u{1F3F4}';
/// Behind the last tag of an emoji.
const END_TAG: char = '\u{E007F}';
/// Of a part of a country: two letters or three digits of the country, up to four of the part. **Units**: characters.
const PART_CODE_LEN: RangeInclusive<usize> = 3..=7;
/// The combining class of the signs that join two consonants. **Source**: UAX 44.
const VIRAMA: u8 = 9;

/// The normal form of a text: idempotent, defined for every input.
///
/// Composed ([`compose`]); line ends become `\n`; trimmed. What a reader cannot see but a machine, or the text around it,
/// would obey is stripped: control characters except `\n` and `\t`, bidirectional embeddings, overrides and isolates
/// (unbalanced they turn the page around them; right-to-left text reads well without them), zero-width spaces, soft
/// hyphens, invisible operators, tags that make no flag. Joiners stay where scripts and emoji need them.
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
    join(&compose(&without_stray_tags(&kept))).trim().to_owned()
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

/// Drops tags, but for those of the one kind of emoji that has some (UTS 51): a black flag, the code of a part of a
/// country, the end tag. Whatever else is written in tags nobody sees.
fn without_stray_tags(text: &str) -> Cow<'_, str> {
    if !text.contains(is_tag) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_tag) {
        let (before, tagged) = rest.split_at(at);
        let (tags, after) = tagged.split_at(tagged.find(|c: char| !is_tag(c)).unwrap_or(tagged.len()));
        kept.push_str(before);
        if kept.ends_with(BLACK_FLAG) && names_a_part(tags) {
            kept.push_str(tags);
        }
        rest = after;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// Whether tags spell the code of a part of a country, such as `gbeng`, and end.
fn names_a_part(tags: &str) -> bool {
    let Some(code) = tags.strip_suffix(END_TAG) else { return false };
    let is_of_a_code = |c: char| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
    PART_CODE_LEN.contains(&code.chars().count()) && code.chars().all(is_of_a_code)
}

/// Keeps a joiner, one of several, between two characters that are not white space, and behind what it gives another
/// shape though nothing follows.
fn join(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut joiner = None;
    let mut is_open = false;
    let mut is_shaped = false;
    for c in text.chars() {
        if is_joiner(c) {
            joiner = joiner.or(is_open.then_some(c));
            continue;
        }
        is_open = !c.is_whitespace();
        joined.extend(joiner.take().filter(|_| is_open || is_shaped));
        let class = canonical_combining_class(c);
        is_shaped = class == VIRAMA || is_cursive(c) || (is_shaped && class != 0);
        joined.push(c);
    }
    joined.extend(joiner.filter(|_| is_shaped));
    joined
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

const fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0000}'..='\u{E007F}')
}

/// Letters that are joined with the next one, of Arabic, Syriac, N'Ko, Mandaic and Mongolian: a joiner behind the last one
/// shows it as if joined, as in the abbreviation of an era.
const fn is_cursive(c: char) -> bool {
    matches!(
        c,
        '\u{620}'..='\u{64A}'
            | '\u{66E}'..='\u{6D3}'
            | '\u{6FA}'..='\u{6FF}'
            | '\u{710}'..='\u{77F}'
            | '\u{7CA}'..='\u{7EA}'
            | '\u{840}'..='\u{8C9}'
            | '\u{1820}'..='\u{18AA}'
    )
}

const fn is_stripped(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => true,
        // Bidirectional embeddings, overrides, isolates, and the deprecated controls after them.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' => true,
        // Soft hyphen, Mongolian vowel separator, zero-width space, word joiner, invisible operators, byte order mark.
        '\u{AD}' | '\u{180E}' | '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{FEFF}' => true,
        // Interlinear annotations.
        '\u{FFF9}'..='\u{FFFB}' => true,
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
