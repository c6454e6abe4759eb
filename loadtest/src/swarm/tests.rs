//! A swarm against real sockets: frames in any cut, big ones, pings, closes, pauses.

use std::net::{SocketAddr, TcpListener, TcpStream as Blocking};

use super::*;
use crate::link::Target;

#[derive(Default)]
struct Seen {
    texts: Vec<Vec<u8>>,
    ends: Vec<End>,
}

impl Handler for Seen {
    fn on_text(&mut self, _swarm: &mut Swarm, _peer: Peer, text: &[u8]) {
        self.texts.push(text.to_vec());
    }

    fn on_end(&mut self, _swarm: &mut Swarm, _peer: Peer, end: End) {
        self.ends.push(end);
    }
}

/// A swarm of one connection, and the server's side of it.
fn pair() -> (Swarm, Peer, Blocking) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr: SocketAddr = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 1024];
        assert!(stream.read(&mut head).unwrap() > 0);
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").unwrap();
        stream
    });
    let link = Link::connect(&Target::hub(addr)).unwrap();
    let mut swarm = Swarm::new().unwrap();
    let peer = swarm.add(link).unwrap();
    (swarm, peer, server.join().unwrap())
}

fn turn_until(swarm: &mut Swarm, seen: &mut Seen, done: impl Fn(&Seen) -> bool) {
    for _ in 0..1_000 {
        if done(seen) {
            return;
        }
        swarm.turn(Duration::from_millis(10), seen).unwrap();
    }
    panic!("nothing came: {} texts, {:?}", seen.texts.len(), seen.ends);
}

#[test]
fn frames_are_whole_however_they_are_cut() {
    let (mut swarm, _, mut server) = pair();
    server.set_nodelay(true).unwrap();
    let mut seen = Seen::default();
    for byte in [0x81, 3, b'o', b'n', b'e', 0x81, 3, b't', b'w', b'o'] {
        server.write_all(&[byte]).unwrap();
        swarm.turn(Duration::from_millis(1), &mut seen).unwrap();
    }
    turn_until(&mut swarm, &mut seen, |seen| seen.texts.len() == 2);
    assert_eq!(seen.texts, [b"one", b"two"]);
}

#[test]
fn frame_larger_than_the_buffer_arrives() {
    let (mut swarm, _, mut server) = pair();
    let size = BUFFER_BYTES * 3;
    let mut frame = vec![0x81, 127];
    frame.extend((size as u64).to_be_bytes());
    frame.resize(frame.len() + size, b'x');
    let writer = std::thread::spawn(move || server.write_all(&frame).map(|()| server).unwrap());
    let mut seen = Seen::default();
    turn_until(&mut swarm, &mut seen, |seen| !seen.texts.is_empty());
    assert_eq!(seen.texts[0].len(), size);
    drop(writer.join());
}

#[test]
fn ping_is_answered_and_close_tells_its_code_once() {
    let (mut swarm, peer, mut server) = pair();
    server.write_all(&[0x89, 1, 7, 0x88, 2, 0x0f, 0xa2]).unwrap();
    let mut seen = Seen::default();
    turn_until(&mut swarm, &mut seen, |seen| !seen.ends.is_empty());
    assert_eq!(seen.ends, [End::Closed(Some(4002))]);
    assert!(!swarm.is_open(peer));
    let mut pong = [0; 7];
    server.read_exact(&mut pong).unwrap();
    assert_eq!((pong[0], pong[1], pong[6] ^ pong[2]), (0x8a, 0x81, 7));
}

#[test]
fn paused_connection_reads_nothing_until_resumed() {
    let (mut swarm, peer, mut server) = pair();
    let mut seen = Seen::default();
    swarm.pause(peer);
    server.write_all(&[0x81, 1, b'x']).unwrap();
    for _ in 0..5 {
        swarm.turn(Duration::from_millis(2), &mut seen).unwrap();
    }
    assert!(seen.texts.is_empty());
    swarm.resume(peer, &mut seen);
    assert_eq!(seen.texts, [b"x"]);
}

#[test]
fn lost_connection_is_told_and_a_cut_one_is_not() {
    let (mut swarm, _, server) = pair();
    drop(server);
    let mut seen = Seen::default();
    turn_until(&mut swarm, &mut seen, |seen| !seen.ends.is_empty());
    assert_eq!(seen.ends, [End::Broken]);
    let (mut swarm, peer, _server) = pair();
    swarm.cut(peer);
    let mut seen = Seen::default();
    swarm.turn(Duration::from_millis(5), &mut seen).unwrap();
    assert!(seen.ends.is_empty() && swarm.open_count() == 0);
}

#[test]
fn more_than_the_socket_takes_is_sent_later() {
    let (mut swarm, peer, mut server) = pair();
    let text = vec![b'y'; 100_000];
    for _ in 0..30 {
        swarm.send(peer, &text);
    }
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        let mut chunk = vec![0; 65_536];
        while all.len() < 30 * (100_000 + 14) {
            let read = server.read(&mut chunk).unwrap();
            all.extend_from_slice(&chunk[..read]);
        }
        all.len()
    });
    let mut seen = Seen::default();
    for _ in 0..2_000 {
        if reader.is_finished() {
            break;
        }
        swarm.turn(Duration::from_millis(5), &mut seen).unwrap();
    }
    assert_eq!(reader.join().unwrap(), 30 * (100_000 + 14));
}
