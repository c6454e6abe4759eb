//! Which tokens may be ones whose revocation was forgotten: those that ended in certain stretches of time. Pure.

use storage::ids::Millis;

/// Stretches remembered; at the limit the first two become one, with what lies between.
const STRETCHES_MAX: usize = 8;

/// Stretches of time: a token whose end lies in one must be refreshed.
#[derive(Debug, Default)]
pub(super) struct Forgotten(Vec<Stretch>);

#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Not in it.
    from: Millis,
    /// In it.
    to: Millis,
}

impl Forgotten {
    /// Whether a token that ends then may be a revoked one.
    pub(super) fn covers(&self, end: Millis) -> bool {
        self.0.iter().any(|stretch| stretch.from < end && end <= stretch.to)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more; those that touch become one.
    pub(super) fn add(&mut self, from: Millis, to: Millis) {
        self.0.push(Stretch { from, to });
        self.0.sort_unstable_by_key(|stretch| stretch.from);
        let mut merged: Vec<Stretch> = Vec::with_capacity(self.0.len());
        for stretch in self.0.drain(..) {
            match merged.last_mut() {
                Some(last) if stretch.from <= last.to => last.to = last.to.max(stretch.to),
                _ => merged.push(stretch),
            }
        }
        self.0 = merged;
        self.bound();
    }

    fn bound(&mut self) {
        while self.0.len() > STRETCHES_MAX {
            let first = self.0.remove(0);
            if let Some(second) = self.0.first_mut() {
                second.from = first.from;
            }
        }
    }

    /// Without those in which every token has ended.
    pub(super) fn prune(&mut self, now: Millis) {
        self.0.retain(|stretch| stretch.to > now);
    }
}
