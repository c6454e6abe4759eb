//! Signing in, staying in, leaving. A session is a family of refresh tokens of which only the newest is good; an older one
//! shows theft and ends the session. The last but one is given the newest once more for as long as an answer may have
//! been lost: who stole it gains nothing by that, for two hold the newest then, and the later of them ends the session.

use std::fmt;
use std::net::IpAddr;

use secrecy::SecretString;
use serde::Serialize;
use storage::ids::{Millis, SessionId, UserId};
use storage::text::shorten;
use storage::{Applied, Expect, Hidden, Op, Read, Scan};
use utoipa::ToSchema;

use super::{Accounts, Profile, TRIES_MAX, User, user};
use crate::error::{Error, Result};
use crate::field::login_key;
use crate::kind::State;
use crate::revocation::{Ending, Revoked, may_live};
use crate::table::{SessionRow, Sessions, SessionsKey, SessionsPart, UserRow, Users, UsersKey, UsersPart};
use crate::token::{ACCESS_TTL_S, Refresh};

/// Living sessions of an account; signing in once more ends the one unused for longest.
pub const SESSIONS_MAX: usize = 20;
/// How long after a refresh its answer is given again, by what is stored: whatever hub it was, and after a restart. A
/// clock that was set meanwhile ends it. **Units**: milliseconds.
const REPEAT_MS: i64 = 30_000;
/// What a client may call its device. **Units**: characters; the rest is cut off.
const DEVICE_MAX: usize = 64;
/// No login field is longer; what is, belongs to nobody. **Units**: bytes.
pub const LOGIN_FIELD_BYTES_MAX: usize = 128;

/// What a person types to sign in.
#[derive(Debug, Clone)]
pub struct Login {
    /// 企业/机构标识; none for an individual.
    pub identifier: Option<String>,
    /// The username.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// What the client calls itself.
    pub device: Option<String>,
}

/// What signing in gives. `Debug` shows no token.
#[derive(Clone, Serialize, ToSchema)]
pub struct Tokens {
    /// For the socket's `session.open` and REST.
    pub access_token: String,
    /// **Units**: seconds.
    pub expires_in: i64,
    /// Good once.
    pub refresh_token: String,
    /// Who signed in.
    pub user: Profile,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("user", &self.user.id).finish_non_exhaustive()
    }
}

/// A living session, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// What the client calls itself.
    pub device: Option<String>,
    /// Signed in.
    pub created: Millis,
    /// Last refreshed.
    pub used: Millis,
}

impl Accounts {
    /// Signs in. Every wrong pair gets the same answer after the same work.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`], [`Error::RateLimited`], [`Error::Overloaded`], [`Error::Store`].
    pub async fn login(&self, login: Login, address: IpAddr) -> Result<Tokens> {
        let identifier = login_key(login.identifier.as_deref().unwrap_or_default());
        let username = login_key(&login.username);
        if identifier.len() > LOGIN_FIELD_BYTES_MAX || username.len() > LOGIN_FIELD_BYTES_MAX {
            return Err(Error::WrongCredentials);
        }
        let account = format!("{identifier}/{username}");
        let check = self.check_login(&identifier, &username, login.password);
        let Some((id, row)) = self.settled_as(&account, address, check).await? else {
            return Err(Error::WrongCredentials);
        };
        let session = self.open_session(id, login.device).await?;
        // A reset that came between the check and the session would not have seen the session.
        let now = self.user_row(id).await?;
        if now.password != row.password || now.rights != row.rights {
            self.end_living_session(id, session).await?;
            return Err(Error::WrongCredentials);
        }
        self.tokens(user(id, now), session, 1).await
    }

    /// The account behind the pair. Known or not, it costs two reads and one hash.
    async fn check_login(
        &self,
        identifier: &str,
        username: &str,
        password: SecretString,
    ) -> Result<Option<(UserId, UserRow)>> {
        let holder = self.login_holder(identifier, username).await?;
        // Nobody has id 0: ids are random.
        let id = holder.unwrap_or(UserId(0));
        let row = self.0.store.get::<Users>(UsersPart { id }, UsersKey {}, Read::Serial).await?;
        let phc = row.as_ref().and_then(|row| row.password.clone()).map(|Hidden(phc)| phc);
        let right = self.0.hasher.verify(password, phc).await?;
        Ok(row.filter(|row| right && row.state == State::Active).map(|row| (id, row)))
    }

