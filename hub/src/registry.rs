//! Which connections belong to which account: so that a revocation finds them. Off the message path.
//!
//! `dashmap` because sessions open and close on every core; guards never cross an await and never nest.

use std::sync::Arc;

use dashmap::DashMap;
use fair::revocation::Revoked;
use smallvec::SmallVec;
use storage::ids::{SessionId, UserId};

use crate::client::Client;
use crate::code::Code;
use crate::principal::Principal;
use crate::socket::Closing;

/// Open connections of one account; the next one is refused, and the others stay.
const PER_USER_MAX: usize = 32;

/// When an account with too many connections may try again: until then some have gone, or been found gone.
pub const RETRY_AFTER_MS: u32 = 30_000;

/// The account has as many connections as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many connections of one account")]
pub struct TooMany;

/// A connection and the token it was opened with.
#[derive(Debug)]
struct Open {
    session: SessionId,
    rights: i64,
    client: Arc<Client>,
}

/// Open connections by account.
#[derive(Debug, Default)]
pub struct Registry {
    open: DashMap<UserId, SmallVec<[Open; 2]>>,
}

impl Registry {
    /// Remembers a connection; again after a refresh, which never fails.
    ///
    /// # Errors
    /// [`TooMany`]: it is not remembered, and must be closed.
    pub fn add(&self, who: &Principal, client: &Arc<Client>) -> Result<(), TooMany> {
        let mut open = self.open.entry(who.user).or_default();
        open.retain(|other| other.client.conn() != client.conn());
        if open.len() >= PER_USER_MAX {
            return Err(TooMany);
        }
        open.push(Open { session: who.session, rights: who.rights, client: Arc::clone(client) });
        Ok(())
    }

    /// Whether the account has a connection at this hub.
    #[must_use]
    pub fn is_online(&self, user: UserId) -> bool {
        self.open.contains_key(&user)
    }

    /// Forgets a connection.
    pub fn remove(&self, user: UserId, client: &Client) {
        self.open.remove_if_mut(&user, |_user, open| {
            open.retain(|other| other.client.conn() != client.conn());
            open.is_empty()
        });
    }

    /// Ends the connections whose rights ended.
    pub fn close(&self, revoked: &Revoked, code: Code) {
        let Some(open) = self.open.get(&revoked.user) else { return };
        for Open { client, .. } in open.iter().filter(|open| revoked.ends(revoked.user, open.session, open.rights)) {
            tracing::info!(user = %revoked.user, code = code.text(), "ends a connection whose rights ended");
            client.close(Closing::new(code));
        }
    }
}
