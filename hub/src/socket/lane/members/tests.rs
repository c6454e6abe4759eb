//! Both sides of every membership agree, whoever leaves in which order, and leaving costs the same in a full room.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const ROOMS_MAX: usize = 3;

fn seats(members: &Members, room: u64) -> BTreeSet<SeatKey> {
    let listed = members.of(RoomKey(room));
    let seats: BTreeSet<_> = listed.iter().map(|member| member.seat).collect();
    assert_eq!(seats.len(), listed.len(), "nobody is listed twice");
    seats
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Join(u64, SeatKey),
    Leave(u64, SeatKey),
    LeaveAll(SeatKey),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..5_u64, 0..8_u32).prop_map(|(room, seat)| Step::Join(room, seat)),
        3 => (0..5_u64, 0..8_u32).prop_map(|(room, seat)| Step::Leave(room, seat)),
        1 => (0..8_u32).prop_map(Step::LeaveAll),
    ]
}

proptest! {
    #[test]
    fn rooms_list_whoever_joined_and_did_not_leave(steps in prop::collection::vec(step(), 0..200)) {
        let mut members = Members::default();
        let mut expected: BTreeMap<u64, BTreeSet<SeatKey>> = (0..5).map(|room| (room, BTreeSet::new())).collect();
        for step in steps {
            match step {
                Step::Join(room, seat) => {
                    let here = expected[&room].contains(&seat);
                    let count = expected.values().filter(|seats| seats.contains(&seat)).count();
                    let joined = members.join(RoomKey(room), seat, ROOMS_MAX);
                    prop_assert_eq!(joined == Joined::In, here || count < ROOMS_MAX);
                    if joined == Joined::In {
                        expected.get_mut(&room).unwrap().insert(seat);
                    }
                }
                Step::Leave(room, seat) => {
                    members.leave(RoomKey(room), seat);
                    expected.get_mut(&room).unwrap().remove(&seat);
                }
                Step::LeaveAll(seat) => {
                    members.leave_all(seat);
                    expected.values_mut().for_each(|seats| { seats.remove(&seat); });
                }
            }
            for (&room, expected) in &expected {
                prop_assert_eq!(&seats(&members, room), expected);
            }
        }
        prop_assert_eq!(members.rooms.len(), expected.values().filter(|seats| !seats.is_empty()).count());
    }
}

/// A scan of the room for each who leaves would look at forty-five thousand million entries: minutes, and the test has
/// patience for seconds.
#[test]
#[expect(clippy::disallowed_methods, reason = "it measures how long real work takes")]
fn leaving_a_full_room_looks_at_nobody_else() {
    const COUNT: SeatKey = 300_000;
    let began = std::time::Instant::now();
    let mut members = Members::default();
    for seat in 0..COUNT {
        members.join(RoomKey(1), seat, ROOMS_MAX);
        members.join(RoomKey(2), seat, ROOMS_MAX);
    }
    for seat in (0..COUNT).rev() {
        members.leave(RoomKey(1), seat);
        assert!(began.elapsed().as_secs() < 20, "{seat} are left in the first room");
    }
    for seat in 0..COUNT {
        members.leave_all(seat);
        assert!(began.elapsed().as_secs() < 20, "{seat} have left the second room");
    }
    assert!(members.rooms.is_empty());
}