    /// A try at a password, admitted and counted by the guessing limits.
    pub(super) async fn settled(
        &self,
        account: &str,
        address: IpAddr,
        check: impl Future<Output = Result<bool>>,
    ) -> Result<bool> {
        let check = async { Ok(check.await?.then_some(())) };
        Ok(self.settled_as(account, address, check).await?.is_some())
    }

    async fn settled_as<T>(
        &self,
        account: &str,
        address: IpAddr,
        check: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<T>> {
        let admitted = self.guessing().admit(self.0.clock.tick(), account, address);
        let attempt = admitted.map_err(|retry_after_ms| Error::RateLimited { retry_after_ms })?;
        let answer = check.await;
        match &answer {
            Ok(Some(_)) => {
                let now = self.0.clock.tick();
                let allowed = self.guessing().succeeded(now, attempt);
                allowed.map_err(|retry_after_ms| Error::RateLimited { retry_after_ms })?;
            }
            // Admission counted it already.
            Ok(None) => drop(attempt),
            Err(_) => self.guessing().undecided(attempt),
        }
        answer
    }

    async fn open_session(&self, user: UserId, device: Option<String>) -> Result<SessionId> {
        let mut living = self.sessions(user).await?;
        living.sort_unstable_by_key(|session| session.used);
        let over = (living.len() + 1).saturating_sub(SESSIONS_MAX);
        for session in living.iter().take(over) {
            // Without a living token there is nothing that another hub would have to refuse.
            if may_live(session.used, self.now()) {
                self.end_living_session(user, session.id).await?;
            } else {
                self.delete_session(user, session.id).await?;
            }
        }
        let session = SessionId::random(&mut &self.0.entropy);
        let now = self.now();
        let device = device.map(|name| device_name(&name));
        let row = SessionRow { v: 1, generation: 1, created: now, used: now, device };
        let put = Op::Put { c: SessionsKey { session }, row, at: None };
        let absent = vec![Expect::Absent(SessionsKey { session })];
        match self.0.store.write_if::<Sessions>(SessionsPart { user }, absent, vec![put]).await? {
            Applied::Yes => Ok(session),
            Applied::No { .. } => Err(Error::Internal("a random session id was taken")),
        }
    }

    async fn tokens(&self, user: User, session: SessionId, generation: i64) -> Result<Tokens> {
        let access_token = self.access_token(&user, session, ACCESS_TTL_S)?;
        let refresh_token = self.0.keys.refresh_token(Refresh { user: user.id, session, generation });
        Ok(Tokens { access_token, expires_in: ACCESS_TTL_S, refresh_token, user: self.profile_of(user).await? })
    }

    /// New tokens for an old refresh token, which ends by this, but for a repetition within half a minute: that gets the
    /// same refresh token. One that was used before ends the session.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::SessionRevoked`], [`Error::Conflict`] after too many lost races,
    /// [`Error::Store`].
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens> {
        let named = self.0.keys.read_refresh_token(refresh_token).ok_or(Error::Unauthenticated)?;
        let Refresh { user: id, session, generation } = named;
        let (part, key) = (SessionsPart { user: id }, SessionsKey { session });
        for _ in 0..TRIES_MAX {
            let row = self.0.store.get::<Sessions>(part.clone(), key.clone(), Read::Serial).await?;
            let row = row.ok_or(Error::SessionRevoked)?;
            let account = self.user(id).await?;
            if !account.active {
                return Err(Error::SessionRevoked);
            }
            match row.generation.saturating_sub(generation) {
                0 => {}
                1 if self.may_repeat(&row) => return self.tokens(account, session, row.generation).await,
                _ => return self.reused(id, session).await,
            }
            let next = SessionRow { v: row.v + 1, generation: generation + 1, used: self.now(), ..row.clone() };
            let put = Op::Put { c: key.clone(), row: next, at: None };
            let expect = vec![Expect::Version(key.clone(), row.v)];
            match self.0.store.write_if::<Sessions>(part.clone(), expect, vec![put]).await? {
                Applied::Yes => return self.tokens(account, session, generation + 1).await,
                // Another was first with the same token, or ended the session: what stands there now says which.
                Applied::No { .. } => {}
            }
        }
        Err(Error::Conflict("the session is being refreshed"))
    }

    fn may_repeat(&self, row: &SessionRow) -> bool {
        self.now().since_ms(row.used).saturating_abs() <= REPEAT_MS
    }

    /// Two hold the same family, and one of them took it: neither may go on.
    async fn reused<T>(&self, user: UserId, session: SessionId) -> Result<T> {
        tracing::warn!(%user, %session, "refresh token used twice, session ended");
        self.end_living_session(user, session).await?;
        Err(Error::SessionRevoked)
    }

    /// The living sessions of an account, at most a few more than [`SESSIONS_MAX`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>> {
        let scan = Scan::first(4 * u32::try_from(SESSIONS_MAX).unwrap_or(u32::MAX));
        let rows = self.0.store.scan::<Sessions>(SessionsPart { user }, scan, Read::Serial).await?;
        let sessions = rows.into_iter().map(|(key, row)| {
            let SessionRow { device, created, used, .. } = row;
            Session { id: key.session, device, created, used }
        });
        Ok(sessions.collect())
    }

