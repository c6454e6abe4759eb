use super::*;

const NOW: Millis = Millis(1_000_000);

fn begin_append(views: &mut Views, note: i64) -> bool {
    views.hold(Vec::new());
    views.begin_append(NOW, || note).is_some()
}

/// An append that is through, and its views being settled as of seq 1 by one desk already.
fn half_settled(now: Instant) -> Views {
    let mut views = Views::default();
    assert!(begin_append(&mut views, 7));
    views.notes.appended(true);
    views.changed(now);
    views.sealed();
    assert!(!views.begin_settling(now, Seq(1)), "not yet quiet");
    assert!(views.begin_settling(now + QUIET, Seq(1)));
    assert_eq!(views.settled(now + QUIET, (Side::A, Seq(1), true), Seq(1)), None);
    views
}

#[tokio::test(start_paused = true)]
async fn notes_go_once_both_desks_have_settled() {
    let now = super::super::core::read_instant();
    let mut views = half_settled(now);
    assert_eq!(views.settled(now + QUIET, (Side::B, Seq(1), true), Seq(1)), Some(vec![7]));
    assert!(!views.is_idle());
    views.cleared(now + QUIET, true);
    assert!(views.is_idle() && !views.notes.some_stand());
}

#[tokio::test(start_paused = true)]
async fn a_note_outlives_the_settling_when_an_append_on_its_way_counts_on_it() {
    let now = super::super::core::read_instant();
    let mut views = half_settled(now);
    assert!(begin_append(&mut views, 8), "settling does not keep an append");
    assert_eq!(views.settled(now + QUIET, (Side::B, Seq(1), true), Seq(1)), None);
    assert!(views.notes.some_stand() && views.next_due().is_some(), "a later settling removes it");
}

#[tokio::test(start_paused = true)]
async fn no_append_begins_while_notes_are_being_removed() {
    let now = super::super::core::read_instant();
    let mut views = half_settled(now);
    assert!(views.settled(now + QUIET, (Side::B, Seq(1), true), Seq(1)).is_some());
    assert!(!begin_append(&mut views, 8), "it would count on a note that goes");
    views.cleared(now + QUIET, true);
    let (_entries, noting) = views.begin_append(NOW, || 8).expect("now it begins");
    assert_eq!(noting.map(|noting| noting.note), Some(8), "under a note of its own");
}

#[tokio::test(start_paused = true)]
async fn no_append_begins_before_the_last_ones_ids_are_written() {
    let mut views = Views::default();
    assert!(begin_append(&mut views, 7));
    assert!(!begin_append(&mut views, 8));
    views.sealed();
    assert!(views.begin_append(NOW, || 8).is_some());
}

#[tokio::test(start_paused = true)]
async fn what_moved_meanwhile_or_could_not_be_written_is_settled_again() {
    let now = super::super::core::read_instant();
    let mut views = half_settled(now);
    assert_eq!(views.settled(now + QUIET, (Side::B, Seq(1), true), Seq(2)), None);
    assert!(views.begin_settling(now + QUIET + QUIET, Seq(2)));
    let mut views = half_settled(now);
    assert_eq!(views.settled(now + QUIET, (Side::B, Seq(1), false), Seq(1)), None);
    assert!(!views.begin_settling(now + QUIET + QUIET, Seq(1)));
    assert!(views.begin_settling(now + QUIET + SETTLE_RETRY, Seq(1)));
}

#[tokio::test(start_paused = true)]
async fn desks_that_do_not_answer_are_asked_again() {
    let now = super::super::core::read_instant();
    let mut views = half_settled(now);
    let given_up = now + QUIET + SETTLE_TIMEOUT;
    assert_eq!(views.next_due(), Some(given_up));
    assert!(!views.begin_settling(given_up, Seq(1)));
    assert!(views.begin_settling(given_up + SETTLE_RETRY, Seq(1)));
}

#[tokio::test(start_paused = true)]
async fn what_only_another_hub_appended_is_left_to_it() {
    let mut views = Views::default();
    views.changed(super::super::core::read_instant());
    assert!(views.is_idle());
}
