//! One device of one person: it talks in several conversations over one connection, loses it, comes back, stops reading,
//! and does now and then whatever else a person may do.
//!
//! What it sends, resumes and writes down is [`Participant`]'s; here is only when.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use hub::socket::{MemoryPeer, Received};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use storage::ids::ConversationId;
use tokio::time::Instant;

use super::client;
use super::life::{Scene, now};
use super::promises::Asked;
use super::world::Person;
use crate::checker::{Log, Step};
use crate::meters::Meters;
use crate::participant::{Identity, Participant};

/// Requests of the device itself are numbered from here, those of its talks from multiples of [`TALK_REQUESTS`].
const OWN_REQUESTS: u64 = 1 << 50;
const TALK_REQUESTS: u64 = 1 << 40;
const TEXT_CHARS: usize = 40;
/// Behind every entry.
const NEWEST: i64 = 1 << 40;
/// Codes that say that a client or the hub is wrong: no weather explains them.
const NEVER: [&str; 5] = ["internal", "bad_request", "bad_frame", "unauthenticated", "not_found"];
/// Closes that a slow or silent reader has earned.
const EARNED: [u16; 2] = [4002, 4004];

/// Where one conversation's log was written.
pub(super) struct Written {
    pub(super) conversation: ConversationId,
    pub(super) log: Log,
    pub(super) position: i64,
}

struct Talk {
    conversation: ConversationId,
    participant: Participant,
    /// Asks again for what it lacks then.
    reopen_at: Option<Instant>,
}

/// How the person behind it behaves.
struct Habits {
    /// Between two things done, at most.
    gap_ms: u64,
    pipe_bytes: usize,
    /// In a thousand.
    stalls: u32,
    drops: u32,
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
    talks: Vec<Talk>,
    rng: SmallRng,
    habits: Habits,
    /// Requests without an answer, and what they are.
    awaited: BTreeMap<u64, Asked>,
    last: u64,
    opening: u64,
    is_open: bool,
    /// The next thing it does of itself, once it is open.
    act_at: Option<Instant>,
    /// Ids of messages that somebody tried to take back.
    pub(super) recalled: BTreeSet<Box<str>>,
    pub(super) meters: Meters,
    pub(super) findings: Vec<String>,
    trace: DefaultHasher,
}

