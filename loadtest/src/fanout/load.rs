//! The running load: publishes when the clock says, judges every delivery as it comes.
//!
//! Never parses JSON on the way in and never waits for the hub: what is late is counted late.

use std::collections::BTreeMap;
use std::time::Duration;

use memchr::memchr_iter;
use serde::Serialize;

use super::by_reason;
use super::stamp::{Finder, Stamp};
use crate::clock::Stopwatch;
use crate::report::Latencies;
use crate::swarm::{End, Handler, Peer, Swarm};

const WARM_UP: Duration = Duration::from_secs(2);
/// The backlog is looked at this often.
const SAMPLE_NS: u64 = 100_000_000;
/// After the last publish, this long without a delivery means that the rest is lost.
const SILENCE_NS: u64 = 10_000_000_000;
const TURN_MAX: Duration = Duration::from_millis(20);
/// Overdue publishes sent before received frames are looked at again.
const PUBLISH_BURST_MAX: u32 = 64;

/// What a run publishes.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Publishes a second, over all rooms.
    pub rate: f64,
    /// How long, after the warm-up.
    pub measured: Duration,
}

/// Everything counted in one run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    /// Publishes sent.
    pub published: u64,
    /// Deliveries that had to come.
    pub expected: u64,
    /// Deliveries that came, the warm-up's too.
    pub deliveries: u64,
    /// Deliveries that came while measuring.
    pub deliveries_measured: u64,
    /// Frames that they came in.
    pub frames: u64,
    /// Numbers left out in front of a delivery.
    pub gaps: u64,
    /// Deliveries with a number that was there already or too late.
    pub repeated: u64,
    /// Lines that are no event of the load.
    pub foreign: u64,
    /// Deliveries that never came.
    pub lost: u64,
    /// Receivers that ended unasked, by how.
    pub ended: BTreeMap<String, u64>,
}

impl Tally {
    /// Every reason for which the run fails.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let counts = [
            (self.lost, "deliveries lost"),
            (self.gaps, "numbers left out"),
            (self.repeated, "deliveries repeated or out of order"),
            (self.foreign, "lines that nobody published"),
        ];
        let mut findings: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if !self.ended.is_empty() {
            findings.push(format!("receivers ended: {}", by_reason(&self.ended)));
        }
        findings
    }
}

#[derive(Debug, Clone, Copy)]
struct Receiver {
    room: usize,
    /// The number that must come next; none before the first one.
    next: u64,
    /// Stalled on purpose: its deliveries and its end are not held against the hub.
    is_excused: bool,
}

/// The load of one hub: rooms, receivers, publishers and the run in progress.
#[derive(Debug)]
pub struct Load {
    watch: Stopwatch,
    payload: usize,
    finder: Finder,
    /// By peer; none for publishers.
    receivers: Vec<Option<Receiver>>,
    publishers: Vec<Peer>,
    /// The last number published, by room.
    numbers: Vec<u64>,
    /// Receivers that count, by room.
    members: Vec<u64>,
    text: Vec<u8>,
    plan: Plan,
    begun_ns: u64,
    sent: u64,
    tally: Tally,
    latencies: Latencies,
    backlogs: Vec<u64>,
    /// How each excused receiver ended.
    excused_ends: Vec<(Peer, End)>,
}

/// The name of a bench room.
#[must_use]
pub fn room_name(room: usize) -> String {
    format!("load-{room}")
}

impl Load {
    /// Nothing connected yet. **Units**: `payload` in bytes.
    #[must_use]
    pub fn new(rooms: usize, members: usize, payload: usize) -> Self {
        Self {
            watch: Stopwatch::start(),
            payload,
            finder: Finder::default(),
            receivers: Vec::with_capacity(rooms * members),
            publishers: Vec::new(),
            numbers: vec![0; rooms],
            members: vec![0; rooms],
            text: Vec::new(),
            plan: Plan { rate: 1.0, measured: Duration::ZERO },
            begun_ns: 0,
            sent: 0,
            tally: Tally::default(),
            latencies: Latencies::default(),
            backlogs: Vec::new(),
            excused_ends: Vec::new(),
        }
    }

