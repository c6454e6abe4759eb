use std::net::Ipv4Addr;

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
