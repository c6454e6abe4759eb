//! Measures and accuses a running hub: open-loop load, every delivery counted, every client log checked.
//!
//! It never looks inside the hub: what it knows comes over sockets, from the hub's own commands and from `/proc`.

pub mod checker;
pub mod clock;
pub mod fanout;
pub mod frame;
pub mod link;
pub mod process;
pub mod report;
pub mod swarm;
