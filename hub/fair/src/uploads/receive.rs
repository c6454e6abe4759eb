//! Receiving an upload: its first bytes say what it is, a picture is drawn anew, anything else goes on to where files lie
//! as it comes. Whatever goes wrong, nothing of it stays: here, or by the deadline that was set before anything else.

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use storage::Hidden;
use storage::ids::{UploadId, UserId};

use super::files::Writing;
use super::format::{Format, HEAD_BYTES};
use super::record::{Owner, Upload, UploadState};
use super::share::Shares;
use super::uses::{Rule, Use};
use super::{DUE_KIND, ORPHAN_MS, RECEIVE_MS, Uploads};
use crate::error::{Error, FieldError, Result};
use crate::table::UploadRow;

/// The longest name of a file. **Units**: Unicode scalars.
const NAME_CHARS_MAX: usize = 200;
/// A PDF's end is looked for in so much of it. **Units**: bytes.
const PDF_TAIL_BYTES: usize = 1_024;

/// What somebody is about to upload.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whose it will be.
    pub owner: Owner,
    /// Who uploads it.
    pub by: UserId,
    /// What for.
    pub used_for: Use,
    /// What they call the file.
    pub name: Option<Hidden<String>>,
    /// What they say that it is.
    pub media_type: Option<String>,
    /// How long they say that it is. **Units**: bytes.
    pub bytes: Option<u64>,
}

impl Order {
    /// What can be said before a byte has come.
    fn check(&self, rule: &Rule) -> Result<()> {
        if self.bytes.is_some_and(|bytes| bytes > rule.bytes_max) {
            return Err(Error::TooLarge);
        }
        let name = self.name.as_ref().map_or("", |Hidden(name)| name);
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(Error::invalid("/name", "too_long"));
        }
        if name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\')) {
            return Err(Error::invalid("/name", "charset"));
        }
        Ok(())
    }

    /// Whether what they say of it is true; all that is not.
    fn compare(&self, format: Format) -> Result<()> {
        let mut wrong = Vec::new();
        if self.name.as_ref().is_some_and(|Hidden(name)| !format.is_named(name)) {
            wrong.push(FieldError { at: "/name".into(), code: "extension" });
        }
        if self.media_type.as_ref().is_some_and(|media_type| !format.is_called(media_type)) {
            wrong.push(FieldError { at: "/Content-Type".into(), code: "mismatch" });
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
    }
}

/// What is known of an upload once all of it is there.
struct Kept {
    format: Format,
    bytes: u64,
    sides: Option<(u32, u32)>,
    digest: Vec<u8>,
    /// Of its small form.
    small: Option<u64>,
}

/// An upload of which some has come.
struct Intake<'a> {
    uploads: &'a Uploads,
    id: UploadId,
    order: &'a Order,
    rule: Rule,
    row: UploadRow,
    bytes: u64,
    hash: Sha256,
    begun: Begun,
}

enum Begun {
    /// Too little to know what it is.
    Head(Vec<u8>),
    Picture(Format, Vec<u8>),
    File {
        format: Format,
        writing: Box<Writing>,
        tail: Vec<u8>,
    },
}

