//! Random operations on two rooms over one log, answered in random order, with rooms dropped and loaded again.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Do { room: usize, user: i64, command: Command },
    Settle { room: usize, nth: usize },
    Refuse { room: usize },
    Reload { room: usize, recent: usize },
    Wait { ms: i64 },
    SetWall { ms: i64 },
    Pair(Confirmed),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => (0..30_u32).prop_map(|id| text(&format!("m{id}"))),
        3 => (1..40_i64).prop_map(recall),
        2 => (1..40_i64).prop_map(read),
        2 => (prop::option::of(0..40_i64), 1..20_u32).prop_map(|(after, limit)| open(after, limit)),
        2 => (1..40_i64, 1..20_u32).prop_map(|(before, limit)| history(before, limit)),
        1 => Just(Command::Turn(Turn::Claim)),
        1 => Just(Command::Turn(Turn::Release)),
        1 => (ANN..=BEA).prop_map(|to| Command::Turn(Turn::Transfer { to: UserId(to), allowed: true })),
        1 => prop_oneof![Just(Command::Turn(Turn::Close)), Just(block())],
        2 => Just(Command::Turn(Turn::Reopen { allowed: true, blocked: false })),
        1 => Just(Command::Leave),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0..2_usize, ANN..=BEA, command()).prop_map(|(room, user, command)| Step::Do { room, user, command }),
        12 => (0..2_usize, 0..4_usize).prop_map(|(room, nth)| Step::Settle { room, nth }),
        1 => (0..2_usize).prop_map(|room| Step::Refuse { room }),
        1 => (0..2_usize, 0..30_usize).prop_map(|(room, recent)| Step::Reload { room, recent }),
        2 => prop_oneof![Just(1_000), Just(50_000), Just(30)].prop_map(|ms| Step::Wait { ms }),
        1 => (prop::bool::weighted(0.7), prop::bool::weighted(0.2)).prop_map(|(holds, blocks)| {
            Step::Pair(Confirmed { holds, blocked: [false, blocks] })
        }),
        1 => prop_oneof![Just(-3_600_000), Just(-2_000), Just(3_600_000)].prop_map(|ms| Step::SetWall { ms }),
    ]
}

/// What was asked, to be compared with what was answered.
#[derive(Debug)]
struct Question {
    room: usize,
    user: i64,
    command: Command,
    /// The log's length when it was asked.
    stood: i64,
}

#[derive(Default)]
struct Witness {
    asked: BTreeMap<u64, Question>,
    /// The last entry each room told of, or was loaded with.
    seen: [i64; 2],
    /// How much of each room's trace was looked at.
    traced: [usize; 2],
    loads: u64,
}

impl Witness {
    /// Checks all that came out of a room since the last look.
    fn look(&mut self, world: &World, room: usize) {
        let Room { trace, replies, events, .. } = &world.rooms[room];
        for line in &trace[self.traced[room]..] {
            if let Some(seq) = line.strip_prefix("message ") {
                let seq: i64 = seq.parse().unwrap();
                assert_eq!(seq, self.seen[room] + 1, "a gap or a repetition");
                let durable = &world.log[usize::try_from(seq - 1).unwrap()];
                let shown = events.iter().any(|event| {
                    matches!(event, Event::Message(view) if view.seq == durable.seq
                    && view.from == durable.from && view.kind == durable.kind.name())
                });
                assert!(shown, "what was shown is not what is durable");
                self.seen[room] = seq;
            } else if let Some(ticket) = line.strip_prefix("reply ") {
                let ticket: u64 = ticket.parse().unwrap();
                self.check_answer(world, ticket, replies[&ticket].as_ref().unwrap());
            }
        }
        self.traced[room] = trace.len();
    }

    fn check_answer(&self, world: &World, ticket: u64, reply: &Reply) {
        let Question { room, user, command, stood } = &self.asked[&ticket];
        let stood = if world.rooms[*room].room.rules.shared { *stood } else { 0 };
        check_freshness(command, reply, stood);
        match (command, reply) {
            (Command::Send { send, .. }, Reply::Sent { seq, .. }) => {
                assert!(seq.0 <= self.seen[*room], "an answer overtook its entry");
                let entry = &world.log[usize::try_from(seq.0 - 1).unwrap()];
                assert_eq!((entry.from, &*entry.client_msg_id), (UserId(*user), send.client_msg_id.as_str()));
            }
            (Command::Read(at), Reply::Unread { unread }) => {
                let room = &world.rooms[*room].room;
                let mark = room.marks[&UserId(*user)].seq;
                assert!(mark >= at.seq, "the mark did not move");
                assert!(world.marks[&UserId(*user)].seq >= at.seq, "answered before it lasts");
                let of_side_a = party(*user).enterprise == BETA;
                assert_eq!(*unread, contents(&world.log, of_side_a, mark, room.head().head));
            }
            (_, Reply::Opened(opened)) => check_views(world, *room, &opened.entries),
            (_, Reply::Page { entries, .. }) => check_views(world, *room, entries),
            _ => {}
        }
    }
}

