//! Files that people upload: what they may be, where they lie, whose they are, how long they stay. Knows no HTTP, and no
//! record but by its name.
//!
//! An upload is one row, whose every change is a conditional write: `receiving` -> `stored` -> `removing` -> gone. Before
//! the row stands its deadline in [`crate::due`], so that nothing is left of one that nobody finished or no record took:
//! whoever lives then removes it. What a record has taken is asked about a day later: of a record that has let go, or never
//! came to be, nothing stays either. A private one is shown to who has to do with it; a person's likeness lies sealed.
//!
//! **Source**: SPEC 7, 9, 10; D-01, D-28, D-29.

mod attach;
pub mod files;
pub mod format;
pub mod picture;
mod receive;
mod record;
pub mod share;
pub mod uses;

use std::ops::Range;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage::ids::{Millis, UploadId, UserId};
use storage::{Applied, Expect, Op, Read, Store, StoreError};
use tokio::sync::Semaphore;

pub use attach::{Attaching, Kept};
pub use files::{Address, Files, Pieces, Secret};
pub use format::Format;
pub use receive::Order;
pub use record::{Owner, Upload, UploadState, Viewer};
pub use share::Quota;
pub use uses::{RULES, Rule, Use};

use crate::accounts::Accounts;
use crate::applications;
use crate::due::Due;
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::table::{UploadKey, UploadPart, UploadRow, UploadRows};
use picture::Pictures;
use share::Shares;

/// What a deadline of an upload is called; its key is the id.
pub const DUE_KIND: &str = "upload";
/// An upload takes at most so long. **Units**: milliseconds.
pub const RECEIVE_MS: i64 = 3 * 60 * 60 * 1_000;
/// What no record has taken goes after that; of what one has taken it is asked then. **Units**: milliseconds.
pub const ORPHAN_MS: i64 = 24 * 60 * 60 * 1_000;
/// Uploads received at once by one hub; more are refused.
const RECEIVING_MAX: usize = 64;
/// What sealing adds: a nonce and a mark. **Units**: bytes.
const SEAL_BYTES: u64 = 28;
/// Lost races about one row before giving up.
const TRIES_MAX: u32 = 8;

/// What an operator may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For each owner.
    pub quota: Quota,
    /// A booth's video. **Units**: bytes.
    pub booth_video_bytes: u64,
    /// An exhibit's video. **Units**: bytes.
    pub exhibit_video_bytes: u64,
}

/// The uploads of a fair. A cheap handle.
#[derive(Debug, Clone)]
pub struct Uploads(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    accounts: Accounts,
    files: Files,
    limits: Limits,
    pictures: Pictures,
    receiving: Semaphore,
}

impl Uploads {
    /// Over the accounts' store, and where files lie.
    #[must_use]
    pub fn new(accounts: Accounts, files: Files, limits: Limits) -> Self {
        let receiving = Semaphore::new(RECEIVING_MAX);
        Self(Arc::new(Inner { accounts, files, limits, pictures: Pictures::default(), receiving }))
    }

    /// What a file for one use must be, here.
    #[must_use]
    pub fn rule(&self, used_for: Use) -> Rule {
        let rule = used_for.rule();
        match used_for {
            Use::BoothVideo => Rule { bytes_max: self.0.limits.booth_video_bytes, ..rule },
            Use::ExhibitVideo => Rule { bytes_max: self.0.limits.exhibit_video_bytes, ..rule },
            Use::Logo
            | Use::Picture
            | Use::Illustration
            | Use::ProjectPicture
            | Use::Poster
            | Use::IdPhoto
            | Use::Plan => rule,
        }
    }

    /// An upload, for who has to do with it.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when it is not theirs to see; [`Error::Store`].
    pub async fn find(&self, id: UploadId, viewer: &Viewer) -> Result<Upload> {
        let row = self.row(id).await?.ok_or(Error::NotFound)?;
        let concerned = self.concerns(&row, viewer).await?.then(|| Upload::of(id, &row));
        concerned.flatten().ok_or(Error::NotFound)
    }

