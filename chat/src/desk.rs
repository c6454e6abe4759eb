//! An enterprise's inbox: its conversations, newest first, and who is told when they change.
//!
//! Owns the rows in memory and its team's read marks as far as they were needed. Never decides what happens in a
//! conversation: it is told heads and marks, stale ones are ignored. Where other hubs write the same store, a list is
//! answered from rows that were read after it was asked for, and from the logs behind the rows of its page.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use storage::ids::{ConversationId, EnterpriseId, Seq, UserId};

use crate::log::{Head, Mark, Side};
use crate::party::{Caller, ConnId, Refusal, Ticket};
use crate::time::Rank;
use crate::wire::{self, Event, InboxList, Reply, Summary};

mod newest;
#[cfg(test)]
mod tests;

pub use newest::Newest;

/// Most conversations an inbox lists; beyond that those without news for the longest time leave the list. They can
/// still be opened, and come back with their next entry.
pub const ROWS_MAX: usize = 10_000;
/// Most connections that are told of changes; more are told to try later.
const CONNS_MAX: usize = 1_024;
/// Most lists that wait for the store; more are told to try later.
const LISTS_MAX: usize = 256;
/// Most marks asked for at once.
const LOAD_MAX: usize = 100;
/// Page size when none is asked for.
const LIMIT_DEFAULT: u32 = 20;
/// Most rows of a page.
const LIMIT_MAX: u32 = 100;

/// What a desk asks for.
#[derive(Debug)]
pub enum DeskOutput {
    /// Answers a request. Exactly once a ticket.
    Reply {
        /// Which request.
        ticket: Ticket,
        /// The answer.
        result: Result<Reply, Refusal>,
    },
    /// To one connection.
    Tell {
        /// Whom.
        conn: ConnId,
        /// What.
        event: Event,
    },
    /// Read this inbox's rows; always answered with [`Desk::handle_rows`]. One at a time.
    LoadRows,
    /// Read what a page needs; always answered with [`Desk::handle_loaded`].
    LoadFacts {
        /// Names the question.
        load: u64,
        /// Whose marks.
        user: UserId,
        /// In which conversations (at most 100).
        marks: Vec<ConversationId>,
        /// Conversations (at most 100) that another hub may have moved on from here.
        heads: Vec<Head>,
    },
}

/// What was read for a page.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The marks that exist.
    pub marks: Vec<(ConversationId, Mark)>,
    /// The heads that are further than they were said to be.
    pub heads: Vec<Head>,
}

/// An enterprise's inbox. See the module.
#[derive(Debug)]
pub struct Desk {
    enterprise: EnterpriseId,
    /// Other hubs may write the same store.
    shared: bool,
    rows: BTreeMap<ConversationId, Head>,
    order: BTreeSet<Place>,
    conns: BTreeMap<ConnId, UserId>,
    readers: BTreeMap<UserId, Reader>,
    lists: BTreeMap<u64, List>,
    loads: u64,
    /// Lists whose rows are being read; none while nothing is read.
    reading: Option<Vec<Asked>>,
    /// Lists that came since that began: they wait for the next reading.
    asked: Vec<Asked>,
}

/// A row's place in the order: the newest is the greatest.
type Place = (Rank, ConversationId);

/// A user who is told of changes.
#[derive(Debug, Default)]
struct Reader {
    /// The last question before they came: what was asked until then knows nothing of marks that were told to nobody.
    since: u64,
    conns: BTreeSet<ConnId>,
    /// Their marks as far as known; a mark at zero where there is none.
    marks: BTreeMap<ConversationId, Mark>,
    /// Changed conversations whose mark is not known yet.
    untold: BTreeSet<ConversationId>,
    /// The question for marks of `untold` that is on its way, and which it asks for.
    load: Option<(u64, Vec<ConversationId>)>,
}

/// A page that was asked for.
#[derive(Debug)]
struct Asked {
    ticket: Option<Ticket>,
    user: UserId,
    below: Option<Place>,
    limit: usize,
}

