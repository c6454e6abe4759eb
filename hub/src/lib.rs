//! The server: sockets, shards, lanes, REST routes and the page.
//!
//! `socket` owns connections and speaks frames; `session` turns frames into operations; a `shard` owns rooms; `persist`
//! talks to the store for them; lanes write to sockets. See `ARCHITECTURE.md` for the walk of one message.

pub mod admin;
pub mod app;
pub mod client;
pub mod code;
pub mod config;
pub mod dispatch;
pub mod folder;
pub mod headers;
pub mod limits;
pub mod observe;
pub mod op;
pub mod persist;
#[cfg(feature = "planted")]
pub mod planted;
pub mod policy;
pub mod principal;
pub mod proxies;
pub mod registry;
pub mod rest;
pub mod room_id;
pub mod session;
pub mod shard;
pub mod socket;
pub mod wire;
