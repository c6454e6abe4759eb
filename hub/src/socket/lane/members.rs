//! Which connections of one lane are in which room. It knows seats by their keys only.

use std::collections::HashMap;

use smallvec::SmallVec;

use crate::socket::RoomKey;

/// The key of a seat in its lane. Reused after the seat has left all rooms, never before.
pub(super) type SeatKey = u32;

/// The members of every room that has any.
#[derive(Default)]
pub(super) struct Members(HashMap<RoomKey, SmallVec<[SeatKey; 4]>>);

impl Members {
    /// The caller makes sure that the seat is not in the room yet.
    pub(super) fn join(&mut self, room: RoomKey, seat: SeatKey) {
        self.0.entry(room).or_default().push(seat);
    }

    pub(super) fn leave(&mut self, room: RoomKey, seat: SeatKey) {
        let Some(seats) = self.0.get_mut(&room) else { return };
        if let Some(at) = seats.iter().position(|&other| other == seat) {
            seats.swap_remove(at);
        }
        if seats.is_empty() {
            self.0.remove(&room);
        }
    }

    pub(super) fn of(&self, room: RoomKey) -> &[SeatKey] {
        self.0.get(&room).map_or(&[], |seats| seats)
    }
}