    /// A connection that has joined `room`.
    pub fn add_receiver(&mut self, peer: Peer, room: usize) {
        let next = self.numbers.get(room).map_or(1, |number| number + 1);
        self.receivers.resize(self.receivers.len().max(peer.0 + 1), None);
        if let (Some(place), Some(members)) = (self.receivers.get_mut(peer.0), self.members.get_mut(room)) {
            *place = Some(Receiver { room, next, is_excused: false });
            *members += 1;
        }
    }

    /// A connection that publishes.
    pub fn add_publisher(&mut self, peer: Peer) {
        self.publishers.push(peer);
    }

    /// From now on this receiver is expected to fall behind and to be closed.
    pub fn excuse(&mut self, peer: Peer) {
        let Some(Some(receiver)) = self.receivers.get_mut(peer.0) else { return };
        if !std::mem::replace(&mut receiver.is_excused, true)
            && let Some(members) = self.members.get_mut(receiver.room)
        {
            *members -= 1;
        }
    }

    /// Receivers of one message, on average: only those who are counted.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few thousand members")]
    pub fn members_mean(&self) -> f64 {
        self.members.iter().map(|members| *members as f64).sum::<f64>() / self.members.len().max(1) as f64
    }

    /// The receivers, in the order in which they joined.
    pub fn receivers(&self) -> impl Iterator<Item = Peer> + '_ {
        self.receivers.iter().enumerate().filter(|(_, receiver)| receiver.is_some()).map(|(place, _)| Peer(place))
    }

    /// How excused receivers have ended so far.
    #[must_use]
    pub fn excused_ends(&self) -> &[(Peer, End)] {
        &self.excused_ends
    }

    /// Starts a run: its clock is running from here on.
    pub fn begin(&mut self, plan: Plan) {
        self.plan = plan;
        self.begun_ns = self.watch.now_ns();
        self.sent = 0;
        self.tally = Tally::default();
        self.latencies = Latencies::default();
        self.backlogs.clear();
    }

    fn measured_from_ns(&self) -> u64 {
        self.begun_ns + as_ns(WARM_UP)
    }

    fn ends_ns(&self) -> u64 {
        self.measured_from_ns() + as_ns(self.plan.measured)
    }

    /// Publishes are still due.
    #[must_use]
    pub fn is_publishing(&self) -> bool {
        self.intended_ns(self.sent) < self.ends_ns()
    }

    /// The warm-up is over.
    #[must_use]
    pub fn is_measuring(&self) -> bool {
        self.watch.now_ns() >= self.measured_from_ns()
    }

    /// **Units**: seconds.
    #[must_use]
    pub fn measured_s(&self) -> f64 {
        self.plan.measured.as_secs_f64()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
    fn intended_ns(&self, publish: u64) -> u64 {
        self.begun_ns + (publish as f64 * 1e9 / self.plan.rate) as u64
    }

    /// Sends what is due and says how long nothing will be.
    pub fn publish_due(&mut self, swarm: &mut Swarm) -> Duration {
        let now = self.watch.now_ns();
        for _ in 0..PUBLISH_BURST_MAX {
            let intended_ns = self.intended_ns(self.sent);
            if intended_ns > now || !self.is_publishing() {
                break;
            }
            self.publish(swarm, intended_ns);
        }
        self.sample_backlog(now);
        Duration::from_nanos(self.intended_ns(self.sent).saturating_sub(now)).min(TURN_MAX)
    }

    fn publish(&mut self, swarm: &mut Swarm, intended_ns: u64) {
        let rooms = self.numbers.len() as u64;
        let room = usize::try_from(self.sent % rooms).unwrap_or(0);
        self.sent += 1;
        let (Some(number), Some(members)) = (self.numbers.get_mut(room), self.members.get(room)) else { return };
        let Some(&publisher) = self.publishers.get(room % self.publishers.len().max(1)) else { return };
        *number += 1;
        self.tally.published += 1;
        self.tally.expected += members;
        self.text.clear();
        self.text.extend_from_slice(b"{\"op\":\"bench.publish\",\"d\":{\"room\":\"");
        self.text.extend_from_slice(room_name(room).as_bytes());
        self.text.extend_from_slice(b"\",\"data\":\"");
        Stamp { intended_ns, number: *number }.push(&mut self.text, self.payload);
        self.text.extend_from_slice(b"\"}}");
        swarm.send(publisher, &self.text);
    }

    fn backlog(&self) -> u64 {
        self.tally.expected.saturating_sub(self.tally.deliveries)
    }

    fn sample_backlog(&mut self, now: u64) {
        let due = self.measured_from_ns() + self.backlogs.len() as u64 * SAMPLE_NS;
        if now >= due && now < self.ends_ns() {
            self.backlogs.push(self.backlog());
        }
    }

    /// Waits for everything that has been published; what does not come is lost.
    ///
    /// # Errors
    /// When polling fails.
    pub fn drain(&mut self, swarm: &mut Swarm) -> std::io::Result<()> {
        let (mut seen, mut since) = (self.tally.deliveries, self.watch.now_ns());
        while self.backlog() > 0 && self.watch.now_ns() - since < SILENCE_NS {
            swarm.turn(TURN_MAX, self)?;
            if self.tally.deliveries != seen {
                (seen, since) = (self.tally.deliveries, self.watch.now_ns());
            }
        }
        self.tally.lost = self.backlog();
        Ok(())
    }

    /// The run's counts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// The run's latencies.
    #[must_use]
    pub const fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// Deliveries outstanding when the measurement ended.
    #[must_use]
    pub fn backlog_at_end(&self) -> u64 {
        self.backlogs.last().copied().unwrap_or(0)
    }

    /// How fast the backlog grew: a straight line through the samples. **Units**: deliveries a second, each second.
    #[must_use]
    pub fn backlog_growth_per_s(&self) -> f64 {
        slope(&self.backlogs) * 1e9 / ns_as_f64(SAMPLE_NS)
    }

    fn delivered(&mut self, peer: Peer, line: &[u8], now: u64) {
        let Some(stamp) = self.finder.find(line) else {
            self.tally.foreign += u64::from(!line.starts_with(b"{\"id\":"));
            return;
        };
        let Some(Some(receiver)) = self.receivers.get_mut(peer.0) else { return };
        if receiver.is_excused {
            return;
        }
        if stamp.number < receiver.next {
            self.tally.repeated += 1;
            return;
        }
        self.tally.gaps += stamp.number - receiver.next;
        receiver.next = stamp.number + 1;
        self.tally.deliveries += 1;
        let from = self.begun_ns + as_ns(WARM_UP);
        if now >= from && now < from + as_ns(self.plan.measured) {
            self.tally.deliveries_measured += 1;
        }
        if stamp.intended_ns >= from {
            self.latencies.record(now - stamp.intended_ns);
        }
    }
}

