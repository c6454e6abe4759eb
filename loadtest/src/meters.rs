//! What a negotiation load counts while it runs: latencies of messages meant to be sent while measuring, and refusals.

use std::collections::BTreeMap;

use crate::report::Latencies;

/// The counts of all participants together.
#[derive(Debug, Default)]
pub struct Meters {
    /// From when on messages are measured. **Units**: nanoseconds of the run's clock.
    from_ns: u64,
    until_ns: u64,
    /// From the intended send time to the acknowledgement.
    pub send_to_ack: Latencies,
    /// From the intended send time to the other side's receipt.
    pub send_to_receive: Latencies,
    /// Acknowledgements in all.
    pub acked: u64,
    /// Acknowledgements that came while measuring.
    pub acked_measured: u64,
    /// Refusals, by code.
    pub refusals: BTreeMap<String, u64>,
}

impl Meters {
    /// Measures messages intended in this window. **Units**: nanoseconds of the run's clock.
    #[must_use]
    pub fn measuring(from_ns: u64, until_ns: u64) -> Self {
        Self { from_ns, until_ns, ..Self::default() }
    }

    const fn is_measured(&self, at_ns: u64) -> bool {
        self.from_ns <= at_ns && at_ns < self.until_ns
    }

    /// A message was acknowledged.
    pub fn acked(&mut self, intended_ns: u64, now_ns: u64) {
        self.acked += 1;
        self.acked_measured += u64::from(self.is_measured(now_ns));
        if self.is_measured(intended_ns) {
            self.send_to_ack.record(now_ns.saturating_sub(intended_ns));
        }
    }

    /// A message reached the other side.
    pub fn received(&mut self, intended_ns: u64, now_ns: u64) {
        if self.is_measured(intended_ns) {
            self.send_to_receive.record(now_ns.saturating_sub(intended_ns));
        }
    }

    /// Something was refused.
    pub fn refused(&mut self, code: &str) {
        *self.refusals.entry(code.to_owned()).or_default() += 1;
    }
}
