//! The reader task of one connection: bytes to messages to the [`Protocol`]. It writes nothing itself; whatever is to
//! be answered goes through the lane.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::budget::{self, Budget};
use super::conn::{Conn, Weight};
use super::decode::{Decoder, FrameLimits, Incoming, Sender, Violation};
use super::frame::Frame;
use super::lane::CloseWith;
use super::stream::ReadHalf;
use super::{Closing, Protocol};
use crate::code::Code;

/// Read buffers are borrowed from the worker thread while bytes are being handled, so idle connections hold none.
const BUFFER_BYTES: usize = 16 * 1024;
const BUFFERS_KEPT: usize = 4;

/// How soon a reader that waits sees that its socket has ended.
const WAIT_STEP: Duration = Duration::from_millis(250);

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

fn borrow_buffer() -> Vec<u8> {
    BUFFERS.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; BUFFER_BYTES])
}

fn return_buffer(buffer: Vec<u8>) {
    BUFFERS.with_borrow_mut(|kept| {
        if kept.len() < BUFFERS_KEPT {
            kept.push(buffer);
        }
    });
}

/// Why the reader stopped listening.
enum End {
    /// The socket has ended.
    Gone,
    /// It is being closed: what still comes is thrown away until the socket ends.
    Deaf(CloseWith),
}

impl From<Violation> for End {
    fn from(violation: Violation) -> Self {
        Self::Deaf(CloseWith::Broken(violation))
    }
}

/// What a peer may send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub(super) frames: FrameLimits,
    /// Whether its lines are counted: everywhere but where measuring is enabled.
    pub(super) is_budgeted: bool,
}

/// Reads until the socket ends. `unread` came with the handshake.
pub(super) async fn run<P: Protocol>(
    conn: Arc<Conn>,
    read: ReadHalf,
    mut protocol: P,
    unread: Vec<u8>,
    allowance: Allowance,
) {
    let started = now();
    let mut reader = Reader {
        conn,
        read,
        decoder: Decoder::new(allowance.frames, Sender::Client),
        started,
        budget: allowance.is_budgeted.then(|| Budget::new(started)),
        is_refused: false,
    };
    if let End::Deaf(with) = reader.listen(&mut protocol, unread).await {
        reader.conn.lane().close_with(reader.conn.id(), with);
        reader.discard().await;
    }
    protocol.on_closed();
    reader.conn.lane().gone(reader.conn.id());
}

struct Reader {
    conn: Arc<Conn>,
    read: ReadHalf,
    decoder: Decoder,
    /// Durations are measured from here: the time of the day may be set, this goes on.
    started: Instant,
    /// Nothing where measuring is enabled.
    budget: Option<Budget>,
    /// The protocol asked for the close: it hears nothing more.
    is_refused: bool,
}

impl Reader {
    async fn listen<P: Protocol>(&mut self, protocol: &mut P, mut unread: Vec<u8>) -> End {
        if let Err(end) = self.take(protocol, &mut unread).await {
            return end;
        }
        drop(unread);
        loop {
            let (mut buffer, len) = match self.fill().await {
                Ok(filled) => filled,
                Err(end) => return end,
            };
            let taken = self.take(protocol, buffer.get_mut(..len).unwrap_or_default()).await;
            return_buffer(buffer);
            if let Err(end) = taken {
                return end;
            }
        }
    }

    /// The next bytes, in a borrowed buffer. The only timer runs while a message is unfinished.
    async fn fill(&mut self) -> Result<(Vec<u8>, usize), End> {
        tokio::task::consume_budget().await;
        let read = &mut self.read;
        let next = poll_fn(|cx| poll_fill(read, cx));
        let filled = match self.decoder.unfinished_since() {
            None => next.await,
            Some(since) => {
                let passed = self.started.elapsed().saturating_sub(since);
                let left = self.decoder.limits().message_time_max.saturating_sub(passed);
                Box::pin(timeout(left, next)).await.map_err(|_late| Violation::TooSlow)?
            }
        };
        let (buffer, len) = filled.map_err(|_gone| End::Gone)?;
        if len == 0 {
            return_buffer(buffer);
            return Err(End::Gone);
        }
        self.conn.mark_seen();
        Ok((buffer, len))
    }

