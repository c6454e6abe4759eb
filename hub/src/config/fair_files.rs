//! What the configuration says of the fair itself: its data files, its calendar, and in a playground the time of day.

use fair::{Event, FairData};
use storage::Clock;
use storage::ids::Millis;

use super::{Config, ConfigError, refused};

const EVENT: &str = "2020";
const EVENT_DEMO: &str = "demo";

impl Config {
    /// The hub's clock: the system's, or from now on that of `clock`. To be asked for once a process.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.starts_at.map_or_else(Clock::system, Clock::system_from)
    }

    /// The event, its calendar as it lies on the day of `now`.
    ///
    /// # Panics
    /// Never: the calendar was looked for at the start.
    #[must_use]
    pub fn event(&self, now: Millis) -> Event {
        let found = self.files.event(self.calendar(), now);
        found.unwrap_or_else(|| FairData::built_in().event(EVENT, now).expect("invariant: it is built in"))
    }

    fn calendar(&self) -> &str {
        self.event.as_deref().unwrap_or(if self.demo { EVENT_DEMO } else { EVENT })
    }

    /// Reads the files, and holds the other keys against them.
    pub(super) fn settle_fair(&mut self) -> Result<(), ConfigError> {
        if let Some(folder) = &self.fair_data {
            self.files = FairData::load(folder).map_err(|error| refused("fair_data", error.to_string()))?;
        }
        if self.files.event(self.calendar(), Millis(0)).is_none() {
            let names = self.files.calendars().collect::<Vec<_>>().join(", ");
            return Err(refused("event", format!("no calendar `{}`, only {names}", self.calendar())));
        }
        let Some(text) = &self.clock else { return Ok(()) };
        if !self.is_playground() {
            return Err(refused("clock", "only a demo or bench has a clock of its own"));
        }
        let at = fair::day::moment(text);
        let at = at.ok_or_else(|| refused("clock", format!("`{text}` is not like 2020-08-01T09:00:00+08:00")))?;
        self.starts_at = Some(at);
        Ok(())
    }
}
