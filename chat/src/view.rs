//! From what is stored to what the parties see.
//!
//! Owns the withholding of recalled contents. Never decides who may look.

use std::sync::Arc;

use serde_json::value::RawValue;
use storage::ids::UserId;

use crate::log::{Entry, Head, Mark, Side};
use crate::time::rfc3339;
use crate::wire::{EntryView, Summary, With};

#[cfg(test)]
mod tests;

impl Entry {
    /// As the parties see it; a recalled content without its body.
    #[must_use]
    pub fn view(&self, recalled: bool) -> EntryView {
        let body = if recalled { None } else { raw(&self.body) };
        EntryView {
            seq: self.seq,
            kind: self.kind.name(),
            from: self.from,
            side: self.side,
            at: rfc3339(self.at),
            client_msg_id: Some(Arc::clone(&self.client_msg_id)).filter(|id| !id.is_empty()),
            body,
            target: self.target,
            recalled,
        }
    }
}

fn raw(body: &str) -> Option<Arc<RawValue>> {
    RawValue::from_string(body.to_owned()).ok().map(Arc::from)
}

impl Head {
    /// As one user of one side sees it in their inbox.
    #[must_use]
    pub fn summary(&self, side: Side, mark: Option<&Mark>) -> Summary {
        let other = side.other();
        let assignee: Option<UserId> = *side.of(&self.assignees);
        Summary {
            conversation: self.conversation,
            side,
            with: With {
                id: *other.of(&self.enterprises),
                name: Arc::clone(other.of(&self.names)),
                name_en: other.of(&self.names_en).clone(),
            },
            context: self.context.clone(),
            head: self.head,
            preview: Arc::clone(&self.preview),
            unread: self.unread(side, mark),
            assignee,
            state: self.state,
            at: rfc3339(self.at),
        }
    }
}
