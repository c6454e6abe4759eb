//! Days of the fair: whole ones, of Asia/Shanghai. Never asks which one it is.
//!
//! The offset is fixed: Shanghai has had no other since 1991, so no table of zones is needed. **Source**: SPEC, "How to
//! read this file".

use std::fmt;

use serde::{Serialize, Serializer};
use storage::clock::civil;
use storage::ids::Millis;

/// Ahead of UTC. **Units**: milliseconds.
const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// A Gregorian day of Shanghai. **Shape**: `2020-07-15`. **Units**: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The one on which a moment lies.
    #[must_use]
    pub const fn in_shanghai(at: Millis) -> Self {
        Self(at.plus_ms(OFFSET_MS).0.div_euclid(DAY_MS))
    }

    /// Its first moment, 00:00.
    #[must_use]
    pub const fn begins(self) -> Millis {
        Millis(self.0.saturating_mul(DAY_MS)).plus_ms(-OFFSET_MS)
    }

    /// The first moment that is no longer in it, 24:00.
    #[must_use]
    pub const fn ends(self) -> Millis {
        self.plus(1).begins()
    }

    /// So many days later.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// From `2020-07-15`; none for another form, and for a day that does not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = number(text, 4)?;
        let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
        let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
        let found = days_from_civil(year, month, day);
        // What does not exist, such as 30 February, is another day.
        (rest.is_empty() && year > 0 && civil(found) == (year, month, day)).then_some(Self(found))
    }

    /// From `YYYYMMDD`, as documents write it.
    #[must_use]
    pub fn parse_packed(text: &str) -> Option<Self> {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        Self::parse(&format!("{year}-{month}-{day}"))
    }
}

/// As [`civil`] the other way round. **Source**: Howard Hinnant, `days_from_civil`.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The number of the first `digits` characters, and what is left.
fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(digits)?;
    let is_number = head.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| head.parse().ok()).flatten().map(|number| (number, rest))
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// A moment as RFC 3339 with milliseconds and the offset +08:00. **Shape**: `2026-11-23T19:16:43.120+08:00`.
#[must_use]
pub fn written(at: Millis) -> String {
    let ms = at.plus_ms(OFFSET_MS).0.rem_euclid(DAY_MS);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{:03}+08:00", Day::in_shanghai(at), ms % 1_000)
}

/// A moment from RFC 3339, which names its offset: `2020-08-01T09:00:00+08:00`, with a fraction or without.
#[must_use]
pub fn moment(text: &str) -> Option<Millis> {
    let (date, time) = text.split_at_checked(10)?;
    let day = Day::parse(date)?;
    let (hour, rest) = number(time.strip_prefix(['T', 't'])?, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (ms, rest) = fraction(rest)?;
    let offset_minutes = offset(rest)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let in_day = ((hour * 60 + minute) * 60 + second) * 1_000 + ms;
    Some(Millis(day.0 * DAY_MS + in_day - offset_minutes * 60_000))
}

/// Milliseconds of `.5`, `.120`; what is finer is cut.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at_checked(digits)?;
    let ms: String = digits.chars().chain("000".chars()).take(3).collect();
    if digits.is_empty() { None } else { Some((ms.parse().ok()?, rest)) }
}

/// Minutes of `Z`, `+08:00`.
fn offset(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, rest) = number(text.get(1..)?, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':')?, 2)?;
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests;
