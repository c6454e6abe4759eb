//! Who carries messages away: the trait, and the one that carries nothing.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Channel, Locale, Template};

/// One message as a provider is given it. `Debug` shows neither to whom nor what.
pub struct Letter {
    /// The same for every try: a provider that knows it may drop the repetition. **Shape**: 32 hexadecimal digits.
    pub id: String,
    /// A phone number in E.164 with its `+`, or a mail address.
    pub to: SecretString,
    /// Of a mail.
    pub subject: String,
    /// The whole text.
    pub text: SecretString,
    /// Which text it is, for gateways that keep texts of their own.
    pub template: String,
    /// Its language.
    pub locale: String,
    /// What the text was filled with.
    pub params: Vec<(String, SecretString)>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).field("template", &self.template).finish_non_exhaustive()
    }
}

impl Letter {
    pub(super) fn from_sealed(id: String, row: &super::MessageRow, sealed: super::Sealed) -> Self {
        let super::Sealed { to, subject, text, params } = sealed;
        Self {
            id,
            to: to.into(),
            subject,
            text: text.into(),
            template: row.template.clone(),
            locale: row.locale.clone(),
            params: params.into_iter().map(|(name, value)| (name, value.into())).collect(),
        }
    }

    /// To whom, where it has to be said.
    #[must_use]
    pub fn to(&self) -> &str {
        self.to.expose_secret()
    }

    /// What, where it has to be said.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

/// Why a message was not taken. The reason is shown to operators and logged: it names neither address nor text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// Trying again may help.
    Later(String),
    /// It never will.
    Never(String),
}

/// Carries messages of one channel away.
pub trait Provider: fmt::Debug + Send + Sync {
    /// Hands one over; true once somebody else answers for it.
    fn deliver<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), Undelivered>>;

    /// Whether what it has delivered is kept to be looked at: only where nothing is really sent.
    fn keeps(&self) -> bool {
        false
    }
}

/// Sends nothing: what was "sent" stays in the store, sealed, for `GET /demo/messages`.
#[derive(Debug, Clone, Copy)]
pub struct Kept;

impl Provider for Kept {
    fn deliver<'a>(&'a self, _letter: &'a Letter) -> BoxFuture<'a, Result<(), Undelivered>> {
        Box::pin(async { Ok(()) })
    }

    fn keeps(&self) -> bool {
        true
    }
}

/// The providers of a hub; a channel without one sends nothing and says so.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    /// For phones.
    pub sms: Option<Arc<dyn Provider>>,
    /// For mailboxes.
    pub mail: Option<Arc<dyn Provider>>,
}

impl Providers {
    /// Nothing is sent where nothing is set: what was to be sent can be looked at in the demo.
    #[must_use]
    pub fn or_kept(self) -> Self {
        let kept = || -> Arc<dyn Provider> { Arc::new(Kept) };
        Self { sms: Some(self.sms.unwrap_or_else(kept)), mail: Some(self.mail.unwrap_or_else(kept)) }
    }

    pub(super) const fn of(&self, channel: Channel) -> Option<&Arc<dyn Provider>> {
        match channel {
            Channel::Sms => self.sms.as_ref(),
            Channel::Email => self.mail.as_ref(),
        }
    }
}

/// A template's parameters as they are stored.
pub(super) fn owned(template: Template, params: &[(&str, &str)]) -> Vec<(String, String)> {
    let used = params.iter().filter(|(name, _)| template.params().contains(name));
    used.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A locale's tag as it is stored.
pub(super) fn tag(locale: Locale) -> String {
    locale.as_str().to_owned()
}
