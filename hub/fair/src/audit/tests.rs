//! Every deed once, in one chain, however many write it; and nothing done to the rows goes unseen.

use std::sync::Arc;

use secrecy::SecretString;
use storage::faulty::{Faults, Faulty};
use storage::ids::UserId;
use storage::{Ack, Applied, Clock, Expect, Hidden, Op, Read, Scan, Store};
use tokio::task::JoinHandle;

use super::tables::*;
use super::*;
use crate::accounts::tests::{START, accounts, over};

fn deed(key: &str) -> NewEntry {
    NewEntry {
        key: key.to_owned(),
        at: START,
        actor: Actor { user: Some(UserId(7)), enterprise: Some(EnterpriseId(8)) },
        action: "document.reveal".to_owned(),
        object: Object::new("user", UserId(9)),
        note: Some("因投诉核对 13800138000".to_owned()),
    }
}

/// A record with a writer of its own, as each hub has.
#[expect(clippy::disallowed_methods, reason = "a test's runtime ends with it")]
fn hub(accounts: &Accounts) -> (Audit, JoinHandle<()>) {
    let (audit, writer) = Audit::new(accounts.clone(), Entropy::system());
    (audit, tokio::spawn(writer.run()))
}

async fn verify(accounts: &Accounts) -> Result<Verified, Broken> {
    Audit::verify(accounts.clone(), None, &mut |_seen| {}).await
}

async fn keys_in_order(accounts: &Accounts, count: i64) -> Vec<String> {
    let mut keys = Vec::new();
    for seq in 1..=count {
        let (part, c) = (chain::part_of(Seq(seq)), AuditKey { seq: Seq(seq) });
        keys.push(accounts.store().get::<AuditEntries>(part, c, Read::Serial).await.unwrap().unwrap().key);
    }
    keys
}

