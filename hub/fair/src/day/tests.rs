//! Days that exist and those that do not, and where they begin.

use storage::ids::Millis;

use super::{Day, moment};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

#[test]
fn a_day_begins_at_midnight_of_shanghai_wherever_the_hub_stands() {
    let first = day("2020-07-15");
    assert_eq!(first.begins(), moment("2020-07-14T16:00:00Z").unwrap());
    assert_eq!(Day::in_shanghai(first.begins()), first);
    assert_eq!(Day::in_shanghai(first.begins().plus_ms(-1)), day("2020-07-14"));
    assert_eq!(Day::in_shanghai(moment("2020-07-15T23:59:59.999+08:00").unwrap()), first);
    assert_eq!(first.ends(), moment("2020-07-16T00:00:00+08:00").unwrap());
}

#[test]
fn every_day_of_eight_hundred_years_is_read_as_it_is_written() {
    let (mut at, last) = (day("1700-01-01"), day("2500-12-31"));
    while at <= last {
        assert_eq!(day(&at.to_string()), at);
        at = at.plus(1);
    }
}

#[test]
fn days_that_do_not_exist_are_none() {
    for text in [
        "2020-02-30",
        "2021-02-29",
        "1900-02-29",
        "2020-13-01",
        "2020-00-10",
        "2020-04-31",
        "2020-01-00",
        "2020-1-1",
        "20200101",
        "",
        "2020-01-01 ",
        "+020-01-01",
        "２０２０-01-01",
        "0000-01-01",
        "2020-01-01T00:00",
        "2020/01/01",
    ] {
        assert_eq!(Day::parse(text), None, "{text}");
    }
    assert!(Day::parse("2000-02-29").is_some() && Day::parse("0001-01-01").is_some());
    assert_eq!(Day::parse_packed("19491231"), Day::parse("1949-12-31"));
    assert_eq!((Day::parse_packed("19490230"), Day::parse_packed("1949-1-1")), (None, None));
}

#[test]
fn moments_name_their_offset() {
    assert_eq!(moment("1970-01-01T00:00:00Z"), Some(Millis(0)));
    assert_eq!(moment("2020-08-01T09:00:00+08:00"), moment("2020-08-01T01:00:00Z"));
    assert_eq!(moment("2020-08-01T09:00:00.5+08:00"), moment("2020-08-01T01:00:00.500z"));
    assert_eq!(moment("1969-12-31T23:59:59.999-00:30"), Some(Millis(30 * 60_000 - 1)));
    for text in [
        "2020-08-01T09:00:00",
        "2020-08-01",
        "2020-08-01T24:00:00Z",
        "2020-08-01T09:60:00Z",
        "2020-08-01T09:00:00.Z",
        "2020-08-01T09:00:00+0800",
        "2020-08-01T09:00:00+08:00x",
        "2020-08-01 09:00:00Z",
    ] {
        assert_eq!(moment(text), None, "{text}");
    }
}
