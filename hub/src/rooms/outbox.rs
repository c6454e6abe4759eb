//! What follows from a step of the fair, at the sockets of this hub: tells those who are connected, and delivers what a
//! crash left. Who is not connected here finds it in the store.

use std::sync::Arc;

use fair::flow::{OUTBOX, Told};

use super::Ways;
use super::due::Timer;
use super::person::{PersonRoom, PersonTold};
use crate::ground::Ground;
use crate::registry::Registry;
use crate::wire;

/// What comes due here.
pub(super) const TIMERS: [Timer; 1] = [Timer {
    kind: OUTBOX,
    act: |ground, _ways, claimed| Box::pin(async move { Ok(ground.flows().sweep(&claimed).await.map(|_swept| ())?) }),
}];

/// From now on the fair tells through these ways.
pub fn connect(ground: &Ground, ways: &Ways, registry: &Arc<Registry>) {
    let (ways, registry, showcase) = (ways.clone(), Arc::clone(registry), ground.showcase().clone());
    ground.flows().tell_by(move |told| {
        showcase.hear(&told);
        tell(&ways, &registry, &told);
    });
}

fn tell(ways: &Ways, registry: &Registry, Told { event, body, users }: &Told) {
    let mut online = users.iter().filter(|user| registry.is_online(**user)).peekable();
    if online.peek().is_none() {
        return;
    }
    let event = wire::event(event, None, None, body);
    for user in online {
        ways.tell::<PersonRoom>(*user, PersonTold::Event(event.clone()));
    }
}
