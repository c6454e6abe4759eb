use super::*;

const START: Tick = Tick(1_000_000);

/// What an append writes first: the note, and those that it replaces.
fn noting(notes: &mut Notes, now: Tick, next: i64) -> Option<(i64, Vec<i64>)> {
    notes.before_append(now, || next).map(|noting| (noting.note, noting.instead_of))
}

#[test]
fn one_note_serves_all_appends_until_the_views_are_settled() {
    let mut notes = Notes::default();
    assert!(!notes.some_stand());
    assert_eq!(noting(&mut notes, START, 1), Some((1, vec![])));
    notes.appended(true);
    assert_eq!(noting(&mut notes, START.plus_ms(59_999), 2), None);
    assert_eq!(notes.settled(), [1]);
    notes.cleared(&[1], true);
    assert!(!notes.some_stand());
    assert_eq!(noting(&mut notes, START.plus_ms(59_999), 3), Some((3, vec![])), "a removed key is never used again");
}

#[test]
fn the_note_of_the_start_serves_the_first_append() {
    let mut notes = Notes::default();
    notes.start(START, 7);
    assert_eq!(noting(&mut notes, START, 1), None);
    assert_eq!(notes.settled(), [7]);
    let mut late = Notes::default();
    noting(&mut late, START, 1);
    late.start(START, 7);
    assert_eq!(late.settled(), [1, 7], "an append was faster than the news of the start");
}

#[test]
fn an_old_note_is_replaced_before_the_next_append() {
    let mut notes = Notes::default();
    noting(&mut notes, START, 1);
    notes.appended(true);
    assert_eq!(noting(&mut notes, START.plus_ms(60_000), 2), Some((2, vec![1])));
    assert_eq!(notes.settled(), [1, 2], "whether the first is gone is not known yet");
    notes.appended(true);
    assert_eq!(notes.settled(), [2]);
}

#[test]
fn after_a_refusal_the_note_is_written_again() {
    let mut notes = Notes::default();
    noting(&mut notes, START, 1);
    notes.appended(false);
    assert_eq!(noting(&mut notes, START, 2), Some((1, vec![])));
    notes.appended(true);
    assert_eq!(noting(&mut notes, START, 3), None);
}

#[test]
fn after_a_removal_of_unknown_outcome_another_note_is_written_and_the_old_one_removed_again() {
    let mut notes = Notes::default();
    noting(&mut notes, START, 1);
    notes.appended(true);
    notes.cleared(&[1], false);
    assert!(notes.some_stand());
    assert_eq!(noting(&mut notes, START, 2), Some((2, vec![])));
    assert_eq!(notes.settled(), [2, 1]);
}

#[test]
fn what_lost_its_hub_is_removed_with_the_own_once_it_was_checked() {
    let mut notes = Notes::default();
    noting(&mut notes, START, 1);
    assert!(notes.touch(8) && notes.touch(9));
    assert_eq!(notes.settled(), [1]);
    notes.adopt();
    assert!(!notes.touch(9), "known");
    assert!(notes.touch(10));
    notes.adopt();
    assert_eq!(notes.settled(), [1, 8, 9, 10]);
    notes.cleared(&[1, 8, 9], true);
    assert_eq!(notes.settled(), [10], "found while the others were being removed");
}

#[test]
fn at_most_so_many_are_adopted_at_once() {
    let mut notes = Notes::default();
    assert!((0..256).all(|note| notes.touch(note)));
    assert!(!notes.touch(256));
}
