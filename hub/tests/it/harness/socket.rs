//! A client of the socket: asks, is answered, and keeps every event until somebody looks for it.

use std::collections::VecDeque;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::socket::raw::{Client, Got};

pub(crate) struct Socket {
    pub(crate) client: Client,
    /// Read, and not looked at.
    unseen: VecDeque<Value>,
    /// Events in the order in which they came, until they are looked for.
    heard: VecDeque<Value>,
    last_id: u64,
}

impl Socket {
    /// Upgraded; no session is open.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let client = Client::open(address).await;
        Self { client, unseen: VecDeque::new(), heard: VecDeque::new(), last_id: 0 }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.client.send(text).await;
    }

    /// Sends a request without waiting; its id.
    pub(crate) async fn request(&mut self, op: &str, d: Value) -> u64 {
        self.last_id += 1;
        self.say(&json!({ "id": self.last_id, "op": op, "d": d }).to_string()).await;
        self.last_id
    }

    /// Sends a one-way operation.
    pub(crate) async fn tell(&mut self, op: &str, d: Value) {
        self.say(&json!({ "op": op, "d": d }).to_string()).await;
    }

    /// The body of the reply, or its error.
    pub(crate) async fn ask(&mut self, op: &str, d: Value) -> Result<Value, Value> {
        let id = self.request(op, d).await;
        self.answer(id).await
    }

    pub(crate) async fn ok(&mut self, op: &str, d: Value) -> Value {
        self.ask(op, d).await.unwrap_or_else(|error| panic!("{op} is refused: {error}"))
    }

    /// The code with which it is refused.
    pub(crate) async fn refused(&mut self, op: &str, d: Value) -> String {
        let error = self.ask(op, d).await.expect_err(op);
        error["code"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn answer(&mut self, id: u64) -> Result<Value, Value> {
        loop {
            let mut object = self.object().await;
            if object["id"] == id {
                return if object["ok"].is_null() { Err(object["error"].take()) } else { Ok(object["ok"].take()) };
            }
            assert!(object["id"].is_null(), "an answer that nobody waits for: {object}");
            self.heard.push_back(object);
        }
    }

    /// The next event of this name; others are kept.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        if let Some(at) = self.heard.iter().position(|event| event["ev"] == name) {
            return self.heard.remove(at).unwrap();
        }
        loop {
            let object = self.object().await;
            if object["ev"] == name {
                return object;
            }
            assert!(object["id"].is_null(), "an answer that nobody waits for: {object}");
            self.heard.push_back(object);
        }
    }

    /// Takes the events of this name that have come.
    pub(crate) fn heard(&mut self, name: &str) -> Vec<Value> {
        let (found, kept): (Vec<_>, Vec<_>) = self.heard.drain(..).partition(|event| event["ev"] == name);
        self.heard = kept.into();
        found
    }

    /// The next object, whatever it is.
    pub(crate) async fn object(&mut self) -> Value {
        loop {
            if let Some(object) = self.unseen.pop_front() {
                return object;
            }
            match self.client.next().await {
                Got::Text(text) => self.unseen.extend(text.lines().map(|line| serde_json::from_str(line).unwrap())),
                Got::Ping => {}
                other @ (Got::Binary(_) | Got::Pong | Got::Close(_) | Got::End) => {
                    panic!("expected an object, got {other:?}")
                }
            }
        }
    }

    /// The code with which the hub closes it; what comes before is kept.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.client.next().await {
                Got::Text(text) => self.heard.extend(text.lines().map(|line| serde_json::from_str(line).unwrap())),
                Got::Close(code) => return code.expect("a close says why"),
                Got::End => panic!("the socket ended without a close"),
                Got::Ping | Got::Pong | Got::Binary(_) => {}
            }
        }
    }

    pub(crate) async fn start_with(&mut self, enterprise: impl ToString) -> String {
        let target = json!({ "target": { "kind": "enterprise", "id": enterprise.to_string() } });
        self.ok("negotiation.start", target).await["conversation"].as_str().unwrap().to_owned()
    }

    /// Opens from `after`; the answer.
    pub(crate) async fn open(&mut self, conversation: &str, after: Option<i64>) -> Value {
        let mut d = json!({ "conversation": conversation });
        if let Some(after) = after {
            d["after"] = after.into();
        }
        self.ok("negotiation.open", d).await
    }

    /// Says `text` with itself as the message's id; its seq.
    pub(crate) async fn text(&mut self, conversation: &str, text: &str) -> i64 {
        self.ok("negotiation.send", text_of(conversation, text)).await["seq"].as_i64().unwrap()
    }
}

/// The body of a `negotiation.send`; the text is its own `client_msg_id`.
pub(crate) fn text_of(conversation: &str, text: &str) -> Value {
    json!({ "conversation": conversation, "client_msg_id": text, "kind": "text", "body": { "text": text } })
}
