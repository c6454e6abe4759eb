//! One side of one negotiation, as an honest client behaves: resumes by `after`, keeps one unanswered message, sends it
//! again under the same id until it is answered, and writes down all that it sees.
//!
//! Sans-IO: lines in, lines out, time handed in.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::checker::{Entry, Log, Step, fingerprint};
use crate::fanout::stamp::{Finder, Stamp};
use crate::meters::Meters;

/// Messages waiting behind the unanswered one; more are a finding.
const QUEUE_MAX: usize = 10_000;
/// A page when resuming.
const PAGE_ENTRIES: u32 = 200;
/// How long a refused message waits when the hub does not say.
const RETRY_NS: u64 = 100_000_000;
/// Answers in a row that say it is not known, then the message is given up.
const UNKNOWN_MAX: u32 = 20;
const NS_PER_MS: u64 = 1_000_000;

/// Which codes say "again later, with the same id".
pub const RETRIED: [&str; 6] =
    ["overloaded", "unavailable", "outcome_unknown", "rate_limited", "storage_full", "going_away"];

/// Who takes part, where.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Begins the ids of this run's messages; entries of other runs are somebody else's.
    pub run: String,
    /// Its name in findings.
    pub name: String,
    /// Its account.
    pub user: String,
    /// The conversation.
    pub conversation: String,
    /// Characters in a message.
    pub text_chars: usize,
}

#[derive(Debug)]
struct Message {
    id: Box<str>,
    text: String,
    intended_ns: u64,
    /// The request that is to answer it; none while it waits to be sent (again).
    request: Option<u64>,
    /// Not before then.
    due_ns: u64,
    /// It was sent before, and what came of it is not known.
    is_repeat: bool,
    /// How often it was answered that this is not known.
    unknown: u32,
}

/// What it does next is decided by what it last heard.
#[derive(Debug)]
pub struct Participant {
    identity: Identity,
    log: Log,
    last_request: u64,
    opening: Option<u64>,
    page_entries: u32,
    epoch: Option<i64>,
    position: i64,
    is_live: bool,
    numbered: u64,
    unanswered: Option<Message>,
    waiting: VecDeque<u64>,
    finder: Finder,
}

/// Everything that a hub sends.
#[derive(Debug, Deserialize)]
struct Incoming<'a> {
    id: Option<u64>,
    ev: Option<&'a str>,
    #[serde(borrow)]
    ok: Option<&'a RawValue>,
    #[serde(borrow)]
    d: Option<&'a RawValue>,
    error: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    code: String,
    retry_after_ms: Option<u64>,
}

/// A log entry on the wire.
#[derive(Debug, Deserialize)]
pub struct WireEntry<'a> {
    seq: i64,
    kind: &'a str,
    from: &'a str,
    client_msg_id: Option<&'a str>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Text<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

impl WireEntry<'_> {
    /// As the checker compares it: kind, author and text; ids that do not begin with `run` are dropped.
    #[must_use]
    pub fn seen(&self, run: &str) -> Entry {
        let id = self.client_msg_id.filter(|id| id.starts_with(run));
        let text = self.body.and_then(|body| serde_json::from_str::<Text<'_>>(body.get()).ok());
        let said = text.map(|body| body.text).unwrap_or_default();
        Entry { seq: self.seq, id: id.map(Into::into), content: fingerprint(self.kind, self.from, &said) }
    }
}

/// The answer of `negotiation.open`.
#[derive(Debug, Deserialize)]
pub struct WireOpened<'a> {
    /// The history's version.
    pub epoch: i64,
    /// The last entry's position.
    pub head: i64,
    /// In rising order.
    #[serde(borrow)]
    pub entries: Vec<WireEntry<'a>>,
    /// More pages follow.
    pub more: bool,
}

#[derive(Debug, Deserialize)]
struct Sent {
    seq: i64,
}

