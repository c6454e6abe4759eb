//! Which message ids were sent: what makes a repeated send the same message.
//!
//! Owns a bounded memory and whether it is the whole truth. Never holds provisional ids.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use storage::ids::{Millis, Seq, UserId};

use super::recent::Recent;
use crate::log::{Entry, SentId};

/// Most ids kept.
const IDS_MAX: usize = 1_024;

type Id = (UserId, Arc<str>);

#[derive(Debug)]
#[cfg_attr(feature = "planted", derive(Clone))]
pub(super) struct SentIds {
    by_id: HashMap<Id, (Seq, Millis)>,
    order: VecDeque<Id>,
    complete: bool,
}

impl SentIds {
    pub(super) fn new(loaded: Vec<SentId>, complete: bool, recent: &Recent, head: Seq) -> Self {
        let whole_log = head == Seq::ZERO || recent.first() == Some(Seq::ZERO.next());
        let mut sent = Self { by_id: HashMap::new(), order: VecDeque::new(), complete: complete || whole_log };
        let mut loaded = loaded;
        loaded.sort_by_key(|id| id.seq);
        for id in loaded {
            sent.insert((id.sender, id.client_msg_id), (id.seq, id.at));
        }
        recent.iter().for_each(|entry| sent.remember(entry));
        sent
    }

    /// Keeps the id of a durable entry, if it has one.
    pub(super) fn remember(&mut self, entry: &Entry) {
        if !entry.client_msg_id.is_empty() {
            self.insert((entry.from, Arc::clone(&entry.client_msg_id)), (entry.seq, entry.at));
        }
    }

    fn insert(&mut self, id: Id, place: (Seq, Millis)) {
        if self.by_id.contains_key(&id) {
            return;
        }
        self.order.push_back(id.clone());
        self.by_id.insert(id, place);
        if self.order.len() > IDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
            self.complete = false;
        }
    }

    /// Where and when an id was sent, as far as it is kept.
    pub(super) fn find(&self, sender: UserId, client_msg_id: &Arc<str>) -> Option<(Seq, Millis)> {
        self.by_id.get(&(sender, Arc::clone(client_msg_id))).copied()
    }

    /// Whether an id that is not kept was certainly not sent.
    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }
}
