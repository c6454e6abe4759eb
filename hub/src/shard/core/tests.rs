use chat::wire::Reply;
use fair::{Accounts, Keys};
use secrecy::SecretString;
use storage::ids::UserId;
use storage::{Entropy, Store};
use tokio::sync::oneshot;

use super::*;
use crate::app::Tasks;
use crate::shard::{ReplyTo, RoomOp};
use crate::socket::{LaneLimits, Lanes};

const ONE: RoomId = RoomId::Person(UserId(1));
const OTHER: RoomId = RoomId::Person(UserId(2));

/// A shard with two rooms that need no store.
fn shard(tasks: &Tasks) -> Shard {
    let clock = Clock::system();
    let store = Store::model(clock.clone());
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(store.clone(), clock.clone(), keys);
    let lanes = Lanes::start(1, LaneLimits::default(), &clock, &tasks.sockets, &tasks.drain);
    let make = |shards| Persist::new(store, accounts, clock.clone(), Entropy::system(), shards, tasks.clone(), false);
    let (persist, shards) = Shards::start(1, lanes.all(), &clock, tasks, chat::Rules::default(), make);
    let mut shard = Shard::new(lanes.all().to_vec(), clock.clone(), persist, shards, chat::Rules::default());
    shard.turn(&mut Vec::new(), &mut vec![attach(ONE), attach(OTHER)]);
    shard
}

fn attach(room: RoomId) -> Request {
    Request { room, op: RoomOp::AttachPerson, client: None, reply: ReplyTo::Nobody }
}

/// A request in a room that is not answered yet.
fn owe(shard: &mut Shard, room: RoomId) -> oneshot::Receiver<Result<Reply, Failure>> {
    let (reply, answer) = oneshot::channel();
    shard.in_room(room, |_room, context| {
        context.ticket(None, ReplyTo::Rest(reply));
    });
    answer
}

#[tokio::test]
async fn a_panic_costs_only_the_room() {
    let tasks = Tasks::default();
    let mut shard = shard(&tasks);
    let (mut lost, mut kept) = (owe(&mut shard, ONE), owe(&mut shard, OTHER));
    let before = shard.rooms.get(&ONE).unwrap().incarnation;
    shard.in_room(ONE, |_room, _context| panic!("planted"));
    let refusal = lost.try_recv().unwrap().unwrap_err();
    assert_eq!(refusal.code, Code::OutcomeUnknown, "what it owed is answered");
    assert!(kept.try_recv().is_err() && shard.rooms.contains_key(&OTHER), "the other room goes on");
    assert!(!shard.rooms.contains_key(&ONE) && shard.due.iter().all(|(_at, room)| *room != ONE));
    shard.turn(&mut Vec::new(), &mut vec![attach(ONE)]);
    assert!(shard.rooms.get(&ONE).unwrap().incarnation > before, "and so does a new life of this one");
    tasks.stop.cancel();
}
