//! What people are told of a conversation while they are away, and that it is over once they have read, or nothing is left
//! to read.
//!
//! Whoever marks writes the mark, then reads the notices; whoever gives notice writes it, then reads the marks: so that of
//! the two one sees the other.

use std::collections::BTreeMap;

use chat::{Head, Mark, Side};
use storage::ids::{ConversationId, Seq, UserId};

use super::load;
use crate::ground::Ground;
use crate::rooms::person::{PersonRoom, PersonTold};
use crate::rooms::{Ways, negotiates};
use crate::wire::{self, Failure};

/// The other side awaits an answer.
const UNREAD: &str = "negotiation.unread";
/// Where the body of a notice names its conversation.
const CONVERSATION: &str = "conversation";

/// A notice that was given just now.
struct Given {
    user: UserId,
    /// Up to where they had read.
    read: Seq,
}

/// One notification per user and unanswered stretch: more messages add none.
pub(super) async fn give(ground: &Ground, ways: &Ways, side: Side, head: &Head) -> Result<(), Failure> {
    let concerned = concerned(ground, head, side).await?;
    let recalled = head.recalled_unread(side, None) > 0;
    let is_absent = |user: &UserId| !ground.registry().is_online(*user);
    if !recalled && !concerned.iter().any(is_absent) {
        return Ok(());
    }
    let marks = load::all_marks(ground.store(), head.conversation).await?;
    let mut by_mark: BTreeMap<Seq, Vec<UserId>> = BTreeMap::new();
    for user in concerned {
        let mark = mark_of(&marks, user);
        if head.unread(side, mark) > 0 {
            by_mark.entry(read_of(mark)).or_default().push(user);
        } else if head.recalled_unread(side, mark) > 0 {
            // Whatever they were told of was taken back.
            clear(ground, ways, head.conversation, user).await?;
        }
    }
    by_mark.values_mut().for_each(|users| users.retain(is_absent));
    let given = give_all(ground, ways, (side, head), by_mark).await?;
    clear_read(ground, ways, head.conversation, given).await
}

/// Whom it concerns that the other side waits.
async fn concerned(ground: &Ground, head: &Head, side: Side) -> Result<Vec<UserId>, Failure> {
    if side.of(&head.unanswered_since).is_none() {
        return Ok(Vec::new());
    }
    let team = ground.accounts().team(*side.of(&head.enterprises)).await?;
    let team: Vec<UserId> = team.iter().filter(|member| negotiates(member)).map(|member| member.id).collect();
    Ok(chat::concerned(head, side, &team))
}

/// Those who have read as far are told together.
async fn give_all(
    ground: &Ground,
    ways: &Ways,
    (side, head): (Side, &Head),
    by_mark: BTreeMap<Seq, Vec<UserId>>,
) -> Result<Vec<Given>, Failure> {
    let mut given = Vec::new();
    let Some(since) = *side.of(&head.unanswered_since) else { return Ok(given) };
    for (read, users) in by_mark.into_iter().filter(|(_, users)| !users.is_empty()) {
        let cause = format!("negotiation:{}:{}:{}", head.conversation, read.0, since.0);
        let body = serde_json::json!({ CONVERSATION: head.conversation, "with": side.other().of(&head.names) });
        let notice = fair::Notice { cause: &cause, at: since, kind: UNREAD, body };
        for (user, id) in ground.accounts().notify_all(&users, &notice).await? {
            let told = serde_json::json!({ "id": id, "kind": notice.kind, "body": notice.body });
            ways.tell::<PersonRoom>(user, PersonTold::Event(wire::event("notification.new", None, None, &told)));
            given.push(Given { user, read });
        }
    }
    Ok(given)
}

/// Takes back what was given to those who have read on meanwhile.
async fn clear_read(
    ground: &Ground,
    ways: &Ways,
    conversation: ConversationId,
    given: Vec<Given>,
) -> Result<(), Failure> {
    if given.is_empty() {
        return Ok(());
    }
    let marks = load::all_marks(ground.store(), conversation).await?;
    for Given { user, .. } in given.into_iter().filter(|given| read_of(mark_of(&marks, given.user)) > given.read) {
        clear(ground, ways, conversation, user).await?;
    }
    Ok(())
}

/// A person knows what there is in a conversation: what they were told of it is read, on all of their devices.
pub(super) async fn clear(
    ground: &Ground,
    ways: &Ways,
    conversation: ConversationId,
    user: UserId,
) -> Result<(), Failure> {
    let conversation = conversation.to_string();
    let about = (CONVERSATION, conversation.as_str());
    if let Some(left) = ground.accounts().read_notifications_about(user, UNREAD, about).await? {
        PersonTold::unread_count(ways, user, left);
    }
    Ok(())
}

fn mark_of(marks: &[Mark], user: UserId) -> Option<&Mark> {
    marks.iter().find(|mark| mark.user == user)
}

fn read_of(mark: Option<&Mark>) -> Seq {
    mark.map_or(Seq::ZERO, |mark| mark.seq)
}
