//! What programs and people are told of the hub: OpenAPI for REST, AsyncAPI for the socket. Both are made from the rows that
//! the hub itself is made from, and from what each row says it takes and gives; nothing is said that no row says.

pub mod asyncapi;
mod doc;
pub mod events;
pub mod openapi;

pub use doc::{Doc, Gives, Rules, Takes, says};
