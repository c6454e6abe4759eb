//! What a lane tells the metrics, once a second. It decides nothing.

use metrics::{Counter, Gauge, counter, gauge};

use crate::socket::Class;
use crate::socket::outbox::Ledger;

/// One lane's meters. The gauges are shared by all lanes, so each adds what changed on its side.
pub(super) struct Meters {
    connections: Share,
    blocked: Share,
    queue_bytes: Share,
    deliveries: Counter,
    shed_counters: Counter,
    shed_presence: Counter,
    shed_comments: Counter,
}

/// One lane's part of a gauge.
struct Share {
    gauge: Gauge,
    published: usize,
}

impl Share {
    const fn new(gauge: Gauge) -> Self {
        Self { gauge, published: 0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges are floats; exact up to 2^53")]
    fn set(&mut self, now: usize) {
        self.gauge.increment(now as f64 - self.published as f64);
        self.published = now;
    }
}

impl Meters {
    pub(super) fn new() -> Self {
        Self {
            connections: Share::new(gauge!("socket_connections")),
            blocked: Share::new(gauge!("socket_blocked")),
            queue_bytes: Share::new(gauge!("socket_queue_bytes")),
            deliveries: counter!("socket_deliveries_total"),
            shed_counters: counter!("socket_sheds_total", "class" => Class::Counter.text()),
            shed_presence: counter!("socket_sheds_total", "class" => Class::Presence.text()),
            shed_comments: counter!("socket_sheds_total", "class" => Class::Comment.text()),
        }
    }

    /// Publishes, and sets the counts of the ledger back to zero.
    pub(super) fn publish(&mut self, ledger: &mut Ledger, deliveries: u64, connections: usize, blocked: usize) {
        self.connections.set(connections);
        self.blocked.set(blocked);
        self.queue_bytes.set(ledger.queue_bytes);
        self.deliveries.increment(deliveries);
        self.shed_counters.increment(std::mem::take(&mut ledger.shed_counters));
        self.shed_presence.increment(std::mem::take(&mut ledger.shed_presence));
        self.shed_comments.increment(std::mem::take(&mut ledger.shed_comments));
    }

    /// A socket's closing began, for the reason named by `code`.
    pub(super) fn closed(code: &'static str) {
        counter!("socket_closes_total", "code" => code).increment(1);
    }
}
