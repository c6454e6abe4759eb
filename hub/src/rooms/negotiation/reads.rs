//! A conversation's small jobs: reading entries, looking into the log, looking ids up, keeping marks and reports.

use std::sync::Arc;

use chat::Mark;
use chat::tables;
use storage::ids::{ConversationId, RecordId, Seq, UserId};
use storage::words::Ticket;
use storage::{Ack, Op, Read};

use super::cleared::Stretch;
use super::{NegotiationDone, NegotiationRoom, load, notices};
use crate::ground::{refusal, refusal_of};
use crate::shard::Cx;

/// Reads entries `from..=to`.
pub(super) fn fetch(cx: &Cx<'_, NegotiationRoom>, fetch: u64, from: Seq, to: Seq) {
    let (ground, id) = (cx.ground().clone(), cx.id());
    cx.job(async move {
        let _turn = ground.turn().await;
        let entries = load::entries(&ground, id, (from, to), Read::Quorum).await;
        NegotiationDone::Fetched(fetch, entries.map_err(refusal))
    });
}

/// Reads what stands in the log from a seq on, and the marks.
pub(super) fn look(cx: &Cx<'_, NegotiationRoom>, from: Seq) {
    let (ground, id) = (cx.ground().clone(), cx.id());
    cx.job(async move {
        let _turn = ground.turn().await;
        NegotiationDone::Looked(load::look_from(&ground, id, from).await.map_err(refusal))
    });
}

/// Looks a message id up.
pub(super) fn look_up(cx: &Cx<'_, NegotiationRoom>, sender: UserId, client_msg_id: Arc<str>) {
    let (ground, id) = (cx.ground().clone(), cx.id());
    cx.job(async move {
        let _turn = ground.turn().await;
        let key = tables::SendIdsKey { sender, client_msg_id: Arc::clone(&client_msg_id) };
        let part = tables::SendIdsPart { conversation: id };
        let found = ground.store().get::<tables::SendIds>(part, key, Read::Quorum).await;
        let sent = found.map(|row| row.map(|row| (row.seq, row.at)));
        NegotiationDone::LookedUp(sender, client_msg_id, sent.map_err(refusal))
    });
}

/// Keeps a read mark. What its user was told of the conversation is read by that, before the mark is answered; `look`: there
/// may be something.
pub(super) fn save_mark(cx: &Cx<'_, NegotiationRoom>, epoch: i64, mark: Mark, look: Option<Stretch>) {
    let (ground, ways, id) = (cx.ground().clone(), cx.ways().clone(), cx.id());
    cx.job(async move {
        let _turn = ground.turn().await;
        let (c, row) = (tables::ReadMarksKey { user: mark.user }, tables::ReadMarkRow::of(&mark));
        let put = Op::Put { c, row, at: Some(tables::mark_at(epoch, mark.seq)) };
        let part = tables::ReadMarksPart { conversation: id };
        let saved = ground.store().write::<tables::ReadMarks>(part, vec![put], Ack::Durable).await;
        let mut cleared = look.filter(|_| saved.is_ok());
        if cleared.is_some()
            && let Err(failure) = notices::clear(&ground, &ways, id, mark.user).await
        {
            tracing::warn!(conversation = %id, code = failure.code.text(), "notices of what was read stay unread");
            cleared = None;
        }
        NegotiationDone::MarkSaved(mark, saved.map_err(refusal), cleared)
    });
}

/// A report of misconduct.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) id: RecordId,
    pub(super) conversation: ConversationId,
    pub(super) user: UserId,
    pub(super) seq: Option<Seq>,
    pub(super) reason: String,
}

/// Keeps a report for the committee.
pub(super) fn file_report(cx: &Cx<'_, NegotiationRoom>, ticket: Option<Ticket>, report: Report) {
    let ground = cx.ground().clone();
    cx.job(async move {
        let _turn = ground.turn().await;
        let Report { id, conversation, user, seq, reason } = report;
        let filed = async {
            let user = ground.accounts().user(user).await?;
            ground.reports().file_of_negotiation(&user, id, (conversation, seq), reason).await
        };
        NegotiationDone::Filed(ticket, filed.await.map(|_report| id).map_err(refusal_of))
    });
}
