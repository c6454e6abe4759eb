//! Two hubs over one log: what the other one appended is seen before anything is said that depends on it.

use super::*;

fn sharing() -> Rules {
    Rules { shared: true, ..Rules::default() }
}

/// Two rooms of two hubs over an empty log.
fn two_hubs() -> World {
    let mut world = World::new();
    world.rooms = vec![Room::under(sharing(), &[], 0, true, 1), Room::under(sharing(), &[], 0, true, 2)];
    world
}

/// The other hub appends texts by Ann.
fn other_appends(world: &mut World, ids: &[&str]) {
    for id in ids {
        world.ask(1, ANN, text(id));
        world.settle(1);
    }
}

/// What room 0 asks of the store next, which must be a look.
fn take_look(world: &mut World) -> Seq {
    match world.rooms[0].asked.pop_front() {
        Some(Asked::Look(from)) => from,
        other => panic!("not a look: {other:?}"),
    }
}

fn tell_looked(world: &mut World, looked: Result<Looked, Refusal>) {
    let mut out = Vec::new();
    world.rooms[0].room.handle_looked(world.now, looked, &mut out);
    world.rooms[0].take(out);
}

fn refused(world: &World, ticket: u64) -> Refusal {
    world.reply(ticket).expect("an answer").as_ref().unwrap_err().clone()
}

#[test]
fn open_and_history_show_what_the_other_hub_appended() {
    let mut world = two_hubs();
    other_appends(&mut world, &["m1", "m2"]);
    assert_eq!(opened(world.ok(BOB, open(Some(0), 10))).entries.len(), 2);
    other_appends(&mut world, &["m3"]);
    assert_eq!(page(world.ok(BOB, history(100, 10))), (vec![1, 2, 3], false));
}

#[test]
fn a_room_of_its_own_answers_from_memory() {
    let mut world = World::new();
    world.ok(ANN, text("m1"));
    world.trace();
    world.ask(0, BOB, open(Some(0), 10));
    assert_eq!(world.trace().last().unwrap(), "reply 2");
    assert!(world.rooms[0].asked.is_empty());
}

#[test]
fn what_comes_during_a_look_waits_for_the_next_one() {
    let mut world = two_hubs();
    let early = world.ask(0, BOB, open(Some(0), 10));
    let from = take_look(&mut world);
    let brought = stands(&world.log, from);
    other_appends(&mut world, &["m1"]);
    let late = world.ask(0, BEN, open(Some(0), 10));
    tell_looked(&mut world, Ok(brought));
    assert!(world.reply(early).is_some(), "its look had begun after it came");
    assert!(world.reply(late).is_none(), "what it must show was appended after that look");
    world.settle(0);
    let Some(Ok(Reply::Opened(opened))) = world.reply(late) else { panic!("not opened") };
    assert_eq!(opened.head, Seq(1));
}

#[test]
fn many_questions_share_one_look() {
    let mut world = two_hubs();
    world.ask(0, ANN, open(None, 1));
    let waiting: Vec<u64> = (0..20).map(|_| world.ask(0, BOB, history(5, 1))).collect();
    world.trace();
    world.settle(0);
    let looks = world.trace().iter().filter(|line| line.starts_with("look ")).count();
    assert_eq!(looks, 1, "one more for all that came during the first");
    assert!(waiting.iter().all(|ticket| world.reply(*ticket).is_some()));
}

#[test]
fn a_look_waits_for_the_append_in_flight_and_appends_wait_for_a_look() {
    let mut world = two_hubs();
    let sent = world.ask(0, ANN, text("m1"));
    let opening = world.ask(0, BOB, open(Some(0), 10));
    assert_eq!(world.rooms[0].asked.len(), 1, "the append alone");
    world.settle_one(0, 0);
    assert!(world.reply(sent).is_some() && world.reply(opening).is_none());
    let second = world.ask(0, ANN, text("m2"));
    assert_eq!(take_look(&mut world), Seq(2));
    assert!(world.rooms[0].asked.is_empty(), "the second append waits");
    tell_looked(&mut world, Ok(Looked::default()));
    assert!(world.reply(opening).is_some());
    world.settle(0);
    assert!(world.reply(second).is_some());
}

