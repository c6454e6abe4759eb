//! Records by owner, by second party, and all of a kind: which ones there are and in which state, newest first. What is shown of
//! them is read from the records themselves, so that a list never says less than they do.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Bound, Range};

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
/// Records read for one page, where a filter looks into them; likewise.
const READS_MAX: usize = 1_000;
const CURSOR: &str = "records";

/// Whose list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What belongs to a team.
    Owner(EnterpriseId),
    /// What concerns a team as the second party: what an institution decides about, what an enterprise buys.
    Second(EnterpriseId),
    /// All of the kind.
    All,
}

impl Scope {
    /// Whether a record of the kind is in the list.
    pub(crate) fn holds(self, record: &Record) -> bool {
        match self {
            Self::Owner(team) => record.owner == team,
            Self::Second(team) => record.second == Some(team),
            Self::All => true,
        }
    }

    fn list(self, flow: &Flow) -> String {
        match self {
            Self::Owner(team) => format!("{}/owner/{team}", flow.kind),
            // As the first second parties were called.
            Self::Second(team) => format!("{}/reviewer/{team}", flow.kind),
            Self::All => flow.kind.to_owned(),
        }
    }
}

/// Which records of a list are wanted.
#[derive(Clone)]
pub struct Wanted<'a> {
    /// By their state, which the list has.
    pub state: &'a (dyn Fn(&str) -> bool + Sync),
    /// By the record, which is read for it: of so many for each page.
    pub record: &'a (dyn Fn(&Record) -> bool + Sync),
    /// By when they were made; none: whenever.
    pub made: Option<Range<Millis>>,
}

impl fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted").field("made", &self.made).finish_non_exhaustive()
    }
}

impl Wanted<'_> {
    /// All of them.
    pub const ALL: Wanted<'static> = Wanted { state: &|_state| true, record: &|_record| true, made: None };

    /// Whether a record is. It may have moved on since its row was read: then it belongs to another list.
    pub(crate) fn holds(&self, record: &Record) -> bool {
        let is_made_then = self.made.as_ref().is_none_or(|made| made.contains(&record.created));
        is_made_then && (self.state)(record.state) && (self.record)(record)
    }

    /// Where its rows lie, below the last one that was looked at; none: nowhere.
    fn bounds(&self, below: Option<RecordListsKey>) -> Option<(Bound<RecordListsKey>, Bound<RecordListsKey>)> {
        let first = |at: Millis| RecordListsKey { created: at, id: RecordId(i64::MIN) };
        let place = |key: &RecordListsKey| (key.created, key.id);
        let from = self.made.as_ref().map(|made| first(made.start));
        let end = self.made.as_ref().map(|made| first(made.end));
        let to = below.into_iter().chain(end).min_by_key(place);
        if from.as_ref().zip(to.as_ref()).is_some_and(|(from, to)| place(from) >= place(to)) {
            return None;
        }
        Some((from.map_or(Bound::Unbounded, Bound::Included), to.map_or(Bound::Unbounded, Bound::Excluded)))
    }
}

impl Flows {
    /// Brings the lists up to a version of a record; a later one is never undone by an earlier one.
    pub(super) async fn list_record(&self, record: &Record) -> Result<()> {
        let scopes = record.flow.lists.iter().filter_map(|list| match list {
            List::Owner => Some(Scope::Owner(record.owner)),
            List::Second => record.second.map(Scope::Second),
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
        page: (Option<&str>, u32),
    ) -> Result<Page<Record>> {
        check_state(flow, state)?;
        let is_in_it = |other: &str| state.is_none_or(|state| other == state);
        self.list_wanted(flow, scope, &Wanted { state: &is_in_it, ..Wanted::ALL }, page).await
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
        let after = cursor.map(|cursor| self.position(cursor)).transpose()?;
        let part = RecordListsPart { list: scope.list(flow) };
        let mut rows = Rows { flows: self, part, wanted, after, found: VecDeque::new(), scans: 0, is_over: false };
        let (mut items, mut read, limit) = (Vec::new(), 0, limit as usize);
        let mut last = None;
        while items.len() < limit && read < READS_MAX {
            let keys = rows.take((limit - items.len()).min(READS_MAX - read)).await?;
            let Some(end) = keys.last() else { break };
            last = Some(end.clone());
            read += keys.len();
            let reads = keys.into_iter().map(|key| self.look(flow, key.id));
            let records: Vec<_> = stream::iter(reads).buffered(READ_AT_ONCE_MAX).try_collect().await?;
            items.extend(records.into_iter().flatten().filter(|record| wanted.holds(record)));
        }
        let next = rows.next(last).await?.map(|key| self.cursor_of(&key));
        Ok(Page { items, next })
    }

    fn cursor_of(&self, key: &RecordListsKey) -> String {
        self.0.accounts.keys().cursor(CURSOR, &format!("{}/{}", key.created.0, key.id))
    }

    fn position(&self, cursor: &str) -> Result<RecordListsKey> {
        let position = self.0.accounts.keys().read_cursor(CURSOR, cursor)?;
        let (created, id) = position.split_once('/').ok_or(Error::BadCursor)?;
        let created = created.parse().map_err(|_not_a_time| Error::BadCursor)?;
        let id: RecordId = id.parse().map_err(|_not_an_id| Error::BadCursor)?;
        Ok(RecordListsKey { created: Millis(created), id })
    }
}

/// Whether a kind has a state that is asked for.
///
/// # Errors
/// [`Error::Invalid`] at `/state`.
pub(crate) fn check_state(flow: &Flow, state: Option<&str>) -> Result<()> {
    let is_known = state.is_none_or(|state| flow.state(state).is_some());
    if is_known { Ok(()) } else { Err(Error::invalid("/state", "not_an_option")) }
}

/// The rows of a list that may be wanted, in their order, read as they are asked for.
struct Rows<'a> {
    flows: &'a Flows,
    part: RecordListsPart,
    wanted: &'a Wanted<'a>,
    /// Everything down to this one was looked at.
    after: Option<RecordListsKey>,
    found: VecDeque<RecordListsKey>,
    scans: u32,
    is_over: bool,
}

impl Rows<'_> {
    /// At most so many; none: there are no more, or enough was looked through for one page.
    async fn take(&mut self, count: usize) -> Result<Vec<RecordListsKey>> {
        while self.found.len() < count && !self.is_over && self.scans < SCANS_MAX {
            self.scan().await?;
        }
        Ok(self.found.drain(..count.min(self.found.len())).collect())
    }

    /// Behind which one the next page begins, where this one ended with `last`.
    async fn next(&mut self, last: Option<RecordListsKey>) -> Result<Option<RecordListsKey>> {
        let has_more = !self.take(1).await?.is_empty();
        Ok(if has_more { last } else { self.after.clone().filter(|_| !self.is_over) })
    }

    async fn scan(&mut self) -> Result<()> {
        let Some((from, to)) = self.wanted.bounds(self.after.take()) else {
            self.is_over = true;
            return Ok(());
        };
        let scan = Scan { from, to, rev: true, limit: SCAN_ROWS };
        let store = self.flows.0.accounts.store();
        let rows = store.scan::<RecordLists>(self.part.clone(), scan, Read::Quorum).await?;
        self.scans += 1;
        self.is_over = rows.len() < SCAN_ROWS as usize;
        self.after = rows.last().map(|(key, _)| key.clone());
        let fitting = rows.into_iter().filter(|(_, row)| (self.wanted.state)(&row.state));
        self.found.extend(fitting.map(|(key, _)| key));
        Ok(())
    }
}
