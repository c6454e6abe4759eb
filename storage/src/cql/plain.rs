//! Unconditional writes: one batch inside one partition, which replicas take in whole or not at all.

use std::time::Duration;

use super::Cql;
use super::errors::{Asked, failed};
use super::net::{Effect, fates};
use super::statements::Kind;
use super::texts::When;
use super::value::Bind;
use crate::error::{Result, StoreError};
use crate::names::names;
use crate::request::{Cells, Change};
use crate::table::{Spec, Value};

/// Before a write of which nothing was heard is repeated, which is harmless; then the caller is told so.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// A text and what is bound to it.
pub(super) type Sent = (String, Vec<Bind>);

impl Cql {
    pub(super) async fn write(&self, change: Change) -> Result<()> {
        let fates = fates(&change).unwrap_or_default();
        let effects = fates.into_iter().filter_map(|(c, fate)| Some((c, fate.effect?)));
        let sent: Vec<Sent> = effects.map(|(c, effect)| self.plain(change.spec, &change.p, c, effect)).collect();
        let mut pauses = PAUSES.iter();
        let mut doubtful = false;
        loop {
            match self.send(&sent, Kind::Plain).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Unknown) => doubtful = true,
                Err(error) if !doubtful => return Err(error),
                Err(_still) => {}
            }
            let Some(pause) = pauses.next() else { return Err(StoreError::Unknown) };
            tokio::time::sleep(self.jittered(*pause)).await;
        }
    }

    fn plain(&self, spec: &'static Spec, p: &Cells, c: Cells, effect: Effect) -> Sent {
        let texts = self.texts(spec);
        let key = p.iter().cloned().chain(c);
        match effect {
            Effect::Put { row, at } => {
                let (columns, hidden) = self.hidden(spec);
                let cells = key.chain(row).chain(hidden).chain(at.map(Value::Int));
                (texts.insert(&columns, When::Always), cells.map(Bind::Cell).collect())
            }
            Effect::Make(set) => {
                let ((mut columns, mut cells), expires) = (columns_of(spec, set), self.expires(spec));
                columns.extend(expires.as_ref().map(|_| "_expires"));
                cells.extend(expires);
                (texts.insert(&columns, When::Always), key.chain(cells).map(Bind::Cell).collect())
            }
            Effect::Patch(set) => {
                let (columns, cells) = columns_of(spec, set);
                (texts.update(&columns, When::Always), cells.into_iter().chain(key).map(Bind::Cell).collect())
            }
            Effect::Delete => (texts.delete(When::Always), key.map(Bind::Cell).collect()),
        }
    }

    /// All columns of a whole row, and the cells of the hidden ones.
    fn hidden(&self, spec: &Spec) -> (Vec<&'static str>, Vec<Value>) {
        let (mut columns, expires) = (names(spec.columns), self.expires(spec));
        columns.extend(expires.as_ref().map(|_| "_expires"));
        (columns, expires.into_iter().collect())
    }

    /// When a row that is written now expires.
    pub(super) fn expires(&self, spec: &Spec) -> Option<Value> {
        let ttl_ms = |ttl: Duration| i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        spec.ttl.map(|ttl| Value::Int(self.clock.now().plus_ms(ttl_ms(ttl)).0))
    }

    /// Sends the statements of one partition as one request.
    pub(super) async fn send(&self, sent: &[Sent], kind: Kind) -> Result<Option<bool>> {
        let asked = if kind == Kind::Conditional { Asked::Conditional } else { Asked::Write };
        let write = |error| failed(asked, &error);
        let result = match sent {
            [] => return Ok(None),
            [(text, values)] => {
                let statement = self.statements.get(&self.session, text, kind).await?;
                self.session.execute_unpaged(&statement, values).await.map_err(write)?
            }
            sent => {
                let mut statements = Vec::with_capacity(sent.len());
                // The rows of an append share one text: it is looked for once.
                for alike in sent.chunk_by(|(one, _), (next, _)| one == next) {
                    let Some((text, _values)) = alike.first() else { continue };
                    let statement = self.statements.get(&self.session, text, kind).await?;
                    statements.extend(std::iter::repeat_n(statement, alike.len()));
                }
                let values: Vec<&Vec<Bind>> = sent.iter().map(|(_text, values)| values).collect();
                let batch = self.statements.batch(statements, kind);
                self.session.batch(&batch, values).await.map_err(write)?
            }
        };
        applied(result)
    }
}

/// The names and cells of the columns that a patch sets.
pub(super) fn columns_of(spec: &Spec, set: Vec<(usize, Value)>) -> (Vec<&'static str>, Cells) {
    set.into_iter().filter_map(|(index, value)| Some((spec.columns.get(index)?.name, value))).unzip()
}

/// `[applied]` of a conditional write, found by its name; none for a plain one. Servers differ in all other columns.
fn applied(result: scylla::response::query_result::QueryResult) -> Result<Option<bool>> {
    let Ok(rows) = result.into_rows_result() else { return Ok(None) };
    let Some((at, _)) = rows.column_specs().get_by_name("[applied]") else { return Ok(None) };
    let corrupt = |error: &dyn std::error::Error| StoreError::Corrupt(error.to_string());
    let first = rows.first_row::<scylla::value::Row>().map_err(|error| corrupt(&error))?;
    match first.columns.into_iter().nth(at) {
        Some(Some(scylla::value::CqlValue::Boolean(applied))) => Ok(Some(applied)),
        _ => Err(StoreError::Corrupt("a conditional write was answered without [applied]".into())),
    }
}
