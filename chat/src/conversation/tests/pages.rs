//! Opening, resuming and paging, from memory and from the store.

use super::*;

#[test]
fn open_without_a_position_gives_the_last_entries_and_subscribes() {
    let mut world = World::with_log(10, 10);
    let opened = opened(world.ok(BOB, open(None, 4)));
    assert_eq!(
        (seqs(&opened.entries), opened.more, opened.head, opened.unread),
        (vec![7, 8, 9, 10], false, Seq(10), 5)
    );
    assert_eq!(world.trace(), ["subscribe 3".to_owned(), "presence 3+".into(), format!("reply {}", world.tickets)]);
}

#[test]
fn open_of_an_empty_conversation_subscribes() {
    let mut world = World::new();
    let opened = opened(world.ok(ANN, open(Some(0), 5)));
    assert!(opened.entries.is_empty() && !opened.more);
    assert_eq!(serde_json::to_string(&opened).unwrap(), EMPTY);
}

const EMPTY: &str = "{\"conversation\":{\"conversation\":\"0000000000001\",\"side\":\"a\",\"with\":{\"id\":\"000000000000m\",\"name\":\"Beta\"},\
    \"context\":{\"kind\":\"enterprise\",\"id\":\"000000000000m\"},\"head\":0,\"preview\":\"\",\"unread\":0,\
    \"assignee\":\"0000000000001\",\"state\":\"open\",\"at\":\"2026-11-23T10:13:20.000+08:00\"},\"epoch\":0,\"head\":0,\
    \"entries\":[],\"more\":false,\"read\":{},\"unread\":0,\"online\":[\"0000000000001\"]}";

#[test]
fn resume_pages_towards_the_head_and_subscribes_with_the_last_page_only() {
    let mut world = World::with_log(10, 10);
    for (after, page, more) in [(2, vec![3, 4, 5, 6], true), (6, vec![7, 8, 9, 10], false), (10, vec![], false)] {
        world.trace();
        let opened = opened(world.ok(BOB, open(Some(after), 4)));
        assert_eq!((seqs(&opened.entries), opened.more), (page, more));
        let members = usize::from(!more);
        assert_eq!(world.rooms[0].room.members.online().len(), members);
    }
}

#[test]
fn position_from_a_lost_history_gets_the_last_entries() {
    let mut world = World::with_log(3, 3);
    let opened = opened(world.ok(BOB, open(Some(99), 2)));
    assert_eq!((seqs(&opened.entries), opened.more), (vec![2, 3], false));
    assert_eq!(world.refusal(BOB, open(Some(-1), 2)), invalid("/after", "range"));
}

/// A conversation of long texts by Ann, of which 8 make a page, and the room remembers few.
fn long_texts(count: usize) -> World {
    let mut world = World::new();
    let body = serde_json::json!({ "text": "好".repeat(1_900) }).to_string();
    for n in 0..count {
        world.ok(ANN, Command::Send { send: send(&format!("m{n}"), "text", &body), card: None });
    }
    world
}

/// How long the entries of an answer are on the wire.
fn entries_bytes(entries: &[wire::EntryView]) -> usize {
    serde_json::to_string(entries).unwrap().len()
}

#[test]
fn pages_end_by_their_bytes_and_say_that_there_is_more() {
    for recent in [0, 200] {
        let mut world = long_texts(200);
        world.rooms[0] = Room::new(&world.log, recent, false, 9);
        let (mut after, mut pages) = (0, 0);
        loop {
            let opened = opened(world.ok(BOB, open(Some(after), 200)));
            assert!(entries_bytes(&opened.entries) <= wire::PAGE_BYTES_MAX, "{after}");
            assert_eq!(opened.entries[0].seq, Seq(after + 1), "forward from the position");
            (after, pages) = (opened.entries.last().unwrap().seq.0, pages + 1);
            if !opened.more {
                break;
            }
            assert!(!world.rooms[0].room.concerns(ConnId(3)), "not subscribed yet");
        }
        assert_eq!((after, pages), (200, 200 / 8));
        assert!(world.rooms[0].room.concerns(ConnId(3)));
    }
}

