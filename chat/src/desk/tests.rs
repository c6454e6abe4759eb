use storage::ids::Millis;

use super::*;
use crate::party::{Duty, Party};
use crate::wire::{Context, State, TargetKind};

mod order;

const OURS: EnterpriseId = EnterpriseId(10);
const THEIRS: EnterpriseId = EnterpriseId(20);

fn head(conversation: i64, seq: i64, at: i64) -> Head {
    Head {
        conversation: ConversationId(conversation),
        enterprises: [THEIRS, OURS],
        names: ["Theirs".into(), "Ours".into()],
        names_en: [None, None],
        context: Context { kind: TargetKind::Enterprise, id: OURS.to_string(), title: None },
        head: Seq(seq),
        at: Millis(at),
        rank: Rank::of(Millis(at)),
        counts: [seq, 0],
        assignees: [Some(UserId(99)), None],
        unanswered_since: [None, (seq > 0).then_some(Millis(at))],
        state: State::Open,
        blocked_by: None,
        preview: "".into(),
        preview_seq: Seq::ZERO,
        recalled: Vec::new(),
    }
}

fn caller(user: i64, conn: u64, ticket: u64) -> Caller {
    let party = Party { user: UserId(user), enterprise: OURS, duty: Duty::Consultant, admin: false };
    Caller { party, conn: Some(ConnId(conn)), ticket: Some(Ticket(ticket)) }
}

const fn list(cursor: Option<String>, limit: Option<u32>) -> InboxList {
    InboxList { cursor, limit }
}

fn loads(out: &[DeskOutput]) -> Vec<(u64, UserId, Vec<ConversationId>)> {
    let load = |output: &DeskOutput| match output {
        DeskOutput::LoadFacts { load, user, marks, .. } => Some((*load, *user, marks.clone())),
        DeskOutput::Reply { .. } | DeskOutput::Tell { .. } | DeskOutput::LoadRows => None,
    };
    out.iter().filter_map(load).collect()
}

/// Who was told of which conversation with which unread count.
fn told(out: &[DeskOutput]) -> Vec<(u64, i64, i64)> {
    let tell = |output: &DeskOutput| match output {
        DeskOutput::Tell { conn, event: Event::InboxUpdated(row) } => Some((conn.0, row.conversation.0, row.unread)),
        DeskOutput::Tell { .. } | DeskOutput::Reply { .. } => None,
        DeskOutput::LoadFacts { .. } | DeskOutput::LoadRows => None,
    };
    out.iter().filter_map(tell).collect()
}

fn listed(out: &mut Vec<DeskOutput>) -> (Vec<(i64, i64)>, Option<String>) {
    let replies: Vec<Reply> = out
        .drain(..)
        .filter_map(|output| match output {
            DeskOutput::Reply { result, .. } => Some(result.unwrap()),
            DeskOutput::Tell { .. } | DeskOutput::LoadFacts { .. } | DeskOutput::LoadRows => None,
        })
        .collect();
    let [Reply::Inbox { conversations, next }] = replies.as_slice() else { panic!("not one list: {replies:?}") };
    (conversations.iter().map(|row| (row.conversation.0, row.unread)).collect(), next.clone())
}

fn refused(out: &[DeskOutput]) -> Option<Refusal> {
    match out {
        [DeskOutput::Reply { result: Err(refusal), .. }] => Some(refusal.clone()),
        _ => None,
    }
}

fn mark(user: i64, seq: i64) -> Mark {
    Mark { user: UserId(user), seq: Seq(seq), counts: [seq, 0] }
}

/// Lists everything for a caller, their marks being `marks`.
fn list_all(desk: &mut Desk, caller: Caller, marks: &[(i64, Mark)]) -> Vec<(i64, i64)> {
    let mut out = Vec::new();
    desk.handle_list(caller, &list(None, Some(100)), &mut out);
    let marks = marks.iter().map(|(id, mark)| (ConversationId(*id), *mark)).collect();
    let facts = Facts { marks, heads: Vec::new() };
    if let [(load, _, _)] = loads(&out).as_slice() {
        desk.handle_loaded(*load, Ok(facts), &mut out);
    }
    listed(&mut out).0
}

#[test]
fn list_is_newest_first_with_the_users_own_unread() {
    let mut desk = Desk::new(OURS, [head(1, 5, 100), head(2, 7, 300), head(3, 1, 200)], false);
    assert_eq!(list_all(&mut desk, caller(1, 1, 1), &[(2, mark(1, 4))]), [(2, 3), (3, 1), (1, 5)]);
    assert_eq!(list_all(&mut desk, caller(2, 2, 2), &[(1, mark(2, 5))]), [(2, 7), (3, 1), (1, 0)]);
}

