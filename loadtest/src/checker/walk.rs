//! One client's log, step by step: positions must rise by one, promises must hold, a new epoch must empty the copy.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::facts::Verdict;
use super::{Entry, Judge, Kind, Step};

/// How many missing positions are remembered to tell a late entry from a repeated one.
const MISSING_MAX: i64 = 100_000;

/// Where a client stands.
#[derive(Default)]
pub(super) struct Walk<'s> {
    epoch: Option<i64>,
    /// The epoch of the entries held; differs from `epoch` when a new one was announced and the copy not dropped.
    copy_epoch: Option<i64>,
    position: i64,
    live: bool,
    missing: BTreeSet<i64>,
    acked: HashMap<&'s str, (i64, i64)>,
    /// The highest head told, by epoch.
    heads: BTreeMap<i64, i64>,
}

impl<'s> Walk<'s> {
    pub(super) fn run(mut self, steps: &'s [Step], judge: &mut Judge<'_>) {
        for step in steps {
            match step {
                Step::Sent { .. } => {}
                Step::Acked { id, seq } => self.acked(id, *seq, judge),
                Step::Refused { id } => refused(id, judge),
                Step::Opened { after, epoch, head, more } => self.opened(*after, *epoch, *head, *more, judge),
                Step::Dropped => self.dropped(),
                Step::Entry(entry) => self.entry(entry, judge),
                Step::Disconnected => self.live = false,
                Step::Finished => self.finished(judge),
            }
        }
    }

    fn opened(&mut self, after: i64, epoch: i64, head: i64, more: bool, judge: &mut Judge<'_>) {
        if self.epoch.is_some_and(|before| epoch < before) {
            judge.find(Kind::EpochWentBack, (after, head), None);
        }
        let told = self.heads.entry(epoch).or_default();
        if head < *told {
            judge.find(Kind::HeadWentBack, (head, *told), None);
        }
        *told = head.max(*told);
        if self.copy_epoch.is_some() && after > self.position {
            judge.find(Kind::Gap, (self.position + 1, after), None);
        }
        self.epoch = Some(epoch);
        self.copy_epoch.get_or_insert(epoch);
        self.position = after;
        self.live = !more;
    }

    fn dropped(&mut self) {
        self.copy_epoch = None;
        self.position = 0;
        self.live = false;
        self.missing.clear();
    }

    fn entry(&mut self, entry: &Entry, judge: &mut Judge<'_>) {
        judge.report.deliveries_checked += 1;
        let seq = entry.seq;
        let id = entry.id.as_deref();
        if self.copy_epoch != self.epoch {
            judge.find(Kind::EpochIgnored, (seq, seq), id);
        }
        if seq > self.position {
            if seq > self.position + 1 {
                judge.find(Kind::Gap, (self.position + 1, seq - 1), None);
                self.missing.extend((self.position + 1..seq).take_while(|at| seq - at < MISSING_MAX));
            }
            self.position = seq;
        } else if self.missing.remove(&seq) {
            judge.find(Kind::Reorder, (seq, seq), id);
        } else {
            judge.find(Kind::Duplicate, (seq, seq), id);
        }
        let epoch = self.epoch.unwrap_or_default();
        match judge.facts.compare(epoch, epoch == judge.epoch, entry) {
            Verdict::Agrees => {}
            Verdict::Differs => judge.find(Kind::SeqReused, (seq, seq), id),
            Verdict::Absent => judge.find(Kind::AckedUnreadable, (seq, seq), id),
        }
    }

    fn acked(&mut self, id: &'s str, seq: i64, judge: &mut Judge<'_>) {
        judge.report.acks_checked += 1;
        if self.live && seq > self.position + 1 {
            judge.find(Kind::AckOvertook, (self.position + 1, seq), Some(id));
        }
        let epoch = self.epoch.unwrap_or_default();
        let before = self.acked.insert(id, (epoch, seq));
        if let Some((_, before)) = before.filter(|&(then, at)| then == epoch && at != seq) {
            judge.find(Kind::Duplicate, (before, seq), Some(id));
        }
        // What an operator declared lost by a new epoch is no longer promised.
        if epoch != judge.epoch {
            return;
        }
        match (judge.places.get(id).copied(), judge.sent.get(id).copied()) {
            (Some(place), _) if place == seq => {}
            (_, Some(content)) => {
                judge.find(Kind::AckedUnreadable, (seq, seq), Some(id));
                let promised = Entry { seq, id: Some(id.into()), content };
                if judge.facts.compare(epoch, true, &promised) == Verdict::Differs {
                    judge.find(Kind::SeqReused, (seq, seq), Some(id));
                }
            }
            (_, None) => judge.find(Kind::Phantom, (seq, seq), Some(id)),
        }
    }

    fn finished(&self, judge: &mut Judge<'_>) {
        if self.epoch.is_some_and(|epoch| epoch != judge.epoch) {
            judge.find(Kind::EpochIgnored, (self.position, judge.head), None);
        } else if self.position < judge.head {
            judge.find(Kind::Lost, (self.position + 1, judge.head), None);
        }
        for &seq in &self.missing {
            judge.find(Kind::Lost, (seq, seq), None);
        }
    }
}

fn refused(id: &str, judge: &mut Judge<'_>) {
    if let Some(&seq) = judge.places.get(id) {
        judge.find(Kind::RefusedYetDone, (seq, seq), Some(id));
    }
}
