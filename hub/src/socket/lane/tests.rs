//! Lanes over memory sockets in virtual time: order, deadlines, closings, drain.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::timeout;

use super::*;
use crate::socket::memory::Received;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ROOM: RoomKey = RoomKey(7);
const CAPACITY: usize = 4096;

static PAGE: [u8; 200_000] = [b'p'; 200_000];
const THOUGHT: Duration = Duration::from_secs(120);

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
            "open" => self.conn.request_slot(Weight::Light).await,
            "page" => {
                self.conn.request_slot(Weight::Heavy).await;
                self.conn.lane().reply(self.conn.id(), Bytes::from_static(&PAGE), Weight::Heavy);
            }
            // As long as a store that does not answer may take.
            "think" => {
                self.conn.request_slot(Weight::Light).await;
                assert!(timeout(THOUGHT, std::future::pending::<()>()).await.is_err());
                self.conn.lane().reply(self.conn.id(), Bytes::from_static(b"thought"), Weight::Light);
            }
            "answer" => self.conn.lane().reply(self.conn.id(), Bytes::from_static(b"answered"), Weight::Light),
            _ => {
                self.conn.request_slot(Weight::Light).await;
                self.conn.lane().reply(self.conn.id(), Bytes::copy_from_slice(text.as_bytes()), Weight::Light);
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
    stage_at(limits, Clock::starting_at(Millis(1_000_000)))
}

fn stage_at(limits: LaneLimits, clock: Clock) -> Stage {
    let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
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
    conn.request_slot(Weight::Light).await;
    stage.lane.reply(conn.id(), Bytes::from_static(b"three"), Weight::Light);
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
        conn.request_slot(Weight::Light).await;
    }
    assert!(timeout(Duration::from_secs(1), conn.request_slot(Weight::Light)).await.is_err());
    stage.lane.reply(conn.id(), Bytes::from_static(b"{}"), Weight::Light);
    assert!(timeout(Duration::from_secs(1), conn.request_slot(Weight::Light)).await.is_ok());
    stage.lane.close(conn.id(), Closing::new(Code::Flood));
    assert!(
        timeout(Duration::from_secs(1), conn.request_slot(Weight::Light)).await.is_ok(),
        "nobody waits on a closing socket"
    );
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
    let allowance = reader::Allowance { frames: crate::socket::FrameLimits::default(), is_budgeted: true };
    let reader = reader::run(Arc::clone(&conn), read, protocol, Vec::new(), allowance);
    assert!(size_of_val(&reader) <= 800, "reader: {} bytes", size_of_val(&reader));
    assert!(size_of_val(&*conn) + size_of::<seat::Seat>() <= 384, "shared and lane's side");
}

