//! Origins as browsers write them: what an operator typed and what a request says are brought to one form before they are
//! compared. Pure; knows nothing of who may come.

use url::Url;

/// What the URL parser would forgive or cut off, and no origin has.
const FOREIGN: [char; 7] = ['/', '\\', '?', '#', '@', '*', '%'];

/// An origin in the form in which browsers send it: scheme and host in lower case, an international name in ASCII, the
/// scheme's own port left out. None for what is no origin of a page: `null`, other schemes, a path behind the host.
///
/// **Source**: URL Standard, host parsing; HTML Standard, serialization of an origin.
#[must_use]
pub fn normal(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let is_web = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let is_foreign = |letter: char| FOREIGN.contains(&letter) || letter.is_whitespace() || letter.is_control();
    if !is_web || rest.contains(is_foreign) {
        return None;
    }
    Some(Url::parse(text).ok()?.origin().ascii_serialization())
}

#[cfg(test)]
mod tests;
