//! Moments, and times as clients see them. Never asks what time it is.

use storage::clock::civil;
use storage::ids::Millis;

#[cfg(test)]
mod tests;

/// The fair's offset from UTC (Asia/Shanghai has had no other since 1991). **Units**: milliseconds.
const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

pub use storage::clock::Tick;

/// Places for what is stamped within one millisecond.
const RANKS_PER_MS: i64 = 4_096;

/// Where an entry stands among those of all conversations: what one hub stamps later ranks above, however little later
/// and whatever the wall says; between hubs their clocks decide. Kept with the entry, so that it survives restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rank(pub i64);

impl Rank {
    /// The first of a millisecond; that of what was stamped before there were ranks.
    #[must_use]
    pub const fn of(at: Millis) -> Self {
        Self(at.0.saturating_mul(RANKS_PER_MS))
    }

    /// What a hub that has just given out this rank gives out next.
    #[must_use]
    pub fn next(self, wall: Millis) -> Self {
        Self(self.0.saturating_add(1)).max(Self::of(wall))
    }
}

/// The moment of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// By the clock on the wall: for what is written down, and for nothing else.
    pub wall: Millis,
    /// For all durations.
    pub tick: Tick,
    /// Greater in each call than in all calls before it, to whatever room of the hub. See [`Rank::next`].
    pub rank: Rank,
}

impl Now {
    /// When it will be `at` by the clock on the wall, should nobody set it; now if that is past.
    #[must_use]
    pub fn tick_at(self, at: Millis) -> Tick {
        self.tick.plus_ms(at.since_ms(self.wall).max(0))
    }
}

/// RFC 3339 with milliseconds and the offset +08:00. **Shape**: `2026-11-23T19:16:43.120+08:00`.
#[must_use]
pub fn rfc3339(at: Millis) -> String {
    let local = at.0.saturating_add(OFFSET_MS);
    let (year, month, day) = civil(local.div_euclid(DAY_MS));
    let ms = local.rem_euclid(DAY_MS);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}+08:00", ms % 1_000)
}