impl Handler for Load {
    fn on_text(&mut self, swarm: &mut Swarm, peer: Peer, text: &[u8]) {
        let now = self.watch.now_ns();
        let mut start = 0;
        for end in memchr_iter(b'\n', text).chain([text.len()]) {
            self.delivered(peer, text.get(start..end).unwrap_or_default(), now);
            start = end + 1;
        }
        self.tally.frames += 1;
        // Handling a thousand ready sockets takes milliseconds: publishes do not wait for the end of it.
        if self.is_publishing() && now >= self.intended_ns(self.sent) {
            self.publish_due(swarm);
        }
    }

    fn on_end(&mut self, _swarm: &mut Swarm, peer: Peer, end: End) {
        if let Some(Some(Receiver { is_excused: true, .. })) = self.receivers.get(peer.0) {
            return self.excused_ends.push((peer, end));
        }
        *self.tally.ended.entry(end.to_string()).or_default() += 1;
        // What was published before its end and did not come is lost; what is published from now on is not for it.
        self.excuse(peer);
    }
}

fn as_ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "counts and times of a run are far below 2^52")]
const fn ns_as_f64(value: u64) -> f64 {
    value as f64
}

/// Least squares over equally spaced samples, a step's growth.
fn slope(samples: &[u64]) -> f64 {
    let count = ns_as_f64(samples.len() as u64);
    if count < 2.0 {
        return 0.0;
    }
    let mean_x = (count - 1.0) / 2.0;
    let mean_y = samples.iter().map(|sample| ns_as_f64(*sample)).sum::<f64>() / count;
    let (mut above, mut below) = (0.0, 0.0);
    for (x, sample) in (0_u32..).zip(samples) {
        let dx = f64::from(x) - mean_x;
        above += dx * (ns_as_f64(*sample) - mean_y);
        below += dx * dx;
    }
    above / below
}

#[cfg(test)]
mod tests;
