use storage::ids::Millis;

use super::*;

const ANNA: UserId = UserId(7);
const MINUTE: i64 = 60_000;

fn thread() -> Thread {
    Thread::between(ConversationId(1), [EnterpriseId(10), EnterpriseId(20)])
}

fn first() -> Stand {
    Stand { at: 0, counts: [0, 0], assignees: [None, Some(ANNA)], unanswered: [None, None], state: "open" }
}

fn entry(kind: EntryKind, side: i64, at: i64, body: &str) -> EntryRow {
    EntryRow {
        rank: None,
        v: 1,
        kind: kind.number(),
        sender: ANNA,
        side,
        at: Millis(at),
        client_msg_id: "".into(),
        op_id: 0,
        body: body.into(),
        target: (kind == EntryKind::Recall).then_some(Seq(3)),
        // Not looked at: the fold counts for itself.
        count_a: 99,
        count_b: 99,
    }
}

fn fold(entries: &[EntryRow]) -> Fold {
    let mut fold = Fold::of(thread(), vec![first()]);
    entries.iter().for_each(|entry| fold.push(entry).unwrap());
    fold
}

#[test]
fn unread_is_what_the_other_side_said_between_mark_and_head() {
    let said = [EntryKind::Text, EntryKind::Card, EntryKind::Recall, EntryKind::Text];
    let mut entries: Vec<EntryRow> = said.map(|kind| entry(kind, 0, 1, "")).into();
    entries.insert(1, entry(EntryKind::Text, 1, 1, ""));
    let fold = fold(&entries);
    assert_eq!(fold.unread(1, 3, 0), Some(2), "the card is not taken back yet");
    assert_eq!(fold.unread(1, 5, 0), Some(2));
    assert_eq!(fold.unread(1, 5, 1), Some(1));
    assert_eq!(fold.unread(1, 4, 3), Some(0), "it was read before");
    assert_eq!(fold.unread(0, 5, 0), Some(1));
    assert_eq!(fold.unread(0, 6, 0), None, "beyond the log");
}

#[test]
fn a_closed_conversation_is_open_again_when_reopened_and_keeps_its_assignee() {
    let given = format!("{{\"assignee\":\"{ANNA}\"}}");
    let entries = [
        entry(EntryKind::Assigned, 0, 1, &given),
        entry(EntryKind::Closed, 1, 2, ""),
        entry(EntryKind::Reopened, 0, 3, ""),
    ];
    let fold = fold(&entries);
    assert_eq!((fold.at(2).unwrap().state, fold.last().state), ("closed", "open"));
    assert_eq!(fold.last().assignees, [Some(ANNA), Some(ANNA)]);
}

#[test]
fn only_calm_time_beyond_the_patience_is_overdue() {
    let unanswered = fold(&[entry(EntryKind::Text, 0, 1_000, "")]);
    let due = 1_000 + MINUTE;
    assert_eq!(unanswered.overdue_ms(MINUTE, &[(0, due)]), 0);
    assert_eq!(unanswered.overdue_ms(MINUTE, &[(0, due + 5), (due + 100, due + 110)]), 15);
}

#[test]
fn an_answer_a_release_and_a_close_end_what_is_overdue() {
    for end in [
        entry(EntryKind::Text, 1, 200_000, ""),
        entry(EntryKind::Assigned, 1, 200_000, "{\"assignee\":null}"),
        entry(EntryKind::Closed, 0, 200_000, ""),
    ] {
        let fold = fold(&[entry(EntryKind::Text, 0, 1_000, ""), end]);
        assert_eq!(fold.overdue_ms(MINUTE, &[(0, 1_000_000)]), 200_000 - 1_000 - MINUTE);
    }
}

#[test]
fn a_transfer_begins_the_patience_anew() {
    let other = format!("{{\"assignee\":\"{}\"}}", UserId(8));
    let fold = fold(&[entry(EntryKind::Text, 0, 1_000, ""), entry(EntryKind::Assigned, 1, 50_000, &other)]);
    assert_eq!(fold.overdue_ms(MINUTE, &[(0, 50_000 + MINUTE + 3)]), 3);
}
