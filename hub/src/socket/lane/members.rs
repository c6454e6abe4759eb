//! Which seats of one lane are in which room. It knows seats by their keys only.
//!
//! Each membership is written down twice, once at the room and once at the seat, and each side says where the other
//! stands: so leaving moves two entries and looks at no other member, however full the room is.

use std::collections::HashMap;

use smallvec::SmallVec;

use crate::socket::RoomKey;

#[cfg(test)]
mod tests;

/// The key of a seat in its lane. Reused after the seat has left all rooms, never before.
pub(super) type SeatKey = u32;

/// A membership as the room lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) seat: SeatKey,
    /// Where the seat's list says the same.
    slot: u32,
}

/// A membership as the seat lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    room: RoomKey,
    /// Where the room's list says the same.
    at: u32,
}

/// The members of every room that has any.
#[derive(Default)]
pub(super) struct Members {
    rooms: HashMap<RoomKey, SmallVec<[Member; 2]>>,
    /// By seat key; few rooms each, so a list.
    seats: Vec<Vec<Place>>,
}

/// What became of a wish to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    /// It is in the room now, or was before.
    In,
    /// It is in as many rooms as it may.
    TooMany,
}

impl Members {
    /// Puts the seat into the room, unless it is in `rooms_max` others.
    pub(super) fn join(&mut self, room: RoomKey, seat: SeatKey, rooms_max: usize) -> Joined {
        let index = seat as usize;
        if self.seats.len() <= index {
            self.seats.resize_with(index + 1, Vec::new);
        }
        let Some(places) = self.seats.get_mut(index) else { return Joined::TooMany };
        if places.iter().any(|place| place.room == room) {
            return Joined::In;
        }
        if places.len() >= rooms_max {
            return Joined::TooMany;
        }
        let members = self.rooms.entry(room).or_default();
        // A seat's key has 32 bits and stands in a list once, so every position has too.
        let (Ok(slot), Ok(at)) = (u32::try_from(places.len()), u32::try_from(members.len())) else {
            return Joined::TooMany;
        };
        places.push(Place { room, at });
        members.push(Member { seat, slot });
        Joined::In
    }

    /// Takes the seat out of the room; nothing if it is not in it.
    pub(super) fn leave(&mut self, room: RoomKey, seat: SeatKey) {
        let Some(places) = self.seats.get(seat as usize) else { return };
        let Some(slot) = places.iter().position(|place| place.room == room) else { return };
        self.end(seat, slot);
    }

    /// Takes the seat out of all its rooms.
    pub(super) fn leave_all(&mut self, seat: SeatKey) {
        let count = self.seats.get(seat as usize).map_or(0, Vec::len);
        for slot in (0..count).rev() {
            self.end(seat, slot);
        }
        if let Some(places) = self.seats.get_mut(seat as usize) {
            *places = Vec::new();
        }
    }

    pub(super) fn of(&self, room: RoomKey) -> &[Member] {
        self.rooms.get(&room).map_or(&[], |members| members)
    }

    /// Ends the membership in the `slot` of this seat. The last entry of each list takes the freed place, and its other
    /// side is told.
    fn end(&mut self, seat: SeatKey, slot: usize) {
        let Some(places) = self.seats.get_mut(seat as usize) else { return };
        if slot >= places.len() {
            return;
        }
        let Place { room, at } = places.swap_remove(slot);
        let moved = places.get(slot).copied();
        if let (Some(place), Ok(slot)) = (moved, u32::try_from(slot))
            && let Some(member) = self.rooms.get_mut(&place.room).and_then(|members| members.get_mut(place.at as usize))
        {
            member.slot = slot;
        }
        let Some(members) = self.rooms.get_mut(&room) else { return };
        members.swap_remove(at as usize);
        let (moved, is_last) = (members.get(at as usize).copied(), members.is_empty());
        if let Some(member) = moved
            && let Some(place) =
                self.seats.get_mut(member.seat as usize).and_then(|places| places.get_mut(member.slot as usize))
        {
            place.at = at;
        }
        if is_last {
            self.rooms.remove(&room);
        }
    }
}
