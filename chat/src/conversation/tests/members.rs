//! Whom a conversation concerns: members, and those who wait for an answer.

use super::*;

fn concerns(world: &World, user: i64) -> bool {
    world.rooms[0].room.concerns(ConnId(u64::try_from(user).unwrap()))
}

/// A room of two hubs, so that what is opened waits for a look.
fn shared() -> World {
    let mut world = World::with_log(20, 5);
    world.rooms = vec![Room::under(Rules { shared: true, ..Rules::default() }, &world.log, 5, false, 9)];
    world
}

#[test]
fn who_has_left_is_concerned_no_longer() {
    let mut world = World::new();
    assert!(!concerns(&world, BOB));
    for _again in 0..300 {
        world.ok(BOB, open(None, 5));
        assert!(concerns(&world, BOB));
        world.ok(BOB, Command::Leave);
        assert!(!concerns(&world, BOB), "its place is free");
    }
}

#[test]
fn whoever_waits_for_an_answer_is_concerned_until_it_comes() {
    for command in [open(Some(3), 5), history(5, 2), read(3), read(19), recall(1), text("new")] {
        for mut world in [World::with_log(20, 5), shared()] {
            let user = if matches!(command, Command::Recall(_)) { ANN } else { BOB };
            world.ask(0, user, command.clone());
            assert!(concerns(&world, user), "{command:?}");
            assert!(!concerns(&world, BEN), "{command:?}");
            world.settle(0);
            world.ok(user, Command::Leave);
            assert!(!concerns(&world, user), "{command:?}");
        }
    }
}

#[test]
fn who_was_answered_is_concerned_no_longer_although_the_store_is_silent() {
    let mut world = World::with_log(20, 20);
    for command in [read(3), read(5), text("a"), text("b")] {
        world.ask(0, BOB, command);
    }
    world.wait(20_000);
    world.tick();
    assert!(!concerns(&world, BOB), "an append and a mark are on their way, but for nobody");
}

#[test]
fn a_closed_connection_is_concerned_no_longer() {
    for mut world in [World::with_log(20, 5), shared()] {
        world.ok(BOB, open(None, 5));
        for command in [history(5, 2), read(3), read(19)] {
            world.ask(0, BOB, command);
        }
        world.close(3);
        assert!(!concerns(&world, BOB));
    }
}
