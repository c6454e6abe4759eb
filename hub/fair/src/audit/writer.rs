//! Writing the chain: one writer a process, batches of whatever waits, each entry under the condition that its place is
//! free. Of two hubs that write at once one loses the race, reads what the other wrote, and goes on behind it.
//!
//! 1. the entries, conditional on their seqs being free: from here on they are recorded, and answered so;
//! 2. their places in the index and the new head, before anything is appended behind them.
//!
//! What a crash leaves between the two is the last batch alone: whoever loads the chain writes its index anew. So a key that
//! was recorded is always found, and recording it again gives its place.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use storage::ids::Seq;
use storage::{Ack, Applied, Expect, Op, Read, Scan, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::chain::{self, Head};
use super::tables::{
    AuditEntries, AuditHeadKey, AuditHeadPart, AuditHeadRow, AuditHeads, AuditIndex, AuditIndexKey, AuditIndexPart,
    AuditIndexRow, AuditKey, AuditRow,
};
use super::{Ground, NewEntry, Waiting};
use crate::error::{Error, Result};

/// Entries of one append.
pub(super) const BATCH_ENTRIES_MAX: usize = 128;
/// Lost races in a row before those who wait are told to come later.
const RACES_MAX: u32 = 32;
/// Index writes and reads under way at once: those of a batch are one or two commits.
const AT_ONCE_MAX: usize = 256;
/// The first pause between two tries of what must come to an end, and the longest.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);

/// The one writer of a process.
pub struct Writer {
    ground: Ground,
    waiting: mpsc::Receiver<Waiting>,
    /// None until the chain was loaded.
    head: Option<Head>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("head", &self.head.as_ref().map(|head| head.seq)).finish_non_exhaustive()
    }
}

/// Who waits for one key; several where the same deed is recorded twice at once.
struct Deed {
    entry: NewEntry,
    answers: Vec<oneshot::Sender<Result<Seq>>>,
}

impl Deed {
    fn answer(self, answer: &Result<Seq>) {
        for waiting in self.answers {
            // Gone meanwhile: it is recorded all the same.
            drop(waiting.send(answer.clone()));
        }
    }
}

/// How an append ended.
enum Appended {
    Yes,
    /// Somebody else's entry has a place of it.
    Lost,
}

impl Writer {
    pub(super) const fn new(ground: Ground, waiting: mpsc::Receiver<Waiting>) -> Self {
        Self { ground, waiting, head: None }
    }