/// On a shared log: what stood when it was asked is shown.
fn check_freshness(command: &Command, reply: &Reply, stood: i64) {
    match (command, reply) {
        (Command::Open(_), Reply::Opened(opened)) => assert!(opened.head.0 >= stood, "an old head was shown"),
        (Command::History(history), Reply::Page { entries, .. }) => {
            let last = entries.last().map_or(0, |entry| entry.seq.0);
            assert!(last >= stood.min(history.before.0 - 1), "an old page was shown");
        }
        _ => {}
    }
}

/// Contents of side A (else B) behind a mark that were not recalled, counted from scratch.
fn contents(log: &[Entry], of_side_a: bool, mark: Seq, head: Seq) -> i64 {
    let side = if of_side_a { Side::A } else { Side::B };
    let log = || log.iter().filter(|entry| entry.seq <= head);
    let is_recalled = |seq: Seq| log().any(|entry| entry.target == Some(seq));
    let behind = log().filter(|entry| entry.seq > mark && entry.side == side && entry.kind.is_content());
    i64::try_from(behind.filter(|entry| !is_recalled(entry.seq)).count()).unwrap()
}

/// Pages are gapless, and whatever a room knows to be recalled is served without its body, nothing else.
fn check_views(world: &World, room: usize, entries: &[wire::EntryView]) {
    assert!(entries.iter().zip(entries.iter().skip(1)).all(|(one, next)| one.seq.next() == next.seq));
    let head = world.rooms[room].room.head().head;
    for view in entries {
        let entry = &world.log[usize::try_from(view.seq.0 - 1).unwrap()];
        let mut recalls = world.log.iter().filter(|recall| recall.target == Some(view.seq));
        let known = recalls.clone().any(|recall| recall.seq <= head);
        assert!(view.recalled || !known, "a recalled text was served");
        assert!(!view.recalled || recalls.next().is_some(), "a text was withheld without a recall");
        assert_eq!(view.body.is_none(), view.recalled || entry.body.is_empty());
    }
}

/// The whole log, judged from scratch.
fn check_log(log: &[Entry]) {
    let (mut ids, mut recalled, mut counts, mut last) = (BTreeSet::new(), BTreeSet::new(), [0, 0], START);
    for (n, entry) in log.iter().enumerate() {
        let head = replayed(&log[..n]);
        assert_eq!(entry.seq.0, i64::try_from(n + 1).unwrap());
        assert!(entry.at >= last, "time ran backwards");
        last = entry.at;
        if entry.kind.is_content() {
            *entry.side.of_mut(&mut counts) += 1;
            assert!(ids.insert((entry.from, Arc::clone(&entry.client_msg_id))), "the same message twice");
            assert_eq!(head.state, wire::State::Open, "written while closed");
            let assignee = *entry.side.of(&head.assignees);
            assert!(assignee.is_none_or(|assignee| assignee == entry.from || party(entry.from.0).admin));
        }
        assert_eq!([entry.count_a, entry.count_b], counts);
        if let Some(target) = entry.target {
            let target = &log[usize::try_from(target.0 - 1).unwrap()];
            assert!(target.from == entry.from && target.kind.is_content() && recalled.insert(target.seq));
            assert!(entry.at.since_ms(target.at) <= 120_000);
        }
    }
}

/// Nothing stands behind an opening that was not told to count, save what ended it.
fn check_openings(world: &World) {
    for (opening, behind) in world.log.iter().zip(world.log.iter().skip(1)) {
        let is_ended = behind.from == crate::log::HUB
            && replayed(&world.log[..usize::try_from(behind.seq.0).unwrap()]).state != wire::State::Open;
        let counts = opening.kind != EntryKind::Reopened || world.count.contains(&opening.seq);
        assert!(counts || is_ended, "{behind:?} behind an opening that does not count");
    }
}