#[test]
fn entries_of_another_hub_are_told_remembered_and_reach_the_inboxes() {
    let mut world = two_hubs();
    world.ok(BOB, open(Some(0), 10));
    other_appends(&mut world, &["m1"]);
    world.trace();
    world.ok(BEN, history(10, 10));
    let trace = world.trace();
    assert!(trace.contains(&"message 1".to_owned()) && trace.contains(&"changed 1".to_owned()), "{trace:?}");
    let Reply::Sent { seq, duplicate, .. } = world.ok(ANN, text("m1")) else { panic!("not sent") };
    assert_eq!((seq, duplicate, world.log.len()), (Seq(1), true, 1));
}

#[test]
fn a_position_beyond_memory_is_looked_for_before_it_is_refused() {
    let mut world = two_hubs();
    other_appends(&mut world, &["m1", "m2"]);
    assert!(matches!(world.ok(BOB, read(2)), Reply::Unread { unread: 0 }));
    other_appends(&mut world, &["m3"]);
    assert_eq!(world.seq(ANN, recall(3)), 4);
    assert_eq!(world.refusal(BOB, read(5)), invalid("/seq", "beyond_head"));
    assert_eq!(world.refusal(ANN, recall(5)), invalid("/seq", "beyond_head"));
}

#[test]
fn nobody_is_refused_by_a_state_that_the_other_hub_has_changed() {
    let mut world = two_hubs();
    world.ok(ANN, Command::Turn(Turn::Close));
    world.ask(1, ANN, Command::Turn(Turn::Reopen { allowed: true, blocked: false }));
    world.settle(1);
    assert_eq!(seq_of(&world.rooms[1].replies.values().next().unwrap().clone().unwrap()), 2);
    assert_eq!(world.seq(ANN, text("m1")), 3, "room 0 still thinks that it is closed");
    world.ask(1, ANN, Command::Turn(Turn::Close));
    world.settle(1);
    assert_eq!(world.refusal(BOB, text("m2")), Refusal::Conflict("closed"));
    assert_eq!(world.seq(ANN, Command::Turn(Turn::Close)), 4, "so it is already");
}

#[test]
fn a_change_that_is_so_already_is_checked_too() {
    let mut world = two_hubs();
    world.ok(BOB, Command::Turn(Turn::Claim));
    world.ask(1, BEA, Command::Turn(Turn::Release));
    world.settle(1);
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Claim)), 3, "it is so no longer");
}

#[test]
fn a_store_that_does_not_say_refuses_and_is_not_asked_in_a_circle() {
    let mut world = two_hubs();
    world.ok(ANN, Command::Turn(Turn::Close));
    let opening = world.ask(0, BOB, open(None, 1));
    let sending = world.ask(0, ANN, text("m1"));
    take_look(&mut world);
    tell_looked(&mut world, Err(Refusal::Unavailable));
    assert_eq!(refused(&world, opening), Refusal::Unavailable);
    take_look(&mut world);
    tell_looked(&mut world, Err(Refusal::Unavailable));
    assert_eq!(refused(&world, sending), Refusal::Unavailable);
    assert!(world.rooms[0].asked.is_empty());
}

#[test]
fn what_waits_for_a_look_too_long_is_answered_and_forgotten_with_its_connection() {
    let mut world = two_hubs();
    let slow = world.ask(0, BOB, open(None, 1));
    world.wait(4_000);
    let gone = world.ask(0, BEN, open(None, 1));
    world.close(u64::try_from(BEN).unwrap());
    assert_eq!(refused(&world, gone), Refusal::Unavailable);
    world.wait(1_000);
    assert_eq!(world.deadline(), world.in_ms(0));
    world.tick();
    assert_eq!(refused(&world, slow), Refusal::Unavailable);
    world.settle(0);
    assert!(world.rooms[0].room.idle(), "the late answer is for nobody");
}

