//! A timing wheel of seconds: which connections to look at when. It owns no time; the lane's tick turns it.

#[cfg(test)]
mod tests;

const SLOTS: u32 = 64;

/// Entries by the second in which they are due, at most [`Wheel::REACH_S`] ahead.
pub(super) struct Wheel<T> {
    slots: Vec<Vec<T>>,
    now_s: u32,
}

impl<T> Wheel<T> {
    /// The farthest an entry can lie ahead; later ones are looked at then and put in again. **Units**: seconds.
    pub(super) const REACH_S: u32 = SLOTS - 1;

    pub(super) fn new() -> Self {
        Self { slots: (0..SLOTS).map(|_| Vec::new()).collect(), now_s: 0 }
    }

    /// Puts an entry in; the second in which it really comes up.
    pub(super) fn insert(&mut self, due_s: u32, entry: T) -> u32 {
        let due_s = due_s.clamp(self.now_s + 1, self.now_s + Self::REACH_S);
        if let Some(slot) = self.slots.get_mut((due_s % SLOTS) as usize) {
            slot.push(entry);
        }
        due_s
    }

    /// Turns to the next second; the entries that are due in it.
    pub(super) fn turn(&mut self) -> Vec<T> {
        self.now_s += 1;
        self.slots.get_mut((self.now_s % SLOTS) as usize).map(std::mem::take).unwrap_or_default()
    }

    pub(super) const fn now_s(&self) -> u32 {
        self.now_s
    }
}
