//! Which message ids were sent, and which were refused for good: what makes a repeated send the same message.
//!
//! Owns a bounded memory and whether it is the whole truth. Never holds provisional ids.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use storage::ids::{Millis, Seq, UserId};

use super::recent::Recent;
use crate::Refusal;
use crate::log::{Entry, SentId};

/// Most ids kept.
const IDS_MAX: usize = 1_024;
/// Most refused ids kept; at the limit the oldest is forgotten, whose other try has been under way for the longest.
const REFUSED_MAX: usize = 64;

type Id = (UserId, Arc<str>);

#[derive(Debug)]
#[cfg_attr(feature = "planted", derive(Clone))]
pub(super) struct SentIds {
    by_id: HashMap<Id, (Seq, Millis)>,
    order: VecDeque<Id>,
    complete: bool,
    /// Refused while another try may be under way, on a connection that its sender has given up.
    refused: VecDeque<(Id, Refusal)>,
}

impl SentIds {
    pub(super) fn new(loaded: Vec<SentId>, complete: bool, recent: &Recent, head: Seq) -> Self {
        let whole_log = head == Seq::ZERO || recent.first() == Some(Seq::ZERO.next());
        let mut sent = Self {
            by_id: HashMap::new(),
            order: VecDeque::new(),
            complete: complete || whole_log,
            refused: VecDeque::new(),
        };
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

    /// A repeated message was refused, so an earlier try that arrives yet is refused like it: the sender was told so.
    pub(super) fn refuse(&mut self, sender: UserId, client_msg_id: &Arc<str>, refusal: &Refusal) {
        self.refused.truncate(REFUSED_MAX - 1);
        self.refused.push_front(((sender, Arc::clone(client_msg_id)), refusal.clone()));
    }

    /// What a repetition of this message was answered.
    pub(super) fn refusal(&self, sender: UserId, client_msg_id: &Arc<str>) -> Option<&Refusal> {
        let is_it = |id: &Id| id.0 == sender && id.1 == *client_msg_id;
        self.refused.iter().find(|(id, _)| is_it(id)).map(|(_, refusal)| refusal)
    }

    /// Whether an id that is not kept was certainly not sent.
    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }
}
