//! What everybody sees of the showcase, answered without the store where it was answered before: one bounded cache of
//! encoded bodies, the views that are counted on the way, and the lists of what is looked at most.
//!
//! A body is made anew when a step of the fair has changed what it shows ([`Front::changed`]), and after some seconds
//! anyway: its views go on, and another hub may have taken the step. Of those who ask for the same at once one reads the
//! store.
//!
//! **Source**: SPEC 10.1, 22.

mod asked;
mod hot;
mod stamps;

use std::sync::Arc;
use std::time::Duration;

use fair::showcase::{
    BoothCard, BoothFilter, BoothPage, ExhibitCard, ExhibitFilter, ExhibitPage, Listed, Viewed, Views,
};
use fair::{Showcase, booths, exhibits};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::ids::RecordId;
use storage::{Clock, Tick};
use utoipa::ToSchema;

pub use asked::{Asked, Facets, Sort};

use crate::records::parts::tagged::Kept;
use crate::wire::{Answer, Failure, Mark};
use hot::Hot;
use stamps::{Stamp, Stamps};

/// Bodies kept at once, at most about; the least asked for go first. **Units**: bytes.
const KEPT_BYTES_MAX: u64 = 64 << 20;
/// Of a body, beside its bytes and its key. **Units**: bytes.
const OVERHEAD_BYTES: u64 = 256;
/// A body of about this size is thought of when the cache is laid out. **Units**: bytes.
const BODY_BYTES: usize = 2_048;
/// A body is told for so long: views go on. **Units**: milliseconds.
const FRESH_MS: i64 = 10_000;
/// The same where other hubs change what is shown, of which this one hears nothing. **Units**: milliseconds.
const FRESH_SHARED_MS: i64 = 1_000;
/// Between two savings of views.
const SAVE_EVERY: Duration = Duration::from_secs(5);
/// Savings between two looks at what is looked at most: a minute. **Source**: SPEC 22.
const SAVINGS_A_LOOK: u32 = 12;

/// A booth's home with how often it was looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShowcaseBoothShown)]
pub struct BoothShown {
    #[serde(flatten)]
    page: BoothPage,
    /// 浏览量, about.
    views: u64,
}

/// An exhibit's page likewise.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShowcaseExhibitShown)]
pub struct ExhibitShown {
    #[serde(flatten)]
    page: ExhibitPage,
    /// 浏览量, about.
    views: u64,
}

/// A booth in a list likewise.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ShowcaseBoothItem)]
pub struct BoothItem {
    #[serde(flatten)]
    card: BoothCard,
    /// 浏览量, about.
    views: u64,
}

/// An exhibit in a list likewise.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ShowcaseExhibitItem)]
pub struct ExhibitItem {
    #[serde(flatten)]
    card: ExhibitCard,
    /// 浏览量, about.
    views: u64,
}

/// An encoded answer.
#[derive(Debug)]
pub struct Body {
    /// JSON, tagged.
    pub kept: Kept,
    /// Of a list the next page's cursor.
    pub next: Option<String>,
    stamp: Stamp,
    until: Tick,
}

/// See the module. A cheap handle.
#[derive(Debug, Clone)]
pub struct Front(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    showcase: Showcase,
    views: Views,
    hot: Hot,
    kept: Cache<Asked, Arc<Body>, Weight>,
    stamps: Stamps,
    clock: Clock,
    fresh_ms: i64,
}

#[derive(Debug, Clone, Copy)]
struct Weight;

impl Weighter<Asked, Arc<Body>> for Weight {
    fn weight(&self, asked: &Asked, body: &Arc<Body>) -> u64 {
        (asked.bytes() + body.kept.bytes()) as u64 + OVERHEAD_BYTES
    }
}

impl Front {
    /// Over the showcase; `shared`: other hubs change it too.
    #[must_use]
    pub fn new(showcase: Showcase, views: Views, clock: Clock, shared: bool) -> Self {
        let bodies = usize::try_from(KEPT_BYTES_MAX).unwrap_or(usize::MAX) / BODY_BYTES;
        Self(Arc::new(Inner {
            showcase,
            views,
            hot: Hot::default(),
            kept: Cache::with_weighter(bodies, KEPT_BYTES_MAX, Weight),
            stamps: Stamps::default(),
            clock,
            fresh_ms: if shared { FRESH_SHARED_MS } else { FRESH_MS },
        }))
    }

    /// The answer to what is asked, as it is now or was some seconds ago.
    ///
    /// # Errors
    /// `not_found` for what nobody sees, `bad_request` for a cursor that is none, the store's.
    pub async fn body(&self, asked: &Asked) -> Result<Arc<Body>, Failure> {
        let body = self.kept(asked).await?;
        // Not before: what nobody sees has no views, whoever asks for it.
        match asked {
            Asked::Booth(id) => self.0.views.count(Viewed::Booth, *id),
            Asked::Exhibit(id) => self.0.views.count(Viewed::Exhibit, *id),
            Asked::Booths(_) | Asked::Exhibits(_) => {}
        }
        Ok(body)
    }

