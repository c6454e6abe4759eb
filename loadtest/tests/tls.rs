//! The generator over TLS against the real hub: handshake, load in both directions, every delivery in order.

use loadtest::link::{Link, Target};
use loadtest::process::Hub;
use serde_json::json;

#[test]
fn a_hub_with_tls_is_spoken_to_over_tls_only() {
    let hub = Hub::over_tls(false).unwrap();
    assert!(hub.get("/healthz").unwrap().starts_with("HTTP/1.1 200"));
    let mut link = Link::open(&hub.target(), None).unwrap();
    link.call("bench.join", &json!({ "room": "a" })).unwrap();
    link.cast("bench.publish", &json!({ "room": "a", "data": "x".repeat(30_000) })).unwrap();
    assert_eq!(link.next_event().unwrap()["d"], "x".repeat(30_000));
    let plain = Target { tls: None, ..hub.target() };
    assert!(Link::connect(&plain).is_err(), "plain sockets are refused");
    let elsewhere = Hub::over_tls(false).unwrap();
    let distrusted = Target { tls: hub.target().tls, ..elsewhere.target() };
    assert!(Link::connect(&distrusted).is_err(), "another hub's certificate is not trusted");
}