    /// An upload whose content somebody asks for: anybody for a public one.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when it is not theirs to see; [`Error::Store`].
    pub async fn readable(&self, id: UploadId, viewer: Option<&Viewer>) -> Result<Upload> {
        let row = self.row(id).await?.ok_or(Error::NotFound)?;
        let upload = Upload::of(id, &row).ok_or(Error::NotFound)?;
        let may = match viewer {
            _ if upload.is_public() => true,
            Some(viewer) => self.concerns(&row, viewer).await?,
            None => false,
        };
        if may { Ok(upload) } else { Err(Error::NotFound) }
    }

    /// Whether somebody has to do with it. A likeness that a person's record has taken concerns the institution that invited
    /// their team, too, whichever came first.
    async fn concerns(&self, row: &UploadRow, viewer: &Viewer) -> Result<bool> {
        if record::concerns(row, viewer) {
            return Ok(true);
        }
        let institution = viewer.enterprise.filter(|_| viewer.kind == Kind::Institution);
        let (Some(institution), Some(team)) = (institution, record::team_of_likeness(row)) else { return Ok(false) };
        Ok(applications::inviter(&self.0.accounts, team).await? == Some(institution))
    }

    /// The bytes of a range inside it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it has been removed meanwhile; [`Error::Store`]; [`Error::Internal`] when it does not open.
    pub async fn read(&self, upload: &Upload, range: Range<u64>) -> Result<Pieces> {
        if !upload.used_for.is_sealed() {
            return self.0.files.read(upload.id, range).await;
        }
        let sealed = self.0.files.read(upload.id, 0..upload.bytes + SEAL_BYTES).await?;
        let sealed: Vec<_> = sealed.try_collect().await?;
        let plain = self.0.accounts.sealer().open_bytes(&place(upload.id), &sealed.concat())?;
        let inside = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(plain.len());
        let part = plain.get(inside(range.start)..inside(range.end)).unwrap_or_default();
        let part = bytes::Bytes::copy_from_slice(part);
        Ok(stream::once(std::future::ready(Ok(part))).boxed())
    }

    /// Another one of an upload, that no record has yet: a picture drawn once more.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is gone; as [`Self::receive`].
    pub async fn copy(&self, id: UploadId, by: UserId) -> Result<Upload> {
        let row = self.row(id).await?.ok_or(Error::NotFound)?;
        let upload = Upload::of(id, &row).ok_or(Error::NotFound)?;
        let owner = Owner::of(&row.owner).ok_or(Error::Internal("an upload of nobody"))?;
        let (used_for, bytes) = (upload.used_for, upload.bytes);
        let order = Order { owner, by, used_for, name: row.name, media_type: None, bytes: Some(bytes) };
        Box::pin(self.receive(order, self.read(&upload, 0..bytes).await?)).await
    }

    /// Removes an upload that no record has.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when it is another's; [`Error::Conflict`] while a record has it; [`Error::Store`].
    pub async fn remove(&self, id: UploadId, viewer: &Viewer) -> Result<()> {
        let own = |row: &UploadRow| row.owner == viewer.owner().text() && record::concerns(row, viewer);
        let row = self.row(id).await?.filter(own).ok_or(Error::NotFound)?;
        if Upload::of(id, &row).ok_or(Error::NotFound)?.record.is_some() {
            return Err(Error::Conflict("a record has it"));
        }
        self.clear_row(id, row).await
    }

