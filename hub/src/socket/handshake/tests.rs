//! Which requests become WebSockets.

use super::*;

const OURS: &str = "https://fair.example";

fn request(change: impl FnOnce(&mut Request<()>)) -> Request<()> {
    let mut request = Request::builder()
        .uri("/v1/ws")
        .header("connection", "keep-alive, Upgrade")
        .header("upgrade", "WebSocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .body(())
        .unwrap();
    change(&mut request);
    request
}

fn decided(change: impl FnOnce(&mut Request<()>)) -> Result<Accepted, Refused> {
    decide(&request(change), &[OURS.to_owned()])
}

fn with(name: &'static str, value: &'static str) -> Result<Accepted, Refused> {
    decided(|request| {
        request.headers_mut().insert(name, value.parse().unwrap());
    })
}

#[test]
fn the_sample_of_the_standard_is_accepted() {
    let accepted = decided(|_| {}).unwrap();
    assert_eq!(accepted.accept_key, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert!(!accepted.names_subprotocol);
}

#[test]
fn only_get_upgrades_of_version_13_with_a_key_are_handshakes() {
    assert_eq!(decided(|request| *request.method_mut() = Method::POST), Err(Refused::Method));
    assert_eq!(decided(|request| *request.method_mut() = Method::HEAD), Err(Refused::NotUpgrade));
    assert_eq!(decided(|request| *request.version_mut() = Version::HTTP_10), Err(Refused::NotUpgrade));
    assert_eq!(with("connection", "keep-alive"), Err(Refused::NotUpgrade));
    assert_eq!(with("upgrade", "h2c"), Err(Refused::NotUpgrade));
    assert_eq!(with("sec-websocket-version", "8"), Err(Refused::Version));
    assert_eq!(with("sec-websocket-key", "short"), Err(Refused::NotUpgrade));
}

#[test]
fn origins_are_compared_as_browsers_write_them() {
    for ours in [OURS, "https://fair.example:443", "HTTPS://FAIR.EXAMPLE"] {
        assert!(with("origin", ours).is_ok(), "{ours}");
    }
    for evil in [
        "https://evil.example",
        "null",
        "https://fair.example.evil.example",
        "https://fair.example:8443",
        "http://fair.example",
        "https://fair.example:80",
        "https://fair.example/",
    ] {
        assert_eq!(with("origin", evil), Err(Refused::Origin), "{evil}");
    }
    let twice = decided(|request| {
        request.headers_mut().append("origin", OURS.parse().unwrap());
        request.headers_mut().append("origin", OURS.parse().unwrap());
    });
    assert_eq!(twice, Err(Refused::Origin));
}

#[test]
fn our_subprotocol_is_chosen_among_others_and_others_alone_are_refused() {
    assert!(with("sec-websocket-protocol", "chat, fairhub.v1").unwrap().names_subprotocol);
    assert_eq!(with("sec-websocket-protocol", "chat"), Err(Refused::Subprotocol));
}
