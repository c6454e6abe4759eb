//! The showcase (云展厅): booths and exhibits as everybody sees them, and the lists of them. Kept apart from the records, and
//! open: reading it opens no seal.
//!
//! What is shown was approved. A booth is seen while it is approved; an exhibit while it is on sale in a booth that is seen,
//! which is decided at reading, so that a booth that hides takes its exhibits along: at once here, within a second where
//! another hub took the step. The steps of the records write
//! it ([`crate::flow::Showing`]), each at its record's version.
//!
//! **Source**: SPEC 9, 10, 10.1; D-08.

mod known;
mod page;
mod read;
pub mod table;
mod total;
mod views;
mod write;

use std::sync::Arc;

pub use page::{BoothCard, BoothOf, BoothPage, Contact, ExhibitCard, ExhibitContent, ExhibitPage, Picture, Team};
pub use read::{BoothFilter, ExhibitFilter, Listed};
pub use table::Standing;
pub use views::{Viewed, Views};
pub(crate) use write::{booth, exhibit, standing_of_booth, standing_of_exhibit};

use crate::accounts::Accounts;
use crate::content;
use crate::error::Result;
use crate::exhibits::NUMBER;
use crate::flow::{Flows, Record, Told};
use known::Known;
use total::Totals;
pub(crate) use views::ShowcaseViews;

/// See the module. A cheap handle.
#[derive(Debug, Clone)]
pub struct Showcase {
    accounts: Accounts,
    /// What was approved stays shown while it is reviewed again.
    keeps: bool,
    totals: Arc<Totals>,
    known: Arc<Known>,
}

impl Showcase {
    /// Over the accounts' store.
    #[must_use]
    pub fn new(accounts: Accounts, keeps: bool) -> Self {
        Self { accounts, keeps, totals: Arc::default(), known: Arc::default() }
    }

    const fn shows(&self, standing: Standing) -> bool {
        match standing {
            Standing::Public => true,
            Standing::InReview => self.keeps,
            Standing::Hidden => false,
        }
    }

    /// A booth as others would see it, were it approved as it is filled in now.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub async fn preview_booth(&self, record: &Record) -> Result<BoothPage> {
        Ok(BoothPage::of(&self.source(record).await?))
    }

    /// An exhibit likewise, in its booth as that is filled in now.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] without a booth, [`crate::Error::Store`].
    pub async fn preview_exhibit(&self, flows: &Flows, record: &Record) -> Result<ExhibitPage> {
        let id = record.text("booth").parse().map_err(|_no_id| crate::Error::NotFound)?;
        let booth = flows.look(&crate::booths::FLOW, id).await?.ok_or(crate::Error::NotFound)?;
        let content = ExhibitContent::of(&self.source(record).await?, record.text(NUMBER));
        Ok(content.within(&self.preview_booth(&booth).await?.into()))
    }

    async fn source<'a>(&self, record: &'a Record) -> Result<page::Source<'a>> {
        let published = content::moment(record, content::PUBLISHED_MS).unwrap_or(record.updated);
        write::source(&self.accounts, record, (&record.fields, published)).await
    }
}

/// The name of a list: all of a kind, or those of one facet.
fn list_of(kind: &str, facet: Option<&str>) -> String {
    facet.map_or_else(|| kind.to_owned(), |facet| format!("{kind}/{facet}"))
}

#[cfg(test)]
mod tests;
