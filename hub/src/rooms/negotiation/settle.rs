//! The one job that brings the views behind a log up to it: both sides' inbox rows, notifications of who is absent, the
//! head's row. It owns both sides, so that nothing of it depends on a desk being in memory.
//!
//! Begun when a conversation is quiet, found by the sweeper after a crash; each write is idempotent, so doing it again is
//! harmless.

use chat::tables::{self, Heads, Inbox};
use chat::{Head, Side};
use storage::ids::{ConversationId, EnterpriseId, UserId};
use storage::{Ack, Op, Read, StoreError};

use super::{NegotiationDone, sweep};
use crate::ground::Ground;
use crate::rooms::desk::{DeskRoom, DeskTold};
use crate::rooms::person::{PersonRoom, PersonTold};
use crate::rooms::{Ways, negotiates};
use crate::wire::{self, Failure};

/// Makes the views durable as of a head.
pub(super) async fn settle(ground: &Ground, ways: &Ways, head: Head) -> NegotiationDone {
    let _turn = ground.turn().await;
    for enterprise in head.enterprises {
        // Its news may have been lost while the store did not give that desk.
        ways.tell::<DeskRoom>(enterprise, DeskTold::Changed(Box::new(head.clone())));
    }
    let settled = write_views(ground, ways, &head).await;
    if let Err(failure) = &settled {
        let (conversation, code) = (head.conversation, failure.code.text());
        tracing::warn!(%conversation, code, "views are not settled yet");
    }
    NegotiationDone::Settled(head.head, settled.is_ok())
}

async fn write_views(ground: &Ground, ways: &Ways, head: &Head) -> Result<(), Failure> {
    for side in Side::BOTH {
        write_inbox(ground, *side.of(&head.enterprises), head).await?;
        for user in absent(ground, head, side).await? {
            notify(ground, ways, side, head, user).await?;
        }
    }
    let conversation = head.conversation;
    let put = Op::Put { c: tables::HeadsKey {}, row: tables::HeadRow::of(head), at: Some(head.head.0) };
    Ok(ground.store().write::<Heads>(tables::HeadsPart { conversation }, vec![put], Ack::Durable).await?)
}

/// Writes an inbox row unless a later one stands.
pub(super) async fn write_inbox(ground: &Ground, enterprise: EnterpriseId, head: &Head) -> Result<(), StoreError> {
    let c = tables::InboxKey { conversation: head.conversation };
    let put = Op::Put { c, row: tables::InboxRow::of(head), at: Some(head.head.0) };
    ground.store().write::<Inbox>(tables::InboxPart { enterprise }, vec![put], Ack::Durable).await
}

/// Whom it concerns that the other side waits, as far as they are not connected here.
async fn absent(ground: &Ground, head: &Head, side: Side) -> Result<Vec<UserId>, Failure> {
    if side.of(&head.unanswered_since).is_none() {
        return Ok(Vec::new());
    }
    let team = ground.accounts().team(*side.of(&head.enterprises)).await?;
    let team: Vec<UserId> = team.iter().filter(|member| negotiates(member)).map(|member| member.id).collect();
    let concerned = chat::concerned(head, side, &team).into_iter();
    Ok(concerned.filter(|user| !ground.registry().is_online(*user)).collect())
}

/// One notification per user and unanswered stretch: more messages add none.
async fn notify(ground: &Ground, ways: &Ways, side: Side, head: &Head, user: UserId) -> Result<(), Failure> {
    let Some(since) = side.of(&head.unanswered_since) else { return Ok(()) };
    let part = tables::ReadMarksPart { conversation: head.conversation };
    let row = ground.store().get::<tables::ReadMarks>(part, tables::ReadMarksKey { user }, Read::Quorum).await?;
    let mark = row.map(|row| row.into_mark(user));
    if head.unread(side, mark.as_ref()) == 0 {
        return Ok(());
    }
    let read = mark.map_or(0, |mark| mark.seq.0);
    let cause = format!("negotiation:{}:{read}:{}", head.conversation, since.0);
    let body = serde_json::json!({ "conversation": head.conversation, "with": side.other().of(&head.names) });
    let notice = fair::Notice { cause: &cause, at: *since, kind: "negotiation.unread", body };
    let id = ground.accounts().notify(user, &notice).await?;
    let told = serde_json::json!({ "id": id, "kind": notice.kind, "body": notice.body });
    ways.tell::<PersonRoom>(user, PersonTold::Event(wire::event("notification.new", None, None, &told)));
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
