use super::*;

const LI: UserId = UserId(1);

#[test]
fn a_user_without_notices_is_not_looked_for_until_the_next_settling() {
    let mut cleared = Cleared::default();
    let asked = cleared.look(LI).unwrap();
    assert!(cleared.look(LI).is_some(), "no answer yet");
    cleared.none_of(LI, asked);
    assert_eq!(cleared.look(LI), None);
    assert!(cleared.look(UserId(2)).is_some());
    cleared.settling();
    assert!(cleared.look(LI).is_some());
}

#[test]
fn a_look_that_began_before_a_settling_says_nothing_of_it() {
    let mut cleared = Cleared::default();
    let asked = cleared.look(LI).unwrap();
    cleared.settling();
    cleared.none_of(LI, asked);
    assert!(cleared.look(LI).is_some());
}

#[test]
fn no_more_users_are_remembered_than_the_bound() {
    let mut cleared = Cleared::default();
    let asked = Stretch::default();
    for user in 0..=i64::try_from(CLEARED_MAX).unwrap() {
        cleared.none_of(UserId(user), asked);
    }
    assert_eq!(cleared.users.len(), CLEARED_MAX);
}
