//! How many rows, and their checksum: a sum of hashes, so that no order of the rows matters.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use super::contents::Record;
use crate::table::{ColumnSpec, Value};

const BYTES: usize = 32;

/// The sum, modulo 2^256, of SHA-256 over each row. **Shape**: 64 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Checksum([u8; BYTES]);

impl Checksum {
    fn add(&mut self, hash: &[u8]) {
        let mut carry = 0;
        for (sum, byte) in self.0.iter_mut().zip(hash).rev() {
            let added = u16::from(*sum) + u16::from(*byte) + carry;
            carry = added >> 8;
            *sum = added.to_be_bytes()[1];
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let wrong = || de::Error::custom("not a checksum");
        let mut sum = Self::default();
        if text.len() != 2 * BYTES || !text.is_ascii() {
            return Err(wrong());
        }
        for (byte, at) in sum.0.iter_mut().zip((0..).step_by(2)) {
            let digits = text.get(at..at + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_not_hex| wrong())?;
        }
        Ok(sum)
    }
}

/// Rows counted and summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub rows: u64,
    /// Their checksum.
    pub checksum: Checksum,
}

impl Tally {
    pub(super) fn count(&mut self, record: &Record) {
        self.rows += 1;
        self.checksum.add(&hash(record));
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.rows += other.rows;
        self.checksum.add(&other.checksum.0);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows with checksum {}", self.rows, self.checksum)
    }
}

/// Nulls are left out: a column that a later version added does not change the hash of older rows.
fn hash(record: &Record) -> [u8; BYTES] {
    let Record { spec, p, raw } = record;
    let mut hash = Sha256::new();
    put(&mut hash, b'n', spec.name.as_bytes());
    p.iter().chain(&raw.c).for_each(|cell| put_cell(&mut hash, cell));
    let named = spec.columns.iter().zip(&raw.row).filter(|(_, cell)| **cell != Value::Null);
    for (ColumnSpec { name, .. }, cell) in named {
        put(&mut hash, b'c', name.as_bytes());
        put_cell(&mut hash, cell);
    }
    if let Some(at) = raw.at {
        put(&mut hash, b'@', &at.to_be_bytes());
    }
    hash.finalize().into()
}

fn put_cell(hash: &mut Sha256, cell: &Value) {
    match cell {
        Value::Null => put(hash, b'0', &[]),
        Value::Int(int) => put(hash, b'i', &int.to_be_bytes()),
        Value::Text(text) => put(hash, b't', text.as_bytes()),
        Value::Blob(blob) => put(hash, b'b', blob),
    }
}

/// Each part behind its kind and length: no two rows read the same.
fn put(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
