//! Sample data for `--demo`: a fair with life in it, whose people can sign in at once. Its passwords are public, so a demo
//! listens on loopback only; nothing else may call this. `cast` says who there is, `history` what they have done, `stands` what
//! they show, in pictures that `drawing` makes.

mod building;
mod cast;
mod drawing;
mod history;
mod stands;

use secrecy::SecretString;
use serde::Serialize;

pub use history::{Stage, play};

use self::cast::{PASSWORD, Person, Sample, VISITOR, samples};
use crate::accounts::{Accounts, Enterprise, NewEnterprise, NewUser};
use crate::error::Result;
use crate::kind::{Duty, Kind};
use crate::seal::Contact;

/// An account of the demo. **Shape**: an item of `GET /demo/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoAccount {
    /// For the sign-in page, in both languages.
    pub label: String,
    /// Its class.
    pub kind: Kind,
    /// 企业/机构标识.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<&'static str>,
    /// The username.
    pub username: &'static str,
    /// The password, as long as nobody changed it.
    pub password: &'static str,
    /// What it may do for its enterprise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<Duty>,
}

/// Every account of the demo.
#[must_use]
pub fn accounts() -> Vec<DemoAccount> {
    let people = samples().flat_map(|team| team.people.iter().map(move |person| (Some(team), person)));
    people.chain([(None, &VISITOR)]).map(|(team, person)| listed(team, person)).collect()
}

fn listed(team: Option<&'static Sample>, person: &Person) -> DemoAccount {
    DemoAccount {
        label: label(team, person),
        kind: team.map_or(Kind::Individual, |team| team.kind),
        identifier: team.map(|team| team.identifier),
        username: person.username,
        password: PASSWORD,
        duty: person.duty,
    }
}

/// An enterprise's person by team and role, any other by what they are.
fn label(team: Option<&Sample>, person: &Person) -> String {
    let (zh, en) = person.role;
    match team {
        Some(Sample { kind: Kind::Enterprise, called, .. }) => format!("{} · {zh} / {}, {en}", called.0, called.1),
        Some(Sample { called, .. }) => format!("{} / {}", called.0, called.1),
        None => format!("{zh} / {en}"),
    }
}

/// Makes what is missing of the accounts; what is there stays as it is.
///
/// # Errors
/// Whatever [`Accounts`] answers.
pub async fn fill(accounts: &Accounts) -> Result<()> {
    let mut missing = Vec::new();
    for team in samples() {
        let made = ensure_team(accounts, team).await?;
        for person in team.people {
            missing.extend(missing_user(accounts, Some(&made), person).await?);
        }
    }
    missing.extend(missing_user(accounts, None, &VISITOR).await?);
    if missing.is_empty() {
        return Ok(());
    }
    // Everybody's is the same, and hashing is what takes long.
    let password = accounts.hash(SecretString::from(PASSWORD)).await?;
    for new in missing {
        let reserved = accounts.reserve(new).await?.with_password(&password);
        accounts.finish(reserved, None).await?;
    }
    Ok(())
}

async fn ensure_team(accounts: &Accounts, team: &Sample) -> Result<Enterprise> {
    if let Some(there) = accounts.find_enterprise(team.identifier).await? {
        return Ok(there);
    }
    let new = NewEnterprise {
        kind: team.kind,
        identifier: team.identifier.to_owned(),
        name: team.name.0.to_owned(),
        name_en: Some(team.name.1.to_owned()),
    };
    accounts.create_team(new, team.role).await
}

async fn missing_user(accounts: &Accounts, team: Option<&Enterprise>, person: &Person) -> Result<Option<NewUser>> {
    let identifier = team.map_or("", |team| team.identifier.as_str());
    if accounts.find_user(identifier, person.username).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(NewUser {
        enterprise: team.map(|team| team.id),
        username: person.username.to_owned(),
        name: Some(person.name.to_owned()),
        duty: person.duty,
        admin: person.admin,
        password: None,
        contact: sample_contact(identifier, person),
    }))
}

/// The number that every Chinese phone manual shows, and a domain kept free for examples (RFC 2606).
fn sample_contact(identifier: &str, person: &Person) -> Contact {
    let domain = if identifier.is_empty() { "visitor" } else { identifier };
    Contact {
        mobile: Some("+8613800138000".to_owned()),
        email: Some(format!("{}@{domain}.example.com", person.username)),
    }
}

#[cfg(test)]
mod tests;