impl Device {
    pub(super) fn new(number: usize, person: Person, conversations: &[ConversationId], seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let habits = Habits {
            gap_ms: rng.random_range(40..600),
            pipe_bytes: if rng.random_bool(0.3) { rng.random_range(64..2_048) } else { 65_536 },
            stalls: if rng.random_bool(0.3) { rng.random_range(1..80) } else { 0 },
            drops: rng.random_range(0..40),
        };
        let page_entries = if rng.random_bool(0.5) { rng.random_range(1..20) } else { 200 };
        let talks = (1_u64..).zip(conversations).map(|(index, conversation)| {
            let identity = Identity {
                run: "s".to_owned(),
                name: format!("d{number}c{index}"),
                user: person.user.id.to_string(),
                conversation: conversation.to_string(),
                text_chars: TEXT_CHARS,
            };
            let participant = Participant::new(identity).sharing(index * TALK_REQUESTS, page_entries);
            Talk { conversation: *conversation, participant, reopen_at: None }
        });
        Self {
            number,
            talks: talks.collect(),
            person,
            rng,
            habits,
            awaited: BTreeMap::new(),
            last: OWN_REQUESTS,
            opening: 0,
            is_open: false,
            act_at: None,
            recalled: BTreeSet::new(),
            meters: Meters::default(),
            findings: Vec::new(),
            trace: DefaultHasher::new(),
        }
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
            if let Some((id, asked)) = Asked::of(line, &scene.promises.borrow()) {
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
        let Some(id) = value["id"].as_u64() else {
            let room = value["room"].as_str().unwrap_or_default();
            if value["ev"] == "negotiation.message" {
                scene.promises.borrow_mut().learn(room, value["seq"].as_i64().unwrap_or(0));
            }
            let talk = self.talks.iter_mut().find(|talk| talk.participant.identity().conversation == room);
            return talk.is_none_or(|talk| talk.hear(scene, line, &mut self.meters, out, &mut self.rng));
        };
        let Some(asked) = self.awaited.remove(&id) else {
            self.findings.push(format!("an answer to nothing: {line}"));
            return false;
        };
        if let Some(code) = value["error"]["code"].as_str().filter(|code| NEVER.contains(code)) {
            self.findings.push(format!("{} was answered {code}", asked.op));
        }
        if value["error"].is_null() {
            let mine: Vec<String> = self.talks.iter().map(|talk| talk.conversation.to_string()).collect();
            self.findings.extend(asked.judge(&value["ok"], &mine, &mut scene.promises.borrow_mut()));
        }
        if id == self.opening {
            self.is_open = value["error"].is_null();
            self.talks.iter_mut().for_each(|talk| talk.participant.connected(out));
            return self.is_open;
        }
        let talk = usize::try_from(id / TALK_REQUESTS).ok().and_then(|index| self.talks.get_mut(index.wrapping_sub(1)));
        match talk {
            Some(talk) => talk.hear(scene, line, &mut self.meters, out, &mut self.rng),
            None => {
                if let Some(code) = value["error"]["code"].as_str() {
                    self.meters.refused(code);
                }
                true
            }
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
        let far = now() + Duration::from_secs(3_600);
        retries.chain(reopens).chain(act).min().unwrap_or(far)
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

    fn do_something(&mut self, now_ns: u64, out: &mut Vec<String>) {
        let index = self.rng.random_range(0..self.talks.len());
        let action = self.rng.random_range(0..100);
        let Some(talk) = self.talks.get_mut(index) else { return };
        let position = talk.participant.position();
        match action {
            0..60 if talk.participant.is_live() => {
                talk.participant.intend(now_ns, now_ns, out);
            }
            60..70 if position > 0 => self.ask(index, "negotiation.read", &format!(",\"seq\":{position}"), out),
            70..73 => out.push(format!(
                "{{\"op\":\"negotiation.typing\",\"d\":{{\"conversation\":\"{}\"}}}}",
                talk.conversation
            )),
            73..76 => self.ask(index, "negotiation.history", &format!(",\"before\":{NEWEST},\"limit\":5"), out),
            76..79 if talk.participant.is_live() => {
                talk.participant.disconnected();
                talk.reopen_at = Some(now() + Duration::from_millis(self.rng.random_range(1..500)));
                self.ask(index, "negotiation.leave", "", out);
            }
            79..83 => self.ask(index, "negotiation.claim", "", out),
            83..85 => self.ask(index, "negotiation.release", "", out),
            85..87 => {
                let to = format!(",\"to\":\"{}\"", self.person.colleague);
                self.ask(index, "negotiation.transfer", &to, out);
            }
            87..88 => self.ask(index, "negotiation.close", "", out),
            88..89 => self.ask(index, "negotiation.block", "", out),
            89..94 => self.ask(index, "negotiation.reopen", "", out),
            94..97 => self.recall(index, out),
            97..98 => self.send_card(index, out),
            98..100 => {
                let id = self.own_request();
                out.push(format!("{{\"id\":{id},\"op\":\"inbox.list\",\"d\":{{}}}}"));
            }
            _ => {}
        }
    }

    const fn own_request(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn ask(&mut self, index: usize, op: &str, more: &str, out: &mut Vec<String>) {
        let id = self.own_request();
        let Some(talk) = self.talks.get(index) else { return };
        let conversation = talk.conversation;
        out.push(format!("{{\"id\":{id},\"op\":\"{op}\",\"d\":{{\"conversation\":\"{conversation}\"{more}}}}}"));
    }

    /// Takes the last message back that was acknowledged in the present epoch: elsewhere its position says nothing.
    fn recall(&mut self, index: usize, out: &mut Vec<String>) {
        let talk = self.talks.get(index).filter(|talk| talk.participant.is_live());
        let steps = talk.into_iter().flat_map(|talk| talk.participant.log().steps.iter().rev());
        let acked = steps.take_while(|step| !matches!(step, Step::Dropped)).find_map(|step| {
            let Step::Acked { id, seq } = step else { return None };
            Some((id.clone(), *seq))
        });
        if let Some((id, seq)) = acked {
            self.recalled.insert(id);
            self.ask(index, "negotiation.recall", &format!(",\"seq\":{seq}"), out);
        }
    }

    /// A contact card, sent once: whatever becomes of it.
    fn send_card(&mut self, index: usize, out: &mut Vec<String>) {
        let mut more = String::new();
        let id = format!("card.{}.{}", self.number, self.last);
        // Writing to a string cannot fail.
        write!(more, ",\"client_msg_id\":\"{id}\",\"kind\":\"card\",\"body\":{{\"type\":\"contact\"}}").ok();
        self.ask(index, "negotiation.send", &more, out);
    }
}

impl Talk {
    fn hear(
        &mut self,
        scene: &Scene,
        line: &str,
        meters: &mut Meters,
        out: &mut Vec<String>,
        rng: &mut SmallRng,
    ) -> bool {
        let understood = self.participant.hear(line.as_bytes(), scene.now_ns(), meters, out);
        if !self.participant.is_live() && !self.participant.is_opening() && self.reopen_at.is_none() {
            self.reopen_at = Some(now() + Duration::from_millis(rng.random_range(20..500)));
        }
        understood
    }
}
