//! The accounts service: who is who, who may be in, and since when no longer. What lasts is in the store.
//!
//! Owns the guessing memory and the cache of revocations. Never knows sockets: it says whose rights ended, the hub closes.
//! Objects are scoped here: another enterprise's member is [`Error::NotFound`].

mod directory;
mod enrol;
mod password;
mod record;
mod rights;
mod session;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use storage::ids::{EnterpriseId, Millis, SessionId, UserId};
use storage::{Applied, Clock, Entropy, Expect, Hidden, Op, Read, Scan, Store};

pub use directory::Page;
pub(crate) use directory::keys_of as directory_keys;
pub use enrol::{NewEnterprise, NewUser};
pub use password::{generate_first_password, generate_password};
pub use record::{Enterprise, Member, Profile, Team, User};
use record::{enterprise, user};
pub(crate) use rights::member_of;
pub use session::{LOGIN_FIELD_BYTES_MAX, Login, SESSIONS_MAX, Session, Tokens};

use crate::error::{Error, Result};
use crate::guess::Guessing;
use crate::password::Hasher;
use crate::revocation::{Cache, Revoked, Watch};
use crate::seal::{Contact, Sealer};
use crate::table::{
    EnterpriseRow, Enterprises, EnterprisesKey, EnterprisesPart, Identifiers, IdentifiersKey, IdentifiersPart, Logins,
    LoginsKey, LoginsPart, Members, MembersPart, UserRow, Users, UsersKey, UsersPart,
};
use crate::token::{Keys, Principal};

/// People in one team, at most; creating more is a conflict.
pub const TEAM_MAX: u32 = 1_000;
/// Lost races against another writer of the same account before giving up.
const TRIES_MAX: u32 = 8;

/// The accounts of the fair. A cheap handle.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    keys: Arc<Keys>,
    entropy: Entropy,
    hasher: Hasher,
    /// A lock, because logins come from many tasks; held for a few map operations, never across an await.
    guessing: Mutex<Guessing>,
    revoked: Cache,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts")
    }
}

impl Accounts {
    /// Over a store, with the keys of this installation.
    #[must_use]
    pub fn new(store: Store, clock: Clock, keys: impl Into<Arc<Keys>>) -> Self {
        Self::with_entropy(store, clock, keys, Entropy::system())
    }

    /// The same, with ids drawn from `entropy`.
    #[must_use]
    pub fn with_entropy(store: Store, clock: Clock, keys: impl Into<Arc<Keys>>, entropy: Entropy) -> Self {
        let inner = Inner {
            store,
            clock,
            keys: keys.into(),
            entropy,
            hasher: Hasher::new(),
            guessing: Mutex::new(Guessing::new()),
            revoked: Cache::default(),
        };
        Self(Arc::new(inner))
    }

