//! Registering: from a checked form and a right code to an account that can sign in, whatever crashes in between.
//!
//! A registration is written down first, sealed, and comes due; whoever lives carries it on. All names are claimed, then it
//! is decided once ([`Step`]): either every record is written, or every claim is given back. All of it may be repeated, by
//! many at once. One code registers one account: the same form with the same code gives the same answer again.
//!
//! **Source**: SPEC 4; D-32 for individuals and media.

mod claims;
mod drive;
pub mod form;
pub mod name;
pub(crate) mod table;

use std::net::IpAddr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use storage::ids::{EnterpriseId, Millis, UserId};
use storage::{Applied, Expect, Hidden, Op, Read, StoreError, vocabulary};

use crate::accounts::Accounts;
use crate::codes::{Codes, Purpose};
use crate::due::{Claimed as DueClaimed, Due};
use crate::error::{Error, Result};
use crate::flow::Flows;
use crate::form::Filled;
use crate::kind::Kind;
use crate::messages::To;
use crate::seal::Contact;
use table::{RegistrationKey, RegistrationPart, RegistrationRow, Registrations as Table};

/// What the due table calls a registration.
pub const DUE: &str = "registration";
/// The rules that are agreed to at present.
pub const AGREEMENT: &str = "2020-06";
/// Steps, or lost races about one, before giving up; it comes due all the same.
const STEPS_MAX: u32 = 24;

vocabulary! {
    /// How far a registration is.
    Step {
        /// Names are being claimed.
        Pending = "pending",
        /// All are: it will be.
        Claimed = "claimed",
        /// Every record is written.
        Done = "done",
        /// A name is another's: the others are being given back.
        Refused = "refused",
        /// They are.
        Released = "released",
    }
}

vocabulary! {
    /// Through which of its two doors an enterprise came. **Source**: SPEC 2.1.
    Entry {
        /// 参展商-注册: to exhibit.
        Exhibitor = "exhibitor",
        /// 参观参会-注册: to visit and to buy.
        Attending = "attending",
    }
}

/// What a form of registration says, checked.
#[derive(Deserialize)]
struct Sent {
    username: String,
    code: String,
    mobile: Option<String>,
    email: Option<String>,
    name: Option<String>,
    organisation: Option<String>,
    #[serde(flatten)]
    team: Option<Team>,
}

/// What it says of an enterprise.
#[derive(Clone, Serialize, Deserialize)]
struct Team {
    identifier: String,
    enterprise_name: String,
    entry: Entry,
    place: String,
    address: String,
    industry: String,
    interests: Vec<String>,
    contact_info: Option<String>,
}

/// Everything that will be written, sealed until it is.
#[derive(Clone, Serialize, Deserialize)]
struct Draft {
    kind: Kind,
    username: String,
    name: String,
    /// A PHC string.
    password: String,
    contact: Contact,
    organisation: Option<String>,
    team: Option<Team>,
    /// **Units**: milliseconds since the epoch.
    at: i64,
}

/// An account that was registered. **Shape**: as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Registered {
    /// The account.
    pub id: UserId,
    /// Its class.
    pub kind: Kind,
    /// Its enterprise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<EnterpriseId>,
}

/// Registrations of a fair. A cheap handle.
#[derive(Debug, Clone)]
pub struct Registrations {
    accounts: Accounts,
    codes: Codes,
    flows: Flows,
    /// Attending enterprises need not wait for the committee.
    approves_attending: bool,
}

impl Registrations {
    /// Over the accounts; `approves_attending`: attending enterprises need not wait for the committee.
    #[must_use]
    pub const fn new(accounts: Accounts, codes: Codes, flows: Flows, approves_attending: bool) -> Self {
        Self { accounts, codes, flows, approves_attending }
    }

    /// Registers by a form of [`form`], filled rightly. The same form with the same code gives the same account.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/code`, [`Error::RateLimited`] after too many wrong ones, [`Error::Taken`] for a name that is
    /// another's, [`Error::Conflict`] for a code that has registered another account, [`Error::Overloaded`],
    /// [`Error::Store`] (repeat it: it may have been done).
    pub async fn register(&self, kind: Kind, mut filled: Filled, from: IpAddr) -> Result<Registered> {
        let fingerprint = self.fingerprint(kind, &filled)?;
        let password = filled.take_secret("password").ok_or(Error::Internal("a form without a password"))?;
        let sent: Sent = filled.read()?;
        let to = sent.to()?;
        let code = SecretString::from(sent.code.clone());
        let proof = self.codes.check(Purpose::Registration, &to.normal(), &code, from).await?;
        let id = proof.key();
        let mut draft = None;
        for _ in 0..STEPS_MAX {
            let stands = self.row(&id).await?;
            if let Some(row) = &stands {
                match row.step {
                    Step::Done => return answered(row, &fingerprint),
                    Step::Pending | Step::Claimed | Step::Refused => {
                        self.finish(&id).await?;
                        continue;
                    }
                    Step::Released => {}
                }
            }
            // Hashed once, and only for a right code.
            if draft.is_none() {
                draft = Some(self.draft(kind, &sent, &password).await?);
            }
            let Some(new) = &draft else { continue };
            if self.begin(&id, stands.as_ref(), new, &fingerprint).await? {
                return match self.finish(&id).await? {
                    Ended::Done(row) => answered(&row, &fingerprint),
                    Ended::Refused(at) => Err(Error::Taken(at)),
                    Ended::Gone => Err(Error::Internal("a registration vanished")),
                };
            }
        }
        Err(Error::Conflict("the registration is being changed by others"))
    }

