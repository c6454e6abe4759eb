use super::*;

const NOW: Millis = Millis(1_000_000);

fn at(minutes: i64) -> Option<Millis> {
    Some(NOW.plus_ms(minutes * 60_000))
}

#[test]
fn one_row_serves_a_conversation_that_goes_on() {
    let mut deadline = Deadline::default();
    assert_eq!(deadline.begin_settling(NOW, at(10)).put, at(10));
    deadline.settled(true);
    assert_eq!(deadline.begin_settling(NOW, at(12)).put, None, "the one that stands comes first, and leads on");
    deadline.settled(true);
    assert_eq!(deadline.begin_settling(NOW, at(5)).put, at(5), "it would come too late");
}

#[test]
fn a_row_that_could_not_be_written_is_written_by_the_next_settling() {
    let mut deadline = Deadline::default();
    assert_eq!(deadline.begin_settling(NOW, at(10)).put, at(10));
    deadline.settled(false);
    assert_eq!(deadline.begin_settling(NOW, at(10)).put, at(10));
}

#[test]
fn a_row_that_came_due_is_followed_by_the_next_and_then_done() {
    let mut deadline = Deadline::default();
    deadline.begin_settling(NOW, at(10));
    deadline.settled(true);
    let row = Claimed { minute: 1, slot: 1, kind: "k".to_owned(), key: "c".to_owned(), v: 2 };
    deadline.asked(row.clone());
    assert_eq!(deadline.begin_settling(NOW, at(10)).done, [], "not before the log is known to its end");
    deadline.settled(false);
    assert!(deadline.known() && !deadline.known());
    let rows = deadline.begin_settling(NOW, at(10));
    assert_eq!((rows.put, rows.done), (at(10), vec![row]));
    let rows = deadline.begin_settling(NOW, None);
    assert_eq!((rows.put, rows.done.len()), (None, 0), "nothing is due any more");
}
