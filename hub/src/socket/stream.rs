//! The two halves of a socket: the reader's and the lane's. They move bytes; they queue and decide nothing.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::memory::Pipe;
use super::tls::TlsSocket;

/// The write side, owned by a lane.
pub(super) enum WriteHalf {
    Plain(OwnedWriteHalf),
    Tls(Arc<TlsSocket>),
    Memory(Arc<Pipe>),
}

/// The read side, owned by a reader.
pub(super) enum ReadHalf {
    Plain(OwnedReadHalf),
    Tls(Arc<TlsSocket>),
    Memory(Arc<Pipe>),
}

/// How far a write came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrote {
    /// Bytes that need not be written again.
    pub(super) bytes: usize,
    /// Whether nothing waits below (under TLS, encrypted bytes may).
    pub(super) is_flushed: bool,
}

/// Both halves of a TCP socket.
pub(super) fn split_plain(stream: TcpStream) -> (ReadHalf, WriteHalf) {
    let (read, write) = stream.into_split();
    (ReadHalf::Plain(read), WriteHalf::Plain(write))
}

impl WriteHalf {
    /// Writes what fits now. `WouldBlock` is not an error: it is zero bytes.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<Wrote> {
        let wrote = match self {
            Self::Plain(half) => half.try_write(bytes),
            Self::Tls(socket) => return socket.try_write(bytes),
            Self::Memory(pipe) => pipe.try_write(bytes),
        };
        match wrote {
            Ok(bytes) => Ok(Wrote { bytes, is_flushed: true }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Wrote { bytes: 0, is_flushed: true }),
            Err(error) => Err(error),
        }
    }

    /// Pushes out what waits below; how much of it went, and whether that was all.
    pub(super) fn try_flush(&self) -> io::Result<Wrote> {
        match self {
            Self::Plain(_) | Self::Memory(_) => Ok(Wrote { bytes: 0, is_flushed: true }),
            Self::Tls(socket) => socket.try_flush(),
        }
    }

    /// Waits until writing may go on (or fail).
    pub(super) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Plain(half) => half.writable().await,
            Self::Tls(socket) => socket.writable().await,
            Self::Memory(pipe) => {
                pipe.writable().await;
                Ok(())
            }
        }
    }

    /// Says that nothing more will be written.
    pub(super) fn finish(&self) {
        self.shut(std::net::Shutdown::Write);
    }

    /// Ends both directions; the reader wakes up and ends.
    pub(super) fn abort(&self) {
        self.shut(std::net::Shutdown::Both);
    }

    /// The result does not matter: a socket that cannot be shut down is gone already.
    fn shut(&self, how: std::net::Shutdown) {
        let stream: &TcpStream = match self {
            Self::Plain(half) => half.as_ref(),
            Self::Tls(socket) => {
                socket.say_goodbye();
                socket.stream()
            }
            Self::Memory(pipe) => return pipe.shut(how),
        };
        if let Err(error) = socket2::SockRef::from(stream).shutdown(how) {
            tracing::trace!(%error, "socket was gone before its shutdown");
        }
    }
}

impl ReadHalf {
    /// Reads into `buffer`; zero bytes mean the end.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(half) => {
                let mut into = ReadBuf::new(buffer);
                std::task::ready!(std::pin::Pin::new(half).poll_read(cx, &mut into))?;
                Poll::Ready(Ok(into.filled().len()))
            }
            Self::Tls(socket) => socket.poll_read(cx, buffer),
            Self::Memory(pipe) => pipe.poll_read(cx, buffer).map(Ok),
        }
    }
}