#[test]
fn pages_follow_each_other_without_overlap() {
    let mut desk = Desk::new(OURS, (1..=5).map(|id| head(id, 1, id / 2)), false);
    list_all(&mut desk, caller(1, 1, 1), &[]);
    let (mut cursor, mut seen) = (None, Vec::new());
    for _page in 0..3 {
        let mut out = Vec::new();
        desk.handle_list(caller(1, 1, 2), &list(cursor, Some(2)), &mut out);
        let (rows, next) = listed(&mut out);
        seen.extend(rows.iter().map(|row| row.0));
        cursor = next;
    }
    assert_eq!((seen, cursor), (vec![5, 4, 3, 2, 1], None));
}

#[test]
fn pages_end_by_their_bytes_and_lead_on() {
    let long =
        |id| Head {
            names: ["好".repeat(1_000).into(), "".into()], preview: "𠀀".repeat(80).into(), ..head(id, 1, id)
        };
    let mut desk = Desk::new(OURS, (1..=100).map(long), false);
    let (mut cursor, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let mut out = Vec::new();
        desk.handle_list(caller(1, 1, 1), &list(cursor, Some(100)), &mut out);
        if let [(load, _, _)] = loads(&out).as_slice() {
            desk.handle_loaded(*load, Ok(Facts::default()), &mut out);
        }
        let Some(DeskOutput::Reply { result: Ok(reply), .. }) = out.last() else { panic!("{out:?}") };
        assert!(serde_json::to_string(reply).unwrap().len() <= wire::PAGE_BYTES_MAX + 100);
        let (rows, next) = listed(&mut out);
        seen.extend(rows.iter().map(|row| row.0));
        (cursor, pages) = (next, pages + 1);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=100).rev().collect::<Vec<_>>());
    assert!(pages > 5);
}

#[test]
fn wrong_cursor_limit_duty_and_enterprise_are_refused() {
    let mut desk = Desk::new(OURS, [head(1, 1, 1)], false);
    let other_duty = Caller { party: Party { duty: Duty::Other, ..caller(1, 1, 1).party }, ..caller(1, 1, 1) };
    let stranger = Caller { party: Party { enterprise: THEIRS, ..caller(1, 1, 1).party }, ..caller(1, 1, 1) };
    let cases = [
        (caller(1, 1, 1), list(Some("x".into()), None), Refusal::Invalid { at: "/cursor", code: "format" }),
        (caller(1, 1, 1), list(Some("1-x".into()), None), Refusal::Invalid { at: "/cursor", code: "format" }),
        (caller(1, 1, 1), list(None, Some(0)), Refusal::Invalid { at: "/limit", code: "range" }),
        (caller(1, 1, 1), list(None, Some(101)), Refusal::Invalid { at: "/limit", code: "range" }),
        (other_duty, list(None, None), Refusal::Forbidden),
        (stranger, list(None, None), Refusal::NotFound),
    ];
    for (caller, list, refusal) in cases {
        let mut out = Vec::new();
        desk.handle_list(caller, &list, &mut out);
        assert_eq!(refused(&out), Some(refusal));
    }
    assert!(desk.idle() && !desk.concerns(ConnId(1)), "nobody was subscribed");
}

#[test]
fn every_device_of_the_team_is_told_with_its_users_unread() {
    let mut desk = Desk::new(OURS, [head(1, 5, 100)], false);
    list_all(&mut desk, caller(1, 1, 1), &[(1, mark(1, 4))]);
    list_all(&mut desk, caller(1, 2, 1), &[]);
    list_all(&mut desk, caller(2, 3, 1), &[]);
    let mut out = Vec::new();
    desk.handle_changed(head(1, 6, 110), &mut out);
    assert_eq!(told(&out), [(1, 1, 2), (2, 1, 2), (3, 1, 6)]);
    assert_eq!(list_all(&mut desk, caller(1, 1, 1), &[]), [(1, 2)], "one row, in its new place");
}

#[test]
fn stale_and_foreign_heads_are_ignored() {
    let mut desk = Desk::new(OURS, [head(1, 5, 100)], false);
    list_all(&mut desk, caller(1, 1, 1), &[]);
    let mut out = Vec::new();
    desk.handle_changed(head(1, 5, 100), &mut out);
    desk.handle_changed(head(1, 4, 90), &mut out);
    desk.handle_changed(Head { enterprises: [THEIRS, EnterpriseId(30)], ..head(9, 9, 900) }, &mut out);
    assert!(out.is_empty(), "{out:?}");
}

