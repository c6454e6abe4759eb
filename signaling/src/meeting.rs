//! The seats of one meeting: joining, leaving, roles, removal, lock.
//!
//! Owns every seat; a change is one call. Never waits and never looks at a clock: `now` is handed in.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use storage::Tick;

use crate::op::{Op, Output, Person, Refusal, Rules};
use crate::roster::{Changes, Delta, ParticipantId, Role, RosterEntry};

#[derive(Debug)]
struct Seat {
    person: Person,
    lost_at: Option<Tick>,
}

/// One meeting.
///
/// **Invariant**: never more seats than `capacity`; while none hosts, never the last one; at most one host.
#[derive(Debug)]
pub struct Meeting {
    rules: Rules,
    seats: BTreeMap<ParticipantId, Seat>,
    entries: BTreeMap<ParticipantId, RosterEntry>,
    changes: Changes,
    next: u32,
    locked: bool,
    removed: Vec<Person>,
    host_gone_at: Option<Tick>,
}

impl Meeting {
    /// An empty one.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            seats: BTreeMap::new(),
            entries: BTreeMap::new(),
            changes: Changes::default(),
            next: 1,
            locked: false,
            removed: Vec::new(),
            host_gone_at: None,
        }
    }

    /// Does what `from` asks (none: from outside, only `Join`).
    ///
    /// # Errors
    /// [`Refusal`]; then nothing changed.
    pub fn handle(
        &mut self,
        now: Tick,
        from: Option<ParticipantId>,
        op: Op,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        if let Op::Join { person, name, has_key } = op {
            return self.join(now, person, name, has_key, out);
        }
        let from = from.filter(|p| self.seats.contains_key(p)).ok_or(Refusal::NotFound)?;
        match op {
            Op::Join { .. } => Err(Refusal::NotFound),
            Op::Resume => self.resume(from, out),
            Op::Leave => self.leave(now, from, out),
            Op::ClaimHost => self.hand_over(from, out),
            Op::Grant { to, role } => self.grant(from, to, role, out),
            Op::Remove(whom) => self.remove(now, from, whom, out),
            Op::Lock(locked) => self.lock(from, locked, out),
        }
    }

    /// The participant's connection is gone; the seat waits for them.
    pub fn handle_lost(&mut self, now: Tick, p: ParticipantId) {
        if let Some(seat) = self.seats.get_mut(&p) {
            seat.lost_at.get_or_insert(now);
            self.note_host(now);
        }
    }

    /// Frees the seats that waited long enough, lets a co-host take over, and answers what changed since the last tick.
    pub fn tick(&mut self, now: Tick) -> Option<Delta> {
        let kept_ms = self.rules.resume_ms;
        let overdue = |seat: &Seat| seat.lost_at.is_some_and(|at| now.since_ms(at) >= kept_ms);
        let free: Vec<_> = self.seats.iter().filter(|(_, seat)| overdue(seat)).map(|(p, _)| *p).collect();
        for p in free {
            self.vacate(now, p);
        }
        if self.host_gone_at.is_some_and(|at| now.since_ms(at) >= self.rules.promote_ms) {
            self.promote();
        }
        self.changes.take(&self.entries)
    }

    /// The roster and its version, for one who has none yet. Changes since the last tick are in it already; their delta
    /// names the same entries again.
    pub fn snapshot(&self) -> (u64, impl Iterator<Item = &RosterEntry>) {
        (self.changes.version(), self.entries.values())
    }

    fn join(
        &mut self,
        now: Tick,
        person: Person,
        name: String,
        has_key: bool,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        let former = self.seats.iter().find(|(_, seat)| seat.person == person).map(|(p, _)| *p);
        if !has_key {
            self.admit(person, former.is_some())?;
        } else if former.is_none() && self.seats.len() >= self.rules.capacity {
            return Err(Refusal::Full);
        }
        self.removed.retain(|kept_out| *kept_out != person);
        let p = former.unwrap_or_else(|| self.seat(person, name));
        self.reclaim(p);
        if has_key {
            self.crown(p);
        }
        self.note_host(now);
        out.push(Output::Seated { p, role: self.role(p), v: self.changes.version() });
        Ok(())
    }

    /// In the order of SPEC 17: removed, locked, full. Who sits already needs no further seat.
    fn admit(&self, person: Person, sits_already: bool) -> Result<(), Refusal> {
        let reserved = usize::from(self.rules.reserve_host_seat && self.host().is_none());
        if self.removed.contains(&person) {
            return Err(Refusal::Removed);
        }
        if sits_already {
            return Ok(());
        }
        if self.locked {
            return Err(Refusal::Locked);
        }
        if self.seats.len() + reserved >= self.rules.capacity { Err(Refusal::Full) } else { Ok(()) }
    }

    fn seat(&mut self, person: Person, name: String) -> ParticipantId {
        let p = ParticipantId(self.next);
        self.next += 1;
        self.seats.insert(p, Seat { person, lost_at: None });
        self.entries.insert(p, RosterEntry { p, name, role: Role::Participant });
        self.changes.join(p);
        p
    }

    fn resume(&mut self, from: ParticipantId, out: &mut Vec<Output>) -> Result<(), Refusal> {
        self.reclaim(from);
        out.push(Output::Seated { p: from, role: self.role(from), v: self.changes.version() });
        Ok(())
    }

    fn leave(&mut self, now: Tick, from: ParticipantId, out: &mut Vec<Output>) -> Result<(), Refusal> {
        self.vacate(now, from);
        out.push(Output::Done);
        Ok(())
    }

    fn hand_over(&mut self, to: ParticipantId, out: &mut Vec<Output>) -> Result<(), Refusal> {
        self.crown(to);
        out.push(Output::Done);
        Ok(())
    }

    fn grant(
        &mut self,
        from: ParticipantId,
        to: ParticipantId,
        role: Role,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        if self.role(from) != Role::Host || from == to {
            return Err(Refusal::Forbidden);
        }
        if !self.seats.contains_key(&to) {
            return Err(Refusal::NotFound);
        }
        if role == Role::Host {
            return self.hand_over(to, out);
        }
        self.set_role(to, role);
        out.push(Output::Done);
        Ok(())
    }

    fn remove(
        &mut self,
        now: Tick,
        from: ParticipantId,
        whom: ParticipantId,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        let person = self.seats.get(&whom).ok_or(Refusal::NotFound)?.person;
        if self.role(from) <= self.role(whom) {
            return Err(Refusal::Forbidden);
        }
        self.vacate(now, whom);
        if self.removed.len() >= self.rules.removed_max {
            self.removed.remove(0);
        }
        self.removed.push(person);
        out.extend([Output::Ejected(whom), Output::Done]);
        Ok(())
    }

    fn lock(&mut self, from: ParticipantId, locked: bool, out: &mut Vec<Output>) -> Result<(), Refusal> {
        if self.role(from) == Role::Participant {
            return Err(Refusal::Forbidden);
        }
        self.locked = locked;
        out.push(Output::Done);
        Ok(())
    }

    /// The connected co-host who has been here longest leads now.
    fn promote(&mut self) {
        let here = |p: &ParticipantId| self.seats.get(p).is_some_and(|seat| seat.lost_at.is_none());
        let cohosts = self.entries.values().filter(|entry| entry.role == Role::Cohost).map(|entry| entry.p);
        if let Some(heir) = cohosts.filter(here).min() {
            self.crown(heir);
        }
    }

    fn reclaim(&mut self, p: ParticipantId) {
        if let Some(seat) = self.seats.get_mut(&p) {
            seat.lost_at = None;
        }
        if self.role(p) == Role::Host {
            self.host_gone_at = None;
        }
    }

    fn vacate(&mut self, now: Tick, p: ParticipantId) {
        let hosted = self.role(p) == Role::Host;
        if self.seats.remove(&p).is_some() {
            self.entries.remove(&p);
            self.changes.leave(p);
        }
        if hosted {
            self.host_gone_at.get_or_insert(now);
        }
    }

    fn note_host(&mut self, now: Tick) {
        let lost = self.host().and_then(|p| self.seats.get(&p)).and_then(|seat| seat.lost_at);
        if lost.is_some() {
            self.host_gone_at.get_or_insert(now);
        }
    }

    /// Makes `p` the one host; the former one helps from now on.
    fn crown(&mut self, p: ParticipantId) {
        if let Some(former) = self.host().filter(|former| *former != p) {
            self.set_role(former, Role::Cohost);
        }
        self.set_role(p, Role::Host);
        self.host_gone_at = None;
    }

    fn set_role(&mut self, p: ParticipantId, role: Role) {
        if let Some(entry) = self.entries.get_mut(&p).filter(|entry| entry.role != role) {
            entry.role = role;
            self.changes.change(p);
        }
    }

    fn role(&self, p: ParticipantId) -> Role {
        self.entries.get(&p).map_or(Role::Participant, |entry| entry.role)
    }

    fn host(&self) -> Option<ParticipantId> {
        self.entries.values().find(|entry| entry.role == Role::Host).map(|entry| entry.p)
    }

    /// Seats that are taken, the kept ones included.
    #[must_use]
    pub fn seats_taken(&self) -> usize {
        self.seats.len()
    }
}
