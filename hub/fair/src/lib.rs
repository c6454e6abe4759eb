//! The fair's records and their rules. For now: accounts, rights, sessions and notifications.
//!
//! Owns who may be who: fields, passwords, tokens, revocation. Knows nothing of sockets, rooms or HTTP; what lasts is in
//! `storage`. Start at [`Accounts`].
//!
//! Usernames and identifiers are ASCII by their rule ([`field`]), so two of them cannot look alike across scripts and no
//! skeleton table is kept; display names may repeat and never identify anybody.

pub mod accounts;
pub mod applications;
pub mod attendance;
pub mod audit;
pub mod booths;
mod claim;
pub mod codes;
pub mod content;
pub mod data;
pub mod day;
pub mod demo;
pub mod due;
pub mod enterprise;
pub mod error;
pub mod event;
pub mod exhibits;
pub mod field;
pub mod flow;
pub mod form;
pub mod guess;
pub mod heavy;
pub mod idempotency;
pub mod institutions;
pub mod invitations;
pub mod kind;
pub mod messages;
pub mod notification;
pub mod orders;
pub mod password;
pub mod personnel;
pub mod recovery;
pub mod registration;
pub mod reports;
pub mod revocation;
pub mod seal;
pub mod secret;
pub mod showcase;
pub mod table;
pub mod token;
pub mod uploads;
pub mod words;

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
pub use kind::{Duty, Kind, Role};
pub use messages::{Messages, To};
pub use notification::{Notice, Notification, Unread};
pub use revocation::{Ending, Revoked, Watch};
pub use seal::Contact;
pub use showcase::Showcase;
pub use token::{Keys, Principal};
pub use uploads::{Upload, Uploads};
