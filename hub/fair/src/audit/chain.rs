//! The chain as rows: what a mark covers, and where the chain ends. The same for who writes and who verifies.

use std::ops::Bound;

use storage::ids::Seq;
use storage::{Hidden, Read, Scan, StoreError};
use subtle::ConstantTimeEq as _;

use super::tables::{AuditEntries, AuditKey, AuditPart, AuditRow};
use super::{Actor, BUCKET_ENTRIES, Entry, Ground, NewEntry, Object};
use crate::error::{Error, Result};
use crate::token::Keys;

/// Where the chain stands: its last entry, and the mark that the next one covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) seq: Seq,
    pub(super) mark: Vec<u8>,
}

impl Head {
    /// Of a chain without an entry.
    pub(super) const fn empty() -> Self {
        Self { seq: Seq::ZERO, mark: Vec::new() }
    }

    pub(super) fn behind(seq: Seq, row: &AuditRow) -> Self {
        Self { seq, mark: row.mark.clone() }
    }
}

pub(super) const fn bucket_of(seq: Seq) -> i64 {
    (seq.0 - 1).div_euclid(BUCKET_ENTRIES)
}

pub(super) const fn part_of(seq: Seq) -> AuditPart {
    AuditPart { bucket: bucket_of(seq) }
}

/// The mark of a row behind another's: over everything that the row says.
pub(super) fn mark(keys: &Keys, before: &[u8], seq: Seq, row: &AuditRow) -> [u8; 32] {
    let number = |number: i64| number.to_be_bytes();
    // Absent and empty are told apart by the length: nothing, or a sign in front.
    let optional = |number: Option<i64>| number.map_or_else(Vec::new, |number| number.to_be_bytes().to_vec());
    let note = row.note.as_ref().map_or_else(Vec::new, |Hidden(sealed)| [&[1], sealed.as_slice()].concat());
    keys.audit_mark(&[
        before,
        &number(seq.0),
        &number(row.v),
        &number(row.at.0),
        &optional(row.actor.map(|user| user.0)),
        &optional(row.enterprise.map(|team| team.0)),
        row.action.as_bytes(),
        row.object_kind.as_bytes(),
        row.object_id.as_bytes(),
        &note,
        row.key.as_bytes(),
        &row.op_id.to_be_bytes(),
    ])
}

/// Whether a row carries the mark that belongs behind `before`.
pub(super) fn is_marked(keys: &Keys, before: &[u8], seq: Seq, row: &AuditRow) -> bool {
    mark(keys, before, seq, row).as_slice().ct_eq(&row.mark).into()
}

/// The row of a deed behind the head.
pub(super) fn row_of(ground: &Ground, head: &Head, entry: &NewEntry) -> Result<(Seq, AuditRow)> {
    let seq = head.seq.next();
    let note = entry.note.as_ref().map(|note| ground.sealer().seal_bytes(&place(&entry.key), note.as_bytes()));
    let op_id = u128::from(ground.entropy.draw()) << 64 | u128::from(ground.entropy.draw());
    let mut row = AuditRow {
        v: 1,
        at: entry.at,
        actor: entry.actor.user,
        enterprise: entry.actor.enterprise,
        action: entry.action.clone(),
        object_kind: entry.object.kind.clone(),
        object_id: entry.object.id.clone(),
        note: note.transpose()?.map(Hidden),
        key: entry.key.clone(),
        op_id,
        mark: Vec::new(),
    };
    row.mark = mark(ground.keys(), &head.mark, seq, &row).to_vec();
    Ok((seq, row))
}

fn place(key: &str) -> Vec<u8> {
    [b"audit/".as_slice(), key.as_bytes()].concat()
}

/// What a row says, its note opened.
pub(super) fn entry_of(ground: &Ground, seq: Seq, row: AuditRow) -> Result<Entry> {
    let AuditRow { at, actor, enterprise, action, object_kind, object_id, note, key, .. } = row;
    let open = |Hidden(sealed): Hidden<Vec<u8>>| {
        let plain = ground.sealer().open_bytes(&place(&key), &sealed)?;
        String::from_utf8(plain).map_err(|_not_text| Error::Internal("a note is no text"))
    };
    let note = note.map(open).transpose()?;
    let actor = Actor { user: actor, enterprise };
    Ok(Entry { seq, at, actor, action, object: Object { kind: object_kind, id: object_id }, note })
}

/// What [`super::tables::AuditIndex`] has of a row.
pub(super) fn abouts(row: &AuditRow) -> Vec<String> {
    let actor = row.actor.map(|user| actor_about(&user.to_string()));
    let object = object_about(&format!("{}/{}", row.object_kind, row.object_id));
    [key_about(&row.key), object].into_iter().chain(actor).collect()
}

pub(super) fn key_about(key: &str) -> String {
    format!("key/{key}")
}

/// `object`: kind and id, with a `/` between.
pub(super) fn object_about(object: &str) -> String {
    format!("object/{object}")
}

pub(super) fn actor_about(user: &str) -> String {
    format!("actor/{user}")
}

/// Rows of one partition from a seq on, in their order.
pub(super) async fn rows_from(ground: &Ground, seq: Seq, limit: u32) -> Result<Vec<(Seq, AuditRow)>, StoreError> {
    let scan = Scan { from: Bound::Included(AuditKey { seq }), ..Scan::first(limit) };
    let rows = ground.store().scan::<AuditEntries>(part_of(seq), scan, Read::Serial).await?;
    Ok(rows.into_iter().map(|(c, row)| (c.seq, row)).collect())
}

/// The last rows of a partition, the latest first, up to a seq.
pub(super) async fn rows_to(ground: &Ground, seq: Seq, limit: u32) -> Result<Vec<(Seq, AuditRow)>, StoreError> {
    let to = Bound::Included(AuditKey { seq });
    let scan = Scan { from: Bound::Unbounded, to, rev: true, limit };
    let rows = ground.store().scan::<AuditEntries>(part_of(seq), scan, Read::Serial).await?;
    Ok(rows.into_iter().map(|(c, row)| (c.seq, row)).collect())
}

/// The last seq of the chain. It has no gaps, so a partition has entries when, and only when, the one before is full:
/// found by doubling and halving.
pub(super) async fn last(ground: &Ground) -> Result<Seq, StoreError> {
    let (mut full, mut empty) = (-1_i64, 0_i64);
    while has_rows(ground, empty).await? {
        full = empty;
        empty = empty * 2 + 1;
    }
    while empty - full > 1 {
        let middle = full + (empty - full) / 2;
        if has_rows(ground, middle).await? { full = middle } else { empty = middle }
    }
    if full < 0 {
        return Ok(Seq::ZERO);
    }
    let end = Seq((full + 1) * BUCKET_ENTRIES);
    Ok(rows_to(ground, end, 1).await?.first().map_or(Seq::ZERO, |(seq, _)| *seq))
}

async fn has_rows(ground: &Ground, bucket: i64) -> Result<bool, StoreError> {
    Ok(!rows_from(ground, Seq(bucket * BUCKET_ENTRIES + 1), 1).await?.is_empty())
}
