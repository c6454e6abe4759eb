//! Meetings: who has a seat, with which role, and what the others learn of it, as a pure state machine.
//!
//! Owns the seats of one meeting, decided in one place so that two who race for the last seat cannot both have it.
//! Holds no `async`, no clock, no lock, no task, no socket, and checks no credential: number, password, host key and
//! ticket are the hub's, which hands in the verdict. Not yet wired: the hub serves no meetings so far; signals, waiting
//! room and chat come with them.

pub mod meeting;
pub mod op;
pub mod roster;

pub use meeting::Meeting;
pub use op::{Op, Output, Person, Refusal, Rules};
pub use roster::{Delta, ParticipantId, Role, RosterEntry};
