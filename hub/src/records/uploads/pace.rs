//! A body that must come at some pace: who sends nothing for long, or drips, is given up. What waits is counted only while
//! the client is waited for, not while we write.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::BodyDataStream;
use axum::extract::Request;
use axum::http::header;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use storage::{Clock, Tick};
use tokio::time::Sleep;

use crate::code::Code;
use crate::wire::Failure;

/// Without a byte.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// On average, once the first minute is over. **Units**: bytes a second.
const RATE_MIN: u64 = 64 * 1024;
const GRACE_MS: i64 = 60_000;
/// Of a refused body so much is read, for so long: who sends it all before listening is to hear why.
const DRAIN_BYTES_MAX: u64 = 8 << 20;
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// How long a body of such a length may take. **Units**: bytes.
pub(super) fn longest(bytes: u64) -> Duration {
    Duration::from_millis(GRACE_MS.unsigned_abs()) + Duration::from_secs(bytes / RATE_MIN)
}

/// See the module.
pub(super) struct Paced {
    body: BodyDataStream,
    clock: Clock,
    bytes: u64,
    waited_ms: i64,
    /// Since when the client is waited for.
    since: Option<Tick>,
    idle: Option<Pin<Box<Sleep>>>,
    /// The client sends nothing before it is told to.
    expects: bool,
}

impl Paced {
    pub(super) fn new(request: Request, clock: Clock) -> Self {
        let expects = request.headers().contains_key(header::EXPECT);
        let body = request.into_body().into_data_stream();
        Self { body, clock, bytes: 0, waited_ms: 0, since: None, idle: None, expects }
    }

    /// Reads some more of what is refused, and throws it away.
    pub(super) async fn drain(mut self) {
        if self.expects && self.bytes == 0 {
            return;
        }
        let from = self.bytes;
        let draining = async {
            while let Some(Ok(_)) = self.next().await {
                if self.bytes - from > DRAIN_BYTES_MAX {
                    break;
                }
            }
        };
        // Whether it came to its end or not makes no difference.
        drop(tokio::time::timeout(DRAIN_MAX, draining).await);
    }

    fn came(&mut self) {
        self.idle = None;
        if let Some(since) = self.since.take() {
            self.waited_ms = self.waited_ms.saturating_add(self.clock.tick().since_ms(since));
        }
    }

    fn is_dripping(&self) -> bool {
        is_dripping(self.waited_ms, self.bytes)
    }
}

fn is_dripping(waited_ms: i64, bytes: u64) -> bool {
    let owed = waited_ms.saturating_sub(GRACE_MS).max(0).unsigned_abs().saturating_mul(RATE_MIN) / 1_000;
    bytes < owed
}

fn too_slow() -> Failure {
    Failure::new(Code::TooSlow, "the body comes too slowly")
}

impl Stream for Paced {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.body.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                self.came();
                self.bytes += piece.len() as u64;
                let piece = if self.is_dripping() { Err(too_slow()) } else { Ok(piece) };
                Poll::Ready(Some(piece))
            }
            Poll::Ready(Some(Err(_cut_off))) => {
                Poll::Ready(Some(Err(Failure::new(Code::BadRequest, "the body ends early"))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                let now = self.clock.tick();
                self.since.get_or_insert(now);
                let idle = self.idle.get_or_insert_with(|| Box::pin(tokio::time::sleep(IDLE_MAX)));
                idle.as_mut().poll(cx).map(|()| Some(Err(too_slow())))
            }
        }
    }
}

#[cfg(test)]
mod tests;
