//! `session.*` and what ends a session: tokens, time, changed rights.

use std::time::Duration;

use fair::Duty;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{SECRET, Socket, TestHub};

/// Rights change within 1 s; what a busy machine needs besides.
const SOON: Duration = Duration::from_secs(3);
const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn an_open_session_says_who_speaks_and_within_which_limits() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let mut socket = Socket::connect(hub.address()).await;
    let opened = socket.ok("session.open", json!({"token": buyer.token, "client": "test/1", "device": "d1"})).await;
    assert_eq!(opened["user"]["id"], buyer.id());
    assert_eq!(opened["user"]["kind"], "enterprise");
    assert_eq!(opened["user"]["duty"], "representative");
    assert_eq!(opened["user"]["enterprise"]["name"], "buyers Ltd");
    assert_eq!(opened["ping_s"], 25);
    assert_eq!(opened["limits"]["frame_bytes"], 65_536);
    assert_eq!(opened["limits"]["text_chars"], 2_000);
    assert!(opened["now"].as_str().unwrap().contains('T') && opened["session"].is_string());
    assert_eq!(socket.refused("session.open", json!({"token": buyer.token})).await, "conflict");
    assert_eq!(socket.ok("ping", json!({})).await, json!({}));
}

#[tokio::test]
async fn a_guest_opens_without_a_token_and_has_nothing_to_refresh() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let mut guest = Socket::connect(hub.address()).await;
    let opened = guest.ok("session.open", json!({})).await;
    assert_eq!(opened["user"], Value::Null);
    assert_eq!(guest.refused("session.refresh", json!({"token": buyer.token})).await, "conflict");
    assert_eq!(guest.ok("ping", json!({})).await, json!({}));
}

#[tokio::test]
async fn nothing_is_heard_before_the_session_is_open() {
    let hub = TestHub::start().await;
    for op in ["ping", "inbox.list", "session.refresh"] {
        let mut socket = Socket::connect(hub.address()).await;
        assert_eq!(socket.refused(op, json!({"token": "x"})).await, "unauthenticated", "{op}");
        assert_eq!(socket.closed().await, 4502, "{op}");
    }
    let mut socket = Socket::connect(hub.address()).await;
    socket.say("{\"op\":\"negotiation.typing\",\"d\":{\"conversation\":\"x\"}}").await;
    assert_eq!(socket.closed().await, 4502);
}

#[tokio::test]
async fn a_silent_socket_is_closed_for_want_of_a_session() {
    let hub = TestHub::start().await;
    let mut silent = Socket::connect(hub.address()).await;
    assert_eq!(silent.closed().await, 4005);
}

/// Base64url without padding.
fn base64url(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digits = (0..=chunk.len()).map(|at| LETTERS[(bits >> (18 - 6 * at) & 63) as usize]);
        out.extend(digits.map(char::from));
    }
    out
}

