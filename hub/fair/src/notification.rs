//! In-app notifications: one row per cause, capped and read-marked. Never delivers: the hub's person rooms do.
//!
//! **Source**: SPEC 23.

use std::ops::Bound;

use futures_util::{StreamExt as _, TryFutureExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use storage::ids::{Millis, NotificationId, UserId};
use storage::{Ack, Op, Read, Scan};
use utoipa::ToSchema;

use crate::accounts::{Accounts, Page};
use crate::error::{Error, Result};
use crate::table::{NotificationPatch, NotificationRow, Notifications, NotificationsKey, NotificationsPart};

/// Notifications kept per person; the oldest go first.
pub const KEPT_MAX: u32 = 500;
/// The longest body. **Units**: bytes of JSON.
const BODY_BYTES_MAX: usize = 4_096;
/// People told at one time: as many writes as the store may put into one commit, and not so many that others wait.
const TOLD_AT_ONCE_MAX: usize = 64;
const LIST: &str = "notifications";

/// The event that brings a person's own sockets a notification as it is given; its body is one of the list.
pub const NEW: &str = "notification.new";
/// The event that tells a person's own sockets how many they have not read; its body is an [`Unread`].
pub const UNREAD_COUNT: &str = "notification.unread_count";

/// Something a person should learn of.
#[derive(Debug, Clone)]
pub struct Notice<'a> {
    /// Names what happened; the same cause makes one notification however often it is reported.
    pub cause: &'a str,
    /// When it happened: always the same for the same cause.
    pub at: Millis,
    /// Which text to show, such as `negotiation.message`.
    pub kind: &'a str,
    /// What the text is about. **Shape**: a JSON object of at most 4 KiB.
    pub body: serde_json::Value,
}

/// A notification in a person's list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Notification {
    /// Which.
    pub id: NotificationId,
    /// When it happened.
    #[serde(skip)]
    pub at: Millis,
    /// Which text to show.
    pub kind: String,
    /// What it is about.
    #[schema(value_type = Object)]
    pub body: serde_json::Value,
    /// Seen by the person.
    pub read: bool,
}

/// How many notifications a person has not read, at most [`KEPT_MAX`]. **Shape**: the body of [`UNREAD_COUNT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// How many.
    pub unread: usize,
}

/// A notice as it is stored.
struct Draft<'a> {
    key: NotificationsKey,
    kind: &'a str,
    body: String,
}

/// What became of a person's unread ones.
struct MarkedRead {
    read: usize,
    left: usize,
}

impl<'a> Draft<'a> {
    fn of(notice: &Notice<'a>) -> Result<Self> {
        let body = notice.body.to_string();
        if body.len() > BODY_BYTES_MAX {
            return Err(Error::invalid("/body", "too_long"));
        }
        let key = NotificationsKey { at: notice.at, id: id_of(notice.cause) };
        Ok(Self { key, kind: notice.kind, body })
    }
}

impl Accounts {
    /// Tells a person something, once per cause. A repetition neither doubles it nor makes it unread again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too long a body, [`Error::Store`] (repeat it).
    pub async fn notify(&self, user: UserId, notice: &Notice<'_>) -> Result<NotificationId> {
        let draft = Draft::of(notice)?;
        self.tell(user, &draft, true).await?;
        Ok(draft.key.id)
    }

    /// Tells several people the same, many at one time. Gives those to whom it was news; who was told of this cause before
    /// costs a read and no write.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too long a body, [`Error::Store`]: some may have been told, so repeat it.
    pub async fn notify_all(&self, users: &[UserId], notice: &Notice<'_>) -> Result<Vec<(UserId, NotificationId)>> {
        self.tell_all(users, notice, true).await
    }

    /// The same of what happened just now and nobody can have told of: without a look.
    ///
    /// # Errors
    /// As [`Self::notify_all`].
    pub async fn notify_first(&self, users: &[UserId], notice: &Notice<'_>) -> Result<Vec<(UserId, NotificationId)>> {
        self.tell_all(users, notice, false).await
    }

    async fn tell_all(
        &self,
        users: &[UserId],
        notice: &Notice<'_>,
        looks: bool,
    ) -> Result<Vec<(UserId, NotificationId)>> {
        let draft = &Draft::of(notice)?;
        let id = draft.key.id;
        let told =
            stream::iter(users.to_vec()).map(|user| self.tell(user, draft, looks).map_ok(move |new| (user, new)));
        let told: Vec<_> = told.buffer_unordered(TOLD_AT_ONCE_MAX).try_collect().await?;
        Ok(told.into_iter().filter(|(_, new)| *new).map(|(user, _)| (user, id)).collect())
    }

    /// Whether it was news.
    async fn tell(&self, user: UserId, draft: &Draft<'_>, looks: bool) -> Result<bool> {
        let (part, c) = (NotificationsPart { user }, draft.key.clone());
        if looks && self.store().get::<Notifications>(part.clone(), c.clone(), Read::Quorum).await?.is_some() {
            return Ok(false);
        }
        // A patch, so that of two who tell it at once neither undoes the reading.
        let set = NotificationPatch { kind: Some(draft.kind.to_owned()), body: Some(draft.body.clone()), read: None };
        let mut ops = vec![Op::Patch { c, set }];
        ops.extend(self.surplus(user, draft.key.id).await?);
        self.store().write::<Notifications>(part, ops, Ack::Durable).await?;
        Ok(true)
    }

