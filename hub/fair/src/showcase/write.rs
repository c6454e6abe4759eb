//! Writes what others see from a record as it stands. Every list that the record was ever in is written again, at its
//! version: whichever of two steps is told last, the later one stands in all of them.

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde_json::{Map, Value};
use storage::ids::{Millis, RecordId, UploadId};
use storage::{Ack, Op};

use super::page::{BoothPage, ExhibitContent, Picture, Source};
use super::table::{
    ShowcaseListKey, ShowcaseListPart, ShowcaseListRow, ShowcaseLists, ShowcasePageKey, ShowcasePagePart,
    ShowcasePageRow, ShowcasePages, Standing,
};
use crate::accounts::Accounts;
use crate::content::{self, APPROVED_MS, PUBLISHED_MS};
use crate::error::{Error, Result};
use crate::exhibits::{self, NUMBER, WAS_ON_SALE};
use crate::flow::Record;
use crate::uploads;

/// Lists written at one time.
const AT_ONCE_MAX: usize = 16;

/// How a booth stands. **Source**: SPEC 9, D-08.
pub(crate) fn standing_of_booth(record: &Record) -> Standing {
    match record.state {
        _ if content::approved(record).is_none() || record.fields.contains_key(content::TAKEN_DOWN) => Standing::Hidden,
        "approved" | "revising" => Standing::Public,
        _ => Standing::InReview,
    }
}

/// How an exhibit stands by itself; it is seen in a booth that is seen, and nowhere else. **Source**: SPEC 10, D-08.
pub(crate) fn standing_of_exhibit(record: &Record) -> Standing {
    let was_on_sale = record.fields.get(WAS_ON_SALE) == Some(&Value::Bool(true));
    match record.state {
        _ if content::approved(record).is_none() => Standing::Hidden,
        "on_sale" => Standing::Public,
        "revising" if exhibits::shelf_state(record) == exhibits::ON_SALE.name => Standing::Public,
        "pending" | "rejected" if was_on_sale => Standing::InReview,
        _ => Standing::Hidden,
    }
}

/// A booth's steps tell it.
pub(crate) fn booth<'a>(accounts: &'a Accounts, record: &'a Record) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (Some(approved), Some(published)) = (content::approved(record), content::moment(record, PUBLISHED_MS))
        else {
            return Ok(());
        };
        let source = source(accounts, record, (approved, published)).await?;
        let page = BoothPage::of(&source);
        let row = ShowcasePageRow {
            standing: standing_of_booth(record),
            booth: record.id,
            zone: page.zone.clone(),
            page: json(&page)?,
            card: json(&page.card())?,
        };
        write(accounts, record, published, row, crate::booths::facets(approved)).await
    })
}

/// An exhibit's steps tell it.
pub(crate) fn exhibit<'a>(accounts: &'a Accounts, record: &'a Record) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (Some(approved), Some(published)) = (content::approved(record), content::moment(record, PUBLISHED_MS))
        else {
            return Ok(());
        };
        let source = source(accounts, record, (approved, published)).await?;
        let content = ExhibitContent::of(&source, record.text(NUMBER));
        let booth = approved.get("booth").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let booth: RecordId = booth.ok_or(Error::Internal("an exhibit of no booth"))?;
        let zone = record.text("zone").to_owned();
        let row = ShowcasePageRow {
            standing: standing_of_exhibit(record),
            booth,
            zone: zone.clone(),
            page: json(&content)?,
            card: json(&content.card(booth, zone))?,
        };
        write(accounts, record, published, row, exhibits::facets(record)).await
    })
}

async fn write(
    accounts: &Accounts,
    record: &Record,
    published: Millis,
    page: ShowcasePageRow,
    facets: Vec<String>,
) -> Result<()> {
    let (kind, at) = (record.flow.kind, Some(record.version));
    let in_list = |facet: Option<&str>| {
        let is_in = facet.is_none_or(|facet| facets.iter().any(|one| one == facet));
        let standing = if is_in { page.standing } else { Standing::Hidden };
        let is_shown = standing != Standing::Hidden;
        let text = |text: &str| if is_shown { text.to_owned() } else { String::new() };
        let row =
            ShowcaseListRow { standing, booth: page.booth, facets: text(&facets.join("\n")), card: text(&page.card) };
        let c = ShowcaseListKey { published, id: record.id };
        let part = ShowcaseListPart { list: super::list_of(kind, facet) };
        accounts.store().write::<ShowcaseLists>(part, vec![Op::Put { c, row, at }], Ack::Durable)
    };
    let lists = std::iter::once(None).chain(content::listed(record).map(Some)).map(in_list);
    let lists: Vec<_> = lists.collect();
    stream::iter(lists).buffer_unordered(AT_ONCE_MAX).try_collect::<()>().await?;
    // Last: whoever reads the page finds it listed.
    let part = ShowcasePagePart { kind: kind.to_owned(), id: record.id };
    let put = Op::Put { c: ShowcasePageKey {}, row: page, at };
    Ok(accounts.store().write::<ShowcasePages>(part, vec![put], Ack::Durable).await?)
}

/// What a page is made of.
pub(super) async fn source<'a>(
    accounts: &Accounts,
    record: &Record,
    (fields, published): (&'a Map<String, Value>, Millis),
) -> Result<Source<'a>> {
    let ids: Vec<UploadId> = content::texts(fields, "pictures").filter_map(|id| id.parse().ok()).collect();
    let sides = ids.into_iter().map(|id| async move {
        let sides = uploads::sides(accounts.store(), id).await?;
        Ok::<_, Error>(sides.map(|(width, height)| Picture { id, width, height }))
    });
    let pictures: Vec<_> = stream::iter(sides).buffered(AT_ONCE_MAX).try_collect().await?;
    Ok(Source {
        id: record.id,
        fields,
        enterprise: accounts.enterprise(record.owner).await?,
        pictures: pictures.into_iter().flatten().collect(),
        published,
        updated: content::moment(record, APPROVED_MS).unwrap_or(record.updated),
    })
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_encoding| Error::Internal("a page that is no JSON"))
}
