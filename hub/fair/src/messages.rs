//! Messages to phones and mailboxes: written down first, then delivered by whoever lives, at least once and as a rule once.
//!
//! A message's row is the truth: it says whether somebody is at it, when it is tried next, and how it ended. It comes due
//! ([`crate::due`]) until it has ended, so a killed hub loses none; a queue in memory is only the faster way. What is
//! written is sealed and goes when nobody needs it any more. Never decides whether somebody should be told.
//!
//! **Source**: SPEC 23 (outbox, providers, delivery state).

mod deliver;
pub mod provider;
pub mod server;
#[cfg(feature = "providers")]
pub mod sms;
#[cfg(feature = "providers")]
pub mod smtp;
pub(crate) mod table;
mod text;

use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use storage::ids::Millis;
use storage::{Ack, Applied, Clock, Entropy, Expect, Hidden, Op, Read, Scan, Store, StoreError, vocabulary};
use tokio::sync::mpsc;

use crate::accounts::{Accounts, Page};
use crate::due::{Claimed, Due};
use crate::error::{Error, Result};
use crate::seal::Contact;
use provider::{Letter, Providers};
use table::{
    MessageDayKey, MessageDayPart, MessageDayRow, MessageDays, MessageKey, MessagePart, MessageRow, MessageRows,
};
pub use text::{Locale, Template};

/// What the due table calls a message.
pub const DUE: &str = "message";
/// The longest key. **Units**: bytes.
const KEY_BYTES_MAX: usize = 200;
/// Messages waiting in memory; what does not fit is found by the due table within two minutes.
const WAKES_MAX: usize = 1_024;
/// Messages read for one page of the list; a page of a rare state may end short, with a cursor.
const LIST_ROWS_MAX: u32 = 500;
/// Of these at one time.
const READS_MAX: usize = 32;
const LIST: &str = "messages";
const DAY_MS: i64 = 86_400_000;
/// As long as rows live. **Units**: days.
const KEPT_DAYS: i64 = 30;

vocabulary! {
    /// By which way a message goes.
    Channel {
        /// A short message to a phone.
        Sms = "sms",
        /// A mail.
        Email = "email",
    }
}

vocabulary! {
    /// How far a message is.
    Delivery {
        /// It will be tried, for the first time or again.
        Queued = "queued",
        /// The provider took it.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
    }
}

/// Where a message goes; checked by [`crate::field`] before. `Debug` shows it masked.
#[derive(Clone, PartialEq, Eq)]
pub enum To {
    /// To a phone: mainland, or E.164.
    Sms(String),
    /// To a mailbox.
    Mail(String),
}

impl To {
    /// The phone, or the mailbox of whoever has no phone; none: nobody can be reached.
    #[must_use]
    pub fn of(contact: &Contact) -> Option<Self> {
        let sms = contact.mobile.clone().map(Self::Sms);
        sms.or_else(|| contact.email.clone().map(Self::Mail))
    }

    /// Its way.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Sms(_) => Channel::Sms,
            Self::Mail(_) => Channel::Email,
        }
    }

    /// With its middle hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        let contact = match self {
            Self::Sms(mobile) => Contact { mobile: Some(mobile.clone()), email: None },
            Self::Mail(email) => Contact { mobile: None, email: Some(email.clone()) },
        };
        let Contact { mobile, email } = contact.masked();
        mobile.or(email).unwrap_or_default()
    }

    /// One spelling of each address: a number of the mainland with its +86, a mailbox in lower case.
    #[must_use]
    pub fn normal(&self) -> String {
        match self {
            Self::Sms(mobile) if mobile.starts_with('+') => mobile.clone(),
            Self::Sms(mobile) => format!("+86{mobile}"),
            Self::Mail(email) => email.to_lowercase(),
        }
    }

    /// As the provider is given it: a mailbox as its owner wrote it.
    fn address(&self) -> String {
        match self {
            Self::Sms(_) => self.normal(),
            Self::Mail(email) => email.clone(),
        }
    }
}

impl fmt::Debug for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.channel().as_str()).field(&self.masked()).finish()
    }
}

/// A message as operators see it: never its text. **Shape**: an item of `GET /v1/messages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Names its cause; the same cause makes one message.
    pub key: String,
    /// By which way.
    pub channel: Channel,
    /// To whom, with the middle hidden.
    pub to: String,
    /// Which text.
    pub template: String,
    /// In which language.
    pub locale: String,
    /// How far it is.
    pub state: Delivery,
    /// How often it was tried.
    pub tries: i64,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it was made.
    pub created: Millis,
    /// When it last changed.
    pub updated: Millis,
}

/// A message with its text: only what the demo shows of what was never really sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// What operators see.
    pub message: Message,
    /// To whom, in full.
    pub to: String,
    /// Of a mail.
    pub subject: String,
    /// The whole text.
    pub text: String,
    /// What it was filled with.
    pub params: Vec<(String, String)>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("message", &self.message).finish_non_exhaustive()
    }
}

