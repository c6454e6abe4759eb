//! Negotiations (and later live rooms) as pure state machines.
//!
//! Owns the rules of a conversation and its vocabulary. Holds no waiting, no clock, no lock, no task, no socket:
//! `handle(&mut self, now, caller, command, out)` mutates and pushes outputs.

pub mod command;
pub mod conversation;
pub mod desk;
pub mod log;
pub mod output;
pub mod pair;
pub mod party;
#[cfg(feature = "planted")]
pub mod planted;
pub mod tables;
pub mod text;
pub mod time;
pub mod view;
pub mod wire;

pub use command::{Command, Confirmed, LOOK_ENTRIES_MAX, Loaded, Looked, MayBlock, Rules, Turn};
pub use conversation::{Conversation, RECALL_MS};
pub use desk::{Desk, DeskOutput, Newest, concerned};
pub use log::{Entry, EntryKind, Head, Mark, SentId, Side};
pub use output::{Appended, Output};
pub use party::{Caller, ConnId, Duty, Party, Refusal, Ticket};
pub use time::{Now, Rank, Tick};
