#![expect(unreachable_pub, reason = "the list of kinds makes public items, wherever it stands")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use storage::words::Ticket;
use tokio::sync::oneshot;

use super::*;
use crate::client::Client;
use crate::shard::{ReplyTo, Window};
use crate::socket::{Class, Conn, LaneLimits, Lanes, MemoryPeer, Protocol, Received, Weight};
use crate::wire::Answer;

/// A kind that does what it is told: what the engine promises is promised to every kind.
#[derive(Default)]
pub struct Puppet {
    owed: Option<Ticket>,
}

#[derive(Debug)]
pub enum Ask {
    Join,
    /// Enters and is answered, but is no member afterwards.
    Peek,
    Leave,
    /// Is answered by the next news.
    Owe,
    Panic,
    /// A job of it panics.
    PanicLater,
    Publish(&'static str),
    /// Publishes, then answers.
    Say(&'static str),
}

pub struct Nothing;

crate::kinds! {
    /// Of one kind only.
    Puppets over ();
    /// A puppet; of an odd number it cannot be read.
    puppet Puppet: Puppet, u64;
}

impl Kind for Puppet {
    type Op = Ask;
    type Done = ();
    type Told = ();
    type Loaded = Nothing;
    const WINDOW: Window = Window::Step;
    const WAKES: bool = false;

    fn load(id: u64, (): &()) -> Load<Self> {
        match id {
            id if id % 2 == 0 => Load::Now(Nothing),
            13 => Load::Later(Box::pin(async { panic!("planted") })),
            _ => Load::Later(Box::pin(async { Err(Code::NotFound.into()) })),
        }
    }

    fn new(_id: u64, _made: Nothing, (): &()) -> Self {
        Self::default()
    }

    fn on_op(&mut self, cx: &mut Cx<'_, Self>, op: Ask, asker: Asker<'_>) {
        if asker.client.is_some_and(|client| !cx.enter(client)) {
            return cx.answer(asker.ticket, Err(Code::Overloaded.into()));
        }
        match op {
            Ask::Join => asker.conn().into_iter().for_each(|conn| cx.join(conn)),
            Ask::Leave => asker.conn().into_iter().for_each(|conn| cx.leave(conn)),
            Ask::Owe => self.owed = asker.ticket,
            Ask::Panic => panic!("planted"),
            Ask::PanicLater => return cx.job(async { panic!("planted") }),
            Ask::Publish(text) | Ask::Say(text) => cx.publish(Class::Durable, Bytes::from(text)),
            Ask::Peek => {}
        }
        if self.owed.is_none() || self.owed != asker.ticket {
            cx.answer(asker.ticket, Ok(Answer::empty()));
        }
    }

    fn on_done(&mut self, _cx: &mut Cx<'_, Self>, (): ()) {}

    fn on_told(&mut self, cx: &mut Cx<'_, Self>, (): ()) {
        cx.answer(self.owed.take(), Ok(Answer::empty()));
    }
}

struct Mute;

impl Protocol for Mute {
    async fn on_text(&mut self, _text: &str) -> Result<(), Closing> {
        Ok(())
    }
    async fn on_binary(&mut self, _data: &[u8]) -> Result<(), Closing> {
        Ok(())
    }
    fn is_authenticated(&self) -> bool {
        true
    }
    fn on_closed(&mut self) {}
}

struct Stage {
    shards: Shards<Puppets>,
    lanes: Lanes,
    tasks: Tasks,
}

type Waiting = oneshot::Receiver<Result<Answer, Failure>>;

impl Stage {
    fn new() -> Self {
        let (tasks, clock) = (Tasks::default(), Clock::system());
        let lanes = Lanes::start(1, LaneLimits::default(), &clock, &tasks.sockets, &tasks.drain);
        let shards = Shards::start(1, lanes.all(), &clock, &tasks, &());
        Self { shards, lanes, tasks }
    }

    fn connect(&self) -> (Arc<Client>, MemoryPeer) {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (conn, peer): (Arc<Conn>, _) = self.lanes.attach_memory(here, 64 * 1024, |_conn| Mute);
        (Arc::new(Client::new(&conn)), peer)
    }

    fn ask(&self, room: u64, ask: Ask, client: Option<&Arc<Client>>) -> Waiting {
        let (reply, waiting) = oneshot::channel();
        self.shards.ask(Question::Puppet(room, ask), client.cloned(), ReplyTo::Rest(reply)).unwrap();
        waiting
    }

    async fn code(&self, room: u64, ask: Ask, client: Option<&Arc<Client>>) -> Result<(), Code> {
        let answer = tokio::time::timeout(Duration::from_secs(10), self.ask(room, ask, client)).await;
        answer.expect("an answer, never a hang").unwrap().map(drop).map_err(|failure| failure.code)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.tasks.drain.cancel();
        self.tasks.stop.cancel();
    }
}

#[tokio::test]
async fn a_panic_costs_only_the_room() {
    let stage = Stage::new();
    let (lost, mut kept) = (stage.ask(2, Ask::Owe, None), stage.ask(4, Ask::Owe, None));
    assert_eq!(stage.code(2, Ask::Panic, None).await, Err(Code::OutcomeUnknown));
    assert_eq!(lost.await.unwrap().unwrap_err().code, Code::OutcomeUnknown, "what it owed is answered");
    assert_eq!(stage.code(2, Ask::Peek, None).await, Ok(()), "a new life of it goes on");
    assert!(kept.try_recv().is_err(), "the other room owes still");
    stage.shards.tell::<Puppet>(4, ());
    assert!(kept.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_panic_in_a_job_costs_the_room_and_hangs_nobody() {
    let stage = Stage::new();
    assert_eq!(stage.code(2, Ask::PanicLater, None).await, Err(Code::OutcomeUnknown));
    assert_eq!(stage.code(2, Ask::Peek, None).await, Ok(()));
    assert_eq!(stage.code(13, Ask::Peek, None).await, Err(Code::Internal), "while it was read");
    assert_eq!(stage.code(15, Ask::Peek, None).await, Err(Code::NotFound));
}

#[tokio::test]
async fn leaving_frees_the_place() {
    let stage = Stage::new();
    let (client, _peer) = stage.connect();
    for room in (0..600).step_by(2) {
        assert_eq!(stage.code(room, Ask::Join, Some(&client)).await, Ok(()), "room {room}");
        assert_eq!(stage.code(room, Ask::Leave, Some(&client)).await, Ok(()));
    }
    for room in (0..600).step_by(2) {
        assert_eq!(stage.code(room, Ask::Peek, Some(&client)).await, Ok(()), "who is refused holds no place");
    }
    for room in (0..512).step_by(2) {
        assert_eq!(stage.code(room, Ask::Join, Some(&client)).await, Ok(()));
    }
    assert_eq!(stage.code(600, Ask::Join, Some(&client)).await, Err(Code::Overloaded), "256 at a time");
}

#[tokio::test]
async fn an_attach_that_fails_closes_the_socket() {
    let stage = Stage::new();
    let (client, mut peer) = stage.connect();
    stage.shards.ask(Question::Puppet(15, Ask::Join), Some(client), ReplyTo::OrClose).unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            match peer.recv().await.unwrap() {
                Some(Received::Close(code)) => return code,
                Some(_other) => {}
                None => panic!("the socket ended without saying why"),
            }
        }
    });
    assert_eq!(closed.await.unwrap(), Code::Overloaded.close(), "what has no close of its own: try later");
}

#[tokio::test]
async fn nothing_overtakes_an_event_where_that_is_promised() {
    let stage = Stage::new();
    let (client, mut peer) = stage.connect();
    assert_eq!(stage.code(2, Ask::Join, Some(&client)).await, Ok(()));
    stage.shards.ask(Question::Puppet(2, Ask::Publish("\"one\"")), None, ReplyTo::Nobody).unwrap();
    let say = Question::Puppet(2, Ask::Say("\"two\""));
    stage.shards.ask(say, Some(client), ReplyTo::Request(7, Weight::Light)).unwrap();
    let mut heard = Vec::new();
    while heard.len() < 3 {
        if let Some(Received::Text(text)) = peer.recv().await.unwrap() {
            heard.extend(text.split('\n').map(str::to_owned));
        }
    }
    assert_eq!(heard, ["\"one\"", "\"two\"", "{\"id\":7,\"ok\":{}}"]);
}
