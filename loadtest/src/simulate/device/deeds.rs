//! What a person does on a device: says something, reads, takes conversations in hand, ends and begins them, and races the
//! others for that.

use std::fmt::Write as _;
use std::time::Duration;

use rand::RngExt as _;
use serde_json::Value;
use storage::ids::{ConversationId, EnterpriseId};

use super::Device;
use crate::checker::Step;
use crate::simulate::life::{Scene, now};

/// Behind every entry.
const NEWEST: i64 = 1 << 40;
/// Conversations of one pair from which on this device begins no more.
const PER_PAIR_MAX: usize = 4;
/// How far apart the requests of one race are. **Units**: milliseconds.
const RACE_MS: u64 = 12;
/// Of those who hear that a conversation was closed, so many begin a new one or take the old one up at once.
const RUSH: f64 = 0.15;
/// Of those who would write where one cannot, so many look for a conversation where one can.
const LOOKS_FOR_OPEN: f64 = 0.9;

impl Device {
    pub(super) fn do_something(&mut self, now_ns: u64, out: &mut Vec<String>) {
        let action = self.rng.random_range(0..100);
        if self.talks.is_empty() {
            return self.start_any(out);
        }
        let index = self.rng.random_range(0..self.talks.len());
        let Some(talk) = self.talks.get_mut(index) else { return };
        let position = talk.participant.position();
        match action {
            0..55 => self.say_something(index, now_ns, out),
            55..65 if position > 0 => self.ask(index, "negotiation.read", &format!(",\"seq\":{position}"), out),
            65..67 => out.push(format!(
                "{{\"op\":\"negotiation.typing\",\"d\":{{\"conversation\":\"{}\"}}}}",
                talk.conversation
            )),
            67..70 => self.ask(index, "negotiation.history", &format!(",\"before\":{NEWEST},\"limit\":5"), out),
            70..73 if talk.participant.is_live() => {
                talk.participant.disconnected();
                talk.reopen_at = Some(now() + Duration::from_millis(self.rng.random_range(1..500)));
                self.ask(index, "negotiation.leave", "", out);
            }
            73..77 => self.ask(index, "negotiation.claim", "", out),
            77..79 => self.ask(index, "negotiation.release", "", out),
            79..81 => {
                let to = format!(",\"to\":\"{}\"", self.person.colleague);
                self.ask(index, "negotiation.transfer", &to, out);
            }
            81..84 => self.ask(index, "negotiation.close", "", out),
            84..85 => self.ask(index, "negotiation.block", "", out),
            85..89 => self.ask(index, "negotiation.reopen", "", out),
            89..92 => self.recall(index, out),
            92..93 => self.send_card(index, out),
            93..95 => self.list(out),
            95..97 => self.start_any(out),
            97..100 => self.take_all_up(index),
            _ => {}
        }
    }

    fn say_something(&mut self, index: usize, now_ns: u64, out: &mut Vec<String>) {
        let mut index = index;
        let is_open = self.talks.get(index).is_some_and(|talk| talk.is_open);
        if !is_open && self.rng.random_bool(LOOKS_FOR_OPEN) {
            let open = (0..self.talks.len()).filter(|at| self.talks.get(*at).is_some_and(|talk| talk.is_open));
            let open: Vec<usize> = open.collect();
            index = open.get(self.rng.random_range(0..open.len().max(1))).copied().unwrap_or(index);
        }
        if let Some(talk) = self.talks.get_mut(index).filter(|talk| talk.participant.is_live()) {
            talk.participant.intend(now_ns, now_ns, out);
        }
    }

    /// Somebody closed a conversation: now and then everybody wants the next one at the same moment.
    pub(super) fn rush(&mut self, room: ConversationId, entry: &Value, scene: &Scene, out: &mut Vec<String>) {
        let Some(index) = self.talks.iter().position(|talk| talk.conversation == room) else { return };
        if entry["kind"] != "closed" || scene.is_last || !self.rng.random_bool(RUSH) {
            return;
        }
        match self.talks.get(index).and_then(|talk| talk.pair) {
            Some((true, with)) if self.rng.random_bool(0.5) => self.start(with, out),
            _ => self.take_all_up(index),
        }
    }

    /// Takes up every conversation that the same pair ever had, nearly at once: one of them can be had.
    fn take_all_up(&mut self, index: usize) {
        let pair = self.talks.get(index).and_then(|talk| talk.pair);
        let same = (0..self.talks.len()).filter(|at| self.talks.get(*at).is_some_and(|talk| talk.pair == pair));
        for at in same.collect::<Vec<_>>() {
            let mut line = Vec::new();
            self.ask(at, "negotiation.reopen", "", &mut line);
            let soon = now() + Duration::from_millis(self.rng.random_range(0..RACE_MS));
            self.later.extend(line.into_iter().map(|line| (soon, line)));
        }
    }

    /// What was put off until now.
    pub(super) fn do_what_is_due(&mut self, out: &mut Vec<String>) {
        let now = now();
        out.extend(self.later.extract_if(.., |(at, _line)| *at <= now).map(|(_at, line)| line));
    }

    fn start_any(&mut self, out: &mut Vec<String>) {
        let with = self.rng.random_range(0..self.person.others.len().max(1));
        if let Some(with) = self.person.others.get(with).copied() {
            self.start(with, out);
        }
    }

    fn start(&mut self, with: EnterpriseId, out: &mut Vec<String>) {
        let theirs = self.talks.iter().filter(|talk| talk.pair == Some((true, with)));
        if theirs.count() < PER_PAIR_MAX {
            let id = self.own_request();
            let target = format!("{{\"kind\":\"enterprise\",\"id\":\"{with}\"}}");
            out.push(format!("{{\"id\":{id},\"op\":\"negotiation.start\",\"d\":{{\"target\":{target}}}}}"));
        }
    }

    pub(super) fn list(&mut self, out: &mut Vec<String>) {
        let id = self.own_request();
        out.push(format!("{{\"id\":{id},\"op\":\"inbox.list\",\"d\":{{\"limit\":100}}}}"));
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
