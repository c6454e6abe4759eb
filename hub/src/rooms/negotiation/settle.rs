//! The one job that brings the views behind a log up to it: both sides' inbox rows, notifications of who is absent, the
//! head's row. It owns both sides, so that nothing of it depends on a desk being in memory.
//!
//! Begun when a conversation is quiet, found by the sweeper after a crash; each write is idempotent, so doing it again is
//! harmless.

use chat::tables::{self, Heads, Inbox};
use chat::{Head, Side};
use storage::ids::{ConversationId, EnterpriseId};
use storage::words::Duty;
use storage::{Ack, Op, StoreError};

use super::deadline::DueRows;
use super::{FALL_BACK, NegotiationDone, NegotiationRoom, NegotiationTold, notices, sweep};
use crate::ground::Ground;
use crate::rooms::Ways;
use crate::rooms::desk::{DeskRoom, DeskTold};
use crate::wire::Failure;

/// Makes the views durable as of a head.
pub(super) async fn settle(ground: &Ground, ways: &Ways, head: Head, due: DueRows) -> NegotiationDone {
    let _turn = ground.turn().await;
    for enterprise in head.enterprises {
        // Its news may have been lost while the store did not give that desk.
        ways.tell::<DeskRoom>(enterprise, DeskTold::Changed(Box::new(head.clone())));
    }
    let settled = write_views(ground, ways, &head, due).await;
    if let Err(failure) = &settled {
        let (conversation, code) = (head.conversation, failure.code.text());
        tracing::warn!(%conversation, code, "views are not settled yet");
    }
    NegotiationDone::Settled(head.head, settled.is_ok())
}

async fn write_views(ground: &Ground, ways: &Ways, head: &Head, due: DueRows) -> Result<(), Failure> {
    let conversation = head.conversation;
    for side in Side::BOTH {
        write_inbox(ground, *side.of(&head.enterprises), head).await?;
        take_back(ground, ways, side, head).await?;
        notices::give(ground, ways, side, head).await?;
    }
    let put = Op::Put { c: tables::HeadsKey {}, row: tables::HeadRow::of(head), at: Some(head.head.0) };
    ground.store().write::<Heads>(tables::HeadsPart { conversation }, vec![put], Ack::Durable).await?;
    write_due(ground, conversation, due).await
}

/// The next row before the last one goes.
async fn write_due(
    ground: &Ground,
    conversation: ConversationId,
    DueRows { put, done }: DueRows,
) -> Result<(), Failure> {
    #[cfg(feature = "planted")]
    let put = put.filter(|_at| ground.rules().planted != Some(chat::planted::Bug::NoDueRow));
    if let Some(at) = put {
        ground.due().put(at, FALL_BACK, &conversation.to_string()).await?;
    }
    for claimed in done {
        ground.due().done(&claimed).await?;
    }
    Ok(())
}

/// Writes an inbox row unless a later one stands.
pub(super) async fn write_inbox(ground: &Ground, enterprise: EnterpriseId, head: &Head) -> Result<(), StoreError> {
    let c = tables::InboxKey { conversation: head.conversation };
    let put = Op::Put { c, row: tables::InboxRow::of(head), at: Some(head.head.0) };
    ground.store().write::<Inbox>(tables::InboxPart { enterprise }, vec![put], Ack::Durable).await
}

/// What somebody has in hand who negotiates for the side no longer is the team's again. Whoever ends their rights looks
/// through the inbox rows that stand then; this comes after its row was written, so that one of the two finds it.
async fn take_back(ground: &Ground, ways: &Ways, side: Side, head: &Head) -> Result<(), Failure> {
    let (enterprise, Some(assignee)) = (*side.of(&head.enterprises), *side.of(&head.assignees)) else {
        return Ok(());
    };
    let negotiates = match ground.accounts().user(assignee).await {
        Ok(user) => user.active && user.enterprise == Some(enterprise) && user.duty.is_some_and(Duty::negotiates),
        // No account goes without a trace.
        Err(fair::Error::NotFound) => true,
        Err(error) => return Err(error.into()),
    };
    if !negotiates {
        ways.tell::<NegotiationRoom>(head.conversation, NegotiationTold::Gone(enterprise, assignee));
    }
    Ok(())
}

/// The views are as far as the log: removes the notes that said otherwise.
pub(super) async fn clear(ground: &Ground, conversation: ConversationId, notes: &[i64]) -> NegotiationDone {
    let _turn = ground.turn().await;
    let removed = sweep::remove_notes(ground, conversation, notes).await;
    if let Err(error) = &removed {
        tracing::warn!(%conversation, %error, "notes are not removed yet");
    }
    NegotiationDone::Cleared(removed.is_ok())
}
