use std::time::Duration;

use storage::Clock;

use super::cache::FACTS_MAX;
use super::*;
use crate::accounts::Accounts;
use crate::accounts::tests::{START, accounts};
use crate::error::Error;
use crate::kind::Kind;
use crate::token::Principal;

fn principal(user: i64, session: i64, rights: i64) -> Principal {
    Principal {
        user: UserId(user),
        enterprise: None,
        kind: Kind::Individual,
        duty: None,
        admin: false,
        session: SessionId(session),
        expires_at: START.plus_ms(ACCESS_TTL_S * 1000),
        rights,
    }
}

fn fact(revoked: Revoked) -> Fact {
    let life_ms = if revoked.session.is_some() { ACCESS_TTL_MS } else { HISTORY_MS };
    Fact { revoked, until: START.plus_ms(life_ms) }
}

fn learn(cache: &Cache, now: Millis, revoked: &[Revoked], facts_max: usize) {
    let facts: Vec<_> = revoked.iter().map(|revoked| fact(*revoked)).collect();
    cache.learn(now, &facts, facts_max);
}

fn ended(user: i64, session: i64) -> Revoked {
    Revoked { session: Some(SessionId(session)), ..below(user, 0, Ending::Revoked) }
}

fn below(user: i64, rights: i64, ending: Ending) -> Revoked {
    Revoked { user: UserId(user), session: None, rights, ending }
}

#[test]
fn older_rights_end_each_in_their_way() {
    let cache = Cache::default();
    learn(
        &cache,
        START,
        &[below(1, 3, Ending::Revoked), below(1, 5, Ending::Refresh), below(1, 4, Ending::Refresh)],
        100,
    );
    assert_eq!(cache.judge(&principal(1, 9, 2)), Err(Error::SessionRevoked));
    assert_eq!(cache.judge(&principal(1, 9, 4)), Err(Error::TokenExpired));
    assert_eq!(cache.judge(&principal(1, 9, 5)), Ok(()));
    assert_eq!(cache.judge(&principal(2, 9, 1)), Ok(()));
}

#[test]
fn one_session_ends_without_its_neighbours() {
    let only = Revoked { session: Some(SessionId(9)), ..below(1, 0, Ending::Revoked) };
    assert!(only.ends(UserId(1), SessionId(9), 7));
    assert!(!only.ends(UserId(1), SessionId(8), 0));
    assert!(!only.ends(UserId(2), SessionId(9), 0));
    let cache = Cache::default();
    learn(&cache, START, &[only], 100);
    assert_eq!(cache.judge(&principal(1, 9, 7)), Err(Error::SessionRevoked));
    assert_eq!(cache.judge(&principal(1, 8, 7)), Ok(()));
}

#[test]
fn at_its_limit_the_cache_asks_everybody_to_refresh_instead_of_forgetting_silently() {
    let cache = Cache::default();
    for user in 0..10 {
        learn(&cache, START, &[below(user, 2, Ending::Revoked)], 10);
    }
    assert_eq!(cache.judge(&principal(0, 1, 1)), Err(Error::SessionRevoked));
    learn(&cache, START, &[below(99, 2, Ending::Revoked)], 10);
    assert_eq!(cache.judge(&principal(0, 1, 1)), Err(Error::TokenExpired), "forgotten, but not let in");
    assert_eq!(cache.judge(&principal(99, 1, 1)), Err(Error::SessionRevoked));
    let later = Principal { expires_at: START.plus_ms(ACCESS_TTL_S * 1000 + 1), ..principal(50, 1, 1) };
    assert_eq!(cache.judge(&later), Ok(()), "a token issued later stands");
}

#[tokio::test(start_paused = true)]
async fn a_late_write_and_a_clock_ahead_are_not_missed() {
    let accounts = accounts();
    let mut watch = accounts.watch();
    assert!(watch.poll().await.unwrap().is_empty());
    tokio::time::advance(Duration::from_secs(30)).await;
    let now = accounts.clock().now();
    watch.poll().await.unwrap();
    record(accounts.store(), now.plus_ms(-20_000), below(1, 2, Ending::Revoked), false).await.unwrap();
    record(accounts.store(), now.plus_ms(20_000), below(2, 2, Ending::Revoked), false).await.unwrap();
    assert_eq!(watch.poll().await.unwrap().len(), 2);
    for _ in 0..300 {
        tokio::time::advance(Duration::from_millis(500)).await;
        assert!(watch.poll().await.unwrap().is_empty(), "each once");
    }
    assert_eq!(watch.kept(), 0, "nothing is kept behind the overlap");
}

