use std::collections::HashSet;

use storage::{Faults, Faulty};

use super::*;

const START: Millis = Millis(1_800_000_000_000);
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn fresh() -> (Clock, Due) {
    let clock = Clock::manual(START);
    (clock.clone(), Due::new(Store::model(clock.clone()), clock))
}

fn keys(claimed: &[Claimed]) -> Vec<&str> {
    let mut keys: Vec<_> = claimed.iter().map(|it| it.key.as_str()).collect();
    keys.sort_unstable();
    keys
}

/// Steps until the round is over.
async fn round(sweeps: &mut Sweeps) -> Vec<Claimed> {
    let mut claimed = Vec::new();
    loop {
        let swept = sweeps.step().await.unwrap();
        claimed.extend(swept.claimed);
        if !swept.more {
            return claimed;
        }
    }
}

async fn round_after_lease(clock: &Clock, sweeps: &mut Sweeps) -> Vec<Claimed> {
    pass(clock, LEASE_MS);
    round(sweeps).await
}

async fn rows_left(due: &Due) -> usize {
    due.store.partitions::<DueRows>(None, 1_000).await.unwrap().len()
}

#[tokio::test]
async fn nothing_is_claimed_early_and_all_of_it_once() {
    let (clock, due) = fresh();
    let mut sweeps = due.sweeps();
    for (ms, key) in [(1, "a"), (MINUTE_MS, "b"), (MINUTE_MS + 1, "c"), (2 * MINUTE_MS, "d")] {
        due.put(START.plus_ms(ms), "release", key).await.unwrap();
        due.put(START.plus_ms(ms), "release", key).await.unwrap();
    }
    assert!(round(&mut sweeps).await.is_empty());
    pass(&clock, MINUTE_MS - 1);
    assert!(round(&mut sweeps).await.is_empty(), "a deadline counts as the end of its minute");
    pass(&clock, 1);
    let first = round(&mut sweeps).await;
    assert_eq!(keys(&first), ["a", "b"]);
    assert!(round(&mut sweeps).await.is_empty(), "claimed");
    for it in &first {
        assert_eq!(it.kind, "release");
        assert_eq!(due.done(it).await, Ok(true));
        assert_eq!(due.done(it).await, Ok(false));
    }
    pass(&clock, 10 * MINUTE_MS);
    assert_eq!(keys(&round(&mut sweeps).await), ["c", "d"]);
}

#[tokio::test]
async fn what_is_held_is_its_holder_s_until_the_lease_is_over() {
    let (clock, due) = fresh();
    let mut sweeps = due.sweeps();
    let (done, left) = (due.hold("outbox", "done").await.unwrap(), due.hold("outbox", "left").await.unwrap());
    assert!(due.hold("outbox", "left").await.is_err(), "the key is in use");
    assert_eq!(due.done(&done).await, Ok(true));
    pass(&clock, LEASE_MS - 1);
    assert!(round(&mut sweeps).await.is_empty());
    pass(&clock, 1);
    assert_eq!(keys(&round(&mut sweeps).await), ["left"], "nobody said that it was done");
    assert_eq!(due.done(&left).await, Ok(false), "it is another's now");
}

#[tokio::test(start_paused = true)]
async fn of_two_sweepers_each_row_has_one() {
    for seed in 0..20 {
        let clock = Clock::starting_at(START);
        let vexed = Faults { delay_ms_max: 20, unavailable: 0.01, unknown_done: 0.02, unknown_lost: 0.02 };
        let faulty = Faulty::new(Store::model(clock.clone()), seed, Faults::default());
        let due = Due::new(Store::Faulty(faulty.clone()), clock.clone());
        for n in 0..40 {
            due.put(START.plus_ms(n % 3 * MINUTE_MS), "expire", &format!("{n}")).await.unwrap();
        }
        faulty.set_faults(vexed);
        tokio::time::advance(std::time::Duration::from_millis(4 * MINUTE_MS.unsigned_abs())).await;
        let mut at_once = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let mut sweeps = due.sweeps();
            sweeps.skip_to(minute_of(START));
            at_once.spawn(async move {
                let mut mine = Vec::new();
                // Shorter than a lease, so that nothing is claimed again by right.
                for _ in 0..4 {
                    mine.extend(sweeps.step().await.map(|swept| swept.claimed).unwrap_or_default());
                }
                mine
            });
        }
        let claimed: Vec<_> = at_once.join_all().await.into_iter().flatten().collect();
        let different: HashSet<_> = claimed.iter().map(|it| &it.key).collect();
        assert_eq!(different.len(), claimed.len(), "seed {seed}: two have the same");
        assert!(clock.now().since_ms(START) < 4 * MINUTE_MS + LEASE_MS, "seed {seed}");
        assert!(claimed.len() >= 20, "seed {seed}: {} claimed", claimed.len());
        faulty.set_faults(Faults::default());
        tokio::time::advance(std::time::Duration::from_millis(LEASE_MS.unsigned_abs())).await;
        let mut sweeps = due.sweeps();
        sweeps.skip_to(minute_of(START));
        let again = round(&mut sweeps).await;
        assert_eq!(again.len(), 40, "seed {seed}: what nobody said was done is claimed again");
    }
}

