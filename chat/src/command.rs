//! What goes into a conversation: the operations, its rules, and what is loaded of it.
//!
//! Owns shapes only; [`crate::Conversation`] decides.

use storage::ids::UserId;

use crate::log::{Entry, Head, Mark, SentId};
use crate::party::{Party, Refusal};
use crate::wire;

/// An operation on one conversation. Its `conversation` fields were used to find the room and are not looked at again.
#[derive(Debug, Clone)]
pub enum Command {
    /// `negotiation.open`.
    Open(wire::Open),
    /// `negotiation.leave`.
    Leave,
    /// `negotiation.send`.
    Send {
        /// As the client sent it.
        send: wire::Send,
        /// For a card: what it shows, as the hub found it, or why it found nothing.
        card: Option<Box<Result<wire::Card, Refusal>>>,
    },
    /// `negotiation.history`.
    History(wire::History),
    /// `negotiation.read`.
    Read(wire::At),
    /// `negotiation.recall`.
    Recall(wire::At),
    /// `negotiation.typing`.
    Typing,
    /// Who has it in hand, and whether one can write.
    Turn(Turn),
    /// `negotiation.report`.
    Report(wire::Report),
}

/// A change of who has a conversation in hand or whether one can write: judged by the head alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// `negotiation.claim`.
    Claim,
    /// `negotiation.release`.
    Release,
    /// `negotiation.transfer`.
    Transfer {
        /// Who takes over.
        to: UserId,
        /// The hub found `to` to be a colleague of the caller who negotiates.
        allowed: bool,
    },
    /// `negotiation.close`.
    Close,
    /// `negotiation.reopen`.
    Reopen {
        /// The hub has taken the pair's row for this conversation: no other one of the same pair and context is open.
        allowed: bool,
        /// The other side blocks, by the row of the two enterprises.
        blocked: bool,
    },
    /// `negotiation.block`, once the row of the two enterprises says so.
    Block(MayBlock),
}

/// That somebody was found to be allowed to block: asked before the row is written, since what it says is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MayBlock(());

impl MayBlock {
    /// Whether somebody may block the other side in a conversation as it stands.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for strangers, [`Refusal::Forbidden`] for duties that do not negotiate,
    /// [`Refusal::Conflict`] where somebody else has it in hand.
    pub fn check(head: &Head, party: &Party, rules: &Rules) -> Result<Self, Refusal> {
        head.may_speak(party, rules).map(|_side| Self(()))
    }
}

/// What an organiser may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// A claimed side is written for by its assignee and its administrators only.
    pub assignee_only: bool,
    /// An assignee who leaves the other side without an answer this long loses the conversation to their team.
    pub unanswered_ms: i64,
    /// A change that could not begin within this time is refused as unavailable.
    pub waiting_ms: i64,
    /// A change whose append is not settled within this time is answered as of unknown outcome.
    pub settling_ms: i64,
    /// Other hubs may append to the same log: what depends on its end looks into the store first.
    pub shared: bool,
    /// A bug on purpose.
    #[cfg(feature = "planted")]
    pub planted: Option<crate::planted::Bug>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            assignee_only: true,
            unanswered_ms: 600_000,
            waiting_ms: 5_000,
            settling_ms: 10_000,
            shared: false,
            #[cfg(feature = "planted")]
            planted: None,
        }
    }
}

/// Most entries of a [`Looked`], and of the entries that an append lost its race to: more are asked for.
pub const LOOK_ENTRIES_MAX: usize = 1_024;

/// What a look into the store brought.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    /// The entries from the one asked for on, in order. Their message ids are written: appending may go on behind them.
    pub entries: Vec<Entry>,
    /// The read marks, read before the entries.
    pub marks: Vec<Mark>,
    /// [`LOOK_ENTRIES_MAX`] was reached: ask on.
    pub more: bool,
}

/// What the rows of a pair say of an opening that stands in its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// The pair's row names this conversation and was written once more, see [`crate::pair::confirm`].
    pub holds: bool,
    /// Which sides block, read after the opening stood.
    pub blocked: [bool; 2],
}

/// A conversation as the hub read it from the store.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The stored head, with every later entry of the log applied.
    pub head: Head,
    /// The history's version.
    pub epoch: i64,
    /// The last entries (at most 128), in order, up to `head`.
    pub recent: Vec<Entry>,
    /// Message ids known to be sent; those of `recent` need not be repeated here.
    pub sent: Vec<SentId>,
    /// Whether `sent` and `recent` are all ids that still count. True by itself when `recent` is the whole log.
    pub sent_complete: bool,
    /// The read marks.
    pub marks: Vec<Mark>,
    /// For a log without entries: which sides block, by the row of the two enterprises, read after the conversation stood
    /// in both inboxes. Else none: whoever wrote its entries had looked.
    pub blocked: [bool; 2],
}

impl Loaded {
    /// A conversation that has just been started: no entry yet.
    #[must_use]
    pub const fn started(head: Head, epoch: i64) -> Self {
        Self {
            head,
            epoch,
            recent: Vec::new(),
            sent: Vec::new(),
            sent_complete: true,
            marks: Vec::new(),
            blocked: [false; 2],
        }
    }
}
