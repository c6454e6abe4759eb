//! The changes that become entries, and the rules that let them.
//!
//! Owns pure judgements on a head: given what stands, may this be written, and what would the entry say. Never knows
//! of queues, duplicates or what is durable.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use storage::ids::{Millis, RecordId, Seq, UserId};

use super::Actor;
use crate::command::{Rules, Turn};
use crate::log::{Assignment, Entry, EntryKind, Head, TextBody};
use crate::party::Refusal;
use crate::text::{self, TEXT_CHARS_MAX};
use crate::wire::{Card, Contact, ExhibitCard, OrderCard, Reply, Send, State};

/// How long a content may be recalled. **Units**: milliseconds. **Source**: SPEC 19.
pub const RECALL_MS: i64 = 120_000;
/// The longest card as it is stored. **Units**: bytes of JSON.
const CARD_BYTES_MAX: usize = 4 * 1024;
/// The longest message id. **Units**: bytes.
const MSG_ID_BYTES_MAX: usize = 64;

#[derive(Debug, Clone)]
pub(super) enum Change {
    Send(Draft),
    Recall(Seq),
    Turn(Turn),
    Own(Own),
}

/// The hub's own changes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Own {
    /// The assignee left the other side without an answer.
    FallBack(UserId),
    /// The assignee negotiates for this side no longer.
    Gone(UserId),
    /// This side blocks the other one elsewhere.
    Blocked,
    /// The opening at this seq lost the pair to another conversation.
    Lost(Seq),
}

/// A message that is fit to be written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) kind: EntryKind,
    pub(super) client_msg_id: Arc<str>,
    /// What it says; else what stands against it, unless it was sent before.
    pub(super) body: Result<Arc<str>, Refusal>,
    /// An earlier try may still be on its way.
    pub(super) repeat: bool,
}

impl Draft {
    pub(super) fn entry(&self) -> Result<New, Refusal> {
        let (client_msg_id, body) = (Arc::clone(&self.client_msg_id), self.body.clone()?);
        Ok(New { kind: self.kind, client_msg_id, body, target: None })
    }

    pub(super) fn body_bytes(&self) -> usize {
        self.body.as_ref().map_or(0, |body| body.len())
    }
}

/// What becomes of a change.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It becomes an entry.
    Write(New),
    /// It changes nothing.
    Answer(Result<Reply, Refusal>),
    /// What it needs to know is still being asked.
    Wait,
}

/// An entry before it has a place.
#[derive(Debug)]
pub(super) struct New {
    pub(super) kind: EntryKind,
    pub(super) client_msg_id: Arc<str>,
    pub(super) body: Arc<str>,
    pub(super) target: Option<Seq>,
}

impl New {
    fn bare(kind: EntryKind) -> Self {
        Self { kind, client_msg_id: Arc::from(""), body: Arc::from(""), target: None }
    }

