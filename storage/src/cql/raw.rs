//! Rows as they lie there, and the way back: what moving a fair between stores needs.

use std::ops::ControlFlow;

use super::Cql;
use super::plain::Sent;
use super::reads::is_complete;
use super::statements::Kind;
use super::value::Bind;
use crate::error::Result;
use crate::request::{Cells, Change, Step, What, size_bytes};
use crate::table::{Spec, Value, Writes};

/// The time at which rows without a position are put back: before that of any write, so that every later one wins.
/// **Units**: microseconds.
const RESTORED_AT: i64 = 1;

impl Cql {
    /// See [`crate::request::Select::Raw`].
    pub(super) async fn raw(
        &self,
        spec: &'static Spec,
        (p, after): (Cells, Option<Cells>),
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<Cells>> {
        let text = self.texts(spec).raw(after.is_some());
        let values = p.into_iter().chain(after.into_iter().flatten()).chain(self.now_if_expiring(spec)).collect();
        let (mut found, mut bytes, shown) = (Vec::new(), 0, spec.clustering.len() + spec.columns.len());
        self.pages(text, values, Kind::Bulk, limit, |row| {
            if is_complete(spec, &row) {
                bytes += size_bytes(row.split_at_checked(shown).map_or(&row, |(cells, _hidden)| cells));
                found.push(row);
            }
            let is_full = found.len() >= limit || bytes >= bytes_max;
            if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await?;
        Ok(found)
    }

    /// Puts rows back, in guarded tables too: nobody else may write there meanwhile.
    pub(super) async fn restore(&self, change: Change) -> Result<()> {
        let texts = self.texts(change.spec);
        let sent = change.steps.into_iter().filter_map(|Step { c, what }| {
            let What::Restore { row, at, expires } = what else { return None };
            let key = change.p.iter().cloned().chain(c).map(Bind::Cell);
            let ordered = change.spec.writes == Writes::Ordered;
            // In the order of `at` a null is a word too: an earlier write must not fill it.
            let cells = key.chain(row.into_iter().map(if ordered { Bind::Cell } else { Bind::fresh }));
            let hidden = expires.map(|expires| expires.0).into_iter().chain([at.unwrap_or(RESTORED_AT)]);
            let sent: Sent = (texts.restore(), cells.chain(hidden.map(Value::Int).map(Bind::Cell)).collect());
            Some(sent)
        });
        let sent: Vec<Sent> = sent.collect();
        self.send(&sent, Kind::Plain).await.map(|_result| ())
    }
}