impl Participant {
    /// Has sent and seen nothing.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        let log = Log { client: identity.name.as_str().into(), steps: Vec::new() };
        Self {
            identity,
            log,
            last_request: 0,
            opening: None,
            page_entries: PAGE_ENTRIES,
            epoch: None,
            position: 0,
            is_live: false,
            numbered: 0,
            unanswered: None,
            waiting: VecDeque::new(),
            finder: Finder::default(),
        }
    }

    /// Numbers its requests from there, so that several can share a connection, and resumes by pages of that size.
    #[must_use]
    pub const fn sharing(mut self, first_request: u64, page_entries: u32) -> Self {
        self.last_request = first_request;
        self.page_entries = page_entries;
        self
    }

    /// Who it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The last position that it received.
    #[must_use]
    pub const fn position(&self) -> i64 {
        self.position
    }

    /// Subscribed and caught up.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.is_live
    }

    /// Its question for what it lacks is unanswered.
    #[must_use]
    pub const fn is_opening(&self) -> bool {
        self.opening.is_some()
    }

    /// When [`Self::proceed`] sends a refused message again; none when nothing waits for that.
    #[must_use]
    pub fn retry_at_ns(&self) -> Option<u64> {
        self.unanswered.as_ref().filter(|message| message.request.is_none()).map(|message| message.due_ns)
    }

    /// What it has written down so far.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Everything it meant to say was acknowledged.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.unanswered.is_none() && self.waiting.is_empty()
    }

    /// Ends the log.
    #[must_use]
    pub fn into_log(mut self) -> Log {
        self.log.steps.push(Step::Finished);
        self.log
    }

    /// A session is open: asks for what it lacks.
    pub fn connected(&mut self, out: &mut Vec<String>) {
        let request = self.next_request();
        self.opening = Some(request);
        let Identity { conversation, .. } = &self.identity;
        let (position, limit) = (self.position, self.page_entries);
        out.push(format!(
            "{{\"id\":{request},\"op\":\"negotiation.open\",\"d\":{{\"conversation\":\"{conversation}\",\
             \"after\":{position},\"limit\":{limit}}}}}"
        ));
    }

    /// Asks for the newest page of history; the answer is not looked at.
    pub fn ask_history(&mut self, out: &mut Vec<String>) {
        let request = self.next_request();
        let (Identity { conversation, .. }, before) = (&self.identity, self.position + 1);
        out.push(format!(
            "{{\"id\":{request},\"op\":\"negotiation.history\",\"d\":{{\"conversation\":\"{conversation}\",\
             \"before\":{before},\"limit\":{PAGE_ENTRIES}}}}}"
        ));
    }

    /// The connection is gone, and with it every answer that was awaited.
    pub fn disconnected(&mut self) {
        self.is_live = false;
        self.opening = None;
        if let Some(message) = &mut self.unanswered {
            message.request = None;
        }
        self.log.steps.push(Step::Disconnected);
    }

    /// Means to say something now. False when too much waits already.
    pub fn intend(&mut self, now_ns: u64, intended_ns: u64, out: &mut Vec<String>) -> bool {
        let has_space = self.waiting.len() < QUEUE_MAX;
        if has_space {
            self.waiting.push_back(intended_ns);
            self.proceed(now_ns, out);
        }
        has_space
    }

    /// Sends what can be sent by now.
    pub fn proceed(&mut self, now_ns: u64, out: &mut Vec<String>) {
        if !self.is_live {
            return;
        }
        if self.unanswered.is_none() {
            let Some(intended_ns) = self.waiting.pop_front() else { return };
            self.unanswered = Some(self.compose(intended_ns));
        }
        let request = self.last_request + 1;
        let Some(message) = self.unanswered.as_mut().filter(|message| message.is_due(now_ns)) else { return };
        message.request = Some(request);
        self.last_request = request;
        let repeat = if std::mem::replace(&mut message.is_repeat, true) { ",\"repeat\":true" } else { "" };
        let (Message { id, text, .. }, Identity { conversation, user, .. }) = (message, &self.identity);
        out.push(format!(
            "{{\"id\":{request},\"op\":\"negotiation.send\",\"d\":{{\"conversation\":\"{conversation}\",\
             \"client_msg_id\":\"{id}\",\"kind\":\"text\",\"body\":{{\"text\":\"{text}\"}}{repeat}}}}}"
        ));
        self.log.steps.push(Step::Sent { id: id.clone(), content: fingerprint("text", user, text) });
    }

    fn compose(&mut self, intended_ns: u64) -> Message {
        self.numbered += 1;
        let Identity { run, name, text_chars, .. } = &self.identity;
        let mut text = Vec::new();
        Stamp { intended_ns, number: self.numbered }.push(&mut text, *text_chars);
        Message {
            id: format!("{run}.{name}.{}", self.numbered).into(),
            text: String::from_utf8_lossy(&text).into_owned(),
            intended_ns,
            request: None,
            due_ns: 0,
            is_repeat: false,
            unknown: 0,
        }
    }

    const fn next_request(&mut self) -> u64 {
        self.last_request += 1;
        self.last_request
    }

    /// One object from the hub. False when it is none that a hub of ours may send.
    pub fn hear(&mut self, line: &[u8], now_ns: u64, meters: &mut Meters, out: &mut Vec<String>) -> bool {
        let Ok(incoming) = serde_json::from_slice::<Incoming<'_>>(line) else { return false };
        let understood = match incoming {
            Incoming { id: Some(id), ok: Some(ok), .. } => self.answered(id, ok.get(), now_ns, meters, out),
            Incoming { id: Some(id), error: Some(error), .. } => {
                self.refused(id, &error, now_ns, meters);
                true
            }
            Incoming { ev: Some("negotiation.message"), d: Some(d), .. } => self.entry(d.get(), line, now_ns, meters),
            Incoming { ev: Some(_), .. } => true,
            _ => false,
        };
        self.proceed(now_ns, out);
        understood
    }

    fn entry(&mut self, d: &str, line: &[u8], now_ns: u64, meters: &mut Meters) -> bool {
        let Ok(entry) = serde_json::from_str::<WireEntry<'_>>(d) else { return false };
        if !self.is_live {
            // What it is about to be told in order.
            return true;
        }
        if entry.from != self.identity.user
            && let Some(stamp) = self.finder.find(line)
        {
            meters.received(stamp.intended_ns, now_ns);
        }
        self.take(&entry);
        true
    }

    fn take(&mut self, entry: &WireEntry<'_>) {
        self.position = self.position.max(entry.seq);
        self.log.steps.push(Step::Entry(entry.seen(&self.identity.run)));
    }

    fn answered(&mut self, id: u64, ok: &str, now_ns: u64, meters: &mut Meters, out: &mut Vec<String>) -> bool {
        if self.opening == Some(id) {
            self.opening = None;
            return serde_json::from_str(ok).is_ok_and(|opened| {
                self.opened(&opened, out);
                true
            });
        }
        let Some(message) = self.unanswered.take_if(|message| message.request == Some(id)) else { return true };
        let Ok(Sent { seq }) = serde_json::from_str(ok) else { return false };
        meters.acked(message.intended_ns, now_ns);
        self.log.steps.push(Step::Acked { id: message.id, seq });
        true
    }

    fn opened(&mut self, opened: &WireOpened<'_>, out: &mut Vec<String>) {
        let &WireOpened { epoch, head, more, .. } = opened;
        if self.epoch.is_some_and(|known| known != epoch) {
            self.log.steps.extend([Step::Opened { after: self.position, epoch, head, more: true }, Step::Dropped]);
            (self.epoch, self.position) = (None, 0);
            return self.connected(out);
        }
        self.epoch = Some(epoch);
        self.log.steps.push(Step::Opened { after: self.position, epoch, head, more });
        for entry in &opened.entries {
            self.take(entry);
        }
        self.is_live = !more;
        if more {
            self.connected(out);
        }
    }

    fn refused(&mut self, id: u64, refusal: &Refusal, now_ns: u64, meters: &mut Meters) {
        meters.refused(&refusal.code);
        let is_retried = RETRIED.contains(&refusal.code.as_str());
        let due_ns = now_ns + refusal.retry_after_ms.map_or(RETRY_NS, |ms| ms * NS_PER_MS);
        if self.opening == Some(id) {
            // Without the log there is nothing to do: the caller sees a participant that is not live, and asks again.
            self.opening = None;
        } else if let Some(message) = self.unanswered.as_mut().filter(|message| message.request == Some(id)) {
            (message.request, message.due_ns) = (None, due_ns);
            message.unknown += u32::from(refusal.code == "outcome_unknown");
            if !is_retried && let Some(message) = self.unanswered.take() {
                self.log.steps.push(Step::Refused { id: message.id });
            } else if self.unanswered.as_ref().is_some_and(|message| message.unknown > UNKNOWN_MAX) {
                // Never confirmed, as behind a block that stays: it may stand in the log or not.
                self.unanswered = None;
            }
        }
    }
}

impl Message {
    const fn is_due(&self, now_ns: u64) -> bool {
        self.request.is_none() && self.due_ns <= now_ns
    }
}

#[cfg(test)]
mod tests;