    fn assigned(assignee: Option<UserId>) -> Self {
        Self { body: json(&Assignment { assignee }), ..Self::bare(EntryKind::Assigned) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardBody {
    r#type: String,
    id: Option<String>,
}

/// **Shape** of a stored card: `{"type":"contact","contact":{...}}`, `{"type":"exhibit","id","exhibit":{...}}`,
/// `{"type":"order","id","order":{...}}`.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum StoredCard<'a> {
    Contact { contact: &'a Contact },
    Exhibit { id: RecordId, exhibit: &'a ExhibitCard },
    Order { id: RecordId, order: &'a OrderCard },
}

/// What the hub found for a card.
type Found = Option<Box<Result<Card, Refusal>>>;

/// Reads a `negotiation.send` into a change.
pub(super) fn draft(send: &Send, card: Found) -> Result<Change, Refusal> {
    let client_msg_id = message_id(&send.client_msg_id)?;
    let (kind, body) = match send.kind.as_str() {
        "text" => (EntryKind::Text, Ok(text_body(send.body.get())?)),
        "card" => (EntryKind::Card, card_body(send.body.get(), card)?),
        _ => return Err(Refusal::Invalid { at: "/kind", code: "unsupported" }),
    };
    Ok(Change::Send(Draft { kind, client_msg_id, body, repeat: send.repeat }))
}

fn message_id(id: &str) -> Result<Arc<str>, Refusal> {
    let code = match id.len() {
        0 => "empty",
        1..=MSG_ID_BYTES_MAX if id.bytes().all(|byte| byte.is_ascii_graphic()) => return Ok(id.into()),
        1..=MSG_ID_BYTES_MAX => "format",
        _ => "too_long",
    };
    Err(Refusal::Invalid { at: "/client_msg_id", code })
}

fn text_body(raw: &str) -> Result<Arc<str>, Refusal> {
    let body: TextBody = serde_json::from_str(raw).map_err(shape)?;
    Ok(json(&TextBody { text: text::accept(&body.text, TEXT_CHARS_MAX, "/body/text")? }))
}

/// What is wrong in the message itself is refused; what the hub did not find is told only when the id is new.
fn card_body(raw: &str, card: Found) -> Result<Result<Arc<str>, Refusal>, Refusal> {
    let body: CardBody = serde_json::from_str(raw).map_err(shape)?;
    match (body.r#type.as_str(), body.id) {
        ("contact", Some(_)) => return Err(Refusal::Invalid { at: "/body/id", code: "unsupported" }),
        ("exhibit" | "order", None) => return Err(Refusal::Invalid { at: "/body/id", code: "missing" }),
        ("contact", None) | ("exhibit" | "order", Some(_)) => {}
        ("project" | "meeting", _) => return Err(Refusal::NotFound),
        _ => return Err(Refusal::Invalid { at: "/body/type", code: "unsupported" }),
    }
    match *card.ok_or(Refusal::Unavailable)? {
        Ok(card) => stored_card(&card).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn stored_card(card: &Card) -> Result<Arc<str>, Refusal> {
    let body = json(&match card {
        Card::Contact(contact) => StoredCard::Contact { contact },
        Card::Exhibit(exhibit) => StoredCard::Exhibit { id: exhibit.id, exhibit },
        Card::Order(order) => StoredCard::Order { id: order.id, order },
    });
    if body.len() > CARD_BYTES_MAX {
        return Err(Refusal::Invalid { at: "/body", code: "too_long" });
    }
    Ok(body)
}

fn shape(_detail: serde_json::Error) -> Refusal {
    Refusal::Invalid { at: "/body", code: "shape" }
}

fn json(body: &impl Serialize) -> Arc<str> {
    serde_json::to_string(body).expect("invariant: plain structs of texts become JSON").into()
}

impl Actor {
    /// Whether the actor may write contents now.
    pub(super) fn may_write(&self, head: &Head, rules: &Rules) -> Result<(), Refusal> {
        must_be_open(head)?;
        self.may_speak(head, rules)
    }

    /// Whether the side's assignment lets the actor speak for it.
    fn may_speak(&self, head: &Head, rules: &Rules) -> Result<(), Refusal> {
        head.lets_speak(self.side, self.user, self.admin, rules)
    }

    fn leads(&self, assignee: UserId) -> bool {
        self.admin || self.user == assignee
    }
}

fn must_be_open(head: &Head) -> Result<(), Refusal> {
    match head.state {
        State::Open => Ok(()),
        State::Closed => Err(Refusal::Conflict("closed")),
        State::Blocked => Err(Refusal::Conflict("blocked")),
    }
}

/// Judges a message whose id is new.
pub(super) fn judge_draft(draft: &Draft, actor: &Actor, head: &Head, rules: &Rules) -> Verdict {
    match actor.may_write(head, rules).and_then(|()| draft.entry()) {
        Ok(new) => Verdict::Write(new),
        Err(refusal) => Verdict::Answer(Err(of_message(refusal, draft.repeat, rules))),
    }
}

/// What a rule's refusal of a message says: of one that was tried before, where there are other hubs, it is no end. The
/// earlier try may be in flight at one of them, behind something that lets it.
pub(super) fn of_message(refusal: Refusal, repeat: bool, rules: &Rules) -> Refusal {
    if is_by_rule(&refusal) && repeat && rules.shared { Refusal::OutcomeUnknown } else { refusal }
}

/// Whether it speaks of how things stand, and is no passing trouble.
pub(super) const fn is_by_rule(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::NotFound | Refusal::Forbidden | Refusal::Conflict(_))
}

/// Judges a change of who has it in hand or whether one can write.
pub(super) fn judge_turn(turn: Turn, actor: &Actor, head: &Head, rules: &Rules) -> Verdict {
    let judged = match turn {
        Turn::Claim => claim(actor, head),
        Turn::Release => release(actor, head),
        Turn::Transfer { to, allowed } => transfer(to, allowed, actor, head),
        Turn::Close => close(actor, head, rules),
        Turn::Reopen { allowed, blocked } => reopen(allowed, blocked, actor, head, rules),
        Turn::Block(_may) => Ok(block(actor, head)),
    };
    verdict(judged, head)
}

/// Judges what the hub changes by itself.
pub(super) fn judge_own(own: Own, actor: &Actor, head: &Head, rules: &Rules, now: Millis) -> Verdict {
    let assignee = *actor.side.of(&head.assignees);
    let is_open = head.state == State::Open;
    let new = match own {
        Own::FallBack(user) => fall_back(user, actor, head, rules, now),
        Own::Gone(user) => (assignee == Some(user)).then(|| New::assigned(None)),
        Own::Blocked => is_open.then(|| New::bare(EntryKind::Blocked)),
        Own::Lost(opened) => (is_open && head.head == opened).then(|| New::bare(EntryKind::Closed)),
    };
    verdict(Ok(new), head)
}

fn verdict(judged: Judged, head: &Head) -> Verdict {
    match judged {
        Ok(Some(new)) => Verdict::Write(new),
        Ok(None) => Verdict::Answer(Ok(Reply::Done { seq: head.head })),
        Err(refusal) => Verdict::Answer(Err(refusal)),
    }
}

/// A new entry, or none when it is so already.
type Judged = Result<Option<New>, Refusal>;

fn claim(actor: &Actor, head: &Head) -> Judged {
    must_be_open(head)?;
    match *actor.side.of(&head.assignees) {
        None => Ok(Some(New::assigned(Some(actor.user)))),
        Some(assignee) if assignee == actor.user => Ok(None),
        Some(_) => Err(Refusal::Conflict("claimed")),
    }
}

fn release(actor: &Actor, head: &Head) -> Judged {
    must_be_open(head)?;
    match *actor.side.of(&head.assignees) {
        None => Ok(None),
        Some(assignee) if actor.leads(assignee) => Ok(Some(New::assigned(None))),
        Some(_) => Err(Refusal::Conflict("claimed")),
    }
}

fn transfer(to: UserId, allowed: bool, actor: &Actor, head: &Head) -> Judged {
    if !allowed {
        return Err(Refusal::Invalid { at: "/to", code: "not_a_colleague" });
    }
    must_be_open(head)?;
    match *actor.side.of(&head.assignees) {
        Some(assignee) if assignee == to => Ok(None),
        Some(assignee) if !actor.leads(assignee) => Err(Refusal::Conflict("claimed")),
        _ => Ok(Some(New::assigned(Some(to)))),
    }
}

fn close(actor: &Actor, head: &Head, rules: &Rules) -> Judged {
    match head.state {
        State::Closed => Ok(None),
        State::Blocked => Err(Refusal::Conflict("blocked")),
        State::Open => {
            actor.may_speak(head, rules)?;
            Ok(Some(New::bare(EntryKind::Closed)))
        }
    }
}

fn reopen(allowed: bool, blocked: bool, actor: &Actor, head: &Head, rules: &Rules) -> Judged {
    if head.state == State::Open {
        return Ok(None);
    }
    actor.may_speak(head, rules)?;
    match (blocked, allowed) {
        (true, _) => Err(Refusal::Conflict("blocked")),
        (false, false) => Err(Refusal::Conflict("another conversation is open")),
        (false, true) => Ok(Some(New::bare(EntryKind::Reopened))),
    }
}

/// The row of the two enterprises says so already: nothing can speak against it.
fn block(actor: &Actor, head: &Head) -> Option<New> {
    let is_so = head.state == State::Blocked && head.blocked_by == Some(actor.side);
    (!is_so).then(|| New::bare(EntryKind::Blocked))
}

fn fall_back(assignee: UserId, actor: &Actor, head: &Head, rules: &Rules, now: Millis) -> Option<New> {
    let same = *actor.side.of(&head.assignees) == Some(assignee) && head.state == State::Open;
    let due = actor.side.of(&head.unanswered_since).is_some_and(|since| now.since_ms(since) >= rules.unanswered_ms);
    (same && due).then(|| New::assigned(None))
}

/// Judges a recall of `target`, which `recall` recalls already if it is some. `at` is when it would happen.
pub(super) fn judge_recall(actor: &Actor, head: &Head, target: &Entry, recall: Option<Seq>, at: Millis) -> Verdict {
    let judged = if target.from != actor.user {
        Err(Refusal::Forbidden)
    } else if !target.kind.is_content() {
        Err(Refusal::Invalid { at: "/seq", code: "not_a_message" })
    } else if let Some(seq) = recall {
        Ok(Verdict::Answer(Ok(Reply::Done { seq })))
    } else if at.since_ms(target.at) > RECALL_MS {
        Err(Refusal::Conflict("too late"))
    } else {
        let recall = New { target: Some(target.seq), ..New::bare(EntryKind::Recall) };
        must_be_open(head).map(|()| Verdict::Write(recall))
    };
    judged.unwrap_or_else(|refusal| Verdict::Answer(Err(refusal)))
}
