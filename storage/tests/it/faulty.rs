//! The fault wrapper: each fault does what it says, and the same seed gives the same faults.

use std::sync::Arc;

use storage::ids::Millis;
use storage::{Applied, Clock, Expect, Faults, Faulty, Op, Read, Scan, Store, StoreError};

use crate::tables::{LineRow, Lines, LinesKey, LinesPart};

const PART: LinesPart = LinesPart { log: 1, bucket: 0 };

struct Vexed {
    faulty: Arc<Faulty>,
    store: Store,
    truth: Store,
}

fn vexed(seed: u64, faults: Faults) -> Vexed {
    let truth = Store::model(Clock::manual(Millis(0)));
    let faulty = Faulty::new(truth.clone(), seed, faults);
    Vexed { store: Store::Faulty(faulty.clone()), faulty, truth }
}

async fn append(store: &Store, seq: i64, writer: i64) -> Result<Applied<Lines>, StoreError> {
    let put = Op::Put { c: LinesKey { seq }, row: LineRow { v: 1, writer, text: String::new() }, at: None };
    store.write_if::<Lines>(PART, vec![Expect::Absent(LinesKey { seq })], vec![put]).await
}

async fn seqs(store: &Store) -> Vec<i64> {
    let rows = store.scan::<Lines>(PART, Scan::first(10_000), Read::Serial).await.unwrap();
    rows.into_iter().map(|(c, _)| c.seq).collect()
}

#[tokio::test]
async fn each_fault_does_what_it_says() {
    let lost = vexed(1, Faults { unknown_lost: 1.0, ..Faults::default() });
    assert_eq!(append(&lost.store, 1, 1).await, Err(StoreError::Unknown));
    assert_eq!(seqs(&lost.truth).await, Vec::<i64>::new());
    let done = vexed(1, Faults { unknown_done: 1.0, ..Faults::default() });
    assert_eq!(append(&done.store, 1, 1).await, Err(StoreError::Unknown));
    assert_eq!(seqs(&done.truth).await, [1]);
    let away = vexed(1, Faults { unavailable: 1.0, ..Faults::default() });
    assert_eq!(append(&away.store, 1, 1).await, Err(StoreError::Unavailable));
    let read = away.store.get::<Lines>(PART, LinesKey { seq: 1 }, Read::Fast).await;
    assert_eq!(read, Err(StoreError::Unavailable));
    assert_eq!(seqs(&away.truth).await, Vec::<i64>::new());
}

#[tokio::test]
async fn full_refuses_writes_and_serves_reads_until_there_is_space() {
    let vexed = vexed(1, Faults::default());
    assert_eq!(append(&vexed.store, 1, 1).await, Ok(Applied::Yes));
    vexed.faulty.set_full(true);
    assert_eq!(append(&vexed.store, 2, 1).await, Err(StoreError::Full));
    assert_eq!(seqs(&vexed.store).await, [1]);
    vexed.faulty.set_full(false);
    assert_eq!(append(&vexed.store, 2, 1).await, Ok(Applied::Yes));
}

#[tokio::test]
async fn full_at_the_nth_write_refuses_it_and_all_behind_it() {
    let vexed = vexed(1, Faults::default());
    vexed.faulty.full_at_write(2);
    assert_eq!(append(&vexed.store, 1, 1).await, Ok(Applied::Yes));
    for _ in 0..2 {
        assert_eq!(append(&vexed.store, 2, 1).await, Err(StoreError::Full));
    }
    vexed.faulty.set_full(false);
    assert_eq!(append(&vexed.store, 2, 1).await, Ok(Applied::Yes));
}

#[tokio::test]
async fn a_crash_at_the_nth_write_lets_nothing_through_until_revived() {
    for seed in 0..32 {
        let vexed = vexed(seed, Faults::default());
        vexed.faulty.crash_at_write(3);
        for seq in 1..=2 {
            assert_eq!(append(&vexed.store, seq, 1).await, Ok(Applied::Yes));
        }
        assert_eq!(append(&vexed.store, 3, 1).await, Err(StoreError::Unknown));
        assert!(vexed.faulty.crashed());
        assert_eq!(append(&vexed.store, 4, 1).await, Err(StoreError::Unavailable));
        assert!(matches!(seqs(&vexed.truth).await.as_slice(), [1, 2] | [1, 2, 3]));
        vexed.faulty.revive();
        assert!(matches!(append(&vexed.store, 4, 1).await, Ok(Applied::Yes)));
        assert_eq!(vexed.faulty.writes(), 5);
    }
}

/// What DESIGN section 4 asks of an appender: repeat the identical append until the answer is definite.
#[tokio::test(start_paused = true)]
async fn repeating_through_unknown_outcomes_appends_each_entry_once() {
    let faults = Faults { delay_ms_max: 20, unavailable: 0.1, unknown_done: 0.2, unknown_lost: 0.2 };
    let vexed = vexed(11, faults);
    for seq in 1..=200 {
        loop {
            match append(&vexed.store, seq, seq * 7).await {
                Ok(Applied::Yes) => break,
                Ok(Applied::No { current }) => {
                    assert_eq!(current.first().map(|(_, row)| row.writer), Some(seq * 7), "it was ours");
                    break;
                }
                Err(StoreError::Unknown | StoreError::Unavailable) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!(seqs(&vexed.truth).await, (1..=200).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_faults() {
    let mut traces = Vec::new();
    for seed in [5, 5, 6] {
        let faults = Faults { delay_ms_max: 5, unavailable: 0.2, unknown_done: 0.2, unknown_lost: 0.2 };
        let vexed = vexed(seed, faults);
        let clock = Clock::starting_at(Millis(0));
        let mut trace = Vec::new();
        for seq in 1..=50 {
            trace.push((append(&vexed.store, seq, 1).await, clock.now()));
        }
        traces.push(trace);
    }
    assert_eq!(traces[0], traces[1]);
    assert_ne!(traces[0], traces[2]);
}
