//! The store's tests: one conformance suite for every backend, and what only one backend has.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "how a test fails")]

mod conformance;
mod cql;
mod faulty;
mod rig;
mod sqlite;
mod tables;
mod transfer;
mod versions;
