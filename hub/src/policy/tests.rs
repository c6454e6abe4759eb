use super::*;
use crate::op::NAMES;
use storage::ids::{EnterpriseId, Millis, SessionId, UserId};

fn who(kind: Kind, duty: Option<Duty>, admin: bool) -> Principal {
    Principal {
        user: UserId(1),
        kind,
        enterprise: (kind != Kind::Individual).then_some(EnterpriseId(1)),
        duty,
        admin,
        session: SessionId(1),
        rights: 1,
        expires_at: Millis(0),
    }
}

#[test]
fn only_negotiating_duties_of_enterprises_negotiate() {
    let allowed = [
        who(Kind::Enterprise, Some(Duty::Representative), false),
        who(Kind::Enterprise, Some(Duty::Consultant), false),
        who(Kind::Enterprise, Some(Duty::Representative), true),
    ];
    let refused = [
        who(Kind::Enterprise, Some(Duty::Other), false),
        who(Kind::Enterprise, Some(Duty::Other), true),
        who(Kind::Enterprise, None, true),
        who(Kind::Individual, None, false),
        who(Kind::Institution, Some(Duty::Representative), true),
        who(Kind::Committee, None, true),
    ];
    for &name in NAMES.iter().filter(|name| name.row().right == Right::Negotiator) {
        for who in &allowed {
            assert_eq!(allow(Some(who), name.row().right, false), Ok(()), "{name:?}");
        }
        for who in &refused {
            assert_eq!(allow(Some(who), name.row().right, false), Err(Code::Forbidden), "{name:?} {who:?}");
        }
        assert_eq!(allow(None, name.row().right, true), Err(Code::Unauthenticated), "{name:?}");
    }
}

#[test]
fn every_operation_that_touches_a_conversation_asks_for_a_negotiator() {
    for &name in NAMES {
        let touches = name.row().text.starts_with("negotiation.") || name.row().text.starts_with("inbox.");
        assert_eq!(touches, name.row().right == Right::Negotiator, "{name:?}");
    }
}

#[test]
fn bench_operations_exist_in_bench_mode_only() {
    assert_eq!(allow(None, Right::Bench, false), Err(Code::NotFound));
    assert_eq!(allow(None, Right::Bench, true), Ok(()));
}

#[test]
fn team_changes_ask_for_the_administrator() {
    let admin = who(Kind::Enterprise, Some(Duty::Representative), true);
    let member = who(Kind::Enterprise, Some(Duty::Representative), false);
    assert_eq!(allow(Some(&admin), Right::Administrator, false), Ok(()));
    assert_eq!(allow(Some(&member), Right::Administrator, false), Err(Code::Forbidden));
    assert_eq!(allow(None, Right::Account, false), Err(Code::Unauthenticated));
}

#[test]
fn what_is_the_committees_is_nobody_elses() {
    for kind in [Kind::Enterprise, Kind::Individual, Kind::Institution] {
        assert_eq!(allow(Some(&who(kind, None, true)), Right::Committee, true), Err(Code::Forbidden), "{kind:?}");
    }
    assert_eq!(allow(None, Right::Committee, true), Err(Code::Unauthenticated));
    assert_eq!(allow(Some(&who(Kind::Committee, None, false)), Right::Committee, false), Ok(()));
}

#[test]
fn administrators_and_the_committee_oversee_people() {
    let right = Right::Overseer;
    for kind in [Kind::Enterprise, Kind::Institution] {
        assert_eq!(allow(Some(&who(kind, None, true)), right, false), Ok(()), "{kind:?}");
        assert_eq!(allow(Some(&who(kind, None, false)), right, true), Err(Code::Forbidden), "{kind:?}");
    }
    assert_eq!(allow(Some(&who(Kind::Committee, None, false)), right, false), Ok(()));
    assert_eq!(allow(Some(&who(Kind::Individual, None, true)), right, false), Err(Code::Forbidden));
}
