//! The write side of one connection: a direct write while nothing waits, a bounded queue once the socket would block:
//! events by their bytes, replies by the open requests, whose places they give back as they leave. It never waits, and
//! never lets a later frame overtake an earlier one.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::Class;
use super::conn::{Conn, Weight};
use super::stream::Wrote;

#[cfg(test)]
mod tests;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// It went out whole.
    Done,
    /// The socket would block from now on: ask to be woken.
    Blocked,
    /// It waits behind others.
    Queued,
    /// It was dropped: the receiver is behind and the class allows it.
    Shed,
    /// It must not be dropped and does not fit: the receiver is too slow.
    Overflow,
    /// The socket is broken.
    Broken,
}

/// How far a blocked outbox came once its socket was writable again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resumed {
    /// Everything went out.
    Empty,
    /// It would block again: ask to be woken.
    Blocked,
    /// The socket is broken.
    Broken,
}

struct Waiting {
    bytes: Bytes,
    class: Class,
    /// What it gives back to the open requests once it has left; events took nothing.
    reply: Option<Weight>,
}

/// The frames that wait for one socket.
pub(super) struct Outbox {
    conn: Arc<Conn>,
    queue: VecDeque<Waiting>,
    /// Bytes of the first frame that are written already.
    written: usize,
    queued_bytes: usize,
    /// Those of them that are held to the bound.
    event_bytes: usize,
    is_blocked: bool,
}

/// What a lane's outboxes hold and dropped, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ledger {
    /// **Units**: bytes that wait.
    pub(super) queue_bytes: usize,
    pub(super) shed_counters: u64,
    pub(super) shed_presence: u64,
    pub(super) shed_comments: u64,
}

impl Ledger {
    fn shed(&mut self, class: Class) {
        match class {
            Class::Counter => self.shed_counters += 1,
            Class::Presence => self.shed_presence += 1,
            Class::Comment => self.shed_comments += 1,
            Class::Durable => {}
        }
    }
}

impl Outbox {
    pub(super) fn new(conn: Arc<Conn>) -> Self {
        Self { conn, queue: VecDeque::new(), written: 0, queued_bytes: 0, event_bytes: 0, is_blocked: false }
    }

    pub(super) const fn conn(&self) -> &Arc<Conn> {
        &self.conn
    }

    /// Takes what still waits off the lane's account; for an outbox that ends.
    pub(super) fn settle(&mut self, ledger: &mut Ledger) {
        ledger.queue_bytes -= self.queued_bytes;
        (self.queued_bytes, self.event_bytes) = (0, 0);
        self.queue = VecDeque::new();
    }

    pub(super) const fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// Writes the frame at once, or queues it within the bound.
    pub(super) fn send(&mut self, frame: &Bytes, class: Class, ledger: &mut Ledger) -> Sent {
        if self.is_blocked { self.enqueue(frame, class, ledger) } else { self.write_first(frame, class, None, ledger) }
    }

    /// The same for the reply to a request of this `weight`, which is bounded by having been one of the open ones.
    pub(super) fn reply(&mut self, frame: &Bytes, weight: Weight, ledger: &mut Ledger) -> Sent {
        if !self.is_blocked {
            return self.write_first(frame, Class::Durable, Some(weight), ledger);
        }
        self.push(frame, Class::Durable, Some(weight), ledger);
        Sent::Queued
    }

    /// Queues a last frame whatever the bound says; with `drops_queue` everything that can still be dropped is.
    pub(super) fn send_last(&mut self, frame: &Bytes, drops_queue: bool, ledger: &mut Ledger) -> Sent {
        if !self.is_blocked {
            return self.write_first(frame, Class::Durable, None, ledger);
        }
        while drops_queue && self.queue.len() > usize::from(self.written > 0) {
            self.remove(self.queue.len() - 1, ledger);
        }
        self.push(frame, Class::Durable, None, ledger);
        Sent::Queued
    }

