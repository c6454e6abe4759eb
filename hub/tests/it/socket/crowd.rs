//! Many sockets of one account.

use serde_json::json;

use crate::harness::{Socket, TestHub};

/// What the registry allows.
const SOCKETS: usize = 32;

#[tokio::test]
async fn the_33rd_socket_is_refused_and_the_others_stay() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let registry = &hub.running.hub().registry;
    assert!(!registry.is_online(buyer.user.id));
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        sockets.push(hub.connect(&buyer).await);
    }
    assert!(registry.is_online(buyer.user.id) && !registry.is_online(seller.user.id));

    let mut late = Socket::connect(hub.address()).await;
    let error = late.ask("session.open", json!({ "token": buyer.token })).await.unwrap_err();
    assert_eq!((&error["code"], &error["retry_after_ms"]), (&json!("overloaded"), &json!(30_000)));
    assert_eq!(late.closed().await, 4003);
    for socket in &mut sockets {
        socket.ok("ping", json!({})).await;
    }
    let newer = hub.mint(&buyer.user, 20 * 60);
    sockets[0].ok("session.refresh", json!({ "token": newer })).await;
    hub.connect(&seller).await;
}
