use axum::http::HeaderValue;

use super::*;

fn of(range: &str) -> Asked {
    parse(range, 100)
}

#[test]
fn one_range_is_taken_within_the_file() {
    assert_eq!(of("bytes=0-0"), Asked::Part(0..1));
    assert_eq!(of("bytes=10-19"), Asked::Part(10..20));
    assert_eq!(of("bytes=99-"), Asked::Part(99..100));
    assert_eq!(of("bytes=50-18446744073709551615"), Asked::Part(50..100));
    assert_eq!(of("bytes=-10"), Asked::Part(90..100));
    assert_eq!(of("bytes=-1000"), Asked::Part(0..100));
    assert_eq!(of("Bytes = 1-2"), Asked::Part(1..3));
}

#[test]
fn beyond_the_end_there_is_nothing() {
    for beyond in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
        assert_eq!(of(beyond), Asked::Beyond, "{beyond}");
    }
}

#[test]
fn what_makes_no_sense_is_the_whole_file() {
    for none in ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=+1-2", "items=0-1", "bytes=0-1,5-6"]
    {
        assert_eq!(of(none), Asked::Whole, "{none}");
    }
    assert_eq!(of("bytes=18446744073709551616-"), Asked::Whole, "no number that fits");
}

#[test]
fn a_range_of_another_version_is_the_whole_file() {
    let mut headers = HeaderMap::new();
    headers.insert(header::RANGE, HeaderValue::from_static("bytes=1-2"));
    assert_eq!(asked(&headers, 100, "\"a\""), Asked::Part(1..3));
    headers.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
    assert_eq!(asked(&headers, 100, "\"a\""), Asked::Part(1..3));
    for other in ["\"b\"", "W/\"a\"", "Wed, 21 Oct 2026 07:28:00 GMT"] {
        headers.insert(header::IF_RANGE, HeaderValue::from_static(other));
        assert_eq!(asked(&headers, 100, "\"a\""), Asked::Whole, "{other}");
    }
}
