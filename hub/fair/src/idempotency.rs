//! Answers kept by their `Idempotency-Key`, so that a repeated request gives the first one's answer. Never runs anything:
//! whoever is told [`Begun::Fresh`] does the work and says how it ended.
//!
//! **Source**: WIRE section 7, draft-ietf-httpapi-idempotency-key-header; a week, as for `client_msg_id`.

use sha2::{Digest as _, Sha256};
use storage::ids::{Millis, UserId};
use storage::{Applied, Clock, Entropy, Expect, Hidden, Op, Read, Store, StoreError};

use crate::error::{Error, Result};
use crate::table::{IdempotencyKey, IdempotencyPart, IdempotencyRow, IdempotencyRows};

/// The longest key. **Units**: bytes.
pub const KEY_BYTES_MAX: usize = 64;
/// The longest answer that is kept; of a longer one only its status. **Units**: bytes.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long a request may be in progress before another may take it over. **Units**: milliseconds.
const BUSY_MS: i64 = 5_000;
/// Lost races against others with the same key before giving up.
const TRIES_MAX: u32 = 8;

/// A client's key. **Shape**: 1 to [`KEY_BYTES_MAX`] visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Checks what a client sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/Idempotency-Key`: `too_short`, `too_long`, `charset`.
    pub fn parse(text: &str) -> Result<Self> {
        let broken = |code| Err(Error::invalid("/Idempotency-Key", code));
        match text.len() {
            0 => broken("too_short"),
            1..=KEY_BYTES_MAX if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Self(text.to_owned())),
            1..=KEY_BYTES_MAX => broken("charset"),
            _ => broken("too_long"),
        }
    }
}

