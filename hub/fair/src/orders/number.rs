//! The number of an order: the day in Shanghai and seven digits of chance, so that it tells nothing of how many there are.
//! Claimed for one order before that is made; of an order that is not made then its number stays unused.
//!
//! **Source**: SPEC 11 (sample `202006281000035`).

use std::fmt;

use storage::ids::RecordId;
use storage::{Entropy, Read, Store};

use crate::claim::{self, Holding};
use crate::day::Day;
use crate::error::{Error, Result};

/// Digits of a whole one: eight of the day, and those of chance.
const DIGITS: usize = 15;
/// Numbers of one day.
const OF_DAY: u64 = 10_000_000;
/// Draws of a number that another order has, until the day counts as full: on a day that is nine tenths full, one order in
/// a thousand meets so many.
const DRAWS_MAX: usize = 64;

storage::table! {
    /// Whose an order's number is. Makes it unique, and finds the order.
    pub OrderNumbers: guarded, clustered, "order_numbers", version 1;
    partition OrderNumberPart {
        /// as its digits are read.
        number: i64,
    }
    clustering OrderNumberKey {}
    row OrderNumberRow { order: RecordId }
    patch OrderNumberPatch
}

impl Holding for OrderNumberRow {
    fn version(&self) -> i64 {
        self.v
    }

    fn holder(&self) -> i64 {
        self.order.0
    }
}

/// A number. **Shape**: `yyyyMMdd` and seven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(i64);

impl Number {
    /// Any of a day's.
    fn random(day: Day, entropy: &Entropy) -> Self {
        // The remainder favours no number by more than one in a million millions.
        Self::of(day, entropy.draw() % OF_DAY)
    }

    fn of(day: Day, digits: u64) -> Self {
        let text = format!("{}{digits:07}", day.to_string().replace('-', ""));
        Self(text.parse().unwrap_or_default())
    }

    /// From its digits, of a day that exists.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        let (day, _) = text.split_at_checked(8)?;
        Day::parse_packed(day)?;
        if is_one { text.parse().ok().map(Self) } else { None }
    }

    const fn part(self) -> OrderNumberPart {
        OrderNumberPart { number: self.0 }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:015}", self.0)
    }
}

/// Claims one of a day's numbers for an order.
///
/// # Errors
/// [`Error::Conflict`] when the day's numbers are used up, or so many of them that none was found; [`Error::Store`].
pub(super) async fn claim(store: &Store, entropy: &Entropy, day: Day, order: RecordId) -> Result<Number> {
    let draws = std::iter::repeat_with(|| Number::random(day, entropy)).take(DRAWS_MAX);
    claim_among(store, entropy, draws, order).await
}

async fn claim_among(
    store: &Store,
    entropy: &Entropy,
    draws: impl Iterator<Item = Number>,
    order: RecordId,
) -> Result<Number> {
    for number in draws {
        let row = OrderNumberRow { v: claim::version(entropy), order };
        if claim::claim::<OrderNumbers>(store, number.part(), OrderNumberKey {}, row).await? {
            return Ok(number);
        }
    }
    Err(Error::Conflict("the order numbers of the day are used up"))
}

/// The order that a number was claimed for.
pub(super) async fn holder(store: &Store, number: Number) -> Result<Option<RecordId>> {
    let row = store.get::<OrderNumbers>(number.part(), OrderNumberKey {}, Read::Serial).await?;
    Ok(row.map(|row| row.order))
}

#[cfg(test)]
mod tests;
