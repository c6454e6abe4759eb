//! Clients behind a proxy: each is itself again, and a stranger's word on its address is worth nothing.

use std::time::Duration;

use fair::{Contact, Duty, NewUser};
use hub::proxies::{Proxies, v2};
use hub::socket::{LaneLimits, ServeOptions};
use serde_json::json;

use super::raw::{Client, Got, options, start, upgrade_request};
use crate::harness::TestHub;

const SHORT: Duration = Duration::from_millis(300);
const PASSWORD: &str = "right4password";
const ATTACKER: &str = "203.0.113.5";
const OWNER: &str = "203.0.113.6";

/// How a client's address is told.
#[derive(Debug, Clone, Copy)]
enum Told {
    Forwarded,
    Proxied,
}

async fn hub(trusted: &str) -> TestHub {
    let hub = TestHub::with(&[("trusted_proxies", trusted)]).await;
    let team = hub.enterprise("acme").await;
    let new = NewUser {
        enterprise: Some(team),
        username: "wang".to_owned(),
        name: None,
        duty: Some(Duty::Representative),
        admin: false,
        password: Some(PASSWORD.into()),
        contact: Contact { mobile: Some("13800138000".to_owned()), email: None },
    };
    hub.accounts().create_user(new).await.unwrap();
    hub
}

fn proxied(address: &str) -> Vec<u8> {
    let octets = address.parse::<std::net::Ipv4Addr>().unwrap().octets();
    [&v2::SIGNATURE[..], &[0x21, 0x11, 0, 12], &octets, &[10, 0, 0, 1], &[0x1f, 0x90, 0, 80]].concat()
}

/// Signs in over the proxy's own connection, which this is; the status.
async fn sign_in(hub: &TestHub, told: Told, client: &str, password: &str) -> u16 {
    let mut proxy = Client::connect(hub.address()).await;
    let forwarded = match told {
        Told::Forwarded => format!("x-forwarded-for: 198.51.100.1, {client}\r\n"),
        Told::Proxied => {
            proxy.write(&proxied(client)).await;
            String::new()
        }
    };
    let body = json!({ "identifier": "acme", "username": "wang", "password": password }).to_string();
    let head = format!(
        "POST /v1/sessions HTTP/1.1\r\nhost: fair.example\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{forwarded}\r\n",
        body.len()
    );
    proxy.write(format!("{head}{body}").as_bytes()).await;
    proxy.head().await.0
}

#[tokio::test]
async fn six_wrong_passwords_through_a_proxy_do_not_lock_the_owner_out() {
    for told in [Told::Forwarded, Told::Proxied] {
        let hub = hub("127.0.0.0/8").await;
        for _ in 0..6 {
            assert_eq!(sign_in(&hub, told, ATTACKER, "wrong4password").await, 401);
        }
        assert_eq!(sign_in(&hub, told, ATTACKER, "wrong4password").await, 429, "{told:?}: who guesses waits");
        assert_eq!(sign_in(&hub, told, OWNER, PASSWORD).await, 201, "{told:?}: the owner does not");
    }
}

#[tokio::test]
async fn a_strangers_word_on_its_address_is_worth_nothing() {
    let hub = hub("10.0.0.0/8").await;
    for number in 0..6 {
        assert_eq!(sign_in(&hub, Told::Forwarded, &format!("203.0.113.{number}"), "wrong4password").await, 401);
    }
    assert_eq!(sign_in(&hub, Told::Forwarded, OWNER, PASSWORD).await, 429, "all of them are one");
    assert_eq!(sign_in(&hub, Told::Proxied, OWNER, PASSWORD).await, 400, "its header is no request");
}

fn behind(more: ServeOptions) -> ServeOptions {
    let proxies = Proxies::try_from(vec!["127.0.0.1".to_owned()]).unwrap();
    ServeOptions { proxies, ..more }
}

/// A socket through the proxy; the status and the head.
async fn open(addr: std::net::SocketAddr, client: &str) -> (Client, u16, String) {
    let mut proxy = Client::connect(addr).await;
    let (status, head) = proxy.upgrade("/v1/ws", &format!("X-Forwarded-For: {client}\r\n")).await;
    (proxy, status, head)
}

#[tokio::test]
async fn places_are_the_clients_and_not_the_proxys() {
    let server = start(behind(ServeOptions { per_ip_max: 2, ..options() }), LaneLimits::default()).await;
    let mut kept = Vec::new();
    for (client, status) in [(ATTACKER, 101), (ATTACKER, 101), (ATTACKER, 503), (OWNER, 101), (OWNER, 101)] {
        let (socket, answer, head) = open(server.addr, client).await;
        assert_eq!(answer, status, "{client}");
        assert!(
            status == 101 || head.contains("content-security-policy: ") && head.contains("retry-after: "),
            "{head}"
        );
        kept.push(socket);
    }
    // Requests give their places back, though the proxy keeps its connections.
    for _ in 0..5 {
        let mut proxy = Client::connect(server.addr).await;
        proxy.write(b"HEAD /hello HTTP/1.1\r\nHost: fair.example\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n").await;
        assert_eq!(proxy.head().await.0, 200);
        kept.push(proxy);
    }
    let mut named = Client::connect(server.addr).await;
    named.write(&proxied(ATTACKER)).await;
    named.write(upgrade_request("/v1/ws", "").as_bytes()).await;
    assert!(!named.is_answered().await, "who is named by the header is charged like everybody");
}

#[tokio::test]
async fn a_proxys_header_comes_before_everything_and_in_time() {
    let server = start(behind(ServeOptions { handshake_timeout: SHORT, ..options() }), LaneLimits::default()).await;
    let mut whole = Client::connect(server.addr).await;
    let request = upgrade_request("/v1/ws", "");
    whole.write(&[&proxied(ATTACKER), request.as_bytes()].concat()).await;
    assert_eq!(whole.head().await.0, 101);
    let mut for_itself = Client::connect(server.addr).await;
    for_itself.write(&[&v2::SIGNATURE[..], &[0x20, 0, 0, 0], request.as_bytes()].concat()).await;
    assert_eq!(for_itself.head().await.0, 101);
    for broken in [&proxied(ATTACKER)[..20], &v2::SIGNATURE[..5], b"\r\n\r\n\0\r\nQUIT\nnonsense", b""] {
        let mut client = Client::connect(server.addr).await;
        client.write(broken).await;
        assert_eq!(client.next().await, Got::End, "{broken:?}");
    }
}
