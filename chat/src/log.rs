//! The log of a conversation as values: entries, the head they fold into, and read marks.
//!
//! Owns [`Head::apply`], the one way from entries to state: live, replayed and after a lost race alike. Never decides
//! whether an entry may be written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use storage::ids::{ConversationId, EnterpriseId, Millis, Seq, UserId};
use storage::text::shorten;

use crate::command::Rules;
use crate::party::{Party, Refusal};
use crate::time::Rank;
use crate::wire::{Context, State};

#[cfg(test)]
mod tests;

/// The author of entries that no person wrote.
pub const HUB: UserId = UserId(0);

/// The longest preview. **Units**: Unicode scalars.
pub const PREVIEW_CHARS_MAX: usize = 80;

/// Contents taken back that a head keeps; beyond it the one taken back first counts as unread again, for whoever has not
/// read as far.
pub const RECALLED_MAX: usize = 64;

/// One of the two enterprises of a conversation.
///
/// **Shape**: `"a"` or `"b"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The one that started it.
    A,
    /// The one it was started with.
    B,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The opposite side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// This side's half of a pair.
    #[must_use]
    pub const fn of<T>(self, [a, b]: &[T; 2]) -> &T {
        match self {
            Self::A => a,
            Self::B => b,
        }
    }

    /// This side's half of a pair, to change.
    #[must_use]
    pub const fn of_mut<T>(self, [a, b]: &mut [T; 2]) -> &mut T {
        match self {
            Self::A => a,
            Self::B => b,
        }
    }

    /// The number that is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }

    /// From the stored number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::A),
            1 => Some(Self::B),
            _ => None,
        }
    }
}

/// The kinds of log entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A text.
    Text,
    /// A card.
    Card,
    /// Takes a text or card back.
    Recall,
    /// A side's assignee changed; the body is an [`Assignment`].
    Assigned,
    /// Ended.
    Closed,
    /// Open again.
    Reopened,
    /// Ended by a side that wants no more.
    Blocked,
    /// Said by the hub.
    System,
}

impl EntryKind {
    /// Every kind with its stored number and its name on the wire.
    const TABLE: [(Self, i64, &'static str); 8] = [
        (Self::Text, 1, "text"),
        (Self::Card, 2, "card"),
        (Self::Recall, 3, "recall"),
        (Self::Assigned, 4, "assigned"),
        (Self::Closed, 5, "closed"),
        (Self::Reopened, 6, "reopened"),
        (Self::Blocked, 7, "blocked"),
        (Self::System, 8, "system"),
    ];

    /// What a person has to say, as opposed to what happened: the kinds that unread counts count.
    #[must_use]
    pub const fn is_content(self) -> bool {
        matches!(self, Self::Text | Self::Card)
    }

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::TABLE.iter().find(|row| row.0 == self).map_or("system", |row| row.2)
    }

    /// The number that is stored.
    #[must_use]
    pub fn number(self) -> i64 {
        Self::TABLE.iter().find(|row| row.0 == self).map_or(8, |row| row.1)
    }

    /// From the stored number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::TABLE.iter().find(|row| row.1 == number).map(|row| row.0)
    }
}

/// One log entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position.
    pub seq: Seq,
    /// What it is.
    pub kind: EntryKind,
    /// Who did it; [`HUB`] when nobody did.
    pub from: UserId,
    /// For which side.
    pub side: Side,
    /// When, by the hub's clock; never before the entry ahead of it.
    pub at: Millis,
    /// Where it stands among the entries of all conversations; never below the entry ahead of it.
    pub rank: Rank,
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

/// The body of an [`EntryKind::Assigned`] entry. **Shape**: `{"assignee":"<user>"|null}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who has it in hand from now on; none: everybody of the side.
    pub assignee: Option<UserId>,
}

/// The body of an [`EntryKind::Text`] entry. **Shape**: `{"text":"..."}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextBody {
    /// The normalised text.
    pub text: String,
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
    /// Their English names then, where they had one.
    pub names_en: [Option<Arc<str>>; 2],
    /// What it is about.
    pub context: Context,
    /// The last entry's seq that is folded in.
    pub head: Seq,
    /// When that was; before the first entry, when the conversation was started.
    pub at: Millis,
    /// Its place among all conversations: inboxes are in this order.
    pub rank: Rank,
    /// Content entries of side A and of side B.
    pub counts: [i64; 2],
    /// Who has it in hand, by side.
    pub assignees: [Option<UserId>; 2],
    /// Since when content of the other side awaits an answer, or a new assignee has had it, by side.
    pub unanswered_since: [Option<Millis>; 2],
    /// Whether one can write.
    pub state: State,
    /// Which side blocked it, when blocked.
    pub blocked_by: Option<Side>,
    /// The last text, shortened; empty when recalled or none.
    pub preview: Arc<str>,
    /// The entry that `preview` shows.
    pub preview_seq: Seq,
    /// Contents that were taken back, and whose: nobody has to read them any more. The last [`RECALLED_MAX`].
    pub recalled: Vec<(Side, Seq)>,
}

impl Head {
    /// Of nobody yet, without an entry.
    pub(crate) fn empty(conversation: ConversationId, context: Context) -> Self {
        Self {
            conversation,
            enterprises: [EnterpriseId(0); 2],
            names: [Arc::from(""), Arc::from("")],
            names_en: [None, None],
            context,
            head: Seq::ZERO,
            at: Millis::default(),
            rank: Rank::default(),
            counts: [0, 0],
            assignees: [None, None],
            unanswered_since: [None, None],
            state: State::Open,
            blocked_by: None,
            preview: Arc::from(""),
            preview_seq: Seq::ZERO,
            recalled: Vec::new(),
        }
    }

