//! Conditional writes: one batch through Paxos inside one partition, and what to do when nobody heard how it ended.
//!
//! Every row written carries the id of the write: one of ours (`_op`), drawn for the whole write, or where a table has a
//! column for it the caller's, one a row. When an answer is lost the identical write is sent again: it is done, or refused
//! by rows that show our ids (it was ours that won), or by rows that prove another's did. Nothing else is believed: a row
//! that may have been ours and was changed since is told as [`StoreError::Unknown`].

use std::collections::BTreeMap;
use std::time::Duration;

use super::Cql;
use super::net::{Effect, Fate, fates};
use super::plain::{Sent, columns_of};
use super::reads::Raw;
use super::statements::Kind;
use super::texts::When;
use super::value::Bind;
use crate::error::{Result, StoreError};
use crate::names::names;
use crate::request::{Cells, Change, Written};
use crate::table::{Spec, Value};

/// Before a write whose outcome is unknown is sent again; then the caller is told so.
const PAUSES: [Duration; 3] = [Duration::from_millis(50), Duration::from_millis(250), Duration::from_millis(1_000)];
/// How often an expired row that was in the way may have been replaced by another meanwhile.
const STALE_TRIES_MAX: usize = 8;

/// A conditional write.
struct Plan {
    spec: &'static Spec,
    p: Cells,
    fates: BTreeMap<Cells, Fate>,
    /// Expired rows that were seen where nothing should stand, and when they expired.
    stale: BTreeMap<Cells, Value>,
    /// The id of this write, in rows without one of the caller's.
    op: Value,
}

/// What the rows at the conditions' keys say of a write that was refused.
enum Evidence {
    /// They are ours: it had been done before.
    Done,
    /// They are another's and never were ours.
    Refused(Vec<Cells>),
    /// An expired row is in the way.
    Stale,
    /// They may have been ours before they were changed again.
    Unclear,
}

impl Cql {
    pub(super) async fn write_if(&self, change: Change) -> Result<Written> {
        let op = Value::Blob([self.entropy.draw(), self.entropy.draw()].map(u64::to_be_bytes).concat());
        let keys: Vec<Cells> = change.conditions.iter().map(|condition| condition.c.clone()).collect();
        let Some(fates) = fates(&change) else { return self.contradiction(&change, &keys).await };
        let mut plan = Plan { spec: change.spec, p: change.p, fates, stale: BTreeMap::new(), op };
        let (mut pauses, mut stale_tries) = (PAUSES.iter(), 0);
        let mut doubtful = false;
        loop {
            match self.attempt(&plan).await {
                Ok(true) => return Ok(Written::Done),
                Ok(false) => match self.evidence(&mut plan, doubtful).await {
                    Ok(Evidence::Done) => return Ok(Written::Done),
                    Ok(Evidence::Refused(rows)) => return Ok(Written::Refused(rows)),
                    Ok(Evidence::Stale) if stale_tries < STALE_TRIES_MAX => {
                        stale_tries += 1;
                        continue;
                    }
                    Ok(Evidence::Stale) => return Err(StoreError::Overloaded),
                    Ok(Evidence::Unclear) => return Err(StoreError::Unknown),
                    // It was refused, and nothing of an earlier try is in doubt: only what stands there is not known.
                    Err(error) if !doubtful => return Err(error),
                    Err(_unread) => {}
                },
                Err(StoreError::Unknown) => doubtful = true,
                Err(error) if !doubtful => return Err(error),
                Err(_still) => {}
            }
            metrics::counter!("store_unknown_total").increment(1);
            let Some(pause) = pauses.next() else { return Err(StoreError::Unknown) };
            tokio::time::sleep(self.jittered(*pause)).await;
        }
    }

    /// Conditions that no row can meet: what stands there is all that can be said.
    async fn contradiction(&self, change: &Change, keys: &[Cells]) -> Result<Written> {
        let mut keys: Vec<&Cells> = keys.iter().collect();
        keys.dedup();
        let rows = self.standing(change.spec, &change.p, &keys).await?;
        Ok(Written::Refused(rows.into_iter().map(|row| visible(change.spec, row)).collect()))
    }

