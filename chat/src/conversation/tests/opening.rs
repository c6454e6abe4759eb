//! Reopened conversations: nothing is written behind the opening before the pair's rows say that it counts.

use super::*;

const fn reopen() -> Command {
    Command::Turn(Turn::Reopen { allowed: true, blocked: false })
}

/// Closed by Ann after one text; what is reopened waits for its confirmation.
fn closed() -> World {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.ok(ANN, Command::Turn(Turn::Close));
    world.trace();
    world
}

fn refused(world: &World, ticket: u64) -> Refusal {
    world.reply(ticket).expect("an answer").as_ref().unwrap_err().clone()
}

fn tell_confirmed(world: &mut World, result: Result<Confirmed, Refusal>) {
    let Some(Asked::Confirm(opened)) = world.rooms[0].asked.pop_front() else { panic!("nothing is to be confirmed") };
    let mut out = Vec::new();
    world.rooms[0].room.handle_confirmed(world.now, opened, result, &mut out);
    world.rooms[0].take(out);
}

/// The state of a log, and the author of its last entry.
fn last(world: &World) -> (wire::State, i64) {
    (replayed(&world.log).state, world.log.last().unwrap().from.0)
}

#[test]
fn reopen_is_answered_and_written_behind_once_the_pair_is_confirmed() {
    let mut world = closed();
    let (opening, sending) = (world.ask(0, BOB, reopen()), world.ask(0, ANN, text("b")));
    world.settle_one(0, 0);
    assert_eq!(world.trace(), ["append 3+1", "message 3", "confirm 3"]);
    assert!(world.reply(opening).is_none() && world.reply(sending).is_none());
    assert!(world.rooms[0].room.concerns(ConnId(3)) && !world.rooms[0].room.idle());
    tell_confirmed(&mut world, Ok(HOLDS));
    assert_eq!(world.trace(), ["changed 3".into(), format!("reply {opening}"), "append 4+1".into()]);
    world.settle(0);
    assert_eq!(seq_of(world.reply(sending).unwrap().as_ref().unwrap()), 4);
}

#[test]
fn an_opening_whose_pair_was_taken_meanwhile_ends_itself() {
    let mut world = closed();
    let (opening, sending) = (world.ask(0, BOB, reopen()), world.ask(0, ANN, text("b")));
    world.settle_one(0, 0);
    tell_confirmed(&mut world, Ok(Confirmed { holds: false, ..HOLDS }));
    assert_eq!(refused(&world, opening), Refusal::Conflict("another conversation is open"));
    world.settle(0);
    assert_eq!(refused(&world, sending), Refusal::Conflict("closed"));
    assert_eq!(last(&world), (wire::State::Closed, 0));
    assert_eq!(world.log.len(), 4);
}

#[test]
fn the_lists_are_never_told_that_a_refused_opening_is_open() {
    for said in [Confirmed { holds: false, ..HOLDS }, Confirmed { blocked: [true, false], ..HOLDS }] {
        let mut world = closed();
        world.ask(0, BOB, reopen());
        world.settle_one(0, 0);
        tell_confirmed(&mut world, Ok(said));
        world.settle(0);
        let told: Vec<_> = world.trace().into_iter().filter(|line| line.starts_with("changed")).collect();
        assert_eq!(told, ["changed 4"], "its end alone");
    }
    let mut world = closed();
    world.ask(0, BOB, reopen());
    world.settle_one(0, 0);
    tell_confirmed(&mut world, Err(Refusal::Unavailable));
    assert!(world.trace().contains(&"changed 3".to_owned()), "nobody knows better than the log");
}

#[test]
fn an_opening_that_follows_an_ended_one_is_confirmed_at_once() {
    let mut world = closed();
    world.ask(0, BOB, reopen());
    world.settle_one(0, 0);
    tell_confirmed(&mut world, Ok(Confirmed { holds: false, ..HOLDS }));
    world.settle(0);
    assert_eq!(last(&world), (wire::State::Closed, 0));
    // Of the same moment: what was to be tried again is the end of the other opening.
    let opening = world.ask(0, BOB, reopen());
    world.settle(0);
    assert_eq!(seq_of(world.reply(opening).expect("an answer").as_ref().unwrap()), 5);
}

#[test]
fn an_opening_that_a_block_has_overtaken_ends_itself() {
    let mut world = closed();
    let opening = world.ask(0, BOB, reopen());
    world.settle_one(0, 0);
    tell_confirmed(&mut world, Ok(Confirmed { blocked: [true, false], ..HOLDS }));
    assert_eq!(refused(&world, opening), Refusal::Conflict("blocked"));
    world.settle(0);
    assert_eq!((last(&world), world.log.last().unwrap().side), ((wire::State::Blocked, 0), Side::A));
    assert_eq!(world.refusal(BOB, text("b")), Refusal::Conflict("blocked"));
}

#[test]
fn a_store_that_does_not_say_leaves_it_unknown_and_is_asked_again() {
    let mut world = closed();
    let opening = world.ask(0, BOB, reopen());
    world.settle_one(0, 0);
    let sending = world.ask(0, ANN, text("b"));
    tell_confirmed(&mut world, Err(Refusal::Unavailable));
    assert_eq!(refused(&world, opening), Refusal::OutcomeUnknown);
    assert_eq!(refused(&world, sending), Refusal::Unavailable);
    assert!(world.rooms[0].asked.is_empty(), "not in a circle");
    assert_eq!(world.seq(ANN, text("b")), 4);
}