/// What of a letter is sealed in its row.
#[derive(Serialize, Deserialize)]
struct Sealed {
    to: String,
    subject: String,
    text: String,
    params: Vec<(String, String)>,
}

/// Something to look at now.
#[derive(Debug)]
enum Wake {
    /// A message that was just made.
    Made(String),
    /// One that has come due: to be put off or done.
    Due(Claimed),
}

/// The messages of a fair. A cheap handle.
#[derive(Clone)]
pub struct Messages(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    accounts: Accounts,
    providers: Providers,
    wake: mpsc::Sender<Wake>,
    /// Taken by the one loop that delivers.
    woken: Mutex<Option<mpsc::Receiver<Wake>>>,
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Messages").field(&self.0.providers).finish()
    }
}

impl Messages {
    /// Over a store; [`Self::deliver`] delivers.
    #[must_use]
    pub fn new(store: Store, clock: Clock, entropy: Entropy, accounts: Accounts, providers: Providers) -> Self {
        let (wake, woken) = mpsc::channel(WAKES_MAX);
        let woken = Mutex::new(Some(woken));
        Self(Arc::new(Inner { store, clock, entropy, accounts, providers, wake, woken }))
    }

    /// Whether anything can go that way here.
    #[must_use]
    pub fn sends(&self, channel: Channel) -> bool {
        self.0.providers.of(channel).is_some()
    }

    /// The way to somebody: their phone, where messages go to phones from here or they have no mailbox, else their mailbox;
    /// none: nobody can be reached.
    #[must_use]
    pub fn way_to(&self, contact: &Contact) -> Option<To> {
        let mail = contact.email.clone().map(To::Mail);
        let sms = contact.mobile.clone().map(To::Sms).filter(|_| self.sends(Channel::Sms) || mail.is_none());
        sms.or(mail)
    }

    /// Writes a message down; it is delivered soon, whatever happens to this process. One a key, however often it is
    /// asked for: the first stands. `key` names the cause and holds nothing personal.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too long a key or text, [`Error::Internal`] for a parameter that is missing,
    /// [`Error::Store`] (repeat it).
    pub async fn send(
        &self,
        key: &str,
        to: To,
        template: Template,
        params: &[(&str, &str)],
        locale: Locale,
    ) -> Result<()> {
        if key.len() > KEY_BYTES_MAX {
            return Err(Error::invalid("/key", "too_long"));
        }
        let row = self.row(key, &to, template, params, locale)?;
        // Before the row: a crash in between leaves something due or listed that is not there, and is passed over.
        let due = self.due();
        futures_util::try_join!(due.put(row.created, DUE, key), self.list_by_day(key, &row))?;
        let put = Op::Put { c: MessageKey {}, row: row.clone(), at: None };
        let part = MessagePart { key: key.to_owned() };
        let absent = vec![Expect::Absent(MessageKey {})];
        self.0.store.write_if::<MessageRows>(part, absent, vec![put]).await?;
        // Full, or nobody delivers here: the due table knows it.
        drop(self.0.wake.try_send(Wake::Made(key.to_owned())));
        Ok(())
    }

    fn row(
        &self,
        key: &str,
        to: &To,
        template: Template,
        params: &[(&str, &str)],
        locale: Locale,
    ) -> Result<MessageRow> {
        let sealed = Sealed {
            to: to.address(),
            subject: text::subject(template, locale).to_owned(),
            text: text::filled(template, locale, params)?,
            params: provider::owned(template, params),
        };
        let plain = serde_json::to_vec(&sealed).map_err(|_encoding| Error::Internal("message encoding"))?;
        let sealed = self.0.accounts.sealer().seal_bytes(&place(key), &plain)?;
        let now = self.now();
        Ok(MessageRow {
            v: 1,
            channel: to.channel(),
            template: template.as_str().to_owned(),
            locale: provider::tag(locale),
            masked: to.masked(),
            sealed: Some(Hidden(sealed)),
            state: Delivery::Queued,
            tries: 0,
            error: None,
            created: now,
            updated: now,
            next: now,
            until: Millis(0),
            expires: now.plus_ms(template.life_s() * 1_000),
        })
    }

