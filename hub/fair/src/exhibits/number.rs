//! The number of an exhibit: the moment in Shanghai to the second, and three characters of chance. Claimed before the exhibit
//! is made, so that no two have one, whichever hubs make them.
//!
//! **Source**: SPEC 10 (L591; samples `20200715125957oPs`, `202007031610507Vb`).

use storage::ids::{Millis, RecordId};
use storage::{Entropy, Read};

use crate::accounts::Accounts;
use crate::claim::{self, Holding};
use crate::day::written;
use crate::error::{Error, Result};

const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of chance: 238,328 numbers a second.
const CHANCE_CHARS: usize = 3;
/// Draws of a number that is another's, until giving up.
const DRAWS_MAX: u32 = 16;
/// Of the moment: the year to the second.
const TIME_DIGITS: usize = 14;
/// Nobody asks for a longer one. **Units**: bytes.
const NUMBER_BYTES: usize = 17;

storage::table! {
    /// Whose an exhibit's number is. Makes it unique, and finds the exhibit.
    pub ExhibitNumbers: guarded, clustered, "exhibit_numbers", version 1;
    partition ExhibitNumberPart { number: String }
    clustering ExhibitNumberKey {}
    row ExhibitNumberRow { exhibit: RecordId }
    patch ExhibitNumberPatch
}

impl Holding for ExhibitNumberRow {
    fn version(&self) -> i64 {
        self.v
    }

    fn holder(&self) -> i64 {
        self.exhibit.0
    }
}

/// A number for an exhibit that is about to be made.
///
/// # Errors
/// [`Error::Overloaded`] when every draw is another's, [`Error::Store`].
pub(super) async fn claim(accounts: &Accounts, exhibit: RecordId) -> Result<String> {
    for _ in 0..DRAWS_MAX {
        let number = draw(accounts.clock().now(), accounts.entropy());
        let row = ExhibitNumberRow { v: claim::version(accounts.entropy()), exhibit };
        let part = ExhibitNumberPart { number: number.clone() };
        if claim::claim::<ExhibitNumbers>(accounts.store(), part, ExhibitNumberKey {}, row).await? {
            return Ok(number);
        }
    }
    Err(Error::Overloaded)
}

/// Gives a number back whose exhibit was not made.
pub(super) async fn release(accounts: &Accounts, number: &str, exhibit: RecordId) -> Result<()> {
    let part = ExhibitNumberPart { number: number.to_owned() };
    claim::release::<ExhibitNumbers>(accounts.store(), part, ExhibitNumberKey {}, exhibit.0).await
}

/// The exhibit of a number.
pub(super) async fn find(accounts: &Accounts, number: &str) -> Result<Option<RecordId>> {
    if number.len() != NUMBER_BYTES {
        return Ok(None);
    }
    let part = ExhibitNumberPart { number: number.to_owned() };
    let row = accounts.store().get::<ExhibitNumbers>(part, ExhibitNumberKey {}, Read::Serial).await?;
    Ok(row.map(|row| row.exhibit))
}

fn draw(now: Millis, entropy: &Entropy) -> String {
    let written = written(now);
    let time = written.chars().filter(char::is_ascii_digit).take(TIME_DIGITS);
    let mut chance = entropy.draw();
    let chars = (0..CHANCE_CHARS).filter_map(|_| {
        let at = usize::try_from(chance % 62).ok()?;
        chance /= 62;
        BASE_62.get(at).map(|byte| char::from(*byte))
    });
    time.chain(chars).collect()
}
