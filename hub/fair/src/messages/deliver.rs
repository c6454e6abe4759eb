//! Delivering: one try of one message, and the loop that tries them. A row that is claimed is tried by nobody else until its
//! lease is over; who dies meanwhile is followed by another, who sends it once more under the same id.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use storage::ids::Millis;
use storage::{Hidden, Tick};

use super::provider::Undelivered;
use super::{DUE, Delivery, Letter, MessageRow, Messages, Wake, id};
use crate::due::Claimed;
use crate::error::Result;

/// Messages given to providers at one time; more wait their turn.
const AT_ONCE_MAX: usize = 16;
/// Messages put off in memory; what does not fit comes due.
const LATER_MAX: usize = 1_024;
/// Tries before a message is given up, over about an hour.
const TRIES_MAX: i64 = 8;
/// Between the first two tries; then four times as long each time. **Units**: milliseconds.
const PAUSE_FIRST_MS: i64 = 2_000;
/// The longest pause between two tries. **Units**: milliseconds.
const PAUSE_MS_MAX: i64 = 30 * 60_000;
/// The longest try.
const TRY_TIME_MAX: Duration = Duration::from_secs(20);
/// How long a claim lasts: longer than a try. **Units**: milliseconds.
const LEASE_MS: i64 = 45_000;
/// Put off in memory no longer than that: the due table is as good then. **Units**: milliseconds.
const MEMORY_MS_MAX: i64 = 60_000;

/// How a try left a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// It has ended, or is gone.
    Ended,
    /// To be looked at again then.
    Again(Millis),
}

type Working = FuturesUnordered<BoxFuture<'static, (String, Result<Tried>)>>;

impl Messages {
    /// Delivers for as long as the hub lives. One loop a hub: a second one ends at once.
    pub async fn deliver(self) {
        let Some(mut woken) = self.0.woken.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let mut working = Working::new();
        let mut later = BinaryHeap::<Reverse<(Tick, String)>>::new();
        loop {
            self.wake_late(&mut later, &mut working);
            let pause = later.peek().map(|Reverse((at, _))| self.0.clock.tick().until(*at));
            tokio::select! {
                Some(wake) = woken.recv(), if working.len() < AT_ONCE_MAX => working.push(self.clone().follow(wake)),
                Some((key, tried)) = working.next(), if !working.is_empty() => self.put_off(key, tried, &mut later),
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() && working.len() < AT_ONCE_MAX => {}
                else => return,
            }
        }
    }

