//! The one place where chance comes from: the system, or in simulations a seed. Like [`crate::Clock`] it is handed in.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _, TryRng};

/// A source of random numbers; a cheap handle. Draw with `Id::random(&mut &entropy)`.
#[derive(Clone, Default)]
pub struct Entropy(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    /// A mutex because handles are shared between tasks; held for one draw, never across an await.
    Seeded(Arc<Mutex<StdRng>>),
}

impl Entropy {
    /// The system's: unguessable.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The same draws in the same order give the same numbers: for simulations only, anybody can guess them.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// One number.
    #[must_use]
    pub fn draw(&self) -> u64 {
        let mut source = self;
        source.next_u64()
    }
}

fn lock(rng: &Mutex<StdRng>) -> MutexGuard<'_, StdRng> {
    rng.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TryRng for &Entropy {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(match &self.0 {
            Source::System => rand::rng().next_u32(),
            Source::Seeded(rng) => lock(rng).next_u32(),
        })
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(match &self.0 {
            Source::System => rand::rng().next_u64(),
            Source::Seeded(rng) => lock(rng).next_u64(),
        })
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match &self.0 {
            Source::System => rand::rng().fill_bytes(bytes),
            Source::Seeded(rng) => lock(rng).fill_bytes(bytes),
        }
        Ok(())
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}
