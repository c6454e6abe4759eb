//! The code itself: ten characters of Crockford's base 32, fifty bits of chance. Read as people type it.

use std::fmt;

use storage::Entropy;
use storage::ids::RecordId;

/// Characters of a code.
const LEN: usize = 10;
/// Five bits a character.
const BITS: u32 = 50;

/// A code, as the number of its record. Its text is what people are given: capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub RecordId);

impl Code {
    /// Any of them.
    pub(super) fn random(entropy: &Entropy) -> Self {
        Self(RecordId((entropy.draw() >> (64 - BITS)).cast_signed()))
    }

    /// From what was typed: in any case, with `O` for 0 and `I` or `L` for 1, with hyphens and blanks.
    ///
    /// **Source**: Crockford, Base 32.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Bounded before it is copied; nobody types as many hyphens.
        if text.len() > 4 * LEN {
            return None;
        }
        let meant = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        });
        let code: String = meant.collect();
        if code.len() != LEN {
            return None;
        }
        format!("000{code}").parse().ok().map(Self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0.to_string();
        let (_, code) = id.split_at(id.len() - LEN);
        f.write_str(&code.to_ascii_uppercase())
    }
}