#[test]
fn changes_without_a_known_mark_are_told_after_it_is_loaded_and_conflated() {
    let mut desk = Desk::new(OURS, [], false);
    desk.subscribe(caller(1, 1, 1)).unwrap();
    let mut out = Vec::new();
    desk.handle_changed(head(1, 1, 100), &mut out);
    desk.handle_changed(head(1, 2, 101), &mut out);
    desk.handle_changed(head(2, 1, 102), &mut out);
    let first = loads(&out);
    assert_eq!(first, [(1, UserId(1), vec![ConversationId(1)])]);
    out.clear();
    let marks = vec![(ConversationId(1), mark(1, 1))];
    desk.handle_loaded(1, Ok(Facts { marks, heads: Vec::new() }), &mut out);
    assert_eq!(told(&out), [(1, 1, 1)]);
    assert_eq!(loads(&out), [(2, UserId(1), vec![ConversationId(2)])]);
    out.clear();
    desk.handle_loaded(2, Err(Refusal::Unavailable), &mut out);
    assert!(out.is_empty());
    desk.handle_changed(head(2, 2, 103), &mut out);
    desk.handle_loaded(3, Ok(Facts::default()), &mut out);
    assert_eq!(told(&out), [(1, 2, 2)]);
}

#[test]
fn read_mark_reaches_the_users_other_devices_and_never_goes_back() {
    let mut desk = Desk::new(OURS, [head(1, 5, 100)], false);
    list_all(&mut desk, caller(1, 1, 1), &[]);
    desk.subscribe(caller(1, 2, 1)).unwrap();
    desk.subscribe(caller(2, 3, 1)).unwrap();
    let mut out = Vec::new();
    desk.handle_marked(ConversationId(1), mark(1, 4), &mut out);
    assert_eq!(told(&out), [(1, 1, 1), (2, 1, 1)]);
    out.clear();
    desk.handle_marked(ConversationId(1), mark(1, 3), &mut out);
    desk.handle_marked(ConversationId(9), mark(1, 3), &mut out);
    assert!(out.is_empty(), "{out:?}");
}

#[test]
fn an_answer_asked_for_by_who_has_gone_teaches_nothing_to_who_comes_back() {
    let mut desk = Desk::new(OURS, [head(1, 5, 5)], false);
    let mut out = Vec::new();
    desk.handle_list(caller(7, 1, 1), &list(None, None), &mut out);
    let (load, ..) = loads(&out)[0];
    desk.handle_closed(ConnId(1));
    desk.handle_marked(ConversationId(1), mark(7, 5), &mut out);
    desk.subscribe(caller(7, 2, 2)).unwrap();
    out.clear();
    // Read before the mark was.
    desk.handle_loaded(load, Ok(Facts::default()), &mut out);
    out.clear();
    desk.handle_changed(head(1, 6, 6), &mut out);
    assert_eq!(told(&out), [], "what is told then would be older than what was acknowledged");
    let (load, ..) = loads(&out)[0];
    desk.handle_loaded(load, Ok(Facts { marks: vec![(ConversationId(1), mark(7, 5))], heads: Vec::new() }), &mut out);
    assert_eq!(told(&out), [(2, 1, 1)]);
}

#[test]
fn closed_connection_is_told_nothing_more() {
    let mut desk = Desk::new(OURS, [head(1, 5, 100)], false);
    list_all(&mut desk, caller(1, 1, 1), &[]);
    assert!(desk.concerns(ConnId(1)));
    desk.handle_closed(ConnId(1));
    assert!(!desk.concerns(ConnId(1)));
    let mut out = Vec::new();
    desk.handle_changed(head(1, 6, 110), &mut out);
    assert!(out.is_empty() && desk.idle());
}

#[test]
fn full_inbox_drops_the_row_without_news_for_the_longest_time() {
    let rows = i64::try_from(ROWS_MAX).unwrap();
    let mut desk = Desk::new(OURS, (1..=rows).map(|id| head(id, 1, id)), false);
    let mut out = Vec::new();
    desk.handle_changed(head(rows + 1, 1, rows + 1), &mut out);
    assert_eq!((desk.rows.len(), desk.order.len()), (ROWS_MAX, ROWS_MAX));
    assert!(!desk.rows.contains_key(&ConversationId(1)));
}

