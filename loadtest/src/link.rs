//! One blocking client connection: connects, upgrades, opens a session, asks and waits.
//!
//! For setting up, for tests and for reading histories back; load runs on [`crate::swarm`], into which a link can go.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::frame::{self, First, FrameError, Opcode};
use crate::wire::Wire;

/// How long one answer may take before the link is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Events kept while an answer is awaited; the connection is given up beyond it.
const EVENTS_MAX: usize = 100_000;

/// Where a hub, or a peer that speaks as one, listens. **Shape**: `ws://host:port/path`.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its address.
    pub addr: SocketAddr,
    /// The path of the socket.
    pub path: String,
    /// Whom to trust, where TLS is spoken.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Target {
    /// The hub's socket at `addr`.
    #[must_use]
    pub fn hub(addr: SocketAddr) -> Self {
        Self { addr, path: "/v1/ws".to_owned(), tls: None }
    }
}

impl std::str::FromStr for Target {
    type Err = anyhow::Error;

    fn from_str(url: &str) -> anyhow::Result<Self> {
        use std::net::ToSocketAddrs as _;
        let rest = url.strip_prefix("ws://").ok_or_else(|| anyhow::anyhow!("not a ws:// address: {url}"))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, "v1/ws"));
        let mut found = host.to_socket_addrs()?;
        let addr = found.next().ok_or_else(|| anyhow::anyhow!("no address for {host}"))?;
        Ok(Self { addr, path: format!("/{path}"), tls: None })
    }
}

/// Why a call brought no answer of the wished kind.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The hub answered with an error of its table.
    #[error("{op} refused: {code}")]
    Refused {
        /// What was asked.
        op: String,
        /// The code.
        code: String,
        /// When trying again makes sense.
        retry_after_ms: Option<u64>,
    },
    /// The hub closed the connection, with this code if it said one.
    #[error("closed with {0:?}")]
    Closed(Option<u16>),
    /// The upgrade was answered otherwise. **Shape**: the status line.
    #[error("no upgrade: {0}")]
    NoUpgrade(String),
    /// The bytes are not ours.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Neither.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
    /// The connection broke or nothing came in time.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl LinkError {
    /// The code of a refusal.
    #[must_use]
    pub fn refused(&self) -> Option<&str> {
        if let Self::Refused { code, .. } = self { Some(code) } else { None }
    }

    /// The code of a close.
    #[must_use]
    pub const fn closed(&self) -> Option<u16> {
        if let Self::Closed(code) = self { *code } else { None }
    }
}

/// The envelope of everything that a hub sends.
#[derive(Debug, Deserialize)]
struct Envelope {
    id: Option<u64>,
    ok: Option<Value>,
    error: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    code: String,
    retry_after_ms: Option<u64>,
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Link {
    stream: Wire<TcpStream>,
    unread: Vec<u8>,
    lines: VecDeque<String>,
    events: VecDeque<Value>,
    last_id: u64,
}

impl Link {
    /// Connects and upgrades; no session yet.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn connect(target: &Target) -> Result<Self, LinkError> {
        let stream = TcpStream::connect_timeout(&target.addr, ANSWER_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        let stream = Wire::open(stream, target.tls.as_ref(), target.addr.ip())?;
        let mut link = Self { stream, unread: Vec::new(), lines: VecDeque::new(), events: VecDeque::new(), last_id: 0 };
        link.upgrade(target)?;
        Ok(link)
    }

    /// Connects and opens a session: with an access token, or as a guest.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn open(target: &Target, token: Option<&str>) -> Result<Self, LinkError> {
        let mut link = Self::connect(target)?;
        let d = match token {
            Some(token) => serde_json::json!({ "token": token, "client": "loadtest" }),
            None => serde_json::json!({ "client": "loadtest" }),
        };
        link.call("session.open", &d)?;
        Ok(link)
    }

    // The accept hash is not verified: whether the hub computes it is the hub's own test.
    fn upgrade(&mut self, target: &Target) -> Result<(), LinkError> {
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bG9hZHRlc3QgbG9hZHRlcw==\r\n\
             Sec-WebSocket-Protocol: fairhub.v1\r\n\r\n",
            target.path, target.addr
        );
        self.stream.write_all(request.as_bytes())?;
        let end = loop {
            if let Some(at) = memchr::memmem::find(&self.unread, b"\r\n\r\n") {
                break at + 4;
            }
            if self.unread.len() > HEADER_BYTES_MAX {
                return Err(LinkError::Unexpected("endless header".to_owned()));
            }
            self.read_some()?;
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
        if line.split(' ').nth(1) == Some("101") { Ok(()) } else { Err(LinkError::NoUpgrade(line)) }
    }