fn page() -> Received {
    Received::Text(String::from_utf8(PAGE.to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn pages_never_close_their_reader_and_events_beside_them_still_do() {
    let stage = stage(LaneLimits { queue_bytes_max: 1024, ..LaneLimits::default() });
    let (conn, mut peer) = stage.sign_in().await;
    stage.lane.subscribe(ROOM, conn.id());
    for _ in 0..4 {
        assert!(peer.send_text("page").await);
    }
    peer.send_raw(&[0x89, 0x80, 0, 0, 0, 0]).await;
    for word in ["one", "two"] {
        stage.event(word).unwrap();
    }
    let mut heard = Vec::new();
    while heard.len() < 7 {
        heard.push(next(&mut peer).await);
    }
    assert_eq!(heard.iter().filter(|received| **received == page()).count(), 4);
    assert!(heard.contains(&Received::Pong) && heard.contains(&text("one")) && heard.contains(&text("two")));

    for _ in 0..2 {
        assert!(peer.send_text("page").await);
    }
    let full: &'static str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert!(timeout(Duration::from_secs(1), peer.send_text(full)).await.is_ok());
    tokio::time::advance(Duration::from_millis(10)).await;
    for _ in 0..20 {
        stage.event(full).unwrap();
    }
    let (_, heard) = rest(&mut peer, &stage.clock).await;
    assert_eq!(heard.last(), Some(&close(Code::SlowConsumer)), "events are held to their bytes");
}

#[tokio::test(start_paused = true)]
async fn a_reply_holds_its_place_until_it_has_left() {
    let stage = stage(LaneLimits::default());
    let (conn, mut peer) = stage.sign_in().await;
    for _ in 0..2 {
        conn.request_slot(Weight::Heavy).await;
        stage.lane.reply(conn.id(), Bytes::from_static(&PAGE), Weight::Heavy);
    }
    let third = conn.request_slot(Weight::Light);
    tokio::pin!(third);
    assert!(timeout(Duration::from_secs(5), &mut third).await.is_err(), "both are queued, neither has left");
    assert_eq!(next(&mut peer).await, page());
    assert!(timeout(Duration::from_secs(1), third).await.is_ok(), "the first has left");
    assert_eq!(next(&mut peer).await, page());
    stage.lane.reply(conn.id(), Bytes::from_static(b"{}"), Weight::Light);
    assert_eq!(next(&mut peer).await, text("{}"));
    assert!(!conn.has_open_requests(), "what was taken was given back");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_alive_as_long_as_it_takes_its_bytes() {
    let stage = stage(LaneLimits::default());
    let (conn, mut peer) = stage.sign_in().await;
    for _ in 0..2 {
        assert!(peer.send_text("page").await);
    }
    // A pipe of 4 KiB, emptied every twenty seconds: five pings' time and more, and not one of them could be sent.
    for _ in 0..20 {
        tokio::time::advance(Duration::from_secs(20)).await;
        tokio::task::yield_now().await;
        assert_eq!(peer.recv().now_or_never(), None, "no page is whole yet");
        assert!(!conn.is_closing());
    }
    let began = stage.clock.now();
    while !conn.is_closing() {
        tokio::time::advance(Duration::from_secs(1)).await;
        tokio::task::yield_now().await;
    }
    let passed_ms = stage.clock.now().since_ms(began);
    assert!((45_000..=55_000).contains(&passed_ms), "and no longer: {passed_ms}");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_slow_answer_is_not_idle() {
    let stage = stage(LaneLimits::default());
    let (conn, mut peer) = stage.sign_in().await;
    assert!(peer.send_text("think").await);
    let began = stage.clock.now();
    let mut heard = next(&mut peer).await;
    while heard == Received::Ping {
        assert!(!conn.is_closing());
        heard = next(&mut peer).await;
    }
    assert_eq!(heard, text("thought"));
    assert_eq!(stage.clock.now().since_ms(began) / 1_000, 120);
    assert!(!conn.is_closing());
}

#[tokio::test(start_paused = true)]
async fn who_says_too_much_is_read_no_faster_than_its_budget() {
    const MORE: usize = 400;
    let stage = stage(LaneLimits::default());
    let (_loud, mut loud) = stage.sign_in().await;
    let (_quiet, mut quiet) = stage.sign_in().await;
    for ping in [true, false] {
        // A bucket is full again after this.
        tokio::time::advance(Duration::from_secs(10)).await;
        let began = stage.clock.now();
        for _ in 0..1_000 + MORE {
            if ping {
                loud.send_raw(&[0x89, 0x80, 0, 0, 0, 0]).await
            } else {
                loud.send_text("?").await
            };
            let answer = if ping { Received::Pong } else { text("?") };
            while next(&mut loud).await != answer {}
        }
        let passed_ms = stage.clock.now().since_ms(began);
        assert!((1_900..=2_200).contains(&passed_ms), "200 a second beyond the burst: {passed_ms}");
        let began = stage.clock.now();
        assert!(quiet.send_text("anybody?").await);
        while next(&mut quiet).await != text("anybody?") {}
        assert!(stage.clock.now().since_ms(began) < 50, "nobody else waits");
    }
    assert!(loud.send_text(&"\n".repeat(1_000)).await);
    assert_eq!(
        rest(&mut loud, &stage.clock).await.1.last(),
        Some(&close(Code::Flood)),
        "more lines than a text may have"
    );
}

#[tokio::test(start_paused = true)]
async fn durations_go_on_when_the_clock_is_set_back() {
    const HOUR_MS: i64 = 3_600_000;
    let clock = Clock::manual(Millis(10 * HOUR_MS));
    let stage = stage_at(LaneLimits::default(), clock.clone());
    let (half, mut half_peer) = stage.sign_in().await;
    let (dated, mut dated_peer) = stage.sign_in().await;
    dated.set_deadline(Some(clock.now().plus_ms(5_000)), Code::TokenExpired);
    half_peer.send_raw(&[0x01, 0x82, 0, 0, 0, 0, b'a']).await;
    tokio::time::advance(Duration::from_millis(10)).await;
    clock.step_ms(-HOUR_MS);
    half_peer.send_raw(b"b").await;
    let soon = timeout(Duration::from_secs(13), rest(&mut half_peer, &clock)).await;
    assert_eq!(soon.expect("ten seconds are ten seconds").1, [close(Code::BadFrame)]);
    assert!(half.is_closing());
    assert_eq!(next(&mut dated_peer).await, close(Code::TokenExpired), "a deadline is a duration once it is set");
}
