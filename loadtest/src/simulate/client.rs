//! A connection for asking one thing after another: founding conversations, and reading everything back at the end.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use hub::session::Session;
use hub::socket::{Conn, MemoryPeer, Received};
use serde_json::{Value, json};
use storage::ids::UserId;

use super::life::Site;
use super::world::Person;

/// Everybody's address: limits by address are not what is simulated.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PIPE_BYTES: usize = 64 * 1024;
const TOKEN_TTL_S: i64 = 86_400;
/// Of virtual time, with a store that answers at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connects `person`, and says what opens their session.
pub(super) fn connect(site: &Site, person: &Person, pipe_bytes: usize, id: u64) -> (Arc<Conn>, MemoryPeer, String) {
    let hub = site.hub.clone();
    let (conn, peer) = site.lanes.attach_memory(ADDRESS, pipe_bytes, |conn| Session::new(hub, conn));
    let token = site.hub.accounts.mint(&person.user, TOKEN_TTL_S).unwrap_or_default();
    let open =
        format!("{{\"id\":{id},\"op\":\"session.open\",\"d\":{{\"token\":\"{token}\",\"client\":\"simulation/1\"}}}}");
    (conn, peer, open)
}

/// An open session with nothing else on it.
pub(super) struct Client {
    peer: MemoryPeer,
    last: u64,
    pub(super) user: UserId,
}

impl Client {
    pub(super) async fn open(site: &Site, person: &Person) -> Result<Self, String> {
        let (_conn, peer, open) = connect(site, person, PIPE_BYTES, 1);
        let mut client = Self { peer, last: 1, user: person.user.id };
        client.peer.send_text(&open).await;
        client.answer(1).await.map(|_opened| client)
    }

    /// The answer's `ok`, or what is wrong.
    pub(super) async fn ask(&mut self, op: &str, d: Value) -> Result<Value, String> {
        self.last += 1;
        self.peer.send_text(&json!({ "id": self.last, "op": op, "d": d }).to_string()).await;
        let answer = tokio::time::timeout(PATIENCE, self.answer(self.last));
        answer.await.map_err(|_late| format!("{op} was not answered"))?.map_err(|error| format!("{op}: {error}"))
    }

    async fn answer(&mut self, id: u64) -> Result<Value, String> {
        loop {
            let text = match self.peer.recv().await {
                Ok(Some(Received::Text(text))) => text,
                Ok(Some(Received::Ping | Received::Pong | Received::Binary(_))) => continue,
                Ok(Some(Received::Close(code))) => return Err(format!("closed with {code:?}")),
                Ok(None) => return Err("the socket ended".to_owned()),
                Err(violation) => return Err(format!("not a frame: {violation}")),
            };
            for line in text.lines() {
                let mut value: Value = serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
                if value["id"] == id {
                    let ok = value.get_mut("ok").map(Value::take);
                    return ok.ok_or_else(|| value["error"].to_string());
                }
            }
        }
    }
}
