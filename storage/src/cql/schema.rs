//! The keyspace and its tables: made, checked and migrated here and nowhere else. Never reads or changes their rows.
//!
//! ScyllaDB and Cassandra differ in their options, never in columns: [`Dialect`] holds all of that.

use scylla::client::session::Session;
use scylla::errors::ExecutionError;
use scylla::statement::Statement;
use scylla::value::{CqlValue, Row};

use super::errors::{Asked, failed};
use super::options::Replication;
use super::statements::Profiles;
use super::texts::Texts;
use crate::entropy::Entropy;
use crate::error::{Result, StoreError};
use crate::names::{list, names};
use crate::table::{ColumnSpec, Kind, Spec, Writes};

/// Whoever changes the schema holds it this long at most; another waits or gives up. **Units**: seconds.
const LOCK_TTL_S: u32 = 60;
/// Tries for the lock, a second apart.
const LOCK_TRIES_MAX: u32 = 90;
/// A table whose rows expire is kept in so many pieces of time, each dropped whole.
const TTL_WINDOWS: u64 = 30;

/// Whose CQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Scylla,
    Cassandra,
}

/// How far a keyspace is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Making {
    /// It is being made itself, where it is missing.
    Keyspace,
    /// Another program is changing its tables: that one comes first.
    Waiting,
    /// One of the tables that are missing or older.
    Table {
        /// Its name.
        name: &'static str,
        /// Which of them it is, counted from 1.
        number: usize,
        /// How many they are.
        of: usize,
    },
}

/// One keyspace's schema on one session.
pub(super) struct Schema<'s> {
    pub(super) session: &'s Session,
    pub(super) profiles: &'s Profiles,
    pub(super) keyspace: &'s str,
}

