//! A socket without a network: two bounded byte pipes, for the simulation and tests. It behaves like TCP: partial
//! writes, would-block, end of stream; nothing else about it is special.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::decode::{Decoder, FrameLimits, Incoming, Sender, Violation};
use super::stream::{ReadHalf, WriteHalf};

/// Both directions of one socket, as the server's halves see them.
pub(super) struct Pipe {
    /// Locked for one short copy; a pipe stands for a kernel buffer, which has its lock too.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    to_client: Channel,
    to_server: Channel,
}

#[derive(Default)]
struct Channel {
    bytes: VecDeque<u8>,
    capacity: usize,
    is_ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Channel {
    fn with_capacity(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let take = bytes.len().min(self.capacity.saturating_sub(self.bytes.len()));
        if take == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.bytes.extend(bytes.iter().take(take));
        wake(&mut self.reader);
        Ok(take)
    }

    fn poll_read(&mut self, cx: &Context<'_>, buffer: &mut [u8]) -> Poll<usize> {
        if self.bytes.is_empty() && !self.is_ended {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let take = buffer.len().min(self.bytes.len());
        for (place, byte) in buffer.iter_mut().zip(self.bytes.drain(..take)) {
            *place = byte;
        }
        wake(&mut self.writer);
        Poll::Ready(take)
    }

    fn poll_writable(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.is_ended || self.bytes.len() < self.capacity {
            return Poll::Ready(());
        }
        self.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    fn end(&mut self) {
        self.is_ended = true;
        wake(&mut self.reader);
        wake(&mut self.writer);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().to_client.write(bytes)
    }

    pub(super) async fn writable(&self) {
        poll_fn(|cx| self.lock().to_client.poll_writable(cx)).await;
    }

    pub(super) fn poll_read(&self, cx: &Context<'_>, buffer: &mut [u8]) -> Poll<usize> {
        self.lock().to_server.poll_read(cx, buffer)
    }

    /// The client's side: how many bytes were taken.
    fn poll_write(&self, cx: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.lock();
        match state.to_server.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                state.to_server.poll_writable(cx).map(|()| Ok(0))
            }
            done => Poll::Ready(done),
        }
    }

    pub(super) fn shut(&self, how: Shutdown) {
        let mut state = self.lock();
        state.to_client.end();
        if how != Shutdown::Write {
            state.to_server.end();
        }
    }
}

/// Both server halves of a new pipe, and the client's end. **Units**: `capacity` bytes in each direction.
pub(super) fn pipe(capacity: usize) -> (ReadHalf, WriteHalf, MemoryPeer) {
    let state = State { to_client: Channel::with_capacity(capacity), to_server: Channel::with_capacity(capacity) };
    let pipe = Arc::new(Pipe { state: Mutex::new(state) });
    (ReadHalf::Memory(Arc::clone(&pipe)), WriteHalf::Memory(Arc::clone(&pipe)), MemoryPeer::new(pipe))
}

/// What a client received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// The server asks for a sign of life (the peer answers by itself).
    Ping,
    /// The answer to a ping.
    Pong,
    /// The server closes, with this code (the peer answers by itself).
    Close(Option<u16>),
}

/// The client's end of a memory socket. Dropping it ends the socket.
pub struct MemoryPeer {
    pipe: Arc<Pipe>,
    decoder: Decoder,
    unread: Vec<u8>,
    /// Answers to pings and closes on their way: kept here so that dropping a `recv` cuts none in two.
    answers: Vec<u8>,
}

/// A fixed mask: masks protect caches on the way, and here is no way.
const MASK: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

impl MemoryPeer {
    fn new(pipe: Arc<Pipe>) -> Self {
        let limits =
            FrameLimits { message_bytes_max: usize::MAX, fragments_max: u32::MAX, message_time_max: Duration::MAX };
        Self { pipe, decoder: Decoder::new(limits, Sender::Server), unread: Vec::new(), answers: Vec::new() }
    }

    /// Sends one text message; waits for space. False when the server has ended the socket.
    pub async fn send_text(&self, text: &str) -> bool {
        self.send_raw(&masked_frame(0x81, text.as_bytes())).await
    }

    /// Sends bytes as they are; waits for space. False when the server has ended the socket.
    pub async fn send_raw(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            match poll_fn(|cx| self.pipe.poll_write(cx, bytes)).await {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(_ended) => return false,
            }
        }
        true
    }

    /// The next message; `None` at the end of the stream. Dropping the future loses nothing.
    ///
    /// # Errors
    /// The server sent something that is not a frame.
    pub async fn recv(&mut self) -> Result<Option<Received>, Violation> {
        loop {
            self.send_answers().await;
            let step = self.decoder.decode(&mut self.unread, Duration::ZERO)?;
            let (used, received, answer) =
                (step.used, step.incoming.as_ref().map(received), step.incoming.as_ref().and_then(answer));
            drop(step);
            self.unread.drain(..used);
            self.answers.extend(answer.into_iter().flatten());
            if received.is_some() {
                return Ok(received);
            }
            if self.unread.is_empty() && self.fill().await == 0 {
                return Ok(None);
            }
        }
    }

    async fn send_answers(&mut self) {
        while !self.answers.is_empty() {
            let sent = poll_fn(|cx| self.pipe.poll_write(cx, &self.answers)).await;
            // Nobody waits for answers at a socket that has ended.
            self.answers.drain(..sent.unwrap_or(self.answers.len()));
        }
    }

    async fn fill(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let read = poll_fn(|cx| self.pipe.lock().to_client.poll_read(cx, &mut buffer)).await;
        self.unread.extend(buffer.iter().take(read));
        read
    }
}

impl Drop for MemoryPeer {
    fn drop(&mut self) {
        self.pipe.shut(Shutdown::Both);
    }
}

fn received(incoming: &Incoming<'_>) -> Received {
    match incoming {
        Incoming::Text(text) => Received::Text(text.to_string()),
        Incoming::Binary(data) => Received::Binary(data.to_vec()),
        Incoming::Ping(_) => Received::Ping,
        Incoming::Pong => Received::Pong,
        Incoming::Close(code) => Received::Close(*code),
    }
}

fn answer(incoming: &Incoming<'_>) -> Option<Vec<u8>> {
    match incoming {
        Incoming::Ping(payload) => Some(masked_frame(0x8a, payload)),
        Incoming::Close(code) => {
            Some(masked_frame(0x88, code.map(u16::to_be_bytes).as_ref().map_or(&[][..], |bytes| &bytes[..])))
        }
        Incoming::Text(_) | Incoming::Binary(_) | Incoming::Pong => None,
    }
}

/// One whole client frame.
fn masked_frame(start: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![start];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..=125), _) => out.push(0x80 | short),
        (_, Ok(medium)) => {
            out.push(0x80 | 126);
            out.extend(medium.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}
