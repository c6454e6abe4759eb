//! The event: its calendar of windows, by the injected clock, and how visitors reach it. Decides whether a window is open;
//! what happens in one its users know.
//!
//! **Source**: SPEC 3 (CAL-1 to CAL-5), D-24: windows are whole days of Shanghai, both ends in; an end that is missing is
//! none.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use storage::ids::Millis;
use storage::vocabulary;
use utoipa::ToSchema;

use crate::data::Label;
use crate::day::Day;
use crate::error::{Error, Result};

vocabulary! {
    /// A window of the calendar.
    Window {
        /// CAL-1: applications as 线上参展商, and of host institutions.
        OnlineRegistration = "online_registration",
        /// CAL-2: applications as 线上线下参展商.
        OfflineRegistration = "offline_registration",
        /// CAL-3: registering online and building booths; in principle without an end.
        Booths = "booths",
        /// CAL-4: reservations of cloud meetings.
        Meetings = "meetings",
    }
}

/// Every window, in the order in which a calendar is shown.
pub const WINDOWS: [Window; 4] =
    [Window::OnlineRegistration, Window::OfflineRegistration, Window::Booths, Window::Meetings];

/// When a window is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub id: Window,
    /// For people.
    pub label: Label,
    /// Its first day; none: it has always been open.
    pub from: Option<Day>,
    /// Its last day; none: it has no end.
    pub to: Option<Day>,
}

impl Open {
    /// Its first moment.
    #[must_use]
    pub fn opens_at(&self) -> Option<Millis> {
        self.from.map(Day::begins)
    }

    /// The first moment behind it.
    #[must_use]
    pub fn closes_at(&self) -> Option<Millis> {
        self.to.map(Day::ends)
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self, now: Millis) -> bool {
        self.opens_at().is_none_or(|at| at <= now) && self.closes_at().is_none_or(|at| now < at)
    }
}

/// How visitors reach the event. **Source**: CAL-5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventAbout)]
pub struct About {
    /// Its name in files and settings.
    pub name: String,
    /// For people.
    pub title: Label,
    /// A phone number.
    pub hotline: String,
    /// Its official page.
    pub site: String,
    /// Recommended ones.
    pub browsers: Vec<String>,
}

/// The event of a hub. A cheap handle.
#[derive(Debug, Clone)]
pub struct Event(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    about: About,
    windows: Vec<Open>,
}

impl Event {
    /// Of its parts; a window that is not among them is always open.
    pub(crate) fn new(about: About, windows: Vec<Open>) -> Self {
        Self(Arc::new(Inner { about, windows }))
    }

    /// How visitors reach it.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.0.about
    }

    /// Its windows, in the order of [`WINDOWS`].
    #[must_use]
    pub fn windows(&self) -> &[Open] {
        &self.0.windows
    }

    /// The next moment behind `now` at which a window opens or closes.
    #[must_use]
    pub fn next_change(&self, now: Millis) -> Option<Millis> {
        let boundaries = self.0.windows.iter().flat_map(|window| [window.opens_at(), window.closes_at()]);
        boundaries.flatten().filter(|at| *at > now).min()
    }

    /// Lets a write pass that belongs in a window.
    ///
    /// # Errors
    /// [`Error::WindowClosed`] outside of it, with its ends.
    pub fn window(&self, id: Window, now: Millis) -> Result<()> {
        let Some(window) = self.0.windows.iter().find(|window| window.id == id) else { return Ok(()) };
        if window.is_open(now) {
            return Ok(());
        }
        Err(Error::WindowClosed { opens_at: window.opens_at(), closes_at: window.closes_at() })
    }
}

#[cfg(test)]
mod tests;
