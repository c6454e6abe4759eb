//! Appends in flight: each task owns its conversations and has one append open, as a room does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use chat::tables::{
    BUCKET_ENTRIES, Entries, EntriesKey, EntriesPart, EntryRow, SendIdRow, SendIds, SendIdsKey, SendIdsPart,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use storage::ids::{ConversationId, Millis, Seq, UserId};
use storage::{Ack, Applied, Expect, Op, Store};
use tokio::task::JoinSet;

use super::{conversation, last};
use crate::clock::Stopwatch;
use crate::report::Latencies;

/// Conversations that are filled at one time.
const FILLING: usize = 64;
/// What a room puts into one append at most. **Source**: the room's own bounds.
const BATCH_ENTRIES_MAX: usize = 64;
const BATCH_BYTES_MAX: usize = 40 * 1024;

/// How long to append.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// So many more are stored.
    Stored(u64),
    /// So much time has passed.
    Passed(Duration),
}

/// The last seq of every conversation. A relaxed counter each: its one writer is the task that owns it.
#[derive(Debug)]
pub struct Heads {
    /// The number of the first.
    first: u32,
    seqs: Vec<AtomicI64>,
}

impl Heads {
    /// Reads them from the store.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(store: &Store, conversations: u32) -> anyhow::Result<Arc<Self>> {
        let mut heads = Vec::new();
        for number in 0..conversations {
            let newest = last(store, conversation(number), 1).await?;
            heads.push(AtomicI64::new(newest.first().map_or(0, |seq| seq.0)));
        }
        Ok(Arc::new(Self { first: 0, seqs: heads }))
    }

    /// That of one empty conversation.
    #[must_use]
    pub fn one(number: u32) -> Arc<Self> {
        Arc::new(Self { first: number, seqs: vec![AtomicI64::new(0)] })
    }

    /// Whether this page, newest first, is the end of that conversation's bucket as far as `limit` goes.
    #[must_use]
    pub fn is_last_page(&self, number: u32, page: &[Seq], limit: u32) -> bool {
        let place = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let head = self.seqs.get(place).map_or(0, |head| head.load(Ordering::Relaxed));
        // Behind a bucket that is full to its end, the next one is looked into, and is empty.
        let bucket = (head + 1) / BUCKET_ENTRIES;
        let first = (bucket * BUCKET_ENTRIES).max(head + 1 - i64::from(limit)).max(1);
        page.iter().map(|seq| seq.0).eq((first..=head).rev())
    }

    fn conversation(&self, number: usize) -> anyhow::Result<ConversationId> {
        Ok(conversation(self.first + u32::try_from(number)?))
    }

    /// All entries there are, since logs have no gaps.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.seqs.iter().map(|head| head.load(Ordering::Relaxed).cast_unsigned()).sum()
    }
}

/// Keeps `in_flight` appends open; answers how long each took.
///
/// # Errors
/// The store's, and an append that lost a race it cannot have been in.
pub async fn append(
    store: &Store,
    heads: &Arc<Heads>,
    in_flight: usize,
    body: usize,
    until: Until,
) -> anyhow::Result<Latencies> {
    let left = Arc::new(AtomicU64::new(match until {
        Until::Stored(count) => count,
        Until::Passed(_) => u64::MAX,
    }));
    let watch = Stopwatch::start();
    let mut tasks = JoinSet::new();
    for first in 0..in_flight.min(heads.seqs.len()) {
        let (store, heads, left) = (store.clone(), heads.clone(), left.clone());
        tasks.spawn(async move {
            let mut mine =
                Appender { store, heads, first, step: in_flight, body, rng: StdRng::seed_from_u64(first as u64) };
            let mut times = Vec::new();
            while !passed(until, &watch) && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
                let started = watch.now_ns();
                mine.append_one().await?;
                times.push(watch.now_ns() - started);
            }
            anyhow::Ok(times)
        });
    }
    let mut latencies = Latencies::default();
    while let Some(times) = tasks.join_next().await {
        times??.into_iter().for_each(|ns| latencies.record(ns));
    }
    Ok(latencies)
}

const fn one_less(count: u64) -> Option<u64> {
    count.checked_sub(1)
}

fn passed(until: Until, watch: &Stopwatch) -> bool {
    matches!(until, Until::Passed(limit) if watch.elapsed() >= limit)
}

