//! The order of an inbox: that of acknowledgement, also within one millisecond, over pages and restarts.

use serde_json::value::RawValue;

use super::*;
use crate::command::{Command, Loaded};
use crate::conversation::Conversation;
use crate::log::Entry;
use crate::output::{Appended, Output};
use crate::tables::{EntryRow, HeadRow, InboxRow};
use crate::time::{Now, Tick};
use crate::wire::Send;
use crate::{Rules, tables};

const WALL: Millis = Millis(1_795_400_000_000);

/// A hub whose clock stands still.
struct Hub {
    rank: Rank,
    /// Heads and logs as the store has them.
    rooms: BTreeMap<i64, (Head, Vec<Entry>)>,
}

impl Hub {
    fn new(conversations: &[i64]) -> Self {
        let rooms = conversations.iter().map(|id| (*id, (head(*id, 0, WALL.0), Vec::new()))).collect();
        Self { rank: Rank::default(), rooms }
    }

    /// A text in a conversation, until it is acknowledged; the head that the desks hear of.
    fn send(&mut self, conversation: i64) -> Head {
        self.rank = self.rank.next(WALL);
        let now = Now { wall: WALL, tick: Tick(0), rank: self.rank };
        let (head, log) = self.rooms.get_mut(&conversation).unwrap();
        let loaded = Loaded { recent: log.clone(), ..Loaded::started(head.clone(), 0) };
        let mut room = Conversation::new(loaded, Rules::default(), self.rank.0.cast_unsigned());
        let body = RawValue::from_string("{\"text\":\"a\"}".to_owned()).unwrap();
        let client_msg_id = format!("m{}", self.rank.0);
        let send = Send {
            conversation: ConversationId(conversation),
            client_msg_id,
            kind: "text".into(),
            body,
            repeat: false,
        };
        let mut out = Vec::new();
        room.handle(now, caller(1, 1, 1), Command::Send { send, card: None }, &mut out);
        let [Output::Append(entries)] = out.as_slice() else { panic!("{out:?}") };
        log.extend(entries.iter().cloned());
        out.clear();
        room.handle_appended(now, Appended::Yes, &mut out);
        *head = room.head().clone();
        head.clone()
    }
}

/// All of an inbox, a page of two at a time.
fn paged(desk: &mut Desk) -> Vec<i64> {
    list_all(desk, caller(1, 1, 1), &[]);
    let (mut cursor, mut seen) = (None, Vec::new());
    loop {
        let mut out = Vec::new();
        desk.handle_list(caller(1, 1, 2), &list(cursor, Some(2)), &mut out);
        let (rows, next) = listed(&mut out);
        seen.extend(rows.iter().map(|row| row.0));
        cursor = next;
        if cursor.is_none() {
            return seen;
        }
    }
}

const IDS: [i64; 5] = [9, 2, 7, 1, 4];

#[test]
fn what_changed_within_one_millisecond_is_listed_in_the_order_of_acknowledgement() {
    let mut hub = Hub::new(&IDS);
    let mut desk = Desk::new(OURS, [], false);
    let mut out = Vec::new();
    IDS.iter().for_each(|id| desk.handle_changed(hub.send(*id), &mut out));
    assert_eq!(paged(&mut desk), [4, 1, 7, 2, 9]);
    desk.handle_changed(hub.send(7), &mut out);
    assert_eq!(paged(&mut desk), [7, 4, 1, 2, 9]);
}

#[test]
fn that_order_survives_a_restart_from_rows_and_from_logs() {
    let mut hub = Hub::new(&IDS);
    IDS.iter().for_each(|id| drop(hub.send(*id)));
    let rows = hub.rooms.values().map(|(head, _)| InboxRow::of(head).into_head(head.conversation).unwrap());
    assert_eq!(paged(&mut Desk::new(OURS, rows, false)), [4, 1, 7, 2, 9]);

    // The rows of two are behind: their logs are replayed later, in whatever order, onto rows as they stood.
    let mut desk = Desk::new(OURS, hub.rooms.values().map(|(head, _)| head.clone()), false);
    for id in [2, 7] {
        let (stored, before) = (hub.rooms[&id].0.clone(), hub.rooms[&id].1.len());
        let last = hub.send(id);
        let log = &hub.rooms[&id].1;
        let row = tables::ConversationRow {
            v: 1,
            side_a: THEIRS,
            side_b: OURS,
            name_a: "Theirs".into(),
            name_b: "Ours".into(),
            context_kind: 1,
            context_id: OURS.to_string(),
            creator: UserId(99),
            created_at: WALL,
            epoch: 0,
            rank: None,
            name_en_a: None,
            name_en_b: None,
            context_title: None,
        };
        let mut replayed = HeadRow::of(&stored).into_head(ConversationId(id), &row).unwrap();
        for entry in &log[before..] {
            replayed.apply(&EntryRow::of(entry).into_entry(entry.seq).unwrap());
        }
        assert_eq!(replayed, last);
    }
    let mut out = Vec::new();
    [7, 2].iter().for_each(|id| desk.handle_changed(hub.rooms[id].0.clone(), &mut out));
    assert_eq!(paged(&mut desk), [7, 2, 4, 1, 9]);
}

/// An inbox of more rows than it lists, read in the order of their ids as a store gives them: the newest have any ids.
fn rows(count: i64) -> Vec<Head> {
    let at = |id: i64| (id * 7_919).rem_euclid(count);
    (0..count).map(|id| head(id, 1, at(id))).collect()
}

#[test]
fn the_newest_of_a_large_inbox_are_listed_whatever_their_ids() {
    let all = rows(10_050);
    let newest = all.iter().max_by_key(|head| head.rank).unwrap().conversation.0;
    let mut read = Newest::default();
    all.chunks(1_000).for_each(|page| read.extend(page.iter().cloned()));
    let kept: Vec<Head> = read.into_heads().collect();
    assert_eq!(kept.len(), ROWS_MAX);
    assert!(kept.iter().all(|head| head.rank >= Rank::of(Millis(50))), "the oldest have left");
    for mut desk in [Desk::new(OURS, kept, false), Desk::new(OURS, all, false)] {
        assert_eq!(desk.rows.len(), ROWS_MAX);
        assert_eq!(list_all(&mut desk, caller(1, 1, 1), &[])[0].0, newest);
    }
}

#[test]
fn of_a_row_that_is_older_than_a_full_inbox_nobody_is_told() {
    let mut desk =
        Desk::new(OURS, rows(10_000).into_iter().map(|row| Head { rank: row.rank.next(Millis(0)), ..row }), true);
    desk.subscribe(caller(1, 1, 1)).unwrap();
    let mut out = Vec::new();
    desk.handle_changed(Head { rank: Rank(0), ..head(77_777, 1, 0) }, &mut out);
    assert!(out.is_empty(), "{out:?}");
    assert_eq!(desk.rows.len(), ROWS_MAX);
}

#[test]
fn a_clock_that_is_set_back_does_not_turn_the_order_round() {
    let mut rank = Rank::default().next(WALL);
    for wall in [WALL.0, WALL.0 - 3_600_000, WALL.0 + 1, WALL.0 - 1] {
        let next = rank.next(Millis(wall));
        assert!(next > rank);
        rank = next;
    }
    assert_eq!(Rank::of(WALL).next(Millis(WALL.0 + 1)), Rank::of(Millis(WALL.0 + 1)), "ranks do not run ahead of time");
}
