//! One or more rooms over one log, in virtual time. What a room asks for is held until a test settles it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::value::RawValue;
use storage::ids::{ConversationId, EnterpriseId, RecordId, UploadId};

use super::*;
use crate::command::{LOOK_ENTRIES_MAX, MayBlock, Turn};
use crate::log::EntryKind;
use crate::party::{Duty, Party};
use crate::time::Rank;
use crate::wire::{self, Card, Context, Event, TargetKind};

mod clock;
mod marks;
mod members;
mod opening;
mod own;
mod pages;
#[cfg(feature = "planted")]
mod planted;
mod queue;
mod random;
mod rules;
mod shared;

const ALPHA: EnterpriseId = EnterpriseId(10);
const BETA: EnterpriseId = EnterpriseId(20);
/// Of side A, who started it; then A's administrator, then two of side B and B's administrator.
const ANN: i64 = 1;
const ADA: i64 = 2;
const BOB: i64 = 3;
const BEN: i64 = 4;
const BEA: i64 = 5;
const START: Millis = Millis(1_795_400_000_000);
const HOLDS: Confirmed = Confirmed { holds: true, blocked: [false; 2] };
const BEGIN: Now = Now { wall: START, tick: Tick(5_000_000), rank: Rank::of(START) };

fn party(user: i64) -> Party {
    let enterprise = if user <= ADA { ALPHA } else { BETA };
    Party { user: UserId(user), enterprise, duty: Duty::Consultant, admin: user == ADA || user == BEA }
}

fn first_head() -> Head {
    Head {
        conversation: ConversationId(1),
        enterprises: [ALPHA, BETA],
        names: ["Alpha".into(), "Beta".into()],
        names_en: [None, None],
        context: Context { kind: TargetKind::Enterprise, id: BETA.to_string(), title: None },
        head: Seq::ZERO,
        at: START,
        rank: Rank::of(START),
        counts: [0, 0],
        assignees: [Some(UserId(ANN)), None],
        unanswered_since: [None, None],
        state: wire::State::Open,
        blocked_by: None,
        preview: "".into(),
        preview_seq: Seq::ZERO,
        recalled: Vec::new(),
    }
}

