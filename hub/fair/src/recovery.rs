//! A new password for a forgotten one: a code goes to the account's own phone or mailbox. What is answered, and how long
//! that takes, never says whether there is such an account: the work is done behind the answer.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;

use crate::accounts::{Accounts, User};
use crate::codes::{Codes, LIFE_S, Purpose};
use crate::error::{Error, Result};
use crate::field::login_key;
use crate::messages::{Locale, Messages, Template};

/// Askings that wait for their turn; who comes then is told to come back.
const WAITING_MAX: usize = 256;

/// Whose password is forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Of the team; none for who has none.
    pub identifier: Option<String>,
    /// In it.
    pub username: String,
}

impl Login {
    /// What a code is bound to.
    fn subject(&self) -> String {
        let identifier = login_key(self.identifier.as_deref().unwrap_or_default());
        // No name has a slash.
        format!("{identifier}/{}", login_key(&self.username))
    }
}

#[derive(Debug)]
struct Asked {
    login: Login,
    from: IpAddr,
    locale: Locale,
}

/// Recoveries of a fair. A cheap handle.
#[derive(Debug, Clone)]
pub struct Recovery {
    accounts: Accounts,
    codes: Codes,
    messages: Messages,
    ask: mpsc::Sender<Asked>,
    /// Taken by the one loop that answers.
    asked: Arc<Mutex<Option<mpsc::Receiver<Asked>>>>,
}

impl Recovery {
    /// Over the accounts; [`Self::answer`] does the work.
    #[must_use]
    pub fn new(accounts: Accounts, codes: Codes, messages: Messages) -> Self {
        let (ask, asked) = mpsc::channel(WAITING_MAX);
        Self { accounts, codes, messages, ask, asked: Arc::new(Mutex::new(Some(asked))) }
    }

    /// Has a code sent to whoever that is, if it is anybody who can be reached, and not too often.
    ///
    /// # Errors
    /// [`Error::Overloaded`].
    pub fn ask(&self, login: Login, from: IpAddr, locale: Locale) -> Result<()> {
        self.ask.try_send(Asked { login, from, locale }).map_err(|_full| Error::Overloaded)
    }

    /// Does what was asked for, one after the other, for as long as the hub lives.
    pub async fn answer(self) {
        let Some(mut asked) = self.asked.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        while let Some(asked) = asked.recv().await {
            match self.send(asked).await {
                // Who asks too often is not told so.
                Ok(()) | Err(Error::RateLimited { .. }) => {}
                Err(error) => tracing::warn!(%error, "a code for a new password was not sent"),
            }
        }
    }

    async fn send(&self, asked: Asked) -> Result<()> {
        let Asked { login, from, locale } = asked;
        // For a login that nobody has too: guessing at its code is answered like any other.
        let issued = self.codes.issue(Purpose::Recovery, &login.subject(), from).await?;
        let Some(user) = self.user(&login).await? else { return Ok(()) };
        let contact = self.accounts.contact(user.id).await?;
        let Some(to) = self.messages.way_to(&contact) else { return Ok(()) };
        let minutes = (LIFE_S / 60).to_string();
        let params = [("code", issued.code.expose_secret()), ("minutes", minutes.as_str())];
        self.messages.send(&issued.key, to, Template::RecoveryCode, &params, locale).await
    }

    /// Gives the account a new password and ends its sessions; whose it was.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/password`, or at `/code` for any that is not right; [`Error::RateLimited`] after too many
    /// wrong ones; [`Error::Overloaded`], [`Error::Store`].
    pub async fn confirm(
        &self,
        login: &Login,
        code: &SecretString,
        password: SecretString,
        from: IpAddr,
    ) -> Result<User> {
        crate::field::password(password.expose_secret()).map_err(|code| Error::invalid("/password", code))?;
        let wrong = || Error::invalid("/code", "wrong");
        let proof = self.codes.check(Purpose::Recovery, &login.subject(), code, from).await?;
        let user = self.user(login).await?.ok_or_else(wrong)?;
        let hashed = self.accounts.hash(password).await?;
        // Once: whoever saw the code on its way cannot use it again.
        if !self.codes.spend(proof).await? {
            return Err(wrong());
        }
        self.accounts.recover_password(user.id, hashed).await?;
        Ok(user)
    }

    async fn user(&self, login: &Login) -> Result<Option<User>> {
        let identifier = login.identifier.as_deref().unwrap_or_default();
        Ok(self.accounts.find_user(identifier, &login.username).await?.filter(|user| user.active))
    }
}

#[cfg(test)]
mod tests;
