//! The clock on the wall is set while things wait: durations do not follow it, what is written down does.

use super::*;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn deadlines_do_not_follow_the_clock_on_the_wall() {
    for step in [-HOUR_MS, HOUR_MS] {
        let mut world = World::with_log(20, 5);
        let paged = world.ask(0, BOB, history(5, 2));
        let flying = world.ask(0, ANN, text("m19"));
        let queued = world.ask(0, ANN, text("new"));
        world.set_wall(step);
        world.tick();
        assert!(world.reply(paged).is_none() && world.reply(queued).is_none(), "nothing is late yet");
        assert_eq!(world.deadline(), world.in_ms(5_000));
        world.wait(5_000);
        world.tick();
        assert_eq!(world.reply(paged).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
        assert_eq!(world.reply(queued).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
        assert!(matches!(world.reply(flying), Some(Ok(Reply::Sent { duplicate: true, .. }))));
    }
}

#[test]
fn an_append_and_a_look_are_given_up_after_their_time_whatever_the_wall_says() {
    for step in [-HOUR_MS, HOUR_MS] {
        let mut world = World::new();
        let flying = world.ask(0, ANN, text("a"));
        world.set_wall(step);
        world.wait(9_999);
        world.tick();
        assert!(world.reply(flying).is_none());
        world.wait(1);
        world.tick();
        assert_eq!(world.reply(flying).unwrap().as_ref().unwrap_err(), &Refusal::OutcomeUnknown);

        let mut world = World::new();
        world.rooms[0] = Room::under(Rules { shared: true, ..Rules::default() }, &[], 0, true, 2);
        let looking = world.ask(0, BOB, open(None, 5));
        world.set_wall(step);
        world.wait(4_999);
        world.tick();
        assert!(world.reply(looking).is_none());
        world.wait(1);
        world.tick();
        assert_eq!(world.reply(looking).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    }
}

#[test]
fn typing_is_told_again_three_seconds_after_although_the_clock_was_set_back() {
    let mut world = World::new();
    world.ok(BOB, open(None, 5));
    world.trace();
    world.one_way(BOB, Command::Typing);
    world.set_wall(-HOUR_MS);
    world.wait(3_000);
    world.one_way(BOB, Command::Typing);
    assert_eq!(world.trace(), ["typing 3", "typing 3"]);
    world.set_wall(2 * HOUR_MS);
    world.one_way(BOB, Command::Typing);
    assert_eq!(world.trace().len(), 0, "an hour on the wall is no time");
}

#[test]
fn times_of_entries_follow_the_wall_but_never_backwards() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.set_wall(-HOUR_MS);
    world.ok(ANN, text("b"));
    assert_eq!(world.log[1].at, world.log[0].at);
    // By the entries' own times both are fresh.
    assert_eq!(world.seq(ANN, recall(1)), 3);
    world.set_wall(2 * HOUR_MS);
    assert_eq!(world.refusal(ANN, recall(2)), Refusal::Conflict("too late"));
}

#[test]
fn fall_back_is_due_by_the_written_time() {
    let mut world = World::new();
    world.ok(BOB, Command::Turn(Turn::Claim));
    world.ok(ANN, text("a"));
    world.set_wall(-HOUR_MS);
    assert_eq!(world.deadline(), world.in_ms(HOUR_MS + 600_000));
    world.set_wall(HOUR_MS + 600_000);
    assert_eq!(world.deadline(), world.in_ms(0));
    world.tick();
    world.settle(0);
    assert_eq!(world.rooms[0].room.head().assignees, [Some(UserId(ANN)), None]);
}
