//! A step and its effects survive whatever happens between two writes: no half of a step, no effect lost or doubled.

use super::*;

/// The fair as another process finds it.
fn others(cast: &Cast, store: &Store) -> (Accounts, Flows) {
    let accounts = over(store, &cast.clock);
    let flows = flows(&accounts);
    (accounts, flows)
}

/// Whoever lives delivers what is left.
async fn sweep(store: &Store, clock: &Clock, flows: &Flows) {
    // Behind the lease and the minute that the note falls into.
    tokio::time::advance(Duration::from_secs(150)).await;
    let mut sweeps = Due::new(store.clone(), clock.clone()).sweeps();
    loop {
        let swept = sweeps.step().await.unwrap();
        for claimed in swept.claimed.iter().filter(|claimed| claimed.kind == OUTBOX) {
            flows.sweep(claimed).await.unwrap();
        }
        if !swept.more {
            return;
        }
    }
}

/// A rejection over a store that may crash.
struct Rejection {
    cast: Cast,
    inner: Store,
    faulty: Arc<Faulty>,
    record: Record,
}

impl Rejection {
    async fn new(seed: u64) -> Self {
        let clock = Clock::starting_at(START);
        let inner = Store::model(clock.clone());
        let faulty = Faulty::new(inner.clone(), seed, Faults::default());
        let cast = Cast::over(Store::Faulty(Arc::clone(&faulty)), clock).await;
        let record = cast.plant(APPLICATION, "in_review", 7).await;
        Self { cast, inner, faulty, record }
    }

    async fn act(&self) -> Result<Record, Error> {
        let at = (APPLICATION, self.record.id, 1);
        let rejected = self.cast.flows.advance(&self.cast.reviewer.who, at, "reject", reason("blurred"));
        // Who writes the record of deeds would try for ever.
        let answer = tokio::time::timeout(Duration::from_secs(20), rejected).await;
        answer.unwrap_or(Err(Error::Store(StoreError::Unknown)))
    }
}

/// Writes of a whole one: its note, the step, lists, a notice, a message, a deed, the note again.
async fn writes_of_one() -> u64 {
    let it = Rejection::new(0).await;
    let before = it.faulty.writes();
    it.act().await.unwrap();
    it.faulty.writes() - before
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_write_leaves_a_whole_step_or_none_and_its_effects_once() {
    let (mut whole, mut none) = (0, 0);
    let writes = writes_of_one().await;
    for round in 0..4 * writes {
        let it = Rejection::new(round).await;
        let Rejection { cast, inner, faulty, record } = &it;
        faulty.crash_at_write(round % writes + 1);
        let answer = it.act().await;
        assert!(faulty.crashed(), "{answer:?}");
        cast.writer.abort();
        faulty.revive();
        let (accounts, flows) = others(cast, inner);
        sweep(inner, &cast.clock, &flows).await;
        let now = flows.look(APPLICATION, record.id).await.unwrap().unwrap();
        let lines = flows.history(&now).await.unwrap();
        let notices = accounts.notifications(cast.owner.user, false, None, 100).await.unwrap().items;
        let pages = flows.list(APPLICATION, Scope::All, Some("rejected"), (None, 20)).await.unwrap().items;
        let is = (now.version, now.state, lines.len(), notices.len(), pages.len());
        let more = (cast.letters(record).await.len(), cast.deeds(record).await.len());
        match now.version {
            1 => {
                assert!(answer.is_err(), "what is answered stands");
                assert_eq!((is, more), ((1, "in_review", 1, 0, 0), (0, 0)));
                none += 1;
            }
            _ => {
                assert_eq!((is, more), ((2, "rejected", 2, 1, 1), (1, 1)), "round {round}");
                assert_eq!(notices[0].body["note"], "blurred");
                whole += 1;
            }
        }
        assert_eq!(left_due(inner).await, 0, "round {round}");
    }
    assert!(whole > 8 && none > 4, "{whole} {none} of {writes} writes");
}

#[tokio::test(start_paused = true)]
async fn lost_answers_are_settled_and_no_step_is_taken_twice() {
    for seed in 0..40 {
        let clock = Clock::starting_at(START);
        let inner = Store::model(clock.clone());
        let faulty = Faulty::new(inner.clone(), seed, Faults::default());
        let cast = Cast::over(Store::Faulty(Arc::clone(&faulty)), clock.clone()).await;
        let record = cast.plant(APPLICATION, "pending", 7).await;
        let faults = Faults { unknown_done: 0.25, unknown_lost: 0.25, ..Faults::default() };
        faulty.set_faults(faults);
        let mut acknowledged = 0;
        for (action, who) in [("start", cast.reviewer.who), ("reject", cast.reviewer.who), ("resubmit", cast.owner.who)]
        {
            faulty.set_faults(Faults::default());
            let version = cast.flows.look(APPLICATION, record.id).await.unwrap().unwrap().version;
            faulty.set_faults(faults);
            let at = (APPLICATION, record.id, version);
            match cast.flows.advance(&who, at, action, reason("so")).await {
                Ok(record) => {
                    assert_eq!(record.version, version + 1);
                    acknowledged += 1;
                }
                Err(error) => assert!(
                    matches!(error, Error::Store(StoreError::Unknown) | Error::Conflict(_) | Error::Forbidden),
                    "{error:?}"
                ),
            }
        }
        faulty.set_faults(Faults::default());
        let (_, flows) = others(&cast, &inner);
        sweep(&inner, &clock, &flows).await;
        let now = flows.look(APPLICATION, record.id).await.unwrap().unwrap();
        let lines = flows.history(&now).await.unwrap();
        assert_eq!(lines.len() as i64, now.version, "one line a version");
        assert!(now.version > acknowledged, "what is acknowledged stands");
        assert_eq!(left_due(&inner).await, 0, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_too_slow_to_be_followed_writes_nothing() {
    let clock = Clock::starting_at(START);
    let inner = Store::model(clock.clone());
    let faulty = Faulty::new(inner.clone(), 3, Faults::default());
    let cast = Cast::over(Store::Faulty(Arc::clone(&faulty)), clock.clone()).await;
    let record = cast.plant(APPLICATION, "in_review", 7).await;
    faulty.set_faults(Faults { delay_ms_max: 200_000, ..Faults::default() });
    let at = (APPLICATION, record.id, 1);
    let mut refused = 0;
    for _ in 0..20 {
        match cast.flows.advance(&cast.reviewer.who, at, "approve", Input::default()).await {
            Err(Error::Overloaded) => refused += 1,
            Ok(_) => break,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(refused > 0, "a note that was written so late is nobody's any more");
}