    /// Tries again what was put off until now.
    fn wake_late(&self, later: &mut BinaryHeap<Reverse<(Tick, String)>>, working: &mut Working) {
        let now = self.0.clock.tick();
        while working.len() < AT_ONCE_MAX && later.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Some(Reverse((_, key))) = later.pop() else { return };
            working.push(self.clone().follow(Wake::Made(key)));
        }
    }

    /// A faster way than the due table, for the first minute.
    fn put_off(&self, key: String, tried: Result<Tried>, later: &mut BinaryHeap<Reverse<(Tick, String)>>) {
        let at = match tried {
            Ok(Tried::Ended) => return,
            Ok(Tried::Again(at)) => at,
            // Found again by its deadline.
            Err(error) => return tracing::warn!(%error, "a message cannot be read or written"),
        };
        let wait_ms = at.since_ms(self.now()).max(0);
        if wait_ms <= MEMORY_MS_MAX && later.len() < LATER_MAX {
            later.push(Reverse((self.0.clock.tick().plus_ms(wait_ms), key)));
        }
    }

    fn follow(self, wake: Wake) -> BoxFuture<'static, (String, Result<Tried>)> {
        Box::pin(async move {
            match wake {
                Wake::Made(key) => {
                    let tried = self.try_once(&key).await;
                    (key, tried)
                }
                Wake::Due(claimed) => {
                    let tried = self.settle(&claimed).await;
                    (claimed.key, tried)
                }
            }
        })
    }

    /// Hands a deadline to the loop; when it is busy, its claim ends and another look finds it.
    pub fn come_due(&self, claimed: Claimed) {
        drop(self.0.wake.try_send(Wake::Due(claimed)));
    }

    /// What is due is tried, and due again unless it has ended.
    pub(super) async fn settle(&self, claimed: &Claimed) -> Result<Tried> {
        let tried = self.try_once(&claimed.key).await?;
        if let Tried::Again(at) = tried {
            self.due().put(at, DUE, &claimed.key).await?;
        }
        self.due().done(claimed).await?;
        Ok(tried)
    }

    /// One try, unless somebody is at it or it is not time.
    pub(super) async fn try_once(&self, key: &str) -> Result<Tried> {
        let Some(row) = self.row_of(key).await? else { return Ok(Tried::Ended) };
        let now = self.now();
        if row.state != Delivery::Queued {
            return Ok(Tried::Ended);
        }
        if now >= row.expires {
            return self.end(key, row, Delivery::Failed, Some("expired".to_owned())).await;
        }
        let held_ms = row.until.since_ms(now);
        // A lease that ends later than any that begins now was given by a clock that has been set back.
        if held_ms > 0 && held_ms <= LEASE_MS {
            return Ok(Tried::Again(row.until));
        }
        if row.next > now {
            return Ok(Tried::Again(row.next));
        }
        let claim = MessageRow { v: row.v + 1, until: now.plus_ms(LEASE_MS), tries: row.tries + 1, ..row };
        if !self.replace(key, row.v, &claim).await? {
            return Ok(Tried::Again(now.plus_ms(LEASE_MS)));
        }
        let delivered = self.hand_over(key, &claim).await;
        self.conclude(key, claim, delivered).await
    }

    async fn hand_over(&self, key: &str, row: &MessageRow) -> Result<(), Undelivered> {
        let Some(provider) = self.0.providers.of(row.channel) else {
            return Err(Undelivered::Never("no provider is set for this channel".to_owned()));
        };
        let sealed = row.sealed.as_ref().and_then(|Hidden(sealed)| self.open(key, sealed).ok());
        let Some(sealed) = sealed else { return Err(Undelivered::Never("the sealed text does not open".to_owned())) };
        let letter = Letter::from_sealed(id(key), row, sealed);
        let delivered = tokio::time::timeout(TRY_TIME_MAX, provider.deliver(&letter)).await;
        delivered.unwrap_or_else(|_elapsed| Err(Undelivered::Later("no answer in time".to_owned())))
    }

    async fn conclude(&self, key: &str, row: MessageRow, delivered: Result<(), Undelivered>) -> Result<Tried> {
        match delivered {
            Ok(()) => self.end(key, row, Delivery::Sent, None).await,
            Err(Undelivered::Later(reason)) if row.tries < TRIES_MAX => self.again(key, row, reason).await,
            Err(Undelivered::Later(reason) | Undelivered::Never(reason)) => {
                tracing::warn!(
                    template = row.template,
                    channel = row.channel.as_str(),
                    reason,
                    "a message is given up"
                );
                self.end(key, row, Delivery::Failed, Some(reason)).await
            }
        }
    }

    async fn again(&self, key: &str, row: MessageRow, reason: String) -> Result<Tried> {
        let now = self.now();
        let next = now.plus_ms(self.pause_ms(row.tries));
        let v = row.v;
        let row = MessageRow { v: v + 1, until: Millis(0), next, updated: now, error: Some(reason), ..row };
        self.replace(key, v, &row).await?;
        Ok(Tried::Again(next))
    }

    /// Half of the pause to all of it, so that what failed together does not all come back together.
    fn pause_ms(&self, tries: i64) -> i64 {
        let doublings = u32::try_from(2 * (tries - 1)).unwrap_or(0).min(20);
        let pause_ms = (PAUSE_FIRST_MS << doublings).min(PAUSE_MS_MAX);
        pause_ms / 2 + (self.0.entropy.draw() % 1_024).cast_signed() * pause_ms / 2_048
    }

    async fn end(&self, key: &str, row: MessageRow, state: Delivery, error: Option<String>) -> Result<Tried> {
        let v = row.v;
        let keeps = self.0.providers.of(row.channel).is_some_and(|provider| provider.keeps());
        let sealed = row.sealed.filter(|_| keeps);
        let row = MessageRow { v: v + 1, until: Millis(0), updated: self.now(), state, error, sealed, ..row };
        if self.replace(key, v, &row).await? {
            return Ok(Tried::Ended);
        }
        // Another has it since our lease ended: what became of it that one says.
        Ok(Tried::Again(self.now().plus_ms(LEASE_MS)))
    }
}