#[tokio::test(start_paused = true)]
async fn a_new_hub_learns_the_day_and_pages_through_the_hours() {
    let accounts = accounts();
    for user in 0..2_500 {
        record(accounts.store(), START.plus_ms(-user * 20_000), below(user, 2, Ending::Refresh), false).await.unwrap();
    }
    for user in 10_000..12_500 {
        record(accounts.store(), START.plus_ms(-HOUR_MS), below(user, 2, Ending::Refresh), false).await.unwrap();
    }
    let facts = accounts.watch().poll().await.unwrap();
    assert_eq!(facts.len(), 5_000);
}

#[test]
fn facts_of_one_account_do_not_make_everybody_refresh() {
    let cache = Cache::default();
    let neighbour = principal(2, 7, 1);
    learn(&cache, START, &[ended(3, 8)], FACTS_MAX);
    for some in (0..200_000).collect::<Vec<i64>>().chunks(1_000) {
        let facts: Vec<_> = some.iter().map(|n| ended(1, *n)).collect();
        learn(&cache, START, &facts, FACTS_MAX);
    }
    assert!(cache.len() < 100, "{}", cache.len());
    assert_eq!(cache.judge(&neighbour), Ok(()));
    assert_eq!(cache.judge(&principal(3, 8, 1)), Err(Error::SessionRevoked), "the others' facts stand");
    for session in [0, 100_000, 199_999] {
        assert!(cache.judge(&principal(1, session, 1)).is_err(), "none of it is let in");
    }
    let refreshed = Principal { expires_at: START.plus_ms(ACCESS_TTL_MS + 1_000), ..principal(1, 1_000_000, 1) };
    assert_eq!(cache.judge(&refreshed), Ok(()), "that account refreshes once");
    let rights: Vec<_> = (0..200_000).map(|n| below(4, n, Ending::Refresh)).collect();
    learn(&cache, START, &rights, FACTS_MAX);
    assert_eq!(cache.judge(&neighbour), Ok(()));
    assert_eq!(cache.judge(&principal(4, 1, 199_998)), Err(Error::TokenExpired));
}

#[test]
fn a_fact_is_forgotten_when_the_tokens_it_concerns_have_ended() {
    let cache = Cache::default();
    let facts: Vec<_> = (0..1_000).map(|user| ended(user, user)).collect();
    learn(&cache, START, &facts, FACTS_MAX);
    let ends = START.plus_ms(ACCESS_TTL_MS);
    learn(&cache, ends, &[], FACTS_MAX);
    assert_eq!(cache.len(), 2_000, "a clock may be late by a minute");
    learn(&cache, ends.plus_ms(OVERLAP_MS), &[below(1, 2, Ending::Revoked)], FACTS_MAX);
    assert_eq!(cache.len(), 1);
    learn(&cache, ends.plus_ms(OVERLAP_MS), &facts, FACTS_MAX);
    assert_eq!(cache.len(), 1, "nor learned again");
    let minted = Principal { expires_at: START.plus_ms(HISTORY_MS), ..principal(1, 5, 1) };
    assert_eq!(cache.judge(&minted), Err(Error::SessionRevoked), "rights are remembered as long as rows live");
}

#[test]
fn what_is_forgotten_at_the_limit_is_not_let_in_after_the_clock_was_set_back() {
    let cache = Cache::default();
    let back = START.plus_ms(-HOUR_MS);
    learn(&cache, START, &[ended(1, 1)], 10);
    let facts: Vec<_> = (10..40).map(|user| ended(user, user)).collect();
    learn(&cache, back, &facts, 10);
    assert!(cache.len() <= 10 + 1);
    assert!(cache.judge(&principal(1, 1, 1)).is_err(), "a token of before, when its time has come again");
    let issued_after = Principal { expires_at: back.plus_ms(ACCESS_TTL_MS + 1_000), ..principal(2, 2, 1) };
    assert_eq!(cache.judge(&issued_after), Ok(()), "nobody is held up until the old time is reached");
    let later = Principal { expires_at: back.plus_ms(ACCESS_TTL_MS * 2), ..principal(2, 2, 1) };
    assert_eq!(cache.judge(&later), Ok(()));
}

