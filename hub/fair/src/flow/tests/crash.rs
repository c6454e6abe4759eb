//! A step and its effects survive whatever happens between two writes: no half of a step, no effect lost or doubled.

use super::*;

/// The fair as another process finds it.
async fn others(cast: &Cast, store: &Store) -> (Accounts, Flows) {
    let accounts = over(store, &cast.clock);
    let flows = Flows::new(accounts.clone());
    (accounts, flows)
}

/// Whoever lives delivers what is left.
async fn sweep(store: &Store, clock: &Clock, flows: &Flows) {
    // Behind the lease and the minute that the note falls into.
    tokio::time::advance(Duration::from_secs(150)).await;
    let mut sweeps = Due::new(store.clone(), clock.clone()).sweeps();
    loop {
        let swept = sweeps.step().await.unwrap();
        for claimed in &swept.claimed {
            flows.sweep(claimed).await.unwrap();
        }
        if !swept.more {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_write_leaves_a_whole_step_or_none_and_its_effects_once() {
    let (mut whole, mut none) = (0, 0);
    for round in 0..64 {
        let clock = Clock::starting_at(START);
        let inner = Store::model(clock.clone());
        let faulty = Faulty::new(inner.clone(), round, Faults::default());
        let cast = Cast::over(Store::Faulty(Arc::clone(&faulty)), clock.clone()).await;
        let record = cast.plant(APPLICATION, "in_review", 7).await;
        // Eight writes: the note, the step, two lists, notices, the note again.
        faulty.crash_at_write(round % 8 + 1);
        let at = (APPLICATION, record.id, 1);
        let answer = cast.flows.advance(&cast.reviewer.who, at, "reject", reason("blurred")).await;
        faulty.revive();
        let (accounts, flows) = others(&cast, &inner).await;
        sweep(&inner, &clock, &flows).await;
        let now = flows.look(APPLICATION, record.id).await.unwrap().unwrap();
        let lines = flows.history(&now).await.unwrap();
        let notices = accounts.notifications(cast.owner.user, false, None, 100).await.unwrap().items;
        let pages = flows.list(APPLICATION, Scope::All, Some("rejected"), (None, 20)).await.unwrap().items;
        let is = (now.version, now.state, lines.len(), notices.len(), pages.len());
        match now.version {
            1 => {
                assert!(answer.is_err(), "what is answered stands");
                assert_eq!(is, (1, "in_review", 1, 0, 0));
                none += 1;
            }
            _ => {
                assert_eq!(is, (2, "rejected", 2, 1, 1), "round {round}");
                assert_eq!(notices[0].body["note"], "blurred");
                whole += 1;
            }
        }
        assert_eq!(cast.notes().await, 0, "round {round}");
    }
    assert!(whole > 8 && none > 8, "{whole} {none}");
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
        let (_, flows) = others(&cast, &inner).await;
        sweep(&inner, &clock, &flows).await;
        let now = flows.look(APPLICATION, record.id).await.unwrap().unwrap();
        let lines = flows.history(&now).await.unwrap();
        assert_eq!(lines.len() as i64, now.version, "one line a version");
        assert!(now.version > acknowledged, "what is acknowledged stands");
        let due: Vec<DuePart> = inner.partitions::<DueRows>(None, 100).await.unwrap();
        assert!(due.is_empty(), "seed {seed}");
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
