//! A team's people as persons: who they really are, kept sealed, shown masked. Their accounts and rights are `accounts`'; this
//! adds what SPEC 7 asks for, in the same row and the same write.
//!
//! Owns the forms of a person, the uniqueness of documents, and what is shown to whom: colleagues see a [`Member`], the own
//! administrator and the committee a [`Seen`] with its numbers masked, and a full document only by [`Personnel::reveal`],
//! which its caller records.
//!
//! **Source**: SPEC 7; D-07, D-10, D-40.

mod change;
mod documents;
pub mod form;
mod person;
mod photo;
pub mod table;

use std::fmt;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::SecretString;
use serde::Serialize;
use storage::Hidden;
use storage::ids::{EnterpriseId, UserId};
use utoipa::ToSchema;

pub use person::{Badge, Document, Person, PersonSeen};
pub use photo::leave_photo;

use crate::accounts::{Accounts, Member, NewUser, Page, generate_first_password, member_of};
use crate::error::{Error, Result};
use crate::field::Day;
use crate::form::{Context, Filled, Object, Terms};
use crate::kind::Duty;
use crate::seal::Contact;
use crate::table::UserRow;
use crate::uploads::Uploads;

/// Rows read at one time.
const AT_ONCE_MAX: usize = 32;
/// The longest text that is looked for. **Units**: bytes.
const QUERY_BYTES_MAX: usize = 240;
const LIST: &str = "users";

/// The people of all teams. A cheap handle.
#[derive(Clone)]
pub struct Personnel {
    accounts: Accounts,
    uploads: Uploads,
}

impl fmt::Debug for Personnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personnel")
    }
}

/// One of a team's people, as their administrator and the committee see them. **Shape**: a [`Member`] and more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserSeen)]
pub struct Seen {
    /// What everybody in the team sees.
    #[serde(flatten)]
    pub member: Member,
    /// Raised by every change.
    pub version: i64,
    /// Masked.
    #[serde(flatten)]
    pub contact: Contact,
    /// Masked; none where nothing is known yet.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonSeen>,
    /// Whether a badge can be applied for.
    pub badge: Badge,
}

/// A person that was made, and the password where it was made here.
#[derive(Debug)]
pub struct Made {
    /// As their administrator sees them.
    pub seen: Seen,
    /// To be told once; none where the administrator chose it.
    pub password: Option<SecretString>,
}

/// What a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// To a colleague: names and duties.
    Colleague,
    /// To the administrator and the committee: everything, masked.
    Overseer,
}

/// One row of a list. **Shape**: that of its view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = UserRow)]
pub enum Row {
    /// To a colleague.
    Colleague(Member),
    /// To an overseer.
    Overseer(Box<Seen>),
}

impl Row {
    fn id(&self) -> UserId {
        match self {
            Self::Colleague(member) => member.id,
            Self::Overseer(seen) => seen.member.id,
        }
    }
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Part of a name; empty: of every name.
    pub text: &'a str,
    /// Behind which one.
    pub cursor: Option<&'a str>,
    /// How many.
    pub limit: Option<u32>,
}

/// A change that was made.
#[derive(Debug)]
pub struct Changed {
    /// As it is now.
    pub seen: Seen,
    /// The names of the fields that are other than before.
    pub fields: Vec<String>,
    /// The duty, where that is new.
    pub duty: Option<Duty>,
}

impl Personnel {
    /// Over the accounts, and the uploads that their likenesses are.
    #[must_use]
    pub const fn new(accounts: Accounts, uploads: Uploads) -> Self {
        Self { accounts, uploads }
    }

    /// Makes a sub-user of a team from what was sent as a [`form::NEW`].
    ///
    /// # Errors
    /// [`Error::Invalid`] with every wrong field, `/document_number` `taken` for somebody who is in the fair already, `/photo`
    /// when the team has no such upload or another record has it;
    /// [`Error::Conflict`] when the username is taken or the team full; [`Error::Overloaded`], [`Error::Store`].
    pub async fn create(&self, enterprise: EnterpriseId, sent: &Object, terms: &dyn Terms) -> Result<Made> {
        let mut filled = form::NEW.check(sent, &self.context(terms))?;
        let chosen = filled.take_secret("password");
        let made = if chosen.is_none() { Some(generate_first_password()) } else { None };
        let person = Person::of(&filled)?;
        let new = NewUser {
            enterprise: Some(enterprise),
            username: filled.text("username").unwrap_or_default().to_owned(),
            name: filled.text("name").map(str::to_owned),
            duty: duty_of(&filled)?,
            admin: false,
            password: chosen.or_else(|| made.clone()),
            contact: contact_of(&filled),
        };
        let reserved = self.accounts.reserve(new).await?;
        // A name that is taken gives the id of who has it: theirs is not to be claimed for.
        if self.accounts.exists(reserved.id()).await? {
            return Err(Error::Conflict("username taken"));
        }
        self.claim(reserved.id(), &person).await?;
        self.take_photo((enterprise, reserved.id()), None, Some(&person)).await?;
        let sealed = person.sealed(self.accounts.sealer(), reserved.id())?;
        let user = self.accounts.finish(reserved, Some(sealed)).await?;
        Ok(Made { seen: self.seen(enterprise, user.id).await?, password: made })
    }

    /// One of a team's people, for their administrator and the committee.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they are not one, [`Error::Store`].
    pub async fn seen(&self, enterprise: EnterpriseId, id: UserId) -> Result<Seen> {
        self.shown(id, self.row(enterprise, id).await?)
    }

