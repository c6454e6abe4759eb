//! Notes of steps: one deadline for many, none lost, none left.

use super::*;
use crate::due::{Claimed, LEASE_MS, Swept as Found};
use crate::flow::outbox::{Cause, Outbox};
use crate::table::{OutboxKey, OutboxPart};

fn cause(version: i64) -> Cause {
    Cause { kind: "exhibitor_application", id: RecordId(7), version, op_id: 9 }
}

struct Fixture {
    store: Store,
    clock: Clock,
    outbox: Outbox,
}

fn fixture() -> Fixture {
    let clock = Clock::starting_at(START);
    let store = Store::model(clock.clone());
    let outbox = Outbox::new(over(&store, &clock));
    Fixture { store, clock, outbox }
}

impl Fixture {
    async fn notes(&self) -> Vec<OutboxKey> {
        let mut notes = Vec::new();
        for part in self.store.partitions::<OutboxRows>(None, 1_000).await.unwrap() {
            let rows = self.store.scan::<OutboxRows>(part, Scan::first(1_000), Read::Serial).await.unwrap();
            notes.extend(rows.into_iter().map(|(key, _)| key));
        }
        notes
    }

    /// What whoever sweeps finds behind the lease.
    async fn found(&self) -> Vec<Claimed> {
        tokio::time::advance(Duration::from_millis(LEASE_MS.cast_unsigned() * 3)).await;
        let Found { claimed, .. } = Due::new(self.store.clone(), self.clock.clone()).sweeps().step().await.unwrap();
        claimed
    }
}

#[tokio::test(start_paused = true)]
async fn steps_at_one_time_share_a_deadline_and_leave_nothing() {
    let it = fixture();
    let mut places = Vec::new();
    for version in 1..=100 {
        places.push(it.outbox.enter(&cause(version)).await.unwrap());
    }
    assert_eq!((left_due(&it.store).await, it.notes().await.len()), (1, 100));
    for place in places {
        place.leave().await;
    }
    assert_eq!(left(&it.store).await, 0);
    let alone = it.outbox.enter(&cause(1)).await.unwrap();
    assert_eq!(left(&it.store).await, 2, "another batch, though the first has its key for itself");
    alone.leave().await;
    assert_eq!(left(&it.store).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_batch_takes_no_more_when_it_is_full_or_old() {
    let it = fixture();
    let mut places = Vec::new();
    for version in 1..=257 {
        places.push(it.outbox.enter(&cause(version)).await.unwrap());
    }
    assert_eq!(left_due(&it.store).await, 2, "full");
    tokio::time::advance(Duration::from_secs(6)).await;
    places.push(it.outbox.enter(&cause(258)).await.unwrap());
    assert_eq!(left_due(&it.store).await, 3, "old");
    assert!(places.iter().all(|place| it.clock.tick().since_ms(place.begun()) < LEASE_MS / 2));
    for place in places {
        place.leave().await;
    }
    assert_eq!(left(&it.store).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_was_given_up_leaves_its_note_and_no_other() {
    let it = fixture();
    let given_up = it.outbox.enter(&cause(1)).await.unwrap();
    let delivered = it.outbox.enter(&cause(2)).await.unwrap();
    drop(given_up);
    delivered.leave().await;
    let notes = it.notes().await;
    assert_eq!(notes, [OutboxKey { cause: cause(1).to_string() }]);
    let found = it.found().await;
    assert_eq!((found.len(), found[0].kind.as_str()), (1, OUTBOX));
    assert_eq!(it.outbox.notes(&found[0], None).await.unwrap(), notes);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_goes_through_a_batch_of_any_length_and_removes_it() {
    let cast = Cast::new().await;
    let batch = 7;
    let held = cast.flows.due().hold(OUTBOX, &format!("{batch:016x}")).await.unwrap();
    for page in 0..3 {
        let note = |version: i64| OutboxKey { cause: cause(page * 200 + version).to_string() };
        let put = |version: i64| Op::Put { c: note(version), row: crate::table::OutboxRow { at: START }, at: None };
        let ops = (0..200).map(put).collect();
        cast.store.write::<OutboxRows>(OutboxPart { batch }, ops, storage::Ack::Durable).await.unwrap();
    }
    let swept = cast.flows.sweep(&held).await.unwrap();
    assert_eq!(swept, Swept { delivered: 0, never_taken: 600 });
    assert_eq!(cast.notes().await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_delivered_does_not_hold_up_what_can() {
    let cast = Cast::new().await;
    let (owner, second) = (cast.owner.team, Some(cast.reviewer.team));
    let new = New { id: RecordId(7), owner, second, action: "submit", input: Input::default() };
    let record = cast.flows.create(&cast.owner.who, APPLICATION, new).await.unwrap();
    let op_id = cast.rows(APPLICATION, record.id).await[1].1.op_id;
    let held = cast.flows.due().hold(OUTBOX, &format!("{:016x}", 7)).await.unwrap();
    let good = format!("{}/{}/1/{op_id:032x}", APPLICATION.kind, record.id);
    let note = |cause: &str| {
        let row = crate::table::OutboxRow { at: START };
        Op::Put { c: OutboxKey { cause: cause.to_owned() }, row, at: None }
    };
    let ops = vec![note("another version's"), note(&good)];
    cast.store.write::<OutboxRows>(OutboxPart { batch: 7 }, ops, storage::Ack::Durable).await.unwrap();
    assert!(cast.flows.sweep(&held).await.is_err());
    assert_eq!(cast.notes().await, 2, "the deadline, and what cannot be delivered");
}
