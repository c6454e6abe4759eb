//! Days of the Gregorian calendar that exist. Never asks which one it is.

use std::fmt;

use storage::clock::civil;
use storage::ids::Millis;

/// Asia/Shanghai, which has had no other offset since 1991. **Units**: milliseconds.
const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
const MONTHS: u8 = 12;

/// A day. **Shape**: `2020-08-15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// The day of these numbers, where there is one between the years 1 and 9999.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = 1 <= year && year <= 9_999 && 1 <= month && month <= MONTHS && 1 <= day;
        if exists && day <= days_in(year, month) { Some(Self { year, month, day }) } else { None }
    }

    /// From `YYYY-MM-DD`, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let widths = year.len() == 4 && month.len() == 2 && day.len() == 2;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if widths && digits { Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?) } else { None }
    }

    /// From `YYYYMMDD`, as documents write it.
    #[must_use]
    pub fn parse_packed(text: &str) -> Option<Self> {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        Self::parse(&format!("{year}-{month}-{day}"))
    }

    /// Which day it is in Shanghai at that moment.
    #[must_use]
    pub fn in_shanghai(at: Millis) -> Self {
        let (year, month, day) = civil(at.0.saturating_add(OFFSET_MS).div_euclid(DAY_MS));
        let day_of = || Self::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
        day_of().unwrap_or(Self { year: 9_999, month: 12, day: 31 })
    }
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests;
