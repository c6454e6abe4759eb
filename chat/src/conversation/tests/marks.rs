//! Read marks on their way into the store: nothing is said of one before it lasts.

use super::*;

/// A conversation of ten texts, of which Bob is about to read.
fn ten() -> World {
    let mut world = World::with_log(10, 10);
    world.trace();
    world
}

/// Tells room 0 how the save that it asked for first ended.
fn tell_saved(world: &mut World, result: &Result<(), Refusal>) {
    let Some(Asked::SaveMark(mark)) = world.rooms[0].asked.pop_front() else { panic!("no mark is being saved") };
    let mut out = Vec::new();
    world.rooms[0].room.handle_mark_saved(world.now, mark.user, mark.seq, result, &mut out);
    world.rooms[0].take(out);
}

fn refused(world: &World, ticket: u64) -> Refusal {
    world.reply(ticket).expect("an answer").as_ref().unwrap_err().clone()
}

#[test]
fn read_is_answered_and_told_after_the_mark_lasts() {
    let mut world = ten();
    let ticket = world.ask(0, BOB, read(3));
    assert_eq!(world.trace(), ["save mark 3@3"], "nothing is said yet");
    assert_eq!(opened(world.ok_unsettled(BEN, open(None, 1))).read, BTreeMap::new());
    world.trace();
    tell_saved(&mut world, &Ok(()));
    assert_eq!(world.trace(), ["read 3@3".to_owned(), "marked 3@3".into(), format!("reply {ticket}")]);
    assert!(matches!(world.reply(ticket), Some(Ok(Reply::Unread { unread: 3 }))));
}

#[test]
fn refused_save_refuses_the_request_and_leaves_the_old_mark() {
    let mut world = ten();
    world.ok(BOB, read(3));
    world.trace();
    let ticket = world.ask(0, BOB, read(9));
    tell_saved(&mut world, &Err(Refusal::StorageFull));
    assert_eq!(refused(&world, ticket), Refusal::StorageFull);
    assert_eq!(world.trace(), ["save mark 3@9".to_owned(), format!("refuse {ticket}")]);
    assert_eq!(world.rooms[0].room.marks[&UserId(BOB)].seq, Seq(3));
    assert!(matches!(world.ok(BOB, read(9)), Reply::Unread { unread: 0 }), "it can be tried again");
}

#[test]
fn marks_of_one_user_are_saved_one_at_a_time_and_conflated() {
    let mut world = ten();
    let first = world.ask(0, BOB, read(2));
    let later: Vec<u64> = [4, 8, 6].into_iter().map(|seq| world.ask(0, BOB, read(seq))).collect();
    let other = world.ask(0, BEN, read(5));
    assert_eq!(world.trace(), ["save mark 3@2", "save mark 4@5"]);
    tell_saved(&mut world, &Ok(()));
    assert!(world.reply(first).is_some() && later.iter().all(|ticket| world.reply(*ticket).is_none()));
    world.settle(0);
    assert!(later.iter().chain([&other]).all(|ticket| matches!(world.reply(*ticket), Some(Ok(_)))));
    let saves: Vec<String> = world.trace().into_iter().filter(|line| line.starts_with("save")).collect();
    assert_eq!(saves, ["save mark 3@8"], "once for all that came meanwhile");
}

#[test]
fn refused_save_lets_a_later_mark_go_on() {
    let mut world = ten();
    let (first, later) = (world.ask(0, BOB, read(2)), world.ask(0, BOB, read(4)));
    tell_saved(&mut world, &Err(Refusal::Unavailable));
    assert_eq!(refused(&world, first), Refusal::Unavailable);
    world.settle(0);
    assert!(matches!(world.reply(later), Some(Ok(Reply::Unread { unread: 3 }))));
}

#[test]
fn silent_store_makes_a_mark_unknown_and_those_behind_it_unavailable() {
    let mut world = ten();
    let (flying, waiting) = (world.ask(0, BOB, read(2)), world.ask(0, BOB, read(4)));
    assert_eq!(world.deadline(), world.in_ms(5_000));
    world.wait(5_000);
    world.tick();
    assert_eq!(refused(&world, waiting), Refusal::Unavailable);
    world.wait(5_000);
    world.tick();
    assert_eq!(refused(&world, flying), Refusal::OutcomeUnknown);
    assert_eq!(world.rooms[0].room.marks_deadline(), None);
    assert!(!world.rooms[0].room.saves.is_empty(), "it is still on its way");
    world.settle(0);
    assert!(world.rooms[0].room.saves.is_empty());
    assert_eq!(world.rooms[0].room.marks[&UserId(BOB)].seq, Seq(2), "it lasts, so it is known");
}

#[test]
fn who_has_gone_is_marked_all_the_same_and_answered_no_more() {
    let mut world = ten();
    let tickets = [2, 4].map(|seq| world.ask(0, BOB, read(seq)));
    world.close(3);
    assert!(tickets.iter().all(|ticket| refused(&world, *ticket) == Refusal::OutcomeUnknown));
    world.settle(0);
    assert_eq!(world.marks[&UserId(BOB)].seq, Seq(4));
}

#[test]
fn at_most_so_many_wait_for_their_marks() {
    let mut world = ten();
    let tickets: Vec<u64> = (0..257).map(|_| world.ask(0, BOB, read(2))).collect();
    assert_eq!(refused(&world, tickets[256]), Refusal::Overloaded);
    world.settle(0);
    assert!(tickets[..256].iter().all(|ticket| matches!(world.reply(*ticket), Some(Ok(_)))));
}
