//! `hub admin ...`: what an operator does to accounts by hand, on the store of a hub that may be running. Changes of rights
//! act there within a second.
//!
//! Passwords come from standard input or are generated and shown once; never from the command line, where other users of
//! the machine could read them. Answers are JSON lines on standard output.

mod audit;
pub mod progress;
mod transfer;

use std::io::{BufRead, Write};

use fair::accounts::generate_password;
use fair::{Accounts, Audit, Contact, Duty, Enterprise, Kind, NewEnterprise, NewUser, User};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::json;

pub use audit::AuditCommand;
pub use transfer::Transfer;

/// Load-test accounts made at one time.
const MAKING_AT_ONCE: usize = 64;
/// Load-test accounts, at most: their identifiers have five digits.
const TOKENS_MAX: u32 = 100_000;
/// A line of standard input is no password when longer. **Units**: bytes.
const LINE_BYTES_MAX: u64 = 1_024;

/// What to do.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Admin {
    /// Make an enterprise, an institution or the committee
    CreateEnterprise {
        /// 4-20 letters, digits, `_`, `-`; needed at every login of its people
        identifier: String,
        /// Its name
        name: String,
        /// Its English name
        #[arg(long)]
        name_en: Option<String>,
        /// enterprise, institution or committee
        #[arg(long, default_value = "enterprise", value_parser = parse::<Kind>)]
        kind: Kind,
    },
    /// Make an account
    CreateUser {
        /// IDENTIFIER/USERNAME, or USERNAME for an individual
        login: String,
        /// 对外显示名; the username when not given
        #[arg(long)]
        name: Option<String>,
        /// representative, consultant or other; enterprise accounts only
        #[arg(long, value_parser = parse::<Duty>)]
        duty: Option<Duty>,
        /// Administers its enterprise
        #[arg(long)]
        admin: bool,
        /// Phone number
        #[arg(long)]
        mobile: Option<String>,
        /// Email address
        #[arg(long)]
        email: Option<String>,
        /// Read the password from standard input; otherwise one is generated and shown
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change what a person may do for their enterprise
    SetDuty {
        /// IDENTIFIER/USERNAME
        login: String,
        /// representative, consultant or other
        #[arg(value_parser = parse::<Duty>)]
        duty: Duty,
    },
    /// Delete an account; its record stays, its sessions end
    DeleteUser {
        /// IDENTIFIER/USERNAME
        login: String,
    },
    /// Give an account a new password and end its sessions
    ResetPassword {
        /// IDENTIFIER/USERNAME, or USERNAME for an individual
        login: String,
        /// Read the password from standard input; otherwise one is generated and shown
        #[arg(long)]
        password_stdin: bool,
    },
    /// End every session of an account
    RevokeSessions {
        /// IDENTIFIER/USERNAME, or USERNAME for an individual
        login: String,
    },
    /// Mint access tokens for load tests, one account and enterprise each; lines of token, user, enterprise, peer
    Tokens {
        /// How many
        #[arg(long)]
        count: u32,
        /// How long they are good, in minutes
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(i64).range(1..=1_440))]
        ttl_minutes: i64,
    },
}

