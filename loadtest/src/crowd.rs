//! Many negotiations at once: their participants on one swarm, the open-loop schedule, reconnects, and the verdict.
//!
//! It behaves as honest clients do; what the hub makes of that is judged by [`crate::checker`].

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use memchr::memchr_iter;
use serde_json::json;

use crate::checker::{self, History, Report};
use crate::clock::Stopwatch;
use crate::link::{Link, Target};
use crate::meters::Meters;
use crate::participant::{Identity, Participant, WireOpened};
use crate::process::Account;
use crate::swarm::{End, Handler, Peer, Swarm};

const TURN_MAX: Duration = Duration::from_millis(5);
/// Refused messages are looked at this often.
const RETRY_EVERY_NS: u64 = 10_000_000;
/// Messages sent in one go before answers are read again.
const BURST_MAX: u32 = 64;
/// Participants that connect between two turns.
const CONNECTS_A_TURN: usize = 16;
const PAGE_ENTRIES: u32 = 200;

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
}

/// Participants, connections and their schedule.
#[derive(Debug)]
pub struct Crowd {
    swarm: Swarm,
    /// What goes on.
    pub talk: Talk,
    target: Target,
    accounts: Vec<Account>,
    begun_ns: u64,
    rate: f64,
    intended: u64,
}

impl Crowd {
    /// Starts one negotiation for each pair of accounts and connects both sides. **Units**: `text_chars` a message.
    ///
    /// # Errors
    /// When a conversation cannot be started or a socket not opened.
    pub fn set_up(target: &Target, accounts: Vec<Account>, run: &str, text_chars: usize) -> anyhow::Result<Self> {
        let mut participants = Vec::new();
        for (index, pair) in accounts.chunks_exact(2).enumerate() {
            let [left, right] = pair else { continue };
            let conversation = start(target, left).with_context(|| format!("starting conversation {index}"))?;
            for (side, account) in [("a", left), ("b", right)] {
                participants.push(Participant::new(Identity {
                    run: run.to_owned(),
                    name: format!("{index}{side}"),
                    user: account.user.clone(),
                    conversation: conversation.clone(),
                    text_chars,
                }));
            }
        }
        ensure!(participants.len() == accounts.len(), "accounts come in pairs");
        let mut crowd = Self {
            swarm: Swarm::new()?,
            talk: Talk::new(participants),
            target: target.clone(),
            accounts,
            begun_ns: 0,
            rate: 0.0,
            intended: 0,
        };
        while !crowd.is_live() {
            crowd.connect_some()?;
            crowd.turn()?;
        }
        Ok(crowd)
    }

    /// From now on messages are meant to be sent at this rate a second, over all participants in turn.
    pub fn begin(&mut self, rate: f64) {
        self.begun_ns = self.now_ns();
        self.rate = rate;
        self.intended = 0;
    }

    /// Nobody means to say any more.
    pub const fn hush(&mut self) {
        self.rate = 0.0;
    }

    /// **Units**: nanoseconds of this crowd's clock.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.talk.watch.now_ns()
    }

    /// Everybody is subscribed and caught up.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.talk.participants.iter().all(Participant::is_live)
    }

    /// Everything meant to be said was acknowledged to a participant who is caught up.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.talk.participants.iter().all(|participant| participant.is_live() && participant.is_quiet())
    }

    /// How many take part.
    #[must_use]
    pub fn participants(&self) -> &[Participant] {
        &self.talk.participants
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
    fn due_ns(&self) -> u64 {
        if self.rate > 0.0 { self.begun_ns + (self.intended as f64 * 1e9 / self.rate) as u64 } else { u64::MAX }
    }

    /// Sends what is due, waits for answers and handles them.
    ///
    /// # Errors
    /// When polling fails.
    pub fn turn(&mut self) -> std::io::Result<()> {
        let now = self.now_ns();
        let participants = self.talk.participants.len() as u64;
        for _ in 0..BURST_MAX {
            let due = self.due_ns();
            if due > now {
                break;
            }
            let who = usize::try_from(self.intended % participants).unwrap_or(0);
            self.intended += 1;
            self.talk.intend(&mut self.swarm, who, now, due);
        }
        self.talk.retry(&mut self.swarm, now);
        let wait = Duration::from_nanos(self.due_ns().saturating_sub(self.now_ns())).min(TURN_MAX);
        self.swarm.turn(wait, &mut self.talk)
    }

    /// Connects some of those who are not; whom the hub does not take now is tried again at the next call.
    ///
    /// # Errors
    /// When a socket cannot be registered.
    pub fn connect_some(&mut self) -> std::io::Result<()> {
        let offline: Vec<usize> = (0..self.talk.peers.len()).filter(|who| self.talk.peer(*who).is_none()).collect();
        for who in offline.into_iter().take(CONNECTS_A_TURN) {
            let Some(account) = self.accounts.get(who) else { continue };
            let Ok(link) = Link::open(&self.target, Some(&account.token)) else { break };
            let peer = self.swarm.add(link)?;
            self.talk.attach(&mut self.swarm, who, peer);
        }
        Ok(())
    }

    /// Loses one participant's connection, as a mobile network does.
    pub fn cut(&mut self, who: usize) {
        if let Some(peer) = self.talk.peers.get_mut(who).and_then(Option::take) {
            self.swarm.cut(peer);
            self.talk.detached(who);
        }
    }

    /// This participant means to say something now.
    pub fn intend(&mut self, who: usize) {
        let now = self.now_ns();
        self.talk.intend(&mut self.swarm, who, now, now);
    }

    /// This participant stops reading.
    pub fn stall(&mut self, who: usize) {
        if let Some(peer) = self.talk.peer(who) {
            self.swarm.pause(peer);
        }
    }

    /// This participant reads again, first what has piled up.
    pub fn read_again(&mut self, who: usize) {
        if let Some(peer) = self.talk.peer(who) {
            self.swarm.resume(peer, &mut self.talk);
        }
    }

    /// This participant asks for a page of history, whose answer nobody waits for.
    pub fn ask_history(&mut self, who: usize) {
        if let Some(participant) = self.talk.participants.get_mut(who) {
            participant.ask_history(&mut self.talk.lines);
        }
        self.talk.send_lines(&mut self.swarm, who);
    }

    /// Reads every conversation back from the hub and judges it, once those who are still behind have had `patience`
    /// to hear the rest live.
    ///
    /// # Errors
    /// When a history cannot be read.
    pub fn judge(mut self, patience: Duration) -> anyhow::Result<Verdict> {
        let mut histories = Vec::new();
        for (participant, account) in self.talk.participants.iter().zip(&self.accounts).step_by(2) {
            let Identity { conversation, run, .. } = participant.identity();
            histories.push(read_history(&self.target, account, conversation, run)?);
        }
        let watch = Stopwatch::start();
        while !self.has_heard(&histories) && watch.elapsed() < patience {
            self.swarm.turn(TURN_MAX, &mut self.talk)?;
        }
        Ok(self.talk.verdict(&histories))
    }

    fn has_heard(&self, histories: &[History]) -> bool {
        let heads = histories.iter().map(|history| history.entries.last().map_or(0, |entry| entry.seq));
        let positions = self.talk.participants.chunks(2);
        heads.zip(positions).all(|(head, pair)| pair.iter().all(|participant| participant.position() >= head))
    }
}

