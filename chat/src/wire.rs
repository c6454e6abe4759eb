//! What clients say and see of negotiations: request, reply and event bodies. The envelope is the hub's.
//!
//! **Source**: WIRE section 3; the living copy is `hub/PROTOCOL.md`.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use storage::ids::{ConversationId, EnterpriseId, RecordId, Seq, UploadId, UserId};
use utoipa::{IntoParams, ToSchema};

use crate::log::Side;

#[cfg(test)]
mod tests;

/// Most bytes of entries or summaries in one page, as they are sent; one may be longer alone. So that a page is never what
/// makes a reader too slow. **Units**: bytes of JSON.
pub const PAGE_BYTES_MAX: usize = 48 * 1024;

/// How long a value is as JSON, with what parts it from the next one of a list. **Units**: bytes.
pub(crate) fn encoded_bytes(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(1);
    serde_json::to_writer(&mut count, value).expect("invariant: plain structs of texts become JSON");
    count.0
}

/// How many of a page's items, counted from its beginning, may be sent together: at least one.
pub(crate) fn fitting<'a, T: Serialize + 'a>(items: impl IntoIterator<Item = &'a T>) -> usize {
    let mut bytes = 0;
    let fits = |item: &&T| {
        bytes += encoded_bytes(*item);
        bytes <= PAGE_BYTES_MAX
    };
    items.into_iter().take_while(fits).count().max(1)
}

/// What a negotiation can be started with or about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// An enterprise as such.
    Enterprise,
    /// A project; unknown until projects exist.
    Project,
    /// A booth that everybody sees.
    Booth,
    /// An exhibit that everybody sees.
    Exhibit,
    /// A live room; unknown until live rooms exist.
    Live,
    /// An order of the two enterprises.
    Order,
}

/// The target of `negotiation.start`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// Its id.
    pub id: String,
}

/// What a conversation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Context {
    /// Its kind.
    pub kind: TargetKind,
    /// Its id.
    pub id: String,
    /// What it was called when the conversation was started: an exhibit's and a booth's name, an order's number. None of an
    /// enterprise.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
}

/// `negotiation.start`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// With whom, about what.
    pub target: Target,
}

/// `negotiation.open`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Which.
    pub conversation: ConversationId,
    /// The last contiguous seq the client holds; without it the last `limit` entries are answered.
    pub after: Option<Seq>,
    /// Page size, 1..=200, default 50.
    pub limit: Option<u32>,
}

/// `negotiation.send`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// Where.
    pub conversation: ConversationId,
    /// The sender's own id of the message, 1..=64 visible ASCII characters: the same again is the same message.
    pub client_msg_id: String,
    /// `text` or `card`; the others answer `invalid`.
    pub kind: String,
    /// `{"text"}` or `{"type":"contact"}`, `{"type":"exhibit"|"order","id"}`, checked by kind.
    #[schema(value_type = Object)]
    pub body: Box<RawValue>,
    /// The same id was sent before and not answered: an earlier try may still be on its way, perhaps at another hub.
    #[serde(default)]
    pub repeat: bool,
}

/// What a contact card reveals of its sender. The hub fills it in from the sender's own record: sending is the consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// Who.
    pub name: String,
    /// The enterprise's name.
    pub enterprise: String,
    /// The number to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// The address to write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// What a card shows, as the hub found it when the card was sent: never what the sender says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Card {
    /// The sender's own data.
    Contact(Contact),
    /// An exhibit.
    Exhibit(ExhibitCard),
    /// An order of the two enterprises.
    Order(OrderCard),
}

/// An exhibit on a card: one that everybody sees, or one of the sender's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExhibitCard {
    /// Which.
    #[serde(skip)]
    pub id: RecordId,
    /// 展品编号.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its first picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<UploadId>,
    /// None: 暂无报价. **Units**: fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market_price_fen: Option<i64>,
}

/// An order on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderCard {
    /// Which.
    #[serde(skip)]
    pub id: RecordId,
    /// 订单号.
    pub number: String,
    /// Its state then.
    pub state: String,
    /// What it is about.
    pub exhibit: String,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<UploadId>,
    /// How many.
    pub quantity: i64,
    /// Price by quantity. **Units**: fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtotal_fen: Option<i64>,
    /// What the exhibitor asked for then. **Units**: fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<i64>,
}

/// `negotiation.history`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Which.
    pub conversation: ConversationId,
    /// Entries below this seq.
    pub before: Seq,
    /// Page size, 1..=200, default 50.
    pub limit: Option<u32>,
}

/// `negotiation.read`, `negotiation.recall`: a conversation and a position in it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// Which.
    pub conversation: ConversationId,
    /// The entry.
    pub seq: Seq,
}

/// `negotiation.leave`, `typing`, `claim`, `release`, `close`, `reopen`, `block`: a conversation alone.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// Which.
    pub conversation: ConversationId,
}

/// `negotiation.transfer`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Which.
    pub conversation: ConversationId,
    /// The colleague who takes over.
    pub to: UserId,
}

/// `negotiation.report`: tells the committee of misconduct.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Which.
    pub conversation: ConversationId,
    /// The entry complained of, if one.
    pub seq: Option<Seq>,
    /// Why, 1..=500 characters.
    pub reason: String,
}

