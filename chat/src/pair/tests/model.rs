//! Every interleaving of a few hubs that open, close and block conversations of one pair, over a model of the store: each
//! step is one read or one conditional write. The decisions are those of this crate.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// What stands in a log; the first entry is the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    Opened,
    Closed,
    Blocked,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    pair: Option<(i64, i64)>,
    /// X's block: the row's version, and whether it blocks.
    block: Option<(i64, bool)>,
    logs: BTreeMap<i64, Vec<Stands>>,
    /// Those that clients can know of.
    listed: BTreeSet<i64>,
    /// Openings that some room was told to count.
    count: BTreeSet<(i64, usize)>,
    acknowledged: bool,
    crashes: u8,
    actors: Vec<Actor>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Actor {
    Done,
    /// Takes the pair for a conversation: the row and its holder's state as they were read.
    Take {
        id: i64,
        is_new: bool,
        at: Taking,
    },
    /// A started conversation is loaded for the first time.
    Load(i64),
    /// Appends the opening.
    Append(i64),
    /// Confirms an opening: the pair's row as it was read.
    Confirm {
        id: i64,
        opened: usize,
        read: Option<Option<(i64, i64)>>,
    },
    ReadBlock {
        id: i64,
        opened: usize,
    },
    Lose {
        id: i64,
        opened: usize,
    },
    Close(i64),
    Block(Blocking),
    /// Finds an opening that a crash left.
    Recover(i64),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Taking {
    Begin,
    Read(Option<(i64, i64)>),
    Judged(Option<(i64, i64)>, Option<Stands>),
    CheckBlock,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Blocking {
    Write,
    List,
    Echo(Vec<i64>),
}

/// Which parts of the protocol are left out, to see that the model finds what they are for.
#[derive(Debug, Clone, Copy, Default)]
struct Without {
    confirming: bool,
    reading_blocks: bool,
    echo: bool,
}

impl World {
    /// Conversations 1, 2, ... of which the first holds the pair; all are closed but those in `open`.
    fn new(conversations: i64, open: &[i64], actors: Vec<Actor>) -> Self {
        let log = |id: i64| {
            if open.contains(&id) { vec![Stands::Opened] } else { vec![Stands::Opened, Stands::Closed] }
        };
        Self {
            pair: Some((1, 1)),
            block: None,
            logs: (1..=conversations).map(|id| (id, log(id))).collect(),
            listed: (1..=conversations).collect(),
            count: open.iter().map(|id| (*id, 0)).collect(),
            acknowledged: false,
            crashes: 0,
            actors,
        }
    }

    fn is_open(&self, id: i64) -> bool {
        self.logs.get(&id).and_then(|log| log.last()) == Some(&Stands::Opened)
    }

    /// Whether a room would append a text.
    fn takes_texts(&self, id: i64) -> bool {
        self.listed.contains(&id) && self.is_open(id) && self.count.contains(&(id, self.logs[&id].len() - 1))
    }

    fn blocks(&self) -> bool {
        self.block.is_some_and(|(_v, blocks)| blocks)
    }

    fn end(&mut self, id: i64, as_what: Stands) {
        if self.is_open(id) {
            self.logs.get_mut(&id).unwrap().push(as_what);
        }
    }

    fn write_pair(&mut self, expect: &Expect<PairsKey>, row: &PairRow) -> bool {
        let holds = match expect {
            Expect::Absent(_) => self.pair.is_none(),
            Expect::Version(_, v) => self.pair.is_some_and(|(stands, _id)| stands == *v),
        };
        if holds {
            self.pair = Some((row.v, row.conversation.0));
        }
        holds
    }

    fn check(&self) -> Result<(), String> {
        let taking: Vec<i64> = self.logs.keys().copied().filter(|id| self.takes_texts(*id)).collect();
        if taking.len() > 1 {
            return Err(format!("{taking:?} are open at once"));
        }
        if self.acknowledged && !taking.is_empty() {
            return Err(format!("{taking:?} takes texts behind an acknowledged block"));
        }
        Ok(())
    }
}

fn read(pair: Option<(i64, i64)>) -> Option<PairRow> {
    pair.map(|(v, id)| row(v, id))
}

/// One actor's next step; none when it has nothing to do.
fn step(mut world: World, n: usize, without: Without) -> Option<World> {
    let next = match world.actors[n].clone() {
        Actor::Done => return None,
        Actor::Take { id, is_new, at } => taking(&mut world, id, is_new, at),
        Actor::Load(id) => {
            let opened = world.logs[&id].len() - 1;
            if world.blocks() && !without.reading_blocks {
                world.end(id, Stands::Blocked);
            } else if world.is_open(id) {
                world.count.insert((id, opened));
            }
            Actor::Done
        }
        Actor::Append(id) if world.is_open(id) => Actor::Done,
        Actor::Append(id) => {
            let log = world.logs.get_mut(&id).unwrap();
            log.push(Stands::Opened);
            let opened = log.len() - 1;
            if without.confirming { Actor::ReadBlock { id, opened } } else { Actor::Confirm { id, opened, read: None } }
        }
        Actor::Confirm { id, opened, read: None } => Actor::Confirm { id, opened, read: Some(world.pair) },
        Actor::Confirm { id, opened, read: Some(pair) } => match confirm(read(pair).as_ref(), ConversationId(id)) {
            None => Actor::Lose { id, opened },
            Some((expect, row)) if world.write_pair(&expect, &row) => Actor::ReadBlock { id, opened },
            Some(_raced) => Actor::Confirm { id, opened, read: None },
        },
        Actor::ReadBlock { id, opened } => {
            let is_last = world.logs[&id].len() - 1 == opened;
            if world.blocks() && !without.reading_blocks {
                world.end(id, Stands::Blocked);
            } else if is_last {
                world.count.insert((id, opened));
            }
            Actor::Done
        }
        Actor::Lose { id, opened } => {
            if world.logs[&id].len() - 1 == opened {
                world.end(id, Stands::Closed);
            }
            Actor::Done
        }
        Actor::Close(id) => {
            if world.takes_texts(id) {
                world.end(id, Stands::Closed);
            }
            Actor::Done
        }
        Actor::Block(at) => blocking_step(&mut world, at, without),
        Actor::Recover(id) => {
            let opened = world.logs[&id].len() - 1;
            if world.is_open(id) && opened > 0 && !world.count.contains(&(id, opened)) {
                Actor::Confirm { id, opened, read: None }
            } else {
                Actor::Done
            }
        }
    };
    world.actors[n] = next;
    Some(world)
}

fn taking(world: &mut World, id: i64, is_new: bool, at: Taking) -> Actor {
    let at = match at {
        Taking::Begin if is_new && world.blocks() => return Actor::Done,
        Taking::Begin => Taking::Read(world.pair),
        Taking::Read(pair) => {
            let holder = pair.and_then(|(_v, holder)| world.logs.get(&holder)?.last().copied());
            if is_new {
                // The conversation's row, before the pair names it.
                world.logs.entry(id).or_insert_with(|| vec![Stands::Opened]);
            }
            Taking::Judged(pair, holder)
        }
        Taking::Judged(pair, holder) => {
            let state = holder.map(|stands| match stands {
                Stands::Opened => State::Open,
                Stands::Closed => State::Closed,
                Stands::Blocked => State::Blocked,
            });
            match take(read(pair).as_ref(), state, ConversationId(id)) {
                Take::Open(_other) => return Actor::Done,
                Take::Write(expect, row) if !world.write_pair(&expect, &row) => Taking::Begin,
                Take::Write(..) if is_new => {
                    world.listed.insert(id);
                    return Actor::Load(id);
                }
                Take::Write(..) => Taking::CheckBlock,
            }
        }
        Taking::CheckBlock if world.blocks() => return Actor::Done,
        Taking::CheckBlock => return Actor::Append(id),
    };
    Actor::Take { id, is_new, at }
}

fn blocking_step(world: &mut World, at: Blocking, without: Without) -> Actor {
    match at {
        Blocking::Write => {
            let v = world.block.map_or(1, |(v, _)| v + 1);
            world.block = Some((v, true));
            Actor::Block(Blocking::List)
        }
        Blocking::List => Actor::Block(Blocking::Echo(world.listed.iter().copied().collect())),
        Blocking::Echo(mut left) => match left.pop() {
            Some(id) => {
                if !without.echo {
                    world.end(id, Stands::Blocked);
                }
                Actor::Block(Blocking::Echo(left))
            }
            None => {
                world.acknowledged = true;
                Actor::Done
            }
        },
    }
}

/// Walks every interleaving, with at most so many crashes of an actor; what is found wrong, and how many ends there are.
fn walk(first: World, crashes: u8, without: Without, at_end: fn(&World) -> bool) -> Result<usize, String> {
    let (mut seen, mut left, mut ends) = (BTreeSet::new(), vec![first], 0);
    while let Some(world) = left.pop() {
        world.check().map_err(|wrong| format!("{wrong}: {world:?}"))?;
        let mut is_end = true;
        for n in 0..world.actors.len() {
            let Some(next) = step(world.clone(), n, without) else { continue };
            is_end = false;
            if seen.insert(next.clone()) {
                left.push(next);
            }
            let may_crash = world.crashes < crashes && !matches!(world.actors[n], Actor::Recover(_));
            let mut crashed = world.clone();
            (crashed.actors[n], crashed.crashes) = (Actor::Done, world.crashes + 1);
            if may_crash && seen.insert(crashed.clone()) {
                left.push(crashed);
            }
        }
        ends += usize::from(is_end);
        if is_end && !at_end(&world) {
            return Err(format!("a wrong end: {world:?}"));
        }
    }
    Ok(ends)
}

const fn reopen(id: i64) -> Actor {
    Actor::Take { id, is_new: false, at: Taking::Begin }
}

const fn start(id: i64) -> Actor {
    Actor::Take { id, is_new: true, at: Taking::Begin }
}

fn one_is_open(world: &World) -> bool {
    world.listed.iter().filter(|id| world.takes_texts(**id)).count() == 1
        && world.listed.iter().filter(|id| world.is_open(**id)).count() == 1
}

fn at_most_one_is_open(world: &World) -> bool {
    world.listed.iter().filter(|id| world.is_open(**id)).count() <= 1
}

fn none_is_open(world: &World) -> bool {
    world.listed.iter().all(|id| !world.is_open(*id))
}

#[test]
fn of_conversations_opened_in_the_same_moment_exactly_one_is_open() {
    for actors in [
        vec![reopen(2), reopen(3)],
        vec![reopen(1), reopen(2)],
        vec![reopen(1), reopen(2), reopen(3)],
        vec![reopen(1), reopen(2), start(4)],
        vec![start(4), start(5), reopen(2)],
    ] {
        let ends = walk(World::new(3, &[], actors), 0, Without::default(), one_is_open).unwrap();
        assert!(ends > 0);
    }
}

#[test]
fn never_are_two_open_while_one_is_closed_and_others_are_opened() {
    for actors in [vec![Actor::Close(1), reopen(1), reopen(2)], vec![Actor::Close(1), start(4), reopen(2), reopen(1)]] {
        walk(World::new(2, &[1], actors), 0, Without::default(), at_most_one_is_open).unwrap();
    }
}

#[test]
fn a_block_ends_all_that_is_open_and_keeps_the_rest_from_being_opened() {
    let block = Actor::Block(Blocking::Write);
    for (open, actors) in [
        (vec![1], vec![block.clone(), Actor::Close(1), reopen(1)]),
        (vec![1], vec![block.clone(), Actor::Close(1), reopen(2), start(4)]),
        (vec![], vec![block.clone(), reopen(1), reopen(2), start(4)]),
    ] {
        walk(World::new(2, &open, actors), 0, Without::default(), none_is_open).unwrap();
    }
}

#[test]
fn what_a_crash_leaves_is_put_right_by_whoever_finds_it() {
    for actors in [
        vec![reopen(1), reopen(2), Actor::Recover(1)],
        vec![reopen(1), reopen(2), Actor::Recover(2)],
        vec![reopen(1), start(4), Actor::Recover(1)],
        vec![reopen(1), Actor::Block(Blocking::Write), Actor::Recover(1)],
    ] {
        walk(World::new(2, &[], actors), 1, Without::default(), |_world| true).unwrap();
    }
    // Those who look once everybody else has ended leave at most one open.
    let mut world = World::new(2, &[], vec![reopen(1), reopen(2)]);
    for n in [0, 0, 0, 1, 1, 0, 1, 0] {
        world = step(world.clone(), n, Without::default()).unwrap_or(world);
    }
    world.actors = vec![Actor::Recover(1), Actor::Recover(2)];
    walk(world, 0, Without::default(), at_most_one_is_open).unwrap();
}

#[test]
fn the_model_finds_what_each_part_of_the_protocol_is_for() {
    let block = || Actor::Block(Blocking::Write);
    let cases = [
        (Without { confirming: true, ..Without::default() }, vec![], vec![reopen(1), reopen(2)]),
        (Without { reading_blocks: true, ..Without::default() }, vec![], vec![block(), reopen(1)]),
        (Without { reading_blocks: true, ..Without::default() }, vec![], vec![block(), start(4)]),
        (Without { echo: true, ..Without::default() }, vec![1], vec![block()]),
    ];
    for (without, open, actors) in cases {
        let found = walk(World::new(2, &open, actors), 0, without, |_world| true);
        assert!(found.is_err(), "{without:?}");
    }
}
