//! When two names of enterprises are the same name.

use unicode_normalization::UnicodeNormalization as _;

/// The form in which names of enterprises are compared: compatibility forms folded (NFKC, so that full-width brackets and
/// letters are the usual ones), lower case, runs of blanks as one. Our decision: nobody shall pass for another by a
/// spelling that looks the same; what is shown stays as it was typed.
#[must_use]
pub fn key(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