/// Stores so many messages, each conversation's share in batches as large as a busy room makes them.
///
/// # Errors
/// The store's, and an append that lost a race it cannot have been in.
pub async fn fill(store: &Store, heads: &Arc<Heads>, messages: u64, body: usize) -> anyhow::Result<()> {
    let each = i64::try_from(messages)? / i64::try_from(heads.seqs.len().max(1))?;
    let mut tasks = JoinSet::new();
    for first in 0..FILLING.min(heads.seqs.len()) {
        let (store, heads) = (store.clone(), heads.clone());
        tasks.spawn(async move {
            let mut rng = StdRng::seed_from_u64(first as u64);
            for number in (first..heads.seqs.len()).step_by(FILLING) {
                fill_one(&store, &heads, &mut rng, number, each, body).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(end) = tasks.join_next().await {
        end??;
    }
    Ok(())
}

async fn fill_one(
    store: &Store,
    heads: &Heads,
    rng: &mut StdRng,
    number: usize,
    count: i64,
    body: usize,
) -> anyhow::Result<()> {
    let (conversation, Some(head)) = (heads.conversation(number)?, heads.seqs.get(number)) else { return Ok(()) };
    let batch = i64::try_from((BATCH_BYTES_MAX / body.max(1)).clamp(1, BATCH_ENTRIES_MAX))?;
    while head.load(Ordering::Relaxed) < count {
        let from = head.load(Ordering::Relaxed) + 1;
        let bucket = from / BUCKET_ENTRIES;
        let to = (from + batch - 1).min(count).min((bucket + 1) * BUCKET_ENTRIES - 1);
        let rows: Vec<(Seq, EntryRow)> = (from..=to).map(|seq| (Seq(seq), entry(rng, body, Seq(seq)))).collect();
        let expect = rows.iter().map(|(seq, _)| Expect::Absent(EntriesKey { seq: *seq })).collect();
        let sent = rows.iter().map(|(seq, row)| sent(*seq, row)).collect();
        let entries = rows.into_iter().map(|(seq, row)| Op::Put { c: EntriesKey { seq }, row, at: None }).collect();
        let appended = store.write_if::<Entries>(EntriesPart { conversation, bucket }, expect, entries).await?;
        ensure!(appended == Applied::Yes, "entry {from} of conversation {number} was already there");
        store.write::<SendIds>(SendIdsPart { conversation }, sent, Ack::Durable).await?;
        head.store(to, Ordering::Relaxed);
    }
    Ok(())
}

fn sent(seq: Seq, row: &EntryRow) -> Op<SendIds> {
    let c = SendIdsKey { sender: row.sender, client_msg_id: row.client_msg_id.clone() };
    Op::Put { c, row: SendIdRow { seq, at: row.at }, at: None }
}

/// One task's share: every `step`-th conversation from `first`.
pub(super) struct Appender {
    pub(super) store: Store,
    pub(super) heads: Arc<Heads>,
    pub(super) first: usize,
    pub(super) step: usize,
    pub(super) body: usize,
    pub(super) rng: StdRng,
}

impl Appender {
    /// One message to a random conversation of the share, durable when it returns.
    pub(super) async fn append_one(&mut self) -> anyhow::Result<()> {
        let heads = self.heads.clone();
        let share = (self.heads.seqs.len() - self.first).div_ceil(self.step);
        let number = self.first + self.step * self.rng.random_range(0..share);
        let Some(head) = heads.seqs.get(number) else { return Ok(()) };
        let conversation = heads.conversation(number)?;
        let seq = Seq(head.load(Ordering::Relaxed)).next();
        let row = self.entry(seq);
        let sent = sent(seq, &row);
        let entry = Op::Put { c: EntriesKey { seq }, row, at: None };
        let bucket = seq.0 / BUCKET_ENTRIES;
        let (appended, noted) = tokio::join!(
            self.store.write_if::<Entries>(
                EntriesPart { conversation, bucket },
                vec![Expect::Absent(EntriesKey { seq })],
                vec![entry]
            ),
            self.store.write::<SendIds>(SendIdsPart { conversation }, vec![sent], Ack::Durable),
        );
        noted?;
        ensure!(appended? == Applied::Yes, "entry {seq} of conversation {number} was already there");
        head.store(seq.0, Ordering::Relaxed);
        Ok(())
    }

    fn entry(&mut self, seq: Seq) -> EntryRow {
        entry(&mut self.rng, self.body, seq)
    }
}

fn entry(rng: &mut StdRng, body: usize, seq: Seq) -> EntryRow {
    let id: u128 = rng.random();
    EntryRow {
        v: 1,
        kind: 1,
        sender: UserId(rng.random_range(0..8)),
        side: seq.0 & 1,
        at: Millis(1_790_000_000_000 + seq.0),
        client_msg_id: format!("{:016x}", rng.random::<u64>()).into(),
        op_id: id,
        body: format!("{{\"text\":\"{}\"}}", "x".repeat(body)).into(),
        target: None,
        count_a: seq.0 / 2,
        count_b: seq.0 / 2,
        rank: Some(seq.0),
    }
}
