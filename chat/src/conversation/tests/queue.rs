//! The order of things: provisional entries, duplicates, lost races, refusals, deadlines.

use super::*;

#[test]
fn nothing_is_seen_before_it_is_durable_and_events_go_before_the_answer() {
    let mut world = World::new();
    world.ok(BOB, open(None, 5));
    world.trace();
    let ticket = world.ask(0, ANN, text("a"));
    assert_eq!(world.trace(), ["append 1+1"]);
    assert_eq!(opened(world.ok_unsettled(BEN, open(None, 5))).head, Seq(0));
    assert_eq!(world.refusal_unsettled(BOB, read(1)), invalid("/seq", "beyond_head"));
    world.trace();
    world.settle(0);
    assert_eq!(world.trace(), ["message 1".to_owned(), "changed 1".into(), format!("reply {ticket}")]);
}

#[test]
fn what_waits_for_an_append_goes_into_the_next_one_together() {
    let mut world = World::new();
    world.ask(0, ANN, text("a"));
    for id in ["b", "c", "d"] {
        world.ask(0, BOB, text(id));
    }
    world.settle_one(0, 0);
    world.settle(0);
    let order =
        ["append 1+1", "message 1", "changed 1", "reply 1", "append 2+3", "message 2", "message 3", "message 4"];
    assert_eq!(world.trace()[..8], order);
    let counts: Vec<[i64; 2]> = world.log.iter().map(|entry| [entry.count_a, entry.count_b]).collect();
    assert_eq!(counts, [[1, 0], [1, 1], [1, 2], [1, 3]]);
}

#[test]
fn batches_are_bounded_by_entries_bytes_and_buckets() {
    let batches = |world: &mut World| -> Vec<String> {
        world.settle(0);
        world.trace().into_iter().filter(|line| line.starts_with("append")).collect()
    };
    let mut world = World::new();
    for n in 0..70 {
        world.ask(0, ANN, text(&format!("m{n}")));
    }
    assert_eq!(batches(&mut world), ["append 1+1", "append 2+64", "append 66+5"]);

    let mut world = World::new();
    let long = serde_json::json!({ "text": "好".repeat(2_000) }).to_string();
    for n in 0..9 {
        world.ask(0, ANN, Command::Send { send: send(&format!("m{n}"), "text", &long), card: None });
    }
    assert_eq!(batches(&mut world), ["append 1+1", "append 2+6", "append 8+2"]);

    let mut world = World::new();
    let mut head = replayed(&[]);
    head.head = Seq(4_090);
    let mut loaded = Loaded::started(head, 0);
    world.ok(ANN, text("last"));
    loaded.recent = vec![Entry { seq: Seq(4_090), ..world.log[0].clone() }];
    world.rooms[0].room = Conversation::new(loaded, Rules::default(), 1);
    world.trace();
    for n in 0..8 {
        world.ask(0, ANN, text(&format!("m{n}")));
    }
    let lines = world.settle_as_durable();
    assert_eq!(lines, ["append 4091+1", "append 4092+4", "append 4096+3"]);
}

#[test]
fn same_id_again_is_the_same_message() {
    let mut world = World::new();
    let first = world.ask(0, ANN, text("a"));
    let second = world.ask(0, ANN, text("a"));
    let other = world.ask(0, BOB, text("a"));
    assert!(world.reply(second).is_none(), "the first is not durable yet");
    world.settle(0);
    let late = world.ask(0, ANN, text("a"));
    let shown = |ticket| serde_json::to_string(world.reply(ticket).unwrap().as_ref().unwrap()).unwrap();
    let at = crate::time::rfc3339(START);
    assert_eq!(shown(first), format!("{{\"seq\":1,\"at\":\"{at}\",\"duplicate\":false}}"));
    assert_eq!(shown(second), format!("{{\"seq\":1,\"at\":\"{at}\",\"duplicate\":true}}"));
    assert_eq!(shown(late), shown(second));
    assert_eq!(shown(other), format!("{{\"seq\":2,\"at\":\"{at}\",\"duplicate\":false}}"), "ids are each sender's own");
}

#[test]
fn same_id_inside_one_batch_is_answered_after_it_is_durable() {
    let mut world = World::new();
    world.ask(0, BOB, text("first"));
    let (one, two) = (world.ask(0, ANN, text("a")), world.ask(0, ANN, text("a")));
    world.settle_one(0, 0);
    assert!(world.reply(one).is_none() && world.reply(two).is_none());
    world.settle(0);
    assert_eq!([one, two].map(|ticket| seq_of(world.reply(ticket).unwrap().as_ref().unwrap())), [2, 2]);
    assert_eq!(world.log.len(), 2);
}