#[test]
fn at_most_so_many_wait_for_a_look() {
    let mut world = two_hubs();
    let tickets: Vec<u64> = (0..257).map(|_| world.ask(0, BOB, history(1, 1))).collect();
    assert_eq!(refused(&world, tickets[256]), Refusal::Overloaded);
    world.settle(0);
    assert!(tickets[..256].iter().all(|ticket| matches!(world.reply(*ticket), Some(Ok(_)))));
}

#[test]
fn a_room_far_behind_catches_up_in_steps() {
    let mut world = World::new();
    (0..2_100).for_each(|n| assert_eq!(world.seq(ANN, text(&format!("m{n}"))), n + 1));
    world.rooms[0] = Room::under(sharing(), &[], 0, true, 7);
    world.trace();
    assert_eq!(opened(world.ok(BOB, open(None, 1))).head, Seq(2_100));
    let looks: Vec<String> = world.trace().into_iter().filter(|line| line.starts_with("look ")).collect();
    assert_eq!(looks, ["look 1..", "look 1025..", "look 2049.."]);
}

#[test]
fn a_race_lost_by_far_is_followed_by_looks_before_the_next_try() {
    let mut world = World::new();
    (0..2_100).for_each(|n| assert_eq!(world.seq(ANN, text(&format!("m{n}"))), n + 1));
    world.rooms[0] = Room::under(sharing(), &[], 0, true, 7);
    let ticket = world.ask(0, BOB, text("late"));
    let Some(Asked::Append(entries)) = world.rooms[0].asked.pop_front() else { panic!("no append") };
    let lost = stands(&world.log, entries[0].seq).entries;
    let mut out = Vec::new();
    world.rooms[0].room.handle_appended(world.now, Appended::Lost(lost), &mut out);
    world.rooms[0].take(out);
    world.settle(0);
    assert_eq!(seq_of(world.reply(ticket).unwrap().as_ref().unwrap()), 2_101);
}

#[test]
fn marks_moved_at_the_other_hub_are_taken_over_and_never_go_back() {
    let mut world = two_hubs();
    other_appends(&mut world, &["m1", "m2"]);
    world.ok(BOB, read(1));
    let mark = |user, seq| Mark { user: UserId(user), seq: Seq(seq), counts: [seq, 0] };
    world.ask(0, BOB, open(None, 5));
    take_look(&mut world);
    world.trace();
    tell_looked(&mut world, Ok(Looked { marks: vec![mark(BOB, 2), mark(BEN, 1)], ..Looked::default() }));
    assert_eq!(world.trace()[..2], ["read 3@2", "read 4@1"]);
    let Reply::Opened(opened) = world.rooms[0].replies.values().last().unwrap().as_ref().unwrap() else { panic!() };
    assert_eq!(opened.unread, 0);
    world.ask(0, BOB, open(None, 5));
    take_look(&mut world);
    tell_looked(&mut world, Ok(Looked { marks: vec![mark(BOB, 1)], ..Looked::default() }));
    assert_eq!(world.rooms[0].room.marks[&UserId(BOB)].seq, Seq(2));
}

#[test]
fn a_check_is_answered_once_the_log_was_looked_at() {
    let mut world = two_hubs();
    other_appends(&mut world, &["m1"]);
    let mut out = Vec::new();
    world.rooms[0].room.check(world.now, &mut out);
    world.rooms[0].take(out);
    world.trace();
    world.settle(0);
    assert_eq!(world.trace(), ["message 1", "changed 1", "checked"]);
    let (mut alone, mut out) = (World::new(), Vec::new());
    alone.rooms[0].room.check(alone.now, &mut out);
    assert!(matches!(out.as_slice(), [Output::Checked]));
}

#[test]
fn what_its_sender_no_longer_waits_for_is_not_written_after_a_lost_race() {
    let mut world = two_hubs();
    let flying = world.ask(0, BOB, text("m1"));
    let waiting = world.ask(0, BOB, text("m2"));
    other_appends(&mut world, &["first"]);
    world.close(u64::try_from(BOB).unwrap());
    assert_eq!(refused(&world, flying), Refusal::OutcomeUnknown);
    assert_eq!(refused(&world, waiting), Refusal::Unavailable);
    world.settle(0);
    assert_eq!(world.log.len(), 1, "another hub may have refused it since");
    assert!(world.rooms[0].room.idle());
}

