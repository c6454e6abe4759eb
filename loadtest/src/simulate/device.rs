//! One device of one person: it talks in several conversations over one connection, loses it, comes back, stops reading,
//! and does now and then whatever else a person may do.
//!
//! What it sends, resumes and writes down is [`Participant`]'s; here is only when.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

mod deeds;
mod talk;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use hub::socket::{MemoryPeer, Received};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use storage::ids::ConversationId;
use tokio::time::Instant;

use self::talk::Talk;
use super::client;
use super::life::{Scene, now};
use super::promises::Asked;
use super::world::Person;
use crate::checker::Log;
use crate::meters::Meters;

/// Requests of the device itself are numbered from here, those of its talks from multiples of [`TALK_REQUESTS`].
const OWN_REQUESTS: u64 = 1 << 50;
const TALK_REQUESTS: u64 = 1 << 40;
/// Codes that say that a client or the hub is wrong: no weather explains them.
const NEVER: [&str; 5] = ["internal", "bad_request", "bad_frame", "unauthenticated", "not_found"];
/// Closes that a slow or silent reader has earned, and that of a session whose events the store did not let begin.
const EARNED: [u16; 3] = [4002, 4004, 4003];

/// Where one conversation's log was written.
pub(super) struct Written {
    pub(super) conversation: ConversationId,
    pub(super) log: Log,
    pub(super) position: i64,
}

/// How the person behind it behaves.
struct Habits {
    /// Between two things done, at most.
    gap_ms: u64,
    pipe_bytes: usize,
    /// In a thousand.
    stalls: u32,
    drops: u32,
    /// When resuming.
    page_entries: u32,
}

/// What follows from an action.
enum Next {
    GoOn,
    Stall(Duration),
    Drop,
}

/// See the module.
pub(super) struct Device {
    number: usize,
    person: Person,
    /// As it learns of conversations.
    talks: Vec<Talk>,
    /// How many it has ever had.
    numbered: u64,
    rng: SmallRng,
    habits: Habits,
    /// Requests without an answer, and what they are.
    awaited: BTreeMap<u64, Asked>,
    last: u64,
    opening: u64,
    is_open: bool,
    /// The next thing it does of itself, once it is open.
    act_at: Option<Instant>,
    /// Requests that it sends then.
    later: Vec<(Instant, String)>,
    /// Ids of messages that somebody tried to take back.
    pub(super) recalled: BTreeSet<Box<str>>,
    pub(super) meters: Meters,
    pub(super) findings: Vec<String>,
    trace: DefaultHasher,
    /// Its person's marks that stood when the connection was opened. An inbox's event may be on its way past a later one:
    /// conversation and inbox are rooms of their own, and the next event is right.
    read: BTreeMap<ConversationId, i64>,
}

impl Device {
    pub(super) fn new(number: usize, person: Person, seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let habits = Habits {
            gap_ms: rng.random_range(40..600),
            pipe_bytes: if rng.random_bool(0.3) { rng.random_range(64..2_048) } else { 65_536 },
            stalls: if rng.random_bool(0.3) { rng.random_range(1..80) } else { 0 },
            drops: rng.random_range(0..40),
            page_entries: if rng.random_bool(0.5) { rng.random_range(1..20) } else { 200 },
        };
        Self {
            number,
            talks: Vec::new(),
            numbered: 0,
            person,
            rng,
            habits,
            awaited: BTreeMap::new(),
            last: OWN_REQUESTS,
            opening: 0,
            is_open: false,
            act_at: None,
            later: Vec::new(),
            recalled: BTreeSet::new(),
            meters: Meters::default(),
            findings: Vec::new(),
            trace: DefaultHasher::new(),
            read: BTreeMap::new(),
        }
    }

    /// Takes notice of a conversation of its person's team, and asks for it when a session is open.
    fn learn(&mut self, conversation: ConversationId, out: &mut Vec<String>) {
        if self.talks.iter().any(|talk| talk.conversation == conversation) {
            return;
        }
        self.numbered += 1;
        let mut talk = Talk::new(conversation, self.number, self.numbered, &self.person, self.habits.page_entries);
        if self.is_open {
            talk.participant.connected(out);
        }
        self.talks.push(talk);
    }

    /// The operator put an old copy of the store back: whatever is not in it never was.
    pub(super) fn forget_all_but(&mut self, real: &BTreeSet<ConversationId>) {
        self.talks.retain(|talk| real.contains(&talk.conversation));
    }

    /// Whether it knows of a conversation.
    pub(super) fn knows(&self, conversation: ConversationId) -> bool {
        self.talks.iter().any(|talk| talk.conversation == conversation)
    }

    pub(super) const fn person(&self) -> &Person {
        &self.person
    }

