//! What is stored beside the logs, held against them: behind a log only while a note says so; and of a pair's
//! conversations about one thing never two open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chat::EntryKind;
use chat::tables::{
    ConversationRow, Conversations, ConversationsKey, ConversationsPart, Entries, EntriesKey, Heads, HeadsKey,
    HeadsPart, Inbox, InboxKey, InboxPart, Pairs, PairsKey, PairsPart, Unsettled, entries_part,
};
use storage::ids::{ConversationId, EnterpriseId, Seq};
use storage::model::Model;
use storage::{Read, Scan, Store, StoreError};

/// More than any run here has.
const ROWS_MAX: u32 = 10_000;

/// A conversation, who is in it, and about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thread {
    pub(super) id: ConversationId,
    pub(super) sides: [EnterpriseId; 2],
    context: (i64, String),
}

/// Of whom and about what one conversation at most may be open.
pub(super) type Pair = ([EnterpriseId; 2], i64, String);

impl Thread {
    fn of(id: ConversationId, row: ConversationRow) -> Self {
        Self { id, sides: [row.side_a, row.side_b], context: (row.context_kind, row.context_id) }
    }

    #[cfg(test)]
    pub(super) const fn between(id: ConversationId, sides: [EnterpriseId; 2]) -> Self {
        Self { id, sides, context: (1, String::new()) }
    }

    pub(super) fn pair(&self) -> Pair {
        (self.sides, self.context.0, self.context.1.clone())
    }

    fn pairs_part(&self) -> PairsPart {
        let ([side_a, side_b], (context_kind, context_id)) = (self.sides, self.context.clone());
        PairsPart { side_a, side_b, context_kind, context_id }
    }
}

/// Looks at the stored conversations again and again, and remembers what it need not read twice.
#[derive(Debug, Default)]
pub(super) struct Watch {
    rows: BTreeMap<ConversationId, Thread>,
    /// Up to where logs were read, and how they stood there.
    states: BTreeMap<ConversationId, (Seq, State)>,
}

/// Whether one can write in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// That it was taken up again is the last that its log says.
    Reopened,
    Ended,
}

impl Watch {
    /// What is behind without a note, and pairs of which two are open. At any instant, also when everybody has just died,
    /// this must be nothing. `told`: conversations that somebody was told of.
    pub(super) async fn look(
        &mut self,
        model: &Arc<Model>,
        told: &BTreeSet<ConversationId>,
    ) -> Result<Vec<String>, StoreError> {
        let store = Store::Model(Arc::clone(model));
        let (threads, noted) = (self.threads(&store, told).await?, noted(&store).await?);
        let mut findings = Vec::new();
        for thread in &threads {
            let (last, views) = (log_end(&store, thread).await?, views(&store, thread).await?);
            if views.iter().any(|view| *view != Some(last)) && !noted.contains(&thread.id) {
                findings.push(format!("{} ends at {last}, its views at {views:?}, and no note says so", thread.id));
            }
            self.follow(&store, thread.id).await?;
        }
        let mut open = Vec::new();
        for thread in &threads {
            let is_open = match self.states.get(&thread.id) {
                Some((_seq, State::Open)) => true,
                // Until the pair's row is written behind it, a reopening does not count: nothing can be said there.
                Some((_seq, State::Reopened)) => holds_its_pair(&store, thread).await?,
                Some((_, State::Ended)) | None => false,
            };
            open.extend(is_open.then_some(thread));
        }
        findings.extend(two_open(open.into_iter()));
        Ok(findings)
    }

    /// Openings that lost their pair and have not ended: when everything is over there is none.
    pub(super) async fn lost_openings(&self, model: &Arc<Model>) -> Result<Vec<String>, StoreError> {
        let store = Store::Model(Arc::clone(model));
        let mut findings = Vec::new();
        for (id, _state) in self.states.iter().filter(|(_id, (_seq, state))| *state == State::Reopened) {
            let Some(thread) = self.rows.get(id) else { continue };
            if !holds_its_pair(&store, thread).await? {
                findings.push(format!("{id} was reopened, has lost its pair and does not end"));
            }
        }
        Ok(findings)
    }

