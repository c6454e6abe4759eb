//! Visitors: connections that ask one thing at a time, each from an address of its own; what is due while all of them wait
//! waits with them, and counts from when it was due.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::clock::Stopwatch;
use crate::report::Latencies;

/// The first octet of the addresses that they come from: a hub counts reads by address.
const NETWORK: u8 = 127;
const BUFFER_BYTES: usize = 64 * 1024;
const EVENTS_A_TURN: usize = 1_024;
/// Longer than this without an answer is none.
const PATIENCE: Duration = Duration::from_secs(20);
const LENGTH: &[u8] = b"content-length:";

/// One who waits for an answer, or for something to ask.
struct Visitor {
    stream: TcpStream,
    answer: Vec<u8>,
    due_ns: u64,
}

/// See the module.
pub(super) struct Visitors {
    poll: Poll,
    all: Vec<Visitor>,
    /// Who has waited longest comes next, so that none is closed for saying nothing.
    idle: VecDeque<usize>,
}

impl Visitors {
    pub(super) fn connect(hub: SocketAddr, count: usize) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let mut all = Vec::with_capacity(count);
        for nth in 0..count {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            let [.., high, low] = u32::try_from(nth)?.to_be_bytes();
            let from = Ipv4Addr::new(NETWORK, 2, high, low.max(1));
            socket.bind(&SocketAddr::from((from, 0)).into())?;
            socket.connect(&hub.into())?;
            socket.set_tcp_nodelay(true)?;
            socket.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(socket.into());
            poll.registry().register(&mut stream, Token(nth), Interest::READABLE)?;
            all.push(Visitor { stream, answer: Vec::new(), due_ns: 0 });
        }
        Ok(Self { poll, all, idle: (0..count).collect() })
    }

    /// Visits by the clock; how many were answered while it ran. The rest is waited for, and counts as late.
    pub(super) fn visit(
        &mut self,
        rate: f64,
        seconds: u64,
        path: &mut dyn FnMut(u64) -> String,
        latencies: &mut Latencies,
    ) -> anyhow::Result<u64> {
        let mut events = Events::with_capacity(EVENTS_A_TURN);
        let mut due: VecDeque<(u64, String)> = VecDeque::new();
        let (watch, end_ns) = (Stopwatch::start(), seconds * 1_000_000_000);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2^52")]
        let gap_ns = (1e9 / rate) as u64;
        let (mut visits, mut answered) = (0, 0);
        loop {
            let now_ns = watch.now_ns();
            while visits * gap_ns <= now_ns && visits * gap_ns < end_ns {
                due.push_back((visits * gap_ns, path(visits)));
                visits += 1;
            }
            while !due.is_empty() {
                let Some(nth) = self.idle.pop_front() else { break };
                let Some((due_ns, path)) = due.pop_front() else { break };
                self.ask(nth, due_ns, &path)?;
            }
            if now_ns >= end_ns && due.is_empty() && self.idle.len() == self.all.len() {
                return Ok(answered);
            }
            ensure!(watch.elapsed() < Duration::from_secs(seconds) + PATIENCE, "visitors are still waiting");
            self.poll.poll(&mut events, Some(Duration::ZERO))?;
            for event in &events {
                let nth = event.token().0;
                if self.hear(nth)? {
                    let now_ns = watch.now_ns();
                    let due_ns = self.all.get(nth).map_or(0, |visitor| visitor.due_ns);
                    latencies.record(now_ns.saturating_sub(due_ns));
                    answered += u64::from(now_ns < end_ns);
                    self.idle.push_back(nth);
                }
            }
        }
    }

    fn ask(&mut self, nth: usize, due_ns: u64, path: &str) -> anyhow::Result<()> {
        let visitor = self.all.get_mut(nth).context("a visitor")?;
        (visitor.due_ns, visitor.answer) = (due_ns, std::mem::take(&mut visitor.answer));
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        // It waits for nothing else, so there is room for a few hundred bytes.
        visitor.stream.write_all(request.as_bytes()).context("asking")
    }

    /// Whether the answer is whole.
    fn hear(&mut self, nth: usize) -> anyhow::Result<bool> {
        let visitor = self.all.get_mut(nth).context("a visitor")?;
        let mut buffer = [0; BUFFER_BYTES];
        loop {
            match visitor.stream.read(&mut buffer) {
                Ok(0) => bail!("the hub ended a connection"),
                Ok(read) => visitor.answer.extend_from_slice(buffer.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let Some(head) = memchr::memmem::find(&visitor.answer, b"\r\n\r\n") else { return Ok(false) };
        let bytes = length(visitor.answer.get(..head).unwrap_or_default()).context("an answer's length")?;
        if visitor.answer.len() < head + 4 + bytes {
            return Ok(false);
        }
        ensure!(visitor.answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&visitor.answer));
        visitor.answer.clear();
        Ok(true)
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..LENGTH.len()).is_some_and(|name| name.eq_ignore_ascii_case(LENGTH)))?;
    std::str::from_utf8(line.get(LENGTH.len()..)?).ok()?.trim().parse().ok()
}