/// A page that waits for marks and heads.
#[derive(Debug)]
struct List {
    ticket: Option<Ticket>,
    user: UserId,
    /// As it stood when it was asked for.
    page: Vec<Place>,
    /// There are rows below it.
    more: bool,
}

impl Desk {
    /// An inbox with the enterprise's conversations, of which it keeps the newest; `shared` when other hubs may write
    /// the same store.
    #[must_use]
    pub fn new(enterprise: EnterpriseId, heads: impl IntoIterator<Item = Head>, shared: bool) -> Self {
        let mut desk = Self {
            enterprise,
            shared,
            rows: BTreeMap::new(),
            order: BTreeSet::new(),
            conns: BTreeMap::new(),
            readers: BTreeMap::new(),
            lists: BTreeMap::new(),
            loads: 0,
            reading: None,
            asked: Vec::new(),
        };
        for head in heads {
            desk.put(head);
        }
        desk
    }

    /// From here on a team member's connection is told of changes. Those who do not negotiate are told nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for another enterprise's people, [`Refusal::Forbidden`] for duties that do not negotiate,
    /// [`Refusal::Overloaded`] when too many are told already.
    pub fn subscribe(&mut self, caller: Caller) -> Result<(), Refusal> {
        if caller.party.enterprise != self.enterprise {
            return Err(Refusal::NotFound);
        }
        if !caller.party.duty.negotiates() {
            return Err(Refusal::Forbidden);
        }
        let Some(conn) = caller.conn else { return Ok(()) };
        if self.conns.len() >= CONNS_MAX && !self.conns.contains_key(&conn) {
            return Err(Refusal::Overloaded);
        }
        self.conns.insert(conn, caller.party.user);
        let since = self.loads;
        let reader = self.readers.entry(caller.party.user).or_insert_with(|| Reader { since, ..Reader::default() });
        reader.conns.insert(conn);
        Ok(())
    }

    /// Whether a connection is told of changes, or awaits a list: its end must be told then.
    #[must_use]
    pub fn concerns(&self, conn: ConnId) -> bool {
        self.conns.contains_key(&conn)
    }

    /// A connection is gone.
    pub fn handle_closed(&mut self, conn: ConnId) {
        let Some(user) = self.conns.remove(&conn) else { return };
        if let Some(reader) = self.readers.get_mut(&user) {
            reader.conns.remove(&conn);
            if reader.conns.is_empty() {
                self.readers.remove(&user);
            }
        }
    }

    /// `inbox.list`; subscribes the connection.
    pub fn handle_list(&mut self, caller: Caller, list: &InboxList, out: &mut Vec<DeskOutput>) {
        if let Err(refusal) = self.list(caller, list, out) {
            reply(out, caller.ticket, Err(refusal));
        }
    }

    fn list(&mut self, caller: Caller, list: &InboxList, out: &mut Vec<DeskOutput>) -> Result<(), Refusal> {
        let limit = match list.limit.unwrap_or(LIMIT_DEFAULT) {
            limit @ 1..=LIMIT_MAX => limit as usize,
            _ => return Err(Refusal::Invalid { at: "/limit", code: "range" }),
        };
        let below = list.cursor.as_deref().map(place_at).transpose()?;
        self.subscribe(caller)?;
        let reading = self.reading.as_ref().map_or(0, Vec::len);
        if self.lists.len() + reading + self.asked.len() >= LISTS_MAX {
            return Err(Refusal::Overloaded);
        }
        let asked = Asked { ticket: caller.ticket, user: caller.party.user, below, limit };
        if self.shared {
            self.asked.push(asked);
            self.read_rows(out);
        } else {
            self.put_page(asked, out);
        }
        Ok(())
    }

