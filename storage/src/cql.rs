//! The backend for many machines: a keyspace on ScyllaDB (or Cassandra) through its driver.
//!
//! Owns the session and the bound on requests under way. Everything that decides something about CQL is below: `texts`
//! and `net` are pure, `schema` makes tables, `reads`, `plain` and `guarded` ask, `errors` says what an answer means.

mod errors;
mod guarded;
mod net;
mod options;
mod plain;
mod raw;
mod reads;
mod schema;
mod statements;
mod texts;
mod value;

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use scylla::client::PoolSize;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::policies::timestamp_generator::MonotonicTimestampGenerator;
use secrecy::ExposeSecret as _;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::error::{Result, StoreError};
use crate::request::{Cells, Change, Query, Written};
use crate::table::{Spec, Writes};
use errors::not_connected;
pub use options::{CqlOptions, CqlOptionsError, Replication};
pub use schema::Making;
use schema::Schema;
use statements::{Profiles, Statements};

/// Connections to each shard of a ScyllaDB node, or to a Cassandra node, which has none.
const CONNECTIONS: std::num::NonZeroUsize = std::num::NonZeroUsize::new(4).expect("invariant: four is not zero");

/// A connection that says nothing for so long is asked for a sign of life, and given up without one as long after.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// An open keyspace.
pub struct Cql {
    session: Session,
    keyspace: String,
    clock: Clock,
    entropy: Entropy,
    statements: Statements,
    turns: Semaphore,
}

impl fmt::Debug for Cql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cql").field("keyspace", &self.keyspace).finish_non_exhaustive()
    }
}

impl Cql {
    /// Connects and brings the keyspace's tables up to this program.
    pub(crate) async fn open(options: &CqlOptions, specs: &[&'static Spec], clock: Clock) -> Result<Self> {
        let (session, profiles) = connect(options).await?;
        Schema { session: &session, profiles: &profiles, keyspace: &options.keyspace }
            .bring_up(specs, &mut |_making| {})
            .await?;
        Ok(Self {
            session,
            keyspace: options.keyspace.clone(),
            clock,
            entropy: Entropy::system(),
            statements: Statements::new(profiles),
            turns: Semaphore::new(options.requests_max),
        })
    }

    /// Makes the keyspace and its tables where they are missing.
    pub(crate) async fn init(
        options: &CqlOptions,
        specs: &[&'static Spec],
        watch: &mut (impl FnMut(Making) + Send),
    ) -> Result<()> {
        let (session, profiles) = connect(options).await?;
        let schema = Schema { session: &session, profiles: &profiles, keyspace: &options.keyspace };
        watch(Making::Keyspace);
        schema.create_keyspace(&options.replication).await?;
        schema.bring_up(specs, watch).await
    }

    pub(crate) async fn query(&self, query: Query) -> Result<Vec<Cells>> {
        let _turn = self.turn()?;
        self.read(query).await
    }

    pub(crate) async fn apply(&self, change: Change) -> Result<Written> {
        let _turn = self.turn()?;
        if change.restores() {
            return self.restore(change).await.map(|()| Written::Done);
        }
        match change.spec.writes {
            Writes::Guarded => self.write_if(change).await,
            // Acknowledged early or not: there is no queue here that it could wait in.
            Writes::Plain | Writes::Ordered => self.write(change).await.map(|()| Written::Done),
        }
    }

    fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>> {
        self.turns.try_acquire().map_err(|_none_free| StoreError::Overloaded)
    }
}

async fn connect(options: &CqlOptions) -> Result<(Session, Profiles)> {
    let profiles = Profiles::new(options);
    let mut builder = SessionBuilder::new()
        .known_nodes(&options.hosts)
        .keyspaces_to_fetch([options.keyspace.as_str()])
        .fetch_full_schema_metadata(false)
        .pool_size(PoolSize::PerShard(CONNECTIONS))
        .keepalive_interval(SILENCE)
        .keepalive_timeout(SILENCE)
        .timestamp_generator(Arc::new(MonotonicTimestampGenerator::new()))
        .default_execution_profile_handle(profiles.bulk.clone());
    if let (Some(user), Some(password)) = (&options.user, &options.password) {
        builder = builder.user(user, password.expose_secret());
    }
    if let Some(ca) = &options.ca {
        builder = builder.tls_context(Some(tls(ca)?));
    }
    let session = builder.build().await.map_err(|error| not_connected(&options.hosts, &error))?;
    check_data_centre(&session, options)?;
    Ok((session, profiles))
}

/// The driver would connect to a cluster without that data centre and then fail each request.
fn check_data_centre(session: &Session, options: &CqlOptions) -> Result<()> {
    let Some(wanted) = &options.data_centre else { return Ok(()) };
    let state = session.get_cluster_state();
    let mut found: Vec<&str> = state.get_nodes_info().iter().filter_map(|node| node.datacenter.as_deref()).collect();
    found.sort_unstable();
    found.dedup();
    if found.contains(&wanted.as_str()) {
        return Ok(());
    }
    Err(StoreError::Other(format!("there is no data centre `{wanted}`, only {}", found.join(", "))))
}

fn tls(ca: &std::path::Path) -> Result<Arc<ClientConfig>> {
    let unusable = |error: &dyn fmt::Display| StoreError::Other(format!("ca: {}: {error}", ca.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|error| unusable(&error))? {
        let certificate = certificate.map_err(|error| unusable(&error))?;
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    if roots.is_empty() {
        return Err(unusable(&"it holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
