use super::*;

#[test]
fn nesting_is_counted_outside_strings_only() {
    assert!(nests_within(br#"{"a":[{"b":"[[[[[[[["}]}"#, 3));
    assert!(!nests_within(br#"{"a":[{"b":"x"}]}"#, 2));
    assert!(nests_within(br#"{"a":"\"[[["}"#, 1));
    assert!(!nests_within("[".repeat(100_000).as_bytes(), DEPTH_MAX));
}

#[test]
fn what_is_not_json_ends_the_frame_and_what_is_no_envelope_is_answered() {
    assert!(matches!(decode("{\"id\":1,"), Err(Malformed::Frame)));
    assert!(matches!(decode("hello"), Err(Malformed::Frame)));
    assert!(matches!(decode("[1]"), Err(Malformed::Shape(None))));
    assert!(matches!(decode(r#"{"id":7,"op":"x","extra":1}"#), Err(Malformed::Shape(Some(7)))));
    assert!(matches!(decode(r#"{"id":7,"op":3}"#), Err(Malformed::Shape(Some(7)))));
    assert!(matches!(decode(r#"{"id":0,"op":"x"}"#), Err(Malformed::Shape(None))));
    assert!(matches!(decode(r#"{"id":9007199254740992,"op":"x"}"#), Err(Malformed::Shape(None))));
    assert!(matches!(decode(r#"{"id":"7","op":"x"}"#), Err(Malformed::Shape(None))));
    let good = decode(r#"{"id":9007199254740991,"op":"negotiation.send","d":{"a":1}}"#).unwrap();
    assert_eq!(
        (good.id, good.op.as_ref(), good.d.unwrap().get()),
        (Some(REQUEST_ID_MAX), "negotiation.send", r#"{"a":1}"#)
    );
}

#[test]
fn replies_and_events_have_the_documented_shape() {
    let failure = Failure::new(Code::Invalid, "too long").field("/body/text", "too_long").retry_after_ms(900);
    assert_eq!(
        error(7, &failure),
        r#"{"id":7,"error":{"code":"invalid","message":"too long","retry_after_ms":900,"fields":[{"at":"/body/text","code":"too_long"}]}}"#
    );
    assert_eq!(ok(7, &serde_json::json!({"seq": 1})), r#"{"id":7,"ok":{"seq":1}}"#);
    assert_eq!(
        event("negotiation.message", Some("r"), Some(Seq(42)), &serde_json::json!({})),
        r#"{"ev":"negotiation.message","room":"r","seq":42,"d":{}}"#
    );
    assert_eq!(
        error_event(&Code::RateLimited.into()),
        r#"{"ev":"error","d":{"code":"rate_limited","message":"rate_limited"}}"#
    );
}
