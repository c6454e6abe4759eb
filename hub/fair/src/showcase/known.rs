//! What exhibits need to know of their booths, remembered for a moment: a page of exhibits speaks of as many booths, and they
//! are the same again and again. Steps that are taken here are heard at once ([`Showcase::hear`]), those of another hub a
//! second later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage::Tick;
use storage::ids::RecordId;

use super::page::{BoothOf, BoothPage};
use super::read::read;
use super::{Showcase, Told};
use crate::booths;
use crate::error::{Error, Result};

/// How long another hub's step may go unseen. **Units**: milliseconds.
const REMEMBERED_MS: i64 = 1_000;
/// Booths that are remembered; of more none is.
const BOOTHS_MAX: usize = 16_384;
/// Booths read at one time.
const READ_AT_ONCE_MAX: usize = 16;

/// What an exhibit says of its booth.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) booth: BoothOf,
    pub(super) zone: String,
    pub(super) smart_service_link: Option<String>,
}

impl From<BoothPage> for Seen {
    fn from(page: BoothPage) -> Self {
        let BoothPage { id, name, region, logo, zone, smart_service_link, .. } = page;
        Self { booth: BoothOf { id, name, region, logo }, zone, smart_service_link }
    }
}

/// Some booths; none of one that is not seen.
pub(super) type Booths = HashMap<RecordId, Option<Arc<Seen>>>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    booths: HashMap<RecordId, (Tick, Option<Arc<Seen>>)>,
    /// Raised by what is heard: what was read before that is not remembered.
    heard: u64,
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Each change of it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, id: RecordId, now: Tick) -> Option<Option<Arc<Seen>>> {
        let inner = self.lock();
        let (at, seen) = inner.booths.get(&id)?;
        (now.since_ms(*at) < REMEMBERED_MS).then(|| seen.clone())
    }

    pub(super) fn heard(&self) -> u64 {
        self.lock().heard
    }

    pub(super) fn remember(&self, id: RecordId, seen: Option<Arc<Seen>>, (at, heard): (Tick, u64)) {
        let mut inner = self.lock();
        if inner.booths.len() >= BOOTHS_MAX {
            inner.booths.retain(|_, (then, _)| at.since_ms(*then) < REMEMBERED_MS);
        }
        if inner.heard == heard && inner.booths.len() < BOOTHS_MAX {
            inner.booths.insert(id, (at, seen));
        }
    }

    pub(super) fn forget(&self, id: RecordId) {
        let mut inner = self.lock();
        inner.heard += 1;
        inner.booths.remove(&id);
    }
}

impl Showcase {
    /// Something was told of a record: what was remembered of it is read anew. To be called for whatever the fair tells
    /// ([`crate::flow::Flows::tell_by`]), which it does after it is written.
    pub fn hear(&self, told: &Told) {
        let Some((kind, id)) = told.record else { return };
        if [booths::FLOW.kind, crate::exhibits::FLOW.kind].contains(&kind) {
            self.recount();
            self.known.forget(id);
        }
    }

    /// A booth as its exhibits speak of it; none while it is not seen.
    pub(super) async fn booth_of(&self, id: RecordId) -> Result<Option<Arc<Seen>>> {
        let now = self.accounts.clock().tick();
        if let Some(known) = self.known.find(id, now) {
            return Ok(known);
        }
        let heard = self.known.heard();
        let row = self.row(booths::FLOW.kind, id).await?.filter(|row| self.shows(row.standing));
        let page = row.map(|row| read::<BoothPage>(&row.page)).transpose()?;
        let seen = page.map(|page| Arc::new(page.into()));
        self.known.remember(id, seen.clone(), (now, heard));
        Ok(seen)
    }

    /// Looks at those that are not known yet.
    pub(super) async fn learn(&self, ids: impl Iterator<Item = RecordId>, booths: &mut Booths) -> Result<()> {
        let mut fresh: Vec<_> = ids.filter(|id| !booths.contains_key(id)).collect();
        fresh.sort_unstable();
        fresh.dedup();
        let looks = fresh.into_iter().map(|id| async move { Ok::<_, Error>((id, self.booth_of(id).await?)) });
        let looks: Vec<_> = stream::iter(looks).buffered(READ_AT_ONCE_MAX).try_collect().await?;
        booths.extend(looks);
        Ok(())
    }
}