#[test]
fn two_recalls_inside_one_batch_are_one() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.ask(0, BOB, text("b"));
    let (one, two) = (world.ask(0, ANN, recall(1)), world.ask(0, ANN, recall(1)));
    world.settle(0);
    assert_eq!([one, two].map(|ticket| seq_of(world.reply(ticket).unwrap().as_ref().unwrap())), [3, 3]);
    assert_eq!(world.log.len(), 3);
}

#[test]
fn id_that_is_not_in_memory_is_looked_up_and_later_changes_wait() {
    let mut world = World::with_log(300, 10);
    let old = world.ask(0, ANN, text("m1"));
    let new = world.ask(0, BOB, text("new"));
    assert_eq!(world.trace(), ["look up m1", "look up new"], "asked at once, so that a batch is not slowed down");
    world.settle_one(0, 1);
    assert!(world.reply(new).is_none(), "the order of asking is kept");
    world.settle(0);
    let old = world.reply(old).unwrap();
    assert!(matches!(old, Ok(Reply::Sent { seq: Seq(1), duplicate: true, .. })), "{old:?}");
    assert_eq!(seq_of(world.reply(new).unwrap().as_ref().unwrap()), 301);
    let known = world.answer(BOB, text("m300"));
    assert!(matches!(known, Ok(Reply::Sent { seq: Seq(300), duplicate: true, .. })), "{known:?}");
}

