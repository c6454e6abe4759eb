//! Pages of the log: open, resume, history, from memory or from the store.
//!
//! Owns the questions to the store. A page never shows a content whose recall stands behind the page: what lies
//! between the page and memory is looked through as far as a recall can be.

use std::collections::{BTreeMap, BTreeSet};

use storage::ids::{Millis, Seq};

use super::change::RECALL_MS;
use super::{Actor, Conversation, recent, reply};
use crate::log::Entry;
use crate::output::Output;
use crate::party::{ConnId, Refusal};
#[cfg(feature = "planted")]
use crate::planted::Bug;
use crate::wire::{EntryView, Opened, Reply};

/// Page size when none is asked for.
const LIMIT_DEFAULT: u32 = 50;
/// Most entries of a page.
const LIMIT_MAX: u32 = 200;
/// Most questions on the way; more are told to try later.
const JOBS_MAX: usize = 64;
/// Entries looked through at once behind a page.
const CHUNK_ENTRIES: i64 = 256;
/// Most such looks for one page: over 130 entries a second for the whole time in which a recall is allowed.
const CHUNKS_MAX: u8 = 64;

/// What a page is read for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Open {
        actor: Actor,
        /// The page size.
        size: i64,
    },
    History(Actor),
    /// The page is the entry that a recall wants to recall.
    Target,
    /// The page is the entry that a read mark is set at.
    Mark(Actor),
}

/// A page being read.
#[derive(Debug)]
pub(super) struct Job {
    purpose: Purpose,
    pub(super) since: Millis,
    from: Seq,
    to: Seq,
    page: Vec<Entry>,
    recalls: BTreeMap<Seq, Seq>,
    /// The next seq to look at behind the page.
    ahead: Seq,
    chunks: u8,
}

impl Job {
    const fn actor(&self) -> Option<Actor> {
        match self.purpose {
            Purpose::Open { actor, .. } | Purpose::History(actor) | Purpose::Mark(actor) => Some(actor),
            Purpose::Target => None,
        }
    }

    /// Takes an answer in: the page itself first, then what lies behind it. False when it is not what was asked for.
    fn take(&mut self, entries: Vec<Entry>, to: Seq) -> bool {
        let from = if self.page.is_empty() { self.from } else { self.ahead };
        let complete = entries.iter().map(|entry| entry.seq.0).eq(from.0..=to.0);
        self.recalls.extend(recent::recalls(entries.iter()));
        self.ahead = to.next();
        if self.page.is_empty() {
            self.page = entries;
        } else if entries.last().is_some_and(|last| !self.may_be_recalled_at(last.at)) {
            self.ahead = Seq(i64::MAX);
        }
        complete
    }

    /// Whether an entry of this time may recall something on the page.
    fn may_be_recalled_at(&self, at: Millis) -> bool {
        let content = self.page.iter().rev().find(|entry| entry.kind.is_content());
        content.is_some_and(|content| at.since_ms(content.at) <= RECALL_MS)
    }

    /// The next question, given where memory begins: none when the page can be answered.
    fn next(&self, memory: Seq) -> Option<(Seq, Seq)> {
        let reads_contents = !matches!(self.purpose, Purpose::Mark(_));
        let last = Seq(memory.0 - 1);
        let some_content = self.page.iter().any(|entry| entry.kind.is_content());
        (reads_contents && some_content && self.ahead <= last)
            .then(|| (self.ahead, last.min(Seq(self.ahead.0 + CHUNK_ENTRIES - 1))))
    }
}

/// The page size asked for.
fn page_size(limit: Option<u32>) -> Result<i64, Refusal> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        size @ 1..=LIMIT_MAX => Ok(i64::from(size)),
        _ => Err(Refusal::Invalid { at: "/limit", code: "range" }),
    }
}

impl Conversation {
    /// `negotiation.open`: a page towards the head; the page that reaches it subscribes.
    pub(super) fn open(
        &mut self,
        now: Millis,
        actor: Actor,
        after: Option<Seq>,
        limit: Option<u32>,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        let size = page_size(limit)?;
        let head = self.head.head;
        #[cfg(feature = "planted")]
        let after =
            after.map(|after| if self.rules.planted == Some(Bug::OffByOneResume) { after.next() } else { after });
        // A position beyond the head is from before the history was lost: the answer's epoch says so.
        let (from, to) = match after {
            Some(after) if after < Seq::ZERO => return Err(Refusal::Invalid { at: "/after", code: "range" }),
            Some(after) if after <= head => (after.next(), head.min(Seq(after.0.saturating_add(size)))),
            _ => (Seq(head.0 - size + 1).max(Seq(1)), head),
        };
        self.page(now, Purpose::Open { actor, size }, from, to, out)
    }