    /// Begins to read the rows when lists wait for that.
    fn read_rows(&mut self, out: &mut Vec<DeskOutput>) {
        if self.reading.is_none() && !self.asked.is_empty() {
            self.reading = Some(std::mem::take(&mut self.asked));
            out.push(DeskOutput::LoadRows);
        }
    }

    /// Told the answer of a [`DeskOutput::LoadRows`].
    pub fn handle_rows(&mut self, result: Result<Vec<Head>, Refusal>, out: &mut Vec<DeskOutput>) {
        let lists = self.reading.take().unwrap_or_default();
        match result {
            Ok(heads) => {
                heads.into_iter().for_each(|head| self.handle_changed(head, out));
                lists.into_iter().for_each(|asked| self.put_page(asked, out));
            }
            Err(refusal) => lists.into_iter().for_each(|asked| reply(out, asked.ticket, Err(refusal.clone()))),
        }
        self.read_rows(out);
    }

    /// Answers a page, or asks for what it lacks: of a shared store everything may have moved.
    fn put_page(&mut self, asked: Asked, out: &mut Vec<DeskOutput>) {
        let Asked { ticket, user, below, limit } = asked;
        let (page, more) = self.page(below, limit);
        let is_unsure = |id: &ConversationId| self.shared || !self.knows_mark(user, *id);
        let unknown: Vec<ConversationId> = page.iter().map(|(_rank, id)| *id).filter(is_unsure).collect();
        let moving = page.iter().filter(|_| self.shared).filter_map(|(_rank, id)| self.rows.get(id));
        let heads: Vec<Head> = moving.cloned().collect();
        let list = List { ticket, user, page, more };
        if unknown.is_empty() {
            self.answer(list, &BTreeMap::new(), out);
        } else {
            let load = self.ask(user, unknown, heads, out);
            self.lists.insert(load, list);
        }
    }

    /// The rows below a place, and whether there are more.
    fn page(&self, below: Option<Place>, limit: usize) -> (Vec<Place>, bool) {
        let end = below.map_or(Bound::Unbounded, Bound::Excluded);
        let mut places = self.order.range((Bound::Unbounded, end)).rev();
        let page: Vec<Place> = places.by_ref().take(limit).copied().collect();
        (page, places.next().is_some())
    }

    fn knows_mark(&self, user: UserId, conversation: ConversationId) -> bool {
        self.readers.get(&user).is_some_and(|reader| reader.marks.contains_key(&conversation))
    }

    fn ask(&mut self, user: UserId, marks: Vec<ConversationId>, heads: Vec<Head>, out: &mut Vec<DeskOutput>) -> u64 {
        self.loads += 1;
        out.push(DeskOutput::LoadFacts { load: self.loads, user, marks, heads });
        self.loads
    }

    fn answer(&self, list: List, loaded: &BTreeMap<ConversationId, Mark>, out: &mut Vec<DeskOutput>) {
        let marks = self.readers.get(&list.user).map(|reader| &reader.marks);
        let mark = |id: &ConversationId| marks.and_then(|marks| marks.get(id)).or_else(|| loaded.get(id));
        let mut rows: Vec<(Place, Summary)> = Vec::with_capacity(list.page.len());
        rows.extend(list.page.iter().filter_map(|place| Some((*place, self.summary(place.1, mark(&place.1))?))));
        let fitting = wire::fitting(rows.iter().map(|(_place, row)| row));
        let more = list.more || fitting < rows.len();
        rows.truncate(fitting);
        // The next page begins below where the last one stood: what has moved up since is told as news.
        let next = rows.last().map(|(place, _row)| place).or(list.page.last()).filter(|_| more).map(cursor_of);
        // While the page was read its conversations may have moved.
        rows.sort_by_key(|((_rank, id), _row)| Reverse(self.rows.get(id).map(place_of)));
        let conversations = rows.into_iter().map(|(_place, row)| row).collect();
        reply(out, list.ticket, Ok(Reply::Inbox { conversations, next }));
    }