    /// Carries a registration on that has come due.
    ///
    /// # Errors
    /// [`Error::Store`]: it comes due again.
    pub async fn come_due(&self, claimed: &DueClaimed) -> Result<()> {
        self.finish(&claimed.key).await?;
        self.due().done(claimed).await?;
        Ok(())
    }

    async fn draft(&self, kind: Kind, sent: &Sent, password: &SecretString) -> Result<Draft> {
        Ok(Draft {
            kind,
            username: sent.username.clone(),
            name: sent.name.clone().unwrap_or_else(|| sent.username.clone()),
            password: self.accounts.hash(password.clone()).await?,
            contact: Contact { mobile: sent.mobile.clone(), email: sent.email.clone() },
            organisation: sent.organisation.clone(),
            team: sent.team.clone().filter(|_| kind == Kind::Enterprise),
            at: self.accounts.clock().now().0,
        })
    }

    /// Writes a draft down; false when another was first.
    async fn begin(
        &self,
        id: &str,
        stands: Option<&RegistrationRow>,
        draft: &Draft,
        fingerprint: &[u8],
    ) -> Result<bool> {
        self.due().put(Millis(draft.at), DUE, id).await?;
        let plain = serde_json::to_vec(draft).map_err(|_encoding| Error::Internal("registration encoding"))?;
        let sealed = self.accounts.sealer().seal_bytes(&place(id), &plain)?;
        let mut rng = self.accounts.entropy();
        let row = RegistrationRow {
            v: stands.map_or(1, |row| row.v + 1),
            step: Step::Pending,
            fingerprint: Hidden(fingerprint.to_vec()),
            sealed: Some(Hidden(sealed)),
            enterprise: draft.team.as_ref().map(|_| EnterpriseId::random(&mut rng)),
            user: UserId::random(&mut rng),
            kind: draft.kind,
            taken: None,
            created: Millis(draft.at),
        };
        let expect =
            stands.map_or(Expect::Absent(RegistrationKey {}), |row| Expect::Version(RegistrationKey {}, row.v));
        self.write(id, expect, &row).await
    }

    async fn row(&self, id: &str) -> Result<Option<RegistrationRow>> {
        let part = RegistrationPart { id: id.to_owned() };
        Ok(self.accounts.store().get::<Table>(part, RegistrationKey {}, Read::Serial).await?)
    }

    /// An unknown outcome is settled by looking.
    async fn write(&self, id: &str, expect: Expect<RegistrationKey>, row: &RegistrationRow) -> Result<bool> {
        let part = RegistrationPart { id: id.to_owned() };
        let put = Op::Put { c: RegistrationKey {}, row: row.clone(), at: None };
        match self.accounts.store().write_if::<Table>(part, vec![expect], vec![put]).await {
            Ok(Applied::Yes) => Ok(true),
            Ok(Applied::No { .. }) => Ok(false),
            Err(StoreError::Unknown) => Ok(self.row(id).await?.as_ref() == Some(row)),
            Err(other) => Err(other.into()),
        }
    }

    fn open(&self, id: &str, row: &RegistrationRow) -> Result<Draft> {
        let Hidden(sealed) = row.sealed.as_ref().ok_or(Error::Internal("a registration without its draft"))?;
        let plain = self.accounts.sealer().open_bytes(&place(id), sealed)?;
        serde_json::from_slice(&plain).map_err(|_shape| Error::Internal("a sealed registration does not open"))
    }

    /// A keyed hash of everything that was sent, the password too.
    fn fingerprint(&self, kind: Kind, filled: &Filled) -> Result<Vec<u8>> {
        let plain =
            serde_json::to_vec(filled.fields()).map_err(|_encoding| Error::Internal("registration encoding"))?;
        Ok(self.accounts.keys().code_mark(&[b"registration", kind.as_str().as_bytes(), &plain]).to_vec())
    }

    fn due(&self) -> Due {
        Due::new(self.accounts.store().clone(), self.accounts.clock().clone())
    }
}

/// How a registration ended.
enum Ended {
    Done(RegistrationRow),
    /// By the field whose name is another's.
    Refused(&'static str),
    /// There is none.
    Gone,
}

impl Sent {
    fn to(&self) -> Result<To> {
        let contact = Contact { mobile: self.mobile.clone(), email: self.email.clone() };
        To::of(&contact).ok_or(Error::Internal("a form without an address"))
    }
}

/// The account, for whoever sent the same.
fn answered(row: &RegistrationRow, fingerprint: &[u8]) -> Result<Registered> {
    if row.fingerprint.0 != fingerprint {
        return Err(Error::Conflict("this code has registered another account: ask for a new one"));
    }
    Ok(Registered { id: row.user, kind: row.kind, enterprise: row.enterprise })
}

fn place(id: &str) -> Vec<u8> {
    [b"registration/".as_slice(), id.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