#[tokio::test]
async fn forged_tokens_are_refused_on_the_socket_and_by_rest() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let (now, later) = (hub.now(), hub.now().plus_ms(HOUR_MS));
    assert_eq!(hub.signed_with(SECRET, &buyer, now, later).split('.').count(), 3);
    let parts = |token: &str| -> Vec<String> { token.split('.').map(str::to_owned).collect() };
    let [header, claims, mark] = &parts(&buyer.token)[..] else { panic!("three parts") };
    let other_key = hub.signed_with("another-secret-of-at-least-32-bytes-here", &buyer, now, later);
    let [_, other_claims, other_mark] = &parts(&other_key)[..] else { panic!("three parts") };
    let header_of = |algorithm: &str| base64url(&json!({"alg": algorithm, "typ": "JWT"}).to_string());
    let forged = [
        ("none, unsigned", format!("{}.{claims}.", header_of("none"))),
        ("none, with the old mark", format!("{}.{claims}.{mark}", header_of("none"))),
        ("HS384", format!("{}.{claims}.{mark}", header_of("HS384"))),
        ("another key", other_key.clone()),
        ("another key under our key id", format!("{header}.{other_claims}.{other_mark}")),
        ("somebody else's claims", format!("{header}.{}.{mark}", parts(&seller.token)[1])),
        ("cut short", buyer.token[..buyer.token.len() - 4].to_owned()),
        ("no token", "open sesame".to_owned()),
        ("empty", String::new()),
        ("far too long", "x".repeat(4_000)),
    ];
    for (what, token) in forged {
        let mut socket = Socket::connect(hub.address()).await;
        assert_eq!(socket.refused("session.open", json!({"token": token})).await, "unauthenticated", "{what}");
        assert_eq!(socket.closed().await, 4502, "{what}");
        let answer = hub.get("/v1/me", &token).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthenticated"), "{what}");
        assert!(answer.head.contains("www-authenticate: bearer"), "{}", answer.head);
    }
    hub.connect(&buyer).await.ok("ping", json!({})).await;
}

#[tokio::test]
async fn enterprises_are_told_by_both_of_their_names() {
    let hub = TestHub::start().await;
    let seller_team = hub.enterprise("sellers").await;
    let new = fair::NewEnterprise {
        kind: fair::Kind::Enterprise,
        identifier: "huaxin".to_owned(),
        name: "华信".to_owned(),
        name_en: Some("Huaxin".to_owned()),
    };
    let buyer_team = hub.accounts().create_enterprise(new).await.unwrap().id;
    let buyer = hub.person(Some(buyer_team), "buyer", Some(Duty::Representative)).await;
    let seller = hub.person(Some(seller_team), "seller", Some(Duty::Representative)).await;
    let mut socket = Socket::connect(hub.address()).await;
    let opened = socket.ok("session.open", json!({"token": buyer.token})).await;
    let team = json!({"id": buyer_team, "name": "华信", "name_en": "Huaxin"});
    assert_eq!(opened["user"]["enterprise"], team);
    assert_eq!(hub.get("/v1/me", &buyer.token).await.body()["enterprise"], team);
    let conversation = socket.start_with(seller_team).await;
    socket.text(&conversation, "hello").await;
    let none = json!({"id": seller_team, "name": "sellers Ltd"});
    assert_eq!(socket.open(&conversation, None).await["conversation"]["with"], none);
    crate::inbox::settled(&hub).await;
    let hub = hub.restart().await;
    let mut other = hub.connect(&seller).await;
    assert_eq!(other.ok("inbox.list", json!({})).await["conversations"][0]["with"], team, "by its row");
    assert_eq!(other.open(&conversation, None).await["conversation"]["with"], team, "by the conversation's");
}

#[tokio::test]
async fn an_expired_token_is_told_from_a_wrong_one() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let now = hub.now();
    let expired = hub.signed_with(SECRET, &buyer, now.plus_ms(-HOUR_MS), now.plus_ms(-1_000));
    let mut socket = Socket::connect(hub.address()).await;
    assert_eq!(socket.refused("session.open", json!({"token": expired})).await, "token_expired");
    assert_eq!(socket.closed().await, 4006);
    let answer = hub.get("/v1/me", &expired).await;
    assert_eq!((answer.status, answer.problem().as_str()), (401, "token_expired"));
}

#[tokio::test]
async fn a_socket_ends_with_its_token_unless_it_is_refreshed() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let short = hub.mint(&buyer.user, 2);
    let mut left = Socket::connect(hub.address()).await;
    let mut refreshed = Socket::connect(hub.address()).await;
    for socket in [&mut left, &mut refreshed] {
        socket.ok("session.open", json!({"token": short})).await;
    }
    let conversation = refreshed.start_with(seller.team()).await;
    refreshed.open(&conversation, None).await;
    assert_eq!(refreshed.ok("session.refresh", json!({"token": buyer.token})).await, json!({}));
    assert_eq!(left.closed().await, 4006);
    refreshed.text(&conversation, "still-here").await;
    assert_eq!(refreshed.event("negotiation.message").await["seq"], 1, "its rooms are kept");
}

