//! Negotiations (and later live rooms) as pure state machines.
//!
//! Owns the rules of a conversation and its vocabulary. Holds no `async`, no clock, no lock, no task, no socket:
//! `handle(&mut self, now, caller, op, out)` mutates and pushes outputs.

pub mod output;
pub mod party;
pub mod wire;

pub use output::{Appended, Entry, EntryKind, Head, Mark, Output, Side};
pub use party::{Caller, ConnId, Duty, Party, Refusal, Ticket};
