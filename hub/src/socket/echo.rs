//! A protocol that says everything back: for conformance suites and latency checks, only where measuring is enabled.

use std::sync::Arc;
use std::time::Duration;

use super::conn::{Conn, Weight};
use super::frame::Frame;
use super::{Closing, FrameLimits, Protocol};

/// Conformance suites send messages of 16 MiB in tiny fragments.
pub(super) const LIMITS: FrameLimits = FrameLimits {
    message_bytes_max: 16 * 1024 * 1024,
    fragments_max: 1 << 20,
    message_time_max: Duration::from_secs(60),
};

/// Of the largest messages only two wait for their reader.
const fn weight(bytes: usize) -> Weight {
    if bytes > 64 * 1024 { Weight::Heavy } else { Weight::Light }
}

pub(super) struct Echo(pub(super) Arc<Conn>);

impl Protocol for Echo {
    async fn on_text(&mut self, text: &str) -> Result<(), Closing> {
        let weight = weight(text.len());
        self.0.request_slot(weight).await;
        self.0.lane().reply_frame(self.0.id(), Frame::text(text), weight);
        Ok(())
    }

    async fn on_binary(&mut self, data: &[u8]) -> Result<(), Closing> {
        let weight = weight(data.len());
        self.0.request_slot(weight).await;
        self.0.lane().reply_frame(self.0.id(), Frame::binary(data), weight);
        Ok(())
    }

    fn is_authenticated(&self) -> bool {
        true
    }

    fn on_closed(&mut self) {}
}
