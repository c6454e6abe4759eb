//! Changing what is known of somebody: their account's row, in one write on the version that was seen.

use serde_json::{Map, Value};
use storage::Hidden;
use storage::ids::{EnterpriseId, UserId};

use super::{Changed, Person, Personnel, contact_of, duty_of, form};
use crate::error::{Error, Result};
use crate::form::{Filled, Object, Terms};
use crate::seal::Contact;
use crate::table::UserRow;

impl Personnel {
    /// Changes somebody of a team by a merge patch on the version that its caller saw. Once anything of the person is
    /// named the whole person is asked for; a new duty is effective on open sockets within a second.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every wrong field, as [`Self::create`];
    /// [`Error::NotFound`] when they are not of the team;
    /// [`Error::Stale`] when it is another version; [`Error::Store`].
    pub async fn change(
        &self,
        enterprise: EnterpriseId,
        id: UserId,
        version: i64,
        patch: &Object,
        terms: &dyn Terms,
    ) -> Result<Changed> {
        let row = self.row(enterprise, id).await?;
        if row.v != version {
            return Err(Error::Stale);
        }
        let known = self.person(id, &row)?;
        let contact = self.contact(id, &row)?;
        let kept = kept(&row, &contact, known.as_ref());
        let of_person = |name: &String| form::PERSON.field(name).is_some() && form::ACCOUNT.field(name).is_none();
        let is_person = known.is_some() || patch.fields().keys().any(of_person);
        let form = if is_person { &form::PERSON } else { &form::ACCOUNT };
        let filled = form.check_patch(&kept, patch, &self.context(terms))?;
        let person = if is_person { Some(Person::of(&filled)?) } else { None };
        let fields = changed(&kept, &filled);
        if let Some(person) = &person {
            self.claim(id, person).await?;
        }
        self.take_photo((enterprise, id), known.as_ref(), person.as_ref()).await?;
        let left = self.doubt_photo(id, known.as_ref(), person.as_ref()).await?;
        let new = self.patched(id, &row, &filled, person.as_ref())?;
        let stands = self.accounts.replace(id, &row, new).await?;
        if let Some(left) = left {
            self.uploads.release(left).await?;
        }
        let duty = stands.duty.filter(|duty| row.duty != Some(*duty));
        let mark = |person: &Person| person.mark(&self.accounts);
        if let Some(old) = known.as_ref().map(mark).filter(|old| person.as_ref().map(mark).as_ref() != Some(old)) {
            self.release(id, &old).await?;
        }
        Ok(Changed { seen: self.shown(id, stands)?, fields, duty })
    }

    /// The row with what the form says; what stays the same is not sealed anew, so that it is the same row.
    fn patched(&self, id: UserId, row: &UserRow, filled: &Filled, person: Option<&Person>) -> Result<UserRow> {
        let mut new = row.clone();
        filled.text("name").unwrap_or(&row.username).clone_into(&mut new.name);
        new.duty = duty_of(filled)?;
        let contact = contact_of(filled);
        if contact != self.contact(id, row)? {
            let sealed = Some(&contact).filter(|contact| !contact.is_empty());
            new.contact = sealed.map(|contact| self.accounts.sealer().seal(id, contact)).transpose()?.map(Hidden);
        }
        if let Some(person) = person
            && self.person(id, row)?.as_ref() != Some(person)
        {
            new.person = Some(person.sealed(self.accounts.sealer(), id)?);
        }
        Ok(new)
    }
}

/// What is kept, as the forms' fields.
fn kept(row: &UserRow, contact: &Contact, person: Option<&Person>) -> Map<String, Value> {
    let mut kept = person.map(Person::fields).unwrap_or_default();
    let account = [
        ("name", Some(row.name.clone())),
        ("duty", row.duty.map(|duty| duty.as_str().to_owned())),
        ("mobile", contact.mobile.clone()),
        ("email", contact.email.clone()),
    ];
    kept.extend(account.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?)))));
    kept
}

/// The names of fields that are other than before.
fn changed(kept: &Map<String, Value>, filled: &Filled) -> Vec<String> {
    let new = filled.fields();
    let names = kept.keys().chain(new.keys().filter(|name| !kept.contains_key(*name)));
    names.filter(|name| kept.get(*name) != new.get(*name)).cloned().collect()
}
