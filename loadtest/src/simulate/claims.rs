//! What hubs said of conversations while they ran, held against the logs when those are known to their end: who has it in
//! hand, whether one can write, and how much is unread.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;
use storage::ids::{ConversationId, UserId};

use super::fold::Fold;

/// Claims of one conversation that are shown in full.
const SHOWN_MAX: usize = 2;

/// What said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum By {
    Opened,
    Listed,
    Updated,
    /// When everything is over.
    ReadBack,
}

/// A summary as one user was told it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Claim {
    pub(super) conversation: ConversationId,
    by: By,
    user: UserId,
    side: usize,
    pub(super) head: i64,
    pub(super) unread: i64,
    assignee: Option<UserId>,
    state: &'static str,
    mark: Mark,
}

/// Where the user's mark stood as far as this is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Mark {
    At(i64),
    /// There, or further: wherever somebody asked for one.
    From(i64),
}

/// All claims of an epoch; what is said twice is one.
#[derive(Debug, Default)]
pub(super) struct Claims(HashSet<Claim>);

impl Claim {
    /// **Shape**: a summary of the protocol. None when it is none.
    pub(super) fn of(by: By, user: UserId, summary: &Value) -> Option<Self> {
        Some(Self {
            conversation: summary["conversation"].as_str()?.parse().ok()?,
            by,
            user,
            side: if summary["side"] == "a" { 0 } else { 1 },
            head: summary["head"].as_i64()?,
            unread: summary["unread"].as_i64()?,
            assignee: summary["assignee"].as_str().and_then(|user| user.parse().ok()),
            state: ["open", "closed", "blocked"].into_iter().find(|state| summary["state"] == *state)?,
            mark: Mark::From(0),
        })
    }

    pub(super) const fn read_at(mut self, seq: i64) -> Self {
        self.mark = Mark::At(seq);
        self
    }

    pub(super) const fn read_from(mut self, seq: i64) -> Self {
        self.mark = Mark::From(seq);
        self
    }

    fn problem(&self, fold: &Fold, asked: &BTreeSet<i64>) -> Option<String> {
        let Some(stand) = fold.at(self.head) else {
            return Some(format!("a head at {}, the log ends at {}", self.head, fold.head()));
        };
        let assignee = stand.assignees.get(self.side).copied().flatten();
        if self.assignee != assignee {
            return Some(format!("{:?} has it in hand at {}, by the log {assignee:?}", self.assignee, self.head));
        }
        if self.state != stand.state {
            return Some(format!("{} at {}, by the log {}", self.state, self.head, stand.state));
        }
        let unread = |mark: i64| fold.unread(self.side, self.head, mark);
        let is_so = |mark: i64| unread(mark) == Some(self.unread);
        let (is_right, mark) = match self.mark {
            Mark::At(mark) => (is_so(mark), mark),
            Mark::From(mark) => (is_so(mark) || asked.range(mark..).any(|mark| is_so(*mark)), mark),
        };
        (!is_right).then(|| {
            format!("{} unread at {} with {:?}, by the log {:?}", self.unread, self.head, self.mark, unread(mark))
        })
    }
}

impl Claims {
    pub(super) fn add(&mut self, claim: Claim) {
        self.0.insert(claim);
    }

    /// What does not follow from the logs. `asked`: every mark that somebody asked for.
    pub(super) fn judge(
        &self,
        folds: &BTreeMap<ConversationId, Fold>,
        asked: &BTreeMap<(UserId, ConversationId), BTreeSet<i64>>,
    ) -> Vec<String> {
        let (mut findings, none) = (Vec::new(), BTreeSet::new());
        let mut claims: Vec<&Claim> = self.0.iter().collect();
        claims.sort_unstable();
        for together in claims.chunk_by(|one, next| one.conversation == next.conversation) {
            let problems = together.iter().filter_map(|claim| {
                let Some(fold) = folds.get(&claim.conversation) else {
                    return Some(format!("{:?} told of {}, which does not exist", claim.by, claim.conversation));
                };
                let asked = asked.get(&(claim.user, claim.conversation)).unwrap_or(&none);
                let problem = claim.problem(fold, asked)?;
                Some(format!("{:?} told {} of {}: {problem}", claim.by, claim.user, claim.conversation))
            });
            findings.extend(problems.take(SHOWN_MAX));
        }
        findings
    }
}

#[cfg(test)]
mod tests;
