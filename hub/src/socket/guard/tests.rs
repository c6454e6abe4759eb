//! Progress in virtual time, and heads as the HTTP stack writes them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_ended_and_one_that_takes_little_is_not() {
    let (server, mut peer) = duplex(1_000);
    let mut guard = Guard::new(server, false, PATIENCE);
    let slow = async {
        let mut taken = [0; 100];
        for _ in 0..20 {
            tokio::time::advance(PATIENCE / 2).await;
            peer.read_exact(&mut taken).await.unwrap();
        }
        peer
    };
    let bytes = [b'x'; 3_000];
    let (written, peer) = tokio::join!(guard.write_all(&bytes), slow);
    written.expect("it took a little every fifteen seconds");
    let error = guard.write_all(&bytes).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn the_stacks_own_answers_get_the_headers_of_all_others() {
    let own = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (server, mut peer) = duplex(64);
    let mut guard = Guard::new(server, true, PATIENCE);
    let writing = async {
        guard.write_all(own.as_bytes()).await.unwrap();
        guard.flush().await.unwrap();
        drop(guard);
    };
    let mut got = String::new();
    let ((), read) = tokio::join!(writing, peer.read_to_string(&mut got));
    read.unwrap();
    let (head, rest) = got.split_once("\r\n\r\n").unwrap();
    assert!(rest.is_empty() && head.starts_with(own.trim_end()), "{got}");
    for line in [
        "content-security-policy: ",
        "x-content-type-options: ",
        "strict-transport-security: ",
        "cache-control: no-store",
    ] {
        assert!(head.contains(&format!("\r\n{line}")), "{line} is missing: {head}");
    }
}

#[test]
fn answers_of_ours_and_bodies_pass_as_they_are() {
    let hardened = format!("HTTP/1.1 404 Not Found\r\n{}\r\n", headers::lines(false));
    for bytes in ["HTTP/1.1 200 OK\r\n\r\n", "{\"id\":1}", "HTTP/1.1 400 Bad", "", &hardened] {
        assert_eq!(harden_own(bytes.as_bytes(), false), None, "{bytes}");
    }
}