    /// What an owner's uploads take, and what they may.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn usage(&self, owner: Owner) -> Result<(Quota, Quota)> {
        let shares = Shares { store: self.0.accounts.store(), owner: &owner.text() };
        Ok((shares.taken().await?, self.0.limits.quota))
    }

    /// Does what is due of an upload: removes it where nobody has finished it or no record has taken it. What a record took
    /// is given back to be asked about: [`Self::abandon`] it, where that record does not have it.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Conflict`]: it comes again.
    pub async fn fall_due(&self, key: &str) -> Result<Option<Kept>> {
        let Ok(id) = key.parse::<UploadId>() else { return Ok(None) };
        let Some(row) = self.row(id).await? else { return Ok(None) };
        let lasts_ms = match row.state {
            UploadState::Receiving => RECEIVE_MS,
            UploadState::Stored => ORPHAN_MS,
            UploadState::Removing => 0,
        };
        let ends_at = row.since.plus_ms(lasts_ms);
        if ends_at > self.now() {
            self.due().put(ends_at, DUE_KIND, key).await?;
            return Ok(None);
        }
        let record = row.record.clone().filter(|_| row.state == UploadState::Stored);
        if let Some(record) = record {
            return Ok(Some(Kept { id, record, row }));
        }
        self.clear_row(id, row).await?;
        Ok(None)
    }

    /// Removes what was given to be asked about, unless a record has taken it again since.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one has, [`Error::Store`]: it comes again.
    pub async fn abandon(&self, kept: Kept) -> Result<()> {
        self.clear_row(kept.id, kept.row).await
    }

    /// Removes all of an upload that is there.
    async fn clear(&self, id: UploadId) -> Result<()> {
        match self.row(id).await? {
            Some(row) => self.clear_row(id, row).await,
            None => Ok(()),
        }
    }

    /// The row says first that it goes, so that no record takes it any more; it is the last to go.
    async fn clear_row(&self, id: UploadId, mut row: UploadRow) -> Result<()> {
        if row.state != UploadState::Removing {
            let removing = UploadRow { v: row.v + 1, state: UploadState::Removing, ..row.clone() };
            if !self.write(id, Some(&row), &removing).await? {
                return Err(Error::Conflict("the upload is being changed by others"));
            }
            row = removing;
        }
        self.0.files.discard(id, row.token.as_deref()).await?;
        Shares { store: self.0.accounts.store(), owner: &row.owner }.release(id).await?;
        let expect = vec![Expect::Version(UploadKey {}, row.v)];
        let delete = vec![Op::Delete { c: UploadKey {} }];
        self.0.accounts.store().write_if::<UploadRows>(UploadPart { id }, expect, delete).await?;
        Ok(())
    }

    async fn row(&self, id: UploadId) -> Result<Option<UploadRow>> {
        Ok(self.0.accounts.store().get::<UploadRows>(UploadPart { id }, UploadKey {}, Read::Serial).await?)
    }

    /// Writes a row over the one that stands; false when another was first. An unknown outcome is settled by looking.
    async fn write(&self, id: UploadId, old: Option<&UploadRow>, new: &UploadRow) -> Result<bool> {
        let c = UploadKey {};
        let expect = old.map_or(Expect::Absent(c.clone()), |old| Expect::Version(c.clone(), old.v));
        let put = Op::Put { c, row: new.clone(), at: None };
        match self.0.accounts.store().write_if::<UploadRows>(UploadPart { id }, vec![expect], vec![put]).await {
            Ok(Applied::Yes) => Ok(true),
            Ok(Applied::No { .. }) | Err(StoreError::Unknown) => Ok(self.row(id).await?.as_ref() == Some(new)),
            Err(other) => Err(other.into()),
        }
    }

    fn due(&self) -> Due {
        Due::new(self.0.accounts.store().clone(), self.0.accounts.clock().clone())
    }

    fn now(&self) -> Millis {
        self.0.accounts.clock().now()
    }
}

/// Width and height of a picture that is there. **Units**: pixels.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn sides(store: &Store, id: UploadId) -> Result<Option<(u32, u32)>> {
    let row = store.get::<UploadRows>(UploadPart { id }, UploadKey {}, Read::Quorum).await?;
    let upload = row.and_then(|row| Upload::of(id, &row));
    Ok(upload.and_then(|upload| Some((upload.width?, upload.height?))))
}

/// What a sealed one is bound to.
fn place(id: UploadId) -> Vec<u8> {
    [b"upload".as_slice(), &id.0.to_be_bytes()].concat()
}

#[cfg(test)]
pub(crate) mod tests;
