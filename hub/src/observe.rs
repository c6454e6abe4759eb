//! What an operator sees: the log, trace ids and the metrics.
//!
//! Owns the one list of metrics and the process-wide recorder. Never decides anything, and never sees a secret.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// How much is logged when `RUST_LOG` does not say.
const LOG_DEFAULT: &str = "info,scylla=off";

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution, by these upper bounds.
    Histogram(&'static [f64]),
}

/// One metric of `/metrics`.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name; the unit is its last word, `_total` ends counters.
    pub name: &'static str,
    /// How it behaves.
    pub kind: MetricKind,
    /// Its label, none for most.
    pub label: Option<&'static str>,
    /// What it counts.
    pub help: &'static str,
}

const SECONDS: &[f64] = &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
const OPERATIONS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

const fn counter(name: &'static str, label: Option<&'static str>, help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Counter, label, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Gauge, label: None, help }
}

const fn histogram(name: &'static str, buckets: &'static [f64], help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Histogram(buckets), label: None, help }
}

/// Every metric there is. README shows this table; a test finds a name in the code that is missing here.
pub const METRICS: &[Metric] = &[
    gauge("socket_connections", "open sockets"),
    gauge("socket_queue_bytes", "bytes waiting for slow sockets"),
    gauge("socket_blocked", "sockets that do not take bytes at present"),
    counter("socket_handshakes_total", Some("result"), "upgrade requests by how they ended"),
    counter("socket_closes_total", Some("code"), "closed sockets by close code"),
    counter("socket_deliveries_total", None, "frames handed to a socket"),
    counter("socket_sheds_total", Some("class"), "events dropped for receivers that were behind, by class"),
    counter("requests_total", Some("op"), "operations that were understood, by name"),
    counter("refusals_total", Some("code"), "operations that were refused, by code"),
    counter("rest_requests_total", Some("route"), "REST requests, by route"),
    counter(
        "showcase_answers_total",
        Some("from"),
        "answers of the showcase, by where they came from: memory or store",
    ),
    histogram("rest_seconds", SECONDS, "from a REST request to its answer"),
    counter("rooms_lost_total", None, "rooms put away because they or a job of theirs panicked"),
    histogram("append_seconds", SECONDS, "from a room's append to its durable answer"),
    histogram("store_commit_seconds", SECONDS, "one commit of the store, fsync included"),
    histogram("store_commit_operations", OPERATIONS, "operations in one commit"),
    gauge("store_queue_operations", "operations waiting for the store's writer"),
    gauge("store_wal_bytes", "size of the write-ahead log"),
    counter("store_full_total", None, "writes refused because there was no space"),
    counter(
        "store_unknown_total",
        None,
        "conditional writes on a CQL server whose answer was lost; each is settled by asking again",
    ),
];

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts the log on stderr. A second call in one process changes nothing: the first one stands.
///
/// `RUST_LOG` says how much; the driver of the CQL store is silent by default, what fails there is told where it matters.
pub fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new(LOG_DEFAULT));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
}

/// Ties what a client was told to what the log says: every request and connection carries one.
///
/// **Shape**: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u64);

impl TraceId {
    /// A new one.
    pub fn random(rng: &mut impl rand::Rng) -> Self {
        Self(rng.next_u64())
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The process's metrics; the hubs of one process share them.
#[derive(Debug, Clone)]
pub struct Metrics(PrometheusHandle);

static SHARED: OnceLock<Option<Metrics>> = OnceLock::new();

impl Metrics {
    /// Starts collecting, once a process. None when another recorder was installed before ours.
    #[must_use]
    pub fn shared() -> Option<Self> {
        SHARED.get_or_init(Self::install).clone()
    }

    fn install() -> Option<Self> {
        let builder = METRICS.iter().try_fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
            MetricKind::Histogram(buckets) => {
                builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)
            }
            MetricKind::Counter | MetricKind::Gauge => Ok(builder),
        });
        let handle = builder.expect("invariant: no bucket list is empty").install_recorder().ok()?;
        METRICS.iter().for_each(Metric::announce);
        Some(Self(handle))
    }

    /// The text of `/metrics`. **Shape**: Prometheus exposition format 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }

    /// Makes room in the collected distributions; call it every few seconds when nobody may be reading.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

impl Metric {
    /// Describes it and shows it as zero before it is first used (labelled ones appear with their first label).
    fn announce(&self) {
        match self.kind {
            MetricKind::Counter => metrics::describe_counter!(self.name, self.help),
            MetricKind::Gauge => metrics::describe_gauge!(self.name, self.help),
            MetricKind::Histogram(_) => metrics::describe_histogram!(self.name, self.help),
        }
        match (self.kind, self.label) {
            (MetricKind::Counter, None) => metrics::counter!(self.name).increment(0),
            (MetricKind::Gauge, None) => metrics::gauge!(self.name).increment(0.0),
            (MetricKind::Histogram(_), None) => drop(metrics::histogram!(self.name)),
            (_, Some(_)) => {}
        }
    }
}