fn replayed(log: &[Entry]) -> Head {
    let mut head = first_head();
    log.iter().for_each(|entry| head.apply(entry));
    head
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn send(id: &str, kind: &str, body: &str) -> wire::Send {
    let (client_msg_id, kind) = (id.to_owned(), kind.to_owned());
    wire::Send { conversation: ConversationId(1), client_msg_id, kind, body: raw(body), repeat: false }
}

fn text(id: &str) -> Command {
    Command::Send { send: send(id, "text", &format!("{{\"text\":\"{id}\"}}")), card: None }
}

/// The same, after an earlier try that was not answered.
fn again(id: &str) -> Command {
    let send = wire::Send { repeat: true, ..send(id, "text", &format!("{{\"text\":\"{id}\"}}")) };
    Command::Send { send, card: None }
}

const fn recall(seq: i64) -> Command {
    Command::Recall(wire::At { conversation: ConversationId(1), seq: Seq(seq) })
}

const fn read(seq: i64) -> Command {
    Command::Read(wire::At { conversation: ConversationId(1), seq: Seq(seq) })
}

/// As a hub prepares it for somebody who may.
fn block() -> Command {
    Command::Turn(Turn::Block(MayBlock::check(&first_head(), &party(ANN), &Rules::default()).unwrap()))
}

const fn open(after: Option<i64>, limit: u32) -> Command {
    let after = match after {
        Some(after) => Some(Seq(after)),
        None => None,
    };
    Command::Open(wire::Open { conversation: ConversationId(1), after, limit: Some(limit) })
}

const fn history(before: i64, limit: u32) -> Command {
    Command::History(wire::History { conversation: ConversationId(1), before: Seq(before), limit: Some(limit) })
}

/// What a room asked of the store and was not told yet.
#[derive(Debug)]
enum Asked {
    Append(Vec<Entry>),
    Fetch(u64, Seq, Seq),
    LookUp(UserId, Arc<str>),
    Look(Seq),
    SaveMark(Mark),
    Confirm(Seq),
}

/// A room, and what came out of it.
struct Room {
    room: Conversation,
    asked: VecDeque<Asked>,
    replies: BTreeMap<u64, Result<Reply, Refusal>>,
    /// In short, in order: `reply 1`, `message 3`, `read 1@3`, `typing 1`, `presence 1+`, `subscribe 1`, `changed 3`...
    trace: Vec<String>,
    events: Vec<Event>,
    reports: Vec<Output>,
}

/// One log, the rooms over it, and the time.
struct World {
    log: Vec<Entry>,
    /// The read marks that last.
    marks: BTreeMap<UserId, Mark>,
    /// What the rows of the pair say.
    confirmed: Confirmed,
    /// The openings that were told to count.
    count: Vec<Seq>,
    now: Now,
    tickets: u64,
    rooms: Vec<Room>,
}

impl Room {
    fn new(log: &[Entry], recent: usize, sent_complete: bool, seed: u64) -> Self {
        Self::under(Rules::default(), log, recent, sent_complete, seed)
    }

    fn under(rules: Rules, log: &[Entry], recent: usize, sent_complete: bool, seed: u64) -> Self {
        let mut loaded = Loaded::started(replayed(log), 0);
        loaded.recent = log.iter().skip(log.len().saturating_sub(recent)).cloned().collect();
        loaded.sent_complete = sent_complete;
        Self::of(loaded, rules, seed)
    }

    fn with_marks(rules: Rules, log: &[Entry], recent: usize, marks: Vec<Mark>, seed: u64) -> Self {
        let mut loaded = Loaded::started(replayed(log), 0);
        loaded.recent = log.iter().skip(log.len().saturating_sub(recent)).cloned().collect();
        (loaded.sent_complete, loaded.marks) = (false, marks);
        Self::of(loaded, rules, seed)
    }

    fn of(loaded: Loaded, rules: Rules, seed: u64) -> Self {
        let room = Conversation::new(loaded, rules, seed);
        let (asked, replies, trace) = (VecDeque::new(), BTreeMap::new(), Vec::new());
        Self { room, asked, replies, trace, events: Vec::new(), reports: Vec::new() }
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            self.trace.push(show(&output));
            match output {
                Output::Reply { ticket, result } => {
                    assert!(self.replies.insert(ticket.0, result).is_none(), "{ticket:?} was answered twice");
                }
                Output::Append(entries) => {
                    assert!(!self.has_a_step_under_way(), "an append beside another step");
                    self.asked.push_back(Asked::Append(entries));
                }
                Output::Fetch { fetch, from, to } => self.asked.push_back(Asked::Fetch(fetch, from, to)),
                Output::LookUp { sender, client_msg_id } => self.asked.push_back(Asked::LookUp(sender, client_msg_id)),
                Output::Event { event, .. } => self.events.push(event),
                Output::Look { from } => {
                    assert!(!self.has_a_step_under_way(), "a look beside another step");
                    self.asked.push_back(Asked::Look(from));
                }
                report @ Output::FileReport { .. } => self.reports.push(report),
                Output::Subscribe(_) | Output::Unsubscribe(_) | Output::Tell { .. } => {}
                Output::SaveMark(mark) => self.asked.push_back(Asked::SaveMark(mark)),
                Output::Confirm { opened } => self.asked.push_back(Asked::Confirm(opened)),
                Output::Marked { .. } | Output::Changed(_) | Output::Checked => {}
            }
        }
    }

    fn has_a_step_under_way(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked, Asked::Append(_) | Asked::Look(_)))
    }
}

fn show(output: &Output) -> String {
    match output {
        Output::Reply { ticket, result: Ok(_) } => format!("reply {}", ticket.0),
        Output::Reply { ticket, result: Err(_) } => format!("refuse {}", ticket.0),
        Output::Subscribe(conn) => format!("subscribe {}", conn.0),
        Output::Unsubscribe(conn) => format!("unsubscribe {}", conn.0),
        Output::Event { event: Event::Message(entry), .. } => format!("message {}", entry.seq),
        Output::Event { event: Event::Read { user, seq }, .. } => format!("read {}@{seq}", user.0),
        Output::Event { event: Event::Typing { user }, .. } => format!("typing {}", user.0),
        Output::Event { event: Event::Presence { user, online }, .. } => {
            format!("presence {}{}", user.0, if *online { '+' } else { '-' })
        }
        Output::Event { event: Event::InboxUpdated(_), .. } | Output::Tell { .. } => "tell".into(),
        Output::Append(entries) => format!("append {}+{}", entries[0].seq, entries.len()),
        Output::Fetch { from, to, .. } => format!("fetch {from}..{to}"),
        Output::LookUp { client_msg_id, .. } => format!("look up {client_msg_id}"),
        Output::SaveMark(mark) => format!("save mark {}@{}", mark.user.0, mark.seq),
        Output::Marked { mark, .. } => format!("marked {}@{}", mark.user.0, mark.seq),
        Output::Changed(head) => format!("changed {}", head.head),
        Output::FileReport { .. } => "report".into(),
        Output::Look { from } => format!("look {from}.."),
        Output::Checked => "checked".into(),
        Output::Confirm { opened } => format!("confirm {opened}"),
    }
}