#[test]
fn stretches_are_joined_and_bounded_without_losing_one() {
    let mut forgotten = forgotten::Forgotten::default();
    let at = |n: i64| START.plus_ms(n * HOUR_MS);
    for n in [5, 1, 3, 9, 7, 13, 11, 15, 17, 19] {
        forgotten.add(at(n), at(n).plus_ms(ACCESS_TTL_MS));
    }
    for n in [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] {
        assert!(forgotten.covers(at(n).plus_ms(1)) && forgotten.covers(at(n).plus_ms(ACCESS_TTL_MS)));
    }
    assert!(!forgotten.covers(at(18)), "the younger ones stay apart");
    forgotten.prune(at(20));
    assert!(forgotten.is_empty());
}

/// A hub under a clock that can be set.
fn hub_with_clock() -> (Clock, Accounts) {
    let clock = Clock::manual(START);
    (clock.clone(), crate::accounts::tests::over(&Store::model(clock.clone()), &clock))
}

#[tokio::test]
async fn a_clock_set_back_an_hour_loses_no_revocation() {
    let (clock, hub) = hub_with_clock();
    let mut watch = hub.watch();
    watch.poll().await.unwrap();
    // By this hub's wrong clock, by a right one meanwhile, and one that is on its way when the clock is set.
    record(hub.store(), START.plus_ms(-100), below(1, 2, Ending::Revoked), false).await.unwrap();
    record(hub.store(), START.plus_ms(-HOUR_MS - 120_000), below(2, 2, Ending::Revoked), false).await.unwrap();
    pass(&clock, -HOUR_MS);
    let mut users: Vec<_> = watch.poll().await.unwrap().iter().map(|it| it.user.0).collect();
    users.sort_unstable();
    assert_eq!(users, [1, 2]);
    record(hub.store(), START, below(3, 2, Ending::Revoked), false).await.unwrap();
    record(hub.store(), clock.now(), below(4, 2, Ending::Revoked), false).await.unwrap();
    let mut users: Vec<_> = watch.poll().await.unwrap().iter().map(|it| it.user.0).collect();
    users.sort_unstable();
    assert_eq!(users, [3, 4]);
    for user in 1..=4 {
        assert_eq!(hub.revoked().judge(&principal(user, 9, 1)), Err(Error::SessionRevoked), "{user}");
    }
    assert!(watch.poll().await.unwrap().is_empty(), "each once");
    for minute in 0..90 {
        pass(&clock, 60_000);
        record(hub.store(), clock.now(), below(100 + minute, 2, Ending::Revoked), false).await.unwrap();
        let now: Vec<_> = watch.poll().await.unwrap().iter().map(|it| it.user.0).collect();
        assert_eq!(now, [100 + minute], "each once, also where the old time is reached again");
    }
}

#[tokio::test]
async fn a_clock_that_jumped_ahead_and_came_back_remembers_what_it_forgot() {
    let (clock, hub) = hub_with_clock();
    let mut watch = hub.watch();
    record(hub.store(), START, ended(1, 9), true).await.unwrap();
    watch.poll().await.unwrap();
    assert_eq!(hub.revoked().judge(&principal(1, 9, 1)), Err(Error::SessionRevoked));
    pass(&clock, 400 * 24 * HOUR_MS);
    watch.poll().await.unwrap();
    assert_eq!(hub.revoked().len(), 0);
    pass(&clock, -400 * 24 * HOUR_MS);
    watch.poll().await.unwrap();
    assert_eq!(hub.revoked().judge(&principal(1, 9, 1)), Err(Error::SessionRevoked));
}

/// Lets time pass; less than none is somebody who sets the clock back.
fn pass(clock: &Clock, ms: i64) {
    match u32::try_from(ms) {
        Ok(ms) => clock.advance_ms(ms),
        Err(_negative) => clock.step_ms(ms),
    }
}