    fn write_first(&mut self, frame: &Bytes, class: Class, reply: Option<Weight>, ledger: &mut Ledger) -> Sent {
        match self.conn.write().try_write(frame) {
            Ok(wrote) if wrote.bytes == frame.len() && wrote.is_flushed => {
                self.free(reply);
                Sent::Done
            }
            Ok(wrote) => {
                // A frame that waits below, encrypted, has not left yet.
                self.push(frame, class, reply, ledger);
                self.written = wrote.bytes;
                self.is_blocked = true;
                Sent::Blocked
            }
            Err(_gone) => Sent::Broken,
        }
    }

    fn enqueue(&mut self, frame: &Bytes, class: Class, ledger: &mut Ledger) -> Sent {
        let bytes_max = self.conn.queue_bytes_max();
        if self.event_bytes + frame.len() > bytes_max {
            self.shed(frame.len(), class, ledger);
        }
        if self.event_bytes + frame.len() <= bytes_max {
            self.push(frame, class, None, ledger);
            Sent::Queued
        } else if class == Class::Durable {
            Sent::Overflow
        } else {
            ledger.shed(class);
            Sent::Shed
        }
    }

    /// Drops waiting frames of lower classes, lowest class and oldest first, until `len` more bytes fit. A frame makes
    /// room for a later one of its own class too, because the later one is worth more.
    fn shed(&mut self, len: usize, class: Class, ledger: &mut Ledger) {
        let bytes_max = self.conn.queue_bytes_max();
        for victim in [Class::Counter, Class::Presence, Class::Comment] {
            if victim > class {
                return;
            }
            let mut index = usize::from(self.written > 0);
            while self.event_bytes + len > bytes_max && index < self.queue.len() {
                if self.queue.get(index).is_some_and(|waiting| waiting.class == victim) {
                    self.remove(index, ledger);
                    ledger.shed(victim);
                } else {
                    index += 1;
                }
            }
        }
    }

    fn push(&mut self, frame: &Bytes, class: Class, reply: Option<Weight>, ledger: &mut Ledger) {
        self.queued_bytes += frame.len();
        self.event_bytes += if reply.is_none() { frame.len() } else { 0 };
        ledger.queue_bytes += frame.len();
        self.queue.push_back(Waiting { bytes: frame.clone(), class, reply });
    }

    fn remove(&mut self, index: usize, ledger: &mut Ledger) {
        let Some(Waiting { bytes, reply, .. }) = self.queue.remove(index) else { return };
        self.queued_bytes -= bytes.len();
        self.event_bytes -= if reply.is_none() { bytes.len() } else { 0 };
        ledger.queue_bytes -= bytes.len();
        self.free(reply);
    }

    fn free(&self, reply: Option<Weight>) {
        if let Some(weight) = reply {
            self.conn.free_slot(weight);
        }
    }

    /// Goes on where the socket blocked.
    pub(super) fn resume(&mut self, ledger: &mut Ledger) -> Resumed {
        match self.write_waiting(ledger) {
            Ok(true) => {
                self.is_blocked = false;
                self.queue = VecDeque::new();
                Resumed::Empty
            }
            Ok(false) => Resumed::Blocked,
            Err(_gone) => Resumed::Broken,
        }
    }

    fn write_waiting(&mut self, ledger: &mut Ledger) -> io::Result<bool> {
        let flushed = self.conn.write().try_flush()?;
        self.note(flushed);
        if !flushed.is_flushed {
            return Ok(false);
        }
        while let Some(first) = self.queue.front() {
            let rest = first.bytes.get(self.written..).unwrap_or_default();
            if !rest.is_empty() {
                let wrote = self.conn.write().try_write(rest)?;
                self.note(wrote);
                self.written += wrote.bytes;
                if wrote.bytes < rest.len() || !wrote.is_flushed {
                    return Ok(false);
                }
            }
            self.remove(0, ledger);
            self.written = 0;
        }
        Ok(true)
    }

    /// A peer that had not taken its bytes takes some: a sign of life.
    fn note(&self, wrote: Wrote) {
        if wrote.bytes > 0 {
            self.conn.mark_seen();
        }
    }
}
