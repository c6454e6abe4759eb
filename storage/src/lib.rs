//! What lasts: ids, typed tables, and one [`Store`] over SQLite (and in tests a model and a fault wrapper).
//!
//! Owns every byte on disk. Knows nothing of chats, accounts or sockets; SQL and CQL never leave this crate.

pub mod clock;
pub mod error;
pub mod ids;
pub mod table;

pub use clock::Clock;
pub use error::{Result, StoreError};
pub use table::{Ack, Applied, Expect, Guarded, Key, Op, Plain, Read, Scan, Spec, Table};