    /// What it received and when, as one number; and the logs of its talks.
    pub(super) fn finish(self) -> (u64, Vec<Written>) {
        let logs = self.talks.into_iter().map(|talk| Written {
            conversation: talk.conversation,
            position: talk.participant.position(),
            log: talk.participant.into_log(),
        });
        (self.trace.finish(), logs.collect())
    }

    /// Connects again and again.
    pub(super) async fn run(&mut self, scene: &Scene) {
        loop {
            self.rest(scene);
            let pause_ms = self.rng.random_range(5..if scene.is_last { 100 } else { 800 });
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            self.session(scene).await;
            self.lost();
        }
    }

    /// The connection is gone: no answer will come. Also to be told when the hub died.
    pub(super) fn lost(&mut self) {
        self.awaited.clear();
        self.later.clear();
        self.is_open = false;
        for talk in &mut self.talks {
            talk.participant.disconnected();
            talk.reopen_at = None;
        }
    }

    async fn session(&mut self, scene: &Scene) {
        let pipe_bytes = if scene.is_last { 65_536 } else { self.habits.pipe_bytes };
        self.opening = self.own_request();
        // Every time at any hub that lives.
        let Some(site) = scene.any_site(&mut self.rng) else { return };
        self.read = scene.promises.borrow().read_by(self.person.user.id);
        let (_conn, mut peer, open) = client::connect(&site, &self.person, pipe_bytes, self.opening);
        self.act_at = Some(now() + Duration::from_millis(self.rng.random_range(0..self.habits.gap_ms)));
        let mut out = vec![open];
        loop {
            if !self.say(scene, &peer, &mut out).await {
                return;
            }
            self.rest(scene);
            let wake = self.wake(scene);
            tokio::select! {
                biased;
                () = site.died.cancelled() => return,
                received = peer.recv() => match received {
                    Ok(Some(Received::Text(text))) => {
                        if !self.hear(scene, &text, &mut out) {
                            return;
                        }
                    }
                    Ok(Some(Received::Ping | Received::Pong | Received::Binary(_))) => {}
                    Ok(Some(Received::Close(code))) => return self.closed(code),
                    Ok(None) => return,
                    Err(violation) => return self.findings.push(format!("not a frame: {violation}")),
                },
                () = tokio::time::sleep_until(wake) => match self.act(scene, &mut out) {
                    Next::GoOn => {}
                    Next::Stall(pause) => tokio::time::sleep(pause).await,
                    Next::Drop => return,
                },
            }
        }
    }

    /// Sends what there is, in one frame; false when the socket has ended.
    async fn say(&mut self, scene: &Scene, peer: &MemoryPeer, out: &mut Vec<String>) -> bool {
        if out.is_empty() {
            return true;
        }
        for line in out.iter() {
            if let Some((id, asked)) = Asked::of(line, self.person.user.id, &mut scene.promises.borrow_mut()) {
                self.awaited.insert(id, asked);
            }
        }
        peer.send_text(&std::mem::take(out).join("\n")).await
    }

    /// False when it is of no use any more.
    fn hear(&mut self, scene: &Scene, text: &str, out: &mut Vec<String>) -> bool {
        (scene.now_ns(), text).hash(&mut self.trace);
        text.lines().all(|line| self.hear_line(scene, line, out))
    }

