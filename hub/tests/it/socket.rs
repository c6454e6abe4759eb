//! The socket layer over real sockets: what strangers, slow peers and broken clients get.

mod behind_proxy;
mod crowd;
mod pages;
pub(crate) mod raw;

use std::sync::Arc;
use std::time::Duration;

use hub::socket::{LaneLimits, ServeOptions, tls_from_files};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use raw::{Client, Got, ORIGIN, PATIENCE, frame, options, start, upgrade_request};

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn half_a_head_and_silence_are_ended_by_timeouts() {
    let server =
        start(ServeOptions { header_timeout: SHORT, keep_alive: SHORT, ..options() }, LaneLimits::default()).await;
    let mut slow = Client::connect(server.addr).await;
    slow.write(b"GET /v1/ws HTTP/1.1\r\nHost: fair.example\r\n").await;
    let mut silent = Client::connect(server.addr).await;
    assert_eq!(silent.next().await, Got::End);
    assert_eq!(slow.next().await, Got::End);
    let mut between = Client::connect(server.addr).await;
    between.write(b"GET /nothing HTTP/1.1\r\nHost: fair.example\r\n\r\n").await;
    assert_eq!(between.head().await.0, 404);
    assert_eq!(between.next().await, Got::End, "an idle keep-alive connection is ended");
}

#[tokio::test]
async fn between_requests_there_is_more_time_than_for_the_first() {
    let server = start(ServeOptions { header_timeout: SHORT, ..options() }, LaneLimits::default()).await;
    let mut client = Client::connect(server.addr).await;
    let request = b"HEAD /hello HTTP/1.1\r\nHost: fair.example\r\n\r\n";
    client.write(request).await;
    assert_eq!(client.head().await.0, 200);
    assert!(timeout(3 * SHORT, client.next()).await.is_err(), "it rests");
    client.write(request).await;
    assert_eq!(client.head().await.0, 200);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let options = ServeOptions { write_timeout: SHORT, per_ip_max: 1, ..options() };
    let server = start(options, LaneLimits::default()).await;
    let mut stuck = Client::narrow(server.addr).await;
    stuck.write(b"GET /large HTTP/1.1\r\nHost: fair.example\r\n\r\n").await;
    assert_eq!(stuck.head().await.0, 200);
    let freed = async { while !is_let_in(server.addr).await {} };
    timeout(PATIENCE, freed).await.expect("its place is given back while it still holds the socket");
    drop(stuck);
}

/// Whether there is a place for one more.
async fn is_let_in(addr: std::net::SocketAddr) -> bool {
    let mut next = Client::connect(addr).await;
    let asked = next.stream.write_all(upgrade_request("/v1/ws", "").as_bytes()).await;
    asked.is_ok() && next.is_answered().await
}

const HARDENED: [&str; 5] = [
    "content-security-policy: default-src 'self'; connect-src 'self';",
    "x-content-type-options: nosniff",
    "x-frame-options: deny",
    "referrer-policy: no-referrer",
    "cache-control: no-store",
];

#[tokio::test]
async fn refusals_at_the_door_are_as_hard_as_any_answer() {
    let server = start(ServeOptions { request_timeout: SHORT, ..options() }, LaneLimits::default()).await;
    let get = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: fair.example\r\n{more}\r\n");
    let cases = [
        (get("/hello", ""), 200),
        (get("/nothing", ""), 404),
        (get("/never", ""), 408),
        (get("/v1/ws", ""), 400),
        (get("/v1/ws", "").replace("GET", "PUT"), 405),
        (upgrade_request("/v1/ws", "Origin: https://evil.example\r\n"), 403),
        (upgrade_request("/v1/ws", "Sec-WebSocket-Protocol: other.v1\r\n"), 400),
        (get("/hello", &format!("X-Much: {}\r\n", "x".repeat(20_000))), 431),
        ("GET /hello HTTP/9.9\r\n\r\n".to_owned(), 400),
    ];
    for (request, status) in cases {
        let mut client = Client::connect(server.addr).await;
        client.write(request.as_bytes()).await;
        let (answer, head) = client.head().await;
        assert_eq!(answer, status, "{request:.60}");
        // What no service has seen the stack answers by itself.
        let is_ours = !matches!(status, 200 | 404 | 431) && !request.contains("HTTP/9.9");
        assert_eq!(head.contains("content-type: application/problem+json"), is_ours, "{status}: {head}");
        for line in HARDENED {
            assert!(head.contains(line), "{status} lacks {line}: {head}");
        }
        assert!(!head.contains("strict-transport-security"), "nothing is said of TLS where there is none");
    }
}