impl World {
    fn new() -> Self {
        Self {
            log: Vec::new(),
            marks: BTreeMap::new(),
            confirmed: HOLDS,
            count: Vec::new(),
            now: BEGIN,
            tickets: 0,
            rooms: vec![Room::new(&[], 0, true, 1)],
        }
    }

    /// A world whose log holds `contents` texts by Ann and Bob in turn, one a second, of which the room remembers the
    /// last `recent`.
    fn with_log(contents: i64, recent: usize) -> Self {
        let mut world = Self::new();
        for n in 1..=contents {
            world.wait(1_000);
            world.ok(if n % 2 == 1 { ANN } else { BOB }, text(&format!("m{n}")));
        }
        world.rooms = vec![Room::new(&world.log, recent, false, 2)];
        world
    }

    fn wait(&mut self, ms: i64) {
        self.now.tick = self.now.tick.plus_ms(ms);
        self.set_wall(ms);
    }

    /// Somebody sets the clock on the wall.
    fn set_wall(&mut self, ms: i64) {
        self.now.wall = self.now.wall.plus_ms(ms);
    }

    fn deadline(&self) -> Option<Tick> {
        self.rooms[0].room.next_deadline(self.now)
    }

    fn in_ms(&self, ms: i64) -> Option<Tick> {
        Some(self.now.tick.plus_ms(ms))
    }

    /// Hands an operation to a room and returns its ticket; the connection has the user's number.
    fn ask(&mut self, room: usize, user: i64, command: Command) -> u64 {
        self.ask_on(room, user, u64::try_from(user).unwrap(), command)
    }

    fn ask_on(&mut self, room: usize, user: i64, conn: u64, command: Command) -> u64 {
        self.tickets += 1;
        let ticket = Some(Ticket(self.tickets));
        self.call(room, Caller { party: party(user), conn: Some(ConnId(conn)), ticket }, command);
        self.tickets
    }

    fn call(&mut self, room: usize, caller: Caller, command: Command) {
        let mut out = Vec::new();
        self.now.rank = self.now.rank.next(self.now.wall);
        let room = &mut self.rooms[room];
        room.room.handle(self.now, caller, command, &mut out);
        room.take(out);
    }

    /// Tells a room the answer of the `nth` thing it asked the store for, as the log has it.
    fn settle_one(&mut self, room: usize, nth: usize) {
        let mut out = Vec::new();
        let target = &mut self.rooms[room];
        match target.asked.remove(nth).unwrap() {
            Asked::Append(entries) => {
                let appended = append(&mut self.log, entries);
                target.room.handle_appended(self.now, appended, &mut out);
            }
            Asked::Fetch(fetch, from, to) => {
                let found = self.log.iter().filter(|entry| (from..=to).contains(&entry.seq)).cloned().collect();
                target.room.handle_fetched(self.now, fetch, Ok(found), &mut out);
            }
            Asked::Look(from) => target.room.handle_looked(self.now, Ok(stands(&self.log, from)), &mut out),
            Asked::Confirm(opened) => {
                self.count.extend(Some(opened).filter(|_opened| self.confirmed == HOLDS));
                target.room.handle_confirmed(self.now, opened, Ok(self.confirmed), &mut out);
            }
            Asked::SaveMark(mark) => {
                keep(&mut self.marks, mark);
                target.room.handle_mark_saved(self.now, mark.user, mark.seq, &Ok(()), &mut out);
            }
            Asked::LookUp(sender, id) => {
                let same = |entry: &&Entry| entry.from == sender && entry.client_msg_id == id;
                let found = self.log.iter().find(same).map(|entry| (entry.seq, entry.at));
                target.room.handle_looked_up(self.now, sender, &id, &Ok(found), &mut out);
            }
        }
        self.rooms[room].take(out);
    }