    /// Who an access token speaks for, when its rights still stand. Reads no store: revocations arrive through
    /// [`Self::watch`].
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::TokenExpired`] (also when the rights changed), [`Error::SessionRevoked`].
    pub fn authenticate(&self, access_token: &str) -> Result<Principal> {
        let principal = self.0.keys.verify(access_token, self.now())?;
        self.0.revoked.judge(&principal)?;
        Ok(principal)
    }

    /// What seals personal data, wherever it is kept.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        self.0.keys.sealer()
    }

    /// Follows the revocations of every process on this store; poll it every 500 ms. One per hub.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(self.clone())
    }

    /// An account, deleted ones too.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn user(&self, id: UserId) -> Result<User> {
        Ok(user(id, self.user_row(id).await?))
    }

    /// An enterprise, institution or committee.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn enterprise(&self, id: EnterpriseId) -> Result<Enterprise> {
        Ok(enterprise(id, self.enterprise_row(id).await?))
    }

    /// What a client is told of the account it is signed in with.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn profile(&self, id: UserId) -> Result<Profile> {
        self.profile_of(self.user(id).await?).await
    }

    async fn profile_of(&self, user: User) -> Result<Profile> {
        let enterprise = match user.enterprise {
            Some(id) => {
                let EnterpriseRow { name, name_en, .. } = self.enterprise_row(id).await?;
                Some(Team { id, name, name_en })
            }
            None => None,
        };
        let User { id, kind, name, duty, admin, .. } = user;
        Ok(Profile { id, name, kind, duty, admin, enterprise })
    }

    /// The people of a team who are not deleted, at most [`TEAM_MAX`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn team(&self, enterprise: EnterpriseId) -> Result<Vec<Member>> {
        let part = MembersPart { enterprise };
        let rows = self.0.store.scan::<Members>(part, Scan::first(TEAM_MAX), Read::Quorum).await?;
        let members = rows.into_iter().filter(|(_, row)| row.active).map(|(key, row)| {
            let crate::table::MemberRow { username, name, duty, admin, active: _ } = row;
            Member { id: key.user, username, name, duty, admin }
        });
        Ok(members.collect())
    }

    /// How a person can be reached, for the card they chose to show.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`], [`Error::Internal`] when it does not open.
    pub async fn contact(&self, id: UserId) -> Result<Contact> {
        match self.user_row(id).await?.contact {
            Some(Hidden(sealed)) => self.0.keys.sealer().open(id, &sealed),
            None => Ok(Contact::default()),
        }
    }

    /// Whose login it is; the identifier is empty for individuals.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn find_user(&self, identifier: &str, username: &str) -> Result<Option<User>> {
        let Some(id) = self.login_holder(identifier, username).await? else { return Ok(None) };
        found(self.user(id).await)
    }

    /// Who holds an identifier.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn find_enterprise(&self, identifier: &str) -> Result<Option<Enterprise>> {
        let part = IdentifiersPart { identifier: crate::field::login_key(identifier) };
        let Some(row) = self.0.store.get::<Identifiers>(part, IdentifiersKey {}, Read::Serial).await? else {
            return Ok(None);
        };
        found(self.enterprise(row.enterprise).await)
    }

    /// An access token for an account without a login: for load tests, by the operator's hand.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded.
    pub fn mint(&self, user: &User, ttl_s: i64) -> Result<String> {
        let session = SessionId::random(&mut &self.0.entropy);
        self.access_token(user, session, ttl_s)
    }

    fn access_token(&self, user: &User, session: SessionId, ttl_s: i64) -> Result<String> {
        let now = self.now();
        let expires_at = now.plus_ms(ttl_s.saturating_mul(1000));
        let User { id, enterprise, kind, duty, admin, rights, .. } = *user;
        self.0.keys.sign(&Principal { user: id, enterprise, kind, duty, admin, session, expires_at, rights }, now)
    }

    async fn login_holder(&self, identifier: &str, username: &str) -> Result<Option<UserId>> {
        let key = |text: &str| crate::field::login_key(text);
        let part = LoginsPart { identifier: key(identifier), username: key(username) };
        let row = self.0.store.get::<Logins>(part, LoginsKey {}, Read::Serial).await?;
        Ok(row.map(|row| row.user))
    }

    pub(crate) async fn user_row(&self, id: UserId) -> Result<UserRow> {
        let row = self.0.store.get::<Users>(UsersPart { id }, UsersKey {}, Read::Serial).await?;
        row.ok_or(Error::NotFound)
    }

    async fn enterprise_row(&self, id: EnterpriseId) -> Result<EnterpriseRow> {
        let part = EnterprisesPart { id };
        let row = self.0.store.get::<Enterprises>(part, EnterprisesKey {}, Read::Quorum).await?;
        row.ok_or(Error::NotFound)
    }

    /// Changes an account's row, again when another writer was first. An unchanged row is not written.
    async fn update_user(&self, id: UserId, change: impl Fn(&mut UserRow) -> Result<()>) -> Result<UserRow> {
        for _ in 0..TRIES_MAX {
            let old = self.user_row(id).await?;
            let mut new = old.clone();
            change(&mut new)?;
            if new == old {
                return Ok(old);
            }
            new.v = old.v + 1;
            let put = Op::Put { c: UsersKey {}, row: new.clone(), at: None };
            let expect = Expect::Version(UsersKey {}, old.v);
            match self.0.store.write_if::<Users>(UsersPart { id }, vec![expect], vec![put]).await? {
                Applied::Yes => return Ok(new),
                Applied::No { .. } => {}
            }
        }
        Err(Error::Conflict("the account is being changed by others"))
    }

    /// Ends rights on every hub within a second. `common_life`: no token concerned lives longer than those of a login.
    async fn revoke(&self, revoked: Revoked, common_life: bool) -> Result<()> {
        crate::revocation::record(&self.0.store, self.now(), revoked, common_life).await
    }

    fn now(&self) -> Millis {
        self.0.clock.now()
    }

    fn guessing(&self) -> MutexGuard<'_, Guessing> {
        // The memory of guesses is valid after any panic: each step leaves it whole.
        self.0.guessing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store, for this crate's other services.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Chance, for ids.
    pub(crate) fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn revoked(&self) -> &Cache {
        &self.0.revoked
    }

    /// Password hashes computed since the start, for metrics.
    #[must_use]
    pub fn hashes_computed(&self) -> u64 {
        self.0.hasher.computed()
    }

    pub(crate) async fn hash(&self, password: SecretString) -> Result<String> {
        self.0.hasher.hash(password).await
    }
}

/// A claimed name whose record was never written counts as free.
fn found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(record) => Ok(Some(record)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
pub(crate) mod tests;