fn run(rules: Rules, steps: Vec<Step>) {
    let mut world = World::new();
    world.rooms = vec![Room::under(rules, &[], 0, true, 1), Room::under(rules, &[], 0, true, 2)];
    let mut witness = Witness { loads: 2, ..Witness::default() };
    for step in steps {
        match step {
            Step::Do { room, user, command } => {
                // Known beforehand: the answer may come at once.
                let stood = i64::try_from(world.log.len()).unwrap();
                let question = Question { room, user, command: command.clone(), stood };
                witness.asked.insert(world.tickets + 1, question);
                world.ask(room, user, command);
            }
            Step::Settle { room, nth } if nth < world.rooms[room].asked.len() => world.settle_one(room, nth),
            Step::Refuse { room } => refuse_one(&mut world, room),
            Step::Reload { room, recent } => {
                // What was in flight ends before anybody can load; the answers are lost with the room.
                witness.loads += 1;
                reload(&mut world, rules, room, recent, witness.loads);
                let head = i64::try_from(world.log.len()).unwrap();
                (witness.seen[room], witness.traced[room]) = (head, 0);
                witness.asked.retain(|_ticket, question| question.room != room);
            }
            Step::Wait { ms } => world.wait(ms),
            Step::SetWall { ms } => world.set_wall(ms),
            Step::Pair(says) => world.confirmed = says,
            Step::Settle { .. } => {}
        }
        (0..2).for_each(|room| witness.look(&world, room));
    }
    for room in 0..2 {
        while !world.rooms[room].asked.is_empty() {
            world.settle_one(room, 0);
            witness.look(&world, room);
        }
    }
    // Ends of openings that were refused are tried again after a while.
    for room in [0, 1, 0, 1] {
        world.wait(1_000);
        world.tick_room(room);
        world.settle(room);
        (0..2).for_each(|room| witness.look(&world, room));
    }
    check_log(&world.log);
    check_openings(&world);
    for (ticket, question) in &witness.asked {
        assert!(world.rooms[question.room].replies.contains_key(ticket), "never answered: {question:?}");
    }
    for room in &world.rooms {
        assert!(room.room.flight.is_none() && room.room.waiting.is_empty() && room.room.jobs.is_empty());
        assert!(room.room.looks.is_idle() && room.room.saves.is_empty());
        let head = room.room.head();
        assert_eq!(head, &replayed(&world.log[..usize::try_from(head.head.0).unwrap()]));
    }
}

fn refuse_one(world: &mut World, room: usize) {
    let now = world.now;
    let target = &mut world.rooms[room];
    let mut out = Vec::new();
    match target.asked.pop_front() {
        Some(Asked::Append(_)) => {
            target.room.handle_appended(now, Appended::Refused(Refusal::Unavailable), &mut out);
        }
        Some(Asked::Fetch(fetch, ..)) => {
            target.room.handle_fetched(now, fetch, Err(Refusal::Unavailable), &mut out);
        }
        Some(Asked::Look(_)) => target.room.handle_looked(now, Err(Refusal::Unavailable), &mut out),
        Some(Asked::Confirm(opened)) => {
            target.room.handle_confirmed(now, opened, Err(Refusal::Unavailable), &mut out);
        }
        Some(Asked::SaveMark(mark)) => {
            target.room.handle_mark_saved(now, mark.user, mark.seq, &Err(Refusal::Unavailable), &mut out);
        }
        Some(Asked::LookUp(sender, id)) => {
            target.room.handle_looked_up(now, sender, &id, &Err(Refusal::Unavailable), &mut out);
        }
        None => {}
    }
    target.take(out);
}

fn reload(world: &mut World, rules: Rules, room: usize, recent: usize, seed: u64) {
    let asked = std::mem::take(&mut world.rooms[room].asked);
    for asked in asked {
        if let Asked::Append(entries) = asked {
            append(&mut world.log, entries);
        }
    }
    let marks = world.marks.values().copied().collect();
    world.rooms[room] = Room::with_marks(rules, &world.log, recent, marks, seed);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn rooms_keep_the_log_whole(steps in prop::collection::vec(step(), 1..120)) {
        run(Rules::default(), steps);
    }

    #[test]
    fn rooms_of_two_hubs_keep_the_log_whole_and_show_what_stands(steps in prop::collection::vec(step(), 1..120)) {
        run(Rules { shared: true, ..Rules::default() }, steps);
    }
}
