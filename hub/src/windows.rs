//! Tells every connected socket when a window of the event opens or closes. Decides nothing: the calendar does, by the hub's
//! clock, whenever it is asked.
//!
//! **Source**: SPEC 3 (`event.window_changed`).

use std::time::Duration;

use chat::time::rfc3339;
use fair::event::Open;
use fair::{Event, Window};
use serde::Serialize;
use storage::Clock;
use storage::ids::Millis;
use utoipa::ToSchema;

use crate::socket::{Class, Frame, Lanes, RoomKey};
use crate::wire;

/// The event's name.
pub const CHANGED: &str = "event.window_changed";
/// The longest sleep: somebody may set the machine's clock, which changes what is open and wakes nobody.
const SLEEP_MAX: Duration = Duration::from_secs(30);
/// Before a lane whose inbox is full is told.
const FULL_PAUSE: Duration = Duration::from_millis(20);

/// A window that has opened or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Changed {
    window: Window,
    open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<String>,
}

impl Changed {
    fn of(window: &Open, now: Millis) -> Self {
        Self {
            window: window.id,
            open: window.is_open(now),
            opens_at: window.opens_at().map(rfc3339),
            closes_at: window.closes_at().map(rfc3339),
        }
    }
}

/// Tells all sockets of these lanes, for as long as the hub lives.
pub async fn tell_all(event: Event, clock: Clock, lanes: Lanes) {
    let mut watch = Watch::new(event, clock);
    loop {
        for changed in watch.next().await {
            let frame = Frame::from_objects(&[wire::event(CHANGED, None, None, &changed)]);
            for lane in lanes.all() {
                while lane.broadcast(RoomKey::EVERYBODY, frame.clone(), Class::Durable, None).is_err() {
                    tokio::time::sleep(FULL_PAUSE).await;
                }
            }
        }
    }
}

/// Follows the calendar, from now on.
struct Watch {
    event: Event,
    clock: Clock,
    /// Up to when what is open has been told.
    told: Millis,
}

impl Watch {
    fn new(event: Event, clock: Clock) -> Self {
        let told = clock.now();
        Self { event, clock, told }
    }

    /// Sleeps until something may have changed. What has, which may be nothing.
    async fn next(&mut self) -> Vec<Changed> {
        tokio::time::sleep(pause(&self.event, self.clock.now())).await;
        let (before, now) = (self.told, self.clock.now());
        self.told = now;
        let changed = self.event.windows().iter().filter(|window| window.is_open(before) != window.is_open(now));
        changed.map(|window| Changed::of(window, now)).collect()
    }
}

/// Until the next boundary of the calendar.
fn pause(event: &Event, now: Millis) -> Duration {
    let left = event.next_change(now).map(|at| Duration::from_millis(at.since_ms(now).unsigned_abs()));
    left.map_or(SLEEP_MAX, |left| left.min(SLEEP_MAX))
}

#[cfg(test)]
mod tests;
