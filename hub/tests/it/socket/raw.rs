//! A client that sends exactly the bytes it is told, and the small server that it talks to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use hub::code::Code;
use hub::patience::Patience;
use hub::socket::{
    Class, Closing, Conn, Decoder, Frame, FrameLimits, Incoming, LaneLimits, Lanes, Protocol, RoomKey, Sender,
    ServeOptions, Weight, serve,
};
use storage::clock::Clock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const ORIGIN: &str = "https://fair.example";
const ROOM: RoomKey = RoomKey(1);

/// Words: "join" enters the room, "say X" sends X to it, anything else is answered as it is.
pub(crate) struct Parlour {
    conn: Arc<Conn>,
    lanes: Lanes,
}

impl Protocol for Parlour {
    async fn on_text(&mut self, text: &str) -> Result<(), Closing> {
        if let Some(said) = text.strip_prefix("say ") {
            let frame = Frame::from_objects(&[Bytes::copy_from_slice(said.as_bytes())]);
            for lane in self.lanes.all() {
                lane.broadcast(ROOM, frame.clone(), Class::Durable, None)
                    .map_err(|_full| Closing::new(Code::Overloaded))?;
            }
            return Ok(());
        }
        if text == "join" {
            self.conn.lane().subscribe(ROOM, self.conn.id());
        }
        self.conn.request_slot(Weight::Light).await;
        self.conn.lane().reply(self.conn.id(), Bytes::copy_from_slice(text.as_bytes()), Weight::Light);
        Ok(())
    }

    async fn on_binary(&mut self, _data: &[u8]) -> Result<(), Closing> {
        Err(Closing::new(Code::BadFrame))
    }

    fn is_authenticated(&self) -> bool {
        true
    }

    fn on_closed(&mut self) {}
}

pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) lanes: TaskTracker,
    pub(crate) serving: JoinHandle<()>,
}

pub(crate) fn options() -> ServeOptions {
    ServeOptions { origins: vec![ORIGIN.to_owned()], bench: true, ..ServeOptions::default() }
}

pub(crate) async fn start(options: ServeOptions, limits: LaneLimits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
    let lanes = Lanes::start(2, limits, &Clock::system(), &tracker, &shutdown);
    let router = Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/large", get(|| async { vec![b'x'; 8 * 1024 * 1024] }))
        .route("/body", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/patient", post(patient))
        .route("/never", get(std::future::pending::<()>));
    let made = lanes.clone();
    let make = move |conn| Parlour { conn, lanes: made.clone() };
    let serving = TaskTracker::new().spawn(serve(listener, options, lanes, router, make, shutdown.clone()));
    tracker.close();
    Server { addr, shutdown, lanes: tracker, serving }
}

/// As `/body`, by a handler that asks for a minute.
async fn patient(request: axum::extract::Request) -> String {
    request.extensions().get::<Patience>().unwrap().ask(Duration::from_secs(60));
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    body.len().to_string()
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Got {
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Pong,
    Close(Option<u16>),
    End,
}

pub(crate) struct Client {
    pub(crate) stream: Box<dyn Stream>,
    decoder: Decoder,
    unread: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        Self::over(Box::new(TcpStream::connect(addr).await.unwrap()))
    }

    /// Connects with a receive buffer that is full at once.
    pub(crate) async fn narrow(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self::over(Box::new(socket.connect(addr).await.unwrap()))
    }

    pub(crate) fn over(stream: Box<dyn Stream>) -> Self {
        let limits =
            FrameLimits { message_bytes_max: usize::MAX, fragments_max: u32::MAX, message_time_max: Duration::MAX };
        Self { stream, decoder: Decoder::new(limits, Sender::Server), unread: Vec::new() }
    }

    /// Connects and upgrades `/v1/ws`.
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        let mut client = Self::connect(addr).await;
        assert_eq!(client.upgrade("/v1/ws", "").await.0, 101);
        client
    }

    /// Sends the handshake with `more` header lines; the status and the head of the answer.
    pub(crate) async fn upgrade(&mut self, path: &str, more: &str) -> (u16, String) {
        self.write(upgrade_request(path, more).as_bytes()).await;
        self.head().await
    }

    /// Reads one HTTP head.
    pub(crate) async fn head(&mut self) -> (u16, String) {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.fill().await > 0, "the socket ended before an answer");
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase())
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("writing goes on").unwrap();
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.write(&frame(0x81, text.as_bytes())).await;
    }

    async fn fill(&mut self) -> usize {
        self.unread.reserve(16 * 1024);
        // A reset ends the socket too.
        timeout(PATIENCE, self.stream.read_buf(&mut self.unread)).await.expect("something comes in time").unwrap_or(0)
    }

    /// Whether anything comes before the end.
    pub(crate) async fn is_answered(&mut self) -> bool {
        self.fill().await > 0
    }

    pub(crate) async fn next(&mut self) -> Got {
        loop {
            let step = self.decoder.decode(&mut self.unread, Duration::ZERO).expect("well-formed frames");
            let (used, got) = (step.used, step.incoming.map(Got::from));
            self.unread.drain(..used);
            if let Some(got) = got {
                return got;
            }
            if self.unread.is_empty() && self.fill().await == 0 {
                return Got::End;
            }
        }
    }

    pub(crate) async fn next_text(&mut self) -> String {
        let got = self.next().await;
        let Got::Text(text) = got else { panic!("expected a text, got {got:?}") };
        text
    }

    /// Everything up to the end of the socket.
    pub(crate) async fn rest(&mut self) -> Vec<Got> {
        let mut all = Vec::new();
        loop {
            let got = self.next().await;
            if got == Got::End {
                return all;
            }
            all.push(got);
        }
    }
}

impl From<Incoming<'_>> for Got {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Text(text) => Self::Text(text.into_owned()),
            Incoming::Binary(data) => Self::Binary(data.into_owned()),
            Incoming::Ping(_) => Self::Ping,
            Incoming::Pong => Self::Pong,
            Incoming::Close(code) => Self::Close(code),
        }
    }
}

pub(crate) fn upgrade_request(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: fair.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

/// One masked client frame.
pub(crate) fn frame(start: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [9_u8, 8, 7, 6];
    let mut out = vec![start];
    match payload.len() {
        short @ 0..=125 => out.push(0x80 | u8::try_from(short).unwrap()),
        medium @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend(u16::try_from(medium).unwrap().to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}
