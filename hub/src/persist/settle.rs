//! Views behind a log: head row, inbox rows, offline notifications. Written when a conversation is quiet, found by the
//! sweeper after a crash; each write is idempotent, so doing it again is harmless.

use chat::tables::{self, Heads, Inbox};
use chat::{Head, Side};
use storage::ids::{EnterpriseId, UserId};
use storage::{Ack, Op, Read, StoreError};

use super::{At, Completion, Persist};
use crate::principal;
use crate::room_id::RoomId;
use crate::shard::Control;
use crate::wire::{self, Failure};

impl Persist {
    /// Reads who negotiates for a side; answered with [`Completion::Team`].
    pub(crate) fn load_team(&self, at: At, side: Side, head: Box<Head>) {
        let accounts = self.inner.accounts.clone();
        self.run(at.room, at.incarnation, async move {
            let team = match accounts.team(*side.of(&head.enterprises)).await {
                Ok(team) => {
                    Ok(team.iter().filter(|member| principal::negotiates(member)).map(|member| member.id).collect())
                }
                Err(_logged_by_the_settling) => Err(chat::Refusal::Unavailable),
            };
            Completion::Team { side, head, team }
        });
    }

    /// Makes one side's inbox row durable and notifies the `absent`; answered with [`Completion::RowSettled`].
    pub(crate) fn settle_row(&self, at: At, side: Side, head: Box<Head>, absent: Vec<UserId>) {
        let persist = self.clone();
        self.run(at.room, at.incarnation, async move {
            let settled = persist.write_row(side, &head, &absent).await;
            if let Err(failure) = &settled {
                let (conversation, code) = (head.conversation, failure.code.text());
                tracing::warn!(%conversation, code, "an inbox row is not settled yet");
            }
            Completion::RowSettled { side, head, settled: settled.is_ok() }
        });
    }

    async fn write_row(&self, side: Side, head: &Head, absent: &[UserId]) -> Result<(), Failure> {
        let enterprise = *side.of(&head.enterprises);
        self.write_inbox(enterprise, head).await?;
        for user in absent {
            self.notify(side, head, *user).await?;
        }
        Ok(())
    }

    /// Writes an inbox row unless a later one stands.
    pub(super) async fn write_inbox(&self, enterprise: EnterpriseId, head: &Head) -> Result<(), StoreError> {
        let c = tables::InboxKey { conversation: head.conversation };
        let put = Op::Put { c, row: tables::InboxRow::of(head), at: Some(head.head.0) };
        self.store().write::<Inbox>(tables::InboxPart { enterprise }, vec![put], Ack::Durable).await
    }

    /// One notification per user and unanswered stretch: more messages add none.
    async fn notify(&self, side: Side, head: &Head, user: UserId) -> Result<(), Failure> {
        let Some(since) = side.of(&head.unanswered_since) else { return Ok(()) };
        let part = tables::ReadMarksPart { conversation: head.conversation };
        let row = self.store().get::<tables::ReadMarks>(part, tables::ReadMarksKey { user }, Read::Quorum).await?;
        let mark = row.map(|row| row.into_mark(user));
        let unread = head.unread(side, mark.as_ref());
        if unread == 0 {
            return Ok(());
        }
        let read = mark.map_or(0, |mark| mark.seq.0);
        let cause = format!("negotiation:{}:{read}:{}", head.conversation, since.0);
        let body = serde_json::json!({ "conversation": head.conversation, "with": side.other().of(&head.names) });
        let notice = fair::Notice { cause: &cause, at: *since, kind: "negotiation.unread", body };
        let id = self.inner.accounts.notify(user, &notice).await?;
        let told = serde_json::json!({ "id": id, "kind": notice.kind, "body": notice.body });
        let event = wire::event("notification.new", None, None, &told);
        self.inner.shards.control(RoomId::Person(user), Control::Tell(user, event));
        Ok(())
    }

    /// Both desks have their rows: writes the head's row and removes notes; answered with
    /// [`Completion::HeadSettled`].
    pub(crate) fn settle_head(&self, at: At, head: Box<Head>, notes: Vec<i64>) {
        let persist = self.clone();
        self.run(at.room, at.incarnation, async move {
            let settled = persist.write_head(&head, &notes).await;
            if let Err(error) = &settled {
                tracing::warn!(conversation = %head.conversation, %error, "a head is not settled yet");
            }
            Completion::HeadSettled(settled.is_ok())
        });
    }

    async fn write_head(&self, head: &Head, notes: &[i64]) -> Result<(), StoreError> {
        let conversation = head.conversation;
        let put = Op::Put { c: tables::HeadsKey {}, row: tables::HeadRow::of(head), at: Some(head.head.0) };
        self.store().write::<Heads>(tables::HeadsPart { conversation }, vec![put], Ack::Durable).await?;
        self.remove_notes(conversation, notes).await
    }
}