#[test]
fn a_store_that_is_silent_leaves_it_unknown_after_a_while() {
    let mut world = closed();
    let opening = world.ask(0, BOB, reopen());
    world.settle_one(0, 0);
    let sending = world.ask(0, ANN, text("b"));
    assert_eq!(world.deadline(), world.in_ms(5_000));
    world.wait(5_000);
    world.tick();
    assert_eq!(refused(&world, sending), Refusal::Unavailable);
    world.wait(5_000);
    world.tick();
    assert_eq!(refused(&world, opening), Refusal::OutcomeUnknown);
    let again = world.ask(0, BOB, reopen());
    world.close(3);
    assert!(world.reply(again).is_none(), "whether it is so already nobody knows yet");
    world.settle(0);
    assert_eq!(seq_of(world.reply(again).unwrap().as_ref().unwrap()), 3);
}

#[test]
fn an_end_that_the_store_refuses_is_tried_again_but_not_in_a_circle() {
    let lost = Confirmed { holds: false, ..HOLDS };
    let mut world = closed();
    world.ask(0, BOB, reopen());
    world.settle_one(0, 0);
    tell_confirmed(&mut world, Ok(lost));
    world.refuse_append(Refusal::StorageFull);
    let sending = world.ask(0, ANN, text("b"));
    assert!(world.rooms[0].asked.is_empty() && world.reply(sending).is_none());
    assert_eq!(world.deadline(), world.in_ms(1_000));
    world.wait(1_000);
    world.tick();
    tell_confirmed(&mut world, Ok(lost));
    world.settle(0);
    assert_eq!(refused(&world, sending), Refusal::Conflict("closed"));
    assert_eq!(world.deadline(), None);

    let loaded = Loaded { blocked: [false, true], ..Loaded::started(first_head(), 0) };
    let mut world = World::new();
    world.rooms[0] = Room::of(loaded, Rules::default(), 5);
    let first = world.ask(0, ANN, text("a"));
    world.refuse_append(Refusal::StorageFull);
    assert_eq!(refused(&world, first), Refusal::StorageFull);
    let second = world.ask(0, ANN, text("a"));
    assert!(world.rooms[0].asked.is_empty() && world.reply(second).is_none());
    world.wait(1_000);
    world.tick();
    world.settle(0);
    assert_eq!(refused(&world, second), Refusal::Conflict("blocked"));
}

#[test]
fn an_opening_that_a_crash_left_is_confirmed_by_whoever_loads_it() {
    let mut world = closed();
    world.ask(0, BOB, reopen());
    world.settle_one(0, 0);
    for recent in [0, 5] {
        world.rooms[0] = Room::new(&world.log, recent, true, 9);
        world.ask(0, ANN, text("b"));
        assert!(world.trace().contains(&"confirm 3".to_owned()));
        world.rooms[0] = Room::new(&world.log, recent, true, 10);
        let mut out = Vec::new();
        world.rooms[0].room.check(world.now, &mut out);
        world.rooms[0].take(out);
        assert_eq!(world.trace(), ["confirm 3", "checked"], "a sweeper's touch is enough");
    }
    world.confirmed = Confirmed { holds: false, ..HOLDS };
    world.settle(0);
    assert_eq!(last(&world), (wire::State::Closed, 0));
}

#[test]
fn an_opening_of_the_other_hub_is_confirmed_here_before_anything_is_written_behind_it() {
    let mut world = closed();
    let sharing = Rules { shared: true, ..Rules::default() };
    world.rooms = vec![Room::under(sharing, &world.log, 9, true, 3), Room::under(sharing, &world.log, 9, true, 4)];
    world.ask(1, BOB, reopen());
    world.settle_one(1, 0);
    let sending = world.ask(0, ANN, text("b"));
    world.settle_one(0, 0);
    assert!(matches!(world.rooms[0].asked.front(), Some(Asked::Confirm(Seq(3)))), "{:?}", world.rooms[0].asked);
    world.settle(0);
    assert_eq!(seq_of(world.reply(sending).unwrap().as_ref().unwrap()), 4);
    world.settle(1);
    assert!(world.rooms[1].replies.values().next().unwrap().is_ok());
}

#[test]
fn a_block_elsewhere_is_echoed_where_it_is_open_and_only_there() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    let blocked = |world: &mut World, by, ticket| {
        let mut out = Vec::new();
        world.rooms[0].room.handle_blocked(world.now, by, Some(Ticket(ticket)), &mut out);
        world.rooms[0].take(out);
        world.settle(0);
    };
    blocked(&mut world, BETA, 900);
    blocked(&mut world, BETA, 901);
    assert!([900, 901].iter().all(|ticket| matches!(world.reply(*ticket), Some(Ok(Reply::Done { seq: Seq(2) })))));
    assert_eq!((last(&world), world.log.last().unwrap().side), ((wire::State::Blocked, 0), Side::B));
    assert_eq!(world.refusal(ANN, text("b")), Refusal::Conflict("blocked"));
    blocked(&mut world, EnterpriseId(99), 902);
    assert_eq!(refused(&world, 902), Refusal::NotFound);
    let mut world = closed();
    blocked(&mut world, BETA, 900);
    assert_eq!(world.log.len(), 2, "nobody writes there anyway");
}

#[test]
fn a_conversation_that_was_started_while_one_side_blocked_is_ended_before_anything_is_written() {
    let mut world = World::new();
    let loaded = Loaded { blocked: [false, true], ..Loaded::started(first_head(), 0) };
    world.rooms[0] = Room::of(loaded, Rules::default(), 5);
    assert_eq!(world.refusal(ANN, text("a")), Refusal::Conflict("blocked"));
    assert_eq!((world.log.len(), last(&world)), (1, (wire::State::Blocked, 0)));
}
