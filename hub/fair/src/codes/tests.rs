use std::net::Ipv4Addr;

use super::*;
use crate::token::Keys;

const START: Millis = Millis(1_800_000_000_000);
const TO: &str = "+8613800138000";
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const FOR: Purpose = Purpose::Registration;

fn fixture() -> (Clock, Codes) {
    let clock = Clock::manual(START);
    let store = Store::model(clock.clone());
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(store.clone(), clock.clone(), keys);
    (clock.clone(), Codes::new(store, clock, Entropy::seeded(1), accounts))
}

fn code(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

/// One that is not the right one.
fn other(than: &Issued) -> SecretString {
    code(if than.code.expose_secret() == "000000" { "000001" } else { "000000" })
}

fn wrong() -> Error {
    Error::invalid("/code", "wrong")
}

fn is_limited<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::RateLimited { .. }))
}

async fn is_right(codes: &Codes, issued: &Issued, from: IpAddr) -> bool {
    codes.check(FOR, TO, &issued.code, from).await.is_ok()
}

#[tokio::test]
async fn a_code_is_good_for_its_address_its_use_and_its_time() {
    let (clock, codes) = fixture();
    let issued = codes.issue(FOR, TO, HOME).await.unwrap();
    assert!(
        issued.code.expose_secret().len() == 6 && issued.code.expose_secret().bytes().all(|it| it.is_ascii_digit())
    );
    assert_eq!(codes.check(FOR, TO, &other(&issued), HOME).await.unwrap_err(), wrong());
    assert_eq!(codes.check(FOR, "+8613900139000", &issued.code, HOME).await.unwrap_err(), wrong());
    assert_eq!(codes.check(Purpose::Recovery, TO, &issued.code, HOME).await.unwrap_err(), wrong());
    clock.advance_ms(299_999);
    assert!(is_right(&codes, &issued, HOME).await);
    clock.advance_ms(1);
    assert_eq!(codes.check(FOR, TO, &issued.code, HOME).await.unwrap_err(), wrong());
}

#[tokio::test]
async fn the_next_code_ends_the_one_before_and_a_spent_one_is_no_good() {
    let (clock, codes) = fixture();
    let first = codes.issue(FOR, TO, HOME).await.unwrap();
    clock.advance_ms(60_000);
    let second = codes.issue(FOR, TO, HOME).await.unwrap();
    assert_ne!(first.key, second.key);
    let right = codes.check(FOR, TO, &second.code, HOME).await.unwrap();
    assert_eq!(right.key(), second.key);
    assert!(first.code.expose_secret() == second.code.expose_secret() || !is_right(&codes, &first, HOME).await);
    let again = codes.check(FOR, TO, &second.code, HOME).await.unwrap();
    assert_eq!(codes.spend(again.clone()).await, Ok(true));
    assert_eq!(codes.spend(again).await, Ok(false), "once");
    assert_eq!(codes.check(FOR, TO, &second.code, HOME).await.unwrap_err(), wrong());
}

#[tokio::test]
async fn codes_come_once_a_minute_and_ten_a_day_of_which_five_to_one_network() {
    let (clock, codes) = fixture();
    for n in 0..5 {
        codes.issue(FOR, TO, HOME).await.unwrap();
        let soon = codes.issue(FOR, TO, AWAY).await;
        assert!(matches!(soon, Err(Error::RateLimited { retry_after_ms: 60_000 })), "{n}");
        clock.advance_ms(60_000);
    }
    let again = codes.issue(FOR, TO, HOME).await;
    assert!(matches!(again, Err(Error::RateLimited { retry_after_ms: 86_100_000 })), "{again:?}");
    for _ in 0..5 {
        codes.issue(FOR, TO, AWAY).await.unwrap();
        clock.advance_ms(60_000);
    }
    let third = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
    assert!(is_limited(&codes.issue(FOR, TO, third).await), "ten in all");
    assert!(codes.issue(FOR, "+8613900139000", HOME).await.is_ok(), "others are not concerned");
    clock.advance_ms(86_400_000 - 600_000);
    assert!(codes.issue(FOR, TO, HOME).await.is_ok(), "the first is a day old");
}

