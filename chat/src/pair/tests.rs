use super::*;

mod model;

const X: EnterpriseId = EnterpriseId(20);
const Y: EnterpriseId = EnterpriseId(10);

const fn row(v: i64, conversation: i64) -> PairRow {
    PairRow { v, conversation: ConversationId(conversation) }
}

#[test]
fn a_pair_is_taken_from_a_holder_that_is_not_open_and_always_written() {
    let (one, other) = (ConversationId(1), ConversationId(2));
    for holder in [None, Some(State::Closed), Some(State::Blocked)] {
        let Take::Write(Expect::Version(PairsKey {}, 4), written) = take(Some(&row(4, 2)), holder, one) else {
            panic!("{holder:?} was not taken from")
        };
        assert_eq!(written, row(5, 1));
    }
    assert!(matches!(take(None, None, one), Take::Write(Expect::Absent(_), PairRow { v: 1, .. })));
    assert!(matches!(take(Some(&row(4, 2)), Some(State::Open), one), Take::Open(id) if id == other));
    assert!(matches!(take(Some(&row(4, 1)), Some(State::Open), one), Take::Write(_, PairRow { v: 5, .. })));
}

#[test]
fn a_pair_is_confirmed_for_its_holder_alone() {
    let (expect, written) = confirm(Some(&row(4, 1)), ConversationId(1)).unwrap();
    assert!(matches!(expect, Expect::Version(PairsKey {}, 4)));
    assert_eq!(written, row(5, 1));
    assert!(confirm(Some(&row(4, 2)), ConversationId(1)).is_none());
}

#[test]
fn each_of_two_enterprises_blocks_for_itself_whoever_is_named_first() {
    let part = BlocksPart::of([X, Y]);
    assert_eq!(part, BlocksPart::of([Y, X]));
    let at = Some(Millis(7));
    let (expect, by_x) = part.set(None, X, at).unwrap();
    assert!(matches!(expect, Expect::Absent(BlocksKey {})));
    assert_eq!((by_x.v, by_x.by([X, Y]), by_x.by([Y, X])), (1, [true, false], [false, true]));
    assert!(part.set(Some(&by_x), X, Some(Millis(9))).is_none(), "it is so already");
    let (expect, by_both) = part.set(Some(&by_x), Y, at).unwrap();
    assert!(matches!(expect, Expect::Version(BlocksKey {}, 1)));
    assert_eq!(by_both.by([X, Y]), [true, true]);
    let (_expect, by_y) = part.set(Some(&by_both), X, None).unwrap();
    assert_eq!((by_y.v, by_y.by([X, Y])), (3, [false, true]));
    assert!(part.set(Some(&by_y), X, None).is_none());
    assert!(part.set(None, X, None).is_none());
}

#[test]
fn a_block_of_before_there_was_a_row_speaks_for_itself() {
    let (kind, id) = (crate::wire::TargetKind::Enterprise, X.to_string());
    let context = crate::wire::Context { kind, id, title: None };
    let head = Head {
        enterprises: [Y, X],
        state: State::Blocked,
        blocked_by: Some(Side::B),
        ..Head::empty(ConversationId(1), context)
    };
    assert_eq!(blocking(None, &head), [false, true]);
    let lifted = BlocksRow { v: 2, by_low: None, by_high: None };
    assert_eq!(blocking(Some(&lifted), &head), [false, false]);
    let by_y = BlocksRow { v: 3, by_low: Some(Millis(1)), by_high: None };
    assert_eq!(blocking(Some(&by_y), &head), [true, false]);
}
