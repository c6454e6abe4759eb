//! The bugs on purpose are where their names say.

use super::*;
use crate::planted::Bug;

fn with(bug: Bug) -> World {
    let mut world = World::new();
    world.rooms[0] = Room::under(Rules { planted: Some(bug), ..Rules::default() }, &[], 0, true, 1);
    world
}

#[test]
fn mark_before_saved_answers_while_the_mark_is_on_its_way() {
    let mut world = with(Bug::MarkBeforeSaved);
    world.ok(ANN, text("a"));
    assert!(matches!(world.ok_unsettled(BOB, read(1)), Reply::Unread { unread: 0 }));
    assert!(world.marks.is_empty());
}

#[test]
fn forgets_assignee_lets_a_colleague_write() {
    let mut world = with(Bug::ForgetsAssignee);
    world.ok(BOB, Command::Turn(Turn::Claim));
    assert_eq!(world.refusal(BEN, text("a")), Refusal::Conflict("claimed"));
    let rules = world.rooms[0].room.rules;
    world.rooms[0] = Room::under(rules, &world.log, 5, true, 2);
    world.ok(BEN, text("a"));
}

#[test]
fn counts_own_counts_what_one_has_written() {
    let mut world = with(Bug::CountsOwn);
    world.ok(ANN, text("a"));
    let opened = opened(world.ok(ANN, open(None, 5)));
    assert_eq!((opened.unread, opened.conversation.unread), (1, 1));
}

#[test]
fn two_open_stays_open_although_the_pair_is_lost() {
    let mut world = with(Bug::TwoOpen);
    world.confirmed = Confirmed { holds: false, ..HOLDS };
    world.ok(ANN, Command::Turn(Turn::Close));
    world.ok(ANN, Command::Turn(Turn::Reopen { allowed: true, blocked: false }));
    world.ok(ANN, text("a"));
}

#[test]
fn every_bug_has_a_name_of_its_own() {
    for bug in Bug::ALL {
        assert_eq!(bug.name().parse(), Ok(bug));
    }
}
