//! Opening what a fair lives in: its store and the keys to what is sealed there. For the hub and for `hub admin` alike.

use anyhow::Context as _;
use fair::uploads::{self, Address, Files};
use fair::{Accounts, Keys};
use storage::{Clock, Making, Spec, Store};

use crate::config::{Config, StoreKind};
use crate::folder;

/// The accounts alone, without a hub around them: for `hub admin`, beside a running hub or not.
///
/// # Errors
/// The store's, or the secret's.
pub async fn accounts(config: &Config, clock: &Clock) -> anyhow::Result<Accounts> {
    let (store, keys) = open(config, clock).await?;
    Ok(Accounts::new(store, clock.clone(), keys))
}

/// The store, and the keys to what is sealed in it.
///
/// # Errors
/// The store's, or the secret's.
pub async fn open(config: &Config, clock: &Clock) -> anyhow::Result<(Store, Keys)> {
    let store = store(config, clock).await?;
    let secret = match &config.secret {
        Some(secret) => secret.clone(),
        None => fair::secret::load_or_create(&config.data).context("the data folder's secret")?,
    };
    Ok((store, Keys::derive(&secret).context("secret")?))
}

/// Where uploaded files lie. What an earlier life of this hub had begun there is removed, where no other hub writes.
///
/// # Errors
/// What is wrong with the address, or the folder.
pub fn files(config: &Config) -> anyhow::Result<Files> {
    let shared = is_shared(&config.store);
    let own = Address::Folder(config.data.join(uploads::files::FOLDER));
    let address = config.uploads.as_ref().unwrap_or(&own);
    if shared && config.uploads.is_none() {
        tracing::warn!("uploads lie in the data folder, where other hubs of this store do not find them");
    }
    let files = Files::at(address, config.uploads_secret.as_ref()).context("uploads")?;
    if !shared {
        let begun = files.forget_begun().context("uploads")?;
        if begun > 0 {
            tracing::info!(begun, "uploads that the last run did not finish are removed");
        }
    }
    Ok(files)
}

/// Whether other hubs may write a store: a file on this machine has one hub.
#[must_use]
pub const fn is_shared(store: &StoreKind) -> bool {
    matches!(store, StoreKind::Cql(_))
}

/// Every table of a fair.
#[must_use]
pub fn tables() -> Vec<&'static Spec> {
    chat::tables::ALL.into_iter().chain(fair::table::ALL.iter().copied()).collect()
}

/// The store alone; an embedded one is made when there is none, a keyspace is not ([`init_store`] makes it).
///
/// # Errors
/// The data folder's, or the store's.
pub async fn store(config: &Config, clock: &Clock) -> anyhow::Result<Store> {
    folder::make(&config.data)?;
    match &config.store {
        StoreKind::Sqlite => {
            let path = config.data.join(folder::DATABASE);
            Store::sqlite(&path, &tables(), clock.clone(), &storage::SqliteOptions::default())
                .with_context(|| format!("the store at {}", path.display()))
        }
        StoreKind::Cql(options) => Ok(Store::cql(options, &tables(), clock.clone()).await?),
    }
}

/// Makes the store where it is missing: a keyspace and its tables, or the embedded database. Says how far a keyspace is;
/// a database is there at once.
///
/// # Errors
/// As [`store`].
pub async fn init_store(config: &Config, clock: &Clock, watch: &mut (impl FnMut(Making) + Send)) -> anyhow::Result<()> {
    match &config.store {
        StoreKind::Sqlite => store(config, clock).await.map(drop),
        StoreKind::Cql(options) => Ok(Store::init_cql_watched(options, &tables(), watch).await?),
    }
}