    async fn attempt(&self, plan: &Plan) -> Result<bool> {
        let sent: Vec<Sent> = plan.fates.iter().filter_map(|(c, fate)| self.conditional(plan, c, fate)).collect();
        // Without a condition nothing can refuse it.
        Ok(self.send(&sent, Kind::Conditional).await?.unwrap_or(true))
    }

    fn conditional(&self, plan: &Plan, c: &Cells, fate: &Fate) -> Option<Sent> {
        let texts = self.texts(plan.spec);
        let key = || plan.p.iter().chain(c).cloned();
        let (when, terms) = self.when(plan, c, fate.expected);
        let bound = |cells: Vec<Value>| -> Vec<Bind> {
            cells.into_iter().chain(key()).chain(terms.clone()).map(Bind::Cell).collect()
        };
        Some(match (&fate.effect, when) {
            (Some(Effect::Put { row, .. }), When::Absent) => {
                let (columns, hidden) = self.whole(plan);
                let cells = row.iter().cloned().map(Bind::fresh).chain(hidden.into_iter().map(Bind::Cell));
                (texts.insert(&columns, when), key().map(Bind::Cell).chain(cells).collect())
            }
            (Some(Effect::Put { row, .. }), _) => {
                let (columns, hidden) = self.whole(plan);
                (texts.update(&columns, when), bound(row.iter().cloned().chain(hidden).collect()))
            }
            (Some(Effect::Make(set) | Effect::Patch(set)), _) => {
                let (mut columns, mut cells) = columns_of(plan.spec, set.clone());
                if plan.spec.op.is_none() {
                    columns.push("_op");
                    cells.push(plan.op.clone());
                }
                let renewed = self.expires(plan.spec).filter(|_| matches!(fate.effect, Some(Effect::Make(_))));
                columns.extend(renewed.as_ref().map(|_| "_expires"));
                cells.extend(renewed);
                (texts.update(&columns, when), bound(cells))
            }
            (Some(Effect::Delete), _) => (texts.delete(when), bound(Vec::new())),
            // Only looked at: written as it stands, which changes nothing.
            (None, When::Version) => (texts.update(&["v"], when), bound(vec![fate.expected_version()?])),
            (None, When::Absent | When::Stale) => (texts.delete(when), bound(Vec::new())),
            (None, When::Always) => return None,
        })
    }

    /// What must hold of a row, and the values of its terms.
    fn when(&self, plan: &Plan, c: &Cells, expected: Option<Option<i64>>) -> (When, Vec<Value>) {
        match (expected, plan.stale.get(c)) {
            (None, _) => (When::Always, Vec::new()),
            (Some(None), Some(expired)) => (When::Stale, vec![expired.clone()]),
            (Some(None), None) => (When::Absent, Vec::new()),
            (Some(Some(version)), _) => {
                let terms = [Value::Int(version)].into_iter().chain(self.now_if_expiring(plan.spec));
                (When::Version, terms.collect())
            }
        }
    }

    /// All columns of a row, and the cells of the hidden ones.
    fn whole(&self, plan: &Plan) -> (Vec<&'static str>, Vec<Value>) {
        let (mut columns, mut hidden) = (names(plan.spec.columns), Vec::new());
        if plan.spec.op.is_none() {
            columns.push("_op");
            hidden.push(plan.op.clone());
        }
        if let Some(expires) = self.expires(plan.spec) {
            columns.push("_expires");
            hidden.push(expires);
        }
        (columns, hidden)
    }

    async fn evidence(&self, plan: &mut Plan, doubtful: bool) -> Result<Evidence> {
        let keys: Vec<&Cells> = plan.fates.iter().filter(|(_, fate)| fate.expected.is_some()).map(|(c, _)| c).collect();
        let rows = self.standing(plan.spec, &plan.p, &keys).await?;
        if doubtful && plan.is_done(&rows) {
            return Ok(Evidence::Done);
        }
        let (live, expired): (Vec<Raw>, Vec<Raw>) = rows.into_iter().partition(|row| self.lives(plan, row));
        if plan.take_stale(expired) {
            return Ok(Evidence::Stale);
        }
        if doubtful && !live.iter().any(|row| plan.proves_refusal(row)) {
            return Ok(Evidence::Unclear);
        }
        Ok(Evidence::Refused(live.into_iter().map(|row| visible(plan.spec, row)).collect()))
    }