#[test]
fn the_last_page_is_what_fits_of_it_and_subscribes() {
    for recent in [0, 200] {
        let mut world = long_texts(50);
        world.rooms[0] = Room::new(&world.log, recent, false, 9);
        let opened = opened(world.ok(BOB, open(None, 200)));
        assert_eq!((seqs(&opened.entries), opened.more), ((43..=50).collect(), false));
        assert!(world.rooms[0].room.concerns(ConnId(3)));
    }
}

#[test]
fn the_last_page_has_what_came_while_it_was_read() {
    let mut world = World::with_log(20, 5);
    let ticket = world.ask(0, BOB, open(None, 10));
    world.ask(0, ANN, text("late"));
    world.settle_one(0, 1);
    world.settle_one(0, 1);
    world.settle(0);
    let opened = opened(world.rooms[0].replies.remove(&ticket).unwrap().unwrap());
    assert_eq!((seqs(&opened.entries), opened.more), ((12..=21).collect(), false));
}

#[test]
fn history_gives_the_newest_that_fit_and_then_those_below() {
    let mut world = long_texts(20);
    world.rooms[0] = Room::new(&world.log, 0, false, 9);
    for (before, expected, more) in [(21, 13..=20, true), (13, 5..=12, true), (5, 1..=4, false)] {
        assert_eq!(page(world.ok(BOB, history(before, 200))), (expected.collect(), more));
    }
}

#[test]
fn an_entry_that_is_longer_than_a_page_comes_alone() {
    let mut world = World::with_log(3, 3);
    world.log[1].body = format!("{{\"text\":\"{}\"}}", "x".repeat(wire::PAGE_BYTES_MAX)).into();
    world.rooms[0] = Room::new(&world.log, 3, false, 9);
    for (after, expected) in [(0, 1), (1, 2), (2, 3)] {
        assert_eq!(seqs(&opened(world.ok(BOB, open(Some(after), 9))).entries), [expected]);
    }
    assert_eq!(page(world.ok(BOB, history(3, 9))), (vec![2], true));
}

#[test]
fn page_sizes_are_bounded() {
    let mut world = World::new();
    for limit in [0, 201] {
        assert_eq!(world.refusal(BOB, open(None, limit)), invalid("/limit", "range"));
        assert_eq!(world.refusal(BOB, history(1, limit)), invalid("/limit", "range"));
    }
    assert_eq!(world.refusal(BOB, history(0, 5)), invalid("/before", "range"));
}

#[test]
fn older_pages_come_from_the_store() {
    let mut world = World::with_log(20, 5);
    let opened = opened(world.ok(BOB, open(Some(3), 10)));
    assert_eq!((seqs(&opened.entries), opened.more), ((4..=13).collect(), true));
    assert_eq!(page(world.ok(BOB, history(11, 4))), (vec![7, 8, 9, 10], true));
    assert_eq!(page(world.ok(BOB, history(3, 4))), (vec![1, 2], false));
    assert_eq!(page(world.ok(BOB, history(1, 4))), (vec![], false));
    assert_eq!(page(world.ok(BOB, history(99, 2))), (vec![19, 20], true));
    let fetched: Vec<String> = world.trace().into_iter().filter(|line| line.starts_with("fetch")).collect();
    assert_eq!(fetched, ["fetch 4..13", "fetch 14..15", "fetch 7..10", "fetch 11..15", "fetch 1..2", "fetch 3..15"]);
}

#[test]
fn live_entries_that_came_while_a_page_was_read_complete_it() {
    let mut world = World::with_log(20, 5);
    let ticket = world.ask(0, BOB, open(Some(10), 50));
    world.ask(0, ANN, text("late"));
    // The look-up, then the append, then the page.
    world.settle_one(0, 1);
    world.settle_one(0, 1);
    world.settle(0);
    let reply = world.rooms[0].replies.remove(&ticket).unwrap().unwrap();
    let opened = opened(reply);
    assert_eq!((seqs(&opened.entries), opened.more), ((11..=21).collect(), false));
}

#[test]
fn recall_behind_a_page_withholds_the_body_on_it() {
    let mut world = World::with_log(20, 20);
    assert_eq!(world.seq(ANN, recall(19)), 21);
    for n in 0..30 {
        world.ok(BOB, text(&format!("later{n}")));
    }
    world.rooms[0] = Room::new(&world.log, 5, false, 9);
    let Reply::Page { entries, .. } = world.ok(BOB, history(20, 3)) else { panic!("not a page") };
    let recalled: Vec<bool> = entries.iter().map(|entry| entry.recalled && entry.body.is_none()).collect();
    assert_eq!(recalled, [false, false, true]);
}

