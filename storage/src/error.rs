//! What a store can answer instead of what was asked.

/// Why a store did not do what was asked. Internal: mapped to a wire code by the hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Not answering; nothing was done.
    #[error("store unavailable")]
    Unavailable,
    /// The store's queue is full; nothing was done.
    #[error("store overloaded")]
    Overloaded,
    /// It may or may not have been done: repeat the identical operation, or read and compare.
    #[error("outcome unknown")]
    Unknown,
    /// No space: writes are refused until there is, reads go on; nothing was done.
    #[error("storage full")]
    Full,
    /// A database made by a newer program, named by table and version.
    #[error("table {table} has version {found}, this program knows {known}")]
    Newer {
        /// The table's name.
        table: String,
        /// The version found in the database.
        found: u16,
        /// The newest version this program knows.
        known: u16,
    },
    /// What was read is not what this program writes.
    #[error("corrupt: {0}")]
    Corrupt(String),
    /// Anything else, in the backend's words (logged, never sent to a client).
    #[error("store: {0}")]
    Other(String),
}

/// A store's answer.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
