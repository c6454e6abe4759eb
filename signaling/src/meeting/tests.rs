//! Seats, roles and the roster, in virtual time.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

const T0: Tick = Tick(1_000_000);

fn meeting() -> Meeting {
    Meeting::new(Rules::default())
}

fn join(meeting: &mut Meeting, person: i64, has_key: bool) -> Result<ParticipantId, Refusal> {
    join_at(meeting, T0, person, has_key)
}

fn join_at(meeting: &mut Meeting, now: Tick, person: i64, has_key: bool) -> Result<ParticipantId, Refusal> {
    let mut out = Vec::new();
    let op = Op::Join { person: Person(person), name: format!("n{person}"), has_key };
    meeting.handle(now, None, op, &mut out)?;
    match out.as_slice() {
        [Output::Seated { p, .. }] => Ok(*p),
        other => panic!("{other:?}"),
    }
}

fn ask(meeting: &mut Meeting, from: ParticipantId, op: Op) -> Result<Vec<Output>, Refusal> {
    let mut out = Vec::new();
    meeting.handle(T0, Some(from), op, &mut out).map(|()| out)
}

#[test]
fn of_two_hundred_without_key_99_enter_and_the_key_holder_is_the_hundredth() {
    let mut meeting = meeting();
    let admitted = (0..200).filter(|person| join(&mut meeting, *person, false).is_ok()).count();
    assert_eq!(admitted, 99);
    assert_eq!(join(&mut meeting, 500, false), Err(Refusal::Full));
    let host = join(&mut meeting, 1000, true).unwrap();
    assert_eq!((meeting.seats_taken(), meeting.role(host)), (100, Role::Host));
    assert_eq!(join(&mut meeting, 1001, true), Err(Refusal::Full), "a second key holder finds no seat");
}

#[test]
fn with_the_host_present_or_nothing_reserved_it_is_exactly_100() {
    let mut led = meeting();
    join(&mut led, 1000, true).unwrap();
    assert_eq!((0..200).filter(|person| join(&mut led, *person, false).is_ok()).count(), 99);
    let mut open = Meeting::new(Rules { reserve_host_seat: false, ..Rules::default() });
    assert_eq!((0..200).filter(|person| join(&mut open, *person, false).is_ok()).count(), 100);
}

#[test]
fn joining_again_is_the_same_seat() {
    let mut meeting = meeting();
    let first = join(&mut meeting, 1, false).unwrap();
    assert_eq!(join(&mut meeting, 1, false).unwrap(), first);
    assert_eq!(meeting.seats_taken(), 1);
}

#[test]
fn a_lost_seat_is_kept_30_seconds_and_then_free() {
    let mut meeting = meeting();
    let p = join(&mut meeting, 1, false).unwrap();
    meeting.handle_lost(T0, p);
    meeting.tick(T0.plus_ms(29_999));
    assert!(ask(&mut meeting, p, Op::Resume).is_ok());
    meeting.handle_lost(T0, p);
    meeting.tick(T0.plus_ms(30_000));
    assert_eq!(ask(&mut meeting, p, Op::Resume), Err(Refusal::NotFound));
    assert_eq!(meeting.seats_taken(), 0);
}

#[test]
fn claiming_makes_the_former_host_a_cohost() {
    let mut meeting = meeting();
    let (one, two) = (join(&mut meeting, 1, true).unwrap(), join(&mut meeting, 2, false).unwrap());
    ask(&mut meeting, two, Op::ClaimHost).unwrap();
    assert_eq!((meeting.role(one), meeting.role(two)), (Role::Cohost, Role::Host));
}