#[test]
fn what_waits_concerns_the_assignee_and_the_team_when_there_is_none() {
    let team = [UserId(1), UserId(2), UserId(3)];
    let of_us = |head: &Head| concerned(head, Side::B, &team);
    let unassigned = head(1, 1, 100);
    assert_eq!(of_us(&unassigned), team);
    let assigned = |user| Head { assignees: [None, Some(UserId(user))], ..unassigned.clone() };
    assert_eq!(of_us(&assigned(3)), [UserId(3)]);
    assert_eq!(of_us(&assigned(77)), team, "who has left the team answers no more");
    let answered = Head { unanswered_since: [Some(Millis(1)), None], ..unassigned.clone() };
    assert_eq!(of_us(&answered), []);
    assert_eq!(concerned(&answered, Side::A, &team), team, "now the other side's");
}

/// The heads that a page asks to be checked.
fn checked(out: &[DeskOutput]) -> Vec<i64> {
    let heads = |output: &DeskOutput| match output {
        DeskOutput::LoadFacts { heads, .. } if !heads.is_empty() => {
            Some(heads.iter().map(|head| head.conversation.0).collect())
        }
        DeskOutput::LoadFacts { .. } | DeskOutput::LoadRows | DeskOutput::Reply { .. } | DeskOutput::Tell { .. } => {
            None
        }
    };
    out.iter().find_map(heads).unwrap_or_default()
}

fn readings(out: &[DeskOutput]) -> usize {
    out.iter().filter(|output| matches!(output, DeskOutput::LoadRows)).count()
}

#[test]
fn on_a_shared_store_a_list_shows_what_other_hubs_did() {
    let mut desk = Desk::new(OURS, [head(1, 5, 100), head(2, 7, 300)], true);
    let mut out = Vec::new();
    desk.handle_list(caller(1, 1, 1), &list(None, Some(2)), &mut out);
    assert_eq!((readings(&out), out.len()), (1, 1), "rows first");
    out.clear();
    desk.handle_rows(Ok(vec![head(1, 5, 100), head(2, 6, 250), head(3, 0, 280)]), &mut out);
    assert_eq!(checked(&out), [2, 3], "the page as the rows have it, a new conversation on it");
    let load = loads(&out).iter().find(|load| load.2.len() == 2).unwrap().0;
    out.clear();
    let facts = Facts { marks: vec![(ConversationId(2), mark(1, 6))], heads: vec![head(3, 2, 400)] };
    desk.handle_loaded(load, Ok(facts), &mut out);
    let (rows, next) = listed(&mut out);
    assert_eq!(rows, [(3, 2), (2, 1)], "order and counts follow from the logs");
    assert!(next.is_some());
}

#[test]
fn on_a_shared_store_marks_are_read_again_for_every_list() {
    let mut desk = Desk::new(OURS, [head(1, 5, 100)], true);
    for seq in [2, 4] {
        let mut out = Vec::new();
        desk.handle_list(caller(1, 1, 1), &list(None, None), &mut out);
        desk.handle_rows(Ok(Vec::new()), &mut out);
        let facts = Facts { marks: vec![(ConversationId(1), mark(1, seq))], heads: Vec::new() };
        let load = loads(&out)[0].0;
        desk.handle_loaded(load, Ok(facts), &mut out);
        assert_eq!(listed(&mut out).0, [(1, 5 - seq)]);
    }
}

#[test]
fn lists_that_come_while_rows_are_read_share_the_next_reading() {
    let mut desk = Desk::new(OURS, [], true);
    let mut out = Vec::new();
    for ticket in 1..=3 {
        desk.handle_list(caller(1, 1, ticket), &list(None, None), &mut out);
    }
    assert_eq!(readings(&out), 1);
    out.clear();
    desk.handle_rows(Err(Refusal::Unavailable), &mut out);
    assert_eq!((readings(&out), out.len()), (1, 2), "the first is refused, the others go on");
    out.clear();
    desk.handle_rows(Ok(Vec::new()), &mut out);
    assert_eq!((readings(&out), out.len()), (0, 2), "an empty page needs no facts");
    desk.handle_closed(ConnId(1));
    assert!(desk.idle());
}

#[test]
fn at_most_so_many_lists_wait_for_the_store() {
    let mut desk = Desk::new(OURS, [], true);
    let mut out = Vec::new();
    for ticket in 1..=257 {
        desk.handle_list(caller(1, 1, ticket), &list(None, None), &mut out);
    }
    assert_eq!(refused(&out[1..]), Some(Refusal::Overloaded));
}
