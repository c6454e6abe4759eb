//! What requests are judged by beside their own fields: the day, the vocabularies, the calendar.

use axum::extract::FromRef;
use fair::applications::Rules;
use fair::form::Context;
use fair::{Event, FairData};
use storage::Clock;

use crate::handles::Handles;

/// See the module.
#[derive(Debug, Clone)]
pub struct Books {
    clock: Clock,
    event: Event,
    files: FairData,
    tag_digits: bool,
}

impl FromRef<Handles> for Books {
    fn from_ref(handles: &Handles) -> Self {
        let (clock, event, files) = (handles.site.clock.clone(), handles.event.clone(), handles.files.clone());
        Self { clock, event, files, tag_digits: handles.site.tag_digits }
    }
}

impl Books {
    /// For forms.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context {
            today: fair::field::Day::in_shanghai(self.clock.now()),
            terms: &self.files,
            tag_digits: self.tag_digits,
        }
    }

    /// For applications.
    #[must_use]
    pub fn rules(&self) -> Rules<'_> {
        Rules { context: self.context(), event: &self.event }
    }
}