#[test]
fn only_the_host_grants_and_never_to_themselves() {
    let mut meeting = meeting();
    let (host, guest) = (join(&mut meeting, 1, true).unwrap(), join(&mut meeting, 2, false).unwrap());
    let grant = |to, role| Op::Grant { to, role };
    assert_eq!(ask(&mut meeting, guest, grant(guest, Role::Cohost)), Err(Refusal::Forbidden));
    assert_eq!(ask(&mut meeting, host, grant(host, Role::Participant)), Err(Refusal::Forbidden));
    assert_eq!(ask(&mut meeting, host, grant(ParticipantId(99), Role::Cohost)), Err(Refusal::NotFound));
    ask(&mut meeting, host, grant(guest, Role::Cohost)).unwrap();
    assert_eq!(ask(&mut meeting, guest, grant(host, Role::Participant)), Err(Refusal::Forbidden));
    ask(&mut meeting, host, grant(guest, Role::Host)).unwrap();
    assert_eq!((meeting.role(host), meeting.role(guest)), (Role::Cohost, Role::Host));
}

#[test]
fn removal_goes_downwards_only_and_lasts_until_the_key_is_shown() {
    let mut meeting = meeting();
    let host = join(&mut meeting, 1, true).unwrap();
    let (helper, guest) = (join(&mut meeting, 2, false).unwrap(), join(&mut meeting, 3, false).unwrap());
    ask(&mut meeting, host, Op::Grant { to: helper, role: Role::Cohost }).unwrap();
    assert_eq!(ask(&mut meeting, guest, Op::Remove(helper)), Err(Refusal::Forbidden));
    assert_eq!(ask(&mut meeting, helper, Op::Remove(host)), Err(Refusal::Forbidden));
    let out = ask(&mut meeting, helper, Op::Remove(guest)).unwrap();
    assert_eq!(out, [Output::Ejected(guest), Output::Done]);
    assert_eq!(join(&mut meeting, 3, false), Err(Refusal::Removed));
    assert!(join(&mut meeting, 3, true).is_ok());
}

#[test]
fn a_locked_meeting_lets_in_who_sits_there_or_has_the_key() {
    let mut meeting = meeting();
    let host = join(&mut meeting, 1, true).unwrap();
    let guest = join(&mut meeting, 2, false).unwrap();
    assert_eq!(ask(&mut meeting, guest, Op::Lock(true)), Err(Refusal::Forbidden));
    ask(&mut meeting, host, Op::Lock(true)).unwrap();
    assert_eq!(join(&mut meeting, 3, false), Err(Refusal::Locked));
    assert_eq!(join(&mut meeting, 2, false), Ok(guest));
    assert!(join(&mut meeting, 4, true).is_ok());
    ask(&mut meeting, guest, Op::ClaimHost).unwrap();
    ask(&mut meeting, guest, Op::Lock(false)).unwrap();
    assert!(join(&mut meeting, 3, false).is_ok());
}

#[test]
fn a_minute_after_the_host_is_gone_the_eldest_present_cohost_leads() {
    let mut meeting = meeting();
    let host = join(&mut meeting, 1, true).unwrap();
    let helpers: Vec<_> = (2..5).map(|person| join(&mut meeting, person, false).unwrap()).collect();
    for helper in &helpers {
        ask(&mut meeting, host, Op::Grant { to: *helper, role: Role::Cohost }).unwrap();
    }
    meeting.handle_lost(T0.plus_ms(50_000), helpers[0]);
    meeting.handle_lost(T0, host);
    meeting.tick(T0.plus_ms(59_999));
    assert_eq!(meeting.host(), None);
    meeting.tick(T0.plus_ms(60_000));
    assert_eq!(meeting.host(), Some(helpers[1]));
}

#[test]
fn a_host_who_comes_back_in_time_keeps_leading() {
    let mut meeting = meeting();
    let (host, helper) = (join(&mut meeting, 1, true).unwrap(), join(&mut meeting, 2, false).unwrap());
    ask(&mut meeting, host, Op::Grant { to: helper, role: Role::Cohost }).unwrap();
    meeting.handle_lost(T0, host);
    ask(&mut meeting, host, Op::Resume).unwrap();
    meeting.tick(T0.plus_ms(120_000));
    assert_eq!(meeting.host(), Some(host));
}

