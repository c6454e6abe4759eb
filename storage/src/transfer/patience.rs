//! Asking a store again that fails for a while: everything a transfer asks may be asked twice.

use std::time::Duration;

use rand::RngExt as _;

use crate::error::{Result, StoreError};

/// Then the command fails, and the same command goes on later.
const TRIES_MAX: u32 = 10;
/// **Units**: milliseconds; doubled with every try.
const FIRST_PAUSE_MS: u64 = 50;
/// **Units**: milliseconds.
const PAUSE_MS_MAX: u64 = 4_000;

/// The answer, or the failure that stays.
pub(super) async fn patiently<T>(mut ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let mut tries = 0;
    loop {
        let passing = match ask().await {
            Err(error @ (StoreError::Unavailable | StoreError::Overloaded | StoreError::Unknown)) => error,
            answer => return answer,
        };
        tries += 1;
        if tries == TRIES_MAX {
            return Err(passing);
        }
        let pause_ms = (FIRST_PAUSE_MS << tries).min(PAUSE_MS_MAX);
        let drawn_ms = rand::rng().random_range(pause_ms / 2..=pause_ms);
        tracing::debug!(error = %passing, drawn_ms, "the store is asked again");
        tokio::time::sleep(Duration::from_millis(drawn_ms)).await;
    }
}