/// `inbox.list`.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct InboxList {
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Page size, 1..=100, default 20.
    pub limit: Option<u32>,
}

/// A log entry as the parties see it. A recalled text is served without its body.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntryView {
    /// Its position.
    pub seq: Seq,
    /// `text`, `card`, `recall`, `assigned`, `closed`, `reopened`, `blocked`, `system`.
    pub kind: &'static str,
    /// Who did it.
    pub from: UserId,
    /// For which side: a person may have left their team since, so `from` alone does not tell.
    pub side: Side,
    /// When: RFC 3339 with milliseconds and offset +08:00.
    pub at: String,
    /// The sender's own id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub client_msg_id: Option<Arc<str>>,
    /// Its content by kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Arc<RawValue>>,
    /// What a recall recalls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Seq>,
    /// This text was recalled.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recalled: bool,
}

/// Whether one can write in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Yes.
    Open,
    /// Ended by a party; can be reopened.
    Closed,
    /// Ended by a party that wants no more; only that side reopens.
    Blocked,
}

/// The other side of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct With {
    /// The enterprise.
    pub id: EnterpriseId,
    /// Its name when the conversation was started.
    #[schema(value_type = String)]
    pub name: Arc<str>,
    /// Its English name, if it had one then.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_en: Option<Arc<str>>,
}

/// One row of an inbox, `inbox.updated` and the head of `negotiation.open`, as seen from one side by one user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Summary {
    /// Which.
    pub conversation: ConversationId,
    /// Which side is the own one: what tells own entries from the other side's.
    pub side: Side,
    /// The other side.
    pub with: With,
    /// What it is about.
    pub context: Context,
    /// The seq of its last entry.
    pub head: Seq,
    /// The last text, at most 80 characters; empty when recalled or none.
    #[schema(value_type = String)]
    pub preview: Arc<str>,
    /// Content entries of the other side behind the user's mark.
    pub unread: i64,
    /// Who of the own side has it in hand.
    pub assignee: Option<UserId>,
    /// Whether one can write.
    pub state: State,
    /// When it last changed: RFC 3339.
    pub at: String,
}

/// The answers.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// `inbox.list`.
    Inbox {
        /// Newest first.
        conversations: Vec<Summary>,
        /// Where the next page begins.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// `negotiation.start`.
    Started {
        /// Which.
        conversation: ConversationId,
        /// False when it was open already.
        created: bool,
    },
    /// `negotiation.open`.
    Opened(Box<Opened>),
    /// `negotiation.send`.
    Sent {
        /// Its position.
        seq: Seq,
        /// When: RFC 3339.
        at: String,
        /// True when it had been sent before.
        duplicate: bool,
    },
    /// `negotiation.history`.
    Page {
        /// In rising order.
        entries: Vec<EntryView>,
        /// Older ones exist.
        more: bool,
    },
    /// `negotiation.read`.
    Unread {
        /// What is left.
        unread: i64,
    },
    /// `negotiation.recall`, `claim`, `release`, `transfer`, `close`, `reopen`, `block`.
    Done {
        /// The entry that says so; the head when it was so already.
        seq: Seq,
    },
    /// `negotiation.report`.
    Reported {
        /// The report.
        report: RecordId,
    },
    /// `negotiation.leave`.
    Empty {},
}

/// The answer of `negotiation.open`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Opened {
    /// The conversation as the caller sees it.
    pub conversation: Summary,
    /// Changes only when an operator declares history lost: the client then drops its copy.
    pub epoch: i64,
    /// The seq of its last entry.
    pub head: Seq,
    /// In rising order.
    pub entries: Vec<EntryView>,
    /// True: not subscribed yet, ask on after the last of `entries`.
    pub more: bool,
    /// The read marks of the members who have one.
    pub read: BTreeMap<String, Seq>,
    /// Content entries of the other side behind the caller's mark.
    pub unread: i64,
    /// The members who have the conversation open now.
    pub online: Vec<UserId>,
}

/// What the members of a conversation, and a desk, are told.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// `negotiation.message`, with the envelope's `seq`.
    Message(Arc<EntryView>),
    /// `negotiation.read`.
    Read {
        /// Whose mark.
        user: UserId,
        /// Where it is now.
        seq: Seq,
    },
    /// `negotiation.typing`.
    Typing {
        /// Who.
        user: UserId,
    },
    /// `negotiation.presence`.
    Presence {
        /// Who.
        user: UserId,
        /// Whether the conversation is open on a device of theirs.
        online: bool,
    },
    /// `inbox.updated`.
    InboxUpdated(Box<Summary>),
}

impl Event {
    /// The `ev` of the envelope.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "negotiation.message",
            Self::Read { .. } => "negotiation.read",
            Self::Typing { .. } => "negotiation.typing",
            Self::Presence { .. } => "negotiation.presence",
            Self::InboxUpdated(_) => "inbox.updated",
        }
    }

    /// The `seq` of the envelope: log entries only.
    #[must_use]
    pub fn seq(&self) -> Option<Seq> {
        match self {
            Self::Message(entry) => Some(entry.seq),
            Self::Read { .. } | Self::Typing { .. } | Self::Presence { .. } | Self::InboxUpdated(_) => None,
        }
    }
}