    /// The same for who does not look at it.
    async fn kept(&self, asked: &Asked) -> Result<Arc<Body>, Failure> {
        loop {
            let guard = match self.0.kept.get_value_or_guard_async(asked).await {
                Ok(body) if self.is_fresh(asked, &body) => {
                    metrics::counter!("showcase_answers_total", "from" => "memory").increment(1);
                    return Ok(body);
                }
                Ok(stale) => {
                    // Not what another has put there since.
                    self.0.kept.remove_if(asked, |stands| Arc::ptr_eq(stands, &stale));
                    continue;
                }
                Err(guard) => guard,
            };
            metrics::counter!("showcase_answers_total", "from" => "store").increment(1);
            // Taken before reading: what changes meanwhile makes what was read old.
            let stamp = self.0.stamps.of(asked);
            let (body, next) = self.read(asked).await?;
            let until = self.0.clock.tick().plus_ms(self.0.fresh_ms);
            let body = Arc::new(Body { kept: Kept::of(body), next, stamp, until });
            // Refused only where it was removed meanwhile: the next one reads again.
            drop(guard.insert(Arc::clone(&body)));
            return Ok(body);
        }
    }

    /// A booth or an exhibit has taken a step: what shows it is made anew.
    pub fn changed(&self, kind: &str, id: RecordId) {
        if kind == booths::FLOW.kind {
            self.0.stamps.booth_changed(id);
        } else if kind == exhibits::FLOW.kind {
            self.0.stamps.exhibit_changed(id);
        }
    }

    /// Saves views and looks for what is looked at most, for as long as the hub lives.
    pub async fn keep_counting(self) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "what is looked at most is not known anew");
            }
            for _ in 0..SAVINGS_A_LOOK {
                tokio::time::sleep(SAVE_EVERY).await;
                if let Err(error) = self.0.views.save().await {
                    tracing::warn!(%error, "views are not saved");
                }
            }
        }
    }

    /// Reads what was counted before this hub's start and by others, and finds what is looked at most.
    ///
    /// # Errors
    /// The store's: what was known stays.
    pub async fn look(&self) -> fair::Result<()> {
        self.0.views.learn().await?;
        self.0.hot.look(&self.0.showcase, &self.0.views).await
    }

    /// What is looked at most, with how often; for tests and operators.
    #[must_use]
    pub fn hottest(&self, kind: Viewed, count: usize) -> Vec<(RecordId, u64)> {
        self.0.views.hottest(kind, count)
    }

    fn is_fresh(&self, asked: &Asked, body: &Body) -> bool {
        body.stamp == self.0.stamps.of(asked) && self.0.clock.tick().since_ms(body.until) < 0
    }

    async fn read(&self, asked: &Asked) -> Result<(bytes::Bytes, Option<String>), Failure> {
        match asked {
            Asked::Booth(id) => {
                let page = self.0.showcase.booth(*id).await?;
                Ok((encoded(&BoothShown { page, views: self.0.views.of(Viewed::Booth, *id) }), None))
            }
            Asked::Exhibit(id) => {
                let page = self.0.showcase.exhibit(*id).await?;
                Ok((encoded(&ExhibitShown { page, views: self.0.views.of(Viewed::Exhibit, *id) }), None))
            }
            Asked::Booths(facets) => {
                let listed = match facets.sort {
                    Sort::Views => self.0.hot.booths(facets),
                    Sort::Newest => self.newest_booths(facets).await?,
                };
                Ok((encoded(&listed), listed.next))
            }
            Asked::Exhibits(facets) => {
                let listed = match facets.sort {
                    Sort::Views => self.0.hot.exhibits(facets),
                    Sort::Newest => self.newest_exhibits(facets).await?,
                };
                Ok((encoded(&listed), listed.next))
            }
        }
    }

    async fn newest_booths(&self, facets: &Facets) -> Result<Listed<BoothItem>, Failure> {
        let Facets { zone, category, industry, .. } = facets;
        let filter =
            BoothFilter { zone: zone.as_deref(), category: category.as_deref(), industry: industry.as_deref() };
        let Listed { items, next, total } = self.0.showcase.booths(&filter, facets.page()).await?;
        let item = |card: BoothCard| BoothItem { views: self.0.views.of(Viewed::Booth, card.id), card };
        Ok(Listed { items: items.into_iter().map(item).collect(), next, total })
    }

    async fn newest_exhibits(&self, facets: &Facets) -> Result<Listed<ExhibitItem>, Failure> {
        let Facets { zone, category, booth, .. } = facets;
        let filter = ExhibitFilter { booth: *booth, zone: zone.as_deref(), category: category.as_deref() };
        let Listed { items, next, total } = self.0.showcase.exhibits(&filter, facets.page()).await?;
        let item = |card: ExhibitCard| ExhibitItem { views: self.0.views.of(Viewed::Exhibit, card.id), card };
        Ok(Listed { items: items.into_iter().map(item).collect(), next, total })
    }

    /// The booth as it is shown, for who makes a document of it: no view.
    ///
    /// # Errors
    /// `not_found`, the store's.
    pub async fn booth(&self, id: RecordId) -> Result<BoothPage, Failure> {
        self.page(&Asked::Booth(id)).await
    }

    /// The exhibit likewise.
    ///
    /// # Errors
    /// `not_found`, the store's.
    pub async fn exhibit(&self, id: RecordId) -> Result<ExhibitPage, Failure> {
        self.page(&Asked::Exhibit(id)).await
    }

    async fn page<T: DeserializeOwned>(&self, asked: &Asked) -> Result<T, Failure> {
        serde_json::from_slice(self.kept(asked).await?.kept.body()).map_err(Failure::internal)
    }
}

fn encoded(body: &impl Serialize) -> bytes::Bytes {
    Answer::of(body, Mark::Plain).body
}
