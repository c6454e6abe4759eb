use super::*;

fn conversation() -> ConversationRow {
    ConversationRow {
        v: 1,
        side_a: EnterpriseId(10),
        side_b: EnterpriseId(20),
        name_a: "Alpha".into(),
        name_b: "Beta".into(),
        context_kind: context_number(TargetKind::Enterprise),
        context_id: EnterpriseId(20).to_string(),
        creator: UserId(1),
        created_at: Millis(5),
        epoch: 0,
        rank: Some(20_481),
        name_en_a: None,
        name_en_b: None,
        context_title: None,
    }
}

#[test]
fn entry_survives_its_row() {
    let entry = Entry {
        seq: Seq(7),
        kind: EntryKind::Recall,
        from: UserId(3),
        side: Side::B,
        at: Millis(99),
        rank: Rank(405_507),
        client_msg_id: "id".into(),
        op_id: u128::MAX - 1,
        body: "{}".into(),
        target: Some(Seq(5)),
        count_a: 4,
        count_b: 2,
    };
    assert_eq!(EntryRow::of(&entry).into_entry(Seq(7)), Ok(entry.clone()));
    let unknown = EntryRow { kind: 99, ..EntryRow::of(&entry) };
    assert_eq!(unknown.into_entry(Seq(7)), Err(StoreError::Corrupt("unknown entry kind 99".into())));
}

#[test]
fn head_survives_its_rows() {
    for (state, blocked_by) in [(State::Open, None), (State::Closed, None), (State::Blocked, Some(Side::B))] {
        let head = Head {
            head: Seq(9),
            at: Millis(8),
            rank: Rank(32_770),
            counts: [3, 4],
            assignees: [None, Some(UserId(6))],
            unanswered_since: [Some(Millis(7)), None],
            state,
            blocked_by,
            preview: "hi".into(),
            preview_seq: Seq(8),
            recalled: vec![(Side::B, Seq(4)), (Side::A, Seq(8))],
            ..conversation().first_head(ConversationId(1)).unwrap()
        };
        assert_eq!(HeadRow::of(&head).into_head(ConversationId(1), &conversation()), Ok(head.clone()));
        assert_eq!(InboxRow::of(&head).into_head(ConversationId(1)), Ok(head));
    }
}

#[test]
fn rows_of_before_there_were_ranks_rank_by_their_time() {
    let row = ConversationRow { rank: None, ..conversation() };
    let first = row.first_head(ConversationId(1)).unwrap();
    assert_eq!(first.rank, Rank::of(Millis(5)));
    let old = HeadRow { rank: None, ..HeadRow::of(&first) };
    assert_eq!(old.into_head(ConversationId(1), &conversation()).unwrap().rank, Rank::of(Millis(5)));
    let old = InboxRow { rank: None, ..InboxRow::of(&first) };
    assert_eq!(old.into_head(ConversationId(1)).unwrap().rank, Rank::of(Millis(5)));
}

#[test]
fn what_was_recalled_is_read_as_it_was_written_or_refused() {
    let first = conversation().first_head(ConversationId(1)).unwrap();
    assert_eq!(HeadRow::of(&first).recalled, None);
    for wrong in ["", "1", "2:5", "0:x", "0:1 ", "0:1  1:2"] {
        let row = InboxRow { recalled: Some(wrong.into()), ..InboxRow::of(&first) };
        assert!(matches!(row.into_head(ConversationId(1)), Err(StoreError::Corrupt(_))), "{wrong:?}");
    }
}

#[test]
fn buckets_hold_4096_entries() {
    assert_eq!([1, 4_095, 4_096, 8_192].map(|seq| bucket(Seq(seq))), [0, 0, 1, 2]);
}

#[test]
fn later_marks_and_later_epochs_win() {
    assert!(mark_at(0, Seq(2)) > mark_at(0, Seq(1)));
    assert!(mark_at(1, Seq(0)) > mark_at(0, Seq((1 << 40) - 1)));
}
