//! Walking the chain from its first entry: finds one that was altered, removed or inserted. Writes nothing.

use std::fmt;
use std::ops::Bound;
use std::str::FromStr;

use serde::Serialize;
use storage::ids::Seq;
use storage::{Entropy, Read, Scan, StoreError};
use subtle::ConstantTimeEq as _;

use super::chain::{self, Head};
use super::tables::{AuditEntries, AuditHeadKey, AuditHeadPart, AuditHeads, AuditKey, AuditPart, AuditRow};
use super::{Audit, BUCKET_ENTRIES, Ground};
use crate::accounts::Accounts;
use crate::token::Keys;

/// Rows of one read.
const PAGE_ROWS: u32 = 512;
/// Partitions of one read.
const PAGE_PARTS: u32 = 1_000;

/// An entry's place and mark, to be kept where who changes the database cannot reach it. **Shape**: `42:9f86d0...`, the
/// mark as 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Its place.
    pub seq: Seq,
    mark: Vec<u8>,
}

/// A text that is no anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not like 42:9f86d081...")]
pub struct NotAnAnchor;

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.mark.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Anchor {
    type Err = NotAnAnchor;

    fn from_str(text: &str) -> Result<Self, NotAnAnchor> {
        let (seq, mark) = text.split_once(':').ok_or(NotAnAnchor)?;
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let (pairs, rest) = mark.as_bytes().as_chunks::<2>();
        let mark: Option<Vec<u8>> = pairs.iter().map(|pair| byte(pair)).collect();
        let mark = mark.filter(|mark| rest.is_empty() && mark.len() == 32).ok_or(NotAnAnchor)?;
        let seq = seq.parse().map(Seq).map_err(|_no_number| NotAnAnchor)?;
        if seq > Seq::ZERO { Ok(Self { seq, mark }) } else { Err(NotAnAnchor) }
    }
}

/// What is wrong with the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A row that is not as it was written, or was never written here.
    #[error("entry {0} was altered or inserted, or the one before it was")]
    Altered(Seq),
    /// A row is missing.
    #[error("entry {0} was removed")]
    Removed(Seq),
    /// The note of the chain's length is not ours.
    #[error("the note of the record's length was altered")]
    Head,
    /// The record is not the one that the anchor was taken from.
    #[error("entry {0} is not the one of the anchor: the record was put back or made anew")]
    Anchor(Seq),
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A record in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many entries it has.
    pub entries: i64,
    /// The last one as an [`Anchor`]; none where there is none.
    pub anchor: Option<String>,
}

/// The mark over the note of the chain's length.
pub(super) fn head_seal(keys: &Keys, seq: Seq, mark: &[u8]) -> [u8; 32] {
    keys.audit_mark(&[b"head", &seq.0.to_be_bytes(), mark])
}

impl Audit {
    /// Walks the whole record, telling how many entries it has seen. An anchor must be among them.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub async fn verify(
        accounts: Accounts,
        anchor: Option<&Anchor>,
        watch: &mut (impl FnMut(i64) + Send),
    ) -> Result<Verified, Broken> {
        let ground = Ground { accounts, entropy: Entropy::system() };
        // Read first: what is appended meanwhile is behind it.
        let known = known_head(&ground).await?;
        let mut walk = Walk { ground: &ground, head: Head::empty(), anchor, known: known.as_ref() };
        let mut bucket = 0;
        while walk.head.seq.0 == bucket * BUCKET_ENTRIES {
            walk.bucket(bucket, watch).await?;
            bucket += 1;
        }
        let head = walk.head;
        let beyond = [known.map(|known| known.seq), anchor.map(|anchor| anchor.seq)];
        if beyond.into_iter().flatten().any(|seq| seq > head.seq) {
            return Err(Broken::Removed(head.seq.next()));
        }
        nothing_behind(&ground, head.seq).await?;
        let last = Some(head).filter(|head| head.seq > Seq::ZERO);
        let (entries, anchor) =
            last.map_or((0, None), |Head { seq, mark }| (seq.0, Some(Anchor { seq, mark }.to_string())));
        Ok(Verified { entries, anchor })
    }
}

struct Walk<'a> {
    ground: &'a Ground,
    head: Head,
    anchor: Option<&'a Anchor>,
    known: Option<&'a Head>,
}

impl Walk<'_> {
    /// A whole partition: a row that lies in it and does not belong there is found, too.
    async fn bucket(&mut self, bucket: i64, watch: &mut (impl FnMut(i64) + Send)) -> Result<(), Broken> {
        let mut from = Bound::Unbounded;
        loop {
            let scan = Scan { from, ..Scan::first(PAGE_ROWS) };
            let rows = self.ground.store().scan::<AuditEntries>(AuditPart { bucket }, scan, Read::Serial).await?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            from = Bound::Excluded(last.clone());
            for (AuditKey { seq }, row) in rows {
                self.step(bucket, seq, &row)?;
            }
            watch(self.head.seq.0);
        }
    }

    fn step(&mut self, bucket: i64, seq: Seq, row: &AuditRow) -> Result<(), Broken> {
        let expected = self.head.seq.next();
        if seq > expected {
            return Err(Broken::Removed(expected));
        }
        if seq < expected || chain::bucket_of(seq) != bucket {
            return Err(Broken::Altered(seq));
        }
        if !chain::is_marked(self.ground.keys(), &self.head.mark, seq, row) {
            return Err(Broken::Altered(seq));
        }
        if self.anchor.is_some_and(|anchor| anchor.seq == seq && anchor.mark != row.mark) {
            return Err(Broken::Anchor(seq));
        }
        if self.known.is_some_and(|known| known.seq == seq && known.mark != row.mark) {
            return Err(Broken::Head);
        }
        self.head = Head::behind(seq, row);
        Ok(())
    }
}

async fn known_head(ground: &Ground) -> Result<Option<Head>, Broken> {
    let row = ground.store().get::<AuditHeads>(AuditHeadPart { id: 0 }, AuditHeadKey {}, Read::Quorum).await?;
    let Some(row) = row else { return Ok(None) };
    let ours = head_seal(ground.keys(), row.seq, &row.mark).as_slice().ct_eq(&row.seal);
    if bool::from(ours) { Ok(Some(Head { seq: row.seq, mark: row.mark })) } else { Err(Broken::Head) }
}

/// Rows in a partition that the walk did not reach were inserted, or what led there was removed.
async fn nothing_behind(ground: &Ground, last: Seq) -> Result<(), Broken> {
    let full_to = chain::bucket_of(last.next());
    let mut after: Option<AuditPart> = None;
    loop {
        let parts = ground.store().partitions::<AuditEntries>(after, PAGE_PARTS).await?;
        let Some(end) = parts.last() else { return Ok(()) };
        if let Some(part) = parts.iter().find(|part| part.bucket < 0 || part.bucket > full_to) {
            return Err(Broken::Altered(Seq(part.bucket * BUCKET_ENTRIES + 1)));
        }
        after = Some(end.clone());
    }
}
