//! A person's likeness: an upload that their record takes. The upload is taken before the record names it, and let go after
//! it does not any more; a crash in between is found when the upload is asked about.

use storage::Hidden;
use storage::ids::{EnterpriseId, UserId};

use super::{Person, Personnel, form};
use crate::accounts::Accounts;
use crate::due::Due;
use crate::error::{Error, Result};
use crate::kind::State;
use crate::uploads::{Attaching, DUE_KIND, Kept, ORPHAN_MS, Owner, Use};

/// What a person's record is called, with their id behind it.
const RECORD: &str = "user/";

impl Personnel {
    /// Takes the upload that a person is to have, where it is another than before.
    ///
    /// # Errors
    /// [`Error::Invalid`] at the field: `unknown_upload` (also another team's, or for another use), `in_use`;
    /// [`Error::Conflict`], [`Error::Store`].
    pub(super) async fn take_photo(
        &self,
        (team, user): (EnterpriseId, UserId),
        old: Option<&Person>,
        new: Option<&Person>,
    ) -> Result<()> {
        let photo = new.and_then(Person::photo).filter(|photo| old.and_then(Person::photo) != Some(*photo));
        let Some(photo) = photo else { return Ok(()) };
        let (owner, record) = (Owner::Team(team), record(user));
        let to = Attaching { owner, used_for: Use::IdPhoto, record: &record, reader: None, at: form::PHOTO_AT };
        self.uploads.attach(&[photo], &to).await?;
        Ok(())
    }

    /// What a person is about to let go, when `new` is what will be known of them.
    ///
    /// # Errors
    /// [`Error::Conflict`], [`Error::Store`]: do not let go.
    pub(super) async fn doubt_photo(
        &self,
        user: UserId,
        old: Option<&Person>,
        new: Option<&Person>,
    ) -> Result<Option<Kept>> {
        let photo = old.and_then(Person::photo).filter(|photo| new.and_then(Person::photo) != Some(*photo));
        match photo {
            Some(photo) => self.uploads.doubt(photo, &record(user)).await,
            None => Ok(None),
        }
    }

    /// Whether a record has an upload that it once took. Of records that are no persons' others know.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Internal`] when a person does not open.
    pub async fn has(&self, kept: &Kept) -> Result<bool> {
        let Some(user) = kept.record.strip_prefix(RECORD) else { return Ok(true) };
        let Ok(user) = user.parse() else { return Ok(false) };
        match self.accounts.user_row(user).await {
            Ok(row) if row.state == State::Active => {
                Ok(self.person(user, &row)?.and_then(|person| person.photo()) == Some(kept.id))
            }
            Ok(_) | Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Has the likeness of somebody asked about in a day, whose account is about to be deleted where no files are.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Store`], [`Error::Internal`] when the person does not open.
pub async fn leave_photo(accounts: &Accounts, user: UserId) -> Result<()> {
    let row = accounts.user_row(user).await?;
    let open = |Hidden(sealed): &Hidden<Vec<u8>>| Person::open(accounts.sealer(), user, sealed);
    let person = row.person.as_ref().map(open).transpose()?;
    let Some(photo) = person.and_then(|person| person.photo()) else { return Ok(()) };
    let due = Due::new(accounts.store().clone(), accounts.clock().clone());
    due.put(accounts.clock().now().plus_ms(ORPHAN_MS), DUE_KIND, &photo.to_string()).await
}

fn record(user: UserId) -> String {
    format!("{RECORD}{user}")
}

#[cfg(test)]
mod tests;
