use storage::ids::{ConversationId, EnterpriseId, Millis, Seq};

use super::*;
use crate::log::EntryKind;
use crate::time::Rank;
use crate::wire::{Context, State, TargetKind};

fn text() -> Entry {
    Entry {
        seq: Seq(42),
        kind: EntryKind::Text,
        from: UserId(1),
        side: Side::A,
        at: Millis(1_795_432_603_120),
        rank: Rank::default(),
        client_msg_id: "m-1".into(),
        op_id: 9,
        body: "{\"text\":\"hello\"}".into(),
        target: None,
        count_a: 1,
        count_b: 0,
    }
}

#[test]
fn text_shows_what_was_written() {
    assert_eq!(
        serde_json::to_string(&text().view(false)).unwrap(),
        "{\"seq\":42,\"kind\":\"text\",\"from\":\"0000000000001\",\"side\":\"a\",\"at\":\"2026-11-23T19:16:43.120+08:00\",\
         \"client_msg_id\":\"m-1\",\"body\":{\"text\":\"hello\"}}"
    );
}

#[test]
fn recalled_text_is_not_served() {
    assert_eq!(
        serde_json::to_string(&text().view(true)).unwrap(),
        "{\"seq\":42,\"kind\":\"text\",\"from\":\"0000000000001\",\"side\":\"a\",\"at\":\"2026-11-23T19:16:43.120+08:00\",\
         \"client_msg_id\":\"m-1\",\"recalled\":true}"
    );
}

#[test]
fn recall_names_its_target_and_nothing_empty() {
    let recall =
        Entry { kind: EntryKind::Recall, client_msg_id: "".into(), body: "".into(), target: Some(Seq(40)), ..text() };
    assert_eq!(
        serde_json::to_string(&recall.view(false)).unwrap(),
        "{\"seq\":42,\"kind\":\"recall\",\"from\":\"0000000000001\",\"side\":\"a\",\"at\":\"2026-11-23T19:16:43.120+08:00\",\"target\":40}"
    );
}

#[test]
fn summary_is_seen_from_ones_own_side() {
    let head = Head {
        conversation: ConversationId(1),
        enterprises: [EnterpriseId(10), EnterpriseId(20)],
        names: ["Alpha".into(), "Beta".into()],
        names_en: [None, None],
        context: Context { kind: TargetKind::Enterprise, id: EnterpriseId(20).to_string(), title: None },
        head: Seq(9),
        at: Millis(0),
        rank: Rank::default(),
        counts: [5, 3],
        assignees: [Some(UserId(1)), None],
        unanswered_since: [None, None],
        state: State::Open,
        blocked_by: None,
        preview: "hi".into(),
        preview_seq: Seq(9),
        recalled: Vec::new(),
    };
    let mark = Mark { user: UserId(2), seq: Seq(4), counts: [3, 1] };
    assert_eq!(
        serde_json::to_string(&head.summary(Side::B, Some(&mark))).unwrap(),
        "{\"conversation\":\"0000000000001\",\"side\":\"b\",\"with\":{\"id\":\"000000000000a\",\"name\":\"Alpha\"},\
         \"context\":{\"kind\":\"enterprise\",\"id\":\"000000000000m\"},\"head\":9,\"preview\":\"hi\",\"unread\":2,\
         \"assignee\":null,\"state\":\"open\",\"at\":\"1970-01-01T08:00:00.000+08:00\"}"
    );
    let seen = head.summary(Side::A, None);
    assert_eq!((&*seen.with.name, seen.unread, seen.assignee), ("Beta", 3, Some(UserId(1))));
}