#[test]
fn a_refusal_of_a_repeated_message_is_no_end_where_another_hub_may_still_write_it() {
    let mut world = two_hubs();
    world.ok(ANN, Command::Turn(Turn::Close));
    world.ask(1, BEN, open(None, 1));
    world.settle(1);
    // Over there the conversation is being reopened and the message waits behind that, when its sender comes here.
    world.ask(1, BEN, Command::Turn(Turn::Reopen { allowed: true, blocked: false }));
    world.ask(1, BOB, text("m1"));
    assert_eq!(world.refusal(BOB, again("m1")), Refusal::OutcomeUnknown);
    world.settle(1);
    assert_eq!(&*world.log[2].client_msg_id, "m1", "so it landed");
    let Reply::Sent { seq, duplicate, .. } = world.ok(BOB, again("m1")) else { panic!("not sent") };
    assert_eq!((seq, duplicate), (Seq(3), true));
}

/// The first try lay in a connection that its sender had given up, and was read after the repetition was refused.
#[test]
fn what_was_refused_when_repeated_is_not_done_when_its_first_try_arrives_later() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.ok(ANN, Command::Turn(Turn::Close));
    assert_eq!(world.refusal(BOB, again("m1")), Refusal::Conflict("closed"));
    assert_eq!(world.refusal(BOB, text("m2")), Refusal::Conflict("closed"));
    world.ok(ANN, Command::Turn(Turn::Reopen { allowed: true, blocked: false }));
    let length = world.log.len();
    assert_eq!(world.refusal(BOB, text("m1")), Refusal::Conflict("closed"), "as its sender was told");
    assert_eq!(world.log.len(), length);
    for sent in [text("m2"), again("m1")] {
        let Reply::Sent { duplicate, .. } = world.ok(BOB, sent) else { panic!("not sent") };
        assert!(!duplicate, "nothing was told of this one, and that one is asked for anew");
    }
    // The room forgets the oldest.
    for late in 0..100 {
        world.ok(ANN, Command::Turn(Turn::Close));
        assert_eq!(world.refusal(BOB, again(&format!("n{late}"))), Refusal::Conflict("closed"));
        world.ok(ANN, Command::Turn(Turn::Reopen { allowed: true, blocked: false }));
    }
    assert_eq!(world.refusal(BOB, text("n99")), Refusal::Conflict("closed"));
    world.ok(BOB, text("n0"));
}

#[test]
fn a_refusal_is_final_of_a_first_try_and_of_a_hub_alone() {
    let mut world = two_hubs();
    world.ok(ANN, Command::Turn(Turn::Close));
    assert_eq!(world.refusal(BOB, text("m1")), Refusal::Conflict("closed"));
    let send = |repeat| {
        let Command::Send { mut send, card } = again("m1") else { panic!("not a message") };
        send.repeat = repeat;
        Command::Send { send, card }
    };
    let other = Party { duty: Duty::Other, ..party(BOB) };
    for (repeat, refusal) in [(true, Refusal::OutcomeUnknown), (false, Refusal::Forbidden)] {
        let ticket = if repeat { 900 } else { 901 };
        world.call(0, Caller { party: other, conn: None, ticket: Some(Ticket(ticket)) }, send(repeat));
        assert_eq!(refused(&world, ticket), refusal);
    }
    let mut alone = World::new();
    alone.ok(ANN, Command::Turn(Turn::Close));
    assert_eq!(alone.refusal(BOB, again("m1")), Refusal::Conflict("closed"));
}

#[test]
fn what_is_in_flight_stands_although_its_sender_has_gone() {
    let mut world = two_hubs();
    world.ask(0, BOB, text("m1"));
    world.close(u64::try_from(BOB).unwrap());
    world.settle(0);
    assert_eq!(world.log.len(), 1);
}
