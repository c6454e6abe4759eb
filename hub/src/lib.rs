//! The server: sockets, shards, lanes, REST routes and the page.
//!
//! `socket` owns connections and speaks frames; `session` turns frames into operations; a `shard` owns rooms; `persist`
//! talks to the store for them; lanes write to sockets. See `ARCHITECTURE.md` for the walk of one message.

pub mod admin;
pub mod code;
pub mod config;
pub mod observe;
pub mod room_id;
pub mod socket;
