//! What the store itself measures: its commit times, taken from the metrics it records.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit, set_global_recorder,
};

use crate::report::Latencies;

/// Collects `store_commit_seconds`. A mutex since the store's writer records and the scenario reads, once a phase.
#[derive(Debug, Clone, Default)]
pub struct Commits(Arc<Mutex<Latencies>>);

impl Commits {
    /// Makes it the process's recorder.
    ///
    /// # Errors
    /// There is one already.
    pub fn install() -> anyhow::Result<Self> {
        let commits = Self::default();
        set_global_recorder(commits.clone()).map_err(|_other| anyhow::anyhow!("another recorder is installed"))?;
        Ok(commits)
    }

    /// What was collected since the last time.
    #[must_use]
    pub fn take(&self) -> Latencies {
        std::mem::take(&mut *self.latencies())
    }

    fn latencies(&self) -> MutexGuard<'_, Latencies> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HistogramFn for Commits {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    fn record(&self, seconds: f64) {
        self.latencies().record((seconds * 1e9) as u64);
    }
}

impl Recorder for Commits {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        if key.name() == "store_commit_seconds" {
            Histogram::from_arc(Arc::new(self.clone()))
        } else {
            Histogram::noop()
        }
    }
}