/// What was asked, by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a request: `path` with its query.
    #[must_use]
    pub fn of(method: &str, path: &str, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// What stands at a key.
#[derive(Debug)]
pub enum Begun {
    /// Nothing yet, or somebody who did not finish: do it, then [`Idempotency::finish`].
    Fresh(Claim),
    /// It was done: this is the answer.
    Repeated {
        /// The HTTP status.
        status: u16,
        /// The body; none: it was longer than [`ANSWER_BYTES_MAX`].
        body: Option<String>,
    },
    /// Somebody is at it.
    Busy {
        /// When it may be taken over. **Units**: milliseconds.
        retry_after_ms: u64,
    },
    /// The key was used for something else.
    Other,
}

/// The right to do what a key stands for.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a claim that is neither finished nor given up keeps others waiting"]
pub struct Claim {
    user: UserId,
    key: IdempotencyKey,
    row: IdempotencyRow,
}

impl Claim {
    /// A number for what the request makes, the same for everybody who takes the key over: after a crash between the
    /// effect and the answer, whoever repeats the request makes the same object and not a second one.
    #[must_use]
    pub const fn object(&self) -> i64 {
        self.row.object
    }
}

/// The keys of every account. A cheap handle.
#[derive(Debug, Clone)]
pub struct Idempotency {
    store: Store,
    clock: Clock,
    entropy: Entropy,
}

impl Idempotency {
    /// Over a store.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, entropy: Entropy) -> Self {
        Self { store, clock, entropy }
    }

    /// Begins what a key stands for, or says what stands there.
    ///
    /// # Errors
    /// [`Error::Conflict`] after too many lost races, [`Error::Store`].
    pub async fn begin(&self, user: UserId, key: &Key, fingerprint: Fingerprint) -> Result<Begun> {
        let claim = self.first_claim(user, key, fingerprint);
        let mut stands = match self.write(&claim, Expect::Absent(claim.key.clone())).await? {
            Written::Ours => return Ok(Begun::Fresh(claim)),
            Written::Stands(row) => row,
        };
        for _ in 0..TRIES_MAX {
            // Deleted meanwhile, by who gave it up or by its age.
            let Some(row) = stands else {
                match self.write(&claim, Expect::Absent(claim.key.clone())).await? {
                    Written::Ours => return Ok(Begun::Fresh(claim)),
                    Written::Stands(row) => stands = row,
                }
                continue;
            };
            if let Some(begun) = judged(&row, fingerprint, self.clock.now()) {
                return Ok(begun);
            }
            let v = row.v;
            let taken = Claim { row: self.taken_over(row), ..claim.clone() };
            match self.write(&taken, Expect::Version(claim.key.clone(), v)).await? {
                Written::Ours => return Ok(Begun::Fresh(taken)),
                Written::Stands(row) => stands = row,
            }
        }
        Err(Error::Conflict("the key is being used by others"))
    }

    /// Keeps the answer. When another took the key over and answered first, that answer stays.
    ///
    /// # Errors
    /// [`Error::Store`]: repeat it, else the request may be done again after five seconds.
    pub async fn finish(&self, claim: &Claim, status: u16, body: &str) -> Result<()> {
        let body = (body.len() <= ANSWER_BYTES_MAX).then(|| Hidden(body.to_owned()));
        let row = IdempotencyRow { v: claim.row.v + 1, done: true, status: status.into(), body, ..claim.row.clone() };
        let done = Claim { row, ..claim.clone() };
        for _ in 0..TRIES_MAX {
            match self.write(&done, Expect::Version(claim.key.clone(), claim.row.v)).await? {
                // The outcome was unknown, and it was lost.
                Written::Stands(Some(row)) if row == claim.row => {}
                Written::Ours | Written::Stands(_) => return Ok(()),
            }
        }
        Err(StoreError::Unknown.into())
    }

    /// Nothing was done and nothing will be: the key is free again.
    ///
    /// # Errors
    /// [`Error::Store`]: it is free by itself after five seconds.
    pub async fn give_up(&self, claim: Claim) -> Result<()> {
        let expect = vec![Expect::Version(claim.key.clone(), claim.row.v)];
        let delete = vec![Op::Delete { c: claim.key }];
        let part = IdempotencyPart { user: claim.user };
        Ok(self.store.write_if::<IdempotencyRows>(part, expect, delete).await.map(|_gone_or_taken| ())?)
    }

    fn first_claim(&self, user: UserId, key: &Key, Fingerprint(fingerprint): Fingerprint) -> Claim {
        let row = IdempotencyRow {
            // Not 1: who had a claim on a row that was given up must not take another's for it.
            v: self.number() >> 1,
            fingerprint: fingerprint.to_vec(),
            done: false,
            claim: self.number(),
            object: self.number(),
            created: self.clock.now(),
            status: 0,
            body: None,
        };
        Claim { user, key: IdempotencyKey { key: key.0.clone() }, row }
    }

    fn taken_over(&self, row: IdempotencyRow) -> IdempotencyRow {
        IdempotencyRow { v: row.v + 1, claim: self.number(), created: self.clock.now(), ..row }
    }

    fn number(&self) -> i64 {
        (self.entropy.draw() >> 1).cast_signed()
    }

    /// Writes a claim's row under a condition; an unknown outcome is settled by looking who stands there.
    async fn write(&self, claim: &Claim, expect: Expect<IdempotencyKey>) -> Result<Written> {
        let part = IdempotencyPart { user: claim.user };
        let put = Op::Put { c: claim.key.clone(), row: claim.row.clone(), at: None };
        match self.store.write_if::<IdempotencyRows>(part.clone(), vec![expect], vec![put]).await {
            Ok(Applied::Yes) => return Ok(Written::Ours),
            Ok(Applied::No { current }) => return Ok(Written::of(current.into_iter().next().map(|it| it.1), claim)),
            Err(StoreError::Unknown) => {}
            Err(other) => return Err(other.into()),
        }
        Ok(Written::of(self.store.get::<IdempotencyRows>(part, claim.key.clone(), Read::Serial).await?, claim))
    }
}

/// What became of a conditional write.
enum Written {
    Ours,
    Stands(Option<IdempotencyRow>),
}

impl Written {
    /// By what stands there: an earlier try of which nobody heard may have been it.
    fn of(row: Option<IdempotencyRow>, claim: &Claim) -> Self {
        if row.as_ref() == Some(&claim.row) { Self::Ours } else { Self::Stands(row) }
    }
}

/// What a row answers; none: whoever began did not finish.
fn judged(row: &IdempotencyRow, Fingerprint(fingerprint): Fingerprint, now: Millis) -> Option<Begun> {
    if row.fingerprint != fingerprint {
        return Some(Begun::Other);
    }
    if row.done {
        let body = row.body.clone().map(|Hidden(body)| body);
        return Some(Begun::Repeated { status: u16::try_from(row.status).unwrap_or(500), body });
    }
    // In either direction: a clock that was set back must not keep the key busy until the old time is reached.
    let apart_ms = now.since_ms(row.created).saturating_abs();
    (apart_ms < BUSY_MS).then(|| Begun::Busy { retry_after_ms: (BUSY_MS - apart_ms).unsigned_abs() })
}

#[cfg(test)]
mod tests;