#[test]
fn deltas_are_numbered_and_name_each_participant_once() {
    let mut meeting = meeting();
    let (one, two) = (join(&mut meeting, 1, true).unwrap(), join(&mut meeting, 2, false).unwrap());
    ask(&mut meeting, one, Op::Grant { to: two, role: Role::Cohost }).unwrap();
    let first = serde_json::to_value(meeting.tick(T0).unwrap()).unwrap();
    let entries = serde_json::json!([{"p":1,"name":"n1","role":"host"}, {"p":2,"name":"n2","role":"cohost"}]);
    assert_eq!(first, serde_json::json!({"v":1,"joined":entries}));
    assert_eq!(meeting.tick(T0), None);
    let three = join(&mut meeting, 3, false).unwrap();
    ask(&mut meeting, three, Op::Leave).unwrap();
    assert_eq!(meeting.tick(T0), None, "who came and went between two ticks was never there");
    ask(&mut meeting, two, Op::Leave).unwrap();
    let second = serde_json::to_value(meeting.tick(T0).unwrap()).unwrap();
    assert_eq!(second, serde_json::json!({"v":2,"left":[2]}));
}

#[derive(Debug, Clone)]
enum Act {
    Join(i64, bool),
    Ask(u32, Op),
    Lost(u32),
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let p = 1..16_u32;
    let role = prop_oneof![Just(Role::Participant), Just(Role::Cohost), Just(Role::Host)];
    let op = prop_oneof![
        Just(Op::Resume),
        Just(Op::Leave),
        Just(Op::ClaimHost),
        (p.clone(), role).prop_map(|(to, role)| Op::Grant { to: ParticipantId(to), role }),
        p.clone().prop_map(|p| Op::Remove(ParticipantId(p))),
        any::<bool>().prop_map(Op::Lock),
    ];
    prop_oneof![
        4 => (0..12_i64, prop::bool::weighted(0.2)).prop_map(|(person, key)| Act::Join(person, key)),
        4 => (p.clone(), op).prop_map(|(p, op)| Act::Ask(p, op)),
        1 => p.prop_map(Act::Lost),
        1 => (0..40_000_i64).prop_map(Act::Wait),
    ]
}

/// Applies a delta to a copy of the roster, as a client does.
fn follow(copy: &mut BTreeMap<ParticipantId, RosterEntry>, delta: &Delta) {
    for p in &delta.left {
        copy.remove(p);
    }
    for entry in delta.joined.iter().chain(&delta.changed) {
        copy.insert(entry.p, entry.clone());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(17), ..ProptestConfig::default() })]
    #[test]
    fn never_one_too_many_and_copies_stay_true(acts in prop::collection::vec(act(), 1..120)) {
        let rules = Rules { capacity: 6, ..Rules::default() };
        let (mut meeting, mut now) = (Meeting::new(rules), T0);
        let (mut copy, mut v) = (BTreeMap::new(), 0);
        for act in acts {
            match act {
                Act::Join(person, key) => drop(join_at(&mut meeting, now, person, key)),
                Act::Ask(p, op) => drop(meeting.handle(now, Some(ParticipantId(p)), op, &mut Vec::new())),
                Act::Lost(p) => meeting.handle_lost(now, ParticipantId(p)),
                Act::Wait(ms) => now = now.plus_ms(ms),
            }
            if let Some(delta) = meeting.tick(now) {
                v += 1;
                prop_assert_eq!(delta.v, v);
                follow(&mut copy, &delta);
            }
            prop_assert_eq!(&copy, &meeting.entries);
            prop_assert!(meeting.seats.keys().eq(meeting.entries.keys()));
            let hosts = meeting.entries.values().filter(|entry| entry.role == Role::Host).count();
            prop_assert!(hosts <= 1);
            prop_assert!(meeting.seats_taken() <= 5 + hosts);
            let people: std::collections::BTreeSet<_> = meeting.seats.values().map(|seat| seat.person).collect();
            prop_assert_eq!(people.len(), meeting.seats_taken(), "nobody sits twice");
        }
    }
}
