//! What is due, whoever set it: each hub looks for it, claims it, and does what its [`Timer`] says.

use std::time::Duration;

use fair::content;
use fair::due::{Claimed, Sweeps};
use futures_util::future::BoxFuture;

use super::{TIMERS, Ways};
use crate::ground::Ground;
use crate::wire::Failure;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Something that comes due.
#[derive(Clone, Copy)]
pub struct Timer {
    /// What the store calls it.
    pub kind: &'static str,
    /// Does it, or hands it to a room that says when it is done. What fails comes again when its claim is over.
    pub act: fn(Ground, Ways, Claimed) -> BoxFuture<'static, Result<(), Failure>>,
}

/// Of people who are not in yet.
pub const PEOPLE: [Timer; 2] = [
    Timer {
        kind: fair::messages::DUE,
        act: |ground, _ways, claimed| {
            Box::pin(async move {
                // Its own loop has it from there: a provider may be slow.
                ground.messages().come_due(claimed);
                Ok(())
            })
        },
    },
    Timer {
        kind: fair::registration::DUE,
        act: |ground, _ways, claimed| Box::pin(async move { Ok(ground.registrations().come_due(&claimed).await?) }),
    },
];

/// Uploads that were not finished, that no record took, or that one has let go.
pub const UPLOADS: [Timer; 1] = [Timer {
    kind: fair::uploads::DUE_KIND,
    act: |ground, _ways, claimed| {
        Box::pin(async move {
            if let Some(kept) = ground.uploads().fall_due(&claimed.key).await?
                && !(ground.personnel().has(&kept).await? && content::has(ground.accounts(), &kept).await?)
            {
                ground.uploads().abandon(kept).await?;
            }
            ground.due().done(&claimed).await?;
            Ok(())
        })
    },
}];

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
        let Some(timer) = TIMERS.iter().copied().flatten().find(|timer| timer.kind == claimed.kind) else {
            // Another version's: its hub will find it.
            tracing::error!(kind = claimed.kind, "something is due that nothing here knows");
            continue;
        };
        if let Err(failure) = (timer.act)(ground.clone(), ways.clone(), claimed).await {
            tracing::warn!(timer = timer.kind, code = failure.code.text(), "what is due is not done yet");
        }
    }
    swept.more
}
