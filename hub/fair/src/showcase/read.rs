//! Reading: a page is one read (an exhibit's two), a list one scan and the booths that it speaks of.

use std::collections::HashMap;
use std::ops::Bound;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::ids::{Millis, RecordId};
use storage::{Read, Scan, StoreError};

use super::page::{BoothCard, BoothPage, ExhibitCard, ExhibitContent, ExhibitPage};
use super::table::{
    ShowcaseListKey, ShowcaseListPart, ShowcaseListRow, ShowcaseLists, ShowcasePageKey, ShowcasePagePart,
    ShowcasePageRow, ShowcasePages,
};
use super::{Showcase, list_of};
use crate::error::{Error, Result};
use crate::{booths, exhibits};

/// Rows of one read of a list, beside those of the page.
const SPARE_ROWS: u32 = 16;
/// Reads for one page: where little of a list is seen, a page may be short and still have a next one.
const SCANS_MAX: u32 = 16;
/// Booths read at one time.
const READ_AT_ONCE_MAX: usize = 16;
const CURSOR: &str = "showcase";

/// Which booths. Nothing: all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct BoothFilter<'a> {
    /// A code.
    pub zone: Option<&'a str>,
    /// A code, or one above it.
    pub category: Option<&'a str>,
    /// A code, or one above it.
    pub industry: Option<&'a str>,
}

/// Which exhibits. Nothing: all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExhibitFilter<'a> {
    /// Of one booth.
    pub booth: Option<RecordId>,
    /// A code.
    pub zone: Option<&'a str>,
    /// A code, or one above it.
    pub category: Option<&'a str>,
}

/// A page of a list, the newest first. **Shape**: `{"items","next"?,"total"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    /// What it shows.
    pub items: Vec<T>,
    /// The next page's cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// In the whole list, as counted some seconds ago at the earliest.
    pub total: u64,
}

/// A list that is read, and what of it is wanted.
pub(super) struct Wanted {
    pub(super) kind: &'static str,
    /// The narrowest first: it is read, the others are looked for in its rows.
    pub(super) facets: Vec<String>,
}

impl Wanted {
    fn new(kind: &'static str, facets: impl IntoIterator<Item = Option<String>>) -> Self {
        Self { kind, facets: facets.into_iter().flatten().collect() }
    }

    pub(super) fn part(&self) -> ShowcaseListPart {
        ShowcaseListPart { list: list_of(self.kind, self.facets.first().map(String::as_str)) }
    }

    /// For what is counted of it.
    pub(super) fn name(&self) -> String {
        format!("{}\n{}", self.kind, self.facets.join("\n"))
    }

    fn has(&self, row: &ShowcaseListRow) -> bool {
        self.facets.iter().all(|facet| row.facets.split('\n').any(|one| one == facet))
    }

    /// The zone that is asked for.
    fn zone(&self) -> Option<&str> {
        self.facets.iter().find_map(|facet| facet.strip_prefix("zone/"))
    }
}

impl From<&BoothFilter<'_>> for Wanted {
    fn from(filter: &BoothFilter<'_>) -> Self {
        let of = |list: &str, code: Option<&str>| code.map(|code| format!("{list}/{code}"));
        let facets = [of("category", filter.category), of("industry", filter.industry), of("zone", filter.zone)];
        Self::new(booths::FLOW.kind, facets)
    }
}

impl From<&ExhibitFilter<'_>> for Wanted {
    fn from(filter: &ExhibitFilter<'_>) -> Self {
        let of = |list: &str, code: Option<&str>| code.map(|code| format!("{list}/{code}"));
        let booth = filter.booth.map(|booth| format!("booth/{booth}"));
        Self::new(exhibits::FLOW.kind, [booth, of("category", filter.category), of("zone", filter.zone)])
    }
}

/// The zones of booths that are seen; none of one that is not.
pub(super) type Zones = HashMap<RecordId, Option<String>>;

