//! The server: sockets, shards, lanes, REST routes and the page.
//!
//! `socket` owns connections and speaks frames; `session` turns frames into operations; `op` has a row for each; a `shard`
//! owns rooms, `rooms` says what each kind does; lanes write to sockets; `run` puts it together. See `ARCHITECTURE.md` for
//! the walk of one message.

pub mod admin;
pub mod client;
pub mod code;
pub mod config;
pub mod demo;
pub mod describe;
pub mod folder;
pub mod front;
pub mod gate;
pub mod ground;
pub mod handles;
pub mod headers;
pub mod limits;
pub mod observe;
pub mod op;
pub mod opening;
pub mod operations;
pub mod origins;
pub mod outbound;
pub mod patience;
#[cfg(feature = "planted")]
pub mod planted;
pub mod policy;
pub mod principal;
pub mod proxies;
pub mod readiness;
pub mod records;
pub mod registry;
pub mod rooms;
pub mod run;
pub mod schema;
pub mod session;
pub mod shard;
pub mod socket;
pub mod tasks;
pub mod wares;
pub mod windows;
pub mod wire;
