//! Prepared statements, and how each kind of request is sent. Never looks at what a statement says.
//!
//! Three profiles: `hot` for reads and plain writes, `lwt` for everything that runs through Paxos, `bulk` for maintenance.
//! The driver repeats reads, and asks a second time when one is slow; never a write, of which it would tell how the last
//! try ended whatever the first may have done. Plain writes are repeated by `plain`, which knows.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use scylla::client::execution_profile::{ExecutionProfile, ExecutionProfileHandle};
use scylla::client::session::Session;
use scylla::policies::load_balancing::{DefaultPolicy, LoadBalancingPolicy};
use scylla::policies::retry::{DefaultRetryPolicy, FallthroughRetryPolicy};
use scylla::policies::speculative_execution::PercentileSpeculativeExecutionPolicy;
use scylla::statement::batch::Batch;
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::{Consistency, SerialConsistency};

use super::CqlOptions;
use super::errors::not_prepared;
use crate::error::Result;
use crate::table::Read;

/// Distinct texts are bounded by tables, scan shapes and patches; beyond this all are prepared again.
const STATEMENTS_MAX: usize = 4_096;
/// The longest wait for a read or a plain write.
const HOT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest wait for a conditional write.
const LWT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait for a page of maintenance, or a change of the schema.
const BULK_TIMEOUT: Duration = Duration::from_secs(30);

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read(Read),
    Plain,
    Conditional,
    Bulk,
}

/// The statements of one session.
#[derive(Debug)]
pub(super) struct Statements {
    prepared: RwLock<HashMap<String, PreparedStatement>>,
    profiles: Profiles,
}

#[derive(Debug)]
pub(super) struct Profiles {
    hot: ExecutionProfileHandle,
    hot_writes: ExecutionProfileHandle,
    lwt: ExecutionProfileHandle,
    pub(super) bulk: ExecutionProfileHandle,
    quorum: Consistency,
    serial: Consistency,
}

impl Profiles {
    pub(super) fn new(options: &CqlOptions) -> Self {
        let (quorum, serial) = if options.global {
            (Consistency::Quorum, SerialConsistency::Serial)
        } else {
            (Consistency::LocalQuorum, SerialConsistency::LocalSerial)
        };
        let nodes = nodes(options.data_centre.as_deref());
        let profile = |timeout, consistency| {
            ExecutionProfile::builder()
                .consistency(consistency)
                .serial_consistency(Some(serial))
                .request_timeout(Some(timeout))
                .load_balancing_policy(Arc::clone(&nodes))
        };
        let again = PercentileSpeculativeExecutionPolicy { max_retry_count: 1, percentile: 99.0 };
        let hot_writes = profile(HOT_TIMEOUT, quorum).retry_policy(Arc::new(FallthroughRetryPolicy::new()));
        let hot = profile(HOT_TIMEOUT, quorum)
            .retry_policy(Arc::new(DefaultRetryPolicy::new()))
            .speculative_execution_policy(Some(Arc::new(again)));
        let lwt = profile(LWT_TIMEOUT, quorum).retry_policy(Arc::new(FallthroughRetryPolicy::new()));
        let bulk = profile(BULK_TIMEOUT, Consistency::LocalOne).retry_policy(Arc::new(DefaultRetryPolicy::new()));
        Self {
            hot_writes: hot_writes.build().into_handle_with_label("hot writes".into()),
            hot: hot.build().into_handle_with_label("hot".into()),
            lwt: lwt.build().into_handle_with_label("lwt".into()),
            bulk: bulk.build().into_handle_with_label("bulk".into()),
            quorum,
            serial: if options.global { Consistency::Serial } else { Consistency::LocalSerial },
        }
    }

    /// Which profile a request takes, what it asks of replicas, and whether doing it twice is doing it once.
    fn of(&self, kind: Kind) -> (&ExecutionProfileHandle, Option<Consistency>, bool) {
        match kind {
            Kind::Read(Read::Fast) => (&self.hot, Some(Consistency::LocalOne), true),
            Kind::Read(Read::Quorum) => (&self.hot, Some(self.quorum), true),
            Kind::Plain => (&self.hot_writes, Some(self.quorum), true),
            // Through Paxos too: a second asking at the same time would only get in its way.
            Kind::Read(Read::Serial) => (&self.lwt, Some(self.serial), true),
            Kind::Conditional => (&self.lwt, Some(self.quorum), false),
            Kind::Bulk => (&self.bulk, Some(self.quorum), true),
        }
    }
}

fn nodes(data_centre: Option<&str>) -> Arc<dyn LoadBalancingPolicy> {
    let policy = DefaultPolicy::builder().token_aware(true);
    match data_centre {
        Some(name) => policy.prefer_datacenter(name.to_owned()).permit_dc_failover(false).build(),
        None => policy.build(),
    }
}

impl Statements {
    pub(super) fn new(profiles: Profiles) -> Self {
        Self { prepared: RwLock::default(), profiles }
    }

    /// The statement of a text, ready to be sent.
    pub(super) async fn get(&self, session: &Session, text: &str, kind: Kind) -> Result<PreparedStatement> {
        let known = self.prepared.read().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        let mut statement = match known {
            Some(statement) => statement,
            None => self.prepare(session, text).await?,
        };
        let (profile, consistency, idempotent) = self.profiles.of(kind);
        statement.set_execution_profile_handle(Some(profile.clone()));
        statement.set_is_idempotent(idempotent);
        if let Some(consistency) = consistency {
            statement.set_consistency(consistency);
        }
        Ok(statement)
    }

    async fn prepare(&self, session: &Session, text: &str) -> Result<PreparedStatement> {
        let statement = session.prepare(text).await.map_err(|error| not_prepared(&error))?;
        let mut prepared = self.prepared.write().unwrap_or_else(PoisonError::into_inner);
        if prepared.len() >= STATEMENTS_MAX {
            prepared.clear();
        }
        prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    /// The same for several statements of one partition, sent as one.
    pub(super) fn batch(&self, statements: Vec<PreparedStatement>, kind: Kind) -> Batch {
        let mut batch = Batch::new(scylla::statement::batch::BatchType::Unlogged);
        for statement in statements {
            batch.append_statement(statement);
        }
        let (profile, consistency, idempotent) = self.profiles.of(kind);
        batch.set_execution_profile_handle(Some(profile.clone()));
        batch.set_is_idempotent(idempotent);
        if let Some(consistency) = consistency {
            batch.set_consistency(consistency);
        }
        batch
    }
}
