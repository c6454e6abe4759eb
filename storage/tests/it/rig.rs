//! A store of each backend, fresh for each test.

use std::io::Write as _;
use std::path::Path;

use scylla::client::session_builder::SessionBuilder;
use secrecy::ExposeSecret as _;
use storage::cql::Replication;
use storage::ids::Millis;
use storage::{Clock, CqlOptions, Entropy, Faults, Faulty, Spec, SqliteOptions, Store, Table as _};

use crate::tables::{Blobs, Claims, Counters, Lines, Marks, Passing, Posts, Things, Totals, Words};

pub(crate) const SPECS: &[&Spec] = &[
    Things::SPEC,
    Words::SPEC,
    Marks::SPEC,
    Totals::SPEC,
    Blobs::SPEC,
    Lines::SPEC,
    Posts::SPEC,
    Counters::SPEC,
    Passing::SPEC,
    Claims::SPEC,
];

/// Two handles of one store, as two hubs would hold them.
pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) other: Store,
    pub(crate) clock: Clock,
    _folder: Option<tempfile::TempDir>,
    keyspace: Option<CqlOptions>,
}

impl Rig {
    /// Leaves nothing behind.
    pub(crate) async fn end(self) {
        if let Some(keyspace) = &self.keyspace {
            remove(keyspace).await;
        }
    }
}

pub(crate) fn open(path: &Path, clock: &Clock, options: &SqliteOptions) -> Store {
    Store::sqlite(path, SPECS, clock.clone(), options).unwrap()
}

/// Two openings of one file.
pub(crate) async fn sqlite() -> Option<Rig> {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Millis(1_000_000));
    let [store, other] = [0, 1].map(|_| open(&folder.path().join("fairhub.db"), &clock, &SqliteOptions::default()));
    Some(Rig { store, other, clock, _folder: Some(folder), keyspace: None })
}

pub(crate) async fn model() -> Option<Rig> {
    let clock = Clock::manual(Millis(1_000_000));
    let store = Store::model(clock.clone());
    Some(Rig { other: store.clone(), store, clock, _folder: None, keyspace: None })
}

/// A fault wrapper that finds no faults.
pub(crate) async fn faulty() -> Option<Rig> {
    let clock = Clock::manual(Millis(1_000_000));
    let store = Store::Faulty(Faulty::new(Store::model(clock.clone()), 1, Faults::default()));
    Some(Rig { other: store.clone(), store, clock, _folder: None, keyspace: None })
}

/// Says, even of a test that passes, what was not tested.
#[expect(clippy::explicit_write, reason = "a passing test's own output is not shown")]
pub(crate) fn skipped(why: &str) {
    writeln!(std::io::stderr(), "SKIPPED: {why}").unwrap();
}

/// The address of a keyspace of its own on the server that `SCYLLA_URI` names (`host:port`); none, loudly, without.
pub(crate) async fn keyspace() -> Option<CqlOptions> {
    let Some(server) = std::env::var_os("SCYLLA_URI") else {
        skipped("SCYLLA_URI names no server, so nothing was tested on CQL");
        return None;
    };
    let name = format!("fairhub_test_{:016x}", Entropy::system().draw());
    let mut options = CqlOptions::parse(&format!("scylla://{}/{name}", server.to_str().unwrap())).unwrap();
    options.replication = Replication::Everywhere(1);
    Some(options)
}

/// Two sessions on one keyspace.
pub(crate) async fn cql() -> Option<Rig> {
    let options = keyspace().await?;
    Store::init_cql(&options, SPECS).await.unwrap();
    let clock = Clock::manual(Millis(1_000_000));
    let store = Store::cql(&options, SPECS, clock.clone()).await.unwrap();
    let other = Store::cql(&options, SPECS, clock.clone()).await.unwrap();
    Some(Rig { store, other, clock, _folder: None, keyspace: Some(options) })
}

/// Removes a test's keyspace: a small server holds no hundred of them.
pub(crate) async fn remove(options: &CqlOptions) {
    let mut session = SessionBuilder::new().known_nodes(&options.hosts);
    if let (Some(user), Some(password)) = (&options.user, &options.password) {
        session = session.user(user, password.expose_secret());
    }
    let session = session.build().await.unwrap();
    let gone = format!("DROP KEYSPACE IF EXISTS {}", options.keyspace);
    session.query_unpaged(gone, ()).await.unwrap();
}