#[tokio::test(start_paused = true)]
async fn a_deed_recorded_again_has_its_first_place_even_after_a_restart() {
    let accounts = accounts();
    let (audit, writer) = hub(&accounts);
    assert_eq!(audit.record(deed("a")).await, Ok(Seq(1)));
    assert_eq!(audit.record(deed("b")).await, Ok(Seq(2)));
    assert_eq!(audit.record(deed("a")).await, Ok(Seq(1)));
    let twice = tokio::join!(audit.record(deed("c")), audit.record(deed("c")));
    assert_eq!(twice, (Ok(Seq(3)), Ok(Seq(3))));
    drop(audit);
    writer.await.unwrap();
    let (audit, _writer) = hub(&accounts);
    assert_eq!(audit.record(deed("c")).await, Ok(Seq(3)));
    assert_eq!(audit.record(deed("d")).await, Ok(Seq(4)));
    assert_eq!(verify(&accounts).await.unwrap().entries, 4);
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_index_a_crash_left_unwritten_is_found_by_whoever_goes_on() {
    let accounts = accounts();
    let (audit, writer) = hub(&accounts);
    audit.record(deed("a")).await.unwrap();
    drop(audit);
    writer.await.unwrap();
    // The entry of a hub that ended right behind its append, beside one that was loaded before.
    let (beside, _running) = hub(&accounts);
    assert_eq!(beside.record(deed("a")).await, Ok(Seq(1)));
    let ground = Ground { accounts: accounts.clone(), entropy: Entropy::system() };
    let first = accounts.store().get::<AuditEntries>(chain::part_of(Seq(1)), AuditKey { seq: Seq(1) }, Read::Serial);
    let head = chain::Head::behind(Seq(1), &first.await.unwrap().unwrap());
    let (seq, row) = chain::row_of(&ground, &head, &deed("b")).unwrap();
    let (expect, put) = (Expect::Absent(AuditKey { seq }), Op::Put { c: AuditKey { seq }, row, at: None });
    let written = accounts.store().write_if::<AuditEntries>(chain::part_of(seq), vec![expect], vec![put]).await;
    assert_eq!(written, Ok(Applied::Yes));
    assert_eq!(beside.record(deed("b")).await, Ok(Seq(2)), "by the hub that lost the race");
    let (fresh, _running) = hub(&accounts);
    assert_eq!(fresh.record(deed("b")).await, Ok(Seq(2)), "by one that starts");
    assert_eq!(fresh.record(deed("c")).await, Ok(Seq(3)));
    assert_eq!(beside.record(deed("d")).await, Ok(Seq(4)));
}

#[tokio::test(start_paused = true)]
async fn hubs_that_race_make_one_chain_in_which_each_deed_is_once() {
    let accounts = accounts();
    let clock = accounts.clock().clone();
    let others = [over(accounts.store(), &clock), over(accounts.store(), &clock)];
    let hubs: Vec<_> = others.iter().chain([&accounts]).map(hub).collect();
    let deeds = (0..300).flat_map(|n| hubs.iter().map(move |(audit, _)| (audit, format!("deed-{}", n % 200))));
    let recorded = deeds.map(|(audit, key)| async move { (key.clone(), audit.record(deed(&key)).await.unwrap()) });
    let places = futures_util::future::join_all(recorded).await;
    for (key, seq) in &places {
        assert!(places.iter().all(|(other, place)| other != key || place == seq), "{key} has one place");
    }
    assert_eq!(verify(&accounts).await.unwrap().entries, 200);
    let mut keys = keys_in_order(&accounts, 200).await;
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_and_forgets_to_answer_neither_doubles_nor_loses_a_deed() {
    let clock = Clock::starting_at(START);
    let store = Store::model(clock.clone());
    let faults = Faults { delay_ms_max: 20, unavailable: 0.05, unknown_done: 0.1, unknown_lost: 0.1 };
    let vexed = |seed| Store::Faulty(Faulty::new(store.clone(), seed, faults));
    let sides = [over(&vexed(1), &clock), over(&vexed(2), &clock)];
    let hubs: Vec<_> = sides.iter().map(hub).collect();
    let deeds = (0..120).map(|n| (&hubs[n % 2].0, &hubs[(n + 1) % 2].0, format!("deed-{}", n % 80)));
    let recorded = deeds.map(|(one, other, key)| async move {
        let mut tries = [one, other].into_iter().cycle();
        loop {
            if let Ok(seq) = tries.next().unwrap().record(deed(&key)).await {
                return (key, seq);
            }
        }
    });
    let places = futures_util::future::join_all(recorded).await;
    for (key, seq) in &places {
        assert!(places.iter().all(|(other, place)| other != key || place == seq), "{key} has one place");
    }
    let accounts = over(&store, &clock);
    assert_eq!(verify(&accounts).await.unwrap().entries, 80);
}

#[tokio::test(start_paused = true)]
async fn a_chain_longer_than_a_partition_is_loaded_listed_and_verified() {
    let accounts = accounts();
    let (audit, writer) = hub(&accounts);
    let count = BUCKET_ENTRIES + 70;
    for from in (0..count).step_by(512) {
        let keys = from..(from + 512).min(count);
        futures_util::future::join_all(keys.map(|n| audit.record(deed(&format!("k{n}"))))).await;
    }
    drop(audit);
    writer.await.unwrap();
    let (audit, _writer) = hub(&accounts);
    assert_eq!(audit.record(deed("last")).await, Ok(Seq(count + 1)));
    let mut seen = Vec::new();
    let verified = Audit::verify(accounts.clone(), None, &mut |entries| seen.push(entries)).await.unwrap();
    assert_eq!(verified.entries, count + 1);
    assert!(seen.is_sorted() && seen.last() == Some(&(count + 1)));
    let page = audit.entries(&Filter::default(), None, 100).await.unwrap();
    let seqs: Vec<_> = page.items.iter().map(|entry| entry.seq.0).collect();
    assert_eq!(seqs, (count - 98..=count + 1).rev().collect::<Vec<_>>());
    let next = audit.entries(&Filter::default(), page.next.as_deref(), 100).await.unwrap();
    assert_eq!(next.items[0].seq, Seq(count - 99));
}

/// A record of so many entries on a store of its own.
async fn record_of(count: usize) -> Accounts {
    let accounts = accounts();
    let (audit, _writer) = hub(&accounts);
    for n in 0..count {
        audit.record(deed(&format!("k{n}"))).await.unwrap();
    }
    accounts
}

async fn rows(accounts: &Accounts) -> Vec<(AuditKey, AuditRow)> {
    let part = AuditPart { bucket: 0 };
    accounts.store().scan::<AuditEntries>(part, Scan::first(100), Read::Serial).await.unwrap()
}

/// Does it to the rows as somebody with the database would.
async fn tamper(accounts: &Accounts, ops: Vec<Op<AuditEntries>>) {
    let rows = rows(accounts).await;
    let expect = rows.iter().map(|(c, row)| Expect::Version(c.clone(), row.v)).collect();
    let done = accounts.store().write_if::<AuditEntries>(AuditPart { bucket: 0 }, expect, ops).await.unwrap();
    assert_eq!(done, Applied::Yes);
}

fn put(seq: i64, row: &AuditRow) -> Op<AuditEntries> {
    Op::Put { c: AuditKey { seq: Seq(seq) }, row: row.clone(), at: None }
}

#[tokio::test(start_paused = true)]
async fn every_column_of_an_altered_row_is_missed() {
    type Change = fn(&mut AuditRow);
    let changes: [Change; 11] = [
        |row| row.v = 2,
        |row| row.at = row.at.plus_ms(1),
        |row| row.actor = Some(UserId(6)),
        |row| row.actor = None,
        |row| row.enterprise = None,
        |row| row.action.push('x'),
        |row| row.object_kind = "booth".into(),
        |row| row.object_id.clear(),
        |row| row.note = None,
        |row| row.key = "other".into(),
        |row| row.op_id += 1,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let accounts = record_of(5).await;
        let mut row = rows(&accounts).await.remove(2).1;
        change(&mut row);
        tamper(&accounts, vec![put(3, &row)]).await;
        assert_eq!(verify(&accounts).await, Err(Broken::Altered(Seq(3))), "change {at}");
    }
    let accounts = record_of(5).await;
    let mut row = rows(&accounts).await.remove(2).1;
    row.note = Some(Hidden(vec![0; 40]));
    row.mark[31] ^= 1;
    tamper(&accounts, vec![put(3, &row)]).await;
    assert_eq!(verify(&accounts).await, Err(Broken::Altered(Seq(3))));
}

#[tokio::test(start_paused = true)]
async fn a_removed_row_is_missed_wherever_it_stood() {
    for seq in 1..=5 {
        let accounts = record_of(5).await;
        tamper(&accounts, vec![Op::Delete { c: AuditKey { seq: Seq(seq) } }]).await;
        assert_eq!(verify(&accounts).await, Err(Broken::Removed(Seq(seq))), "{seq}");
    }
    let accounts = record_of(5).await;
    let rows = rows(&accounts).await;
    let moved = vec![put(3, &rows[3].1), put(4, &rows[4].1), Op::Delete { c: AuditKey { seq: Seq(5) } }];
    tamper(&accounts, moved).await;
    assert_eq!(verify(&accounts).await, Err(Broken::Altered(Seq(3))), "those behind it moved up");
}

#[tokio::test(start_paused = true)]
async fn an_inserted_row_is_seen_wherever_it_stands() {
    for (seq, said) in [
        (6, Broken::Altered(Seq(6))),
        (7, Broken::Removed(Seq(6))),
        (0, Broken::Altered(Seq(0))),
        (-3, Broken::Altered(Seq(-3))),
        (BUCKET_ENTRIES + 1, Broken::Removed(Seq(6))),
    ] {
        let accounts = record_of(5).await;
        let row = rows(&accounts).await.remove(4).1;
        tamper(&accounts, vec![put(seq, &row)]).await;
        assert_eq!(verify(&accounts).await, Err(said), "{seq}");
    }
    let accounts = record_of(5).await;
    let row = rows(&accounts).await.remove(4).1;
    let far = Seq(9 * BUCKET_ENTRIES + 1);
    let expect = vec![Expect::Absent(AuditKey { seq: far })];
    let done = accounts.store().write_if::<AuditEntries>(chain::part_of(far), expect, vec![put(far.0, &row)]).await;
    assert_eq!(done, Ok(Applied::Yes));
    assert_eq!(verify(&accounts).await, Err(Broken::Altered(far)));
}

#[tokio::test(start_paused = true)]
async fn who_has_another_key_cannot_forge_a_row() {
    let accounts = record_of(3).await;
    let keys = Keys::derive(&SecretString::from("another-secret-of-at-least-32-bytes!")).unwrap();
    let stranger = Accounts::new(accounts.store().clone(), accounts.clock().clone(), keys);
    let rows = rows(&accounts).await;
    let head = chain::Head::behind(Seq(3), &rows[2].1);
    let ground = Ground { accounts: stranger, entropy: Entropy::system() };
    let (seq, row) = chain::row_of(&ground, &head, &deed("forged")).unwrap();
    tamper(&accounts, vec![put(seq.0, &row)]).await;
    assert_eq!(verify(&accounts).await, Err(Broken::Altered(Seq(4))));
}

#[tokio::test(start_paused = true)]
async fn an_anchor_kept_outside_shows_a_record_that_was_put_back() {
    let accounts = record_of(5).await;
    let text = verify(&accounts).await.unwrap().anchor.unwrap();
    let anchor: Anchor = text.parse().unwrap();
    assert_eq!(anchor.to_string(), text);
    let verified = Audit::verify(accounts.clone(), Some(&anchor), &mut |_seen| {}).await;
    assert_eq!(verified.unwrap().entries, 5);
    let older = record_of(4).await;
    let verified = Audit::verify(older, Some(&anchor), &mut |_seen| {}).await;
    assert_eq!(verified, Err(Broken::Removed(Seq(5))));
    let anew = record_of(6).await;
    let verified = Audit::verify(anew, Some(&anchor), &mut |_seen| {}).await;
    assert_eq!(verified, Err(Broken::Anchor(Seq(5))), "its ids and notes are drawn anew");
    for text in ["", "5", "5:", "5:00", "0:00", "x:00", &text[..text.len() - 1], &format!("{text}00")] {
        assert!(text.parse::<Anchor>().is_err(), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_note_of_the_length_that_is_not_ours_is_seen() {
    let accounts = record_of(5).await;
    let row = AuditHeadRow { seq: Seq(4), mark: rows(&accounts).await[3].1.mark.clone(), seal: vec![0; 32] };
    let put = Op::Put { c: AuditHeadKey {}, row, at: Some(1_000) };
    accounts.store().write::<AuditHeads>(AuditHeadPart { id: 0 }, vec![put], Ack::Durable).await.unwrap();
    assert_eq!(verify(&accounts).await, Err(Broken::Head));
}

#[tokio::test(start_paused = true)]
async fn lists_are_by_object_and_actor_and_open_their_notes() {
    let accounts = accounts();
    let (audit, _writer) = hub(&accounts);
    for n in 0..30 {
        let actor = Actor { user: Some(UserId(n % 2)), enterprise: None };
        let object = Object::new("user", UserId(n % 3));
        audit.record(NewEntry { actor, object, ..deed(&format!("k{n}")) }).await.unwrap();
    }
    let seqs = |page: &crate::Page<Entry>| page.items.iter().map(|entry| entry.seq.0).collect::<Vec<_>>();
    let object = Filter { object: Some(format!("user/{}", UserId(1))), actor: None };
    let page = audit.entries(&object, None, 6).await.unwrap();
    assert_eq!(seqs(&page), [29, 26, 23, 20, 17, 14]);
    let page = audit.entries(&object, page.next.as_deref(), 6).await.unwrap();
    assert_eq!((seqs(&page), page.next.is_none()), (vec![11, 8, 5, 2], true));
    let actor = Filter { object: None, actor: Some(UserId(1)) };
    assert_eq!(seqs(&audit.entries(&actor, None, 3).await.unwrap()), [30, 28, 26]);
    let both = Filter { actor: Some(UserId(1)), ..object };
    assert_eq!(seqs(&audit.entries(&both, None, 100).await.unwrap()), [26, 20, 14, 8, 2]);
    assert_eq!(page.items[0].note.as_deref(), Some("因投诉核对 13800138000"));
    assert!(matches!(audit.entries(&both, Some("x"), 3).await, Err(Error::BadCursor)));
    assert!(!format!("{:?}", page.items[0]).contains("13800138000"), "nor does Debug tell the note");
}

#[tokio::test(start_paused = true)]
async fn deeds_that_break_a_rule_are_refused_before_they_wait() {
    let accounts = accounts();
    let (audit, _writer) = hub(&accounts);
    let rows: [(&str, NewEntry); 6] = [
        ("/key", NewEntry { key: String::new(), ..deed("") }),
        ("/key", NewEntry { key: "k".repeat(129), ..deed("") }),
        ("/action", NewEntry { action: "张三".into(), ..deed("k") }),
        ("/object/kind", NewEntry { object: Object::new("a/b", 1), ..deed("k") }),
        ("/object/id", NewEntry { object: Object::new("user", "a b"), ..deed("k") }),
        ("/note", NewEntry { note: Some("字".repeat(2_001)), ..deed("k") }),
    ];
    for (at, entry) in rows {
        assert_eq!(audit.record(entry).await, Err(Error::invalid(at, "format")));
    }
    assert_eq!(verify(&accounts).await.unwrap(), Verified { entries: 0, anchor: None });
}

#[tokio::test(start_paused = true)]
async fn more_deeds_than_may_wait_are_refused() {
    let accounts = accounts();
    let (audit, writer) = Audit::new(accounts.clone(), Entropy::system());
    let audit = Arc::new(audit);
    let mut waiting = futures_util::stream::FuturesUnordered::new();
    for n in 0..WAITING_MAX {
        let audit = Arc::clone(&audit);
        let mut one = Box::pin(async move { audit.record(deed(&format!("k{n}"))).await });
        assert!(futures_util::poll!(&mut one).is_pending());
        waiting.push(one);
    }
    assert_eq!(audit.record(deed("one-more")).await, Err(Error::Overloaded));
    drop(writer);
    while let Some(answer) = futures_util::StreamExt::next(&mut waiting).await {
        assert_eq!(answer, Err(Error::Store(storage::StoreError::Unknown)), "the writer ended");
    }
}
