//! What a room asks of the world around it. The hub carries it out in order; the simulation does too.

use std::sync::Arc;

use storage::ids::{ConversationId, EnterpriseId, Millis, ReportId, Seq, UserId};

use crate::party::{ConnId, Refusal, Ticket};
use crate::wire::{Event, Reply, State, Target};

/// One of the two enterprises of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one that started it.
    A,
    /// The one it was started with.
    B,
}

impl Side {
    /// The opposite side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// The kinds of log entries; the numbers are what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i64)]
pub enum EntryKind {
    /// A text.
    Text = 1,
    /// A card.
    Card = 2,
    /// Takes a text back.
    Recall = 3,
    /// A side's assignee changed.
    Assigned = 4,
    /// Ended.
    Closed = 5,
    /// Open again.
    Reopened = 6,
    /// Ended by a side that wants no more.
    Blocked = 7,
    /// Said by the hub.
    System = 8,
}

/// One log entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position.
    pub seq: Seq,
    /// What it is.
    pub kind: EntryKind,
    /// Who did it.
    pub from: UserId,
    /// For which side.
    pub side: Side,
    /// When, by the hub's clock; never before the entry ahead of it.
    pub at: Millis,
    /// The sender's own id of it; empty when the operation has none.
    pub client_msg_id: Arc<str>,
    /// Identifies the write attempt: after an unknown outcome it tells whether the row that stands there is ours.
    pub op_id: u128,
    /// Its content: JSON text, empty when the kind has none.
    pub body: Arc<str>,
    /// What a recall recalls.
    pub target: Option<Seq>,
    /// Content entries (text, card) of side A up to and with this one.
    pub count_a: i64,
    /// Content entries of side B up to and with this one.
    pub count_b: i64,
}

/// The folded state of a conversation as of `head`: what the inboxes show and the loader starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which.
    pub conversation: ConversationId,
    /// Side A's and side B's enterprise.
    pub enterprises: [EnterpriseId; 2],
    /// Their names when the conversation was started.
    pub names: [Arc<str>; 2],
    /// What it is about.
    pub context: Target,
    /// The last entry's seq that is folded in.
    pub head: Seq,
    /// When that was.
    pub at: Millis,
    /// Content entries of side A and of side B.
    pub counts: [i64; 2],
    /// Who has it in hand, by side.
    pub assignees: [Option<UserId>; 2],
    /// Whether one can write.
    pub state: State,
    /// Which side blocked it, when blocked.
    pub blocked_by: Option<Side>,
    /// The last text, shortened.
    pub preview: Arc<str>,
}

/// One member's read mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Whose.
    pub user: UserId,
    /// Read up to here.
    pub seq: Seq,
    /// Content entries of sides A and B up to `seq`.
    pub counts: [i64; 2],
}

/// How an append ended. Unknown outcomes never reach a room: the hub repeats the identical batch until it is definite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Durable, every entry of the batch, and their `send_ids` rows too.
    Yes,
    /// Another hub was there first: the entries that stand from the batch's first seq on, in order. Nothing was written.
    Lost(Vec<Entry>),
    /// Definitely not written.
    Refused(Refusal),
}

/// What a room asks for.
#[derive(Debug)]
pub enum Output {
    /// Answers a request. Exactly once a ticket.
    Reply {
        /// Which request.
        ticket: Ticket,
        /// The answer.
        result: Result<Reply, Refusal>,
    },
    /// From here on the connection gets the room's events.
    Subscribe(ConnId),
    /// From here on it does not.
    Unsubscribe(ConnId),
    /// To all subscribed connections but one.
    Event {
        /// What.
        event: Event,
        /// Who not (a typist does not see themselves type).
        except: Option<ConnId>,
    },
    /// To one connection, subscribed or not.
    Tell {
        /// Whom.
        conn: ConnId,
        /// What.
        event: Event,
    },
    /// Make these entries durable; answered with `handle_appended`. One at a time a conversation, at most 64 entries
    /// and 40 KiB of bodies, never across a bucket's end.
    Append(Vec<Entry>),
    /// Read entries `from..=to`; answered with `handle_fetched`.
    Fetch {
        /// Names the question.
        fetch: u64,
        /// First seq.
        from: Seq,
        /// Last seq.
        to: Seq,
    },
    /// Was this id sent before? Answered with `handle_looked_up`.
    LookUp {
        /// Whose id.
        sender: UserId,
        /// The id.
        client_msg_id: Arc<str>,
    },
    /// Keep a read mark (later seq wins; no answer, repeated by the next mark if it is lost).
    SaveMark(Mark),
    /// A read mark moved: tell the desk of that user's side, for the user's other devices.
    Marked {
        /// Whose side.
        side: Side,
        /// The mark.
        mark: Mark,
    },
    /// The head moved (durably): bring the inboxes of both sides and the notifications of the offline up to it.
    Changed(Box<Head>),
    /// Keep a report for the committee; answered to the ticket by the hub.
    FileReport {
        /// Which request, none for one-way (then nothing is answered).
        ticket: Option<Ticket>,
        /// Its id.
        report: ReportId,
        /// Who reports.
        user: UserId,
        /// The entry complained of.
        seq: Option<Seq>,
        /// Why.
        reason: String,
    },
}
