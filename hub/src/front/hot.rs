//! What is looked at most, as it was a minute ago at the latest: the hottest few hundred of each kind, and of these whatever
//! a list asks for.

use std::sync::{Arc, Mutex, PoisonError};

use fair::Showcase;
use fair::showcase::{BoothCard, ExhibitCard, Listed, Viewed, Views};
use storage::ids::RecordId;

use super::asked::Facets;
use super::{BoothItem, ExhibitItem};

/// How many of each kind are known.
const HOT_MAX: usize = 500;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Hot(Mutex<Arc<Found>>);

#[derive(Debug, Default)]
struct Found {
    booths: Vec<BoothItem>,
    exhibits: Vec<ExhibitItem>,
}

impl Hot {
    /// Looks for them anew.
    pub(super) async fn look(&self, showcase: &Showcase, views: &Views) -> fair::Result<()> {
        let hottest = |kind| views.hottest(kind, HOT_MAX).into_iter().map(|(id, _)| id).collect::<Vec<RecordId>>();
        let booth = |card: BoothCard| BoothItem { views: views.of(Viewed::Booth, card.id), card };
        let exhibit = |card: ExhibitCard| ExhibitItem { views: views.of(Viewed::Exhibit, card.id), card };
        let booths = showcase.booth_cards(&hottest(Viewed::Booth)).await?;
        let exhibits = showcase.exhibit_cards(&hottest(Viewed::Exhibit)).await?;
        let found = Found {
            booths: booths.into_iter().map(booth).collect(),
            exhibits: exhibits.into_iter().map(exhibit).collect(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        Ok(())
    }

    fn found(&self) -> Arc<Found> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn booths(&self, facets: &Facets) -> Listed<BoothItem> {
        let found = self.found();
        let wanted = |item: &&BoothItem| facets.zone.as_ref().is_none_or(|zone| *zone == item.card.zone);
        listed(found.booths.iter().filter(wanted), facets)
    }

    pub(super) fn exhibits(&self, facets: &Facets) -> Listed<ExhibitItem> {
        let found = self.found();
        let wanted = |item: &&ExhibitItem| {
            let card = &item.card;
            facets.booth.is_none_or(|booth| booth == card.booth)
                && facets.zone.as_ref().is_none_or(|zone| *zone == card.zone)
                && facets.category.as_ref().is_none_or(|category| is_under(&card.category, category))
        };
        listed(found.exhibits.iter().filter(wanted), facets)
    }
}

/// Whether a code is this one or lies below it.
fn is_under(code: &str, above: &str) -> bool {
    code.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn listed<'a, T: Clone + 'a>(all: impl Iterator<Item = &'a T>, facets: &Facets) -> Listed<T> {
    let all: Vec<_> = all.collect();
    let items = all.iter().take(facets.limit as usize).map(|item| (*item).clone()).collect();
    Listed { items, next: None, total: all.len() as u64 }
}
