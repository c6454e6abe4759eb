//! What the store suffers during one life of the hub: a walk through fair and foul spells, drawn from the seed.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::SmallRng;
use storage::{Faults, Faulty};

/// Every write is decided; it only takes its time.
const FAIR: Faults = Faults { delay_ms_max: 3, unavailable: 0.0, unknown_done: 0.0, unknown_lost: 0.0 };
/// A busy disk.
const SLOW: Faults = Faults { delay_ms_max: 200, ..FAIR };
/// Every kind of bad answer now and then.
const FLAKY: Faults = Faults { delay_ms_max: 30, unavailable: 0.08, unknown_done: 0.06, unknown_lost: 0.06 };
/// Hardly anything works.
const FOUL: Faults = Faults { delay_ms_max: 60, unavailable: 0.35, unknown_done: 0.2, unknown_lost: 0.2 };
/// Nothing does.
const OUT: Faults = Faults { delay_ms_max: 1, unavailable: 1.0, unknown_done: 0.0, unknown_lost: 0.0 };

/// The last life's: the store answers at once.
pub(super) const CALM: Faults = Faults { delay_ms_max: 1, unavailable: 0.0, unknown_done: 0.0, unknown_lost: 0.0 };

/// The weather at the start.
pub(super) fn first(rng: &mut SmallRng) -> Faults {
    if rng.random_bool(0.6) { FAIR } else { FLAKY }
}

/// Changes the faults for ever.
pub(super) async fn change(faulty: Arc<Faulty>, mut rng: SmallRng) {
    loop {
        tokio::time::sleep(Duration::from_millis(rng.random_range(20..3_000))).await;
        faulty.set_full(false);
        faulty.set_faults(match rng.random_range(0..10) {
            0..=3 => FAIR,
            4 => SLOW,
            5..=6 => FLAKY,
            7 => FOUL,
            8 => OUT,
            _ => {
                faulty.set_full(true);
                FAIR
            }
        });
    }
}