#[test]
fn look_ahead_ends_where_no_recall_can_be() {
    let mut world = World::new();
    world.ok(ANN, text("old"));
    world.wait(120_001);
    for n in 0..600 {
        world.ok(ANN, text(&format!("n{n}")));
    }
    world.rooms[0] = Room::new(&world.log, 5, false, 9);
    world.ok(BOB, history(2, 1));
    assert_eq!(world.trace()[..2], ["fetch 1..1", "fetch 2..257"]);
    assert_eq!(world.trace().len(), 0, "one look was enough");
}

#[test]
fn recall_far_behind_a_page_is_found() {
    let mut world = World::new();
    world.ok(ANN, text("first"));
    for n in 0..600 {
        world.ok(BOB, text(&format!("n{n}")));
    }
    world.wait(120_000);
    world.ok(ANN, recall(1));
    for n in 0..5 {
        world.ok(BOB, text(&format!("later{n}")));
    }
    world.rooms[0] = Room::new(&world.log, 5, false, 9);
    let Reply::Page { entries, .. } = world.ok(BOB, history(2, 1)) else { panic!("not a page") };
    assert!(entries[0].recalled);
    assert_eq!(world.trace()[..4], ["fetch 1..1", "fetch 2..257", "fetch 258..513", "fetch 514..602"]);
}

#[test]
fn page_that_begins_just_before_memory_is_whole() {
    let mut world = World::with_log(20, 5);
    for after in [13, 14, 15] {
        let opened = opened(world.ok(BOB, open(Some(after), 50)));
        assert_eq!(seqs(&opened.entries), (after + 1..=20).collect::<Vec<_>>());
    }
}

#[test]
fn page_that_memory_has_left_behind_asks_to_go_on() {
    let mut world = World::with_log(20, 5);
    let ticket = world.ask(0, BOB, open(Some(10), 200));
    world.rooms.push(Room::new(&world.log, 20, true, 3));
    for n in 0..150 {
        world.ask(1, ANN, text(&format!("n{n}")));
    }
    world.settle(1);
    // The first append over here loses its race against all of that.
    world.ask(0, ANN, text("late"));
    while world.rooms[0].asked.len() > 1 {
        world.settle_one(0, 1);
    }
    world.settle(0);
    let opened = opened(world.rooms[0].replies.remove(&ticket).unwrap().unwrap());
    assert_eq!((seqs(&opened.entries), opened.more, opened.head), ((11..=20).collect(), true, Seq(171)));
}

#[test]
fn whole_log_in_memory_needs_no_look_up() {
    for entries in [0, 20] {
        let mut world = World::with_log(entries, 20);
        world.ok(ANN, text("new"));
        assert!(!world.trace().contains(&"look up new".to_owned()));
    }
}

#[test]
fn memory_is_bounded_by_entries_and_by_bytes() {
    let entry = |seq: i64, bytes: usize| Entry { seq: Seq(seq), body: "x".repeat(bytes).into(), ..one_entry() };
    let mut recent = Recent::default();
    (1..=200).for_each(|seq| recent.push(entry(seq, 10)));
    assert_eq!(recent.first(), Some(Seq(73)));
    (201..=240).for_each(|seq| recent.push(entry(seq, 8_000)));
    assert_eq!(recent.first(), Some(Seq(233)), "eight times 8,000 bytes fit");
    (241..=400).for_each(|seq| recent.push(entry(seq, 10)));
    assert_eq!(recent.first(), Some(Seq(273)), "what has left is counted no longer");
    recent.push(entry(401, 100_000));
    assert_eq!(recent.first(), Some(Seq(401)), "the last one stays");
}

fn one_entry() -> Entry {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.log.remove(0)
}

