use super::*;

#[test]
fn only_days_that_exist_are_days() {
    for exists in ["2020-02-29", "2000-02-29", "1999-12-31", "0001-01-01", "9999-12-31"] {
        assert_eq!(Day::parse(exists).map(|day| day.to_string()).as_deref(), Some(exists));
    }
    for none in [
        "2019-02-29",
        "1900-02-29",
        "2020-04-31",
        "2020-13-01",
        "2020-00-10",
        "2020-01-00",
        "0000-01-01",
        "20-01-01",
        "2020-1-1",
        "2020-01-01T00:00",
        "+020-01-01",
        "2020/01/01",
        "",
        "２０２０-01-01",
    ] {
        assert_eq!(Day::parse(none), None, "{none}");
    }
}

#[test]
fn a_day_begins_at_midnight_in_shanghai() {
    // 2020-08-15T16:00:00Z is the first moment of the 16th there.
    let midnight = Millis(1_597_507_200_000);
    assert_eq!(Day::in_shanghai(midnight).to_string(), "2020-08-16");
    assert_eq!(Day::in_shanghai(midnight.plus_ms(-1)).to_string(), "2020-08-15");
    assert!(Day::in_shanghai(midnight) > Day::in_shanghai(midnight.plus_ms(-1)));
}