    /// `negotiation.history`: the page below a seq.
    pub(super) fn history(
        &mut self,
        now: Millis,
        actor: Actor,
        before: Seq,
        limit: Option<u32>,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        let size = page_size(limit)?;
        if before < Seq(1) {
            return Err(Refusal::Invalid { at: "/before", code: "range" });
        }
        let to = Seq(before.0 - 1).min(self.head.head);
        let from = Seq(to.0 - size + 1).max(Seq(1));
        self.page(now, Purpose::History(actor), from, to, out)
    }

    /// Reads a recall's target and what may recall it already.
    pub(super) fn fetch_target(&mut self, now: Millis, target: Seq, out: &mut Vec<Output>) -> Result<(), Refusal> {
        let asked = |job: &Job| matches!(job.purpose, Purpose::Target) && job.from == target;
        if self.jobs.values().any(asked) {
            return Ok(());
        }
        self.fetch(now, Purpose::Target, target, target, out)
    }

    /// Answers a page from memory, or asks the store for it.
    fn page(
        &mut self,
        now: Millis,
        purpose: Purpose,
        from: Seq,
        to: Seq,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        if from <= to && self.recent.first().is_none_or(|first| from < first) {
            return self.fetch(now, purpose, from, to, out);
        }
        let page: Vec<EntryView> = self.views(self.recent.range(from, to), &BTreeMap::new());
        self.answer_page(purpose, from, page, out);
        Ok(())
    }

    /// Asks the store for a page.
    pub(super) fn fetch(
        &mut self,
        now: Millis,
        purpose: Purpose,
        from: Seq,
        to: Seq,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        if self.jobs.len() >= JOBS_MAX {
            return Err(Refusal::Overloaded);
        }
        let (page, recalls) = (Vec::new(), BTreeMap::new());
        let job = Job { purpose, since: now, from, to, page, recalls, ahead: from, chunks: 0 };
        self.put_question(job, from, to, out);
        Ok(())
    }

    fn put_question(&mut self, mut job: Job, from: Seq, to: Seq, out: &mut Vec<Output>) {
        self.fetches += 1;
        job.to = to;
        self.jobs.insert(self.fetches, job);
        out.push(Output::Fetch { fetch: self.fetches, from, to });
    }

    /// Takes the store's answer: asks on, or answers the page.
    pub(super) fn fetched(
        &mut self,
        now: Millis,
        fetch: u64,
        result: Result<Vec<Entry>, Refusal>,
        out: &mut Vec<Output>,
    ) {
        let Some(mut job) = self.jobs.remove(&fetch) else { return };
        let to = job.to;
        let taken = result.and_then(|entries| if job.take(entries, to) { Ok(()) } else { Err(Refusal::Unavailable) });
        if let Err(refusal) = taken {
            return self.fail(now, &job, refusal, out);
        }
        let memory = self.recent.first().unwrap_or_else(|| self.head.head.next());
        match job.next(memory) {
            Some(_) if job.chunks >= CHUNKS_MAX => self.fail(now, &job, Refusal::Overloaded, out),
            Some((from, to)) => {
                job.chunks += 1;
                self.put_question(job, from, to, out);
            }
            None => self.finish(now, job, out),
        }
    }

    fn finish(&mut self, now: Millis, job: Job, out: &mut Vec<Output>) {
        match (job.purpose, job.page.first()) {
            (Purpose::Mark(actor), Some(entry)) => self.mark_fetched(actor, entry, out),
            (Purpose::Target, Some(entry)) => {
                let recall = job.recalls.get(&entry.seq).copied();
                self.found_target(job.from, &Ok((entry.clone(), recall)));
                self.drain(now, out);
            }
            _ => {
                let views = self.views(job.page.iter(), &job.recalls);
                self.answer_page(job.purpose, job.from, views, out);
            }
        }
    }