#[tokio::test]
async fn a_stranger_who_guesses_does_not_use_up_the_owners_tries() {
    let (_clock, codes) = fixture();
    let issued = codes.issue(FOR, TO, HOME).await.unwrap();
    for _ in 0..5 {
        assert_eq!(codes.check(FOR, TO, &other(&issued), AWAY).await.unwrap_err(), wrong());
    }
    assert!(is_limited(&codes.check(FOR, TO, &issued.code, AWAY).await), "not even with the right one");
    for _ in 0..4 {
        assert_eq!(codes.check(FOR, TO, &other(&issued), HOME).await.unwrap_err(), wrong());
    }
    for _ in 0..10 {
        assert!(is_right(&codes, &issued, HOME).await, "right ones are no guesses");
    }
    assert_eq!(codes.check(FOR, TO, &other(&issued), HOME).await.unwrap_err(), wrong());
    assert!(is_limited(&codes.check(FOR, TO, &issued.code, HOME).await), "the code is dead");
}

/// 10^4 guesses from as many networks while the owner asks for codes as often as may be: nobody gets in.
#[tokio::test]
async fn ten_thousand_guesses_let_nobody_in_and_the_owner_in() {
    let (clock, codes) = fixture();
    let (mut tried, mut limited) = (0, 0);
    let mut last = None;
    for n in 0..10_000_u32 {
        if n % 1_000 == 0 {
            clock.advance_ms(60_000);
            let home = if n < 5_000 { HOME } else { AWAY };
            last = Some((codes.issue(FOR, TO, home).await.unwrap(), home));
        }
        let [_, a, b, _] = n.to_be_bytes();
        let from = IpAddr::V4(Ipv4Addr::new(10, a, b, n.to_be_bytes()[3]));
        let guess = code(&format!("{:06}", n * 97 % 1_000_000));
        match codes.check(FOR, TO, &guess, from).await {
            Err(Error::RateLimited { .. }) => limited += 1,
            Err(error) => {
                assert_eq!(error, wrong());
                tried += 1;
            }
            Ok(_) => panic!("guess {n} got in"),
        }
    }
    assert_eq!((tried, limited), (50, 9_950), "five tries a code for all strangers together");
    let (issued, home) = last.unwrap();
    assert!(is_right(&codes, &issued, home).await);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_five() {
    let (_clock, codes) = fixture();
    let issued = codes.issue(FOR, TO, HOME).await.unwrap();
    let guess = other(&issued);
    let all = futures_util::future::join_all((0..64).map(|_| codes.check(FOR, TO, &guess, HOME))).await;
    let wrong_ones = all.iter().filter(|it| it.as_ref().is_err_and(|error| *error == wrong())).count();
    assert!((1..=5).contains(&wrong_ones), "{wrong_ones}");
    assert!(all.iter().all(Result::is_err));
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_gets_a_code() {
    let (_clock, codes) = fixture();
    let all = futures_util::future::join_all((0..32).map(|_| codes.issue(FOR, TO, HOME))).await;
    assert_eq!(all.iter().filter(|it| it.is_ok()).count(), 1);
    assert!(all.iter().all(|it| it.is_ok() || is_limited(it)));
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_nobody_up() {
    let (clock, codes) = fixture();
    codes.issue(FOR, TO, HOME).await.unwrap();
    clock.step_ms(-3_600_000);
    let issued = codes.issue(FOR, TO, HOME).await.unwrap();
    assert!(is_right(&codes, &issued, HOME).await);
    assert!(is_limited(&codes.issue(FOR, TO, HOME).await), "from then on as ever");
}

#[tokio::test]
async fn neither_code_nor_address_lies_in_the_store() {
    let (_clock, codes) = fixture();
    let issued = codes.issue(FOR, TO, HOME).await.unwrap();
    let rows = codes.rows(&codes.part(FOR, TO), 10).await.unwrap();
    let shown = format!("{:?} {rows:?} {issued:?}", codes.part(FOR, TO));
    let plain = issued.code.expose_secret();
    assert!(!shown.contains("13800138000") && !shown.contains(&format!("\"{plain}\"")), "{shown}");
    let Hidden(mark) = &rows[0].1.mark;
    assert!(!mark.windows(6).any(|it| it == plain.as_bytes()));
}
