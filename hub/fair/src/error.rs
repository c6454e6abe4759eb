//! What accounts answer instead of what was asked. Mapped to the one table of wire codes by the hub.

use std::borrow::Cow;

use storage::StoreError;
use storage::ids::Millis;

/// A broken rule on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer into the request, such as `/username` or `/tags/3`.
    pub at: Cow<'static, str>,
    /// Which rule: a word of [`crate::form::BROKEN`].
    pub code: &'static str,
}

impl FieldError {
    /// The rule `code` is broken at `at`.
    pub fn new(at: impl Into<Cow<'static, str>>, code: &'static str) -> Self {
        Self { at: at.into(), code }
    }
}

/// Why an account operation was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Identifier, username and password do not belong together; never says which. Shown as 账号或密码错误.
    #[error("wrong account or password")]
    WrongCredentials,
    /// The token is not one of ours.
    #[error("unauthenticated")]
    Unauthenticated,
    /// The token's time is over, or the rights in it are no longer true: refresh.
    #[error("token expired")]
    TokenExpired,
    /// The session was ended by a person.
    #[error("session revoked")]
    SessionRevoked,
    /// Too many wrong guesses from there, or too many right ones.
    #[error("rate limited for {retry_after_ms} ms")]
    RateLimited {
        /// **Units**: milliseconds.
        retry_after_ms: u64,
    },
    /// Rules on fields are broken.
    #[error("invalid fields: {0:?}")]
    Invalid(Vec<FieldError>),
    /// Who asks may know of it, and not do it.
    #[error("forbidden")]
    Forbidden,
    /// It is meant for another version.
    #[error("stale")]
    Stale,
    /// The state does not allow it; says what stands against it.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// What belongs in a window of the calendar came outside of it.
    #[error("the window is closed")]
    WindowClosed {
        /// Its first moment; none: it has no beginning.
        opens_at: Option<Millis>,
        /// The first moment behind it; none: it has no end.
        closes_at: Option<Millis>,
    },
    /// A name that only one may have is another's; says which field it was given in.
    #[error("taken: {0}")]
    Taken(&'static str),
    /// Unknown, or not theirs to see.
    #[error("not found")]
    NotFound,
    /// A file or body over its limit.
    #[error("too large")]
    TooLarge,
    /// A page cursor that we did not make.
    #[error("bad cursor")]
    BadCursor,
    /// Too many passwords wait to be hashed; nothing was done.
    #[error("overloaded")]
    Overloaded,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own fault: hashing or sealing failed.
    #[error("internal: {0}")]
    Internal(&'static str),
}

/// An account operation's answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One broken rule.
    #[must_use]
    pub fn invalid(at: impl Into<Cow<'static, str>>, code: &'static str) -> Self {
        Self::Invalid(vec![FieldError::new(at, code)])
    }
}
