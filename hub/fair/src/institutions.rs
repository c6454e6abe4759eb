//! Institutions: provisioned by the committee, which counts as their approval.
//!
//! **Source**: SPEC 2.1, D-38.

mod form;

use secrecy::SecretString;
use storage::ids::EnterpriseId;

pub use form::{PROVISION, read_new};

use crate::accounts::{Accounts, Enterprise, NewEnterprise, NewUser, User, generate_password};
use crate::audit::{Actor, Audit, NewEntry, Object};
use crate::error::{Error, Result};
use crate::field;
use crate::kind::{Kind, Role};
use crate::seal::Contact;

/// An institution to make, with its first account.
#[derive(Debug, Clone)]
pub struct NewInstitution {
    /// 机构标识, needed at its people's logins.
    pub identifier: String,
    /// Its name.
    pub name: String,
    /// Its English name.
    pub name_en: Option<String>,
    /// What it is to the fair.
    pub role: Role,
    /// Of the first account.
    pub username: String,
    /// Of the first account; none: one is generated.
    pub password: Option<SecretString>,
    /// How to reach who holds the first account.
    pub contact: Contact,
}

/// What was made.
#[derive(Debug)]
pub struct Provisioned {
    /// The institution.
    pub institution: Enterprise,
    /// Its first account.
    pub user: User,
    /// The password that was generated, to be shown once.
    pub password: Option<SecretString>,
}

/// Makes an institution and its administrator, and records that in between: what can be signed in to is in the record of
/// deeds. After a crash the same call finishes it.
///
/// # Errors
/// [`Error::Invalid`] with every wrong field of the account, else of the institution; [`Error::Conflict`] when the identifier
/// is taken; [`Error::Overloaded`], [`Error::Store`].
pub async fn provision(accounts: &Accounts, audit: &Audit, by: Actor, new: NewInstitution) -> Result<Provisioned> {
    let NewInstitution { identifier, name, name_en, role, username, password, contact } = new;
    let generated = password.is_none().then(generate_password);
    let new_user = NewUser {
        enterprise: None,
        username,
        name: None,
        duty: None,
        admin: true,
        password: password.or_else(|| generated.clone()),
        contact,
    };
    // Before the institution is made: a wrong account must not leave one without any.
    accounts.check_user(&new_user, Kind::Institution)?;
    let kind = Kind::Institution;
    let team = NewEnterprise { kind, identifier: identifier.clone(), name, name_en };
    let made = accounts.create_team(team, Some(role)).await;
    let institution = match made {
        Err(Error::Conflict(what)) => left_unfinished(accounts, &identifier).await?.ok_or(Error::Conflict(what))?,
        other => other?,
    };
    audit.record(deed(accounts, by, institution.id)).await?;
    let user = accounts.create_user(NewUser { enterprise: Some(institution.id), ..new_user }).await?;
    Ok(Provisioned { institution, user, password: generated })
}

/// Once for an institution, however often it is finished.
fn deed(accounts: &Accounts, by: Actor, institution: EnterpriseId) -> NewEntry {
    NewEntry {
        key: format!("institution/{institution}/provision"),
        at: accounts.clock().now(),
        actor: by,
        action: "institution.provision".to_owned(),
        object: Object::new("institution", institution),
        note: None,
    }
}

/// An institution with this identifier that never got an account.
async fn left_unfinished(accounts: &Accounts, identifier: &str) -> Result<Option<Enterprise>> {
    let found = accounts.find_enterprise(identifier).await?.filter(|found| found.kind == Kind::Institution);
    let Some(found) = found else { return Ok(None) };
    let is_empty = accounts.team(found.id).await?.is_empty();
    Ok(Some(found).filter(|_| is_empty && field::username(identifier).is_ok()))
}

#[cfg(test)]
mod tests;
