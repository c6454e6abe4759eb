use std::net::Ipv4Addr;

use governor::clock::FakeRelativeClock;

use super::*;

fn from(user: Option<i64>, device: &str, last: u8) -> Counted {
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
    Counted { user: user.map(UserId), device: Counted::device(device), address }
}

fn passes(limits: &Limits, who: Counted, class: Class) -> usize {
    (0..20).take_while(|_| limits.check(&who, class).is_ok()).count()
}

#[test]
fn every_row_of_a_class_must_let_pass() {
    let hour = Duration::from_secs(3_600);
    let limits =
        Limits::new(&[quota(Class::Read, By::Caller, 1, hour, 3), quota(Class::Read, By::Address, 1, hour, 5)]);
    assert_eq!(passes(&limits, from(Some(1), "", 1), Class::Read), 3, "the caller's own");
    assert_eq!(passes(&limits, from(Some(2), "", 1), Class::Read), 2, "what is left of their address");
    assert_eq!(passes(&limits, from(Some(3), "", 2), Class::Read), 3, "another address has its own");
    assert_eq!(passes(&limits, from(Some(1), "", 1), Class::Write), 20, "no row counts this class");
}

#[test]
fn guests_are_told_apart_by_device_and_address() {
    let limits = Limits::new(&[quota(Class::Rare, By::Caller, 1, Duration::from_secs(3_600), 2)]);
    for (device, last) in [("one", 1), ("other", 1), ("one", 2)] {
        assert_eq!(passes(&limits, from(None, device, last), Class::Rare), 2, "{device} at {last}");
        assert_eq!(passes(&limits, from(None, device, last), Class::Rare), 0, "{device} at {last}, again");
    }
}

#[test]
fn a_refusal_says_how_long_to_wait() {
    let limits = Limits::new(&[quota(Class::Write, By::Caller, 1, Duration::from_secs(10), 1)]);
    let who = from(Some(1), "", 1);
    limits.check(&who, Class::Write).unwrap();
    let refusal = limits.check(&who, Class::Write).unwrap_err();
    assert_eq!(refusal.code, Code::RateLimited);
    assert!((1..=10_001).contains(&refusal.retry_after_ms.unwrap()), "{refusal:?}");
}

#[test]
fn of_a_hundred_thousand_guesses_few_are_heard_and_nobody_else_waits() {
    const GUESSES: u32 = 100_000;
    let clock = FakeRelativeClock::default();
    let limits = Limits::by(TABLE, clock.clone());
    let (guesser, owner) = (from(Some(1), "", 1), from(Some(2), "", 2));
    let mut heard = 0;
    for number in 0..GUESSES {
        heard += u32::from(limits.check(&guesser, Class::Guess).is_ok());
        // Ten guesses a second; the owner names a code every ten seconds.
        clock.advance(Duration::from_millis(100));
        if number % 100 == 0 {
            limits.check(&owner, Class::Guess).unwrap();
        }
    }
    let minutes = GUESSES / 600;
    assert!((10 * minutes..=10 * (minutes + 1) + 20).contains(&heard), "{heard} in {minutes} minutes");
}

#[test]
fn accounts_that_guess_from_one_address_share_its_quota() {
    let clock = FakeRelativeClock::default();
    let limits = Limits::by(TABLE, clock.clone());
    let heard = |account| limits.check(&from(Some(account), "", 1), Class::Guess).is_ok();
    let at_once = (0..1_000).filter(|account| heard(*account)).count();
    assert_eq!(at_once, 600, "as many as the address may at once");
    clock.advance(MINUTE);
    assert_eq!((1_000..2_000).filter(|account| heard(*account)).count(), 300, "and then in a minute");
    limits.check(&from(Some(9_999), "", 2), Class::Guess).unwrap();
}
