//! Reading the record, newest first. Who may, its callers decide.

use std::ops::Bound;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage::ids::{Seq, UserId};
use storage::{Read, Scan};

use super::chain;
use super::tables::{AuditEntries, AuditIndex, AuditIndexKey, AuditIndexPart, AuditKey};
use super::{Audit, BUCKET_ENTRIES, Entry};
use crate::accounts::Page;
use crate::error::{Error, Result};

/// Entries read at one time.
const AT_ONCE_MAX: usize = 32;
const LIST: &str = "audit";

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// About this object: its kind and id, with a `/` between.
    pub object: Option<String>,
    /// By this account.
    pub actor: Option<UserId>,
}

impl Audit {
    /// A page of the record, newest first. Where both an object and an actor are named a page may be short, or empty, and
    /// others follow all the same.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Store`].
    pub async fn entries(&self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Page<Entry>> {
        let before = cursor.map(|cursor| self.position(cursor)).transpose()?;
        let about = match filter {
            Filter { object: Some(object), .. } => Some(chain::object_about(object)),
            Filter { actor: Some(actor), .. } => Some(chain::actor_about(&actor.to_string())),
            Filter { object: None, actor: None } => None,
        };
        let mut found = match about {
            Some(about) => self.indexed(about, before, limit + 1).await?,
            None => self.latest(before, limit + 1).await?,
        };
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().filter(|_| more).map(|entry| entry.seq);
        let next = last.map(|seq| self.ground.keys().cursor(LIST, &seq.to_string()));
        found.retain(|entry| filter.actor.is_none_or(|actor| entry.actor.user == Some(actor)));
        Ok(Page { items: found, next })
    }

    fn position(&self, cursor: &str) -> Result<Seq> {
        let position = self.ground.keys().read_cursor(LIST, cursor)?;
        position.parse().map(Seq).map_err(|_no_number| Error::BadCursor)
    }

    async fn latest(&self, before: Option<Seq>, limit: u32) -> Result<Vec<Entry>> {
        let mut to = match before {
            Some(before) => Seq(before.0 - 1),
            None => chain::last(&self.ground).await?,
        };
        let mut found = Vec::new();
        while to > Seq::ZERO && found.len() < limit as usize {
            let left = limit - u32::try_from(found.len()).unwrap_or(limit);
            for (seq, row) in chain::rows_to(&self.ground, to, left).await? {
                found.push(chain::entry_of(&self.ground, seq, row)?);
            }
            // The partition's beginning was reached, unless the page is full.
            to = Seq(chain::bucket_of(to) * BUCKET_ENTRIES);
        }
        Ok(found)
    }

    async fn indexed(&self, about: String, before: Option<Seq>, limit: u32) -> Result<Vec<Entry>> {
        let to = before.map_or(Bound::Unbounded, |seq| Bound::Excluded(AuditIndexKey { seq }));
        let scan = Scan { from: Bound::Unbounded, to, rev: true, limit };
        let rows = self.ground.store().scan::<AuditIndex>(AuditIndexPart { about }, scan, Read::Quorum).await?;
        let entries = stream::iter(rows).map(|(c, _)| self.entry(c.seq)).buffered(AT_ONCE_MAX);
        entries.try_collect().await
    }

    async fn entry(&self, seq: Seq) -> Result<Entry> {
        let row = self.ground.store().get::<AuditEntries>(chain::part_of(seq), AuditKey { seq }, Read::Serial).await?;
        chain::entry_of(&self.ground, seq, row.ok_or(Error::NotFound)?)
    }
}
