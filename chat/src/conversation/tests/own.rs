//! What the hub changes by itself: assignees who do not answer, or have left their team.

use super::*;

#[test]
fn assignee_who_does_not_answer_loses_the_conversation_to_the_team() {
    let mut world = World::new();
    world.ok(BOB, Command::Turn(Turn::Claim));
    world.wait(60_000);
    world.ok(ANN, text("a"));
    assert_eq!(world.deadline(), world.in_ms(600_000));
    assert_eq!(world.rooms[0].room.head().fall_back_at(&Rules::default()), Some(world.now.wall.plus_ms(600_000)));
    assert!(world.rooms[0].room.idle(), "a due row brings it back");
    world.wait(599_999);
    world.tick();
    assert!(world.rooms[0].asked.is_empty());
    world.wait(1);
    world.tick();
    world.settle(0);
    let entry = &world.log[2];
    assert_eq!((entry.kind, entry.from, entry.side), (EntryKind::Assigned, crate::log::HUB, Side::B));
    assert_eq!(world.rooms[0].room.head().assignees, [Some(UserId(ANN)), None]);
    assert_eq!(world.deadline(), None);
    assert!(world.rooms[0].room.idle());
    assert_eq!(world.seq(BEN, text("b")), 4);
}

#[test]
fn answer_or_a_new_assignee_starts_the_time_anew() {
    let mut world = World::new();
    world.ok(BOB, Command::Turn(Turn::Claim));
    world.ok(ANN, text("a"));
    world.wait(500_000);
    world.ok(BOB, Command::Turn(Turn::Transfer { to: UserId(BEN), allowed: true }));
    assert_eq!(world.deadline(), world.in_ms(600_000));
    world.ok(BEN, text("b"));
    // Now it is side A's turn.
    assert_eq!(world.deadline(), world.in_ms(600_000));
    world.ok(ANN, Command::Turn(Turn::Close));
    assert_eq!(world.deadline(), None);
}

#[test]
fn refused_fall_back_is_tried_again_later_not_at_once() {
    let mut world = World::new();
    world.ok(BOB, Command::Turn(Turn::Claim));
    world.ok(ANN, text("a"));
    world.wait(600_000);
    world.tick();
    world.refuse_append(Refusal::Unavailable);
    world.tick();
    assert!(world.rooms[0].asked.is_empty());
    assert_eq!(world.deadline(), world.in_ms(10_000));
    world.wait(10_000);
    world.tick();
    world.settle(0);
    assert_eq!(world.log.len(), 3);
}

#[test]
fn fall_back_is_judged_when_its_turn_comes() {
    for last_moment in [text("answer"), Command::Turn(Turn::Release), Command::Turn(Turn::Close)] {
        let mut world = World::new();
        world.ok(BOB, Command::Turn(Turn::Claim));
        world.ok(ANN, text("a"));
        world.wait(600_000);
        world.ask(0, BOB, last_moment);
        world.tick();
        world.settle(0);
        assert_eq!(world.log.len(), 3, "{:?}", world.log.last());
    }
}

#[test]
fn after_a_restart_an_overdue_fall_back_is_due_at_once() {
    let mut world = World::new();
    world.ok(BOB, Command::Turn(Turn::Claim));
    world.ok(ANN, text("a"));
    assert!(world.rooms[0].room.idle(), "put away, or the process ends");
    world.wait(3_600_000);
    world.rooms[0] = Room::new(&world.log, 5, false, 9);
    assert_eq!(world.deadline(), world.in_ms(0));
    world.tick();
    world.settle(0);
    assert_eq!(world.rooms[0].room.head().assignees, [Some(UserId(ANN)), None]);
    assert_eq!(world.rooms[0].room.head().fall_back_at(&Rules::default()), None);
}

#[test]
fn the_first_side_that_is_waited_for_too_long_is_the_one_that_is_due() {
    let rules = Rules::default();
    let unanswered = |unanswered_since, assignees| Head { unanswered_since, assignees, ..first_head() };
    let (ann, bob) = (Some(UserId(ANN)), Some(UserId(BOB)));
    let at = |ms| Some(START.plus_ms(ms));
    let due = [
        (unanswered([at(5), at(2)], [ann, bob]), at(600_002)),
        (unanswered([at(5), at(2)], [ann, None]), at(600_005)),
        (unanswered([None, None], [ann, bob]), None),
    ];
    for (head, at) in due {
        assert_eq!(head.fall_back_at(&rules), at);
        assert_eq!(Head { state: wire::State::Closed, ..head }.fall_back_at(&rules), None);
    }
}

/// Tells room 0 that a user of Beta has left the team.
fn gone(world: &mut World, user: i64, ticket: u64) {
    let mut out = Vec::new();
    world.rooms[0].room.handle_gone(world.now, BETA, UserId(user), Some(Ticket(ticket)), &mut out);
    world.rooms[0].take(out);
    world.settle(0);
}

#[test]
fn what_somebody_who_left_had_in_hand_is_the_teams_at_once() {
    for close in [false, true] {
        let mut world = World::new();
        world.ok(BOB, Command::Turn(Turn::Claim));
        if close {
            world.ok(ANN, Command::Turn(Turn::Close));
        }
        let head = world.log.len();
        gone(&mut world, BEN, 900);
        assert_eq!(world.log.len(), head, "another one's leaving changes nothing");
        gone(&mut world, BOB, 901);
        assert!(matches!(world.reply(900), Some(Ok(Reply::Done { .. }))));
        assert!(matches!(world.reply(901), Some(Ok(Reply::Done { .. }))));
        let entry = world.log.last().unwrap();
        assert_eq!((entry.kind, entry.from, entry.side), (EntryKind::Assigned, crate::log::HUB, Side::B));
        assert_eq!(world.rooms[0].room.head().assignees, [Some(UserId(ANN)), None]);
        if close {
            world.ok(BEN, Command::Turn(Turn::Reopen { allowed: true, blocked: false }));
        }
        world.ok(BEN, Command::Turn(Turn::Claim));
    }
}

#[test]
fn an_assignment_made_at_the_other_hub_is_released_too() {
    let sharing = Rules { shared: true, ..Rules::default() };
    let mut world = World::new();
    world.rooms = vec![Room::under(sharing, &[], 0, true, 1), Room::under(sharing, &[], 0, true, 2)];
    world.ask(1, BOB, Command::Turn(Turn::Claim));
    world.settle(1);
    gone(&mut world, BOB, 900);
    assert_eq!(world.log.len(), 2);
    let mut out = Vec::new();
    world.rooms[0].room.handle_gone(world.now, EnterpriseId(99), UserId(BOB), Some(Ticket(901)), &mut out);
    world.rooms[0].take(out);
    assert_eq!(world.reply(901).unwrap().as_ref().unwrap_err(), &Refusal::NotFound);
}
