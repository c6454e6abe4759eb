use super::*;

const START: Tick = Tick(1_800_000_000_000);
const OWNER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

fn stranger(n: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n))
}

fn fail(guessing: &mut Guessing, now: Tick, address: IpAddr) -> Result<(), u64> {
    guessing.admit(now, "acme/admin", address).map(|_failed| ())
}

fn succeed(guessing: &mut Guessing, now: Tick, account: &str, address: IpAddr) -> Result<(), u64> {
    let attempt = guessing.admit(now, account, address)?;
    guessing.succeeded(now, attempt)
}

#[test]
fn a_pairs_delay_doubles_after_five_failures_up_to_a_quarter_hour() {
    let mut guessing = Guessing::new();
    let mut now = START;
    for _ in 0..5 {
        assert_eq!(fail(&mut guessing, now, OWNER), Ok(()));
    }
    let mut waits = Vec::new();
    for _ in 0..12 {
        assert_eq!(fail(&mut guessing, now, OWNER), Ok(()));
        let wait = fail(&mut guessing, now, OWNER).unwrap_err();
        waits.push(wait / 1000);
        assert!(fail(&mut guessing, now.plus_ms(i64::try_from(wait).unwrap() - 1), OWNER).is_err());
        now = now.plus_ms(i64::try_from(wait).unwrap());
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert_eq!(fail(&mut guessing, now.plus_ms(PAIR.memory_ms), OWNER), Ok(()));
    assert_eq!(fail(&mut guessing, now.plus_ms(PAIR.memory_ms), OWNER), Ok(()), "forgotten after its time");
}

#[test]
fn success_clears_the_pair_and_an_undecided_try_does_not_count() {
    let mut guessing = Guessing::new();
    for _ in 0..4 {
        assert_eq!(fail(&mut guessing, START, OWNER), Ok(()));
    }
    for _ in 0..100 {
        let attempt = guessing.admit(START, "acme/admin", OWNER).unwrap();
        guessing.undecided(attempt);
    }
    succeed(&mut guessing, START, "acme/admin", OWNER).unwrap();
    for _ in 0..5 {
        assert_eq!(fail(&mut guessing, START, OWNER), Ok(()));
    }
}

#[test]
fn parallel_tries_cannot_slip_through() {
    let mut guessing = Guessing::new();
    let admitted = (0..1_000).filter(|_| guessing.admit(START, "acme/admin", OWNER).is_ok()).count();
    assert_eq!(admitted, 6, "five free, and the one that starts the delay");
}

#[test]
fn a_hundred_thousand_guesses_from_a_thousand_addresses_neither_lock_the_owner_nor_go_fast() {
    let mut guessing = Guessing::new();
    let hours = 2;
    let (guesses, addresses) = (100_000_u32, 1_000_u32);
    let step_ms = i64::from(hours) * 60 * MINUTE_MS / i64::from(guesses);
    let mut let_through = 0_u32;
    let mut owner_waits = 0_u32;
    for guess in 0..guesses {
        let now = START.plus_ms(i64::from(guess) * step_ms);
        // Four addresses to a /24, so that the pair's limit is the one that holds.
        let address = stranger((guess % addresses / 4) * 256 + guess % 4);
        let_through += u32::from(fail(&mut guessing, now, address).is_ok());
        if guess % 10_000 == 0 {
            owner_waits += u32::from(succeed(&mut guessing, now, "acme/admin", OWNER).is_err());
        }
    }
    assert_eq!(owner_waits, 0);
    // An hour's worst case: 6 free, 10 while doubling, then one a quarter hour.
    assert!(let_through <= addresses * (16 + 4 * hours), "{let_through}");
    assert!(let_through >= addresses * 6, "the test guesses at all: {let_through}");
}

#[test]
fn a_network_is_slowed_but_not_the_owner_who_was_there_before() {
    let mut guessing = Guessing::new();
    let home = stranger(1);
    succeed(&mut guessing, START, "acme/admin", home).unwrap();
    let spray = |guessing: &mut Guessing, n: u32| guessing.admit(START, &format!("user{n}"), stranger(n % 250));
    let admitted = (0..1_000).filter(|&n| spray(&mut guessing, n).is_ok()).count();
    assert_eq!(admitted, 101);
    assert!(guessing.admit(START, "beta/admin", stranger(7)).is_err(), "a neighbour waits");
    assert!(guessing.admit(START, "acme/admin", home).is_ok(), "the known owner does not");
    assert!(guessing.admit(START, "beta/admin", stranger(256)).is_ok(), "nor does another network");
    let later = START.plus_ms(NETWORK.delay_ms_max);
    assert!(guessing.admit(later, "beta/admin", stranger(7)).is_ok(), "a minute is the longest wait");
}

#[test]
fn an_ipv6_host_has_one_network_and_mapped_addresses_are_the_ipv4_ones() {
    let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
    let other: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
    let mapped: IpAddr = "::ffff:10.0.0.9".parse().unwrap();
    assert_eq!(Network::of(one), Network::of(other));
    assert_ne!(Network::of(one), Network::of("2001:db8:1:3::1".parse().unwrap()));
    assert_eq!(Network::of(mapped), Network::of(stranger(200)));
}

#[test]
fn memory_is_bounded_whatever_is_tried() {
    let mut guessing = Guessing::with_keys_max(1_000);
    for n in 0..100_000_u32 {
        let _refused_or_not = guessing.admit(START, &format!("user{n}"), stranger(n * 256)).is_ok();
        assert!(guessing.keys() <= 2_000, "pairs and networks; who guesses fills nothing else");
    }
}

#[test]
fn right_tries_of_an_account_are_twenty_in_ten_minutes_wherever_they_come_from() {
    let mut guessing = Guessing::new();
    let right = (0..1_000).filter(|&n| succeed(&mut guessing, START, "acme/admin", stranger(n)).is_ok()).count();
    assert_eq!(right, 20);
    assert_eq!(
        succeed(&mut guessing, START, "acme/admin", stranger(0)),
        Err(30_000),
        "one comes back in half a minute"
    );
    assert!(guessing.admit(START, "acme/admin", stranger(0)).is_err(), "where it is known: before the hash");
    assert!(guessing.admit(START, "acme/admin", OWNER).is_ok(), "a stranger is asked for the password as ever");
    assert_eq!(succeed(&mut guessing, START, "acme/other", stranger(0)), Ok(()), "the neighbour is not held up");
    let later = START.plus_ms(30_000);
    assert_eq!(succeed(&mut guessing, later, "acme/admin", stranger(0)), Ok(()));
    assert!(succeed(&mut guessing, later, "acme/admin", stranger(0)).is_err());
    let mut now = START.plus_ms(ACCOUNT.window_ms + 30_000);
    let again = (0..100).filter(|_| succeed(&mut guessing, now, "acme/admin", OWNER).is_ok()).count();
    assert_eq!(again, 20, "all of it comes back");
    now = now.plus_ms(ACCOUNT.window_ms);
    let hour = 60 * MINUTE_MS;
    let slow = (0..hour / 1_000).filter(|s| succeed(&mut guessing, now.plus_ms(s * 1_000), "a/b", OWNER).is_ok());
    assert_eq!(slow.count(), 20 + 119);
}

#[test]
fn parallel_right_tries_cannot_slip_through() {
    let mut guessing = Guessing::new();
    let admitted: Vec<_> = (0..200).filter_map(|n| guessing.admit(START, "acme/admin", stranger(n)).ok()).collect();
    assert!(admitted.len() > 100);
    let right = admitted.into_iter().filter_map(|attempt| guessing.succeeded(START, attempt).ok()).count();
    assert_eq!(right, 20);
}

#[test]
fn right_tries_of_a_host_are_bounded_and_its_accounts_lose_nothing_by_it() {
    let mut guessing = Guessing::new();
    let sign_in = |guessing: &mut Guessing, n: u32| succeed(guessing, START, &format!("user{n}"), OWNER);
    let right = (0..10_000).filter(|&n| sign_in(&mut guessing, n).is_ok()).count();
    assert_eq!(right, 3_000);
    assert_eq!(sign_in(&mut guessing, 9_999), Err(200));
    assert!(guessing.admit(START, "acme/admin", OWNER).is_err(), "before the hash, whoever it is");
    let elsewhere = (0..100).filter(|&n| succeed(&mut guessing, START, "user9999", stranger(n)).is_ok()).count();
    assert_eq!(elsewhere, 20);
    let of_one_host: [IpAddr; 2] = ["2001:db8:1:2::1".parse().unwrap(), "2001:db8:1:2:ffff::9".parse().unwrap()];
    assert_eq!(Host::of(of_one_host[0]), Host::of(of_one_host[1]));
    assert_ne!(Host::of(stranger(1)), Host::of(stranger(2)));
}
