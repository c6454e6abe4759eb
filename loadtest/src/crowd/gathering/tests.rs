//! Who sits where: a race that put both devices of a double at one hub would prove nothing about two.

use std::collections::HashSet;

use super::*;

const WRITERS: usize = 32;

fn account(name: &str) -> Account {
    Account { token: String::new(), user: name.to_owned(), enterprise: String::new(), peer: String::new() }
}

/// Name, user, hub of two, and role of each writer of one conversation.
fn seated(doubles: usize) -> Vec<(String, String, usize, Role)> {
    let gathering = Gathering { targets: &[], accounts: &[], run: "r", text_chars: 1, writers: WRITERS, doubles };
    let sides = [account("left"), account("right")];
    let writer = |place: usize| {
        let account = &sides[place % 2];
        let (identity, seat) = (gathering.identity(7, place, account, "c"), gathering.seat(place, account));
        (identity.name, identity.user, seat.home % 2, seat.role)
    };
    (0..WRITERS).map(writer).collect()
}

#[test]
fn a_double_has_the_name_and_the_account_of_one_at_the_other_hub() {
    let seated = seated(8);
    let doubled: Vec<usize> = (0..WRITERS).filter(|at| matches!(seated[*at].3, Role::Doubled { .. })).collect();
    assert_eq!(doubled.len(), 8);
    for at in doubled {
        let Role::Doubled { behind } = seated[at].3 else { unreachable!() };
        let (one, other) = (&seated[at], &seated[at + behind]);
        assert_eq!((&one.0, &one.1, other.3), (&other.0, &other.1, Role::Double));
        assert_ne!(one.2, other.2, "both are at one hub");
    }
}

#[test]
fn all_others_have_names_of_their_own() {
    let names = |doubles| seated(doubles).into_iter().map(|(name, ..)| name).collect::<HashSet<_>>().len();
    assert_eq!((names(0), names(3)), (WRITERS, WRITERS - 3));
}

#[test]
fn each_side_begins_at_both_hubs_alike() {
    for (user, home) in [("left", 0), ("left", 1), ("right", 0), ("right", 1)] {
        assert_eq!(seated(4).iter().filter(|seat| seat.1 == user && seat.2 == home).count(), WRITERS / 4);
    }
}
