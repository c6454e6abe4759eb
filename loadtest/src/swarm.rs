//! Thousands of client connections on one thread: reads in place, answers pings, hands text frames to a [`Handler`].
//!
//! Nothing is allocated per frame. It does not know what is said, and never blocks but in [`Swarm::turn`].

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frame::{self, First, Opcode};
use crate::link::Link;
use crate::wire::Wire;

/// Shared by all reads; a longer frame makes it grow.
const BUFFER_BYTES: usize = 256 * 1024;
/// What one connection may have waiting to be sent before it is given up.
const UNSENT_BYTES_MAX: usize = 4 * 1024 * 1024;
const EVENTS_A_TURN: usize = 1024;

/// A connection's place in its swarm; places are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer(pub usize);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The hub sent a close frame, with this code if any.
    Closed(Option<u16>),
    /// The connection broke without a close frame.
    Broken,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed(Some(code)) => write!(f, "closed with {code}"),
            Self::Closed(None) => f.write_str("closed without a code"),
            Self::Broken => f.write_str("broken"),
        }
    }
}

/// What is done with what comes in.
pub trait Handler {
    /// A whole text frame; it lies in the shared buffer and is gone after the call.
    fn on_text(&mut self, swarm: &mut Swarm, peer: Peer, text: &[u8]);
    /// The connection is over; told once, and not for those that we end ourselves.
    fn on_end(&mut self, swarm: &mut Swarm, peer: Peer, end: End);
}

#[derive(Debug)]
struct Conn {
    socket: Wire<TcpStream>,
    /// The beginning of a frame whose rest has not come yet.
    partial: Vec<u8>,
    unsent: Vec<u8>,
    is_paused: bool,
}

#[derive(Debug, Clone, Copy)]
struct Ready {
    peer: Peer,
    is_readable: bool,
    is_writable: bool,
    /// The other side is done: read to the end now, no edge will follow.
    is_ending: bool,
}

/// Many connections and one poll.
#[derive(Debug)]
pub struct Swarm {
    poll: Poll,
    events: Events,
    ready: Vec<Ready>,
    conns: Vec<Option<Conn>>,
    buffer: Vec<u8>,
    outgoing: Vec<u8>,
    mask: u32,
}

