use storage::{Faults, Faulty};

use super::*;

const START: Millis = Millis(1_800_000_000_000);
const USER: UserId = UserId(7);

fn over(store: Store, clock: &Clock) -> Idempotency {
    Idempotency::new(store, clock.clone(), Entropy::seeded(1))
}

fn fresh() -> (Clock, Idempotency) {
    let clock = Clock::manual(START);
    (clock.clone(), over(Store::model(clock.clone()), &clock))
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn order(body: &str) -> Fingerprint {
    Fingerprint::of("POST", "/v1/orders", body.as_bytes())
}

fn claimed(begun: Begun) -> Claim {
    let Begun::Fresh(claim) = begun else { panic!("{begun:?}") };
    claim
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_another_body_is_told_apart() {
    let (_clock, keys) = fresh();
    let claim = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    keys.finish(&claim, 201, r#"{"id":"x"}"#).await.unwrap();
    for _ in 0..2 {
        let again = keys.begin(USER, &key("a"), order("1")).await.unwrap();
        assert!(matches!(again, Begun::Repeated { status: 201, body: Some(body) } if body == r#"{"id":"x"}"#));
    }
    assert!(matches!(keys.begin(USER, &key("a"), order("2")).await.unwrap(), Begun::Other));
    let elsewhere = Fingerprint::of("POST", "/v1/projects", b"1");
    assert!(matches!(keys.begin(USER, &key("a"), elsewhere).await.unwrap(), Begun::Other));
    assert_ne!(claimed(keys.begin(USER, &key("A"), order("1")).await.unwrap()).object(), claim.object());
    assert_ne!(claimed(keys.begin(UserId(8), &key("a"), order("2")).await.unwrap()).object(), claim.object());
    assert_ne!(Fingerprint::of("a", "bc", b""), Fingerprint::of("ab", "c", b""), "parts are told apart");
}

#[tokio::test]
async fn what_is_in_progress_is_taken_over_after_five_seconds_for_the_same_object() {
    let (clock, keys) = fresh();
    let first = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    pass(&clock, 2_000);
    let busy = keys.begin(USER, &key("a"), order("1")).await.unwrap();
    assert!(matches!(busy, Begun::Busy { retry_after_ms: 3_000 }), "{busy:?}");
    assert!(matches!(keys.begin(USER, &key("a"), order("2")).await.unwrap(), Begun::Other));
    pass(&clock, 3_000);
    let second = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    assert_eq!(second.object(), first.object(), "what a crash left half done is finished, not made twice");
    keys.finish(&first, 500, "late").await.unwrap();
    let busy = keys.begin(USER, &key("a"), order("1")).await.unwrap();
    assert!(matches!(busy, Begun::Busy { .. }), "who lost it does not answer: {busy:?}");
    keys.finish(&second, 201, "right").await.unwrap();
    keys.finish(&first, 500, "late").await.unwrap();
    let answer = keys.begin(USER, &key("a"), order("1")).await.unwrap();
    assert!(matches!(answer, Begun::Repeated { status: 201, body: Some(body) } if body == "right"));
}

#[tokio::test]
async fn what_is_given_up_is_free_at_once_but_not_by_who_lost_it() {
    let (clock, keys) = fresh();
    let first = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    keys.give_up(first.clone()).await.unwrap();
    let second = claimed(keys.begin(USER, &key("a"), order("2")).await.unwrap());
    keys.finish(&first, 500, "of one that was given up").await.unwrap();
    assert!(matches!(keys.begin(USER, &key("a"), order("2")).await.unwrap(), Begun::Busy { .. }));
    pass(&clock, BUSY_MS);
    let third = claimed(keys.begin(USER, &key("a"), order("2")).await.unwrap());
    keys.give_up(second).await.unwrap();
    assert!(matches!(keys.begin(USER, &key("a"), order("2")).await.unwrap(), Begun::Busy { .. }));
    keys.finish(&third, 204, "").await.unwrap();
    let answer = keys.begin(USER, &key("a"), order("2")).await.unwrap();
    assert!(matches!(answer, Begun::Repeated { status: 204, body: Some(body) } if body.is_empty()));
}

#[tokio::test]
async fn a_clock_set_back_an_hour_does_not_keep_a_key_busy() {
    let (clock, keys) = fresh();
    let first = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    pass(&clock, -3_600_000);
    assert_eq!(claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap()).object(), first.object());
}

#[tokio::test]
async fn answers_are_kept_for_a_week_and_long_ones_by_their_status() {
    let (clock, keys) = fresh();
    let claim = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    keys.finish(&claim, 200, &"x".repeat(ANSWER_BYTES_MAX + 1)).await.unwrap();
    let again = keys.begin(USER, &key("a"), order("1")).await.unwrap();
    assert!(matches!(again, Begun::Repeated { status: 200, body: None }), "never done twice");
    let claim = claimed(keys.begin(USER, &key("b"), order("1")).await.unwrap());
    keys.finish(&claim, 200, &"x".repeat(ANSWER_BYTES_MAX)).await.unwrap();
    pass(&clock, 7 * 24 * 3_600_000 - 1);
    let again = keys.begin(USER, &key("b"), order("1")).await.unwrap();
    assert!(matches!(again, Begun::Repeated { body: Some(body), .. } if body.len() == ANSWER_BYTES_MAX));
    pass(&clock, 1);
    assert_ne!(claimed(keys.begin(USER, &key("b"), order("2")).await.unwrap()).object(), claim.object());
}

#[tokio::test(start_paused = true)]
async fn of_racers_with_one_key_exactly_one_does_it() {
    for seed in 0..50 {
        let clock = Clock::starting_at(START);
        let vexed = Faults { delay_ms_max: 200, unknown_done: 0.2, unknown_lost: 0.2, unavailable: 0.0 };
        let store = Store::Faulty(Faulty::new(Store::model(clock.clone()), seed, vexed));
        let mut racers = tokio::task::JoinSet::new();
        for n in 0..4 {
            let keys = Idempotency::new(store.clone(), clock.clone(), Entropy::seeded(seed * 10 + n));
            racers.spawn(async move { keys.begin(USER, &key("a"), order("1")).await });
        }
        let answers = racers.join_all().await;
        let fresh = answers.iter().filter(|answer| matches!(answer, Ok(Begun::Fresh(_)))).count();
        assert!(fresh <= 1, "seed {seed}: {answers:?}");
        let told = |answer: &Result<Begun>| matches!(answer, Ok(Begun::Fresh(_) | Begun::Busy { .. }));
        assert!(answers.iter().all(told), "seed {seed}: {answers:?}");
        assert_eq!(fresh, 1, "seed {seed}: {answers:?}");
    }
}

#[tokio::test]
async fn an_answer_whose_writing_was_lost_is_written_again() {
    for seed in 0..50 {
        let clock = Clock::manual(START);
        let store = Faulty::new(Store::model(clock.clone()), seed, Faults::default());
        let keys = over(Store::Faulty(store.clone()), &clock);
        let claim = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
        store.set_faults(Faults { unknown_done: 0.3, unknown_lost: 0.3, ..Faults::default() });
        keys.finish(&claim, 201, "x").await.unwrap();
        store.set_faults(Faults::default());
        let again = keys.begin(USER, &key("a"), order("1")).await.unwrap();
        assert!(matches!(again, Begun::Repeated { status: 201, .. }), "seed {seed}: {again:?}");
    }
}

#[tokio::test]
async fn of_two_who_take_over_at_once_one_gets_it() {
    let (clock, keys) = fresh();
    let first = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    pass(&clock, BUSY_MS);
    let other = Idempotency { entropy: Entropy::seeded(2), ..keys.clone() };
    let (a, o) = (key("a"), order("1"));
    let (one, two) = tokio::join!(keys.begin(USER, &a, o), other.begin(USER, &a, o));
    let fresh: Vec<_> = [one.unwrap(), two.unwrap()].into_iter().filter(|it| matches!(it, Begun::Fresh(_))).collect();
    assert_eq!(fresh.len(), 1);
    assert_eq!(fresh.into_iter().map(claimed).next().unwrap().object(), first.object());
}

#[test]
fn keys_are_visible_ascii_of_bounded_length() {
    for right in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "\"quoted\"", &"x".repeat(64)] {
        assert_eq!(Key::parse(right), Ok(Key(right.to_owned())));
    }
    let long = "x".repeat(65);
    for (wrong, code) in
        [("", "too_short"), (&*long, "too_long"), ("a b", "charset"), ("é", "charset"), ("\n", "charset")]
    {
        assert_eq!(Key::parse(wrong), Err(Error::invalid("/Idempotency-Key", code)), "{wrong}");
    }
}

#[tokio::test]
async fn an_answer_is_not_shown_by_debug() {
    let (_clock, keys) = fresh();
    let claim = claimed(keys.begin(USER, &key("a"), order("1")).await.unwrap());
    keys.finish(&claim, 200, "13800138000").await.unwrap();
    let part = IdempotencyPart { user: USER };
    let row = keys.store.get::<IdempotencyRows>(part, claim.key.clone(), Read::Serial).await.unwrap().unwrap();
    assert!(!format!("{row:?}").contains("138"), "{row:?}");
}

/// Lets time pass; less than none is somebody who sets the clock back.
fn pass(clock: &Clock, ms: i64) {
    match u32::try_from(ms) {
        Ok(ms) => clock.advance_ms(ms),
        Err(_negative) => clock.step_ms(ms),
    }
}
