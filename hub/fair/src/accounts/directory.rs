//! Finding an enterprise by the beginning of one of its names. Public data only; never says who works there.

use std::ops::Bound;

use serde::Serialize;
use storage::ids::EnterpriseId;
use storage::{Read, Scan};
use unicode_normalization::UnicodeNormalization as _;

use super::{Accounts, Enterprise};
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::table::{Directory, DirectoryKey, DirectoryPart, DirectoryRow};

/// The longest query. **Units**: bytes.
const QUERY_BYTES_MAX: usize = 240;
/// Rows read for one page: an enterprise has at most three.
const ROWS_PER_ITEM: u32 = 3;
/// Teams of a class that are told of something; there are a few committees.
const TEAMS_MAX: u32 = 16;
const LIST: &str = "enterprises";

/// One page of a list. **Shape**: WIRE section 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Ask with it for the next page; none: that was all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A name as it is looked up: variants of one ideograph find each other, which names that are shown keep apart.
fn key(name: &str) -> String {
    name.trim().nfc().collect::<String>().to_lowercase()
}

/// The names an enterprise is found by, without repetition.
pub(crate) fn keys_of(row: &DirectoryRow) -> Vec<String> {
    let mut keys = vec![key(&row.shown), key(&row.identifier)];
    keys.extend(row.shown_en.as_deref().map(key));
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Accounts {
    /// Enterprises one of whose names begins with `query`, in the order of those names.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Invalid`], [`Error::Store`].
    pub async fn enterprises(&self, query: &str, cursor: Option<&str>, limit: u32) -> Result<Page<Enterprise>> {
        self.teams(Kind::Enterprise, query, cursor, limit).await
    }

    /// The same of another class of teams.
    ///
    /// # Errors
    /// As [`Self::enterprises`].
    pub async fn teams(&self, kind: Kind, query: &str, cursor: Option<&str>, limit: u32) -> Result<Page<Enterprise>> {
        if query.len() > QUERY_BYTES_MAX {
            return Err(Error::invalid("/q", "too_long"));
        }
        let prefix = key(query);
        let from = match cursor {
            Some(cursor) => Bound::Excluded(self.directory_position(cursor)?),
            None => Bound::Included(DirectoryKey { name: prefix.clone(), id: EnterpriseId(0) }),
        };
        // Above every name that begins with the prefix: no assigned character sorts behind this one.
        let to = Bound::Included(DirectoryKey { name: format!("{prefix}\u{10ffff}"), id: EnterpriseId(0) });
        let rows_max = limit.saturating_mul(ROWS_PER_ITEM).max(1);
        let scan = Scan { from, to, rev: false, limit: rows_max };
        let part = DirectoryPart { kind };
        let rows = self.0.store.scan::<Directory>(part, scan, Read::Fast).await?;
        Ok(self.directory_page((kind, &prefix), rows, limit as usize, rows_max as usize))
    }

    /// The teams of a class, at most [`TEAMS_MAX`]: the committee's few.
    pub(crate) async fn teams_of(&self, kind: Kind) -> Result<Vec<EnterpriseId>> {
        let scan = Scan::first(TEAMS_MAX * ROWS_PER_ITEM);
        let rows = self.0.store.scan::<Directory>(DirectoryPart { kind }, scan, Read::Fast).await?;
        let mut teams: Vec<_> = rows.into_iter().map(|(key, _)| key.id).collect();
        teams.sort_unstable();
        teams.dedup();
        Ok(teams)
    }

    fn directory_page(
        &self,
        (kind, prefix): (Kind, &str),
        rows: Vec<(DirectoryKey, DirectoryRow)>,
        limit: usize,
        rows_max: usize,
    ) -> Page<Enterprise> {
        let exhausted = rows.len() < rows_max;
        let mut left = rows.len();
        let mut items = Vec::new();
        let mut last = None;
        for (at, row) in rows {
            if items.len() >= limit {
                break;
            }
            left -= 1;
            // Found by two of its names, an enterprise is shown at the first of them only, on whatever page that is.
            if keys_of(&row).iter().find(|name| name.starts_with(prefix)) == Some(&at.name) {
                let DirectoryRow { identifier, shown: name, shown_en: name_en, role, .. } = row;
                items.push(Enterprise { id: at.id, kind, identifier, name, name_en, role });
            }
            last = Some(at);
        }
        let next = last.filter(|_| left > 0 || !exhausted);
        let next = next.map(|at| self.0.keys.cursor(LIST, &format!("{}/{}", at.id, at.name)));
        Page { items, next }
    }

    fn directory_position(&self, cursor: &str) -> Result<DirectoryKey> {
        let position = self.0.keys.read_cursor(LIST, cursor)?;
        let (id, name) = position.split_once('/').ok_or(Error::BadCursor)?;
        let id = id.parse().map_err(|_not_an_id| Error::BadCursor)?;
        Ok(DirectoryKey { name: name.to_owned(), id })
    }
}