#[tokio::test]
async fn who_dies_with_a_claim_is_followed_by_another_however_late() {
    let (clock, due) = fresh();
    due.put(START, "expire", "order").await.unwrap();
    let (mut dies, mut lives) = (due.sweeps(), due.sweeps());
    pass(&clock, MINUTE_MS);
    let lost = round(&mut dies).await;
    assert_eq!(lost.len(), 1);
    // It works on and renews nothing; the other one has long swept past that minute.
    for _ in 0..5 {
        pass(&clock, LEASE_MS / 6);
        assert!(round(&mut lives).await.is_empty(), "while the lease lasts");
    }
    pass(&clock, LEASE_MS / 6);
    let mut has = round(&mut lives).await;
    assert_eq!(has.len(), 1);
    assert_eq!(due.done(&lost[0]).await, Ok(false), "it is not theirs any more");
    for _ in 0..30 {
        pass(&clock, MINUTE_MS);
        has = round(&mut lives).await;
        assert_eq!(has.len(), 1, "whoever fails is followed, beyond the minutes that are looked through again");
    }
    assert_eq!(due.done(&has[0]).await, Ok(true));
    pass(&clock, MINUTE_MS);
    assert!(round(&mut lives).await.is_empty());
    assert_eq!(rows_left(&due).await, 0);
}

#[tokio::test]
async fn a_start_and_a_clock_that_jumps_find_what_is_older_than_the_window() {
    let (clock, due) = fresh();
    due.put(START.plus_ms(HOUR_MS), "expire", "while nobody lived").await.unwrap();
    pass(&clock, 48 * HOUR_MS);
    let mut sweeps = due.sweeps();
    assert_eq!(keys(&round(&mut sweeps).await), ["while nobody lived"]);
    due.put(clock.now().plus_ms(HOUR_MS), "expire", "skipped").await.unwrap();
    pass(&clock, 24 * HOUR_MS);
    let found = round(&mut sweeps).await;
    assert_eq!(keys(&found), ["skipped", "while nobody lived"], "and what was not done since");
}

#[tokio::test]
async fn a_start_looks_from_where_others_have_left_nothing_however_long_ago() {
    let (clock, due) = fresh();
    let mut first = due.sweeps();
    round(&mut first).await;
    due.put(START, "release", "a").await.unwrap();
    due.put(START.plus_ms(2 * HOUR_MS), "release", "b").await.unwrap();
    pass(&clock, MINUTE_MS);
    assert_eq!(keys(&round(&mut first).await), ["a"]);
    pass(&clock, 100 * HOUR_MS);
    let claimed = round(&mut first).await;
    assert_eq!(keys(&claimed), ["a", "b"]);
    for it in claimed.iter().filter(|it| it.key == "b") {
        assert_eq!(due.done(it).await, Ok(true));
    }
    round(&mut first).await;
    drop(first);
    pass(&clock, 100 * HOUR_MS);
    assert_eq!(keys(&round(&mut due.sweeps()).await), ["a"], "it was never done");
}

#[tokio::test]
async fn a_clock_set_back_neither_skips_nor_hurries() {
    let (clock, due) = fresh();
    let mut sweeps = due.sweeps();
    due.put(START.plus_ms(HOUR_MS), "expire", "later").await.unwrap();
    due.put(START.plus_ms(10 * MINUTE_MS), "expire", "soon").await.unwrap();
    pass(&clock, 400 * 24 * HOUR_MS);
    assert!(round(&mut sweeps).await.is_empty(), "beyond what a round looks through");
    pass(&clock, -400 * 24 * HOUR_MS + 30 * MINUTE_MS);
    let found = round(&mut sweeps).await;
    assert_eq!(keys(&found), ["soon"], "due while the clock was wrong");
    pass(&clock, -20 * MINUTE_MS);
    assert_eq!(keys(&round(&mut sweeps).await), ["soon"], "no lease lasts until the old time is reached");
    pass(&clock, 50 * MINUTE_MS);
    assert!(keys(&round(&mut sweeps).await).contains(&"later"));
}