    /// The deletions that bring the list back to its size. Looked for at one notification in sixteen, so a list may be
    /// longer by a few; by the person too, so that a team is not looked through all at once.
    async fn surplus(&self, user: UserId, id: NotificationId) -> Result<Vec<Op<Notifications>>> {
        if (id.0 ^ user.0) % 16 != 0 {
            return Ok(Vec::new());
        }
        let rows = self.newest_first(user, Bound::Unbounded, KEPT_MAX + 128).await?;
        let old = rows.into_iter().skip(KEPT_MAX as usize - 1);
        Ok(old.map(|(c, _)| Op::Delete { c }).collect())
    }

    /// A person's notifications, newest first.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Store`].
    pub async fn notifications(
        &self,
        user: UserId,
        unread_only: bool,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Notification>> {
        let to = match cursor {
            Some(cursor) => Bound::Excluded(self.notification_position(cursor)?),
            None => Bound::Unbounded,
        };
        let rows = self.newest_first(user, to, KEPT_MAX).await?;
        let wanted = rows.into_iter().filter(|(_, row)| !unread_only || row.read.is_none());
        let mut wanted: Vec<_> = wanted.take(limit as usize + 1).collect();
        let more = wanted.len() > limit as usize;
        wanted.truncate(limit as usize);
        let last = wanted.last().filter(|_| more);
        let next = last.map(|(key, _)| self.keys().cursor(LIST, &format!("{}/{}", key.at.0, key.id)));
        let items = wanted.into_iter().map(|(key, row)| shown(&key, row)).collect::<Result<_>>()?;
        Ok(Page { items, next })
    }

    /// How many a person has not read, at most [`KEPT_MAX`]; [`Unread`] is its shape as an event.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn unread_notifications(&self, user: UserId) -> Result<usize> {
        let rows = self.newest_first(user, Bound::Unbounded, KEPT_MAX).await?;
        Ok(rows.iter().filter(|(_, row)| row.read.is_none()).count())
    }

    /// Marks as read: those, or all when none are named. Unknown ones are passed over. Gives the number still unread.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn read_notifications(&self, user: UserId, only: Option<&[NotificationId]>) -> Result<usize> {
        let is_named = |key: &NotificationsKey, _: &NotificationRow| only.is_none_or(|only| only.contains(&key.id));
        Ok(self.read_where(user, is_named).await?.left)
    }

    /// Marks as read what a person was told of a kind about one thing: that whose body has this text in this field. Gives
    /// the number still unread when something was, else none.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn read_notifications_about(
        &self,
        user: UserId,
        kind: &str,
        about: (&str, &str),
    ) -> Result<Option<usize>> {
        let is_about = |_: &NotificationsKey, row: &NotificationRow| row.kind == kind && says(&row.body, about);
        let done = self.read_where(user, is_about).await?;
        Ok((done.read > 0).then_some(done.left))
    }

    async fn read_where(
        &self,
        user: UserId,
        is_meant: impl Fn(&NotificationsKey, &NotificationRow) -> bool,
    ) -> Result<MarkedRead> {
        let now = self.clock().now();
        let rows = self.newest_first(user, Bound::Unbounded, KEPT_MAX).await?;
        let (read, left): (Vec<_>, Vec<_>) =
            rows.into_iter().filter(|(_, row)| row.read.is_none()).partition(|(key, row)| is_meant(key, row));
        for some in read.chunks(storage::store::WRITE_OPS_MAX) {
            let mark = || NotificationPatch { read: Some(Some(now)), ..NotificationPatch::default() };
            let ops = some.iter().map(|(c, _)| Op::Patch { c: c.clone(), set: mark() }).collect();
            self.store().write::<Notifications>(NotificationsPart { user }, ops, Ack::Durable).await?;
        }
        Ok(MarkedRead { read: read.len(), left: left.len() })
    }

    async fn newest_first(
        &self,
        user: UserId,
        to: Bound<NotificationsKey>,
        limit: u32,
    ) -> Result<Vec<(NotificationsKey, NotificationRow)>> {
        let scan = Scan { from: Bound::Unbounded, to, rev: true, limit };
        Ok(self.store().scan::<Notifications>(NotificationsPart { user }, scan, Read::Quorum).await?)
    }

    fn notification_position(&self, cursor: &str) -> Result<NotificationsKey> {
        let position = self.keys().read_cursor(LIST, cursor)?;
        let (at, id) = position.split_once('/').ok_or(Error::BadCursor)?;
        let at = at.parse().map_err(|_not_a_time| Error::BadCursor)?;
        let id = id.parse().map_err(|_not_an_id| Error::BadCursor)?;
        Ok(NotificationsKey { at: Millis(at), id })
    }
}

fn says(body: &str, (field, text): (&str, &str)) -> bool {
    let body = serde_json::from_str::<serde_json::Value>(body).ok();
    body.is_some_and(|body| body.get(field).and_then(serde_json::Value::as_str) == Some(text))
}

fn id_of(cause: &str) -> NotificationId {
    let hash: [u8; 32] = Sha256::digest(cause.as_bytes()).into();
    let (front, _) = hash.split_first_chunk::<8>().expect("invariant: 32 bytes have a first eight");
    NotificationId(i64::from_be_bytes(*front) & i64::MAX)
}

fn shown(key: &NotificationsKey, row: NotificationRow) -> Result<Notification> {
    let body = serde_json::from_str(&row.body).map_err(|_not_json| {
        Error::Store(storage::StoreError::Corrupt("a notification's body is not JSON".to_owned()))
    })?;
    Ok(Notification { id: key.id, at: key.at, kind: row.kind, body, read: row.read.is_some() })
}

#[cfg(test)]
mod tests;