    /// Ends one of the account's sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it does not live, [`Error::Store`].
    pub async fn revoke_session(&self, user: UserId, session: SessionId) -> Result<()> {
        let living = self.sessions(user).await?;
        if !living.iter().any(|one| one.id == session) {
            return Err(Error::NotFound);
        }
        self.end_living_session(user, session).await
    }

    /// Ends every session of an account: by the operator's hand.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn revoke_sessions(&self, user: UserId) -> Result<()> {
        let row = self.update_user(user, |row| {
            row.rights += 1;
            Ok(())
        });
        self.end_rights(user, &row.await?, Ending::Revoked).await?;
        self.forget_sessions(user).await
    }

    pub(super) async fn end_sessions_but(&self, user: UserId, kept: SessionId) -> Result<()> {
        for session in self.sessions(user).await? {
            if session.id != kept {
                self.end_living_session(user, session.id).await?;
            }
        }
        Ok(())
    }

    /// Ends a session whether or not it has a row: the caller's own.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<()> {
        let key = SessionsKey { session };
        let row = self.0.store.get::<Sessions>(SessionsPart { user }, key, Read::Serial).await?;
        self.end_session_of(user, session, row.is_some()).await
    }

    async fn end_living_session(&self, user: UserId, session: SessionId) -> Result<()> {
        self.end_session_of(user, session, true).await
    }

    async fn end_session_of(&self, user: UserId, session: SessionId, living: bool) -> Result<()> {
        // First the fact that hubs act on, then the row: repeated after a crash, both are done.
        let revoked = Revoked { user, session: Some(session), rights: 0, ending: Ending::Revoked };
        self.revoke(revoked, living).await?;
        self.delete_session(user, session).await
    }

    async fn delete_session(&self, user: UserId, session: SessionId) -> Result<()> {
        let (part, key) = (SessionsPart { user }, SessionsKey { session });
        for _ in 0..TRIES_MAX {
            let row = self.0.store.get::<Sessions>(part.clone(), key.clone(), Read::Serial).await?;
            let Some(row) = row else { return Ok(()) };
            let expect = vec![Expect::Version(key.clone(), row.v)];
            let delete = vec![Op::Delete { c: key.clone() }];
            match self.0.store.write_if::<Sessions>(part.clone(), expect, delete).await? {
                Applied::Yes => return Ok(()),
                // Refreshed meanwhile.
                Applied::No { .. } => {}
            }
        }
        Err(Error::Conflict("the session is being refreshed"))
    }

    /// Removes the rows of sessions whose rights have ended already.
    pub(super) async fn forget_sessions(&self, user: UserId) -> Result<()> {
        for session in self.sessions(user).await? {
            self.delete_session(user, session.id).await?;
        }
        Ok(())
    }
}

fn device_name(typed: &str) -> String {
    // One more, to see where the last one ends.
    let name: String = typed.chars().filter(|c| !c.is_control()).take(DEVICE_MAX + 1).collect();
    shorten(&name, DEVICE_MAX).to_owned()
}
