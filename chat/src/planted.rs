//! Bugs on purpose: compiled in only under the feature `planted`, so that tests can show that the checkers find them.
//!
//! One of the [`crate::Rules`] then. Never part of a program that is shipped: the feature is off by default.

use std::str::FromStr;

use serde::Serialize;
use storage::ids::Seq;

use crate::command::Loaded;
use crate::log::{Head, Side};

/// A bug that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bug {
    /// Messages are acknowledged when their append begins.
    AckBeforeCommit,
    /// Now and then a position is left out.
    SkipSeq,
    /// A message that is sent again is appended again.
    DoubleAppend,
    /// Who resumes misses the first entry.
    OffByOneResume,
    /// A new epoch is not told.
    DroppedEpoch,
    /// A conversation on a shared store is answered from memory.
    SkipLook,
    /// The message ids of another hub's entries are not remembered.
    LostRaceForgetsIds,
    /// An inbox on a shared store is answered from memory.
    StaleInbox,
    /// All hubs use one row to say that a conversation's views are behind.
    OneUnsettledRow,
    /// A read mark is answered before it lasts.
    MarkBeforeSaved,
    /// Who has a conversation in hand is forgotten when it is loaded.
    ForgetsAssignee,
    /// What the own side says counts as unread too.
    CountsOwn,
    /// A conversation is taken up again although another one of its pair is open.
    TwoOpen,
    /// That somebody's answer will be due is not written down.
    NoDueRow,
}

/// Not the name of a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of {}", Bug::ALL.map(Bug::name).join(", "))]
pub struct NoSuchBug;

impl Bug {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::AckBeforeCommit,
        Self::SkipSeq,
        Self::DoubleAppend,
        Self::OffByOneResume,
        Self::DroppedEpoch,
        Self::SkipLook,
        Self::LostRaceForgetsIds,
        Self::StaleInbox,
        Self::OneUnsettledRow,
        Self::MarkBeforeSaved,
        Self::ForgetsAssignee,
        Self::CountsOwn,
        Self::TwoOpen,
        Self::NoDueRow,
    ];

    /// Those that need a second hub to be seen.
    pub const OF_TWO_HUBS: [Self; 4] =
        [Self::SkipLook, Self::LostRaceForgetsIds, Self::StaleInbox, Self::OneUnsettledRow];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AckBeforeCommit => "ack_before_commit",
            Self::SkipSeq => "skip_seq",
            Self::DoubleAppend => "double_append",
            Self::OffByOneResume => "off_by_one_resume",
            Self::DroppedEpoch => "dropped_epoch",
            Self::SkipLook => "skip_look",
            Self::LostRaceForgetsIds => "lost_race_forgets_ids",
            Self::StaleInbox => "stale_inbox",
            Self::OneUnsettledRow => "one_unsettled_row",
            Self::MarkBeforeSaved => "mark_before_saved",
            Self::ForgetsAssignee => "forgets_assignee",
            Self::CountsOwn => "counts_own",
            Self::TwoOpen => "two_open",
            Self::NoDueRow => "no_due_row",
        }
    }
}

impl FromStr for Bug {
    type Err = NoSuchBug;

    fn from_str(name: &str) -> Result<Self, NoSuchBug> {
        Self::ALL.into_iter().find(|bug| bug.name() == name).ok_or(NoSuchBug)
    }
}

/// The position behind `head`, or now and then the one behind that.
pub(crate) const fn next(head: Seq, planted: Option<Bug>) -> Seq {
    let skips = matches!(planted, Some(Bug::SkipSeq)) && head.0 % 16 == 15;
    if skips { head.next().next() } else { head.next() }
}

/// What a room takes over when it is loaded.
pub(crate) fn loaded(mut loaded: Loaded, planted: Option<Bug>) -> Loaded {
    if planted == Some(Bug::ForgetsAssignee) {
        loaded.head.assignees = [None, None];
    }
    loaded
}

/// How much is unread for a side.
pub(crate) fn unread(unread: i64, head: &Head, side: Side, planted: Option<Bug>) -> i64 {
    let own = *side.of(&head.counts);
    if planted == Some(Bug::CountsOwn) { unread + own } else { unread }
}
