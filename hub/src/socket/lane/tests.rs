//! Lanes over memory sockets in virtual time: order, deadlines, closings, drain.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::socket::memory::Received;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ROOM: RoomKey = RoomKey(7);
const CAPACITY: usize = 4096;

/// Keeps a request open until it hears "answer"; everything else is answered at once. "in" says who it is.
struct Parrot {
    conn: Arc<Conn>,
    is_known: bool,
}

impl Protocol for Parrot {
    async fn on_text(&mut self, text: &str) -> Result<(), Closing> {
        match text {
            "in" => self.is_known = true,
            "out" => return Err(Closing { code: Code::SessionRevoked, retry_after_ms: None }),
            "open" => self.conn.request_slot().await,
            "answer" => self.conn.lane().reply(self.conn.id(), Bytes::from_static(b"answered")),
            _ => {
                self.conn.request_slot().await;
                self.conn.lane().reply(self.conn.id(), Bytes::copy_from_slice(text.as_bytes()));
            }
        }
        Ok(())
    }

    async fn on_binary(&mut self, _data: &[u8]) -> Result<(), Closing> {
        Err(Closing::new(Code::BadFrame))
    }

    fn is_authenticated(&self) -> bool {
        self.is_known
    }

    fn on_closed(&mut self) {}
}

struct Stage {
    lanes: Lanes,
    lane: Lane,
    clock: Clock,
    tracker: TaskTracker,
    shutdown: CancellationToken,
}

fn stage(limits: LaneLimits) -> Stage {
    let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
    let clock = Clock::starting_at(Millis(1_000_000));
    let lanes = Lanes::start(1, limits, &clock, &tracker, &shutdown);
    let lane = lanes.all()[0].clone();
    Stage { lanes, lane, clock, tracker, shutdown }
}

impl Stage {
    fn connect(&self) -> (Arc<Conn>, MemoryPeer) {
        self.lanes.attach_memory(HERE, CAPACITY, |conn| Parrot { conn, is_known: false })
    }

    async fn sign_in(&self) -> (Arc<Conn>, MemoryPeer) {
        let (conn, mut peer) = self.connect();
        assert!(peer.send_text("in").await);
        assert!(peer.send_text("hello").await);
        assert_eq!(next(&mut peer).await, text("hello"));
        (conn, peer)
    }

    fn event(&self, tag: &'static str) -> Result<(), Full> {
        self.lane.broadcast(ROOM, objects(tag), Class::Durable, None)
    }
}

fn objects(tag: &'static str) -> Frame {
    Frame::from_objects(&[Bytes::from_static(tag.as_bytes())])
}

fn text(text: &str) -> Received {
    Received::Text(text.to_owned())
}

fn close(code: Code) -> Received {
    Received::Close(code.close())
}

async fn next(peer: &mut MemoryPeer) -> Received {
    peer.recv().await.expect("frames are well formed").expect("the socket is open")
}

/// Milliseconds of virtual time until the socket ends, and what came before.
async fn rest(peer: &mut MemoryPeer, clock: &Clock) -> (i64, Vec<Received>) {
    let began = clock.now();
    let mut heard = Vec::new();
    while let Some(received) = peer.recv().await.expect("frames are well formed") {
        heard.push(received);
    }
    (clock.now().since_ms(began), heard)
}

#[tokio::test(start_paused = true)]
async fn everything_for_a_connection_keeps_the_order_in_which_it_was_told() {
    let stage = stage(LaneLimits::default());
    let (conn, mut peer) = stage.sign_in().await;
    stage.event("before joining").unwrap();
    stage.lane.subscribe(ROOM, conn.id());
    stage.event("one").unwrap();
    stage.lane.tell(conn.id(), Bytes::from_static(b"two"), Class::Presence);
    conn.request_slot().await;
    stage.lane.reply(conn.id(), Bytes::from_static(b"three"));
    stage.event("four").unwrap();
    stage.lane.unsubscribe(ROOM, conn.id());
    stage.event("after leaving").unwrap();
    stage.lane.close(conn.id(), Closing::new(Code::SessionRevoked));
    stage.lane.tell(conn.id(), Bytes::from_static(b"after the close"), Class::Durable);
    let (_, heard) = rest(&mut peer, &stage.clock).await;
    assert_eq!(heard, [text("one"), text("two"), text("three"), text("four"), close(Code::SessionRevoked)]);
}