    fn read_some(&mut self) -> Result<(), LinkError> {
        let mut chunk = [0; 16 * 1024];
        let read = self.stream.read(&mut chunk)?;
        if read == 0 {
            return Err(LinkError::Closed(None));
        }
        self.unread.extend(chunk.iter().take(read));
        Ok(())
    }

    /// Asks and waits for the answer; events that come before it are kept for [`Link::next_event`].
    ///
    /// # Errors
    /// [`LinkError::Refused`] with the hub's code, or what broke.
    pub fn call(&mut self, op: &str, d: &Value) -> Result<Value, LinkError> {
        self.last_id += 1;
        let id = self.last_id;
        self.write(&serde_json::json!({ "id": id, "op": op, "d": d }).to_string())?;
        loop {
            let object = self.next_object()?;
            let envelope =
                Envelope::deserialize(&object).map_err(|_shape| LinkError::Unexpected(object.to_string()))?;
            match envelope {
                Envelope { id: Some(of), ok: Some(ok), .. } if of == id => return Ok(ok),
                Envelope { id: Some(of), error: Some(Refusal { code, retry_after_ms }), .. } if of == id => {
                    return Err(LinkError::Refused { op: op.to_owned(), code, retry_after_ms });
                }
                Envelope { id: None, .. } if self.events.len() < EVENTS_MAX => self.events.push_back(object),
                _ => return Err(LinkError::Unexpected(object.to_string())),
            }
        }
    }

    /// Sends a one-way operation.
    ///
    /// # Errors
    /// [`LinkError::Io`].
    pub fn cast(&mut self, op: &str, d: &Value) -> Result<(), LinkError> {
        self.write(&serde_json::json!({ "op": op, "d": d }).to_string())
    }

    /// The next event, waiting for it.
    ///
    /// # Errors
    /// [`LinkError::Closed`] or what broke.
    pub fn next_event(&mut self) -> Result<Value, LinkError> {
        if let Some(event) = self.events.pop_front() {
            return Ok(event);
        }
        self.next_object()
    }

    /// Sends one text frame.
    ///
    /// # Errors
    /// [`LinkError::Io`].
    pub fn write(&mut self, text: &str) -> Result<(), LinkError> {
        self.write_frame(Opcode::Text, text.as_bytes())
    }

    fn write_frame(&mut self, opcode: Opcode, payload: &[u8]) -> Result<(), LinkError> {
        let mut bytes = Vec::with_capacity(payload.len() + 14);
        frame::push_client(&mut bytes, opcode, payload, [0x5a, 0xa5, 0x3c, 0xc3]);
        Ok(self.stream.write_all(&bytes)?)
    }

    fn next_object(&mut self) -> Result<Value, LinkError> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return serde_json::from_str(&line).map_err(|_syntax| LinkError::Unexpected(line));
            }
            let Some(First { opcode, payload, rest }) = frame::split(&self.unread)? else {
                self.read_some()?;
                continue;
            };
            let (payload, used) = (payload.to_vec(), self.unread.len() - rest.len());
            self.unread.drain(..used);
            match opcode {
                Opcode::Text => self.lines.extend(String::from_utf8_lossy(&payload).split('\n').map(str::to_owned)),
                Opcode::Ping => self.write_frame(Opcode::Pong, &payload)?,
                Opcode::Close => return Err(LinkError::Closed(frame::close_code(&payload))),
                Opcode::Pong | Opcode::Binary => {}
            }
        }
    }

    /// Its socket, to change options of.
    #[must_use]
    pub const fn socket(&self) -> &TcpStream {
        self.stream.socket()
    }

    /// Gives up the socket and what was read of it and not yet used; kept events are dropped.
    #[must_use]
    pub fn into_parts(self) -> (Wire<TcpStream>, Vec<u8>) {
        (self.stream, self.unread)
    }
}

#[cfg(test)]
mod tests;