    /// How one message is; none of that key, or forgotten.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn find(&self, key: &str) -> Result<Option<Message>> {
        Ok(self.row_of(key).await?.map(|row| message(key, &row)))
    }

    /// Messages newest first, of one state or all.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Store`].
    pub async fn list(&self, state: Option<Delivery>, cursor: Option<&str>, limit: u32) -> Result<Page<Message>> {
        let today = self.now().0.div_euclid(DAY_MS);
        let (mut day, mut to) = match cursor {
            Some(cursor) => {
                let position = self.position(cursor)?;
                (position.at.0.div_euclid(DAY_MS), Bound::Excluded(position))
            }
            // A day more: another hub's clock may be ahead.
            None => (today + 1, Bound::Unbounded),
        };
        let (mut items, mut left) = (Vec::new(), LIST_ROWS_MAX);
        while day >= today - KEPT_DAYS {
            let scan = Scan { from: Bound::Unbounded, to, rev: true, limit: left };
            let rows = self.0.store.scan::<MessageDays>(MessageDayPart { day }, scan, Read::Quorum).await?;
            let mut rows = stream::iter(rows).map(|(at, _)| self.listed(at)).buffered(READS_MAX);
            while let Some((at, found)) = rows.try_next().await? {
                left -= 1;
                items.extend(found.filter(|message| state.is_none_or(|state| message.state == state)));
                if left == 0 || items.len() >= limit as usize {
                    let next = self.0.accounts.keys().cursor(LIST, &format!("{}/{}", at.at.0, at.key));
                    return Ok(Page { items, next: Some(next) });
                }
            }
            (day, to) = (day - 1, Bound::Unbounded);
        }
        Ok(Page { items, next: None })
    }

    /// The newest messages with their texts, as far as they are kept. For the demo: nothing else shows a text.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Internal`].
    pub async fn shown(&self, limit: u32) -> Result<Vec<Shown>> {
        let mut shown = Vec::new();
        for message in self.list(None, None, limit).await?.items {
            let Some(row) = self.row_of(&message.key).await? else { continue };
            let Some(Hidden(sealed)) = &row.sealed else { continue };
            let Sealed { to, subject, text, params } = self.open(&message.key, sealed)?;
            shown.push(Shown { message, to, subject, text, params });
        }
        Ok(shown)
    }

    fn position(&self, cursor: &str) -> Result<MessageDayKey> {
        let position = self.0.accounts.keys().read_cursor(LIST, cursor)?;
        let (at, key) = position.split_once('/').ok_or(Error::BadCursor)?;
        let at = at.parse().map_err(|_not_a_time| Error::BadCursor)?;
        Ok(MessageDayKey { at: Millis(at), key: key.to_owned() })
    }

    fn open(&self, key: &str, sealed: &[u8]) -> Result<Sealed> {
        let plain = self.0.accounts.sealer().open_bytes(&place(key), sealed)?;
        serde_json::from_slice(&plain).map_err(|_shape| Error::Internal("a sealed message does not open"))
    }

    async fn row_of(&self, key: &str) -> Result<Option<MessageRow>> {
        let part = MessagePart { key: key.to_owned() };
        Ok(self.0.store.get::<MessageRows>(part, MessageKey {}, Read::Serial).await?)
    }

    /// Writes a row that follows `v`; false when another was first. An unknown outcome is settled by looking.
    async fn replace(&self, key: &str, v: i64, row: &MessageRow) -> Result<bool> {
        let part = MessagePart { key: key.to_owned() };
        let put = Op::Put { c: MessageKey {}, row: row.clone(), at: None };
        let expect = vec![Expect::Version(MessageKey {}, v)];
        match self.0.store.write_if::<MessageRows>(part, expect, vec![put]).await {
            Ok(Applied::Yes) => Ok(true),
            Ok(Applied::No { .. }) => Ok(false),
            Err(StoreError::Unknown) => Ok(self.row_of(key).await?.as_ref() == Some(row)),
            Err(other) => Err(other.into()),
        }
    }

    async fn list_by_day(&self, key: &str, row: &MessageRow) -> Result<()> {
        let part = MessageDayPart { day: row.created.0.div_euclid(DAY_MS) };
        let c = MessageDayKey { at: row.created, key: key.to_owned() };
        let put = Op::Put { c, row: MessageDayRow { channel: row.channel }, at: None };
        Ok(self.0.store.write::<MessageDays>(part, vec![put], Ack::Durable).await?)
    }

    /// What a place of the list stands for.
    async fn listed(&self, at: MessageDayKey) -> Result<(MessageDayKey, Option<Message>)> {
        let row = self.row_of(&at.key).await?.filter(|row| row.created == at.at);
        let message = row.map(|row| message(&at.key, &row));
        Ok((at, message))
    }

    fn due(&self) -> Due {
        Due::new(self.0.store.clone(), self.0.clock.clone())
    }

    fn now(&self) -> Millis {
        self.0.clock.now()
    }
}

/// What a sealed letter is bound to.
fn place(key: &str) -> Vec<u8> {
    [b"message/".as_slice(), key.as_bytes()].concat()
}

/// A key as providers and mailboxes see it: the same for every try, and it says nothing.
fn id(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn message(key: &str, row: &MessageRow) -> Message {
    Message {
        key: key.to_owned(),
        channel: row.channel,
        to: row.masked.clone(),
        template: row.template.clone(),
        locale: row.locale.clone(),
        state: row.state,
        tries: row.tries,
        error: row.error.clone(),
        created: row.created,
        updated: row.updated,
    }
}

#[cfg(test)]
mod tests;
