//! Uploads become part of a record, and leave it again: then they stay for a while, as if they had just been uploaded.
//!
//! The record is another row, so a crash may come between: an upload is taken first, and whoever changes a record has it
//! asked about ([`Uploads::doubt`]) before the record lets go. What is asked about is older than any change under way.

use storage::ids::{EnterpriseId, UploadId};

use super::record::{Owner, Upload};
use super::uses::Use;
use super::{DUE_KIND, ORPHAN_MS, TRIES_MAX, Uploads};
use crate::error::{Error, FieldError, Result};
use crate::table::UploadRow;

/// What a record takes.
#[derive(Debug, Clone, Copy)]
pub struct Attaching<'a> {
    /// Whose they must be.
    pub owner: Owner,
    /// What for.
    pub used_for: Use,
    /// The record, by its kind and id, such as `booth/0123456789abc`.
    pub record: &'a str,
    /// The institution that reviews it: it sees private ones, too.
    pub reader: Option<EnterpriseId>,
    /// The record's field, as a JSON pointer, for refusals.
    pub at: &'a str,
}

/// An upload that a record took, to be asked about.
#[derive(Debug, PartialEq)]
pub struct Kept {
    /// Which.
    pub id: UploadId,
    /// The record, by its kind and id.
    pub record: String,
    /// As it stood.
    pub(super) row: UploadRow,
}

impl Uploads {
    /// Makes uploads part of a record; those that are part of it already stay. All or none, but for a crash in between:
    /// then it is to be repeated.
    ///
    /// # Errors
    /// [`Error::Invalid`] at the field: `too_many`, `unknown_upload` (also another's, or for another use), `in_use` (by
    /// another record); [`Error::Conflict`] after lost races, [`Error::Store`].
    pub async fn attach(&self, ids: &[UploadId], to: &Attaching<'_>) -> Result<Vec<Upload>> {
        if ids.len() > self.rule(to.used_for).per_record {
            return Err(Error::invalid(to.at.to_owned(), "too_many"));
        }
        let (mut wrong, mut fresh) = (Vec::new(), Vec::new());
        for id in ids {
            let row = self.row(*id).await?;
            fresh.extend(row.as_ref().filter(|row| row.record.is_none()).map(|_free| *id));
            wrong.extend(refusal(*id, row.as_ref(), to).map(|code| FieldError { at: to.at.to_owned().into(), code }));
        }
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let mut attached = Vec::new();
        for id in ids {
            match self.attach_one(*id, to).await {
                Ok(upload) => attached.push(upload),
                Err(error) => {
                    let taken = attached.iter().map(|upload: &Upload| upload.id);
                    let taken: Vec<_> = taken.filter(|id| fresh.contains(id)).collect();
                    self.detach(&taken, to.record).await?;
                    return Err(error);
                }
            }
        }
        Ok(attached)
    }

    async fn attach_one(&self, id: UploadId, to: &Attaching<'_>) -> Result<Upload> {
        let now = self.now();
        self.ask_in_a_day(id).await?;
        let take = |row: &UploadRow| match refusal(id, Some(row), to) {
            Some(code) => Err(Error::invalid(to.at.to_owned(), code)),
            // Since now also where it stays: the record's change that follows has its day.
            None => Ok(UploadRow { record: Some(to.record.to_owned()), reader: to.reader, since: now, ..row.clone() }),
        };
        let row = self.change(id, take).await?.ok_or_else(|| Error::invalid(to.at.to_owned(), "unknown_upload"))?;
        Upload::of(id, &row).ok_or(Error::NotFound)
    }

    /// Has an upload of a record asked about in a day, before the record lets it go: then [`Self::release`] it. None where
    /// the record does not have it.
    ///
    /// # Errors
    /// [`Error::Conflict`] after lost races, [`Error::Store`]: do not let go.
    pub async fn doubt(&self, id: UploadId, record: &str) -> Result<Option<Kept>> {
        self.ask_in_a_day(id).await?;
        let row = self.row(id).await?.filter(|row| row.record.as_deref() == Some(record));
        Ok(row.map(|row| Kept { id, record: record.to_owned(), row }))
    }

    /// Takes out of its record what that has let go; not what it has taken again since.
    ///
    /// # Errors
    /// [`Error::Store`]: it is asked about.
    pub async fn release(&self, Kept { id, row, .. }: Kept) -> Result<()> {
        let free = UploadRow { v: row.v + 1, record: None, reader: None, since: self.now(), ..row.clone() };
        self.write(id, Some(&row), &free).await.map(|_is_first| ())
    }

    async fn ask_in_a_day(&self, id: UploadId) -> Result<()> {
        self.due().put(self.now().plus_ms(ORPHAN_MS), DUE_KIND, &id.to_string()).await
    }

    /// Takes uploads out of a record; those that are not part of it stay what they are.
    ///
    /// # Errors
    /// [`Error::Conflict`] after lost races, [`Error::Store`]: repeat it.
    pub async fn detach(&self, ids: &[UploadId], record: &str) -> Result<()> {
        for id in ids {
            let now = self.now();
            self.ask_in_a_day(*id).await?;
            let free = |row: &UploadRow| {
                let is_its = row.record.as_deref() == Some(record);
                let freed = UploadRow { record: None, reader: None, since: now, ..row.clone() };
                Ok(if is_its { freed } else { row.clone() })
            };
            self.change(*id, free).await?;
        }
        Ok(())
    }

    /// Changes a row, again when another was first; none where there is none.
    async fn change(
        &self,
        id: UploadId,
        change: impl Fn(&UploadRow) -> Result<UploadRow>,
    ) -> Result<Option<UploadRow>> {
        for _ in 0..TRIES_MAX {
            let Some(old) = self.row(id).await? else { return Ok(None) };
            let mut new = change(&old)?;
            if new == old {
                return Ok(Some(old));
            }
            new.v = old.v + 1;
            if self.write(id, Some(&old), &new).await? {
                return Ok(Some(new));
            }
        }
        Err(Error::Conflict("the upload is being changed by others"))
    }
}

/// Why a record may not take an upload.
fn refusal(id: UploadId, row: Option<&UploadRow>, to: &Attaching<'_>) -> Option<&'static str> {
    let fits = |row: &&UploadRow| row.owner == to.owner.text() && row.used_for == to.used_for;
    let Some(upload) = row.filter(fits).and_then(|row| Upload::of(id, row)) else { return Some("unknown_upload") };
    let is_free = upload.record.as_deref().is_none_or(|record| record == to.record);
    (!is_free).then_some("in_use")
}

#[cfg(test)]
mod tests;
