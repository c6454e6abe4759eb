//! What only the SQLite backend has: a file, a process that can be killed, a disk that can be full.

mod crash;
mod limits;
mod schema;