/// What was found, and the epochs that the histories ended with.
#[derive(Debug)]
pub struct Verdict {
    /// Over all conversations.
    pub report: Report,
    /// The highest epoch; a hub that nobody told of lost history must not have raised it.
    pub epoch_max: i64,
}

fn start(target: &Target, account: &Account) -> anyhow::Result<String> {
    let mut link = Link::open(target, Some(&account.token))?;
    let d = json!({ "target": { "kind": "enterprise", "id": account.peer } });
    let answer = link.call("negotiation.start", &d)?;
    let id = answer.get("conversation").and_then(|id| id.as_str());
    Ok(id.context("negotiation.start without a conversation")?.to_owned())
}

/// Reads a whole conversation as a newcomer would.
///
/// # Errors
/// When the hub refuses or answers something else.
pub fn read_history(target: &Target, account: &Account, conversation: &str, run: &str) -> anyhow::Result<History> {
    let mut link = Link::open(target, Some(&account.token))?;
    let mut history = History::default();
    loop {
        let after = history.entries.last().map_or(0, |entry| entry.seq);
        let d = json!({ "conversation": conversation, "after": after, "limit": PAGE_ENTRIES });
        let answer = link.call("negotiation.open", &d)?.to_string();
        let opened: WireOpened<'_> = serde_json::from_str(&answer)?;
        history.epoch = opened.epoch;
        history.entries.extend(opened.entries.iter().map(|entry| entry.seen(run)));
        if !opened.more {
            return Ok(history);
        }
        ensure!(!opened.entries.is_empty(), "an empty page that promises more");
    }
}

impl Talk {
    fn new(participants: Vec<Participant>) -> Self {
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
        }
    }

    fn peer(&self, who: usize) -> Option<Peer> {
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

    fn attach(&mut self, swarm: &mut Swarm, who: usize, peer: Peer) {
        self.owners.resize(self.owners.len().max(peer.0 + 1), usize::MAX);
        if let (Some(owner), Some(place), Some(participant)) =
            (self.owners.get_mut(peer.0), self.peers.get_mut(who), self.participants.get_mut(who))
        {
            (*owner, *place) = (who, Some(peer));
            participant.connected(&mut self.lines);
        }
        self.send_lines(swarm, who);
    }

    fn detached(&mut self, who: usize) {
        if let (Some(place), Some(participant)) = (self.peers.get_mut(who), self.participants.get_mut(who)) {
            *place = None;
            participant.disconnected();
        }
    }

    fn intend(&mut self, swarm: &mut Swarm, who: usize, now_ns: u64, intended_ns: u64) {
        let Some(participant) = self.participants.get_mut(who) else { return };
        let was_taken = participant.intend(now_ns, intended_ns, &mut self.lines);
        self.overflowed += u64::from(!was_taken);
        self.send_lines(swarm, who);
    }

    fn retry(&mut self, swarm: &mut Swarm, now_ns: u64) {
        if now_ns < self.retried_ns + RETRY_EVERY_NS {
            return;
        }
        self.retried_ns = now_ns;
        for who in 0..self.participants.len() {
            if let Some(participant) = self.participants.get_mut(who) {
                participant.proceed(now_ns, &mut self.lines);
            }
            self.send_lines(swarm, who);
        }
    }

    fn verdict(self, histories: &[History]) -> Verdict {
        let mut verdict = Verdict { report: Report::default(), epoch_max: 0 };
        let mut participants = self.participants.into_iter();
        for history in histories {
            let pair: Vec<Participant> = participants.by_ref().take(2).collect();
            let conversation = pair.first().map(|one| one.identity().conversation.clone()).unwrap_or_default();
            let logs: Vec<_> = pair.into_iter().map(Participant::into_log).collect();
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
