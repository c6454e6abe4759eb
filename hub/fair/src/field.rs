//! The rules on an account's fields: each takes what was typed and gives what is stored, or which rule is broken.
//! Pure; never looks anything up.
//!
//! **Source**: SPEC 4 (username, password, identifier, mobile, email) and SPEC 7 (sub-users, display name); texts in
//! [`text`], those with markup in [`rich`], numbers of documents in [`identity`].

pub mod identity;
pub mod rich;
pub mod text;

pub use crate::day::Day;

/// A broken rule by its code (see [`crate::FieldError`]).
pub type Broken = &'static str;

/// The shortest and the longest username and identifier. **Units**: characters.
pub const NAME_LEN: std::ops::RangeInclusive<usize> = 4..=20;
/// The shortest and the longest password. **Units**: characters.
pub const PASSWORD_LEN: std::ops::RangeInclusive<usize> = 8..=20;
/// The longest display name and enterprise name. **Units**: Unicode scalars after composing and trim.
pub const DISPLAY_NAME_MAX: usize = 60;

fn of_length(len: usize, range: &std::ops::RangeInclusive<usize>) -> Result<(), Broken> {
    if len < *range.start() {
        return Err("too_short");
    }
    if len > *range.end() { Err("too_long") } else { Ok(()) }
}

fn name(text: &str, allowed: impl Fn(u8) -> bool) -> Result<String, Broken> {
    if !text.bytes().all(allowed) {
        return Err("charset");
    }
    of_length(text.len(), &NAME_LEN)?;
    Ok(text.to_owned())
}

/// A username or an enterprise's identifier: 4-20 ASCII letters, digits, `_`, `-`.
///
/// # Errors
/// `charset`, `too_short`, `too_long`.
pub fn username(text: &str) -> Result<String, Broken> {
    name(text, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A sub-user's username: like [`username`], lower case only.
///
/// # Errors
/// `charset`, `too_short`, `too_long`.
pub fn sub_username(text: &str) -> Result<String, Broken> {
    name(text, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-')
}

/// The form in which usernames and identifiers are compared.
#[must_use]
pub fn login_key(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// A password: 8-20 printable ASCII characters, letters and digits among them.
///
/// # Errors
/// `charset`, `too_short`, `too_long`, `weak` (no letter or no digit).
pub fn password(text: &str) -> Result<(), Broken> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("charset");
    }
    of_length(text.len(), &PASSWORD_LEN)?;
    let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    if letters && digits { Ok(()) } else { Err("weak") }
}

/// A name shown to others: a [`text::line`] of 1 to [`DISPLAY_NAME_MAX`] scalars.
///
/// # Errors
/// `too_short`, `too_long`, `charset`.
pub fn display_name(text: &str) -> Result<String, Broken> {
    text::line(text, 1, DISPLAY_NAME_MAX)
}

/// A phone number: mainland `1[3-9]` and nine digits, or E.164 with its `+`.
///
/// # Errors
/// `format`.
pub fn mobile(text: &str) -> Result<String, Broken> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    let international = text.starts_with('+') && (8..=15).contains(&digits.len()) && !digits.starts_with('0');
    let mainland = digits.len() == 11 && matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..]) && !text.starts_with('+');
    if all_digits && (international || mainland) { Ok(text.to_owned()) } else { Err("format") }
}

/// A mainland mobile number: `1[3-9]` and nine digits, `+86` before it or not; stored without.
///
/// # Errors
/// `format`.
pub fn mainland_mobile(text: &str) -> Result<String, Broken> {
    let number = mobile(text.strip_prefix("+86").unwrap_or(text))?;
    if number.starts_with('+') { Err("format") } else { Ok(number) }
}

/// The longest email address. **Source**: RFC 5321, 4.5.3.1.3. **Units**: bytes.
pub const EMAIL_BYTES_MAX: usize = 254;

/// An email address: one `@`, a dotted domain, no blanks or controls, at most 254 bytes. Whether it exists, a code shows.
///
/// # Errors
/// `too_long`, `format`.
pub fn email(text: &str) -> Result<String, Broken> {
    if text.len() > EMAIL_BYTES_MAX {
        return Err("too_long");
    }
    let Some((local, domain)) = text.split_once('@') else { return Err("format") };
    let clean = text.bytes().all(|byte| byte.is_ascii_graphic()) && !domain.contains('@');
    let dotted = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let whole = clean && !local.is_empty() && local.len() <= 64 && dotted;
    if whole { Ok(text.to_owned()) } else { Err("format") }
}

/// The address of a page on the web: `http` or `https`, a host, no name or password in it, at most `max` characters.
///
/// # Errors
/// `too_long`, `charset` (blanks, controls, what nobody sees), `format`.
pub fn link(text: &str, max: usize) -> Result<String, Broken> {
    // A parser for browsers drops tabs and line ends, and so does not see what others would.
    let text = text::line(text, 1, max)?;
    if text.chars().any(char::is_whitespace) {
        return Err("charset");
    }
    let url = url::Url::parse(&text).map_err(|_wrong| "format")?;
    let of_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_open = url.username().is_empty() && url.password().is_none();
    if of_web && is_open { Ok(text) } else { Err("format") }
}

/// Digits alone, so many of them.
///
/// # Errors
/// `charset`, `too_short`, `too_long`.
pub fn digits(text: &str, len: usize) -> Result<String, Broken> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("charset");
    }
    of_length(text.len(), &(len..=len))?;
    Ok(text.to_owned())
}

/// A code in Crockford's base 32, so many characters, in capitals: `O` is read as `0`, `I` and `L` as `1`.
///
/// # Errors
/// `charset`, `too_short`, `too_long`.
pub fn base32(text: &str, len: usize) -> Result<String, Broken> {
    let read = |c: char| match c.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        'U' => None,
        c if c.is_ascii_alphanumeric() => Some(c),
        _ => None,
    };
    let code: String = text.chars().map(read).collect::<Option<_>>().ok_or("charset")?;
    of_length(code.len(), &(len..=len))?;
    Ok(code)
}

#[cfg(test)]
mod tests;