#[tokio::test]
async fn a_start_does_not_trust_a_mark_of_a_clock_that_was_ahead() {
    let (clock, due) = fresh();
    due.put(START, "expire", "done").await.unwrap();
    pass(&clock, MINUTE_MS);
    let mut first = due.sweeps();
    let claimed = round(&mut first).await;
    assert_eq!(due.done(&claimed[0]).await, Ok(true));
    due.put(START.plus_ms(HOUR_MS), "expire", "of a wrong time").await.unwrap();
    pass(&clock, 20 * 24 * HOUR_MS);
    let ahead = round(&mut first).await;
    assert_eq!(due.done(&ahead[0]).await, Ok(true));
    round(&mut first).await;
    pass(&clock, -20 * 24 * HOUR_MS);
    due.put(START.plus_ms(HOUR_MS), "expire", "right").await.unwrap();
    pass(&clock, 5 * 24 * HOUR_MS);
    assert_eq!(keys(&round(&mut due.sweeps()).await), ["right"], "older than what is looked through mid-life");
}

#[tokio::test]
async fn a_first_start_finds_all_there_is_by_what_there_is() {
    let (clock, due) = fresh();
    for n in 0..50 {
        due.put(START.plus_ms(n * HOUR_MS), "expire", &format!("{n:02}")).await.unwrap();
    }
    pass(&clock, 20 * 24 * HOUR_MS);
    due.put(clock.now().plus_ms(HOUR_MS), "expire", "not yet").await.unwrap();
    let mut sweeps = due.sweeps();
    assert_eq!(round(&mut sweeps).await.len(), 50);
    pass(&clock, HOUR_MS);
    assert!(keys(&round(&mut sweeps).await).contains(&"not yet"));
}

#[tokio::test]
async fn a_full_minute_is_claimed_in_bounded_steps() {
    let (clock, due) = fresh();
    for n in 0..1_000 {
        due.put(START, "expire", &format!("{n}")).await.unwrap();
    }
    pass(&clock, MINUTE_MS);
    let mut sweeps = due.sweeps();
    let mut claimed = HashSet::new();
    for _ in 0..4 {
        let swept = sweeps.step().await.unwrap();
        assert!(swept.claimed.len() <= 256);
        claimed.extend(swept.claimed.into_iter().map(|it| it.key));
    }
    assert_eq!(claimed.len(), 1_000);
    assert!(round(&mut sweeps).await.is_empty());
    let slots: HashSet<_> = (0..1_000).map(|n| slot_of("expire", &format!("{n}"))).collect();
    assert_eq!(slots.len(), 8);
}

#[tokio::test]
async fn a_deadline_put_again_while_it_is_done_is_not_lost() {
    let clock = Clock::manual(START);
    let behind = Clock::manual(START.plus_ms(-5_000));
    let store = Store::model(clock.clone());
    let (due, other) = (Due::new(store.clone(), clock.clone()), Due::new(store, behind.clone()));
    // The other hub's clock is behind: it still takes the minute that has begun here for the next one.
    other.put(START, "expire", "order").await.unwrap();
    let mut sweeps = due.sweeps();
    let claimed = round(&mut sweeps).await;
    assert_eq!(claimed.len(), 1);
    other.put(START, "expire", "order").await.unwrap();
    assert_eq!(due.done(&claimed[0]).await, Ok(false));
    assert_eq!(round(&mut sweeps).await.len(), 1, "once more");
    let again = round_after_lease(&clock, &mut sweeps).await;
    assert_eq!(due.done(&again[0]).await, Ok(true));
    pass(&behind, 1_000);
    other.put(START, "expire", "order").await.unwrap();
    assert_eq!(round(&mut sweeps).await.len(), 1);
    assert_eq!(due.done(&claimed[0]).await, Ok(false), "a claim on a row that is gone says nothing of a new one");
    due.put(START.plus_ms(-24 * HOUR_MS), "expire", "long past").await.unwrap();
    pass(&clock, MINUTE_MS);
    assert!(keys(&round(&mut sweeps).await).contains(&"long past"), "where nobody looks any more it is not put");
    let long = "x".repeat(NAME_BYTES_MAX);
    assert_eq!(due.put(START, "expire", &long).await, Err(Error::invalid("/key", "too_long")));
}

/// Lets time pass; less than none is somebody who sets the clock back.
fn pass(clock: &Clock, ms: i64) {
    match u32::try_from(ms) {
        Ok(ms) => clock.advance_ms(ms),
        Err(_negative) => clock.step_ms(ms),
    }
}