    fn summary(&self, conversation: ConversationId, mark: Option<&Mark>) -> Option<Summary> {
        let head = self.rows.get(&conversation)?;
        Some(head.summary(head.side_of(self.enterprise)?, mark))
    }

    /// Told a conversation's head: a new row, or news in one. Heads that are not newer are ignored.
    pub fn handle_changed(&mut self, head: Head, out: &mut Vec<DeskOutput>) {
        let conversation = head.conversation;
        if !self.put(head) {
            return;
        }
        let users: Vec<UserId> = self.readers.keys().copied().collect();
        for user in users {
            self.tell_or_ask(user, conversation, out);
        }
    }

    /// Whether it is news: of a row that is older than a full list nobody is told.
    fn put(&mut self, head: Head) -> bool {
        let place = place_of(&head);
        let stale = self.rows.get(&head.conversation).is_some_and(|row| row.head >= head.head);
        if stale || head.side_of(self.enterprise).is_none() {
            return false;
        }
        if let Some(old) = self.rows.insert(head.conversation, head) {
            self.order.remove(&place_of(&old));
        }
        self.order.insert(place);
        let oldest = if self.order.len() > ROWS_MAX { self.order.pop_first() } else { None };
        if let Some((_rank, conversation)) = oldest {
            self.forget(conversation);
        }
        oldest != Some(place)
    }

    fn forget(&mut self, conversation: ConversationId) {
        self.rows.remove(&conversation);
        for reader in self.readers.values_mut() {
            reader.marks.remove(&conversation);
            reader.untold.remove(&conversation);
        }
    }

    fn tell_or_ask(&mut self, user: UserId, conversation: ConversationId, out: &mut Vec<DeskOutput>) {
        let Some(reader) = self.readers.get_mut(&user) else { return };
        if reader.marks.contains_key(&conversation) {
            self.tell(user, conversation, out);
        } else {
            reader.untold.insert(conversation);
            self.ask_untold(user, out);
        }
    }

    fn tell(&self, user: UserId, conversation: ConversationId, out: &mut Vec<DeskOutput>) {
        let Some(reader) = self.readers.get(&user) else { return };
        let Some(summary) = self.summary(conversation, reader.marks.get(&conversation)) else { return };
        for conn in &reader.conns {
            let event = Event::InboxUpdated(Box::new(summary.clone()));
            out.push(DeskOutput::Tell { conn: *conn, event });
        }
    }

    /// Asks for the marks of what a user was not told yet, one question at a time.
    fn ask_untold(&mut self, user: UserId, out: &mut Vec<DeskOutput>) {
        let Some(reader) = self.readers.get(&user) else { return };
        if reader.load.is_some() || reader.untold.is_empty() {
            return;
        }
        let asked: Vec<ConversationId> = reader.untold.iter().copied().take(LOAD_MAX).collect();
        let load = self.ask(user, asked.clone(), Vec::new(), out);
        if let Some(reader) = self.readers.get_mut(&user) {
            reader.load = Some((load, asked));
        }
    }

    /// Told a member's mark moved: their other devices learn the new unread count.
    pub fn handle_marked(&mut self, conversation: ConversationId, mark: Mark, out: &mut Vec<DeskOutput>) {
        if !self.rows.contains_key(&conversation) {
            return;
        }
        let Some(reader) = self.readers.get_mut(&mark.user) else { return };
        if reader.learn(conversation, mark) {
            self.tell(mark.user, conversation, out);
        }
    }

    /// Told the answer of a [`DeskOutput::LoadFacts`].
    pub fn handle_loaded(&mut self, load: u64, result: Result<Facts, Refusal>, out: &mut Vec<DeskOutput>) {
        if let Some(list) = self.lists.remove(&load) {
            return self.list_loaded(load, list, result, out);
        }
        let asker = |reader: &Reader| reader.load.as_ref().is_some_and(|(asked, _)| *asked == load);
        if let Some(user) = self.readers.iter().find(|(_, reader)| asker(reader)).map(|(user, _)| *user) {
            self.untold_loaded(user, result, out);
        }
    }