    fn fail(&mut self, now: Millis, job: &Job, refusal: Refusal, out: &mut Vec<Output>) {
        if let Some(actor) = job.actor() {
            reply(out, actor.ticket, Err(refusal));
        } else {
            self.found_target(job.from, &Err(refusal));
            self.drain(now, out);
        }
    }

    /// As the parties see it: recalled by an entry of `recalls`, of `entries` or of memory, without its body.
    fn views<'a>(&self, entries: impl Iterator<Item = &'a Entry>, recalls: &BTreeMap<Seq, Seq>) -> Vec<EntryView> {
        let recalled: BTreeSet<Seq> = self.recent.recalls().map(|(target, _)| target).collect();
        let is_recalled = |seq: Seq| recalled.contains(&seq) || recalls.contains_key(&seq);
        entries.map(|entry| entry.view(is_recalled(entry.seq))).collect()
    }

    fn answer_page(&mut self, purpose: Purpose, from: Seq, entries: Vec<EntryView>, out: &mut Vec<Output>) {
        match purpose {
            Purpose::Open { actor, size } => self.answer_open(actor, size, from, entries, out),
            Purpose::History(actor) => {
                let page = Reply::Page { entries, more: from > Seq(1) };
                reply(out, actor.ticket, Ok(page));
            }
            Purpose::Target | Purpose::Mark(_) => {}
        }
    }

    fn answer_open(&mut self, actor: Actor, size: i64, from: Seq, mut entries: Vec<EntryView>, out: &mut Vec<Output>) {
        let end = Seq(from.0 + size - 1).min(self.head.head);
        let last = entries.last().map_or(Seq(from.0 - 1), |entry| entry.seq);
        // While the page was read the head may have moved; what memory holds of that completes the page.
        if self.recent.first().is_some_and(|first| first <= last.next()) {
            entries.extend(self.views(self.recent.range(last.next(), end), &BTreeMap::new()));
        }
        let more = entries.last().map_or(last, |entry| entry.seq) < self.head.head;
        if !more {
            if let Err(refusal) = self.check_seat(actor.conn) {
                return reply(out, actor.ticket, Err(refusal));
            }
            self.enter(actor, out);
        }
        let opened = self.opened(actor, entries, more);
        reply(out, actor.ticket, Ok(Reply::Opened(Box::new(opened))));
    }

    fn opened(&self, actor: Actor, entries: Vec<EntryView>, more: bool) -> Opened {
        let mark = self.marks.get(&actor.user);
        Opened {
            conversation: self.head.summary(actor.side, mark),
            #[cfg(not(feature = "planted"))]
            epoch: self.epoch,
            #[cfg(feature = "planted")]
            epoch: if self.rules.planted == Some(Bug::DroppedEpoch) { 1 } else { self.epoch },
            head: self.head.head,
            entries,
            more,
            read: self.marks.values().map(|mark: &crate::Mark| (mark.user.to_string(), mark.seq)).collect(),
            #[cfg(not(feature = "planted"))]
            unread: self.head.unread(actor.side, mark),
            #[cfg(feature = "planted")]
            unread: crate::planted::unread(
                self.head.unread(actor.side, mark),
                &self.head,
                actor.side,
                self.rules.planted,
            ),
            online: self.members.online(),
        }
    }

    /// Drops what a connection asked for and will not hear.
    pub(super) fn abandon_pages(&mut self, conn: ConnId, out: &mut Vec<Output>) {
        let theirs = |job: &mut Job| job.actor().is_some_and(|actor| actor.conn == Some(conn));
        let dropped: Vec<(u64, Job)> = self.jobs.extract_if(.., |_fetch, job| theirs(job)).collect();
        for (_fetch, job) in dropped {
            reply(out, job.actor().and_then(|actor| actor.ticket), Err(Refusal::Unavailable));
        }
    }

    /// Answers the pages that the store did not bring in time.
    pub(super) fn expire_pages(&mut self, now: Millis, out: &mut Vec<Output>) {
        let waiting_ms = self.rules.waiting_ms;
        let late = |job: &mut Job| now.since_ms(job.since) >= waiting_ms;
        let dropped: Vec<(u64, Job)> = self.jobs.extract_if(.., |_fetch, job| late(job)).collect();
        for (_fetch, job) in dropped {
            self.fail(now, &job, Refusal::Unavailable, out);
        }
    }
}
