//! Words that the fair does not allow in what it shows to others: one list, and texts compared with it however they are
//! disguised. The hook of every form; never decides where it is asked.
//!
//! A text is folded first: compatibility forms, width, case and accents go, look-alikes of other scripts become Latin, and
//! whatever is neither letter nor digit only parts words. A Latin word of the list is found as whole words only (no
//! `casino` in `occasionally`), a Han one anywhere.
//!
//! **Source**: SPEC 24 (word filter hooks on all user text), L533-544.

use std::fmt;

use aho_corasick::AhoCorasick;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The longest list.
const WORDS_MAX: usize = 20_000;
/// The longest word, folded. **Units**: characters.
const WORD_CHARS_MAX: usize = 64;
/// The shortest one: single characters would stand in everything. **Units**: characters.
const WORD_CHARS_MIN: usize = 2;

/// A list, ready to be asked.
#[derive(Default)]
pub struct Words {
    /// None where the list is empty.
    found: Option<AhoCorasick>,
    /// By the number of a word: whether it counts as whole words only.
    whole: Vec<bool>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").field("count", &self.whole.len()).finish_non_exhaustive()
    }
}

/// A list as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    /// Where it comes from, for people.
    #[serde(default, rename = "source")]
    _source: String,
    words: Vec<String>,
}

impl Words {
    /// The list of a file, or what is wrong with it.
    pub(crate) fn checked(raw: &Raw) -> Result<Self, String> {
        if raw.words.len() > WORDS_MAX {
            return Err(format!("more than {WORDS_MAX} words"));
        }
        let folded: Vec<_> = raw.words.iter().map(|word| Folded::of(word).text).collect();
        for (word, folded) in raw.words.iter().zip(&folded) {
            if !(WORD_CHARS_MIN..=WORD_CHARS_MAX).contains(&folded.chars().count()) {
                return Err(format!("`{word}`: {WORD_CHARS_MIN} to {WORD_CHARS_MAX} letters or digits"));
            }
        }
        if folded.is_empty() {
            return Ok(Self::default());
        }
        let whole = folded.iter().map(|word| word.is_ascii()).collect();
        let found = AhoCorasick::new(&folded).map_err(|error| error.to_string())?;
        Ok(Self { found: Some(found), whole })
    }

    /// Whether a text has none of them.
    #[must_use]
    pub fn allow(&self, text: &str) -> bool {
        let Some(list) = &self.found else { return true };
        let folded = Folded::of(text);
        let counts = |found: aho_corasick::Match| {
            let is_whole = || folded.begins_word(found.start()) && folded.begins_word(found.end());
            !self.whole.get(found.pattern().as_usize()).is_some_and(|whole| *whole) || is_whole()
        };
        !list.find_overlapping_iter(&folded.text).any(counts)
    }
}

/// A text as it is compared.
struct Folded {
    text: String,
    /// The bytes at which words begin, rising.
    begins: Vec<usize>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), begins: Vec::new() };
        let mut parted = true;
        // What belongs to a letter without being seen, and marks, part nothing.
        let chars = text.nfkd().filter(|c| !is_combining_mark(*c) && !is_unseen(*c)).flat_map(char::to_lowercase);
        for c in chars.map(plain) {
            if !c.is_alphanumeric() {
                parted = true;
                continue;
            }
            // Han is written without blanks: each of its characters is a word.
            if parted || !c.is_ascii() {
                folded.begins.push(folded.text.len());
            }
            parted = !c.is_ascii();
            folded.text.push(c);
        }
        folded
    }

    fn begins_word(&self, at: usize) -> bool {
        at == self.text.len() || self.begins.binary_search(&at).is_ok()
    }
}

/// Format characters, joiners, variation selectors, tags: written between letters they hide a word from machines only.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The Latin letter that a letter, digit or sign is taken for. **Source**: UTS 39 (confusables), the common ones.
const fn plain(c: char) -> char {
    match c {
        '0' | 'о' | 'ο' | 'օ' => 'o',
        '1' | 'l' | 'і' | 'ι' | 'ӏ' | 'ı' => 'i',
        '3' | 'е' | 'ε' | 'є' => 'e',
        '4' | '@' | 'а' | 'α' => 'a',
        '5' | '$' | 'ѕ' => 's',
        '7' | 'т' | 'τ' => 't',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'һ' | 'н' => 'h',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'п' | 'η' => 'n',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ѡ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
}

#[cfg(test)]
mod tests;