    fn list_loaded(&mut self, load: u64, list: List, result: Result<Facts, Refusal>, out: &mut Vec<DeskOutput>) {
        let Facts { marks, heads } = match result {
            Ok(facts) => facts,
            Err(refusal) => return reply(out, list.ticket, Err(refusal)),
        };
        heads.into_iter().for_each(|head| self.handle_changed(head, out));
        let loaded: BTreeMap<ConversationId, Mark> = marks.into_iter().collect();
        if let Some(reader) = self.readers.get_mut(&list.user).filter(|reader| reader.since < load) {
            for id in list.page.iter().map(|(_rank, id)| id).filter(|id| self.rows.contains_key(id)) {
                reader.learn(*id, loaded.get(id).copied().unwrap_or(unread(list.user)));
            }
        }
        self.answer(list, &loaded, out);
    }

    fn untold_loaded(&mut self, user: UserId, result: Result<Facts, Refusal>, out: &mut Vec<DeskOutput>) {
        let Some(reader) = self.readers.get_mut(&user) else { return };
        let Some((_load, asked)) = reader.load.take() else { return };
        // After a refusal what is untold stays so until the next change.
        let Ok(facts) = result else { return };
        let loaded: BTreeMap<ConversationId, Mark> = facts.marks.into_iter().collect();
        let mut told = Vec::new();
        for id in asked {
            // What left the list meanwhile is untold no longer.
            if reader.untold.remove(&id) {
                reader.learn(id, loaded.get(&id).copied().unwrap_or(unread(user)));
                told.push(id);
            }
        }
        for id in told {
            self.tell(user, id, out);
        }
        self.ask_untold(user, out);
    }

    /// Whether it may be put away.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.conns.is_empty() && self.lists.is_empty() && self.reading.is_none()
    }
}

/// Whom of a side it concerns that the other side's content waits for an answer: the assignee, else everybody of `team`;
/// an assignee who has left the team concerns all of it. `team` are those who negotiate. Nobody when nothing waits.
#[must_use]
pub fn concerned(head: &Head, side: Side, team: &[UserId]) -> Vec<UserId> {
    if side.of(&head.unanswered_since).is_none() {
        return Vec::new();
    }
    let assignee = side.of(&head.assignees).filter(|assignee| team.contains(assignee));
    assignee.map_or_else(|| team.to_vec(), |assignee| vec![assignee])
}

impl Reader {
    /// Takes a mark in unless a later one is known. True when it moved.
    fn learn(&mut self, conversation: ConversationId, mark: Mark) -> bool {
        let older = self.marks.get(&conversation).is_none_or(|known| known.seq < mark.seq);
        if older {
            self.marks.insert(conversation, mark);
        }
        older
    }
}

/// The mark of a user who has read nothing.
const fn unread(user: UserId) -> Mark {
    Mark { user, seq: Seq::ZERO, counts: [0, 0] }
}

const fn place_of(head: &Head) -> Place {
    (head.rank, head.conversation)
}

/// **Shape**: `<rank in hexadecimal>-<conversation>`.
fn cursor_of((rank, conversation): &Place) -> String {
    format!("{:x}-{conversation}", rank.0)
}

fn place_at(cursor: &str) -> Result<Place, Refusal> {
    let wrong = Refusal::Invalid { at: "/cursor", code: "format" };
    let (rank, conversation) = cursor.split_once('-').ok_or_else(|| wrong.clone())?;
    let rank = i64::from_str_radix(rank, 16).map_err(|_format| wrong.clone())?;
    Ok((Rank(rank), conversation.parse().map_err(|_format| wrong)?))
}

fn reply(out: &mut Vec<DeskOutput>, ticket: Option<Ticket>, result: Result<Reply, Refusal>) {
    if let Some(ticket) = ticket {
        out.push(DeskOutput::Reply { ticket, result });
    }
}
