//! Measures and accuses a running hub: open-loop load, every delivery counted, every client log checked.
//!
//! It never looks inside the hub: what it knows comes over sockets, from the hub's own commands and from `/proc`; only
//! `simulate` runs a hub within this program, and speaks to it as clients do.

pub mod backends;
pub mod checker;
pub mod clock;
pub mod crowd;
pub mod fanout;
pub mod figures;
pub mod frame;
pub mod hubs;
pub mod idle;
pub mod kill9;
pub mod link;
pub mod meters;
pub mod negotiation;
pub mod participant;
pub mod process;
pub mod registrations;
pub mod report;
pub mod showcase;
pub mod simulate;
pub mod stalled;
pub mod store;
pub mod storekill;
pub mod swarm;
pub mod transfer;
pub mod transitions;
pub mod uploads;
pub mod wire;