    /// Which side an enterprise is, if either.
    #[must_use]
    pub fn side_of(&self, enterprise: EnterpriseId) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| *side.of(&self.enterprises) == enterprise)
    }

    /// For which side somebody may close, reopen or block, as far as its assignment lets them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for strangers, [`Refusal::Forbidden`] for duties that do not negotiate,
    /// [`Refusal::Conflict`] where somebody else has it in hand.
    pub fn may_speak(&self, party: &Party, rules: &Rules) -> Result<Side, Refusal> {
        let side = self.side_of(party.enterprise).ok_or(Refusal::NotFound)?;
        if !party.duty.negotiates() {
            return Err(Refusal::Forbidden);
        }
        self.lets_speak(side, party.user, party.admin, rules).map(|()| side)
    }

    /// Whether a side's assignment lets one of it speak for it.
    pub(crate) fn lets_speak(&self, side: Side, user: UserId, admin: bool, rules: &Rules) -> Result<(), Refusal> {
        match *side.of(&self.assignees) {
            Some(assignee) if rules.assignee_only && !admin && user != assignee => Err(Refusal::Conflict("claimed")),
            _ => Ok(()),
        }
    }

    /// Folds the next entry in: the log decides, whoever wrote it. The caller feeds entries in order, without gaps.
    pub fn apply(&mut self, entry: &Entry) {
        self.head = entry.seq;
        self.at = entry.at;
        self.rank = entry.rank;
        self.counts = [entry.count_a, entry.count_b];
        match entry.kind {
            EntryKind::Text | EntryKind::Card => self.apply_content(entry),
            EntryKind::Recall => self.apply_recall(entry),
            EntryKind::Assigned => self.apply_assigned(entry),
            EntryKind::Closed => self.apply_state(State::Closed, None),
            EntryKind::Reopened => self.apply_state(State::Open, None),
            EntryKind::Blocked => self.apply_state(State::Blocked, Some(entry.side)),
            EntryKind::System => {}
        }
    }

    /// When the first side gives up waiting for its assignee to answer and falls back to its team: what a loaded
    /// conversation does by its own timer, and what a due row is kept for.
    #[must_use]
    pub fn fall_back_at(&self, rules: &Rules) -> Option<Millis> {
        Side::BOTH.into_iter().filter_map(|side| self.side_falls_back_at(side, rules)).min()
    }

    pub(crate) fn side_falls_back_at(&self, side: Side, rules: &Rules) -> Option<Millis> {
        let since = (*side.of(&self.unanswered_since))?;
        let has_assignee = side.of(&self.assignees).is_some();
        (self.state == State::Open && has_assignee).then(|| since.plus_ms(rules.unanswered_ms))
    }

    fn apply_content(&mut self, entry: &Entry) {
        *entry.side.of_mut(&mut self.unanswered_since) = None;
        entry.side.other().of_mut(&mut self.unanswered_since).get_or_insert(entry.at);
        self.preview_seq = entry.seq;
        self.preview = if entry.kind == EntryKind::Text { preview(&entry.body) } else { Arc::from("") };
    }

    fn apply_recall(&mut self, entry: &Entry) {
        let Some(target) = entry.target else { return };
        if target == self.preview_seq {
            self.preview = Arc::from("");
        }
        let recalled = (entry.side, target);
        if self.recalled.contains(&recalled) {
            return;
        }
        if self.recalled.len() >= RECALLED_MAX {
            self.recalled.remove(0);
        }
        self.recalled.push(recalled);
    }

    fn apply_assigned(&mut self, entry: &Entry) {
        // A body that is not an assignment cannot have been written by this program; nobody is the safe reading.
        let assignee = serde_json::from_str::<Assignment>(&entry.body).ok().and_then(|body| body.assignee);
        *entry.side.of_mut(&mut self.assignees) = assignee;
        if let (Some(_), Some(since)) = (assignee, entry.side.of_mut(&mut self.unanswered_since)) {
            *since = entry.at;
        }
    }

    const fn apply_state(&mut self, state: State, blocked_by: Option<Side>) {
        self.state = state;
        self.blocked_by = blocked_by;
    }

    /// What of the other side is behind a mark, but for what it took back; no mark: everything.
    #[must_use]
    pub fn unread(&self, side: Side, mark: Option<&Mark>) -> i64 {
        let other = side.other();
        let read = mark.map_or(0, |mark| *other.of(&mark.counts));
        (other.of(&self.counts) - read - self.recalled_unread(side, mark)).max(0)
    }

    /// What the other side took back before it was read.
    #[must_use]
    pub fn recalled_unread(&self, side: Side, mark: Option<&Mark>) -> i64 {
        let read = mark.map_or(Seq::ZERO, |mark| mark.seq);
        let is_unread = |(whose, seq): &&(Side, Seq)| *whose == side.other() && *seq > read;
        self.recalled.iter().filter(is_unread).map(|_| 1).sum()
    }
}

fn preview(body: &str) -> Arc<str> {
    let text = serde_json::from_str::<TextBody>(body).map(|body| body.text).unwrap_or_default();
    let line = text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c });
    // One more, to see where the last one ends.
    let line: String = line.take(PREVIEW_CHARS_MAX + 1).collect();
    shorten(&line, PREVIEW_CHARS_MAX).into()
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

/// A message id that was sent, and where it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentId {
    /// Who sent it.
    pub sender: UserId,
    /// Their id of it.
    pub client_msg_id: Arc<str>,
    /// The entry it became.
    pub seq: Seq,
    /// When.
    pub at: Millis,
}
