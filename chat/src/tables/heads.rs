//! The two tables that keep folded heads: one row a conversation, and one a side in its inbox.
//!
//! Owns their common columns, declared once.

use std::sync::Arc;

use storage::ids::{ConversationId, EnterpriseId, Millis, Seq, UserId};
use storage::{Result, StoreError};

use super::{ConversationRow, context, context_number, rank, side, state, state_number};
use crate::log::{Head, Side};

/// Declares both tables over the columns that a head folds into, and the way between their rows and those columns.
macro_rules! tables_of_heads {
    ($($(#[$doc:meta])* $column:ident: $type:ty $([since $since:literal])?,)*) => {
        storage::table! {
            /// Folded heads, written with `at` = their seq: a hint that saves replaying, the log decides.
            pub Heads: ordered, clustered, "heads", version 3;
            partition HeadsPart { conversation: ConversationId }
            clustering HeadsKey {}
            row HeadRow { $($(#[$doc])* $column: $type $([since $since])?,)* }
            patch HeadPatch
        }

        storage::table! {
            /// An enterprise's conversations: all that a [`Head`] holds, written with `at` = its seq.
            pub Inbox: ordered, clustered, "inbox", version 5;
            partition InboxPart { enterprise: EnterpriseId }
            clustering InboxKey { conversation: ConversationId }
            row InboxRow {
                side_a: EnterpriseId,
                side_b: EnterpriseId,
                name_a: Arc<str>,
                name_b: Arc<str>,
                /// [`context_number`].
                context_kind: i64,
                context_id: String,
                /// as in the conversation's row.
                name_en_a: Option<Arc<str>> [since 4],
                name_en_b: Option<Arc<str>> [since 4],
                context_title: Option<Arc<str>> [since 5],
                $($(#[$doc])* $column: $type $([since $since])?,)*
            }
            patch InboxPatch
        }

        /// The common columns.
        struct Folded { $($column: $type,)* }

        impl From<HeadRow> for Folded {
            fn from(row: HeadRow) -> Self {
                Self { $($column: row.$column,)* }
            }
        }

        impl From<InboxRow> for Folded {
            fn from(row: InboxRow) -> Self {
                Self { $($column: row.$column,)* }
            }
        }

        impl HeadRow {
            /// The row of a head.
            #[must_use]
            pub fn of(head: &Head) -> Self {
                let Folded { $($column,)* } = Folded::of(head);
                Self { $($column,)* }
            }
        }

        impl InboxRow {
            /// The row of a head, the same for both sides.
            #[must_use]
            pub fn of(head: &Head) -> Self {
                let ([side_a, side_b], [name_a, name_b]) = (head.enterprises, head.names.clone());
                let [name_en_a, name_en_b] = head.names_en.clone();
                let (context_kind, context_id) = (context_number(head.context.kind), head.context.id.clone());
                let Folded { $($column,)* } = Folded::of(head);
                let context_title = head.context.title.clone();
                Self {
                    side_a,
                    side_b,
                    name_a,
                    name_b,
                    name_en_a,
                    name_en_b,
                    context_kind,
                    context_id,
                    context_title,
                    $($column,)*
                }
            }
        }
    };
}

tables_of_heads! {
    head: Seq,
    at: Millis,
    count_a: i64,
    count_b: i64,
    assignee_a: Option<UserId>,
    assignee_b: Option<UserId>,
    unanswered_a: Option<Millis>,
    unanswered_b: Option<Millis>,
    /// [`state_number`].
    state: i64,
    /// [`Side::number`].
    blocked_by: Option<i64>,
    preview: Arc<str>,
    preview_seq: Seq,
    /// [`crate::Rank`]; none in rows of before there were ranks.
    rank: Option<i64> [since 2],
    /// [`recalled_text`]; none when nothing was, or in rows of before it was kept.
    recalled: Option<String> [since 3],
}

impl Folded {
    fn of(head: &Head) -> Self {
        let ([count_a, count_b], [assignee_a, assignee_b], [unanswered_a, unanswered_b]) =
            (head.counts, head.assignees, head.unanswered_since);
        Self {
            head: head.head,
            at: head.at,
            count_a,
            count_b,
            assignee_a,
            assignee_b,
            unanswered_a,
            unanswered_b,
            state: state_number(head.state),
            blocked_by: head.blocked_by.map(Side::number),
            preview: Arc::clone(&head.preview),
            preview_seq: head.preview_seq,
            rank: Some(head.rank.0),
            recalled: recalled_text(&head.recalled),
        }
    }

    /// The head that these columns say of a conversation whose first head was this one.
    fn onto(self, first: Head) -> Result<Head> {
        Ok(Head {
            head: self.head,
            at: self.at,
            rank: rank(self.rank, self.at),
            counts: [self.count_a, self.count_b],
            assignees: [self.assignee_a, self.assignee_b],
            unanswered_since: [self.unanswered_a, self.unanswered_b],
            state: state(self.state)?,
            blocked_by: self.blocked_by.map(side).transpose()?,
            preview: self.preview,
            preview_seq: self.preview_seq,
            recalled: self.recalled.as_deref().map(recalled).transpose()?.unwrap_or_default(),
            ..first
        })
    }
}

/// **Shape**: `<side's number>:<seq>`, joined by blanks.
fn recalled_text(recalled: &[(Side, Seq)]) -> Option<String> {
    let texts: Vec<String> = recalled.iter().map(|(side, seq)| format!("{}:{}", side.number(), seq.0)).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

fn recalled(text: &str) -> Result<Vec<(Side, Seq)>> {
    let one = |one: &str| {
        let (side, seq) = one.split_once(':')?;
        Some((Side::from_number(side.parse().ok()?)?, Seq(seq.parse().ok()?)))
    };
    let recalled: Option<_> = text.split(' ').map(one).collect();
    recalled.ok_or_else(|| StoreError::Corrupt(format!("not recalled contents: {text}")))
}

impl HeadRow {
    /// The head that this row and its conversation's row say.
    ///
    /// # Errors
    /// [`storage::StoreError::Corrupt`] when a number means nothing.
    pub fn into_head(self, conversation: ConversationId, row: &ConversationRow) -> Result<Head> {
        Folded::from(self).onto(row.first_head(conversation)?)
    }
}

impl InboxRow {
    /// The head that this row says.
    ///
    /// # Errors
    /// [`storage::StoreError::Corrupt`] when a number means nothing.
    pub fn into_head(self, conversation: ConversationId) -> Result<Head> {
        let context = context(self.context_kind, self.context_id.clone(), self.context_title.clone())?;
        let first = Head {
            enterprises: [self.side_a, self.side_b],
            names: [Arc::clone(&self.name_a), Arc::clone(&self.name_b)],
            names_en: [self.name_en_a.clone(), self.name_en_b.clone()],
            ..Head::empty(conversation, context)
        };
        Folded::from(self).onto(first)
    }
}