    async fn take<P: Protocol>(&mut self, protocol: &mut P, mut bytes: &mut [u8]) -> Result<(), End> {
        while !bytes.is_empty() {
            let step = self.decoder.decode(bytes, self.started.elapsed())?;
            let used = step.used;
            if let Some(incoming) = step.incoming {
                self.conn.begin_hearing();
                let paid_at = charge(&mut self.budget, &incoming)?;
                hear(&self.conn, &mut self.is_refused, protocol, incoming, paid_at).await?;
                self.conn.end_hearing();
            }
            bytes = bytes.get_mut(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads on without listening, so that the close frame is not lost to a reset.
    async fn discard(&mut self) {
        loop {
            tokio::task::consume_budget().await;
            let read = &mut self.read;
            let Ok((buffer, len)) = poll_fn(|cx| poll_fill(read, cx)).await else { return };
            return_buffer(buffer);
            if len == 0 {
                return;
            }
        }
    }
}

/// Takes what a message costs; until when it must wait, where the peer has said more than it may.
fn charge(budget: &mut Option<Budget>, incoming: &Incoming<'_>) -> Result<Option<Instant>, End> {
    let Some(budget) = budget else { return Ok(None) };
    let lines = match incoming {
        Incoming::Close(_) => return Ok(None),
        Incoming::Text(text) => budget::cost(text).ok_or(End::Deaf(CloseWith::Reason(Closing::new(Code::Flood))))?,
        Incoming::Ping(_) | Incoming::Pong | Incoming::Binary(_) => 1,
    };
    Ok(budget.take(lines, now()))
}

/// In steps: a socket that ends meanwhile is not waited for, by a drain least of all.
async fn wait(conn: &Conn, until: Instant) {
    while !conn.is_closing() && now() < until {
        sleep_until(until.min(now() + WAIT_STEP)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the reader's own durations, on tokio's clock: virtual in tests")]
fn now() -> Instant {
    Instant::now()
}

/// One message. Whoever may not wait for the protocol is not asked: pings are answered by the lane.
async fn hear<P: Protocol>(
    conn: &Arc<Conn>,
    is_refused: &mut bool,
    protocol: &mut P,
    incoming: Incoming<'_>,
    paid_at: Option<Instant>,
) -> Result<(), End> {
    if let Some(paid_at) = paid_at {
        // What else the peer says stays where it is, and nobody else notices. Boxed: idle connections hold no timer.
        Box::pin(wait(conn, paid_at)).await;
    }
    let heard = match incoming {
        Incoming::Close(code) => return Err(End::Deaf(CloseWith::Echo(code))),
        _ if *is_refused || conn.is_closing() => return Ok(()),
        Incoming::Pong => return Ok(()),
        Incoming::Ping(payload) => {
            // A pong takes a request's place until it has left: a flood of pings waits like one of requests.
            Box::pin(conn.request_slot(Weight::Light)).await;
            conn.lane().reply_frame(conn.id(), Frame::pong(&payload), Weight::Light);
            return Ok(());
        }
        // Boxed: inside this task they would take their largest state's room in every idle connection.
        Incoming::Text(text) => Box::pin(protocol.on_text(&text)).await,
        Incoming::Binary(data) => Box::pin(protocol.on_binary(&data)).await,
    };
    if let Err(closing) = heard {
        *is_refused = true;
        conn.lane().close(conn.id(), closing);
    } else if protocol.is_authenticated() {
        conn.mark_authenticated();
    }
    Ok(())
}

fn poll_fill(read: &mut ReadHalf, cx: &mut Context<'_>) -> Poll<io::Result<(Vec<u8>, usize)>> {
    let mut buffer = borrow_buffer();
    match read.poll_read(cx, &mut buffer) {
        Poll::Ready(Ok(len)) => Poll::Ready(Ok((buffer, len))),
        Poll::Ready(Err(error)) => {
            return_buffer(buffer);
            Poll::Ready(Err(error))
        }
        Poll::Pending => {
            return_buffer(buffer);
            Poll::Pending
        }
    }
}