#[test]
fn sockets_know_no_feature() {
    let allowed = ["socket::", "socket)", "code::", "headers", "origins", "patience::", "proxies::", "wire::Failure"];
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/socket"))];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            count += 1;
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let foreign = ["chat::", "fair::", "signaling::"].into_iter().find(|name| text.contains(name));
            assert_eq!(foreign, None, "{}", entry.path().display());
            for used in text.split("crate::").skip(1) {
                let known = allowed.iter().any(|name| used.starts_with(name));
                assert!(known, "{} uses {used:.30}", entry.path().display());
            }
        }
    }
    assert!(count > 20, "the whole folder was read");
}

#[tokio::test]
async fn a_handler_that_asks_for_time_is_given_it_and_so_is_its_connection() {
    let short = ServeOptions { header_timeout: SHORT, request_timeout: SHORT, http_lifetime: SHORT, ..options() };
    let server = start(short, LaneLimits::default()).await;
    for (path, early) in [("/body", Some(408)), ("/patient", None)] {
        let mut client = Client::connect(server.addr).await;
        client.write(format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab").as_bytes()).await;
        let answered = timeout(5 * SHORT, client.head()).await;
        assert_eq!(answered.ok().map(|(status, _head)| status), early, "{path}");
        if early.is_none() {
            client.write(b"cd").await;
            assert_eq!(client.head().await.0, 200, "after more than request and connection have else");
        }
    }
}

#[tokio::test]
async fn origin_and_subprotocol_decide_before_the_upgrade() {
    let server = start(options(), LaneLimits::default()).await;
    let cases = [
        ("", 101),
        ("Origin: https://fair.example\r\n", 101),
        ("Origin: https://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Sec-WebSocket-Protocol: other.v1\r\n", 400),
        ("Sec-WebSocket-Protocol: other.v1, fairhub.v1\r\n", 101),
        ("Sec-WebSocket-Extensions: permessage-deflate\r\n", 101),
    ];
    for (more, status) in cases {
        let (answer, head) = Client::connect(server.addr).await.upgrade("/v1/ws", more).await;
        assert_eq!(answer, status, "{more}");
        assert!(!head.contains("permessage-deflate"), "deflate is declined");
        assert_eq!(head.contains("sec-websocket-protocol: fairhub.v1"), more.contains("fairhub.v1"), "{head}");
    }
    assert_eq!(ORIGIN, "https://fair.example");
}

#[tokio::test]
async fn http_is_served_beside_and_never_waits_for_ever() {
    let server = start(ServeOptions { request_timeout: SHORT, ..options() }, LaneLimits::default()).await;
    let mut client = Client::connect(server.addr).await;
    client.write(b"GET /hello HTTP/1.1\r\nHost: fair.example\r\nConnection: close\r\n\r\n").await;
    assert_eq!(client.head().await.0, 200);
    let mut client = Client::connect(server.addr).await;
    client.write(b"GET /never HTTP/1.1\r\nHost: fair.example\r\n\r\n").await;
    assert_eq!(client.head().await.0, 408);
}

#[tokio::test]
async fn half_a_body_is_given_up_in_time_and_its_connection_with_it() {
    let server = start(ServeOptions { request_timeout: SHORT, ..options() }, LaneLimits::default()).await;
    let post = |body: &str| format!("POST /body HTTP/1.1\r\nHost: fair.example\r\nContent-Length: 100\r\n\r\n{body}");
    let mut whole = Client::connect(server.addr).await;
    whole.write(post(&"x".repeat(100)).as_bytes()).await;
    assert_eq!(whole.head().await.0, 200);
    let mut half = Client::connect(server.addr).await;
    half.write(post("{\"a\":1").as_bytes()).await;
    let (status, head) = half.head().await;
    assert!(status == 408 && head.contains("connection: close"), "{head}");
    let ended = timeout(PATIENCE, half.stream.read_to_end(&mut Vec::new())).await;
    ended.expect("behind the answer nothing follows").ok();
    // A byte now and then buys no time.
    let mut drips = Client::connect(server.addr).await;
    drips.write(post("").as_bytes()).await;
    let dripping = async {
        while drips.stream.write_all(b"x").await.is_ok() {
            tokio::task::yield_now().await;
            if timeout(SHORT / 10, drips.is_answered()).await.is_ok() {
                break;
            }
        }
    };
    timeout(PATIENCE, dripping).await.expect("it is answered though it goes on");
}

#[tokio::test]
async fn bytes_that_came_with_the_handshake_are_heard_first() {
    let server = start(options(), LaneLimits::default()).await;
    let mut client = Client::connect(server.addr).await;
    let mut bytes = upgrade_request("/v1/ws", "").into_bytes();
    bytes.extend(frame(0x81, b"one"));
    bytes.extend(&frame(0x81, b"two")[..4]);
    client.write(&bytes).await;
    assert_eq!(client.head().await.0, 101);
    assert_eq!(client.next_text().await, "one");
    client.write(&frame(0x81, b"two")[4..]).await;
    assert_eq!(client.next_text().await, "two");
}

#[tokio::test]
async fn bad_frames_are_closed_by_name_and_nobody_else_notices() {
    let server = start(options(), LaneLimits::default()).await;
    let mut good = Client::open(server.addr).await;
    let cases = [
        (frame(0x81, &[b'x'; 65 * 1024]), 4501),
        (frame(0x82, b"binary"), 4500),
        (frame(0x81, &[0xff, 0xfe]), 1007),
        (frame(0x83, b""), 1002),
        (b"\x81\x02no".to_vec(), 1002),
    ];
    for (bytes, code) in cases {
        let mut bad = Client::open(server.addr).await;
        bad.write(&bytes).await;
        assert_eq!(bad.rest().await, [Got::Close(Some(code))]);
    }
    good.send("still here").await;
    assert_eq!(good.next_text().await, "still here");
}

#[tokio::test]
async fn pings_are_answered_and_a_close_is_echoed() {
    let server = start(options(), LaneLimits::default()).await;
    let mut client = Client::open(server.addr).await;
    client.write(&frame(0x89, b"are you there")).await;
    assert_eq!(client.next().await, Got::Pong);
    client.write(&frame(0x88, &1000_u16.to_be_bytes())).await;
    assert_eq!(client.rest().await, [Got::Close(Some(1000))]);
}

/// **Units**: bytes of this process that are in memory.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test]
async fn three_million_empty_fragments_end_quickly_in_flat_memory() {
    let server = start(options(), LaneLimits::default()).await;
    let mut client = Client::open(server.addr).await;
    client.write(&frame(0x01, b"")).await;
    let thousand = frame(0x00, b"").repeat(1000);
    let before = resident_bytes();
    let flood = async {
        for _ in 0..3000 {
            if client.stream.write_all(&thousand).await.is_err() {
                break;
            }
        }
    };
    timeout(Duration::from_secs(10), flood).await.expect("the flood is read or cut off, never left standing");
    assert_eq!(client.next().await, Got::Close(Some(4504)));
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 16 * 1024 * 1024, "{grown} bytes");
}