#[test]
fn recall_of_a_message_out_of_memory_reads_it_first() {
    let mut world = World::with_log(60, 5);
    let (first, second) = (world.ask(0, ANN, recall(1)), world.ask(0, BOB, recall(1)));
    assert_eq!(world.trace(), ["fetch 1..1"], "asked once");
    world.settle(0);
    assert_eq!(seq_of(world.reply(first).unwrap().as_ref().unwrap()), 61);
    assert_eq!(world.reply(second).unwrap().as_ref().unwrap_err(), &Refusal::Forbidden);
    world.rooms[0] = Room::new(&world.log, 0, false, 9);
    assert_eq!(world.seq(ANN, recall(1)), 61, "already recalled");
    assert_eq!(world.log.len(), 61);
}

#[test]
fn mark_at_an_entry_out_of_memory_reads_its_counts() {
    let mut world = World::with_log(20, 5);
    let reply = world.ok(BOB, read(3));
    assert!(matches!(reply, Reply::Unread { unread: 8 }), "{reply:?}");
    let late = world.ask(0, BOB, read(5));
    world.ask(0, BOB, read(19));
    world.settle_one(0, 1);
    world.trace();
    world.settle(0);
    assert_eq!(world.trace(), [format!("reply {late}")], "another device has gone further meanwhile");
    assert!(matches!(world.reply(late), Some(Ok(Reply::Unread { unread: 0 }))));
}

#[test]
fn connection_that_closes_while_its_page_is_read_never_becomes_a_member() {
    let mut world = World::with_log(20, 5);
    let ticket = world.ask(0, BOB, open(Some(10), 50));
    world.close(3);
    world.settle(0);
    assert_eq!(world.reply(ticket).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    assert!(world.rooms[0].room.members.is_empty());
}

#[test]
fn silent_or_incomplete_store_makes_a_page_unavailable() {
    let mut world = World::with_log(20, 5);
    let late = world.ask(0, BOB, history(5, 2));
    world.wait(5_000);
    world.tick();
    assert_eq!(world.reply(late).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    world.settle(0);
    let short = world.ask(0, BOB, history(5, 2));
    let Some(Asked::Fetch(fetch, ..)) = world.rooms[0].asked.pop_front() else { panic!("no fetch") };
    let mut out = Vec::new();
    world.rooms[0].room.handle_fetched(world.now, fetch, Ok(vec![world.log[2].clone()]), &mut out);
    world.rooms[0].take(out);
    assert_eq!(world.reply(short).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
    let target = world.ask(0, ANN, recall(1));
    let Some(Asked::Fetch(fetch, ..)) = world.rooms[0].asked.pop_front() else { panic!("no fetch") };
    let mut out = Vec::new();
    world.rooms[0].room.handle_fetched(world.now, fetch, Err(Refusal::Unavailable), &mut out);
    world.rooms[0].take(out);
    assert_eq!(world.reply(target).unwrap().as_ref().unwrap_err(), &Refusal::Unavailable);
}

#[test]
fn too_many_questions_or_members_are_told_to_try_later() {
    let mut world = World::with_log(20, 5);
    for _page in 0..64 {
        world.ask(0, BOB, history(5, 2));
    }
    let ticket = world.ask(0, BOB, history(5, 2));
    assert_eq!(world.reply(ticket).unwrap().as_ref().unwrap_err(), &Refusal::Overloaded);
    world.settle(0);
    for conn in 0..256 {
        world.ask_on(0, BOB, conn, open(None, 1));
    }
    for full in [None, Some(3)] {
        // The second one's page is read from the store first.
        let ticket = world.ask_on(0, BOB, 999, open(full, 50));
        world.settle(0);
        assert_eq!(world.reply(ticket).unwrap().as_ref().unwrap_err(), &Refusal::Overloaded);
    }
    let known = world.ask_on(0, BOB, 7, open(None, 1));
    assert!(world.reply(known).unwrap().is_ok());
}

#[test]
fn loaded_entries_with_a_gap_are_not_trusted() {
    let mut world = World::with_log(20, 20);
    for missing in [18, 20] {
        let mut loaded = Loaded::started(replayed(&world.log), 0);
        loaded.recent = world.log.iter().filter(|entry| entry.seq != Seq(missing)).cloned().collect();
        world.rooms[0].room = Conversation::new(loaded, Rules::default(), 9);
        let opened = opened(world.ok(BOB, open(None, 5)));
        assert_eq!(seqs(&opened.entries), [16, 17, 18, 19, 20]);
    }
}