impl Swarm {
    /// None yet.
    ///
    /// # Errors
    /// When the system has no poll left.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_A_TURN),
            ready: Vec::with_capacity(EVENTS_A_TURN),
            conns: Vec::new(),
            buffer: vec![0; BUFFER_BYTES],
            outgoing: Vec::new(),
            mask: 0x9e37_79b9,
        })
    }

    /// Takes a connection over. What the link had read and not used is handed out with the first bytes that follow.
    ///
    /// # Errors
    /// When the socket cannot be registered.
    pub fn add(&mut self, link: Link) -> std::io::Result<Peer> {
        let (stream, partial) = link.into_parts();
        stream.socket().set_nonblocking(true)?;
        let mut socket = stream.map(TcpStream::from_std);
        let peer = Peer(self.conns.len());
        self.poll.registry().register(socket.socket_mut(), Token(peer.0), Interest::READABLE | Interest::WRITABLE)?;
        self.conns.push(Some(Conn { socket, partial, unsent: Vec::new(), is_paused: false }));
        Ok(peer)
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.conns.iter().flatten().count()
    }

    /// Whether this one is.
    #[must_use]
    pub fn is_open(&self, peer: Peer) -> bool {
        self.conn(peer).is_some()
    }

    fn conn(&self, peer: Peer) -> Option<&Conn> {
        self.conns.get(peer.0)?.as_ref()
    }

    fn conn_mut(&mut self, peer: Peer) -> Option<&mut Conn> {
        self.conns.get_mut(peer.0)?.as_mut()
    }

    /// Stops reading: the receiver is stalled.
    pub fn pause(&mut self, peer: Peer) {
        if let Some(conn) = self.conn_mut(peer) {
            conn.is_paused = true;
        }
    }

    /// Reads again, first of all what has piled up.
    pub fn resume(&mut self, peer: Peer, handler: &mut impl Handler) {
        if let Some(conn) = self.conn_mut(peer) {
            conn.is_paused = false;
            self.read(peer, true, handler);
        }
    }

    /// Ends a connection without ceremony, as a lost network does.
    pub fn cut(&mut self, peer: Peer) {
        if let Some(mut conn) = self.conns.get_mut(peer.0).and_then(Option::take) {
            // Already broken ones refuse both; they end by being dropped.
            self.poll.registry().deregister(conn.socket.socket_mut()).unwrap_or_default();
            conn.socket.socket().shutdown(Shutdown::Both).unwrap_or_default();
        }
    }

    /// Sends a text frame now, or as soon as the socket takes it.
    pub fn send(&mut self, peer: Peer, text: &[u8]) {
        self.send_frame(peer, Opcode::Text, text);
    }

    fn send_frame(&mut self, peer: Peer, opcode: Opcode, payload: &[u8]) {
        let mut outgoing = std::mem::take(&mut self.outgoing);
        outgoing.clear();
        self.mask = self.mask.wrapping_mul(0x915f_77f5).wrapping_add(1);
        frame::push_client(&mut outgoing, opcode, payload, self.mask.to_be_bytes());
        if let Some(conn) = self.conn_mut(peer) {
            if conn.unsent.is_empty() {
                // An error shows again, and is handled, when the socket is read.
                let written = conn.socket.write(&outgoing).unwrap_or(0);
                conn.unsent.extend(outgoing.iter().skip(written));
            } else {
                conn.unsent.extend_from_slice(&outgoing);
            }
            if conn.unsent.len() > UNSENT_BYTES_MAX {
                self.cut(peer);
            }
        }
        self.outgoing = outgoing;
    }

    /// Waits at most `timeout` for something to happen and handles it. **Units**: the system waits whole milliseconds.
    ///
    /// # Errors
    /// When polling itself fails.
    pub fn turn(&mut self, timeout: Duration, handler: &mut impl Handler) -> std::io::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let mut ready = std::mem::take(&mut self.ready);
        ready.extend(self.events.iter().map(|event| Ready {
            peer: Peer(event.token().0),
            is_readable: event.is_readable(),
            is_writable: event.is_writable(),
            is_ending: event.is_read_closed() || event.is_error(),
        }));
        for one in ready.drain(..) {
            if one.is_writable {
                self.flush(one.peer);
            }
            if one.is_readable || one.is_ending {
                self.read(one.peer, one.is_ending, handler);
            }
        }
        self.ready = ready;
        Ok(())
    }

    fn flush(&mut self, peer: Peer) {
        let Some(conn) = self.conn_mut(peer) else { return };
        // With TLS something taken before may wait; an error shows again, and is handled, when the socket is read.
        conn.socket.flush().unwrap_or_default();
        while !conn.unsent.is_empty() {
            match conn.socket.write(&conn.unsent) {
                Ok(written) => drop(conn.unsent.drain(..written)),
                Err(_later) => return,
            }
        }
    }

    /// A read that does not fill the buffer has emptied the socket, unless its other side is ending or TLS is around it.
    fn read(&mut self, peer: Peer, to_the_end: bool, handler: &mut impl Handler) {
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some(conn) = self.conn_mut(peer).filter(|conn| !conn.is_paused) {
            let (held, is_tls) = (conn.partial.len(), conn.socket.is_tls());
            if buffer.len() < held + BUFFER_BYTES / 2 {
                buffer.resize(held + BUFFER_BYTES, 0);
            }
            let (old, new) = buffer.split_at_mut(held);
            old.copy_from_slice(&conn.partial);
            match conn.socket.read(new) {
                Ok(0) => self.end(peer, End::Broken, handler),
                Ok(read) => {
                    let is_full = read == new.len();
                    self.take_frames(peer, buffer.get(..held + read).unwrap_or_default(), handler);
                    if !is_full && !to_the_end && !is_tls {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_broken) => self.end(peer, End::Broken, handler),
            }
        }
        self.buffer = buffer;
    }

    fn take_frames(&mut self, peer: Peer, mut bytes: &[u8], handler: &mut impl Handler) {
        loop {
            match frame::split(bytes) {
                Ok(Some(First { opcode, payload, rest })) => {
                    bytes = rest;
                    match opcode {
                        Opcode::Text => {
                            handler.on_text(self, peer, payload);
                            if !self.is_open(peer) {
                                return;
                            }
                        }
                        Opcode::Ping => self.send_frame(peer, Opcode::Pong, payload),
                        Opcode::Pong | Opcode::Binary => {}
                        Opcode::Close => {
                            return self.end(peer, End::Closed(frame::close_code(payload)), handler);
                        }
                    }
                }
                Ok(None) => break,
                Err(_not_ours) => return self.end(peer, End::Broken, handler),
            }
        }
        if let Some(conn) = self.conn_mut(peer) {
            conn.partial.clear();
            conn.partial.extend_from_slice(bytes);
        }
    }

    fn end(&mut self, peer: Peer, end: End, handler: &mut impl Handler) {
        if self.is_open(peer) {
            self.cut(peer);
            handler.on_end(self, peer, end);
        }
    }
}

#[cfg(test)]
mod tests;
