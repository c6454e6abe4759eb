//! What all participants hear and say: lines go to whom they concern, what those answer goes out again.
//!
//! Owns the participants and the counts; whose connection is made when is the crowd's.

use std::collections::BTreeMap;

use memchr::memchr_iter;

use super::Verdict;
use crate::checker::{self, History, Report};
use crate::clock::Stopwatch;
use crate::meters::Meters;
use crate::participant::Participant;
use crate::swarm::{End, Handler, Peer, Swarm};

/// Refused messages are looked at this often.
const RETRY_EVERY_NS: u64 = 10_000_000;
/// Participants whom the hub could not tell what they lack ask again this often.
const REOPEN_EVERY_NS: u64 = 100_000_000;

/// What goes on in all negotiations.
#[derive(Debug)]
pub struct Talk {
    watch: Stopwatch,
    participants: Vec<Participant>,
    /// By peer: whose connection it is.
    owners: Vec<usize>,
    /// By participant: its connection.
    peers: Vec<Option<Peer>>,
    /// What is counted.
    pub meters: Meters,
    /// Connections that ended unasked, by how.
    pub ended: BTreeMap<String, u64>,
    /// Lines that no hub of ours sends.
    pub foreign: u64,
    /// Messages that were never composed since too many waited.
    pub overflowed: u64,
    lines: Vec<String>,
    retried_ns: u64,
    reopened_ns: u64,
}

impl Talk {
    pub(super) fn new(participants: Vec<Participant>) -> Self {
        Self {
            watch: Stopwatch::start(),
            peers: vec![None; participants.len()],
            participants,
            owners: Vec::new(),
            meters: Meters::default(),
            ended: BTreeMap::new(),
            foreign: 0,
            overflowed: 0,
            lines: Vec::new(),
            retried_ns: 0,
            reopened_ns: 0,
        }
    }

    pub(super) fn now_ns(&self) -> u64 {
        self.watch.now_ns()
    }

    pub(super) fn participants(&self) -> &[Participant] {
        &self.participants
    }

    pub(super) fn ask_history(&mut self, swarm: &mut Swarm, who: usize) {
        if let Some(participant) = self.participants.get_mut(who) {
            participant.ask_history(&mut self.lines);
        }
        self.send_lines(swarm, who);
    }

    pub(super) fn peer(&self, who: usize) -> Option<Peer> {
        self.peers.get(who).copied().flatten()
    }

    fn send_lines(&mut self, swarm: &mut Swarm, who: usize) {
        let peer = self.peer(who);
        for line in self.lines.drain(..) {
            if let Some(peer) = peer {
                swarm.send(peer, line.as_bytes());
            }
        }
    }

    pub(super) fn attach(&mut self, swarm: &mut Swarm, who: usize, peer: Peer) {
        self.owners.resize(self.owners.len().max(peer.0 + 1), usize::MAX);
        if let (Some(owner), Some(place), Some(participant)) =
            (self.owners.get_mut(peer.0), self.peers.get_mut(who), self.participants.get_mut(who))
        {
            (*owner, *place) = (who, Some(peer));
            participant.connected(&mut self.lines);
        }
        self.send_lines(swarm, who);
    }

    pub(super) fn detached(&mut self, who: usize) {
        if let (Some(place), Some(participant)) = (self.peers.get_mut(who), self.participants.get_mut(who)) {
            *place = None;
            participant.disconnected();
        }
    }

    pub(super) fn intend(&mut self, swarm: &mut Swarm, who: usize, now_ns: u64, intended_ns: u64) {
        let Some(participant) = self.participants.get_mut(who) else { return };
        let was_taken = participant.intend(now_ns, intended_ns, &mut self.lines);
        self.overflowed += u64::from(!was_taken);
        self.send_lines(swarm, who);
    }

    pub(super) fn retry(&mut self, swarm: &mut Swarm, now_ns: u64) {
        if now_ns < self.retried_ns + RETRY_EVERY_NS {
            return;
        }
        self.retried_ns = now_ns;
        let may_reopen = now_ns >= self.reopened_ns + REOPEN_EVERY_NS;
        if may_reopen {
            self.reopened_ns = now_ns;
        }
        for who in 0..self.participants.len() {
            let is_connected = self.peer(who).is_some();
            if let Some(participant) = self.participants.get_mut(who) {
                if may_reopen && is_connected && !participant.is_live() && !participant.is_opening() {
                    participant.connected(&mut self.lines);
                }
                participant.proceed(now_ns, &mut self.lines);
            }
            self.send_lines(swarm, who);
        }
    }

    /// `writers`: participants of each history's conversation.
    pub(super) fn verdict(self, histories: &[History], writers: usize) -> Verdict {
        let mut verdict = Verdict { report: Report::default(), epoch_max: 0, forks: 0 };
        let mut participants = self.participants.into_iter();
        for history in histories {
            let them: Vec<Participant> = participants.by_ref().take(writers).collect();
            let conversation = them.first().map(|one| one.identity().conversation.clone()).unwrap_or_default();
            let logs: Vec<_> = them.into_iter().map(Participant::into_log).collect();
            verdict.report.merge(checker::check(&conversation, &logs, history));
            verdict.epoch_max = verdict.epoch_max.max(history.epoch);
        }
        verdict
    }
}

impl Handler for Talk {
    fn on_text(&mut self, swarm: &mut Swarm, peer: Peer, text: &[u8]) {
        let now_ns = self.watch.now_ns();
        let Some(&who) = self.owners.get(peer.0) else { return };
        let mut start = 0;
        for end in memchr_iter(b'\n', text).chain([text.len()]) {
            let line = text.get(start..end).unwrap_or_default();
            start = end + 1;
            let Some(participant) = self.participants.get_mut(who) else { return };
            let understood = participant.hear(line, now_ns, &mut self.meters, &mut self.lines);
            self.foreign += u64::from(!understood);
        }
        self.send_lines(swarm, who);
    }

    fn on_end(&mut self, _swarm: &mut Swarm, peer: Peer, end: End) {
        *self.ended.entry(end.to_string()).or_default() += 1;
        if let Some(&who) = self.owners.get(peer.0) {
            self.detached(who);
        }
    }
}