#[test]
fn failed_look_up_refuses_that_change_only() {
    let mut world = World::with_log(300, 10);
    let (lost, kept) = (world.ask(0, ANN, text("x")), world.ask(0, ANN, text("y")));
    world.rooms[0].asked.pop_front();
    let mut out = Vec::new();
    let now = world.now;
    world.rooms[0].room.handle_looked_up(now, UserId(ANN), "x", &Err(Refusal::Unavailable), &mut out);
    world.rooms[0].take(out);
    world.settle(0);
    assert_eq!(world.reply(lost).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    assert_eq!(seq_of(world.reply(kept).unwrap().as_ref().unwrap()), 301);
}

/// Only what a rule refused is refused again: what passing trouble refused was never judged.
#[test]
fn a_first_try_is_judged_though_the_store_failed_its_repetition() {
    let mut world = World::with_log(300, 10);
    let repeated = world.ask(0, ANN, again("x"));
    world.rooms[0].asked.pop_front();
    let mut out = Vec::new();
    let now = world.now;
    world.rooms[0].room.handle_looked_up(now, UserId(ANN), "x", &Err(Refusal::Unavailable), &mut out);
    world.rooms[0].take(out);
    assert_eq!(world.reply(repeated).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    assert_eq!(seq_of(&world.ok(ANN, text("x"))), 301);
}

#[test]
fn memory_that_had_to_forget_ids_looks_up() {
    let mut world = World::with_log(1_025, 1_025);
    world.trace();
    world.rooms[0] = Room::new(&world.log, 1, true, 3);
    let ids = world.log.iter().map(|entry| {
        let (sender, client_msg_id) = (entry.from, Arc::clone(&entry.client_msg_id));
        crate::log::SentId { sender, client_msg_id, seq: entry.seq, at: entry.at }
    });
    let mut loaded = Loaded::started(replayed(&world.log), 0);
    (loaded.sent, loaded.sent_complete) = (ids.collect(), true);
    world.rooms[0].room = Conversation::new(loaded, Rules::default(), 4);
    world.ok(ANN, text("m1"));
    assert_eq!(world.log.len(), 1_025);
    assert!(world.trace().contains(&"look up m1".to_owned()));
}

#[test]
fn lost_race_judges_everything_anew() {
    let mut world = World::new();
    world.rooms.push(Room::new(&[], 0, true, 2));
    // Ann's message reached both hubs; Bob's and Ben's claims crossed; Ann closed it over there.
    world.ask(1, ANN, text("a"));
    world.settle(1);
    world.ask(1, BOB, Command::Turn(Turn::Claim));
    world.settle(1);
    world.ok_at(1, ANN, Command::Turn(Turn::Close));
    let again = world.ask(0, ANN, text("a"));
    let claim = world.ask(0, BEN, Command::Turn(Turn::Claim));
    let send = world.ask(0, ANN, text("b"));
    world.ok(BEN, open(None, 5));
    world.settle(0);
    assert!(matches!(world.reply(again), Some(Ok(Reply::Sent { seq: Seq(1), duplicate: true, .. }))));
    assert_eq!(world.reply(claim).unwrap().as_ref().unwrap_err(), &Refusal::Conflict("closed"));
    assert_eq!(world.reply(send).unwrap().as_ref().unwrap_err(), &Refusal::Conflict("closed"));
    assert_eq!(world.log.len(), 3);
    let messages: Vec<String> = world.trace().into_iter().filter(|line| line.starts_with("message")).collect();
    assert_eq!(messages, ["message 1", "message 2", "message 3"], "its members see the winner's entries");
}

#[test]
fn loser_of_a_race_writes_behind_the_winner() {
    let mut world = World::new();
    world.rooms.push(Room::new(&[], 0, true, 2));
    for id in ["a", "b", "c", "d"] {
        world.ask(0, ANN, text(id));
    }
    world.settle_one(0, 0);
    // Now b, c and d are on their way together.
    world.rooms[1] = Room::new(&world.log, 1, true, 3);
    world.ok_at(1, BOB, text("e"));
    world.settle(0);
    let ids: Vec<&str> = world.log.iter().map(|entry| &*entry.client_msg_id).collect();
    assert_eq!(ids, ["a", "e", "b", "c", "d"]);
    assert_eq!([world.log[4].count_a, world.log[4].count_b], [4, 1]);
}

#[test]
fn id_sent_through_another_hub_is_answered_behind_its_entry() {
    let mut world = World::new();
    world.rooms = vec![Room::new(&[], 0, true, 1), Room::new(&[], 0, true, 2)];
    (0..130).for_each(|n| world.ok_at(1, ANN, text(&format!("m{n}"))));
    world.rooms[0] = Room::new(&world.log[..129], 10, false, 3);
    let ticket = world.ask(0, ANN, text("m129"));
    world.settle(0);
    assert!(matches!(world.reply(ticket), Some(Ok(Reply::Sent { seq: Seq(130), duplicate: true, .. }))));
    let order = ["look up m129", "append 130+1", "message 130", "changed 130"].map(str::to_owned);
    assert_eq!(world.trace()[..4], order);
    assert_eq!(world.log.len(), 130);
}

#[test]
fn change_that_always_loses_is_told_to_try_later() {
    let mut world = World::new();
    world.rooms.push(Room::new(&[], 0, true, 2));
    let ticket = world.ask(0, ANN, text("a"));
    for n in 0..9 {
        assert!(world.reply(ticket).is_none());
        world.ok_at(1, BOB, text(&format!("b{n}")));
        world.settle_one(0, 0);
    }
    assert_eq!(world.reply(ticket).unwrap().as_ref().unwrap_err(), &Refusal::Overloaded);
}

#[test]
fn race_lost_to_nothing_is_refused_instead_of_repeated() {
    let mut world = World::new();
    let ticket = world.ask(0, ANN, text("a"));
    world.rooms[0].asked.clear();
    let mut out = Vec::new();
    world.rooms[0].room.handle_appended(BEGIN, Appended::Lost(vec![]), &mut out);
    world.rooms[0].take(out);
    assert_eq!(world.reply(ticket).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    assert!(world.rooms[0].asked.is_empty());
}

#[test]
fn only_entries_that_follow_the_head_are_taken_in() {
    let mut world = World::new();
    world.rooms.push(Room::new(&[], 0, true, 2));
    (0..3).for_each(|n| world.ok_at(1, BOB, text(&format!("b{n}"))));
    let lose = |world: &mut World, entries: Vec<Entry>| {
        assert!(matches!(world.rooms[0].asked.pop_front(), Some(Asked::Append(_))));
        let mut out = Vec::new();
        world.rooms[0].room.handle_appended(BEGIN, Appended::Lost(entries), &mut out);
        world.rooms[0].take(out);
        world.rooms[0].room.head().head
    };
    let ticket = world.ask(0, ANN, text("a"));
    let behind_a_gap = world.log[1..].to_vec();
    assert_eq!(lose(&mut world, behind_a_gap), Seq(0));
    assert_eq!(world.reply(ticket).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    world.ask(0, ANN, text("a"));
    let first = world.log[..1].to_vec();
    assert_eq!(lose(&mut world, first), Seq(1));
    let from_the_start = world.log.clone();
    assert_eq!(lose(&mut world, from_the_start), Seq(3));
    world.settle(0);
    assert_eq!(world.log.len(), 4);
}

#[test]
fn what_was_looked_up_before_a_lost_race_is_looked_up_again() {
    let mut world = World::with_log(20, 10);
    world.rooms.push(Room::new(&world.log, 10, false, 3));
    let ticket = world.ask(0, ANN, text("x"));
    world.settle_one(0, 0);
    assert_eq!(world.trace(), ["look up x", "append 21+1"]);
    // Over there it is sent too, and so much after it that this room cannot remember it.
    (0..1_100).for_each(|n| world.ok_at(1, ANN, text(&if n == 0 { "x".to_owned() } else { format!("n{n}") })));
    world.settle(0);
    assert!(matches!(world.reply(ticket), Some(Ok(Reply::Sent { seq: Seq(21), duplicate: true, .. }))));
    assert_eq!(world.log.len(), 1_120);
}

#[test]
fn refused_append_refuses_its_changes_and_those_who_wait_try_for_themselves() {
    let mut world = World::new();
    let (one, two) = (world.ask(0, ANN, text("a")), world.ask(0, ANN, text("b")));
    world.refuse_append(Refusal::StorageFull);
    assert_eq!(world.reply(one).unwrap().as_ref().unwrap_err(), &Refusal::StorageFull);
    world.settle(0);
    assert_eq!(seq_of(world.reply(two).unwrap().as_ref().unwrap()), 1);
    assert_eq!(world.seq(ANN, text("a")), 2, "what was refused can be sent");
}

#[test]
fn full_queue_refuses() {
    let mut world = World::new();
    world.ask(0, ANN, text("first"));
    let tickets: Vec<u64> = (0..257).map(|n| world.ask(0, ANN, text(&format!("m{n}")))).collect();
    assert_eq!(world.reply(tickets[256]).unwrap().as_ref().unwrap_err(), &Refusal::Overloaded);
    assert!(world.reply(tickets[255]).is_none());
    world.settle(0);
    assert_eq!(world.log.len(), 257);
}

#[test]
fn silent_store_is_unavailable_for_the_queue_and_unknown_for_the_append() {
    let mut world = World::new();
    let flying = world.ask(0, ANN, text("a"));
    let queued = world.ask(0, ANN, text("b"));
    assert_eq!(world.deadline(), Some(BEGIN.tick.plus_ms(5_000)));
    world.wait(5_000);
    world.tick();
    assert_eq!(world.reply(queued).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    assert_eq!(world.deadline(), Some(BEGIN.tick.plus_ms(10_000)));
    world.wait(5_000);
    world.tick();
    assert_eq!(world.reply(flying).unwrap().as_ref().unwrap_err(), &Refusal::OutcomeUnknown);
    assert_eq!(world.deadline(), None);
    assert!(!world.rooms[0].room.idle(), "an append is still on its way");
    world.settle(0);
    let again = world.answer(ANN, text("a"));
    assert!(matches!(again, Ok(Reply::Sent { seq: Seq(1), duplicate: true, .. })), "{again:?}");
}

#[test]
fn time_never_runs_backwards_in_the_log() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.set_wall(-5_000);
    world.ok(ANN, text("b"));
    assert_eq!(world.log[1].at, world.log[0].at);
}

#[test]
fn operation_ids_differ_between_entries_and_loadings() {
    let mut world = World::with_log(20, 20);
    world.ok(ANN, text("x"));
    let mut ids: Vec<u128> = world.log.iter().map(|entry| entry.op_id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 21);
}

impl World {
    fn ok_at(&mut self, room: usize, user: i64, command: Command) {
        let ticket = self.ask(room, user, command);
        self.settle(room);
        assert!(self.rooms[room].replies[&ticket].is_ok());
    }

    /// An answer that needs nothing of the store.
    pub(super) fn ok_unsettled(&mut self, user: i64, command: Command) -> Reply {
        let ticket = self.ask(0, user, command);
        self.rooms[0].replies.remove(&ticket).expect("an answer").unwrap()
    }

    fn refusal_unsettled(&mut self, user: i64, command: Command) -> Refusal {
        let ticket = self.ask(0, user, command);
        self.rooms[0].replies.remove(&ticket).expect("an answer").unwrap_err()
    }

    /// Settles appends as durable without a log behind them; the appends.
    fn settle_as_durable(&mut self) -> Vec<String> {
        while self.rooms[0].asked.pop_front().is_some() {
            let mut out = Vec::new();
            self.rooms[0].room.handle_appended(self.now, Appended::Yes, &mut out);
            self.rooms[0].take(out);
        }
        self.trace().into_iter().filter(|line| line.starts_with("append")).collect()
    }
}
