//! What only the CQL backend has. Each test needs the server that `SCYLLA_URI` names, and says so loudly without.

mod access;
mod faults;
mod schema;