/// Why an admin command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Nobody has this login, or nobody this identifier.
    #[error("nobody is called {0}")]
    Unknown(String),
    /// The command needs what the account does not have, or asks for too much.
    #[error("{0}")]
    Refused(&'static str),
    /// The accounts refused it.
    #[error(transparent)]
    Fair(#[from] fair::Error),
    /// Standard input or output failed.
    #[error("standard input or output: {0}")]
    Io(#[from] std::io::Error),
}

fn parse<T: std::str::FromStr>(word: &str) -> Result<T, T::Err> {
    word.parse()
}

impl Admin {
    /// Carries it out, reading passwords from `input` and answering on `output`.
    ///
    /// # Errors
    /// [`AdminError`]; nothing is half done that the same command would not finish.
    pub async fn run(
        self,
        accounts: &Accounts,
        input: &mut impl BufRead,
        output: &mut impl Write,
    ) -> Result<(), AdminError> {
        match self {
            Self::CreateEnterprise { identifier, name, name_en, kind } => {
                let new = NewEnterprise { kind, identifier, name, name_en };
                let made = accounts.create_enterprise(new).await?;
                say(output, &json!({"enterprise": made.id, "identifier": made.identifier}))
            }
            Self::CreateUser { login, name, duty, admin, mobile, email, password_stdin } => {
                let (enterprise, username) = team_of(accounts, &login).await?;
                let password = password(password_stdin, input)?;
                let (contact, secret) = (Contact { mobile, email }, Some(password.0.clone()));
                let new = NewUser { enterprise, username, name, duty, admin, password: secret, contact };
                say(output, &shown(&accounts.create_user(new).await?, &password))
            }
            Self::SetDuty { login, duty } => {
                let user = find(accounts, &login).await?;
                let enterprise = user.enterprise.ok_or(AdminError::Refused("an individual has no duty"))?;
                let user = accounts.change_duty(enterprise, user.id, duty).await?;
                say(output, &json!({"user": user.id, "duty": user.duty}))
            }
            Self::DeleteUser { login } => {
                let user = find(accounts, &login).await?;
                let enterprise = user.enterprise.ok_or(AdminError::Refused("only members of a team are deleted"))?;
                // A hub that lives removes the likeness: here are no files.
                fair::personnel::leave_photo(accounts, user.id).await?;
                accounts.delete_user(enterprise, user.id).await?;
                Audit::record_by_hand(accounts, "user.delete", user.id).await?;
                say(output, &json!({"user": user.id, "deleted": true}))
            }
            Self::ResetPassword { login, password_stdin } => {
                let user = find(accounts, &login).await?;
                let password = password(password_stdin, input)?;
                accounts.force_password(user.id, password.0.clone()).await?;
                Audit::record_by_hand(accounts, "user.password_reset", user.id).await?;
                say(output, &shown(&user, &password))
            }
            Self::RevokeSessions { login } => {
                let user = find(accounts, &login).await?;
                accounts.revoke_sessions(user.id).await?;
                say(output, &json!({"user": user.id, "sessions": 0}))
            }
            Self::Tokens { count, ttl_minutes } => tokens(accounts, count, ttl_minutes * 60, output).await,
        }
    }
}

/// A password, and whether it was generated here and must be shown.
struct Password(SecretString, bool);

fn password(from_input: bool, input: &mut impl BufRead) -> Result<Password, AdminError> {
    if !from_input {
        return Ok(Password(generate_password(), true));
    }
    let mut line = String::new();
    std::io::Read::take(input, LINE_BYTES_MAX).read_line(&mut line)?;
    Ok(Password(line.trim_end_matches(['\r', '\n']).to_owned().into(), false))
}

fn shown(user: &User, password: &Password) -> serde_json::Value {
    let Password(password, generated) = password;
    if *generated {
        json!({"user": user.id, "username": user.username, "password": password.expose_secret()})
    } else {
        json!({"user": user.id, "username": user.username})
    }
}

fn say(output: &mut impl Write, answer: &impl Serialize) -> Result<(), AdminError> {
    let line = serde_json::to_string(answer).map_err(std::io::Error::from)?;
    Ok(writeln!(output, "{line}")?)
}

fn split(login: &str) -> (&str, &str) {
    login.split_once('/').unwrap_or(("", login))
}

async fn team_of(accounts: &Accounts, login: &str) -> Result<(Option<storage::ids::EnterpriseId>, String), AdminError> {
    let (identifier, username) = split(login);
    if identifier.is_empty() {
        return Ok((None, username.to_owned()));
    }
    let team = accounts.find_enterprise(identifier).await?;
    let team = team.ok_or_else(|| AdminError::Unknown(identifier.to_owned()))?;
    Ok((Some(team.id), username.to_owned()))
}

async fn find(accounts: &Accounts, login: &str) -> Result<User, AdminError> {
    let (identifier, username) = split(login);
    let user = accounts.find_user(identifier, username).await?;
    user.ok_or_else(|| AdminError::Unknown(login.to_owned()))
}

/// One line of `tokens`. **Shape**: neighbours (1st and 2nd, 3rd and 4th, ...) are each other's peers.
#[derive(Debug, Serialize)]
struct Minted {
    token: String,
    user: storage::ids::UserId,
    enterprise: storage::ids::EnterpriseId,
    peer: storage::ids::EnterpriseId,
}

async fn tokens(accounts: &Accounts, count: u32, ttl_s: i64, output: &mut impl Write) -> Result<(), AdminError> {
    if count > TOKENS_MAX {
        return Err(AdminError::Refused("at most 100000 tokens"));
    }
    let pairs = stream::iter((0..count.div_ceil(2)).map(|pair| async move {
        let left = load_account(accounts, 2 * pair).await?;
        let right = load_account(accounts, 2 * pair + 1).await?;
        Ok::<_, AdminError>((left, right))
    }));
    let mut pairs = pairs.buffered(MAKING_AT_ONCE);
    let mut left_to_say = count;
    while let Some(((left_team, left), (right_team, right))) = pairs.try_next().await? {
        for (user, team, peer) in [(left, &left_team, &right_team), (right, &right_team, &left_team)] {
            if left_to_say == 0 {
                break;
            }
            left_to_say -= 1;
            let token = accounts.mint(&user, ttl_s)?;
            say(output, &Minted { token, user: user.id, enterprise: team.id, peer: peer.id })?;
        }
    }
    Ok(())
}

/// The `n`-th load-test account, made when it does not exist. Nobody can sign in to it with a password.
async fn load_account(accounts: &Accounts, n: u32) -> Result<(Enterprise, User), AdminError> {
    let identifier = format!("load-{n:05}");
    let team = match accounts.find_enterprise(&identifier).await? {
        Some(team) => team,
        None => {
            let name = format!("Load test {n:05}");
            let new = NewEnterprise { kind: Kind::Enterprise, identifier: identifier.clone(), name, name_en: None };
            accounts.create_enterprise(new).await?
        }
    };
    if let Some(user) = accounts.find_user(&identifier, "load").await? {
        return Ok((team, user));
    }
    let new = NewUser {
        enterprise: Some(team.id),
        username: "load".to_owned(),
        name: None,
        duty: Some(Duty::Representative),
        admin: true,
        password: None,
        contact: Contact::default(),
    };
    let user = accounts.create_user(new).await?;
    Ok((team, user))
}

#[cfg(test)]
mod tests;