    fn hear_line(&mut self, scene: &Scene, line: &str, out: &mut Vec<String>) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            self.findings.push(format!("not JSON: {line}"));
            return false;
        };
        match value["id"].as_u64() {
            None => self.hear_event(scene, line, &value, out),
            Some(id) => self.hear_answer(scene, line, (id, &value), out),
        }
    }

    fn hear_event(&mut self, scene: &Scene, line: &str, value: &Value, out: &mut Vec<String>) -> bool {
        let room: Option<ConversationId> = value["room"].as_str().and_then(|room| room.parse().ok());
        match (value["ev"].as_str(), room) {
            (Some("negotiation.message"), Some(room)) => {
                scene.promises.borrow_mut().learn(room, value["seq"].as_i64().unwrap_or(0));
                self.rush(room, &value["d"], scene, out);
            }
            (Some("inbox.updated"), _) => {
                scene.promises.borrow_mut().updated(self.person.user.id, &value["d"], &self.read);
                self.note(&value["d"], out);
            }
            _ => {}
        }
        let talk = self.talks.iter_mut().find(|talk| Some(talk.conversation) == room);
        talk.is_none_or(|talk| talk.hear(scene.now_ns(), line, &mut self.meters, out, &mut self.rng))
    }

    fn hear_answer(&mut self, scene: &Scene, line: &str, (id, value): (u64, &Value), out: &mut Vec<String>) -> bool {
        let Some(asked) = self.awaited.remove(&id) else {
            self.findings.push(format!("an answer to nothing: {line}"));
            return false;
        };
        if let Some(code) = value["error"]["code"].as_str().filter(|code| NEVER.contains(code)) {
            self.findings.push(format!("{} was answered {code}", asked.op));
        }
        if value["error"].is_null() {
            self.take_in(scene, &asked, &value["ok"], out);
        }
        if id == self.opening {
            self.is_open = value["error"].is_null();
            self.talks.iter_mut().for_each(|talk| talk.participant.connected(out));
            self.list(out);
            return self.is_open;
        }
        let number = id / TALK_REQUESTS;
        match self.talks.iter_mut().find(|talk| talk.number == number) {
            Some(talk) => talk.hear(scene.now_ns(), line, &mut self.meters, out, &mut self.rng),
            None => {
                if let Some(code) = value["error"]["code"].as_str() {
                    self.meters.refused(code);
                }
                true
            }
        }
    }

    /// What an answer promises, and what it tells of conversations.
    fn take_in(&mut self, scene: &Scene, asked: &Asked, ok: &Value, out: &mut Vec<String>) {
        let mine: Vec<ConversationId> = self.talks.iter().map(|talk| talk.conversation).collect();
        self.findings.extend(asked.judge(ok, &mine, &mut scene.promises.borrow_mut()));
        match asked.op {
            "inbox.list" => ok["conversations"].as_array().into_iter().flatten().for_each(|row| self.note(row, out)),
            "negotiation.open" => self.note(&ok["conversation"], out),
            "negotiation.start" => {
                if let Some(id) = ok["conversation"].as_str().and_then(|id| id.parse().ok()) {
                    self.learn(id, out);
                }
            }
            _ => {}
        }
    }

    /// A summary: perhaps of a conversation that is new here.
    fn note(&mut self, summary: &Value, out: &mut Vec<String>) {
        let Some(id) = summary["conversation"].as_str().and_then(|id| id.parse().ok()) else { return };
        self.learn(id, out);
        if let Some(talk) = self.talks.iter_mut().find(|talk| talk.conversation == id) {
            talk.note(summary);
        }
    }

    fn closed(&mut self, code: Option<u16>) {
        if !code.is_some_and(|code| EARNED.contains(&code)) {
            self.findings.push(format!("closed with {code:?}"));
        }
    }

    /// Says whether it waits for something.
    fn rest(&self, scene: &Scene) {
        let is_quiet = |talk: &Talk| talk.participant.is_live() && talk.participant.is_quiet();
        let mut busy = scene.busy.borrow_mut();
        if self.is_open && self.awaited.is_empty() && self.talks.iter().all(is_quiet) {
            busy.remove(&self.number);
        } else {
            busy.insert(self.number);
        }
    }

    /// When it has something to do although nothing came.
    fn wake(&self, scene: &Scene) -> Instant {
        let now_ns = scene.now_ns();
        let at = |ns: u64| now() + Duration::from_nanos(ns.saturating_sub(now_ns)) + Duration::from_millis(1);
        let retries = self.talks.iter().filter(|talk| talk.participant.is_live());
        let retries = retries.filter_map(|talk| talk.participant.retry_at_ns()).map(at);
        let reopens = self.talks.iter().filter_map(|talk| talk.reopen_at);
        let act = self.act_at.filter(|_| !scene.is_last && self.is_open);
        let later = self.later.iter().map(|(at, _line)| *at);
        let far = now() + Duration::from_secs(3_600);
        retries.chain(reopens).chain(later).chain(act).min().unwrap_or(far)
    }

    fn act(&mut self, scene: &Scene, out: &mut Vec<String>) -> Next {
        let (now, now_ns) = (now(), scene.now_ns());
        for talk in self.talks.iter_mut() {
            if talk.reopen_at.is_some_and(|at| at <= now) {
                talk.reopen_at = None;
                talk.participant.connected(out);
            }
            talk.participant.proceed(now_ns, out);
        }
        self.do_what_is_due(out);
        if scene.is_last || !self.is_open || self.act_at.is_some_and(|at| at > now) {
            return Next::GoOn;
        }
        self.act_at = Some(now + Duration::from_millis(self.rng.random_range(1..self.habits.gap_ms)));
        let chance = self.rng.random_range(0..1_000);
        if chance < self.habits.drops {
            return Next::Drop;
        }
        if chance < self.habits.drops + self.habits.stalls {
            return Next::Stall(Duration::from_millis(self.rng.random_range(100..60_000)));
        }
        self.do_something(now_ns, out);
        Next::GoOn
    }

    const fn own_request(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}
