//! Records and lines as rows: sealed on the way in, opened on the way out. Never decides what is written.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::ids::RecordId;
use storage::{Hidden, StoreError};

use super::{Flow, Line, Record};
use crate::error::{Error, Result};
use crate::seal::Sealer;
use crate::table::{RecordRow, RecordsPart};

/// The clustering of the record as it stands.
pub(super) const HEAD: i64 = 0;

/// What is sealed of a row.
#[derive(Serialize, Deserialize)]
struct Content {
    fields: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

pub(super) fn part(flow: &Flow, id: RecordId) -> RecordsPart {
    RecordsPart { kind: flow.kind.to_owned(), id }
}

/// Where a row lies: what is sealed for it opens nowhere else.
fn place(flow: &Flow, id: RecordId, line: i64) -> Vec<u8> {
    [flow.kind.as_bytes(), &[0], &id.0.to_be_bytes(), &line.to_be_bytes()].concat()
}

/// The two rows of a step: the record as it stands then, and its line.
pub(super) fn of_step(sealer: &Sealer, record: &Record, line: &Line, op_id: u128) -> Result<(RecordRow, RecordRow)> {
    let sealed = |at: i64, fields: &Map<String, Value>, note: &Option<String>| {
        let content = Content { fields: fields.clone(), note: note.clone() };
        let plain = serde_json::to_vec(&content).map_err(|_encoding| Error::Internal("record encoding"))?;
        sealer.seal_bytes(&place(record.flow, record.id, at), &plain).map(Hidden)
    };
    let row = |v: i64, sealed: Hidden<Vec<u8>>| RecordRow {
        v,
        op_id,
        action: line.action.clone(),
        before: line.from.clone(),
        state: line.to.clone(),
        owner: record.owner,
        reviewer: record.second,
        actor: line.actor,
        created: record.created,
        at: line.at,
        sealed,
    };
    let head = row(record.version, sealed(HEAD, &record.fields, &None)?);
    let log = row(1, sealed(record.version, &line.fields, &line.note)?);
    Ok((head, log))
}

pub(super) fn record(sealer: &Sealer, flow: &'static Flow, id: RecordId, row: RecordRow) -> Result<Record> {
    let state = flow.state(&row.state).ok_or_else(|| {
        Error::Store(StoreError::Corrupt(format!("a {} is in a state that nobody knows: {}", flow.kind, row.state)))
    })?;
    let Content { fields, .. } = opened(sealer, flow, id, (HEAD, &row))?;
    Ok(Record {
        flow,
        id,
        version: row.v,
        state: state.name,
        owner: row.owner,
        second: row.reviewer,
        fields,
        created: row.created,
        updated: row.at,
    })
}

pub(super) fn line(sealer: &Sealer, flow: &Flow, id: RecordId, version: i64, row: RecordRow) -> Result<Line> {
    let Content { fields, note } = opened(sealer, flow, id, (version, &row))?;
    let RecordRow { at, action, before: from, state: to, actor, .. } = row;
    Ok(Line { version, at, action, from, to, actor, note, fields })
}

fn opened(sealer: &Sealer, flow: &Flow, id: RecordId, (line, row): (i64, &RecordRow)) -> Result<Content> {
    let Hidden(sealed) = &row.sealed;
    let plain = sealer.open_bytes(&place(flow, id, line), sealed)?;
    serde_json::from_slice(&plain).map_err(|_shape| Error::Internal("a sealed record is none"))
}
