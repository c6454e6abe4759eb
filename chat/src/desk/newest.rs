//! The rows that an inbox keeps of more than it lists.

use std::collections::BTreeMap;

use super::{Place, ROWS_MAX, place_of};
use crate::log::Head;

/// The newest of any number of rows, taken in page by page as they are read: what an inbox keeps.
#[derive(Debug, Default)]
pub struct Newest(BTreeMap<Place, Head>);

impl Newest {
    /// All that it took in, at most [`ROWS_MAX`].
    pub fn into_heads(self) -> impl Iterator<Item = Head> {
        self.0.into_values()
    }
}

impl Extend<Head> for Newest {
    fn extend<T: IntoIterator<Item = Head>>(&mut self, heads: T) {
        for head in heads {
            self.0.insert(place_of(&head), head);
            if self.0.len() > ROWS_MAX {
                self.0.pop_first();
            }
        }
    }
}