    /// A team's people, who are not deleted, as a view shows them; with a text those in whose names it stands. Real names
    /// are looked through for overseers only. Without a limit all of them, who are bounded.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too long a text, [`Error::BadCursor`], [`Error::Store`].
    pub async fn list(&self, enterprise: EnterpriseId, view: View, asked: &Asked<'_>) -> Result<Page<Row>> {
        let after = asked.cursor.map(|cursor| self.position(cursor)).transpose()?;
        // The committee asks for any: one that is none is not found.
        self.accounts.enterprise(enterprise).await?;
        let mut found = self.find(enterprise, view, asked.text).await?;
        found.retain(|row| after.is_none_or(|after| row.id() > after));
        let limit = asked.limit.map_or(usize::MAX, |limit| limit as usize);
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_row| more).map(Row::id);
        let next = last.map(|id| self.accounts.keys().cursor(LIST, &id.to_string()));
        Ok(Page { items: found, next })
    }

    fn position(&self, cursor: &str) -> Result<UserId> {
        let position = self.accounts.keys().read_cursor(LIST, cursor)?;
        position.parse().map_err(|_no_id| Error::BadCursor)
    }

    /// In the order of their ids.
    async fn find(&self, enterprise: EnterpriseId, view: View, text: &str) -> Result<Vec<Row>> {
        if text.len() > QUERY_BYTES_MAX {
            return Err(Error::invalid("/q", "too_long"));
        }
        let text = text.trim().to_lowercase();
        let fits = |names: &[Option<&str>]| names.iter().flatten().any(|name| name.to_lowercase().contains(&text));
        let team = self.accounts.team(enterprise).await?;
        if view == View::Colleague {
            let team = team.into_iter().filter(|one| fits(&[Some(&one.username), Some(&one.name)]));
            return Ok(team.map(Row::Colleague).collect());
        }
        let opened = stream::iter(team).map(|one| self.overseen(enterprise, one.id)).buffered(AT_ONCE_MAX);
        let opened: Vec<_> = opened.try_collect().await?;
        let fits = |seen: &Seen| {
            let real = seen.person.as_ref().map(|person| [person.real_name.as_deref(), person.real_name_en.as_deref()]);
            let [name, name_en] = real.unwrap_or_default();
            fits(&[Some(&seen.member.username), Some(&seen.member.name), name, name_en])
        };
        let found = opened.into_iter().flatten().filter(fits);
        Ok(found.map(|seen| Row::Overseer(Box::new(seen))).collect())
    }

    /// None: deleted meanwhile.
    async fn overseen(&self, enterprise: EnterpriseId, id: UserId) -> Result<Option<Seen>> {
        match self.seen(enterprise, id).await {
            Ok(seen) => Ok(Some(seen)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A person's document in full. Its caller records that it was shown, before showing it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they are not of the team, or nothing is known of them; [`Error::Store`].
    pub async fn reveal(&self, enterprise: EnterpriseId, id: UserId) -> Result<Document> {
        let row = self.row(enterprise, id).await?;
        self.person(id, &row)?.map(Person::document).ok_or(Error::NotFound)
    }

    /// Deletes somebody's account with all that is known of the person, their likeness too; their document is free for another account.
    ///
    /// # Errors
    /// As [`Accounts::delete_user`].
    pub async fn delete(&self, enterprise: EnterpriseId, id: UserId) -> Result<()> {
        let known = match self.row(enterprise, id).await {
            Ok(row) => self.person(id, &row)?,
            // Deleted before: what is left of that is finished.
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        };
        let photo = self.doubt_photo(id, known.as_ref(), None).await?;
        self.accounts.delete_user(enterprise, id).await?;
        if let Some(photo) = photo
            && let Err(error) = self.uploads.abandon(photo).await
        {
            tracing::warn!(%error, "a likeness of somebody who is gone is removed later");
        }
        match known {
            Some(person) => self.release(id, &person.mark(&self.accounts)).await,
            None => Ok(()),
        }
    }

    fn context<'a>(&self, terms: &'a dyn Terms) -> Context<'a> {
        Context { today: Day::in_shanghai(self.accounts.clock().now()), terms, tag_digits: false }
    }

    /// The account of somebody of the team who is not deleted.
    async fn row(&self, enterprise: EnterpriseId, id: UserId) -> Result<UserRow> {
        let row = self.accounts.user_row(id).await?;
        member_of(enterprise, &row)?;
        Ok(row)
    }

    fn person(&self, id: UserId, row: &UserRow) -> Result<Option<Person>> {
        let open = |Hidden(sealed): &Hidden<Vec<u8>>| Person::open(self.accounts.sealer(), id, sealed);
        row.person.as_ref().map(open).transpose()
    }

    fn contact(&self, id: UserId, row: &UserRow) -> Result<Contact> {
        let open = |Hidden(sealed): &Hidden<Vec<u8>>| self.accounts.sealer().open(id, sealed);
        Ok(row.contact.as_ref().map(open).transpose()?.unwrap_or_default())
    }

    fn shown(&self, id: UserId, row: UserRow) -> Result<Seen> {
        let person = self.person(id, &row)?;
        let contact = self.contact(id, &row)?;
        let badge = Badge::of(person.as_ref());
        let member = Member { id, username: row.username, name: row.name, duty: row.duty, admin: row.admin };
        Ok(Seen { member, version: row.v, contact: contact.masked(), person: person.as_ref().map(Person::seen), badge })
    }
}

fn duty_of(filled: &Filled) -> Result<Option<Duty>> {
    let duty = filled.text("duty").map(str::parse).transpose();
    duty.map_err(|_not_a_word| Error::Internal("a form with another duty"))
}

fn contact_of(filled: &Filled) -> Contact {
    let text = |name: &str| filled.text(name).map(str::to_owned);
    Contact { mobile: text("mobile"), email: text("email") }
}

#[cfg(test)]
mod tests;
