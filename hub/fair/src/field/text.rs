//! Texts that people see: one line, or several. Refuses what is not seen where it is written; never strips it, so that
//! what is stored is what was typed.

use storage::text::compose;

use super::Broken;

/// NFC grows a text at most threefold and a character has at most four bytes: what is longer than this many bytes for
/// each allowed character is too long however it is composed. **Units**: bytes.
const BYTES_OF_CHAR: usize = 16;

fn composed(text: &str, min: usize, max: usize, hidden: fn(char) -> bool) -> Result<String, Broken> {
    // Before composing, so that a flood of marks costs nothing.
    if text.len() > max.saturating_mul(BYTES_OF_CHAR) {
        return Err("too_long");
    }
    let text = compose(text.trim());
    if text.chars().any(hidden) {
        return Err("charset");
    }
    super::of_length(text.chars().count(), &(min..=max))?;
    Ok(text)
}

/// A line: composed, trimmed, `min` to `max` scalars, nothing invisible in it.
///
/// # Errors
/// `too_long`, `too_short`, `charset`.
pub fn line(text: &str, min: usize, max: usize) -> Result<String, Broken> {
    composed(text, min, max, is_invisible)
}

/// Lines: composed, trimmed, `min` to `max` scalars, ended by `\n`; joiners and the looks of emoji are allowed, what
/// would turn or hide the text around it is not.
///
/// # Errors
/// `too_long`, `too_short`, `charset`.
pub fn lines(text: &str, min: usize, max: usize) -> Result<String, Broken> {
    composed(&text.replace("\r\n", "\n"), min, max, is_disguise)
}

/// A word that others find something by: a [`line()`] of Chinese characters and Latin letters, with single blanks and
/// hyphens between them; `digits`: with digits, too.
///
/// # Errors
/// `too_long`, `too_short`, `charset`.
///
/// **Source**: D-30.
pub fn tag(text: &str, max: usize, digits: bool) -> Result<String, Broken> {
    let text = line(text, 1, max)?;
    let is_joint = |c: char| c == ' ' || c == '-';
    let fits = |c: char| is_han(c) || is_latin(c) || is_joint(c) || (digits && c.is_ascii_digit());
    let mut parts = text.split(is_joint);
    // A joint stands between two others: not first, not last, not twice.
    if text.chars().all(fits) && parts.all(|part| !part.is_empty()) { Ok(text) } else { Err("charset") }
}

/// The unified ideographs, those for compatibility, the sign that repeats one, and zero as Chinese writes it.
const fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

/// Letters of English, and of languages that put marks on them.
const fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}')
}

/// Whether a text shows nothing else than it is: as of [`lines`].
pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(is_disguise)
}

/// Controls, zero-width characters and bidirectional overrides: they make two different names look the same.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The same in a text of several lines, where a joiner or a variation selector belongs to what is shown.
fn is_disguise(c: char) -> bool {
    let shown = matches!(c, '\n' | '\t' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    !shown && is_invisible(c)
}

#[cfg(test)]
mod tests;
