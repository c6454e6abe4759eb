//! Moving everything from one store to another through a file: [`export`], [`import`], [`verify`]. Rows go as cells,
//! whatever their tables mean; expired ones stay behind. Never holds more than a page of rows.
//!
//! The file is JSON, a line a thing. A header comes first, then for each table its rows and a line that counts them, at
//! last a line that counts all. Every line ends with a mark of itself and of everything before it, so that no line can
//! be changed, lost, doubled or moved unseen. A table's checksum is the sum of its rows' hashes: the same rows give the
//! same checksum in whatever order a backend lists them. It covers keys, columns and `at`, not when a row expires.
//!
//! ```text
//! {"fairhub_export":{"version":1,"made":1795446000000,"store":"sqlite:…","key":"…","tables":[{"name":"entries","version":1}]},"sum":"…"}
//! {"row":{"table":"entries","key":[4611686018427387904,0,1],"cells":[1,1,"hello",{"b64":"AP8="},null]},"sum":"…"}
//! {"table":{"name":"entries","rows":1,"checksum":"…"},"sum":"…"}
//! {"total":{"rows":1,"checksum":"…"},"sum":"…"}
//! ```
//!
//! While a hub runs, an export is no point in time: each row is as it was when it was read.

mod checksum;
mod contents;
mod export;
mod import;
mod line;
mod lines;
mod patience;
mod restore;
mod state;
mod verify;
mod walk;

use std::io;

use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::error::StoreError;
use crate::ids::Millis;
use crate::store::Store;
use crate::table::Spec;

pub use checksum::{Checksum, Tally};
pub use contents::{Contents, check};
pub use export::{Exported, export};
pub use import::{Imported, import};
pub use line::{FORMAT_VERSION, LINE_BYTES_MAX, seal};
pub use verify::{Verified, verify};

/// A store that rows leave or enter.
#[derive(Debug)]
pub struct End<'a> {
    /// It.
    pub store: &'a Store,
    /// Its tables, in the order of the file.
    pub tables: &'a [&'static Spec],
    /// By which rows expire.
    pub clock: &'a Clock,
    /// Which store it is: an export or import that was cut off goes on only with the same one. **Shape**: up to 128
    /// characters, no secret.
    pub name: String,
    /// A fingerprint of the key that seals what is in it: rows under another key could not be read. **Shape**: as above.
    pub key: String,
}

impl End<'_> {
    /// A name for a store of this kind at this place, which does not tell the place.
    #[must_use]
    pub fn name_of(kind: &str, place: &str) -> String {
        let hash = Sha256::digest(place.as_bytes());
        let digits = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
        format!("{kind}:{}", digits.collect::<String>())
    }
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading a file from end to end before it is used.
    Checking,
    /// Writing rows into the file.
    Exporting,
    /// Writing rows into the store.
    Importing,
    /// Reading the store's rows again.
    Verifying,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// To which table.
    pub table: &'static str,
    /// Rows since this step began; those of an earlier run count too.
    pub rows: u64,
    /// How much of the step is done, where its end is known: nobody counts a store's rows before they are read.
    /// **Units**: percent.
    pub percent: Option<u8>,
}

/// How much `done` is of `all`; nothing is said of nothing.
fn percent(done: u64, all: u64) -> Option<u8> {
    let share = u128::from(done.min(all)) * 100;
    share.checked_div(u128::from(all)).and_then(|percent| u8::try_from(percent).ok())
}

/// Why data was not moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A file could not be read or written, by what was tried.
    #[error("{0}: {1}")]
    File(&'static str, io::Error),
    /// A line is not what an export writes.
    #[error("line {line}: {problem}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// The file ends too early: its export was not finished.
    #[error("line {0}: the file ends here, its export was not finished")]
    Torn(u64),
    /// What was asked would do harm, or cannot work.
    #[error("{0}")]
    Refused(String),
    /// The store does not hold what the file holds.
    #[error("file and store differ: {0}")]
    Differs(String),
    /// The store failed, and went on failing.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TransferError {
    fn file(tried: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::File(tried, error)
    }
}

/// Whether a row is dead at `now`.
fn is_expired(expires: Option<Millis>, now: Millis) -> bool {
    expires.is_some_and(|expires| expires <= now)
}
