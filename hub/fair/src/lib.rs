//! The fair's records and their rules. For now: accounts, rights, sessions and notifications.
//!
//! Owns who may be who: fields, passwords, tokens, revocation. Knows nothing of sockets, rooms or HTTP; what lasts is in
//! `storage`.
//!
//! Usernames and identifiers are ASCII by their rule ([`field`]), so two of them cannot look alike across scripts and no
//! skeleton table is kept; display names may repeat and never identify anybody.

pub mod error;
pub mod field;
pub mod guess;
pub mod kind;
pub mod password;
pub mod seal;
pub mod token;

pub use error::{Error, FieldError, Result};
pub use kind::{Duty, Kind};
pub use seal::Contact;
pub use token::{Keys, Principal};
