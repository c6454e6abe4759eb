//! Codes that show whose number or mailbox it is: made, counted, compared. Never sends one, and never says whether an
//! account stands behind an address.
//!
//! A code is stored only as a keyed hash, bound to what it is for. The newest ends the one before. Whoever guesses from
//! elsewhere uses up other tries than the network that asked for the code, so a stranger can neither get in nor make the
//! owner's code useless.
//!
//! **Source**: SPEC 4 (6 digits, 5 min, resend 60 s, 5 tries, 10 a day per number).

pub(crate) mod table;

use std::fmt;
use std::net::IpAddr;
use std::ops::Bound;

use secrecy::{ExposeSecret as _, SecretString};
use storage::ids::Millis;
use storage::{Applied, Clock, Entropy, Expect, Hidden, Op, Read, Scan, Store, StoreError, vocabulary};
use subtle::ConstantTimeEq as _;

use crate::accounts::Accounts;
use crate::error::{Error, Result};
use table::{CodeKey, CodePart, CodeRow, CodeRows};

/// How long a code is good. **Units**: seconds.
pub const LIFE_S: i64 = 300;
/// Between two codes for one address. **Units**: seconds.
pub const RESEND_S: i64 = 60;
/// Wrong tries of one code from the network that asked for it, and as many from all others together.
const TRIES_MAX: i64 = 5;
/// Codes for one address in a day.
const PER_DAY_MAX: usize = 10;
/// Of these to one network, so that a stranger alone cannot use them up.
const PER_NETWORK_MAX: usize = 5;
/// Lost races about one code before giving up.
const RACES_MAX: u32 = 8;
/// Six digits.
const CODES: u64 = 1_000_000;
const DAY_MS: i64 = 86_400_000;
/// Clocks of two hubs may differ by this much. **Units**: milliseconds.
const SKEW_MS: i64 = 5_000;

vocabulary! {
    /// What a code is for: one for the one is none for the other.
    Purpose {
        /// Registering with a number or mailbox.
        Registration = "registration",
        /// A new password for a forgotten one.
        Recovery = "recovery",
    }
}

/// A code that was made. `Debug` does not show it.
pub struct Issued {
    /// Counts the codes of one address.
    pub serial: i64,
    /// Six digits.
    pub code: SecretString,
    /// A name for it that says neither code nor address.
    pub key: String,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// A right code, as it stands.
#[derive(Debug, Clone)]
#[must_use = "who does nothing with a proof has let nobody in"]
pub struct Proof {
    part: CodePart,
    c: CodeKey,
    row: CodeRow,
}

impl Proof {
    /// A name for the code, the same whenever it is shown: what is done by one code is done once.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.part, &self.c)
    }
}

/// The codes of a fair. A cheap handle.
#[derive(Debug, Clone)]
pub struct Codes {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    accounts: Accounts,
}

