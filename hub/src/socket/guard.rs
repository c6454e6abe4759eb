//! Between a socket and the HTTP stack: ends a peer that takes nothing of its answer for too long, and hardens the
//! answers that the stack gives by itself. It looks at nothing else of what passes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::headers;

#[cfg(test)]
mod tests;

/// A guarded socket.
pub(super) struct Guard<I> {
    io: I,
    is_tls: bool,
    patience: Duration,
    /// Runs only while the peer takes nothing.
    stuck: Option<Pin<Box<Sleep>>>,
    /// What is left of an answer of the stack's own.
    own: Vec<u8>,
}

impl<I> Guard<I> {
    /// **Units**: `patience` without any progress.
    pub(super) const fn new(io: I, is_tls: bool, patience: Duration) -> Self {
        Self { io, is_tls, patience, stuck: None, own: Vec::new() }
    }

    pub(super) fn into_inner(self) -> I {
        self.io
    }
}

impl<I: AsyncWrite + Unpin> Guard<I> {
    /// Passes on what the socket said; an error once it has said nothing but "not now" for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, said: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if said.is_ready() {
            self.stuck = None;
            return said;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stuck.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.own.is_empty() {
            let said = Pin::new(&mut self.io).poll_write(cx, &self.own);
            let count = ready!(self.watch(cx, said))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.own.drain(..count);
        }
        Poll::Ready(Ok(()))
    }

    /// Whether the bytes were an answer of the stack's own; then they are taken, and go out with more lines.
    fn takes(&mut self, bytes: &[u8]) -> bool {
        let hardened = harden_own(bytes, self.is_tls);
        let takes = hardened.is_some();
        self.own.extend(hardened.into_iter().flatten());
        takes
    }
}

/// A head that the stack wrote because it could not read the request (400, 414, 431): no service has seen it, and the
/// stack offers no way to add to it. Known by what it lacks: every answer of ours carries the policy.
fn harden_own(bytes: &[u8], is_tls: bool) -> Option<Vec<u8>> {
    if !bytes.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = bytes.strip_suffix(b"\r\n\r\n")?;
    let mut lines = head.split(|byte| *byte == b'\n');
    if lines.any(|line| line.starts_with(b"content-security-policy:")) {
        return None;
    }
    let more = headers::lines(is_tls);
    Some([head, b"\r\n", more.as_bytes(), b"\r\n"].concat())
}

impl<I: AsyncRead + Unpin> AsyncRead for Guard<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Guard<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_own(cx))?;
        if self.takes(buf) {
            return Poll::Ready(Ok(buf.len()));
        }
        let said = Pin::new(&mut self.io).poll_write(cx, buf);
        self.watch(cx, said)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_own(cx))?;
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
        if self.takes(first) {
            return Poll::Ready(Ok(first.len()));
        }
        let said = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.watch(cx, said)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(cx))?;
        let said = Pin::new(&mut self.io).poll_flush(cx);
        self.watch(cx, said)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.io).poll_shutdown(cx);
        self.watch(cx, said)
    }
}
