use super::*;

const NOW: Tick = Tick(1_000_000);

#[expect(clippy::disallowed_methods, reason = "any instant serves as the start of virtual time")]
fn start() -> Instant {
    Instant::now()
}

fn begin_append(views: &mut Views, note: i64) -> bool {
    views.hold(Vec::new());
    views.begin_append(NOW, || note).is_some()
}

/// An append that is through, and its views being settled as of seq 1.
fn settling(now: Instant) -> Views {
    let mut views = Views::default();
    assert!(begin_append(&mut views, 7));
    views.notes.appended(true);
    views.changed(now);
    views.sealed();
    assert!(!views.begin_settling(now), "not yet quiet");
    assert!(views.begin_settling(now + QUIET));
    views
}

#[test]
fn notes_go_once_the_views_are_settled() {
    let now = start();
    let mut views = settling(now);
    assert_eq!(views.settled(now + QUIET, Seq(1), true, Seq(1)), Some(vec![7]));
    assert!(!views.is_idle());
    views.cleared(now + QUIET, true);
    assert!(views.is_idle() && !views.notes.some_stand());
}

#[test]
fn a_note_outlives_the_settling_when_an_append_on_its_way_counts_on_it() {
    let now = start();
    let mut views = settling(now);
    assert!(begin_append(&mut views, 8), "settling does not keep an append");
    assert_eq!(views.settled(now + QUIET, Seq(1), true, Seq(1)), None);
    assert!(views.notes.some_stand() && views.next_due().is_some(), "a later settling removes it");
}

#[test]
fn no_append_begins_while_notes_are_being_removed() {
    let now = start();
    let mut views = settling(now);
    assert!(views.settled(now + QUIET, Seq(1), true, Seq(1)).is_some());
    assert!(!begin_append(&mut views, 8), "it would count on a note that goes");
    views.cleared(now + QUIET, true);
    let (_entries, noting) = views.begin_append(NOW, || 8).expect("now it begins");
    assert_eq!(noting.map(|noting| noting.note), Some(8), "under a note of its own");
}

#[test]
fn no_append_begins_before_the_last_ones_ids_are_written() {
    let mut views = Views::default();
    assert!(begin_append(&mut views, 7));
    assert!(!begin_append(&mut views, 8));
    views.sealed();
    assert!(views.begin_append(NOW, || 8).is_some());
}

#[test]
fn what_moved_meanwhile_or_could_not_be_written_is_settled_again() {
    let now = start();
    let mut views = settling(now);
    assert_eq!(views.settled(now + QUIET, Seq(1), true, Seq(2)), None);
    assert!(views.begin_settling(now + QUIET + QUIET));
    let mut views = settling(now);
    assert_eq!(views.settled(now + QUIET, Seq(1), false, Seq(1)), None);
    assert!(!views.begin_settling(now + QUIET + QUIET));
    assert!(views.begin_settling(now + QUIET + SETTLE_RETRY));
}

#[test]
fn one_settling_at_a_time() {
    let now = start();
    let mut views = settling(now);
    views.changed(now + QUIET);
    assert_eq!(views.next_due(), None, "its job always ends");
    assert!(!views.begin_settling(now + QUIET + QUIET));
}

#[test]
fn what_only_another_hub_appended_is_left_to_it() {
    let mut views = Views::default();
    views.changed(start());
    assert!(views.is_idle());
}