impl Codes {
    /// Over a store; `accounts` has the keys.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, entropy: Entropy, accounts: Accounts) -> Self {
        Self { store, clock, entropy, accounts }
    }

    /// Makes a code for `subject`, an address or an account; it ends the one before.
    ///
    /// # Errors
    /// [`Error::RateLimited`] too soon or too often, [`Error::Store`].
    pub async fn issue(&self, purpose: Purpose, subject: &str, from: IpAddr) -> Result<Issued> {
        let (part, network, now) = (self.part(purpose, subject), self.network(from), self.clock.now());
        let rows = self.rows(&part, u32::try_from(PER_DAY_MAX).unwrap_or(u32::MAX)).await?;
        may_have_another(&rows, network, now)?;
        let serial = rows.first().map_or(1, |(c, _)| c.serial + 1);
        let code = format!("{:06}", self.entropy.draw() % CODES);
        let c = CodeKey { serial };
        let row = CodeRow {
            v: 1,
            mark: Hidden(self.mark(&part, &c, &code)),
            network,
            tries: 0,
            foreign: 0,
            created: now,
            expires: now.plus_ms(LIFE_S * 1_000),
        };
        if !self.write(&part, &c, Expect::Absent(c.clone()), &row).await? {
            // Another was made in this moment.
            return Err(limited(RESEND_S * 1_000));
        }
        Ok(Issued { serial, key: key(&part, &c), code: code.into() })
    }

    /// Whether `code` is the one that `subject` was sent last. It stays good until it is [`Self::spend`]-ed or ends.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/code`: `wrong`, also for one that has ended or never was; [`Error::RateLimited`] after
    /// too many wrong ones: ask for another code; [`Error::Store`].
    pub async fn check(&self, purpose: Purpose, subject: &str, code: &SecretString, from: IpAddr) -> Result<Proof> {
        let (part, network) = (self.part(purpose, subject), self.network(from));
        let wrong = || Error::invalid("/code", "wrong");
        for _ in 0..RACES_MAX {
            let (c, row) = self.rows(&part, 1).await?.into_iter().next().ok_or_else(wrong)?;
            if self.clock.now() >= row.expires {
                return Err(wrong());
            }
            // Counted before it is compared, so that many at once cannot slip through.
            let counted = counted(&row, network)?;
            if !self.write(&part, &c, Expect::Version(c.clone(), row.v), &counted).await? {
                continue;
            }
            let mark = self.mark(&part, &c, code.expose_secret().trim());
            if !bool::from(mark.ct_eq(counted.mark.0.as_slice())) {
                return Err(wrong());
            }
            // A right one is no guess. When this is not written, it counts as one.
            let taken_back = CodeRow { v: counted.v + 1, tries: row.tries, foreign: row.foreign, ..row };
            let is_back = self.write(&part, &c, Expect::Version(c.clone(), counted.v), &taken_back).await;
            let row = if matches!(is_back, Ok(true)) { taken_back } else { counted };
            return Ok(Proof { part, c, row });
        }
        Err(limited(1_000))
    }

    /// Ends a code that has done its work. False when another was quicker: it has done that one's.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn spend(&self, proof: Proof) -> Result<bool> {
        let Proof { part, c, row } = proof;
        let spent = CodeRow { v: row.v + 1, expires: Millis(0), ..row };
        self.write(&part, &c, Expect::Version(c.clone(), row.v), &spent).await
    }

    fn part(&self, purpose: Purpose, subject: &str) -> CodePart {
        let hash = self.accounts.keys().code_mark(&[purpose.as_str().as_bytes(), subject.as_bytes()]);
        CodePart { subject: hash.iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    fn mark(&self, part: &CodePart, c: &CodeKey, code: &str) -> Vec<u8> {
        let parts = [b"code".as_slice(), part.subject.as_bytes(), &c.serial.to_be_bytes(), code.as_bytes()];
        self.accounts.keys().code_mark(&parts).to_vec()
    }

    /// A number for a network, so that no address is kept.
    fn network(&self, from: IpAddr) -> i64 {
        let hash = self.accounts.keys().code_mark(&[b"network", &crate::guess::network(from).to_be_bytes()]);
        let (front, _) = hash.split_first_chunk::<8>().expect("invariant: 32 bytes have a first eight");
        i64::from_be_bytes(*front)
    }

    /// Newest first.
    async fn rows(&self, part: &CodePart, limit: u32) -> Result<Vec<(CodeKey, CodeRow)>> {
        let scan = Scan { from: Bound::Unbounded, to: Bound::Unbounded, rev: true, limit };
        Ok(self.store.scan::<CodeRows>(part.clone(), scan, Read::Serial).await?)
    }

    /// An unknown outcome is settled by looking.
    async fn write(&self, part: &CodePart, c: &CodeKey, expect: Expect<CodeKey>, row: &CodeRow) -> Result<bool> {
        let put = Op::Put { c: c.clone(), row: row.clone(), at: None };
        match self.store.write_if::<CodeRows>(part.clone(), vec![expect], vec![put]).await {
            Ok(Applied::Yes) => Ok(true),
            Ok(Applied::No { .. }) => Ok(false),
            Err(StoreError::Unknown) => {
                let stands = self.store.get::<CodeRows>(part.clone(), c.clone(), Read::Serial).await?;
                Ok(stands.as_ref() == Some(row))
            }
            Err(other) => Err(other.into()),
        }
    }
}

fn key(part: &CodePart, c: &CodeKey) -> String {
    format!("code/{}/{}", part.subject, c.serial)
}

fn limited(ms: i64) -> Error {
    Error::RateLimited { retry_after_ms: ms.max(1).unsigned_abs() }
}

/// By the codes that there were, newest first.
fn may_have_another(rows: &[(CodeKey, CodeRow)], network: i64, now: Millis) -> Result<()> {
    let age_ms = |row: &CodeRow| now.since_ms(row.created).max(0);
    // One from the future was made before the clock was set back, and nobody waits until then; hubs differ by less.
    let last = rows.first().map(|(_, last)| last).filter(|last| last.created.since_ms(now) <= SKEW_MS);
    if let Some(rest_ms) = last.map(|last| RESEND_S * 1_000 - age_ms(last)).filter(|rest| *rest > 0) {
        return Err(limited(rest_ms));
    }
    let today: Vec<_> = rows.iter().map(|(_, row)| row).filter(|row| age_ms(row) < DAY_MS).collect();
    let from_there: Vec<_> = today.iter().filter(|row| row.network == network).collect();
    let until_oldest = |row: &CodeRow| limited(DAY_MS - age_ms(row));
    match (today.last(), from_there.last()) {
        (Some(oldest), _) if today.len() >= PER_DAY_MAX => Err(until_oldest(oldest)),
        (_, Some(oldest)) if from_there.len() >= PER_NETWORK_MAX => Err(until_oldest(oldest)),
        _ => Ok(()),
    }
}

/// The row with one more try, or no more tries.
fn counted(row: &CodeRow, network: i64) -> Result<CodeRow> {
    let is_own = row.network == network;
    let (tries, foreign) = if is_own { (row.tries + 1, row.foreign) } else { (row.tries, row.foreign + 1) };
    if (if is_own { tries } else { foreign }) > TRIES_MAX {
        return Err(limited(RESEND_S * 1_000));
    }
    Ok(CodeRow { v: row.v + 1, tries, foreign, ..row.clone() })
}

#[cfg(test)]
mod tests;
