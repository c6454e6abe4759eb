//! Records by owner, by reviewer, and all of a kind: which ones there are and in which state, newest first. What is shown of
//! them is read from the records themselves, so that a list never says less than they do.

use std::ops::Bound;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage::ids::{EnterpriseId, Millis, RecordId};
use storage::{Ack, Op, Read, Scan};

use super::{Flow, Flows, List, Record};
use crate::accounts::Page;
use crate::error::{Error, Result};
use crate::table::{RecordListRow, RecordLists, RecordListsKey, RecordListsPart};

/// Rows of one read of a list.
const SCAN_ROWS: u32 = 256;
/// Reads for one page: a filter that finds little gives a short page, and the next cursor.
const SCANS_MAX: u32 = 16;
/// Records read at one time for a page.
const READ_AT_ONCE_MAX: usize = 16;
/// Pages of records that are read for one, where what is wanted of them lies in their fields.
const ROUNDS_MAX: usize = 16;
const CURSOR: &str = "records";

/// Which records of a list are wanted.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// By their state, which the list has.
    pub state: &'a (dyn Fn(&str) -> bool + Sync),
    /// By the record, which is read for it.
    pub record: &'a (dyn Fn(&Record) -> bool + Sync),
}

impl std::fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wanted")
    }
}

/// Whose list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What belongs to a team.
    Owner(EnterpriseId),
    /// What an institution decides about.
    Reviewer(EnterpriseId),
    /// All of the kind.
    All,
}

impl Scope {
    fn list(self, flow: &Flow) -> String {
        match self {
            Self::Owner(team) => format!("{}/owner/{team}", flow.kind),
            Self::Reviewer(team) => format!("{}/reviewer/{team}", flow.kind),
            Self::All => flow.kind.to_owned(),
        }
    }
}

type Found = Vec<(RecordListsKey, RecordListRow)>;

impl Flows {
    /// Brings the lists up to a version of a record; a later one is never undone by an earlier one.
    pub(super) async fn list_record(&self, record: &Record) -> Result<()> {
        let scopes = record.flow.lists.iter().filter_map(|list| match list {
            List::Owner => Some(Scope::Owner(record.owner)),
            List::Reviewer => record.reviewer.map(Scope::Reviewer),
            List::All => Some(Scope::All),
        });
        let write = |scope: Scope| {
            let c = RecordListsKey { created: record.created, id: record.id };
            let row = RecordListRow { state: record.state.to_owned() };
            let put = Op::Put { c, row, at: Some(record.version) };
            let part = RecordListsPart { list: scope.list(record.flow) };
            self.0.accounts.store().write::<RecordLists>(part, vec![put], Ack::Durable)
        };
        futures_util::future::try_join_all(scopes.map(write)).await?;
        Ok(())
    }

    /// A page of a list, the newest first; with a state only what is in it. Whether the caller may see the list is the
    /// caller's to say.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Invalid`] for a state that the flow does not have, [`Error::Store`].
    pub async fn list(
        &self,
        flow: &'static Flow,
        scope: Scope,
        state: Option<&str>,
        (cursor, limit): (Option<&str>, u32),
    ) -> Result<Page<Record>> {
        if state.is_some_and(|state| flow.state(state).is_none()) {
            return Err(Error::invalid("/state", "not_an_option"));
        }
        let is_in_it = |other: &str| state.is_none_or(|state| other == state);
        let wanted = Wanted { state: &is_in_it, record: &|_record| true };
        self.list_wanted(flow, scope, &wanted, (cursor, limit)).await
    }

    /// The same of what is wanted. Where that is rare a page may be short and still have a next one.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Store`].
    pub async fn list_wanted(
        &self,
        flow: &'static Flow,
        scope: Scope,
        wanted: &Wanted<'_>,
        (cursor, limit): (Option<&str>, u32),
    ) -> Result<Page<Record>> {
        let mut after = cursor.map(|cursor| self.position(cursor)).transpose()?;
        let part = RecordListsPart { list: scope.list(flow) };
        let (limit, mut items) = (limit as usize, Vec::new());
        for _ in 0..ROUNDS_MAX {
            let (rows, last) = self.find(&part, wanted.state, after.take(), limit - items.len()).await?;
            let read = rows.into_iter().map(|(key, _)| self.look(flow, key.id));
            let read: Vec<_> = stream::iter(read).buffered(READ_AT_ONCE_MAX).try_collect().await?;
            // Moved on since its row was read: it belongs to another list by now.
            let fits = |record: &Record| (wanted.state)(record.state) && (wanted.record)(record);
            items.extend(read.into_iter().flatten().filter(fits));
            after = last;
            if after.is_none() || items.len() >= limit {
                break;
            }
        }
        let next = after.map(|key| self.0.accounts.keys().cursor(CURSOR, &format!("{}/{}", key.created.0, key.id)));
        Ok(Page { items, next })
    }

    /// The rows of a page, and behind which one the next page begins.
    async fn find(
        &self,
        part: &RecordListsPart,
        wanted: &(dyn Fn(&str) -> bool + Sync),
        mut after: Option<RecordListsKey>,
        limit: usize,
    ) -> Result<(Found, Option<RecordListsKey>)> {
        let mut found: Found = Vec::new();
        for _ in 0..SCANS_MAX {
            let to = after.take().map_or(Bound::Unbounded, Bound::Excluded);
            let scan = Scan { from: Bound::Unbounded, to, rev: true, limit: SCAN_ROWS };
            let rows = self.0.accounts.store().scan::<RecordLists>(part.clone(), scan, Read::Quorum).await?;
            let more = rows.len() >= SCAN_ROWS as usize;
            let last = rows.last().map(|(key, _)| key.clone());
            for (key, row) in rows.into_iter().filter(|(_, row)| wanted(&row.state)) {
                if found.len() >= limit {
                    let last = found.last().map(|(key, _)| key.clone());
                    return Ok((found, last));
                }
                found.push((key, row));
            }
            if !more {
                return Ok((found, None));
            }
            after = last;
        }
        Ok((found, after))
    }

    fn position(&self, cursor: &str) -> Result<RecordListsKey> {
        let position = self.0.accounts.keys().read_cursor(CURSOR, cursor)?;
        let (created, id) = position.split_once('/').ok_or(Error::BadCursor)?;
        let created = created.parse().map_err(|_not_a_time| Error::BadCursor)?;
        let id: RecordId = id.parse().map_err(|_not_an_id| Error::BadCursor)?;
        Ok(RecordListsKey { created: Millis(created), id })
    }
}
