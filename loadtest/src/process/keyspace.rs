//! A keyspace of our own on a CQL server, made for one run by the hub's own command. It is left there: only whoever runs
//! the server knows when it may go.

use std::process::Command;

use rand::RngExt as _;

use super::{command, find_binary, free_address, say};

/// What a hub is told to keep its records in it.
#[derive(Debug, Clone)]
pub struct Keyspace {
    address: String,
    /// That of all its hubs; without one a hub makes its own and has bench rooms.
    secret: Option<String>,
}

impl Keyspace {
    /// Makes one. **Shape**: `address` as `hub --store` takes it; the keyspace's name gets a random end.
    ///
    /// # Errors
    /// When the server does not answer or refuses, in the hub's words.
    pub fn make(address: &str) -> anyhow::Result<Self> {
        let (place, query) = address.split_once('?').unwrap_or((address, ""));
        let address = format!("{place}_{:08x}?{query}", rand::rng().random::<u32>());
        let keyspace = Self { address, secret: None };
        let folder = tempfile::tempdir()?;
        let mut command = command(&find_binary()?, folder.path(), free_address()?, Some(&keyspace));
        say(command.args(["admin", "init-store"]))?;
        Ok(keyspace)
    }

    /// For several hubs: one secret, no bench rooms, and one account may write from many devices at once.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.secret = Some(format!("{:032x}", rand::rng().random::<u128>()));
        self
    }

    pub(super) fn apply(&self, command: &mut Command) {
        command.env("FAIRHUB_STORE", &self.address);
        if let Some(secret) = &self.secret {
            command
                .env_remove("FAIRHUB_BENCH")
                .env("FAIRHUB_SECRET", secret)
                .env("FAIRHUB_LIMITS_MESSAGES_PER_S", "100000")
                .env("FAIRHUB_LIMITS_MESSAGES_BURST", "100000");
        }
    }
}
