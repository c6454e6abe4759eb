use std::time::Duration;

use super::*;
use crate::accounts::tests::{START, accounts};
use crate::kind::Kind;

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

fn below(user: i64, rights: i64, ending: Ending) -> Revoked {
    Revoked { user: UserId(user), session: None, rights, ending }
}

#[test]
fn older_rights_end_each_in_their_way() {
    let cache = Cache::default();
    cache.learn(
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
    cache.learn(START, &[only], 100);
    assert_eq!(cache.judge(&principal(1, 9, 7)), Err(Error::SessionRevoked));
    assert_eq!(cache.judge(&principal(1, 8, 7)), Ok(()));
}

#[test]
fn at_its_limit_the_cache_asks_everybody_to_refresh_instead_of_forgetting_silently() {
    let cache = Cache::default();
    for user in 0..10 {
        cache.learn(START, &[below(user, 2, Ending::Revoked)], 10);
    }
    assert_eq!(cache.judge(&principal(0, 1, 1)), Err(Error::SessionRevoked));
    cache.learn(START, &[below(99, 2, Ending::Revoked)], 10);
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
    record(accounts.store(), now.plus_ms(-20_000), below(1, 2, Ending::Revoked)).await.unwrap();
    record(accounts.store(), now.plus_ms(20_000), below(2, 2, Ending::Revoked)).await.unwrap();
    assert_eq!(watch.poll().await.unwrap().len(), 2);
    for _ in 0..300 {
        tokio::time::advance(Duration::from_millis(500)).await;
        assert!(watch.poll().await.unwrap().is_empty(), "each once");
    }
    assert!(watch.seen.is_empty(), "nothing is kept behind the overlap");
}

#[tokio::test(start_paused = true)]
async fn a_new_hub_learns_the_day_and_pages_through_the_hours() {
    let accounts = accounts();
    for user in 0..2_500 {
        record(accounts.store(), START.plus_ms(-user * 20_000), below(user, 2, Ending::Refresh)).await.unwrap();
    }
    for user in 10_000..12_500 {
        record(accounts.store(), START.plus_ms(-HOUR_MS), below(user, 2, Ending::Refresh)).await.unwrap();
    }
    let facts = accounts.watch().poll().await.unwrap();
    assert_eq!(facts.len(), 5_000);
}
