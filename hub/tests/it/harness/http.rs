//! A client of REST: one request, one connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::{interval, timeout};

use super::TestHub;
use crate::socket::raw::PATIENCE;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The code of a problem, checked to be one.
    pub(crate) fn problem(&self) -> String {
        assert!(self.head.contains("content-type: application/problem+json"), "{}", self.head);
        let body = self.body();
        assert_eq!(body["status"], self.status);
        let code = body["type"].as_str().unwrap().strip_prefix("/problems/").unwrap().to_owned();
        assert_eq!(body["title"], *code);
        code
    }
}

/// One request. `request`: method and path; `more`: header lines.
pub(crate) async fn ask(
    address: SocketAddr,
    request: &str,
    token: Option<&str>,
    more: &str,
    body: Option<&Value>,
) -> Answer {
    ask_from(Ipv4Addr::LOCALHOST, address, request, token, more, body).await.unwrap()
}

/// The same from an address of this machine: each has limits of its own. Fails when the hub goes before it has answered.
pub(crate) async fn ask_from(
    from: Ipv4Addr,
    address: SocketAddr,
    request: &str,
    token: Option<&str>,
    more: &str,
    body: Option<&Value>,
) -> io::Result<Answer> {
    let mut text = format!("{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}");
    if let Some(token) = token {
        text.push_str(&format!("authorization: Bearer {token}\r\n"));
    }
    let body = body.map(Value::to_string);
    if let Some(body) = &body {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body.as_deref().unwrap_or_default());
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let mut stream = socket.connect(address).await?;
    stream.write_all(text.as_bytes()).await?;
    let mut bytes = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer in time")?;
    let answer = String::from_utf8(bytes).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let head = head.to_lowercase();
    assert!(!head.contains("chunked"), "bodies here have a length");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let is_short = length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| text.len() < length);
    if is_short && status < 300 && !request.starts_with("HEAD") {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Answer { status, head, text: text.to_owned() })
}

/// A parameter of the newest message to that address, as a demo shows it.
pub(crate) async fn sent(address: SocketAddr, to: &str, template: &str, param: &str) -> String {
    let look = async {
        let mut look_every = interval(Duration::from_millis(100));
        loop {
            look_every.tick().await;
            let shown = ask(address, "GET /demo/messages", None, "", None).await.body();
            let is_it = |item: &&Value| item["to"] == to && item["template"] == template;
            if let Some(item) = shown.as_array().unwrap().iter().find(is_it) {
                return item["params"][param].as_str().unwrap().to_owned();
            }
        }
    };
    timeout(PATIENCE, look).await.expect("a message in time")
}

impl TestHub {
    pub(crate) async fn http(&self, request: &str, token: Option<&str>, more: &str, body: Option<&Value>) -> Answer {
        ask(self.address(), request, token, more, body).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.http(&format!("GET {path}"), Some(token), "", None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.http(&format!("POST {path}"), Some(token), "", Some(&body)).await
    }
}
