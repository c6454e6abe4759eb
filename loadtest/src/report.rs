//! Latencies and figures as people and programs read them.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies up to a minute, to three digits.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

const HIGHEST_NS: u64 = 60_000_000_000;
const LOWEST_NS: u64 = 1_000;

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, 3).expect("invariant: the bounds are right"))
    }
}

/// Percentiles. **Units**: milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half are faster.
    pub p50: f64,
    /// 99 of 100 are faster.
    pub p99: f64,
    /// 999 of 1,000 are faster.
    pub p999: f64,
    /// The slowest.
    pub max: f64,
}

impl Latencies {
    /// Counts one. **Units**: nanoseconds; more than a minute counts as a minute.
    pub fn record(&mut self, ns: u64) {
        self.0.saturating_record(ns);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The usual percentiles.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        let at = |quantile| ms(self.0.value_at_quantile(quantile));
        Percentiles { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: ms(self.0.max()) }
    }
}

/// **Units**: nanoseconds in, milliseconds rounded to microseconds out.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "microseconds of a run are far below 2^52")]
pub fn ms(ns: u64) -> f64 {
    (ns / 1_000) as f64 / 1_000.0
}

/// The lowest and highest of several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// Of all runs.
    pub min: f64,
    /// The middle one.
    pub median: f64,
    /// Of all runs.
    pub max: f64,
}

impl Range {
    /// Over at least one value.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        Self { min: at(0), median: at(values.len() / 2), max: at(values.len().saturating_sub(1)) }
    }
}

/// Whether at least this share of what was offered was done; without anything offered nothing was measured.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
pub fn share_finding(what: &str, done: u64, offered: u64, share_min: f64) -> Option<String> {
    if offered == 0 || done == 0 {
        return Some(format!("nothing was {what} of {offered}: nothing was measured"));
    }
    let is_short = (done as f64) < offered as f64 * share_min;
    is_short.then(|| format!("{done} of {offered} {what}, less than {share_min} of them"))
}

/// Whether a figure is above its bound, or is none at all.
#[must_use]
pub fn above(what: &str, ms: f64, ms_max: Option<f64>) -> Option<String> {
    let most = ms_max?;
    // Not a number is not below it either.
    (!ms.is_finite() || ms > most).then(|| format!("{what} is {ms} ms, above {most} ms"))
}

/// What a scenario says at its end: its figures, and every reason for which it fails.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Its name.
    pub scenario: &'static str,
    /// Empty: passed.
    pub findings: Vec<String>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: serde_json::Value,
}

#[cfg(test)]
mod tests;