    /// Settles all that a room asks for, oldest first, until it asks for nothing.
    fn settle(&mut self, room: usize) {
        while !self.rooms[room].asked.is_empty() {
            self.settle_one(room, 0);
        }
    }

    fn refuse_append(&mut self, refusal: Refusal) {
        let asked = self.rooms[0].asked.pop_front();
        assert!(matches!(asked, Some(Asked::Append(_))), "{asked:?}");
        let mut out = Vec::new();
        self.rooms[0].room.handle_appended(self.now, Appended::Refused(refusal), &mut out);
        self.rooms[0].take(out);
    }

    fn tick(&mut self) {
        self.tick_room(0);
    }

    fn tick_room(&mut self, room: usize) {
        let mut out = Vec::new();
        self.rooms[room].room.tick(self.now, &mut out);
        self.rooms[room].take(out);
    }

    fn close(&mut self, conn: u64) {
        let mut out = Vec::new();
        self.rooms[0].room.handle_closed(self.now, ConnId(conn), &mut out);
        self.rooms[0].take(out);
    }

    /// Asks room 0, settles everything, and returns the answer.
    fn answer(&mut self, user: i64, command: Command) -> Result<Reply, Refusal> {
        let ticket = self.ask(0, user, command);
        self.settle(0);
        self.rooms[0].replies.remove(&ticket).expect("an answer")
    }

    fn ok(&mut self, user: i64, command: Command) -> Reply {
        self.answer(user, command).unwrap()
    }

    fn refusal(&mut self, user: i64, command: Command) -> Refusal {
        self.answer(user, command).unwrap_err()
    }

    /// The seq that a change was answered with.
    fn seq(&mut self, user: i64, command: Command) -> i64 {
        seq_of(&self.ok(user, command))
    }

    fn reply(&self, ticket: u64) -> Option<&Result<Reply, Refusal>> {
        self.rooms[0].replies.get(&ticket)
    }

    fn trace(&mut self) -> Vec<String> {
        std::mem::take(&mut self.rooms[0].trace)
    }

    /// A caller without a ticket.
    fn one_way(&mut self, user: i64, command: Command) {
        let conn = Some(ConnId(u64::try_from(user).unwrap()));
        self.call(0, Caller { party: party(user), conn, ticket: None }, command);
    }
}

/// What a look brings.
fn stands(log: &[Entry], from: Seq) -> Looked {
    let behind = log.get(usize::try_from(from.0 - 1).unwrap()..).unwrap_or(&[]);
    let entries: Vec<Entry> = behind.iter().take(LOOK_ENTRIES_MAX).cloned().collect();
    Looked { more: entries.len() < behind.len(), entries, marks: Vec::new() }
}

/// The store's way with marks: the later one stands.
fn keep(marks: &mut BTreeMap<UserId, Mark>, mark: Mark) {
    let kept = marks.entry(mark.user).or_insert(mark);
    if kept.seq < mark.seq {
        *kept = mark;
    }
}

/// The store's conditional append.
fn append(log: &mut Vec<Entry>, entries: Vec<Entry>) -> Appended {
    let at = usize::try_from(entries[0].seq.0 - 1).unwrap();
    assert!(at <= log.len(), "an append that leaves a gap");
    if at < log.len() {
        return Appended::Lost(log[at..].to_vec());
    }
    log.extend(entries);
    Appended::Yes
}

fn seq_of(reply: &Reply) -> i64 {
    let (Reply::Sent { seq, .. } | Reply::Done { seq }) = reply else { panic!("no seq: {reply:?}") };
    seq.0
}

fn opened(reply: Reply) -> wire::Opened {
    let Reply::Opened(opened) = reply else { panic!("not opened: {reply:?}") };
    *opened
}

fn page(reply: Reply) -> (Vec<i64>, bool) {
    let Reply::Page { entries, more } = reply else { panic!("not a page: {reply:?}") };
    (seqs(&entries), more)
}

fn seqs(entries: &[wire::EntryView]) -> Vec<i64> {
    entries.iter().map(|entry| entry.seq.0).collect()
}

const fn invalid(at: &'static str, code: &'static str) -> Refusal {
    Refusal::Invalid { at, code }
}
