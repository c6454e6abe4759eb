//! The store's tests: one conformance suite for every backend, and what only one backend has.

mod conformance;
mod faulty;
mod rig;
mod sqlite;
mod tables;