impl Showcase {
    /// The home of a booth, while it is seen.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn booth(&self, id: RecordId) -> Result<BoothPage> {
        let row = self.row(booths::FLOW.kind, id).await?.filter(|row| self.shows(row.standing));
        read(&row.ok_or(Error::NotFound)?.page)
    }

    /// The page of an exhibit, while it is seen.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn exhibit(&self, id: RecordId) -> Result<ExhibitPage> {
        let row = self.row(exhibits::FLOW.kind, id).await?.filter(|row| self.shows(row.standing));
        let row = row.ok_or(Error::NotFound)?;
        let booth = self.booth(row.booth).await?;
        Ok(read::<ExhibitContent>(&row.page)?.with(booth))
    }

    /// A page of booths, the newest first.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Store`].
    pub async fn booths(&self, filter: &BoothFilter<'_>, page: (Option<&str>, u32)) -> Result<Listed<BoothCard>> {
        let wanted = Wanted::from(filter);
        let (rows, next) = self.find(&wanted, page).await?;
        let items = rows.iter().map(|(row, _)| read(&row.card)).collect::<Result<_>>()?;
        Ok(Listed { items, next, total: self.total(&wanted).await? })
    }

    /// A page of exhibits, the newest first.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Store`].
    pub async fn exhibits(&self, filter: &ExhibitFilter<'_>, page: (Option<&str>, u32)) -> Result<Listed<ExhibitCard>> {
        let wanted = Wanted::from(filter);
        let (rows, next) = self.find(&wanted, page).await?;
        let card = |(row, zone): (ShowcaseListRow, String)| Ok(ExhibitCard { zone, ..read(&row.card)? });
        let items = rows.into_iter().map(card).collect::<Result<_>>()?;
        Ok(Listed { items, next, total: self.total(&wanted).await? })
    }

    /// Cards of some booths in their order, without those that are not seen: for lists that others order.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn booth_cards(&self, ids: &[RecordId]) -> Result<Vec<BoothCard>> {
        let rows = self.rows(booths::FLOW.kind, ids).await?;
        rows.iter().filter(|row| self.shows(row.standing)).map(|row| read(&row.card)).collect()
    }

    /// Cards of some exhibits likewise.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn exhibit_cards(&self, ids: &[RecordId]) -> Result<Vec<ExhibitCard>> {
        let rows = self.rows(exhibits::FLOW.kind, ids).await?;
        let mut zones = Zones::new();
        self.learn(rows.iter().map(|row| row.booth), &mut zones).await?;
        let seen = rows.iter().filter(|row| self.shows(row.standing));
        let seen = seen.filter_map(|row| Some((row, zones.get(&row.booth)?.clone()?)));
        seen.map(|(row, zone)| Ok(ExhibitCard { zone, ..read(&row.card)? })).collect()
    }

    async fn row(&self, kind: &str, id: RecordId) -> Result<Option<ShowcasePageRow>> {
        let part = ShowcasePagePart { kind: kind.to_owned(), id };
        Ok(self.accounts.store().get::<ShowcasePages>(part, ShowcasePageKey {}, Read::Quorum).await?)
    }

    async fn rows(&self, kind: &str, ids: &[RecordId]) -> Result<Vec<ShowcasePageRow>> {
        let read = ids.iter().map(|id| self.row(kind, *id));
        let rows: Vec<_> = stream::iter(read).buffered(READ_AT_ONCE_MAX).try_collect().await?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Rows that are seen, with the zone of their booth, and the cursor of the next page.
    async fn find(
        &self,
        wanted: &Wanted,
        (cursor, limit): (Option<&str>, u32),
    ) -> Result<(Vec<(ShowcaseListRow, String)>, Option<String>)> {
        let mut after = cursor.map(|cursor| self.position(cursor)).transpose()?;
        let (mut found, mut zones) = (Vec::new(), Zones::new());
        for _ in 0..SCANS_MAX {
            let rows = self.scan(wanted, after.take(), limit.saturating_add(SPARE_ROWS)).await?;
            let last = rows.last().map(|(key, _)| key.clone());
            let is_end = rows.len() < limit.saturating_add(SPARE_ROWS) as usize;
            for (key, row, zone) in self.seen(wanted, rows, &mut zones).await? {
                if found.len() >= limit as usize {
                    return Ok((rows_of(&found), self.cursor_behind(&found)));
                }
                found.push((key, row, zone));
            }
            if is_end {
                return Ok((rows_of(&found), None));
            }
            after = last;
        }
        let next = after.map(|key| self.cursor(&key));
        Ok((rows_of(&found), next))
    }

    pub(super) async fn scan(
        &self,
        wanted: &Wanted,
        after: Option<ShowcaseListKey>,
        limit: u32,
    ) -> Result<Vec<(ShowcaseListKey, ShowcaseListRow)>> {
        let to = after.map_or(Bound::Unbounded, Bound::Excluded);
        let scan = Scan { from: Bound::Unbounded, to, rev: true, limit };
        Ok(self.accounts.store().scan::<ShowcaseLists>(wanted.part(), scan, Read::Quorum).await?)
    }

    /// Those rows of a list that others see now.
    pub(super) async fn seen(
        &self,
        wanted: &Wanted,
        rows: Vec<(ShowcaseListKey, ShowcaseListRow)>,
        zones: &mut Zones,
    ) -> Result<Vec<(ShowcaseListKey, ShowcaseListRow, String)>> {
        let rows: Vec<_> = rows.into_iter().filter(|(_, row)| self.shows(row.standing) && wanted.has(row)).collect();
        if wanted.kind != exhibits::FLOW.kind {
            return Ok(rows.into_iter().map(|(key, row)| (key, row, String::new())).collect());
        }
        self.learn(rows.iter().map(|(_, row)| row.booth), zones).await?;
        let zone_of = |row: &ShowcaseListRow| zones.get(&row.booth).cloned().flatten();
        let rows = rows.into_iter().filter_map(|(key, row)| zone_of(&row).map(|zone| (key, row, zone)));
        // A booth that has moved has taken its exhibits along.
        Ok(rows.filter(|(.., zone)| wanted.zone().is_none_or(|wanted| wanted == zone)).collect())
    }

    /// Looks at booths that are not known yet.
    async fn learn(&self, booths: impl Iterator<Item = RecordId>, zones: &mut Zones) -> Result<()> {
        let mut fresh: Vec<_> = booths.filter(|booth| !zones.contains_key(booth)).collect();
        fresh.sort_unstable();
        fresh.dedup();
        let read = fresh.into_iter().map(|id| async move {
            let row = self.row(booths::FLOW.kind, id).await?.filter(|row| self.shows(row.standing));
            Ok::<_, Error>((id, row.map(|row| row.zone)))
        });
        let read: Vec<_> = stream::iter(read).buffered(READ_AT_ONCE_MAX).try_collect().await?;
        zones.extend(read);
        Ok(())
    }

    fn cursor_behind(&self, found: &[(ShowcaseListKey, ShowcaseListRow, String)]) -> Option<String> {
        found.last().map(|(key, ..)| self.cursor(key))
    }

    fn cursor(&self, key: &ShowcaseListKey) -> String {
        self.accounts.keys().cursor(CURSOR, &format!("{}/{}", key.published.0, key.id))
    }

    fn position(&self, cursor: &str) -> Result<ShowcaseListKey> {
        let position = self.accounts.keys().read_cursor(CURSOR, cursor)?;
        let (published, id) = position.split_once('/').ok_or(Error::BadCursor)?;
        let published = published.parse().map_err(|_not_a_time| Error::BadCursor)?;
        let id = id.parse().map_err(|_not_an_id| Error::BadCursor)?;
        Ok(ShowcaseListKey { published: Millis(published), id })
    }
}

fn rows_of(found: &[(ShowcaseListKey, ShowcaseListRow, String)]) -> Vec<(ShowcaseListRow, String)> {
    found.iter().map(|(_, row, zone)| (row.clone(), zone.clone())).collect()
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|_shape| Error::Store(StoreError::Corrupt("what others see is not as it is written".to_owned())))
}
