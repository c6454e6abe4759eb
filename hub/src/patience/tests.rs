use super::*;

#[test]
fn what_is_asked_for_is_given_once_to_the_request_and_once_to_its_connection() {
    let connection = More::default();
    let (one, other) = (Patience::on(&connection), Patience::on(&connection));
    assert_eq!(one.take(), Duration::ZERO);
    one.ask(Duration::from_secs(3));
    one.ask(Duration::from_secs(4));
    assert_eq!((one.take(), one.take(), other.take()), (Duration::from_secs(7), Duration::ZERO, Duration::ZERO));
    other.ask(Duration::from_secs(1));
    assert_eq!((connection.take(), connection.take()), (Duration::from_secs(8), Duration::ZERO));
}

#[test]
fn nobody_is_given_for_ever() {
    let patience = Patience::default();
    for _ in 0..3 {
        patience.ask(Duration::MAX);
    }
    assert_eq!(patience.take(), Duration::from_millis(MORE_MS_MAX));
}
