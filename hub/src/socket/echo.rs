//! A protocol that says everything back: for conformance suites and latency checks, only where measuring is enabled.

use std::sync::Arc;

use super::conn::Conn;
use super::frame::Frame;
use super::{Closing, FrameLimits, Protocol};

/// Bytes that may wait for a peer of the echo, so that the largest message fits.
pub(super) const QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Conformance suites send messages of 16 MiB in tiny fragments.
pub(super) const LIMITS: FrameLimits =
    FrameLimits { message_bytes_max: 16 * 1024 * 1024, fragments_max: 1 << 20, message_ms_max: 60_000 };

pub(super) struct Echo(pub(super) Arc<Conn>);

impl Protocol for Echo {
    async fn on_text(&mut self, text: &str) -> Result<(), Closing> {
        self.0.request_slot().await;
        self.0.lane().reply_frame(self.0.id(), Frame::text(text));
        Ok(())
    }

    async fn on_binary(&mut self, data: &[u8]) -> Result<(), Closing> {
        self.0.request_slot().await;
        self.0.lane().reply_frame(self.0.id(), Frame::binary(data));
        Ok(())
    }

    fn is_authenticated(&self) -> bool {
        true
    }

    fn on_closed(&mut self) {}
}