#[tokio::test]
async fn a_slow_reader_is_closed_without_delaying_the_room() {
    let options = ServeOptions { send_buffer_bytes: 8 * 1024, ..options() };
    let server = start(options, LaneLimits { linger_s: 10, ..LaneLimits::default() }).await;
    let mut slow = Client::open(server.addr).await;
    let mut fast = Client::open(server.addr).await;
    let mut speaker = Client::open(server.addr).await;
    for member in [&mut slow, &mut fast] {
        member.send("join").await;
        assert_eq!(member.next_text().await, "join");
    }
    let padding = "x".repeat(16 * 1024);
    for number in 0..600 {
        speaker.send(&format!("say {number} {padding}")).await;
        assert!(fast.next_text().await.starts_with(&format!("{number} ")));
    }
    let mut number = 0;
    let end = loop {
        let got = slow.next().await;
        let Got::Text(text) = got else { break got };
        assert!(text.starts_with(&format!("{number} ")), "in order, without a gap");
        number += 1;
    };
    assert_eq!(end, Got::Close(Some(4002)));
    assert!(number < 600, "it was cut off");
}

#[tokio::test]
async fn order_holds_when_every_write_is_partial() {
    let options = ServeOptions { send_buffer_bytes: 2 * 1024, ..options() };
    let server = start(options, LaneLimits { queue_bytes_max: 64 * 1024 * 1024, ..LaneLimits::default() }).await;
    let mut member = Client::open(server.addr).await;
    let mut speaker = Client::open(server.addr).await;
    member.send("join").await;
    assert_eq!(member.next_text().await, "join");
    let padding = "y".repeat(30_000);
    for number in 0..400 {
        speaker.send(&format!("say {number} {padding}")).await;
    }
    speaker.send("done").await;
    assert_eq!(speaker.next_text().await, "done");
    for number in 0..400 {
        let text = member.next_text().await;
        assert_eq!(text.len(), format!("{number} {padding}").len());
        assert!(text.starts_with(&format!("{number} ")), "nothing overtakes");
    }
}