    /// Writes until nobody can record anything any more.
    pub async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH_ENTRIES_MAX);
        while self.waiting.recv_many(&mut waiting, BATCH_ENTRIES_MAX).await > 0 {
            let mut deeds = by_key(waiting.drain(..));
            let mut races = 0;
            while !deeds.is_empty() {
                if races == RACES_MAX {
                    refuse(std::mem::take(&mut deeds), &Error::Overloaded);
                } else if let Err(error) = self.step(&mut deeds, &mut races).await {
                    refuse(std::mem::take(&mut deeds), &error);
                }
            }
        }
    }

    /// Answers some of the deeds, or learns what others wrote.
    async fn step(&mut self, deeds: &mut Vec<Deed>, races: &mut u32) -> Result<()> {
        let mut head = match self.head.take() {
            Some(head) => head,
            None => self.load().await?,
        };
        self.head = Some(head.clone());
        *deeds = self.unrecorded(std::mem::take(deeds)).await;
        let mut rows = Vec::with_capacity(deeds.len());
        for deed in &*deeds {
            // A batch lies in one partition.
            if !rows.is_empty() && chain::bucket_of(head.seq.next()) != chain::bucket_of(head.seq) {
                break;
            }
            let (seq, row) = chain::row_of(&self.ground, &head, &deed.entry)?;
            head = Head::behind(seq, &row);
            rows.push((seq, row));
        }
        if rows.is_empty() {
            return Ok(());
        }
        match self.append(&rows).await {
            Ok(Appended::Yes) => {
                for (deed, (seq, _)) in deeds.drain(..rows.len()).zip(&rows) {
                    deed.answer(&Ok(*seq));
                }
                self.settle(&rows).await;
                self.head = Some(head);
            }
            Ok(Appended::Lost) => {
                *races += 1;
                self.catch_up().await?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The chain's end; the index of its last batch is written anew.
    async fn load(&self) -> Result<Head> {
        let last = chain::last(&self.ground).await?;
        if last == Seq::ZERO {
            return Ok(Head::empty());
        }
        let batch = u32::try_from(BATCH_ENTRIES_MAX).unwrap_or(u32::MAX);
        let rows = chain::rows_to(&self.ground, last, batch).await?;
        let head = rows.first().map_or_else(Head::empty, |(seq, row)| Head::behind(*seq, row));
        self.write_views(&rows).await?;
        Ok(head)
    }

    /// Reads what others wrote behind our head, and writes its index: they may have ended before they did.
    async fn catch_up(&mut self) -> Result<()> {
        let Some(mut head) = self.head.take() else { return Ok(()) };
        loop {
            let rows = chain::rows_from(&self.ground, head.seq.next(), 256).await?;
            let Some((seq, row)) = rows.last() else { break };
            let behind = Head::behind(*seq, row);
            self.write_views(&rows).await?;
            head = behind;
        }
        self.head = Some(head);
        Ok(())
    }

    /// Answers those whose key is recorded, or of which that cannot be read, and gives the others.
    async fn unrecorded(&self, deeds: Vec<Deed>) -> Vec<Deed> {
        let keys: Vec<_> = deeds.iter().map(|deed| chain::key_about(&deed.entry.key)).collect();
        let places = stream::iter(keys).map(|about| self.place(about)).buffered(AT_ONCE_MAX);
        let places: Vec<_> = places.collect().await;
        let mut left = Vec::with_capacity(deeds.len());
        for (deed, place) in deeds.into_iter().zip(places) {
            match place {
                Ok(Some(seq)) => deed.answer(&Ok(seq)),
                Ok(None) => left.push(deed),
                Err(error) => deed.answer(&Err(error)),
            }
        }
        left
    }

    async fn place(&self, about: String) -> Result<Option<Seq>> {
        let part = AuditIndexPart { about };
        let found = self.ground.store().scan::<AuditIndex>(part, Scan::first(1), Read::Quorum).await?;
        Ok(found.first().map(|(c, _)| c.seq))
    }

    /// To a definite end: a store that did not answer may have written, so from then on only an answer is an end.
    async fn append(&self, rows: &[(Seq, AuditRow)]) -> Result<Appended, StoreError> {
        let mut doubtful = false;
        let mut pause = RETRY_FIRST;
        loop {
            match self.append_once(rows).await {
                Ok(appended) => return Ok(appended),
                Err(StoreError::Unknown) => doubtful = true,
                Err(error) if !doubtful => return Err(error),
                Err(_still) => {}
            }
            wait(&mut pause).await;
        }
    }

    async fn append_once(&self, rows: &[(Seq, AuditRow)]) -> Result<Appended, StoreError> {
        let Some((first, first_row)) = rows.first() else { return Ok(Appended::Yes) };
        let key = |seq: &Seq| AuditKey { seq: *seq };
        let expect = rows.iter().map(|(seq, _)| Expect::Absent(key(seq))).collect();
        let ops = rows.iter().map(|(seq, row)| Op::Put { c: key(seq), row: row.clone(), at: None }).collect();
        match self.ground.store().write_if::<AuditEntries>(chain::part_of(*first), expect, ops).await? {
            Applied::Yes => Ok(Appended::Yes),
            Applied::No { current } => {
                // Our own earlier try: it was all or nothing.
                let ours = |(c, row): &(AuditKey, AuditRow)| c.seq == *first && row.op_id == first_row.op_id;
                Ok(if current.first().is_some_and(ours) { Appended::Yes } else { Appended::Lost })
            }
        }
    }

    /// Index and head of what was appended, until they are written: nothing may follow before. What is written is not
    /// written again: of a hundred rows some may always fail.
    async fn settle(&self, rows: &[(Seq, AuditRow)]) {
        let (mut pause, mut left) = (RETRY_FIRST, self.views(rows));
        loop {
            let failed = self.write(left).await;
            let Some((_, error)) = failed.first() else { return };
            tracing::warn!(%error, "the index of the audit record is not written yet");
            left = failed.into_iter().map(|(view, _)| view).collect();
            wait(&mut pause).await;
        }
    }

    async fn write_views(&self, rows: &[(Seq, AuditRow)]) -> Result<(), StoreError> {
        let failed = self.write(self.views(rows)).await;
        failed.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// What stands of these rows beside the chain.
    fn views(&self, rows: &[(Seq, AuditRow)]) -> Vec<View> {
        let mut abouts: HashMap<String, Vec<Op<AuditIndex>>> = HashMap::new();
        for (seq, row) in rows {
            for about in chain::abouts(row) {
                let put = Op::Put { c: AuditIndexKey { seq: *seq }, row: AuditIndexRow { at: row.at }, at: None };
                abouts.entry(about).or_default().push(put);
            }
        }
        let index = abouts.into_iter().map(|(about, ops)| View::Index(AuditIndexPart { about }, ops));
        let head = rows.iter().max_by_key(|(seq, _)| *seq).map(|(seq, row)| {
            let seal = super::verify::head_seal(self.ground.keys(), *seq, &row.mark).to_vec();
            View::Head(*seq, AuditHeadRow { seq: *seq, mark: row.mark.clone(), seal })
        });
        index.chain(head).collect()
    }

    /// Writes them, and gives those that failed.
    async fn write(&self, views: Vec<View>) -> Vec<(View, StoreError)> {
        let write = |view: View| async move {
            let store = self.ground.store();
            let written = match view.clone() {
                View::Index(part, ops) => store.write::<AuditIndex>(part, ops, Ack::Durable).await,
                View::Head(seq, row) => {
                    let put = Op::Put { c: AuditHeadKey {}, row, at: Some(seq.0) };
                    store.write::<AuditHeads>(AuditHeadPart { id: 0 }, vec![put], Ack::Durable).await
                }
            };
            written.err().map(|error| (view, error))
        };
        let written = stream::iter(views).map(write).buffer_unordered(AT_ONCE_MAX);
        written.filter_map(|failed| async { failed }).collect().await
    }
}

/// A write beside the chain.
#[derive(Clone)]
enum View {
    /// Entries about something.
    Index(AuditIndexPart, Vec<Op<AuditIndex>>),
    /// How long the chain is.
    Head(Seq, AuditHeadRow),
}

/// Twice the same key at once is one deed.
fn by_key(waiting: impl Iterator<Item = Waiting>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for Waiting { entry, answer } in waiting {
        match at.get(&entry.key).and_then(|at| deeds.get_mut(*at)) {
            Some(deed) => deed.answers.push(answer),
            None => {
                at.insert(entry.key.clone(), deeds.len());
                deeds.push(Deed { entry, answers: vec![answer] });
            }
        }
    }
    deeds
}

fn refuse(deeds: Vec<Deed>, error: &Error) {
    for deed in deeds {
        deed.answer(&Err(error.clone()));
    }
}

async fn wait(pause: &mut Duration) {
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 2).min(RETRY_MAX);
}
