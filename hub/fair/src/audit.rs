//! The record of deeds: who did what to which object, kept for disputes. Entries are only ever added, each carries a mark
//! over itself and the mark before it, made with the fair's key: who has the database alone can neither change, remove nor
//! insert one without being found by [`Audit::verify`].
//!
//! Owns the chain and its order. Decides nothing about rights, and holds no personal data in clear: ids, and a note that
//! is sealed. What it cannot see is a database that was put back as a whole together with its head; an anchor that was
//! kept outside shows that too ([`Anchor`]).
//!
//! **Source**: SPEC 24 (L543-544, system records serve as evidence), issue 10.

mod chain;
mod list;
pub mod tables;
mod verify;
mod writer;

use std::fmt;

use storage::ids::{EnterpriseId, Millis, Seq, UserId};
use storage::{Entropy, Store};
use tokio::sync::{mpsc, oneshot};

pub use list::Filter;
pub use verify::{Anchor, Broken, NotAnAnchor, Verified};
pub use writer::Writer;

use crate::accounts::Accounts;
use crate::error::{Error, Result};
use crate::seal::Sealer;
use crate::token::Keys;

/// Entries of one partition.
pub const BUCKET_ENTRIES: i64 = 4_096;
/// Deeds that wait to be written; beyond that [`Error::Overloaded`].
pub const WAITING_MAX: usize = 1_024;
/// The longest key of a deed. **Units**: bytes.
const KEY_BYTES_MAX: usize = 128;
/// The longest action, and the longest kind of an object. **Units**: bytes.
const WORD_BYTES_MAX: usize = 64;
/// The longest id of an object. **Units**: bytes.
const OBJECT_BYTES_MAX: usize = 128;
/// The longest note. **Units**: Unicode scalars.
const NOTE_CHARS_MAX: usize = 2_000;

/// Who did it. None of both: the hub itself, or an operator at its machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: Option<UserId>,
    /// The team that it acted for.
    pub enterprise: Option<EnterpriseId>,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind, such as `user`. **Shape**: visible ASCII without `/`.
    pub kind: String,
    /// Its id. **Shape**: visible ASCII; never personal data.
    pub id: String,
}

impl Object {
    /// Of a kind, with an id.
    #[must_use]
    pub fn new(kind: &str, id: impl fmt::Display) -> Self {
        Self { kind: kind.to_owned(), id: id.to_string() }
    }
}

/// A deed to be recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Names the deed: the same key makes one entry, however often it is recorded.
    pub key: String,
    /// When it was done.
    pub at: Millis,
    /// By whom.
    pub actor: Actor,
    /// What, such as `document.reveal`.
    pub action: String,
    /// To what.
    pub object: Object,
    /// A reason or a remark; kept sealed.
    pub note: Option<String>,
}

impl fmt::Debug for NewEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEntry").field("key", &self.key).field("action", &self.action).finish_non_exhaustive()
    }
}

impl NewEntry {
    fn check(&self) -> Result<()> {
        let word = |text: &str, bytes: usize| {
            (1..=bytes).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let rules = [
            ("/key", word(&self.key, KEY_BYTES_MAX)),
            ("/action", word(&self.action, WORD_BYTES_MAX)),
            ("/object/kind", word(&self.object.kind, WORD_BYTES_MAX) && !self.object.kind.contains('/')),
            ("/object/id", word(&self.object.id, OBJECT_BYTES_MAX)),
            ("/note", self.note.as_ref().is_none_or(|note| note.chars().count() <= NOTE_CHARS_MAX)),
        ];
        match rules.into_iter().find(|(_, holds)| !holds) {
            Some((at, _)) => Err(Error::invalid(at, "format")),
            None => Ok(()),
        }
    }
}

/// A recorded deed. `Debug` does not show the note.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the chain: 1, 2, 3 ... without gaps.
    pub seq: Seq,
    /// When it was done.
    pub at: Millis,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub action: String,
    /// To what.
    pub object: Object,
    /// A reason or a remark.
    pub note: Option<String>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, at, actor, action, object, note: _ } = self;
        let mut shown = f.debug_struct("Entry");
        shown.field("seq", seq).field("at", at).field("actor", actor).field("action", action).field("object", object);
        shown.finish_non_exhaustive()
    }
}

/// A deed on its way to the writer.
struct Waiting {
    entry: NewEntry,
    answer: oneshot::Sender<Result<Seq>>,
}

/// The record of a fair. A cheap handle.
#[derive(Clone)]
pub struct Audit {
    ground: Ground,
    waiting: mpsc::Sender<Waiting>,
}

/// What chain, writer and verification stand on.
#[derive(Clone)]
struct Ground {
    accounts: Accounts,
    entropy: Entropy,
}

impl Ground {
    fn store(&self) -> &Store {
        self.accounts.store()
    }

    fn keys(&self) -> &Keys {
        self.accounts.keys()
    }

    fn sealer(&self) -> &Sealer {
        self.accounts.sealer()
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Audit")
    }
}

impl Audit {
    /// The record, and who writes it: to be run once a process, for as long as anything is recorded.
    #[must_use]
    pub fn new(accounts: Accounts, entropy: Entropy) -> (Self, Writer) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let ground = Ground { accounts, entropy };
        (Self { ground: ground.clone(), waiting: sender }, Writer::new(ground, receiver))
    }

    /// Records a deed, durably when answered; once, whatever happens on the way, for each key. Gives its place.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Overloaded`], [`Error::Store`] (record it again under the same key).
    pub async fn record(&self, entry: NewEntry) -> Result<Seq> {
        entry.check()?;
        let (answer, answered) = oneshot::channel();
        self.waiting.try_send(Waiting { entry, answer }).map_err(|_full_or_ended| Error::Overloaded)?;
        // Ended on the way: it may have been written.
        answered.await.unwrap_or(Err(Error::Store(storage::StoreError::Unknown)))
    }

    /// Records what an operator did to an account at the machine, by a process that records nothing else; beside hubs, too.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub async fn record_by_hand(accounts: &Accounts, action: &str, user: UserId) -> Result<()> {
        let (audit, writer) = Self::new(accounts.clone(), accounts.entropy().clone());
        // Each is one of its own.
        let key = format!("{action}/{user}/{:016x}", accounts.entropy().draw());
        let (at, actor, object) = (accounts.clock().now(), Actor::default(), Object::new("user", user));
        let entry = NewEntry { key, at, actor, action: action.to_owned(), object, note: None };
        // The writer ends when nobody can record any more.
        let recorded = async move { audit.record(entry).await.map(|_seq| ()) };
        let ((), recorded) = tokio::join!(writer.run(), recorded);
        recorded
    }
}

#[cfg(test)]
mod tests;
