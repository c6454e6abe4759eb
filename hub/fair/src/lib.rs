//! The fair's records and their rules. For now: accounts, rights, sessions and notifications.
//!
//! Owns who may be who: fields, passwords, tokens, revocation. Knows nothing of sockets, rooms or HTTP; what lasts is in
//! `storage`. Start at [`Accounts`].
//!
//! Usernames and identifiers are ASCII by their rule ([`field`]), so two of them cannot look alike across scripts and no
//! skeleton table is kept; display names may repeat and never identify anybody.

pub mod accounts;
pub mod audit;
pub mod data;
pub mod day;
pub mod demo;
pub mod due;
pub mod error;
pub mod event;
pub mod field;
pub mod form;
pub mod guess;
pub mod idempotency;
pub mod kind;
pub mod notification;
pub mod password;
pub mod personnel;
pub mod revocation;
pub mod seal;
pub mod secret;
pub mod table;
pub mod token;

pub use accounts::{
    Accounts, Enterprise, Login, Member, NewEnterprise, NewUser, Page, Profile, Session, Team, Tokens, User,
};
pub use audit::Audit;
pub use data::{DataError, FairData};
pub use day::Day;
pub use due::{Claimed, Due, Sweeps};
pub use error::{Error, FieldError, Result};
pub use event::{Event, Window};
pub use idempotency::Idempotency;
pub use kind::{Duty, Kind};
pub use notification::{Notice, Notification, Unread};
pub use revocation::{Ending, Revoked, Watch};
pub use seal::Contact;
pub use token::{Keys, Principal};