    /// The conversations that exist: one that lost the race for its pair before anybody heard of it never did.
    pub(super) async fn threads(
        &mut self,
        store: &Store,
        told: &BTreeSet<ConversationId>,
    ) -> Result<Vec<Thread>, StoreError> {
        let mut threads = Vec::new();
        for part in store.partitions::<Conversations>(None, ROWS_MAX).await? {
            let thread = self.thread(store, part).await?;
            if told.contains(&thread.id) || log_end(store, &thread).await? > 0 || holds_its_pair(store, &thread).await?
            {
                threads.push(thread);
            }
        }
        Ok(threads)
    }

    async fn thread(&mut self, store: &Store, part: ConversationsPart) -> Result<Thread, StoreError> {
        let id = part.conversation;
        if let Some(thread) = self.rows.get(&id) {
            return Ok(thread.clone());
        }
        let row = store.get::<Conversations>(part, ConversationsKey {}, Read::Serial).await?;
        let thread = Thread::of(id, row.ok_or_else(|| StoreError::Corrupt(format!("{id} has no row")))?);
        self.rows.insert(id, thread.clone());
        Ok(thread)
    }

    /// Reads on in a log.
    async fn follow(&mut self, store: &Store, id: ConversationId) -> Result<(), StoreError> {
        let (seq, state) = self.states.entry(id).or_insert((Seq(0), State::Open));
        loop {
            let next = EntriesKey { seq: seq.next() };
            let Some(row) = store.get::<Entries>(entries_part(id, next.seq), next.clone(), Read::Serial).await? else {
                return Ok(());
            };
            *seq = next.seq;
            *state = match EntryKind::from_number(row.kind) {
                Some(EntryKind::Closed | EntryKind::Blocked) => State::Ended,
                Some(EntryKind::Reopened) => State::Reopened,
                // Something was written behind the reopening.
                _ if *state == State::Reopened => State::Open,
                _ => *state,
            };
        }
    }
}

/// Pairs that several of these open conversations have.
pub(super) fn two_open<'a>(open: impl Iterator<Item = &'a Thread>) -> Vec<String> {
    let mut pairs: BTreeMap<Pair, Vec<ConversationId>> = BTreeMap::new();
    for thread in open {
        pairs.entry(thread.pair()).or_default().push(thread.id);
    }
    let many = pairs.into_iter().filter(|(_pair, ids)| ids.len() > 1);
    many.map(|(pair, ids)| {
        let ids: Vec<String> = ids.iter().map(ConversationId::to_string).collect();
        let [one, other] = pair.0;
        format!("{} are open at once between {one} and {other}", ids.join(" and "))
    })
    .collect()
}

/// What is still noted although everything was settled long ago.
pub(super) async fn noted(store: &Store) -> Result<BTreeSet<ConversationId>, StoreError> {
    let mut noted = BTreeSet::new();
    for part in store.partitions::<Unsettled>(None, ROWS_MAX).await? {
        let rows = store.scan::<Unsettled>(part, Scan::first(ROWS_MAX), Read::Serial).await?;
        noted.extend(rows.into_iter().map(|(key, _row)| key.conversation));
    }
    Ok(noted)
}

async fn holds_its_pair(store: &Store, thread: &Thread) -> Result<bool, StoreError> {
    let held = store.get::<Pairs>(thread.pairs_part(), PairsKey {}, Read::Serial).await?;
    Ok(held.is_some_and(|held| held.conversation == thread.id))
}

async fn log_end(store: &Store, thread: &Thread) -> Result<i64, StoreError> {
    let last = Scan { rev: true, ..Scan::first(1) };
    let rows = store.scan::<Entries>(entries_part(thread.id, Seq(1)), last, Read::Serial).await?;
    Ok(rows.first().map_or(0, |(key, _row)| key.seq.0))
}

/// Where the head's row and both inbox rows stand.
async fn views(store: &Store, thread: &Thread) -> Result<Vec<Option<i64>>, StoreError> {
    let conversation = thread.id;
    let head = store.get::<Heads>(HeadsPart { conversation }, HeadsKey {}, Read::Serial).await?;
    let mut views = vec![head.map(|row| row.head.0)];
    for enterprise in thread.sides {
        let row = store.get::<Inbox>(InboxPart { enterprise }, InboxKey { conversation }, Read::Serial).await?;
        views.push(row.map(|row| row.head.0));
    }
    Ok(views)
}