#[tokio::test(start_paused = true)]
async fn members_hear_a_broadcast_once_and_the_excepted_one_not_at_all() {
    let stage = stage(LaneLimits::default());
    let (first, mut first_peer) = stage.sign_in().await;
    let (second, mut second_peer) = stage.sign_in().await;
    for conn in [&first, &first, &second] {
        stage.lane.subscribe(ROOM, conn.id());
    }
    stage.lane.broadcast(ROOM, objects("not for the first"), Class::Durable, Some(first.id())).unwrap();
    stage.event("for both").unwrap();
    assert_eq!(next(&mut first_peer).await, text("for both"));
    assert_eq!(next(&mut second_peer).await, text("not for the first"));
    assert_eq!(next(&mut second_peer).await, text("for both"));
    assert_eq!(timeout(Duration::from_secs(1), first_peer.recv()).await.ok(), None, "joining twice delivers once");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_say_who_it_is_is_closed_after_ten_seconds() {
    let stage = stage(LaneLimits::default());
    let (_conn, mut peer) = stage.connect();
    peer.send_text("a question").await;
    let (passed_ms, heard) = rest(&mut peer, &stage.clock).await;
    assert_eq!(heard, [text("a question"), close(Code::AuthTimeout)]);
    assert!((9_000..=11_000).contains(&passed_ms), "{passed_ms}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_and_closed_as_idle() {
    let stage = stage(LaneLimits::default());
    let (conn, peer) = stage.sign_in().await;
    tokio::time::advance(Duration::from_secs(49)).await;
    tokio::task::yield_now().await;
    assert!(!conn.is_closing());
    let began = stage.clock.now();
    while !conn.is_closing() {
        tokio::time::advance(Duration::from_millis(100)).await;
        assert!(stage.clock.now().since_ms(began) < 3_000, "still open after twice the ping time");
    }
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_stays() {
    let stage = stage(LaneLimits::default());
    let (conn, mut peer) = stage.sign_in().await;
    for _ in 0..10 {
        let began = stage.clock.now();
        assert_eq!(next(&mut peer).await, Received::Ping);
        assert!((23_000..=26_000).contains(&stage.clock.now().since_ms(began)));
    }
    assert!(!conn.is_closing());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_closes_with_its_code_unless_it_was_moved() {
    let stage = stage(LaneLimits::default());
    let (conn, mut peer) = stage.sign_in().await;
    conn.set_deadline(Some(stage.clock.now().plus_ms(5_000)), Code::TokenExpired);
    conn.set_deadline(Some(stage.clock.now().plus_ms(15_000)), Code::TokenExpired);
    let (passed_ms, heard) = rest(&mut peer, &stage.clock).await;
    assert_eq!(heard, [close(Code::TokenExpired)]);
    assert!((14_000..=16_000).contains(&passed_ms), "{passed_ms}");
    let (late, mut late_peer) = stage.sign_in().await;
    late.set_deadline(Some(stage.clock.now().plus_ms(-1)), Code::TokenExpired);
    assert_eq!(next(&mut late_peer).await, close(Code::TokenExpired), "a time in the past is now");
}

#[tokio::test(start_paused = true)]
async fn a_refused_protocol_closes_and_hears_nothing_more() {
    let stage = stage(LaneLimits::default());
    let (_conn, mut peer) = stage.sign_in().await;
    for word in ["out", "still there?"] {
        peer.send_text(word).await;
    }
    assert_eq!(rest(&mut peer, &stage.clock).await.1, [close(Code::SessionRevoked)]);
    let (_conn, mut peer) = stage.sign_in().await;
    peer.send_raw(&[0x82, 0x81, 0, 0, 0, 0, 7]).await;
    assert_eq!(rest(&mut peer, &stage.clock).await.1, [close(Code::BadFrame)]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_protocol_is_closed_by_its_number() {
    for (bytes, number) in [
        (&[0x81, 0x01, b'x'][..], 1002),
        (&[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        (&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0], 4501),
    ] {
        let stage = stage(LaneLimits::default());
        let (_conn, mut peer) = stage.sign_in().await;
        peer.send_raw(bytes).await;
        let (passed_ms, heard) = rest(&mut peer, &stage.clock).await;
        assert_eq!(heard, [Received::Close(Some(number))]);
        assert!(passed_ms <= 3_000, "{passed_ms}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_stalls_is_closed_after_ten_seconds() {
    let stage = stage(LaneLimits::default());
    let (_conn, mut peer) = stage.sign_in().await;
    peer.send_raw(&[0x01, 0x81, 0, 0, 0, 0, b'a']).await;
    let (passed_ms, heard) = rest(&mut peer, &stage.clock).await;
    assert_eq!(heard, [close(Code::BadFrame)]);
    assert!((10_000..=13_000).contains(&passed_ms), "{passed_ms}");
}

#[tokio::test(start_paused = true)]
async fn a_peers_close_is_echoed() {
    let stage = stage(LaneLimits::default());
    let (_conn, mut peer) = stage.sign_in().await;
    peer.send_raw(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]).await;
    assert_eq!(rest(&mut peer, &stage.clock).await.1, [Received::Close(Some(1000))]);
}

#[tokio::test(start_paused = true)]
async fn a_full_lane_refuses_events_and_nothing_else() {
    let stage = stage(LaneLimits { events_max: 2, ..LaneLimits::default() });
    let (conn, mut peer) = stage.sign_in().await;
    stage.lane.subscribe(ROOM, conn.id());
    assert_eq!([stage.event("1"), stage.event("2"), stage.event("3")], [Ok(()), Ok(()), Err(Full)]);
    assert!(stage.lane.backlog() >= 2);
    stage.lane.tell(conn.id(), Bytes::from_static(b"told"), Class::Durable);
    for expected in ["1", "2", "told"] {
        assert_eq!(next(&mut peer).await, text(expected));
    }
    assert_eq!(stage.lane.backlog(), 0);
    assert_eq!(stage.event("4"), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_is_closed_and_the_others_hear_on() {
    let stage = stage(LaneLimits { queue_bytes_max: 1024, ..LaneLimits::default() });
    let (slow, mut slow_peer) = stage.sign_in().await;
    let (fast, mut fast_peer) = stage.sign_in().await;
    for conn in [&slow, &fast] {
        stage.lane.subscribe(ROOM, conn.id());
    }
    let data: &'static str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    for _ in 0..200 {
        stage.event(data).unwrap();
        assert_eq!(next(&mut fast_peer).await, text(data));
    }
    assert!(slow.is_closing() && !fast.is_closing());
    let (_, heard) = rest(&mut slow_peer, &stage.clock).await;
    let (last, whole) = heard.split_last().unwrap();
    assert_eq!(*last, close(Code::SlowConsumer));
    assert!(whole.len() < 100 && whole.iter().all(|received| *received == text(data)), "whole frames up to the close");
}

#[tokio::test(start_paused = true)]
async fn members_are_closed_when_events_did_not_fit() {
    let stage = stage(LaneLimits::default());
    let (member, mut member_peer) = stage.sign_in().await;
    let (other, _other_peer) = stage.sign_in().await;
    stage.lane.subscribe(ROOM, member.id());
    stage.lane.close_members(ROOM);
    assert_eq!(next(&mut member_peer).await, close(Code::SlowConsumer));
    assert!(!other.is_closing());
}

#[tokio::test(start_paused = true)]
async fn rooms_of_a_connection_are_limited() {
    let stage = stage(LaneLimits { rooms_max: 2, ..LaneLimits::default() });
    let (conn, mut peer) = stage.sign_in().await;
    for room in 0..3 {
        stage.lane.subscribe(RoomKey(room), conn.id());
    }
    assert_eq!(next(&mut peer).await, close(Code::Flood));
}

#[tokio::test(start_paused = true)]
async fn the_33rd_open_request_waits_for_a_reply() {
    let stage = stage(LaneLimits::default());
    let (conn, _peer) = stage.sign_in().await;
    for _ in 0..OPEN {
        conn.request_slot().await;
    }
    assert!(timeout(Duration::from_secs(1), conn.request_slot()).await.is_err());
    stage.lane.reply(conn.id(), Bytes::from_static(b"{}"));
    assert!(timeout(Duration::from_secs(1), conn.request_slot()).await.is_ok());
    stage.lane.close(conn.id(), Closing::new(Code::Flood));
    assert!(timeout(Duration::from_secs(1), conn.request_slot()).await.is_ok(), "nobody waits on a closing socket");
}

const OPEN: usize = crate::socket::OPEN_REQUESTS_MAX;

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_open_requests_and_then_for_nobody() {
    let stage = stage(LaneLimits { drain_s: 10, ..LaneLimits::default() });
    let (_idle, mut idle) = stage.sign_in().await;
    let (_busy, mut busy) = stage.sign_in().await;
    let (_stuck, mut stuck) = stage.sign_in().await;
    for peer in [&busy, &stuck] {
        peer.send_text("open").await;
    }
    tokio::time::advance(Duration::from_millis(10)).await;
    stage.tracker.close();
    stage.shutdown.cancel();
    let began = stage.clock.now();
    assert_eq!(next(&mut idle).await, close(Code::GoingAway));
    assert!(stage.clock.now().since_ms(began) < 100, "idle sockets go at once");
    busy.send_text("answer").await;
    assert_eq!(next(&mut busy).await, text("answered"));
    assert_eq!(next(&mut busy).await, close(Code::GoingAway));
    assert_eq!(next(&mut stuck).await, close(Code::GoingAway));
    assert!((4_000..=6_000).contains(&stage.clock.now().since_ms(began)), "half of the time");
    drop((idle, busy, stuck));
    stage.tracker.wait().await;
    let (late, mut late_peer) = stage.connect();
    assert_eq!(late_peer.recv().await, Ok(None), "who comes after the end is turned away");
    assert!(late.is_closing());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_small() {
    let stage = stage(LaneLimits::default());
    let (conn, _peer) = stage.connect();
    let (read, ..) = memory::pipe(1);
    let protocol = Parrot { conn: Arc::clone(&conn), is_known: false };
    let frames = crate::socket::FrameLimits::default();
    let reader = reader::run(Arc::clone(&conn), read, protocol, Vec::new(), frames, stage.clock.clone());
    assert!(size_of_val(&reader) <= 800, "reader: {} bytes", size_of_val(&reader));
    assert!(size_of_val(&*conn) + size_of::<seat::Seat>() <= 384, "shared and lane's side");
}
