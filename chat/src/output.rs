//! What a room asks of the world around it. The hub carries it out in order; the simulation does too.

use std::sync::Arc;

use storage::ids::{RecordId, Seq, UserId};

use crate::log::{Entry, Head, Mark, Side};
use crate::party::{ConnId, Refusal, Ticket};
use crate::wire::{Event, Reply};

/// How an append ended. Unknown outcomes never reach a room: the hub repeats the identical batch until it is definite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Durable, every entry of the batch.
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
    /// Read what stands from this seq on, and the marks; answered with `handle_looked`. One at a time a conversation,
    /// and none while an append is in flight.
    Look {
        /// First seq.
        from: Seq,
    },
    /// The entry at this seq reopened the conversation, and is its last: confirm the pair's row ([`crate::pair::confirm`]),
    /// then read who blocks; always answered with `handle_confirmed`. Another one only for a later entry.
    Confirm {
        /// The opening.
        opened: Seq,
    },
    /// Answers a `check`: what stood in the log when it was asked is known.
    Checked,
    /// Was this id sent before? Answered with `handle_looked_up`.
    LookUp {
        /// Whose id.
        sender: UserId,
        /// The id.
        client_msg_id: Arc<str>,
    },
    /// Keep a read mark (later seq wins); always answered with `handle_mark_saved`. One at a time a user.
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
        report: RecordId,
        /// Who reports.
        user: UserId,
        /// The entry complained of.
        seq: Option<Seq>,
        /// Why.
        reason: String,
    },
}
