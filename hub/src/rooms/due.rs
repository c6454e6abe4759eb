//! What is due, whoever set it: each hub looks for it, claims it, and hands it to the kind that knows what it is.

use std::time::Duration;

use fair::due::Sweeps;

use super::{Ways, negotiation};
use crate::ground::Ground;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Looks for what is due, for ever.
pub async fn keep_sweeping(ground: Ground, ways: Ways) {
    let mut sweeps = ground.due().sweeps();
    loop {
        if !step(&ground, &ways, &mut sweeps).await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Whether there is more at once.
async fn step(ground: &Ground, ways: &Ways, sweeps: &mut Sweeps) -> bool {
    let swept = match sweeps.step().await {
        Ok(swept) => swept,
        Err(error) => {
            tracing::warn!(%error, "what is due cannot be read");
            return false;
        }
    };
    for claimed in swept.claimed {
        if let Err(failure) = negotiation::on_due(ground, ways, claimed).await {
            tracing::warn!(code = failure.code.text(), "what is due is not done yet");
        }
    }
    swept.more
}
