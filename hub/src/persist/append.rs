//! Appending to a log, exactly once: the order of the writes is what makes it so.
//!
//! 1. the note (first append since the views were settled), so that a sweeper finds what a crash leaves;
//! 2. the entries, conditional on their seqs being free;
//! 3. their `send_ids`, before anything behind them can be appended; the acknowledgement does not wait for them.
//!
//! A retry of any step repeats identical rows. An unknown outcome is repeated until it is definite: a refusal by rows
//! that carry our own operation ids is our success.

use chat::tables::{self, Entries, EntriesKey, EntryRow, SendIds};
use chat::{Appended, Entry};
use storage::ids::ConversationId;
use storage::{Ack, Applied, Expect, Op, StoreError};

use super::{At, Completion, Noting, Persist, RETRY_FIRST, load, refusal};

impl Persist {
    /// Appends a batch; answered with [`Completion::Appended`] once the outcome is definite, then with
    /// [`Completion::Sealed`] once the next batch may follow.
    pub(crate) fn append(&self, at: At, conversation: ConversationId, entries: Vec<Entry>, noting: Option<Noting>) {
        let persist = self.clone();
        let started = self.inner.clock.now();
        self.spawn(async move {
            let appended = persist.append_definitely(conversation, &entries, noting).await;
            let took_ms = persist.inner.clock.now().since_ms(started);
            metrics::histogram!("append_seconds").record(took_ms as f64 / 1_000.0);
            let batch = match &appended {
                Appended::Yes => entries,
                Appended::Lost(theirs) => theirs.clone(),
                Appended::Refused(_) => Vec::new(),
            };
            persist.done(at, Completion::Appended(appended));
            persist.seal(conversation, &batch).await;
            persist.done(at, Completion::Sealed);
        });
    }

    async fn append_definitely(
        &self,
        conversation: ConversationId,
        entries: &[Entry],
        noting: Option<Noting>,
    ) -> Appended {
        if let Some(noting) = noting
            && let Err(error) = self.write_note(conversation, &noting).await
        {
            return Appended::Refused(refusal(error));
        }
        // A store that was asked and did not answer may have written: from then on only an answer is an end.
        let mut doubtful = false;
        let mut pause = RETRY_FIRST;
        loop {
            match self.append_once(conversation, entries).await {
                Ok(appended) => return appended,
                Err(StoreError::Unknown) => doubtful = true,
                Err(error) if !doubtful => return Appended::Refused(refusal(error)),
                Err(_still) => {}
            }
            self.pause(&mut pause).await;
        }
    }

    async fn append_once(&self, conversation: ConversationId, entries: &[Entry]) -> Result<Appended, StoreError> {
        let Some(first) = entries.first() else { return Ok(Appended::Yes) };
        let part = tables::entries_part(conversation, first.seq);
        let expect = entries.iter().map(|entry| Expect::Absent(EntriesKey { seq: entry.seq })).collect();
        let ops = entries
            .iter()
            .map(|entry| Op::Put { c: EntriesKey { seq: entry.seq }, row: EntryRow::of(entry), at: None })
            .collect();
        match self.store().write_if::<Entries>(part, expect, ops).await? {
            Applied::Yes => Ok(Appended::Yes),
            Applied::No { current } => {
                let ours = |(key, row): &(EntriesKey, EntryRow)| key.seq == first.seq && row.op_id == first.op_id;
                if current.first().is_some_and(ours) {
                    // Our own earlier try: it was all or nothing.
                    return Ok(Appended::Yes);
                }
                // At most so many: the room asks on.
                load::step(self.store(), conversation, first.seq).await.map(Appended::Lost)
            }
        }
    }

    /// After the entries, their ids: until they are written nothing may follow. A crash in between is mended when the
    /// conversation is loaded.
    async fn seal(&self, conversation: ConversationId, entries: &[Entry]) {
        let mut pause = RETRY_FIRST;
        while let Err(error) = self.write_send_ids(conversation, entries).await {
            tracing::warn!(%conversation, %error, "send ids are not written yet");
            self.pause(&mut pause).await;
        }
    }

    pub(super) async fn write_send_ids(
        &self,
        conversation: ConversationId,
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        let ops: Vec<_> = entries.iter().filter(|entry| !entry.client_msg_id.is_empty()).map(send_id).collect();
        for chunk in ops.chunks(storage::store::WRITE_OPS_MAX) {
            let part = tables::SendIdsPart { conversation };
            self.store().write::<SendIds>(part, chunk.to_vec(), Ack::Durable).await?;
        }
        Ok(())
    }
}

fn send_id(entry: &Entry) -> Op<SendIds> {
    let c = tables::SendIdsKey { sender: entry.from, client_msg_id: entry.client_msg_id.clone() };
    Op::Put { c, row: tables::SendIdRow { seq: entry.seq, at: entry.at }, at: None }
}