    fn lives(&self, plan: &Plan, row: &Raw) -> bool {
        match (plan.spec.ttl, row.last()) {
            (Some(_), Some(Value::Int(expires))) => *expires > self.clock.now().0,
            _ => true,
        }
    }

    /// Somewhere between half of it and all, so that many who wait do not all ask at once.
    pub(super) fn jittered(&self, pause: Duration) -> Duration {
        pause.mul_f64(0.5 + (self.entropy.draw() % 512) as f64 / 1_024.0)
    }
}

impl Plan {
    /// Whether the rows show that the write was done. Its own id stands nowhere else. The caller's come again when a write
    /// repeats a part of an earlier one: all that was written must show them.
    fn is_done(&self, rows: &[Raw]) -> bool {
        if self.spec.op.is_none() {
            return rows.iter().any(|row| self.is_ours(row));
        }
        let ours: Vec<Cells> = rows.iter().filter(|row| self.is_ours(row)).map(|row| self.key_of(row)).collect();
        let written = self.fates.iter().filter(|(_, fate)| fate.expected.is_some());
        let mut written = written.filter(|(c, _)| self.op_at(c).is_some()).map(|(c, _)| c).peekable();
        written.peek().is_some() && written.all(|c| ours.contains(c))
    }

    /// Whether a row shows our id.
    fn is_ours(&self, row: &Raw) -> bool {
        let columns = self.spec.op_at().unwrap_or(self.spec.columns.len());
        let shown = row.get(self.spec.clustering.len() + columns);
        shown.is_some() && shown == self.op_at(&self.key_of(row))
    }

    /// The id that we leave in the row at a key, if any.
    fn op_at(&self, c: &Cells) -> Option<&Value> {
        let effect = self.fates.get(c)?.effect.as_ref()?;
        match (self.spec.op_at(), effect) {
            (_, Effect::Delete) => None,
            (None, _) => Some(&self.op),
            (Some(at), Effect::Put { row, .. }) => row.get(at),
            (Some(at), Effect::Make(set) | Effect::Patch(set)) => {
                set.iter().find(|(index, _)| *index == at).map(|(_, value)| value)
            }
        }
    }

    fn key_of(&self, row: &Raw) -> Cells {
        row.iter().take(self.spec.clustering.len()).cloned().collect()
    }

    /// Remembers expired rows that stand where nothing should; whether there are any.
    fn take_stale(&mut self, expired: Vec<Raw>) -> bool {
        let mut any = false;
        for row in expired {
            let c = self.key_of(&row);
            let in_the_way = self.fates.get(&c).is_some_and(|fate| fate.expected == Some(None));
            if let (true, Some(expires)) = (in_the_way, row.last()) {
                self.stale.insert(c, expires.clone());
                any = true;
            }
        }
        any
    }

    /// Whether a row shows that our write was never done: it would have left a version at least as high as the one that
    /// stands here under another's id, and versions only rise.
    fn proves_refusal(&self, row: &Raw) -> bool {
        let (keys, c) = (self.spec.clustering.len(), self.key_of(row));
        let written = self.fates.get(&c).and_then(|fate| match &fate.effect {
            Some(Effect::Put { row, .. }) => row.first().cloned(),
            Some(Effect::Make(set) | Effect::Patch(set)) => {
                set.iter().find(|(index, _)| *index == 0).map(|(_, value)| value.clone())
            }
            Some(Effect::Delete) | None => None,
        });
        let older =
            matches!((row.get(keys), written), (Some(Value::Int(stands)), Some(Value::Int(ours))) if *stands <= ours);
        older && !self.is_ours(row)
    }
}

impl Fate {
    fn expected_version(&self) -> Option<Value> {
        self.expected.flatten().map(Value::Int)
    }
}

/// Without what stands behind its cells.
fn visible(spec: &Spec, mut row: Raw) -> Cells {
    row.truncate(spec.clustering.len() + spec.columns.len());
    row
}