impl Schema<'_> {
    /// Makes the keyspace where it is missing.
    pub(super) async fn create_keyspace(&self, replication: &Replication) -> Result<()> {
        let copies = match replication {
            Replication::Everywhere(copies) => format!("'replication_factor': {copies}"),
            Replication::Named(named) => {
                let named: Vec<String> = named.iter().map(|(name, copies)| format!("'{name}': {copies}")).collect();
                named.join(", ")
            }
        };
        let tablets = match self.dialect().await? {
            Dialect::Scylla => " AND tablets = {'enabled': true}",
            Dialect::Cassandra => "",
        };
        let text = format!(
            "CREATE KEYSPACE IF NOT EXISTS \"{}\" WITH replication = {{'class': 'NetworkTopologyStrategy', {copies}}}{tablets}",
            self.keyspace
        );
        self.run(&text).await.map(|_rows| ())
    }

    /// Makes missing tables and migrates older ones.
    pub(super) async fn bring_up(
        &self,
        specs: &[&'static Spec],
        watch: &mut (impl FnMut(Making) + Send),
    ) -> Result<()> {
        let keyspace =
            format!("SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = '{}'", self.keyspace);
        if self.run(&keyspace).await?.is_empty() {
            let missing = format!("there is no keyspace `{}`: `hub admin init-store` makes it", self.keyspace);
            return Err(StoreError::Other(missing));
        }
        if self.missing_table("_tables").await? {
            let versions = "(name text PRIMARY KEY, version bigint, holder bigint)";
            self.run(&format!("CREATE TABLE IF NOT EXISTS {} {versions}", self.versions())).await?;
        }
        if self.behind(specs).await?.is_empty() {
            return Ok(());
        }
        let holder = self.lock(watch).await?;
        let migrated = self.migrate(specs, watch).await;
        self.unlock(holder).await?;
        migrated
    }

    async fn migrate(&self, specs: &[&'static Spec], watch: &mut (impl FnMut(Making) + Send)) -> Result<()> {
        let dialect = self.dialect().await?;
        let behind = self.behind(specs).await?;
        let of = behind.len();
        for (number, (spec, found)) in (1..).zip(behind) {
            watch(Making::Table { name: spec.name, number, of });
            if found.is_none() {
                self.run(&create(self.keyspace, spec, dialect)).await?;
            }
            for column in spec.columns.iter().filter(|column| found.is_some_and(|found| column.since > found)) {
                self.add_column(spec, column).await?;
            }
            let set =
                format!("INSERT INTO {} (name, version) VALUES ('{}', {})", self.versions(), spec.name, spec.version);
            self.run(&set).await?;
        }
        Ok(())
    }

    /// The tables that are missing or older, and their versions.
    async fn behind(&self, specs: &[&'static Spec]) -> Result<Vec<(&'static Spec, Option<u16>)>> {
        let rows = self.run(&format!("SELECT name, version FROM {}", self.versions())).await?;
        let mut behind = Vec::new();
        for spec in specs {
            let version = rows.iter().find_map(|row| match row.columns.as_slice() {
                [Some(CqlValue::Text(name)), Some(CqlValue::BigInt(version))] if name == spec.name => {
                    Some(u16::try_from(*version).unwrap_or(u16::MAX))
                }
                _ => None,
            });
            match version {
                Some(found) if found > spec.version => {
                    return Err(StoreError::Newer { table: spec.name.into(), found, known: spec.version });
                }
                Some(found) if found == spec.version => {}
                version => behind.push((*spec, version)),
            }
        }
        Ok(behind)
    }

    /// A migration that died half way has added some columns already.
    async fn add_column(&self, spec: &'static Spec, column: &ColumnSpec) -> Result<()> {
        let known = format!(
            "SELECT column_name FROM system_schema.columns WHERE keyspace_name = '{}' AND table_name = '{}' \
             AND column_name = '{}'",
            self.keyspace, spec.name, column.name
        );
        if self.run(&known).await?.is_empty() {
            let table = Texts { keyspace: self.keyspace, spec }.table();
            self.run(&format!("ALTER TABLE {table} ADD {}", definition(column))).await?;
        }
        Ok(())
    }

    /// One at a time: concurrent changes of a schema can leave nodes disagreeing.
    async fn lock(&self, watch: &mut (impl FnMut(Making) + Send)) -> Result<i64> {
        let holder = (Entropy::system().draw() >> 1).cast_signed();
        let take = format!(
            "INSERT INTO {} (name, holder) VALUES ('_lock', {holder}) IF NOT EXISTS USING TTL {LOCK_TTL_S}",
            self.versions()
        );
        for _ in 0..LOCK_TRIES_MAX {
            if matches!(self.run(&take).await?.first(), Some(row) if applied(row)) {
                return Ok(holder);
            }
            watch(Making::Waiting);
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        Err(StoreError::Other("another program is changing the store's tables".into()))
    }

    async fn unlock(&self, holder: i64) -> Result<()> {
        let free = format!("DELETE FROM {} WHERE name = '_lock' IF holder = {holder}", self.versions());
        self.run(&free).await.map(|_rows| ())
    }

    async fn missing_table(&self, name: &str) -> Result<bool> {
        let keyspace = self.keyspace;
        self.missing("tables", &format!("keyspace_name = '{keyspace}' AND table_name = '{name}'")).await
    }

    async fn missing(&self, what: &str, condition: &str) -> Result<bool> {
        let text = format!("SELECT table_name FROM system_schema.{what} WHERE {condition}");
        Ok(self.run(&text).await?.is_empty())
    }

    async fn dialect(&self) -> Result<Dialect> {
        let only_scylla = "keyspace_name = 'system_schema' AND table_name = 'scylla_tables'";
        let cassandra = self.missing("tables", only_scylla).await?;
        Ok(if cassandra { Dialect::Cassandra } else { Dialect::Scylla })
    }

    fn versions(&self) -> String {
        format!("\"{}\".\"_tables\"", self.keyspace)
    }

    /// Names in these texts are declared ones or were checked when the address was read; nothing a client sent.
    async fn run(&self, text: &str) -> Result<Vec<Row>> {
        let mut statement = Statement::new(text);
        statement.set_execution_profile_handle(Some(self.profiles.bulk.clone()));
        let told = |error: ExecutionError| {
            let known = failed(Asked::Read, &error);
            let said = StoreError::Other(format!("the store did not carry out `{text}`: {error}"));
            if known == StoreError::Unavailable { said } else { known }
        };
        let result = self.session.query_unpaged(statement, ()).await.map_err(told)?;
        let Ok(rows) = result.into_rows_result() else { return Ok(Vec::new()) };
        let corrupt = |error: &dyn std::error::Error| StoreError::Corrupt(error.to_string());
        let rows = rows.rows::<Row>().map_err(|error| corrupt(&error))?;
        rows.collect::<Result<_, _>>().map_err(|error| corrupt(&error))
    }
}

fn applied(row: &Row) -> bool {
    matches!(row.columns.first(), Some(Some(CqlValue::Boolean(true))))
}

/// The statement that makes a new table.
fn create(keyspace: &str, spec: &'static Spec, dialect: Dialect) -> String {
    let texts = Texts { keyspace, spec };
    let columns = [spec.partition, spec.clustering, spec.columns].concat();
    let mut lines: Vec<String> = columns.iter().map(definition).collect();
    if spec.writes == Writes::Guarded && spec.op.is_none() {
        lines.push("\"_op\" blob".into());
    }
    if spec.ttl.is_some() {
        lines.push("\"_expires\" bigint".into());
    }
    let clustering: Vec<String> = names(spec.clustering).iter().map(|name| format!(", \"{name}\"")).collect();
    lines.push(format!("PRIMARY KEY (({}){})", list(&names(spec.partition)), clustering.concat()));
    format!(
        "CREATE TABLE IF NOT EXISTS {} ({}) WITH compaction = {} AND default_time_to_live = {}",
        texts.table(),
        lines.join(", "),
        compaction(spec, dialect),
        texts.server_ttl_s()
    )
}

fn compaction(spec: &Spec, dialect: Dialect) -> String {
    match (spec.ttl, spec.writes, dialect) {
        // Written once and forgotten: whole files vanish.
        (Some(ttl), Writes::Plain, _) => {
            let hours = (ttl.as_secs() / 3_600).div_ceil(TTL_WINDOWS).max(1);
            format!(
                "{{'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'HOURS', \
                 'compaction_window_size': {hours}}}"
            )
        }
        (_, _, Dialect::Scylla) => "{'class': 'IncrementalCompactionStrategy'}".into(),
        (_, _, Dialect::Cassandra) => "{'class': 'UnifiedCompactionStrategy'}".into(),
    }
}

fn definition(column: &ColumnSpec) -> String {
    let kind = match column.kind {
        Kind::Int => "bigint",
        Kind::Text => "text",
        Kind::Blob => "blob",
    };
    format!("\"{}\" {kind}", column.name)
}
