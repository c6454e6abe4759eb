//! Rows into a store, many partitions at a time, all durable before it returns.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::contents::Record;
use super::patience::patiently;
use crate::error::Result;
use crate::request::{Change, Raw, Step, What};
use crate::store::{Store, WRITE_OPS_MAX};
use crate::table::Ack;

/// Writes that wait for the store at one time.
const AT_ONCE: usize = 256;
/// A write of more than one row holds no more. **Units**: bytes.
const WRITE_BYTES: usize = 256 << 10;

/// Rows of one file, in its order, gathered into as few writes as may be.
#[derive(Debug, Default)]
pub(super) struct Page {
    changes: Vec<Change>,
    rows: usize,
    bytes: usize,
}

impl Page {
    pub(super) fn push(&mut self, record: Record) {
        let Record { spec, p, raw } = record;
        let bytes = raw.size_bytes();
        let Raw { c, row, at, expires } = raw;
        let step = Step { c, what: What::Restore { row, at, expires } };
        let fits = |last: &&mut Change| {
            let has_room = last.steps.len() < WRITE_OPS_MAX && last.size_bytes() + bytes <= WRITE_BYTES;
            last.spec.name == spec.name && last.p == p && has_room
        };
        match self.changes.last_mut().filter(fits) {
            Some(last) => last.steps.push(step),
            None => {
                self.changes.push(Change { spec, p, conditions: Vec::new(), steps: vec![step], ack: Ack::Durable });
            }
        }
        self.rows += 1;
        self.bytes += bytes;
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// **Units**: bytes, roughly.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes all of it. After an error some of it may be written.
    pub(super) async fn write(self, store: &Store) -> Result<()> {
        let writes = stream::iter(self.changes)
            .map(|change| async move { patiently(async || store.apply(change.clone()).await).await.map(|_done| ()) });
        writes.buffer_unordered(AT_ONCE).try_collect().await
    }
}