#[tokio::test]
async fn one_address_has_only_its_share_of_sockets() {
    let server = start(ServeOptions { per_ip_max: 2, ..options() }, LaneLimits::default()).await;
    let first = Client::open(server.addr).await;
    let _second = Client::open(server.addr).await;
    assert_eq!(Client::connect(server.addr).await.next().await, Got::End);
    drop(first);
    let freed = async { while !is_let_in(server.addr).await {} };
    timeout(PATIENCE, freed).await.expect("a closed socket gives its place back");
}

#[tokio::test]
async fn a_drain_says_going_away_and_ends_everything() {
    let server = start(options(), LaneLimits::default()).await;
    let mut open = Client::open(server.addr).await;
    let mut http = Client::connect(server.addr).await;
    http.write(b"GET /hello HTTP/1.1\r\nHost: fair.example\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(http.head().await.0, 200);
    server.shutdown.cancel();
    assert_eq!(open.next().await, Got::Close(Some(4001)));
    open.write(&frame(0x88, &4001_u16.to_be_bytes())).await;
    assert_eq!(open.next().await, Got::End);
    timeout(PATIENCE, server.serving).await.expect("idle keep-alive connections do not hold it up").unwrap();
    timeout(PATIENCE, server.lanes.wait()).await.expect("lanes end once their sockets have");
    assert!(TcpStream::connect(server.addr).await.is_err(), "nothing listens any more");
}

#[tokio::test]
async fn tls_carries_the_same_frames() {
    let made = rcgen::generate_simple_self_signed(vec!["fair.example".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = Some(tls_from_files(&cert, &key).unwrap());
    let limits = LaneLimits { queue_bytes_max: 64 * 1024 * 1024, ..LaneLimits::default() };
    let server = start(ServeOptions { tls, handshake_timeout: SHORT, ..options() }, limits).await;

    assert_eq!(Client::connect(server.addr).await.next().await, Got::End, "a silent TLS handshake times out");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(server.addr).await.unwrap();
    let name = ServerName::try_from("fair.example").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let mut client = Client::over(Box::new(stream));
    client.write(b"GET /nothing HTTP/1.1\r\nHost: fair.example\r\n\r\n").await;
    assert!(client.head().await.1.contains("strict-transport-security: max-age=63072000"), "from here on TLS only");
    assert_eq!(client.upgrade("/v1/ws", "").await.0, 101);
    client.send("join").await;
    assert_eq!(client.next_text().await, "join");
    let padding = "z".repeat(60_000);
    for number in 0..50 {
        client.send(&format!("say {number} {padding}")).await;
    }
    for number in 0..50 {
        let text = client.next_text().await;
        assert_eq!(
            (text.len(), text.split(' ').next()),
            (format!("{number} {padding}").len(), Some(&*number.to_string()))
        );
    }
    client.write(&frame(0x88, &1000_u16.to_be_bytes())).await;
    assert_eq!(client.rest().await, [Got::Close(Some(1000))]);
}

#[test]
fn unusable_certificates_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.pem");
    std::fs::write(&file, "").unwrap();
    assert!(tls_from_files(&file, &file).is_err());
    assert!(tls_from_files(&folder.path().join("missing.pem"), &file).is_err());
}
