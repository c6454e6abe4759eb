//! Password hashing: argon2id on blocking threads, two at a time, with a bounded queue. Never on a join or reconnect.
//!
//! Whoever asks for an unknown account gets the same work done ([`Hasher::verify`] without a hash), so that the time says
//! nothing. The memory of a hash is kept and handed on: given back to an allocator that keeps a heap per
//! thread, it would stay with whichever threads had hashed, 19 MiB each.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::Rng as _;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};
use crate::heavy;

/// Hashes computed at one time: each takes 19 MiB and about 27 ms of a core.
pub const PERMITS: usize = 2;
/// Hashes that may wait for a permit; beyond that [`Error::Overloaded`].
pub const QUEUE_MAX: usize = 64;
/// Memory per hash, the least that OWASP advises; a stored hash that wants more is not ours. **Units**: KiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// **Units**: bytes.
const SALT_BYTES: usize = 16;
/// What an unknown account's password is compared with: made with the parameters above, of a password nobody has.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZmFpcmh1Yi1kdW1teS1zYQ$iCk1PPxWjDTBvUMNKlBjTZ4xZ9jJ0rqY2ISTGhEr0Zo";

/// Computes and compares password hashes; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hasher {
    permits: Arc<Semaphore>,
    places: Arc<Semaphore>,
    buffers: Arc<Buffers>,
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
            buffers: Arc::default(),
            computed: Arc::default(),
        }
    }

    /// The hash of a password, as a PHC string with its own salt.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the queue is full.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        self.compute(move |memory| hash(&password, memory)).await
    }

    /// Whether `password` is the one that was hashed. Without a hash: the same work, then no.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the queue is full.
    pub async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool> {
        self.compute(move |memory| Ok(verify(&password, phc.as_deref().unwrap_or(DUMMY), memory)? && phc.is_some()))
            .await
    }

    /// Hashes computed since the start, for metrics.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut [Block]) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_full| Error::Overloaded)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_closed| Error::Overloaded)?;
        let (computed, buffers) = (Arc::clone(&self.computed), Arc::clone(&self.buffers));
        // The work keeps its permit even when its caller has gone: it cannot be stopped half way.
        let job = move || {
            let _held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, permit);
            computed.fetch_add(1, Ordering::Relaxed);
            buffers.lend(work)
        };
        heavy::run(job).await.map_err(|_panicked| Error::Internal("password hashing ended early"))?
    }
}

/// The memory of hashes: one buffer a permit, made when first needed and kept as long as the hasher.
#[derive(Debug, Default)]
struct Buffers {
    /// A mutex because blocking threads take and return; held for a push or a pop.
    idle: Mutex<Vec<Vec<Block>>>,
    made: AtomicU64,
}

impl Buffers {
    /// Who holds a permit finds a buffer or may make one, so there are never more than [`PERMITS`].
    fn lend<T>(&self, work: impl FnOnce(&mut [Block]) -> Result<T>) -> Result<T> {
        let idle = self.idle().pop();
        let mut buffer = idle.unwrap_or_else(|| {
            self.made.fetch_add(1, Ordering::Relaxed);
            vec![Block::new(); MEMORY_KIB as usize]
        });
        let answer = work(&mut buffer);
        self.idle().push(buffer);
        answer
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(password: &SecretString, memory: &mut [Block]) -> Result<String> {
    let mut salt = [0_u8; SALT_BYTES];
    rand::rng().fill_bytes(&mut salt);
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(Params::DEFAULT_OUTPUT_LEN)).map_err(internal)?;
    let written = ParamsString::try_from(&params).map_err(internal)?;
    let mut output = [0_u8; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.expose_secret().as_bytes(), &salt, &mut output, memory)
        .map_err(internal)?;
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: written,
        salt: Some(Salt::new(&salt).map_err(internal)?),
        hash: Some(Output::new(&output).map_err(internal)?),
    };
    Ok(phc.to_string())
}

/// Computes the hash again by what the PHC string says of itself, and compares in constant time.
fn verify(password: &SecretString, phc: &str, memory: &mut [Block]) -> Result<bool> {
    let phc = PasswordHash::new(phc).map_err(internal)?;
    let params = Params::try_from(&phc).map_err(internal)?;
    let algorithm = Algorithm::try_from(phc.algorithm.as_str()).map_err(internal)?;
    let version = phc.version.map_or(Ok(Version::default()), Version::try_from).map_err(internal)?;
    let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else { return Err(internal("no salt or no hash")) };
    let mut output = [0_u8; Output::MAX_LENGTH];
    let (output, _) = output.split_at_mut(expected.len());
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.expose_secret().as_bytes(), &salt, output, memory)
        .map_err(internal)?;
    Ok(output.ct_eq(expected.as_bytes()).into())
}

fn internal<E>(_cause: E) -> Error {
    Error::Internal("password hash unreadable")
}

#[cfg(test)]
mod tests;