#[tokio::test]
async fn a_refresh_takes_no_token_of_somebody_else() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let mut socket = hub.connect(&buyer).await;
    socket.refused("session.refresh", json!({"token": seller.token})).await;
    assert_eq!(socket.closed().await, 4006);
    let mut socket = hub.connect(&buyer).await;
    assert_eq!(socket.refused("session.refresh", json!({"token": "forged"})).await, "unauthenticated");
    assert_eq!(socket.closed().await, 4502);
}

#[tokio::test]
async fn a_changed_duty_and_a_deletion_reach_open_sockets_within_a_second() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let chief = hub.admin(seller.team()).await;
    let mut bystander = hub.connect(&buyer).await;
    let mut first = hub.connect(&seller).await;
    let mut second = hub.connect(&seller).await;
    let path = format!("/v1/enterprises/{}/users/{}", seller.team(), seller.id());
    let body = json!({"duty": "other"});
    let changed = hub.http(&format!("PATCH {path}"), Some(&chief.token), "", Some(&body)).await;
    assert_eq!((changed.status, &changed.body()["duty"]), (200, &json!("other")));
    for socket in [&mut first, &mut second] {
        assert_eq!(timeout(SOON, socket.closed()).await.expect("within a second"), 4006);
    }
    assert_eq!(hub.get("/v1/me", &seller.token).await.problem(), "token_expired");

    let lesser = hub.accounts().user(seller.user.id).await.unwrap();
    assert_eq!(lesser.duty, Some(Duty::Other));
    let mut lesser_socket = Socket::connect(hub.address()).await;
    lesser_socket.ok("session.open", json!({"token": hub.mint(&lesser, 600)})).await;
    assert_eq!(lesser_socket.refused("inbox.list", json!({})).await, "forbidden");

    let deleted = hub.http(&format!("DELETE {path}"), Some(&chief.token), "", None).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(timeout(SOON, lesser_socket.closed()).await.expect("within a second"), 4503);
    assert_eq!(hub.get("/v1/me", &hub.mint(&lesser, 600)).await.problem(), "session_revoked");
    bystander.ok("ping", json!({})).await;
}

#[tokio::test]
async fn only_pages_of_the_hub_itself_may_upgrade() {
    let hub = TestHub::start().await;
    let port = hub.address().port();
    let cases = [
        (format!("http://127.0.0.1:{port}"), 101),
        (format!("http://localhost:{port}"), 101),
        ("http://127.0.0.1:1".to_owned(), 403),
        ("https://evil.example".to_owned(), 403),
        ("null".to_owned(), 403),
    ];
    for (origin, status) in cases {
        let mut client = crate::socket::raw::Client::connect(hub.address()).await;
        assert_eq!(client.upgrade("/v1/ws", &format!("Origin: {origin}\r\n")).await.0, status, "{origin}");
    }
}

#[tokio::test]
async fn an_origin_that_was_typed_with_its_scheme_s_port_is_the_one_that_browsers_send() {
    let hub = TestHub::with(&[("origins", "https://Fair.Example.com:443, http://例子.中国:8080")]).await;
    for (origin, status) in [
        ("https://fair.example.com", 101),
        ("https://fair.example.com:443", 101),
        ("http://xn--fsqu00a.xn--fiqs8s:8080", 101),
        ("http://fair.example.com", 403),
        ("https://fair.example.com:8443", 403),
        ("null", 403),
    ] {
        let mut client = crate::socket::raw::Client::connect(hub.address()).await;
        assert_eq!(client.upgrade("/v1/ws", &format!("Origin: {origin}\r\n")).await.0, status, "{origin}");
    }
}
