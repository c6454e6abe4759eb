//! Two enterprises: which of their conversations may be open, and who of them blocks the other.
//!
//! Owns the decisions about the two guarded rows of a pair, [`crate::tables::Pairs`] (one a context) and
//! [`crate::tables::Blocks`]: what may be written onto the row that was read. Never reads or writes one: whoever does
//! writes under the condition given here, and on losing its race reads again.
//!
//! **Openings.** Of a pair and context only the conversation that the row names may be open. Whoever opens one takes the row
//! first ([`take`]), from a holder whose log, read after the row, is not open. A start is open with the row; a reopening
//! appends its entry and then confirms ([`confirm`]), which writes the row once more: so a taker that had read the log before
//! that entry loses its race, and an opening that was taken away meanwhile ends itself.
//!
//! **Blocks.** The row is the truth; `blocked` entries in the logs are its echo. A block writes the row and then ends every
//! open conversation of the two; an opening reads the row after it stands in its log. One of them sees the other.

use storage::Expect;
use storage::ids::{ConversationId, EnterpriseId, Millis};

use crate::log::{Head, Side};
use crate::tables::{BlocksKey, BlocksPart, BlocksRow, PairRow, PairsKey, PairsPart};
use crate::wire::State;

#[cfg(test)]
mod tests;

/// What to write onto a pair's row, and under which condition.
#[derive(Debug, Clone)]
pub enum Take {
    /// Write this.
    Write(Expect<PairsKey>, PairRow),
    /// Another conversation of the pair is open.
    Open(ConversationId),
}

/// Takes the pair for a conversation that is to be opened, from `held`, whose holder's state is `holder` by its log, read
/// after the row; none when the conversation was never made.
#[must_use]
pub fn take(held: Option<&PairRow>, holder: Option<State>, conversation: ConversationId) -> Take {
    match held {
        Some(held) if held.conversation != conversation && holder == Some(State::Open) => Take::Open(held.conversation),
        // Written even when it is ours already: a taker that has just found us not open loses its race.
        held => {
            let (expect, row) = over(held, conversation);
            Take::Write(expect, row)
        }
    }
}

/// The write that confirms an opening which stands in its log; none when the pair was taken away meanwhile.
#[must_use]
pub fn confirm(held: Option<&PairRow>, conversation: ConversationId) -> Option<(Expect<PairsKey>, PairRow)> {
    held.is_none_or(|held| held.conversation == conversation).then(|| over(held, conversation))
}

fn over(held: Option<&PairRow>, conversation: ConversationId) -> (Expect<PairsKey>, PairRow) {
    match held {
        Some(held) => (Expect::Version(PairsKey {}, held.v), PairRow { v: held.v + 1, conversation }),
        None => (Expect::Absent(PairsKey {}), PairRow { v: 1, conversation }),
    }
}

impl PairsPart {
    /// That of a conversation.
    #[must_use]
    pub fn of(head: &Head) -> Self {
        let [side_a, side_b] = head.enterprises;
        let context_kind = crate::tables::context_number(head.context.kind);
        Self { side_a, side_b, context_kind, context_id: head.context.id.clone() }
    }
}

impl BlocksPart {
    /// That of two enterprises, whichever is named first.
    #[must_use]
    pub fn of([one, other]: [EnterpriseId; 2]) -> Self {
        Self { low: one.min(other), high: one.max(other) }
    }

    /// The write that makes one of the two block the other since `since`, or no longer; none when it is so already.
    #[must_use]
    pub fn set(
        &self,
        row: Option<&BlocksRow>,
        by: EnterpriseId,
        since: Option<Millis>,
    ) -> Option<(Expect<BlocksKey>, BlocksRow)> {
        let mut next = row.cloned().unwrap_or(BlocksRow { v: 0, by_low: None, by_high: None });
        let half = if by == self.low { &mut next.by_low } else { &mut next.by_high };
        if half.is_some() == since.is_some() {
            return None;
        }
        *half = since;
        let expect = row.map_or(Expect::Absent(BlocksKey {}), |row| Expect::Version(BlocksKey {}, row.v));
        next.v += 1;
        Some((expect, next))
    }
}

impl BlocksRow {
    /// Who of two enterprises blocks the other.
    #[must_use]
    pub fn by(&self, [one, other]: [EnterpriseId; 2]) -> [bool; 2] {
        let by = |id, other| if id < other { self.by_low.is_some() } else { self.by_high.is_some() };
        [by(one, other), by(other, one)]
    }
}

/// Which sides of a conversation block, by the row of its two enterprises. Where there is none, nobody has blocked since
/// there are such rows: then a conversation speaks for itself.
#[must_use]
pub fn blocking(row: Option<&BlocksRow>, head: &Head) -> [bool; 2] {
    row.map_or_else(|| Side::BOTH.map(|side| head.blocked_by == Some(side)), |row| row.by(head.enterprises))
}
