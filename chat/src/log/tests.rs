use storage::ids::{ConversationId, EnterpriseId};

use super::*;
use crate::wire::{Context, TargetKind};

fn head() -> Head {
    Head {
        conversation: ConversationId(1),
        enterprises: [EnterpriseId(10), EnterpriseId(20)],
        names: ["Alpha".into(), "Beta".into()],
        names_en: [None, None],
        context: Context { kind: TargetKind::Enterprise, id: EnterpriseId(20).to_string(), title: None },
        head: Seq::ZERO,
        at: Millis(0),
        rank: Rank::default(),
        counts: [0, 0],
        assignees: [Some(UserId(1)), None],
        unanswered_since: [None, None],
        state: State::Open,
        blocked_by: None,
        preview: "".into(),
        preview_seq: Seq::ZERO,
        recalled: Vec::new(),
    }
}

fn entry(seq: i64, kind: EntryKind, side: Side, body: &str) -> Entry {
    Entry {
        seq: Seq(seq),
        kind,
        from: UserId(1),
        side,
        at: Millis(seq * 1_000),
        rank: Rank(seq),
        client_msg_id: "".into(),
        op_id: 1,
        body: body.into(),
        target: None,
        count_a: 0,
        count_b: 0,
    }
}

#[test]
fn preview_is_one_short_line_and_goes_with_its_recall() {
    let mut head = head();
    let text = format!("{{\"text\":\"x\\ny{}\"}}", "z".repeat(100));
    head.apply(&entry(1, EntryKind::Text, Side::A, &text));
    assert_eq!(head.preview.chars().count(), PREVIEW_CHARS_MAX);
    assert!(head.preview.starts_with("x yz"));
    let mut recall = entry(2, EntryKind::Recall, Side::A, "");
    recall.target = Some(Seq(1));
    head.apply(&recall);
    assert_eq!(&*head.preview, "");
}

#[test]
fn preview_is_not_cut_within_what_a_reader_sees_as_one_character() {
    let mut head = head();
    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";
    head.apply(&entry(1, EntryKind::Text, Side::A, &format!("{{\"text\":\"{}{family}\"}}", "z".repeat(78))));
    assert_eq!(&*head.preview, "z".repeat(78));
    head.apply(&entry(2, EntryKind::Text, Side::A, &format!("{{\"text\":\"{}{family}!\"}}", "z".repeat(75))));
    assert_eq!(&*head.preview, format!("{}{family}", "z".repeat(75)));
}

/// Contents and recalls of side A as side B counts them.
#[test]
fn what_is_recalled_before_it_is_read_is_unread_no_longer() {
    let mut head = head();
    let mark = |seq, count| Mark { user: UserId(2), seq: Seq(seq), counts: [count, 0] };
    let recall = |seq, target, count_a| Entry {
        target: Some(Seq(target)),
        count_a,
        ..entry(seq, EntryKind::Recall, Side::A, "")
    };
    for seq in 1..=3 {
        head.apply(&Entry { count_a: seq, ..entry(seq, EntryKind::Text, Side::A, "{\"text\":\"a\"}") });
    }
    head.apply(&recall(4, 2, 3));
    head.apply(&recall(5, 2, 3));
    assert_eq!(head.unread(Side::B, None), 2);
    assert_eq!(head.unread(Side::B, Some(&mark(1, 1))), 1);
    assert_eq!(head.unread(Side::B, Some(&mark(2, 2))), 1, "read before it was recalled");
    assert_eq!(head.unread(Side::B, Some(&mark(3, 3))), 0);
    assert_eq!(head.unread(Side::B, Some(&mark(5, 3))), 0);
    assert_eq!(head.unread(Side::A, None), 0, "the other side's are counted");
    head.apply(&Entry { count_a: 4, ..entry(6, EntryKind::Text, Side::A, "{\"text\":\"b\"}") });
    assert_eq!(head.unread(Side::B, Some(&mark(3, 3))), 1, "what comes later counts");
}

#[test]
fn of_recalled_contents_the_last_are_kept() {
    let mut head = head();
    let count = i64::try_from(RECALLED_MAX).unwrap() + 3;
    for target in 1..=count {
        head.apply(&Entry {
            target: Some(Seq(target)),
            count_a: count,
            ..entry(count + target, EntryKind::Recall, Side::A, "")
        });
    }
    assert_eq!((head.recalled.len(), head.recalled[0]), (RECALLED_MAX, (Side::A, Seq(4))));
    assert_eq!(head.unread(Side::B, None), 3);
}

#[test]
fn answer_ends_the_wait_and_the_first_question_begins_it() {
    let mut head = head();
    head.apply(&entry(1, EntryKind::Text, Side::A, "{\"text\":\"a\"}"));
    head.apply(&entry(2, EntryKind::Text, Side::A, "{\"text\":\"b\"}"));
    assert_eq!(head.unanswered_since, [None, Some(Millis(1_000))]);
    head.apply(&entry(3, EntryKind::Text, Side::B, "{\"text\":\"c\"}"));
    assert_eq!(head.unanswered_since, [Some(Millis(3_000)), None]);
}

#[test]
fn new_assignee_gets_the_whole_period() {
    let mut head = head();
    head.apply(&entry(1, EntryKind::Text, Side::A, "{\"text\":\"a\"}"));
    let body = serde_json::to_string(&Assignment { assignee: Some(UserId(7)) }).unwrap();
    head.apply(&entry(2, EntryKind::Assigned, Side::B, &body));
    assert_eq!(head.assignees, [Some(UserId(1)), Some(UserId(7))]);
    assert_eq!(head.unanswered_since, [None, Some(Millis(2_000))]);
    head.apply(&entry(3, EntryKind::Assigned, Side::B, "{\"assignee\":null}"));
    assert_eq!(head.assignees, [Some(UserId(1)), None]);
}

#[test]
fn state_follows_the_log() {
    let mut head = head();
    head.apply(&entry(1, EntryKind::Blocked, Side::B, ""));
    assert_eq!((head.state, head.blocked_by), (State::Blocked, Some(Side::B)));
    head.apply(&entry(2, EntryKind::Reopened, Side::B, ""));
    assert_eq!((head.state, head.blocked_by), (State::Open, None));
    head.apply(&entry(3, EntryKind::Closed, Side::A, ""));
    assert_eq!(head.state, State::Closed);
}

#[test]
fn kinds_and_sides_survive_their_numbers() {
    for (kind, number, name) in EntryKind::TABLE {
        assert_eq!((EntryKind::from_number(number), kind.number(), kind.name()), (Some(kind), number, name));
    }
    assert_eq!(EntryKind::from_number(0), None);
    for side in Side::BOTH {
        assert_eq!(Side::from_number(side.number()), Some(side));
    }
    assert_eq!(Side::from_number(2), None);
}
