//! All rows of a table out of a store, partition by partition and page by page, each partition in key order.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::TransferError;
use super::contents::Record;
use super::patience::patiently;
use crate::error::Result;
use crate::request::{Cells, Query, Raw, Select};
use crate::store::Store;
use crate::table::{Read, Spec};

/// Partitions listed at once.
const PARTITIONS: u32 = 1_000;
/// First pages that are read ahead, so that many small partitions do not each wait for the one before.
const AHEAD: usize = 64;

/// How much one read gives.
#[derive(Debug, Clone, Copy)]
struct Page {
    rows: u32,
    bytes: usize,
}

/// Read ahead, so small.
const FIRST: Page = Page { rows: 100, bytes: 64 << 10 };
/// The others.
const NEXT: Page = Page { rows: 1_000, bytes: 4 << 20 };

/// Shows every row behind `from` (a partition and, in it, a clustering key; from the beginning without it), a page a
/// call. A row that is written meanwhile is shown or not; the others are shown once.
pub(super) async fn walk(
    store: &Store,
    spec: &'static Spec,
    from: Option<(Cells, Cells)>,
    see: &mut impl FnMut(Vec<Record>) -> Result<(), TransferError>,
) -> Result<(), TransferError> {
    let mut after = None;
    if let Some((p, c)) = from {
        rest(store, spec, &p, c, see).await?;
        after = Some(p);
    }
    loop {
        let listed = partitions(store, spec, after.take(), PARTITIONS).await?;
        after = listed.last().cloned();
        if after.is_none() {
            return Ok(());
        }
        let firsts = stream::iter(listed).map(|p| async {
            let rows = page(store, spec, &p, None, FIRST).await?;
            Ok::<_, TransferError>((p, rows))
        });
        let mut firsts = firsts.buffered(AHEAD);
        while let Some((p, rows)) = firsts.try_next().await? {
            let last = last_if_full(spec, &rows, FIRST);
            see(records(spec, &p, rows))?;
            if let Some(c) = last {
                rest(store, spec, &p, c, see).await?;
            }
        }
    }
}

/// The rows of one partition behind a clustering key.
async fn rest(
    store: &Store,
    spec: &'static Spec,
    p: &Cells,
    c: Cells,
    see: &mut impl FnMut(Vec<Record>) -> Result<(), TransferError>,
) -> Result<(), TransferError> {
    let mut after = Some(c).filter(|_| !spec.clustering.is_empty());
    while let Some(c) = after {
        let rows = page(store, spec, p, Some(c), NEXT).await?;
        after = last_if_full(spec, &rows, NEXT);
        see(records(spec, p, rows))?;
    }
    Ok(())
}

fn records(spec: &'static Spec, p: &Cells, rows: Vec<Raw>) -> Vec<Record> {
    rows.into_iter().map(|raw| Record { spec, p: p.clone(), raw }).collect()
}

/// Where the next page begins, if there may be one.
fn last_if_full(spec: &Spec, rows: &[Raw], page: Page) -> Option<Cells> {
    let bytes: usize = rows.iter().map(Raw::size_bytes).sum();
    let is_full = rows.len() >= page.rows as usize || bytes >= page.bytes;
    rows.last().filter(|_| is_full && !spec.clustering.is_empty()).map(|last| last.c.clone())
}

async fn page(store: &Store, spec: &'static Spec, p: &Cells, after: Option<Cells>, page: Page) -> Result<Vec<Raw>> {
    let select = Select::Raw { p: p.clone(), after, limit: page.rows, bytes_max: page.bytes };
    let rows = ask(store, spec, select).await?;
    rows.into_iter().map(|cells| Raw::from_cells(spec, cells)).collect()
}

async fn partitions(store: &Store, spec: &'static Spec, after: Option<Cells>, limit: u32) -> Result<Vec<Cells>> {
    ask(store, spec, Select::Partitions { after, limit }).await
}

async fn ask(store: &Store, spec: &'static Spec, select: Select) -> Result<Vec<Cells>> {
    let query = Query { spec, select, read: Read::Quorum };
    patiently(async || store.query(query.clone()).await).await
}

/// The first of these tables that holds a row.
pub(super) async fn first_used(store: &Store, tables: &[&'static Spec]) -> Result<Option<&'static str>> {
    for spec in tables {
        if !partitions(store, spec, None, 1).await?.is_empty() {
            return Ok(Some(spec.name));
        }
    }
    Ok(None)
}
