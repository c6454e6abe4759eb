//! Changing and resetting passwords. Whoever held a session by the old password loses it.

use std::net::IpAddr;

use rand::RngExt as _;
use secrecy::{ExposeSecret, SecretString};
use storage::Hidden;
use storage::ids::{EnterpriseId, SessionId, UserId};

use super::Accounts;
use super::rights::member_of;
use crate::error::{Error, Result};
use crate::field;
use crate::revocation::Ending;
use crate::table::UserRow;

/// Without the look-alikes 0 O 1 l I.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"23456789";
/// A generated password: 12 characters, about 65 bits.
const GENERATED_LEN: usize = 12;
const FIRST_LEN: usize = 8;

impl Accounts {
    /// Changes a person's own password and ends their sessions but the one named.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the current one is wrong or the new one breaks a rule, [`Error::RateLimited`],
    /// [`Error::Overloaded`], [`Error::Store`].
    pub async fn change_password(
        &self,
        user: UserId,
        session: SessionId,
        current: SecretString,
        new: SecretString,
        address: IpAddr,
    ) -> Result<()> {
        field::password(new.expose_secret()).map_err(|code| Error::invalid("/new_password", code))?;
        let old = self.user_row(user).await?.password.map(|Hidden(phc)| phc);
        // A stolen token must not become a way to guess the password.
        let account = format!("change/{}", user);
        if !self.settled(&account, address, self.0.hasher.verify(current, old.clone())).await? {
            return Err(Error::invalid("/current_password", "wrong"));
        }
        let phc = self.hash(new).await?;
        // Before, so that a crash behind the change leaves no session of the old password; after, for one that was
        // opened meanwhile.
        self.end_sessions_but(user, session).await?;
        let change = |row: &mut UserRow| {
            if row.password.as_ref().map(|Hidden(phc)| phc) != old.as_ref() {
                return Err(Error::Conflict("the password was changed meanwhile"));
            }
            row.password = Some(Hidden(phc.clone()));
            Ok(())
        };
        self.update_user(user, change).await?;
        self.end_sessions_but(user, session).await
    }

    /// Gives a member of `enterprise` a new password and ends their sessions. Shown once: no message goes out by itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they are not a member, [`Error::Overloaded`], [`Error::Store`].
    pub async fn reset_password(&self, enterprise: EnterpriseId, id: UserId) -> Result<SecretString> {
        member_of(enterprise, &self.user_row(id).await?)?;
        let password = generate_password();
        self.set_password(id, password.clone(), |row| member_of(enterprise, row)).await?;
        Ok(password)
    }

    /// Sets any account's password and ends its sessions: by the operator's hand.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Overloaded`], [`Error::Store`].
    pub async fn force_password(&self, id: UserId, password: SecretString) -> Result<()> {
        field::password(password.expose_secret()).map_err(|code| Error::invalid("/password", code))?;
        self.set_password(id, password, |row| match row.state {
            crate::kind::State::Active => Ok(()),
            crate::kind::State::Deleted => Err(Error::NotFound),
        })
        .await
    }

    /// Sets the password of an account whose own phone or mailbox has shown a code, and ends its sessions.
    pub(crate) async fn recover_password(&self, id: UserId, phc: String) -> Result<()> {
        self.set_hashed(id, phc, |row| match row.state {
            crate::kind::State::Active => Ok(()),
            crate::kind::State::Deleted => Err(Error::NotFound),
        })
        .await
    }

    async fn set_password(
        &self,
        id: UserId,
        password: SecretString,
        allowed: impl Fn(&UserRow) -> Result<()>,
    ) -> Result<()> {
        let phc = self.hash(password).await?;
        self.set_hashed(id, phc, allowed).await
    }

    async fn set_hashed(&self, id: UserId, phc: String, allowed: impl Fn(&UserRow) -> Result<()>) -> Result<()> {
        let change = |row: &mut UserRow| {
            allowed(row)?;
            row.password = Some(Hidden(phc.clone()));
            row.rights += 1;
            Ok(())
        };
        let row = self.update_user(id, change).await?;
        self.end_rights(id, &row, Ending::Revoked).await?;
        self.forget_sessions(id).await
    }
}

/// A new random password that keeps the rules.
#[must_use]
pub fn generate_password() -> SecretString {
    generate(GENERATED_LEN)
}

/// A new sub-user's, which they are told and may change. **Source**: SPEC 7, L387: 8 characters.
#[must_use]
pub fn generate_first_password() -> SecretString {
    generate(FIRST_LEN)
}

fn generate(len: usize) -> SecretString {
    let mut rng = rand::rng();
    let mut pick = |from: &[u8]| from.get(rng.random_range(0..from.len())).copied().map_or('x', char::from);
    // Every third a digit: letters and digits are both there whatever the dice say.
    let text: String = (0..len).map(|at| if at % 3 == 2 { pick(DIGITS) } else { pick(LETTERS) }).collect();
    text.into()
}