impl Uploads {
    /// Receives an upload. To be run to its end: dropped, it leaves cleaning up to the deadline.
    ///
    /// # Errors
    /// The body's own; [`Error::TooLarge`]; [`Error::Invalid`] at `/file` (`unsupported`, `too_short`, `damaged`,
    /// `pixels`, `too_many_pixels`, `quota`), `/name` (`too_long`, `charset`, `extension`) or `/Content-Type`
    /// (`mismatch`); [`Error::Overloaded`]; [`Error::Store`], [`storage::StoreError::Full`] among them.
    pub async fn receive<E: From<Error>>(
        &self,
        order: Order,
        body: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Upload, E> {
        let rule = self.rule(order.used_for);
        order.check(&rule)?;
        let _place = self.0.receiving.try_acquire().map_err(|_full| Error::Overloaded)?;
        let id = UploadId::random(&mut self.0.accounts.entropy());
        let received = self.receive_as(id, &order, rule, body).await;
        if received.is_err()
            && let Err(error) = self.clear(id).await
        {
            tracing::warn!(%error, "an upload that failed is removed by its deadline");
        }
        received
    }

    async fn receive_as<E: From<Error>>(
        &self,
        id: UploadId,
        order: &Order,
        rule: Rule,
        body: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Upload, E> {
        let row = self.open(id, order, &rule).await?;
        let begun = Begun::Head(Vec::new());
        let mut intake = Intake { uploads: self, id, order, rule, row, bytes: 0, hash: Sha256::new(), begun };
        let mut body = std::pin::pin!(body);
        while let Some(piece) = body.next().await {
            intake.take(&piece?).await?;
        }
        Ok(Box::pin(intake.end()).await?)
    }

    /// The deadline, the row, the share: in this order, so that a crash leaves nothing that is not found.
    async fn open(&self, id: UploadId, order: &Order, rule: &Rule) -> Result<UploadRow> {
        let now = self.now();
        self.due().put(now.plus_ms(RECEIVE_MS), DUE_KIND, &id.to_string()).await?;
        let row = UploadRow {
            v: 1,
            owner: order.owner.text(),
            by: order.by,
            used_for: order.used_for,
            state: UploadState::Receiving,
            since: now,
            format: None,
            bytes: 0,
            width: None,
            height: None,
            digest: None,
            name: None,
            record: None,
            reader: None,
            token: None,
            small: None,
        };
        if !self.write(id, None, &row).await? {
            return Err(Error::Internal("an id that was drawn before"));
        }
        let bytes = order.bytes.unwrap_or(rule.bytes_max).max(1);
        self.shares(&row).claim(id, bytes, self.0.limits.quota).await?;
        Ok(row)
    }

    fn shares<'a>(&'a self, row: &'a UploadRow) -> Shares<'a> {
        Shares { store: self.0.accounts.store(), owner: &row.owner }
    }
}

impl Intake<'_> {
    async fn take(&mut self, piece: &[u8]) -> Result<()> {
        self.bytes += piece.len() as u64;
        if self.bytes > self.rule.bytes_max {
            return Err(Error::TooLarge);
        }
        match &mut self.begun {
            Begun::Head(head) => {
                head.extend_from_slice(piece);
                if head.len() >= HEAD_BYTES { self.begin().await } else { Ok(()) }
            }
            Begun::Picture(_, bytes) => {
                bytes.extend_from_slice(piece);
                Ok(())
            }
            Begun::File { writing, tail, .. } => {
                self.hash.update(piece);
                keep_tail(tail, piece);
                writing.write(piece).await
            }
        }
    }

    /// Its first bytes are there: what is it, and may it be that?
    async fn begin(&mut self) -> Result<()> {
        let Begun::Head(head) = &mut self.begun else { return Ok(()) };
        let head = std::mem::take(head);
        let format = Format::sniff(&head).filter(|format| self.rule.formats.contains(format));
        let format = format.ok_or_else(|| Error::invalid("/file", "unsupported"))?;
        self.order.compare(format)?;
        if format.is_picture() {
            self.begun = Begun::Picture(format, head);
            return Ok(());
        }
        let mut writing = self.uploads.0.files.begin(self.id).await?;
        self.keep_token(writing.token().map(str::to_owned)).await?;
        self.hash.update(&head);
        writing.write(&head).await?;
        let mut tail = Vec::new();
        keep_tail(&mut tail, &head);
        self.begun = Begun::File { format, writing: Box::new(writing), tail };
        Ok(())
    }

    /// Where a file that was begun stays until somebody ends it, anybody can.
    async fn keep_token(&mut self, token: Option<String>) -> Result<()> {
        if token.is_none() {
            return Ok(());
        }
        let row = UploadRow { v: self.row.v + 1, token, ..self.row.clone() };
        self.replace(row).await
    }

    async fn replace(&mut self, row: UploadRow) -> Result<()> {
        if !self.uploads.write(self.id, Some(&self.row), &row).await? {
            return Err(Error::Conflict("the upload took too long"));
        }
        self.row = row;
        Ok(())
    }

    async fn end(mut self) -> Result<Upload> {
        if self.bytes < self.rule.bytes_min {
            return Err(Error::invalid("/file", "too_short"));
        }
        self.begin().await?;
        let bytes = self.bytes;
        if self.order.bytes.is_some_and(|said| said != bytes) {
            return Err(Error::invalid("/file", "damaged"));
        }
        let kept = match std::mem::replace(&mut self.begun, Begun::Head(Vec::new())) {
            Begun::Head(_) => return Err(Error::Internal("an upload without a format")),
            Begun::Picture(format, picture) => self.keep_picture(format, picture).await?,
            Begun::File { format, writing, tail } => {
                if format == Format::Pdf && !tail.windows(5).any(|window| window == b"%%EOF") {
                    return Err(Error::invalid("/file", "damaged"));
                }
                writing.finish().await?;
                let digest = std::mem::take(&mut self.hash).finalize().to_vec();
                Kept { format, bytes, sides: None, digest, small: None }
            }
        };
        self.keep(kept).await
    }

    async fn keep_picture(&mut self, format: Format, picture: Vec<u8>) -> Result<Kept> {
        let drawn = self.uploads.0.pictures.draw(picture, format).await?;
        let sides = (drawn.width, drawn.height);
        if self.rule.pixels.is_some_and(|pixels| pixels != sides) {
            return Err(Error::invalid("/file", "pixels"));
        }
        let digest = Sha256::digest(&drawn.bytes).to_vec();
        // A likeness is shown as it is, to few.
        let small = drawn.small.filter(|_| !self.order.used_for.is_sealed());
        let kept = Kept {
            format: drawn.format,
            bytes: drawn.bytes.len() as u64,
            sides: Some(sides),
            digest,
            small: small.as_ref().map(|small| small.len() as u64),
        };
        let bytes = if self.order.used_for.is_sealed() {
            self.uploads.0.accounts.sealer().seal_bytes(&super::place(self.id), &drawn.bytes)?
        } else {
            drawn.bytes
        };
        self.uploads.0.files.put(self.id, bytes).await?;
        if let Some(small) = small {
            self.uploads.0.files.put_small(self.id, small).await?;
        }
        Ok(kept)
    }

    /// The share, the next deadline, the row.
    async fn keep(mut self, kept: Kept) -> Result<Upload> {
        let (uploads, now) = (self.uploads, self.uploads.now());
        uploads.shares(&self.row).settle(self.id, kept.bytes + kept.small.unwrap_or_default()).await?;
        uploads.due().put(now.plus_ms(ORPHAN_MS), DUE_KIND, &self.id.to_string()).await?;
        // A picture is no longer what its name says, and needs none.
        let name = self.order.name.clone().filter(|_| kept.sides.is_none());
        let row = UploadRow {
            v: self.row.v + 1,
            state: UploadState::Stored,
            since: now,
            format: Some(kept.format),
            bytes: i64::try_from(kept.bytes).unwrap_or(i64::MAX),
            width: kept.sides.map(|(width, _)| width.into()),
            height: kept.sides.map(|(_, height)| height.into()),
            digest: Some(kept.digest),
            name,
            token: None,
            small: kept.small.map(|small| i64::try_from(small).unwrap_or(i64::MAX)),
            ..self.row.clone()
        };
        self.replace(row).await?;
        Upload::of(self.id, &self.row).ok_or(Error::Internal("an upload that is not there"))
    }
}

/// Keeps the last bytes of what has come.
fn keep_tail(tail: &mut Vec<u8>, piece: &[u8]) {
    let from = piece.len().saturating_sub(PDF_TAIL_BYTES);
    tail.extend_from_slice(piece.get(from..).unwrap_or_default());
    let over = tail.len().saturating_sub(PDF_TAIL_BYTES);
    tail.drain(..over);
}

#[cfg(test)]
mod tests;
