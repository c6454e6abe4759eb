//! Reading rows. Page by page; the server's page states never leave this file.

use std::ops::{Bound, ControlFlow};

use scylla::response::{PagingState, PagingStateResponse};
use scylla::value::Row;

use super::Cql;
use super::errors::{Asked, failed};
use super::statements::Kind;
use super::texts::Texts;
use super::value::{Bind, cell};
use crate::error::{Result, StoreError};
use crate::request::{Cells, Query, Select, is_empty};
use crate::table::{Read, Spec, Value};

/// Rows of one page on the wire.
const PAGE_ROWS_MAX: u32 = 1_000;

/// A row as the server holds it, complete or not.
pub(super) type Raw = Vec<Value>;

impl Cql {
    pub(super) async fn read(&self, query: Query) -> Result<Vec<Cells>> {
        let Query { spec, select, read } = query;
        match select {
            Select::One { p, c } => self.one(spec, p, c, read).await,
            Select::Range { from, to, .. } if is_empty(&from, &to) => Ok(Vec::new()),
            Select::Range { p, from, to, rev, limit } => {
                let text = self.texts(spec).range(&from, &to, rev);
                let ends = [from, to].into_iter().filter_map(|end| match end {
                    Bound::Included(cells) | Bound::Excluded(cells) => Some(cells),
                    Bound::Unbounded => None,
                });
                let values = p.into_iter().chain(ends.flatten()).chain(self.now_if_expiring(spec));
                self.rows(spec, text, values.collect(), Kind::Read(read), limit).await
            }
            Select::Partitions { after, limit } => self.partitions(spec, after, limit).await,
            Select::Raw { p, after, limit, bytes_max } => self.raw(spec, (p, after), limit as usize, bytes_max).await,
        }
    }

    async fn one(&self, spec: &'static Spec, p: Cells, c: Cells, read: Read) -> Result<Vec<Cells>> {
        let values = p.into_iter().chain(c).chain(self.now_if_expiring(spec));
        self.rows(spec, self.texts(spec).one(), values.collect(), Kind::Read(read), 1).await
    }

    /// Complete rows, up to `limit`. Parts of rows, which a patch of an absent row leaves, are no rows.
    async fn rows(
        &self,
        spec: &'static Spec,
        text: String,
        values: Cells,
        kind: Kind,
        limit: u32,
    ) -> Result<Vec<Cells>> {
        let (mut found, limit) = (Vec::new(), limit as usize);
        self.pages(text, values, kind, limit, |row| {
            if is_complete(spec, &row) {
                found.push(row);
            }
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .await?;
        Ok(found)
    }

    /// Hands over rows until it is told to stop or there are no more.
    pub(super) async fn pages(
        &self,
        text: String,
        values: Cells,
        kind: Kind,
        wanted: usize,
        mut take: impl FnMut(Raw) -> ControlFlow<()>,
    ) -> Result<()> {
        if wanted == 0 {
            return Ok(());
        }
        let mut statement = self.statements.get(&self.session, &text, kind).await?;
        let page_rows = u32::try_from(wanted).unwrap_or(u32::MAX).min(PAGE_ROWS_MAX);
        statement.set_page_size(i32::try_from(page_rows).unwrap_or(i32::MAX));
        let values: Vec<Bind> = values.into_iter().map(Bind::Cell).collect();
        let mut state = PagingState::start();
        loop {
            let asked = self.session.execute_single_page(&statement, &values, state).await;
            let (page, next) = asked.map_err(|error| failed(Asked::Read, &error))?;
            for row in decode(page)? {
                if take(row?).is_break() {
                    return Ok(());
                }
            }
            match next {
                PagingStateResponse::HasMorePages { state: next } => state = next,
                PagingStateResponse::NoMorePages => return Ok(()),
            }
        }
    }

    async fn partitions(&self, spec: &'static Spec, after: Option<Cells>, limit: u32) -> Result<Vec<Cells>> {
        let (mut found, mut after) = (Vec::new(), after);
        while found.len() < limit as usize {
            let wanted = limit as usize - found.len();
            let text = self.texts(spec).partitions(after.is_some());
            let mut page: Vec<Cells> = Vec::new();
            self.pages(text, after.take().unwrap_or_default(), Kind::Bulk, wanted, |row| {
                page.push(row);
                if page.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
            .await?;
            let Some(last) = page.last().cloned() else { break };
            for partition in page {
                if spec.ttl.is_none() || self.any_live(spec, &partition).await? {
                    found.push(partition);
                }
            }
            after = Some(last);
        }
        Ok(found)
    }

    async fn any_live(&self, spec: &'static Spec, partition: &Cells) -> Result<bool> {
        let values = partition.iter().cloned().chain(self.now_if_expiring(spec)).collect();
        let mut any = false;
        self.pages(self.texts(spec).any_live(), values, Kind::Bulk, 1, |_row| {
            any = true;
            ControlFlow::Break(())
        })
        .await?;
        Ok(any)
    }

    /// The rows that stand at some keys, as the last conditional write left them, each with `_op`, where no column says
    /// it, and `_expires`, where rows expire, behind its cells.
    pub(super) async fn standing(&self, spec: &'static Spec, p: &Cells, keys: &[&Cells]) -> Result<Vec<Raw>> {
        let text = self.texts(spec).standing(keys.len());
        let values = p.iter().chain(keys.iter().copied().flatten()).cloned().collect();
        let mut found = Vec::new();
        self.pages(text, values, Kind::Read(Read::Serial), keys.len(), |row| {
            if is_complete(spec, &row) {
                found.push(row);
            }
            ControlFlow::Continue(())
        })
        .await?;
        Ok(found)
    }

    pub(super) fn texts(&self, spec: &'static Spec) -> Texts<'_> {
        Texts { keyspace: &self.keyspace, spec }
    }

    /// The parameter that keeps expired rows out, where there can be any.
    pub(super) fn now_if_expiring(&self, spec: &Spec) -> Option<Value> {
        spec.ttl.map(|_| Value::Int(self.clock.now().0))
    }
}

/// Whether every column that cannot be null is there.
pub(super) fn is_complete(spec: &Spec, row: &Raw) -> bool {
    let columns = row.iter().skip(spec.clustering.len());
    spec.columns.iter().zip(columns).all(|(column, cell)| column.nullable || *cell != Value::Null)
}

fn decode(page: scylla::response::query_result::QueryResult) -> Result<impl Iterator<Item = Result<Raw>>> {
    let corrupt = |words: String| StoreError::Corrupt(words);
    let rows = page.into_rows_result().map_err(|error| corrupt(error.to_string()))?;
    let rows: Vec<Row> = rows
        .rows::<Row>()
        .map_err(|error| corrupt(error.to_string()))?
        .collect::<Result<_, _>>()
        .map_err(|error| corrupt(error.to_string()))?;
    Ok(rows.into_iter().map(|row| row.columns.into_iter().map(cell).collect()))
}
