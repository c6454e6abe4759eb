//! Numbers of documents and of enterprises: their alphabets, their check characters, the dates in them.
//!
//! Whether such a document exists nobody here can know. Small letters are taken for capitals; nothing else is put right,
//! since a corrected number is somebody else's. **Source**: SPEC 7, GB 11643, GB 32100.

use super::{Broken, Day};

/// 2^(17-i) mod 11.
const RESIDENT_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// By the weighted sum mod 11.
const RESIDENT_CHECKS: &[u8; 11] = b"10X98765432";
/// Base 31: digits and capitals without I, O, S, V, Z.
const CREDIT_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^i mod 31.
const CREDIT_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const NUMBER_LEN: usize = 18;

/// A mainland resident's identity number: 18 characters, the last one a check (`X` for ten), born on a day that exists and
/// is not after `today`. **Source**: GB 11643.
///
/// # Errors
/// `format`, `checksum`, `no_such_day`, `future`.
pub fn resident_id(text: &str, today: Day) -> Result<String, Broken> {
    let number = text.to_ascii_uppercase();
    let (body, check) = number.split_at_checked(NUMBER_LEN - 1).ok_or("format")?;
    let ends = check == "X" || (check.len() == 1 && check.bytes().all(|byte| byte.is_ascii_digit()));
    if !ends || !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("format");
    }
    if !check.bytes().eq(resident_check(body)) {
        return Err("checksum");
    }
    match birthday(&number) {
        None => Err("no_such_day"),
        Some(born) if born > today => Err("future"),
        Some(_) => Ok(number),
    }
}

fn resident_check(body: &str) -> Option<u8> {
    let sum: u32 = body.bytes().zip(RESIDENT_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    RESIDENT_CHECKS.get((sum % 11) as usize).copied()
}

/// The day of birth in a resident's identity number.
#[must_use]
pub fn birthday(resident_id: &str) -> Option<Day> {
    Day::parse_packed(resident_id.get(6..14)?)
}

/// A unified social credit code: 18 characters in base 31, the last one a check. **Source**: GB 32100.
///
/// # Errors
/// `format`, `checksum`.
pub fn credit_code(text: &str) -> Result<String, Broken> {
    let code = text.to_ascii_uppercase();
    let values: Option<Vec<u32>> = code.bytes().map(credit_value).collect();
    let values = values.filter(|values| values.len() == NUMBER_LEN).ok_or("format")?;
    let sum: u32 = values.iter().zip(CREDIT_WEIGHTS).map(|(value, weight)| value * weight).sum();
    // The outer `% 31`: a sum that leaves nothing has the check 0, not the 31 that no character stands for.
    let check = (31 - sum % 31) % 31;
    if values.last() == Some(&check) { Ok(code) } else { Err("checksum") }
}

fn credit_value(byte: u8) -> Option<u32> {
    let place = CREDIT_ALPHABET.iter().position(|letter| *letter == byte)?;
    u32::try_from(place).ok()
}

/// 回乡证, the mainland travel permit of residents of Hong Kong and Macao: `H` or `M`, eight digits, two more on older
/// cards.
///
/// # Errors
/// `format`.
pub fn home_permit(text: &str) -> Result<String, Broken> {
    let number = text.to_ascii_uppercase();
    let digits = number.strip_prefix(['H', 'M']).ok_or("format")?;
    if is_permit(digits) { Ok(number) } else { Err("format") }
}

/// 台胞证, the same for residents of Taiwan: eight digits, two more on older cards.
///
/// # Errors
/// `format`.
pub fn taiwan_permit(text: &str) -> Result<String, Broken> {
    if is_permit(text) { Ok(text.to_owned()) } else { Err("format") }
}

fn is_permit(digits: &str) -> bool {
    matches!(digits.len(), 8 | 10) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A passport's number: 5 to 9 letters and digits.
///
/// # Errors
/// `format`.
pub fn passport(text: &str) -> Result<String, Broken> {
    let fits = (5..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(text.to_ascii_uppercase()) } else { Err("format") }
}

#[cfg(test)]
mod tests;
