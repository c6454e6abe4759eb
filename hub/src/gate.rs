//! What stands before every operation, of sockets and REST: who it is, whether they may, whether not too often.

use fair::Accounts;

use crate::limits::{Class, Counted, Limits};
use crate::policy::{self, Right};
use crate::principal::Principal;
use crate::wire::Failure;

/// See the module.
#[derive(Debug)]
pub struct Gate {
    accounts: Accounts,
    limits: Limits,
    bench: bool,
}

impl Gate {
    /// Over the accounts; `bench` where measuring is admitted.
    #[must_use]
    pub const fn new(accounts: Accounts, limits: Limits, bench: bool) -> Self {
        Self { accounts, limits, bench }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// `unauthenticated`, `token_expired` or `session_revoked`.
    pub fn authenticate(&self, token: &str) -> Result<Principal, Failure> {
        Ok(self.accounts.authenticate(token)?.into())
    }

    /// Passes the policy and the limits.
    ///
    /// # Errors
    /// As [`policy::allow`] and [`Limits::check`].
    pub fn pass(&self, who: Option<&Principal>, counted: &Counted, right: Right, class: Class) -> Result<(), Failure> {
        policy::allow(who, right, self.bench)?;
        self.limits.check(counted, class)
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }
}
