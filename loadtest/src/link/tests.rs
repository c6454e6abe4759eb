//! A link against a scripted server: answers find their calls, events wait, refusals and closes keep their codes.

use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;

/// Accepts one connection, upgrades it with `status`, sends `frames` once something was asked, and hands the rest back.
fn serve(status: &'static str, frames: Vec<u8>) -> (Target, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::hub(listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut chunk = [0; 1024];
        while !seen.ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut chunk).unwrap();
            seen.extend_from_slice(&chunk[..read]);
        }
        stream.write_all(format!("HTTP/1.1 {status}\r\nUpgrade: websocket\r\n\r\n").as_bytes()).unwrap();
        let read = stream.read(&mut chunk).unwrap();
        stream.write_all(&frames).unwrap();
        chunk[..read].to_vec()
    });
    (target, server)
}

fn text(payload: &str) -> Vec<u8> {
    let mut out = vec![0x81, u8::try_from(payload.len()).unwrap()];
    out.extend_from_slice(payload.as_bytes());
    out
}

#[test]
fn answer_finds_its_call_and_events_wait() {
    let (target, server) = serve("101 Switching Protocols", text("{\"ev\":\"a\"}\n{\"id\":1,\"ok\":{\"n\":5}}"));
    let mut link = Link::connect(&target).unwrap();
    assert_eq!(link.call("ping", &serde_json::json!({})).unwrap()["n"], 5);
    assert_eq!(link.next_event().unwrap()["ev"], "a");
    assert_eq!(server.join().unwrap()[0], 0x81);
}

#[test]
fn refusal_keeps_its_code() {
    let refusal = "{\"id\":1,\"error\":{\"code\":\"rate_limited\",\"message\":\"\",\"retry_after_ms\":9}}";
    let (target, server) = serve("101 Switching Protocols", text(refusal));
    let mut link = Link::connect(&target).unwrap();
    let error = link.call("ping", &serde_json::json!({})).unwrap_err();
    assert_eq!(error.refused(), Some("rate_limited"));
    drop(server.join());
}

#[test]
fn close_keeps_its_code() {
    let (target, server) = serve("101 Switching Protocols", vec![0x88, 2, 0x0f, 0xa2]);
    let mut link = Link::connect(&target).unwrap();
    assert_eq!(link.call("ping", &serde_json::json!({})).unwrap_err().closed(), Some(4002));
    drop(server.join());
}

#[test]
fn refused_upgrade_says_how() {
    let (target, server) = serve("403 Forbidden", Vec::new());
    let error = Link::connect(&target).unwrap_err();
    assert!(error.to_string().contains("403"), "{error}");
    drop(server.join());
}

#[test]
fn addresses_are_read_with_and_without_a_path() {
    let target: Target = "ws://127.0.0.1:81".parse().unwrap();
    assert_eq!((target.addr.port(), target.path.as_str()), (81, "/v1/ws"));
    let target: Target = "ws://127.0.0.1:81/x".parse().unwrap();
    assert_eq!(target.path, "/x");
    assert!("http://127.0.0.1:81".parse::<Target>().is_err());
}
