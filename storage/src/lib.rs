//! What lasts: ids, typed tables, and one [`Store`] over SQLite or a CQL server (and in tests a model and a fault
//! wrapper).
//!
//! Owns every byte on disk. Knows nothing of chats, accounts or sockets; SQL and CQL never leave this crate.

pub mod clock;
pub mod column;
pub mod cql;
pub mod entropy;
pub mod error;
pub mod faulty;
pub mod ids;
mod macros;
pub mod model;
mod names;
pub mod private;
mod request;
pub mod sqlite;
pub mod store;
pub mod table;
pub mod text;
pub mod transfer;
pub mod words;

pub use clock::{Clock, Tick};
pub use column::Hidden;
pub use cql::{CqlOptions, Making};
pub use entropy::Entropy;
pub use error::{Result, StoreError};
pub use faulty::{Faults, Faulty};
pub use sqlite::SqliteOptions;
pub use store::Store;
pub use table::{Ack, Applied, Expect, Guarded, Key, Op, Plain, Read, Scan, Spec, Table};
