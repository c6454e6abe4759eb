//! One conversation on one device: who speaks in it, and what its person knows of it beside the log.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::SmallRng;
use serde_json::Value;
use storage::ids::{ConversationId, EnterpriseId};
use tokio::time::Instant;

use super::TALK_REQUESTS;
use crate::meters::Meters;
use crate::participant::{Identity, Participant};
use crate::simulate::life::now;
use crate::simulate::world::Person;

const TEXT_CHARS: usize = 40;

pub(super) struct Talk {
    pub(super) conversation: ConversationId,
    /// Its place in the numbering of requests.
    pub(super) number: u64,
    pub(super) participant: Participant,
    /// Asks again for what it lacks then.
    pub(super) reopen_at: Option<Instant>,
    /// Whether the own side started it, and with whom; none until a summary said so.
    pub(super) pair: Option<(bool, EnterpriseId)>,
    /// As far as was heard.
    pub(super) is_open: bool,
}

impl Talk {
    pub(super) fn new(
        conversation: ConversationId,
        device: usize,
        number: u64,
        person: &Person,
        page_entries: u32,
    ) -> Self {
        let identity = Identity {
            run: "s".to_owned(),
            name: format!("d{device}c{number}"),
            user: person.user.id.to_string(),
            conversation: conversation.to_string(),
            text_chars: TEXT_CHARS,
        };
        let participant = Participant::new(identity).sharing(number * TALK_REQUESTS, page_entries);
        Self { conversation, number, participant, reopen_at: None, pair: None, is_open: true }
    }

    /// **Shape**: a summary of the protocol.
    pub(super) fn note(&mut self, summary: &Value) {
        self.is_open = summary["state"] == "open";
        let with = summary["with"]["id"].as_str().and_then(|id| id.parse().ok());
        self.pair = with.map(|with| (summary["side"] == "a", with));
    }

    pub(super) fn hear(
        &mut self,
        now_ns: u64,
        line: &str,
        meters: &mut Meters,
        out: &mut Vec<String>,
        rng: &mut SmallRng,
    ) -> bool {
        let understood = self.participant.hear(line.as_bytes(), now_ns, meters, out);
        if !self.participant.is_live() && !self.participant.is_opening() && self.reopen_at.is_none() {
            self.reopen_at = Some(now() + Duration::from_millis(rng.random_range(20..500)));
        }
        understood
    }
}
