//! Password hashing: argon2id on blocking threads, two at a time, with a bounded queue. Never on a join or reconnect.
//!
//! Whoever asks for an unknown account gets the same work done ([`Hasher::verify`] without a hash), so that the time says
//! nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// Hashes computed at one time: each takes 19 MiB and about 27 ms of a core.
pub const PERMITS: usize = 2;
/// Hashes that may wait for a permit; beyond that [`Error::Overloaded`].
pub const QUEUE_MAX: usize = 64;
/// Memory per hash, the least that OWASP advises. **Units**: KiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// What an unknown account's password is compared with: made with the parameters above, of a password nobody has.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZmFpcmh1Yi1kdW1teS1zYQ$iCk1PPxWjDTBvUMNKlBjTZ4xZ9jJ0rqY2ISTGhEr0Zo";

/// Computes and compares password hashes; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hasher {
    permits: Arc<Semaphore>,
    places: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher {
    /// With [`PERMITS`] and [`QUEUE_MAX`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(PERMITS)),
            places: Arc::new(Semaphore::new(PERMITS + QUEUE_MAX)),
            computed: Arc::default(),
        }
    }

    /// The hash of a password, as a PHC string with its own salt.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the queue is full.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        self.compute(move || {
            let hash: PasswordHash = argon2()?.hash_password(password.expose_secret().as_bytes()).map_err(internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one that was hashed. Without a hash: the same work, then no.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the queue is full.
    pub async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool> {
        self.compute(move || {
            let known = phc.is_some();
            let phc = phc.as_deref().unwrap_or(DUMMY);
            let hash = PasswordHash::new(phc).map_err(internal)?;
            let same = argon2()?.verify_password(password.expose_secret().as_bytes(), &hash).is_ok();
            Ok(same && known)
        })
        .await
    }

    /// Hashes computed since the start, for metrics.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_full| Error::Overloaded)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_closed| Error::Overloaded)?;
        let computed = Arc::clone(&self.computed);
        // The work keeps its permit even when its caller has gone: it cannot be stopped half way.
        let job = move || {
            let _held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, permit);
            computed.fetch_add(1, Ordering::Relaxed);
            work()
        };
        tokio::task::spawn_blocking(job).await.map_err(|_panicked| Error::Internal("password hashing ended early"))?
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_wrong| Error::Internal("argon2 parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn internal<E>(_cause: E) -> Error {
    Error::Internal("password hash unreadable")
}

#[cfg(test)]
mod tests;
