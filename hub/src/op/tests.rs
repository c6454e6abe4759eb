use super::*;

fn body(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

#[test]
fn every_name_is_found_by_its_word() {
    for &name in NAMES {
        assert_eq!(Name::from_text(name.row().text), Some(name));
    }
    assert_eq!(Name::from_text("negotiation.explode"), None);
}

#[test]
fn unknown_missing_and_mistyped_fields_are_named() {
    let at = |json: &str| {
        let failure = decode(Name::NegotiationRead, Some(&body(json))).unwrap_err();
        assert_eq!(failure.code, Code::BadRequest);
        (failure.fields[0].at.clone(), failure.fields[0].code.clone())
    };
    assert_eq!(at(r#"{"conversation":"0000000000001","seq":1,"role":"x"}"#), ("/d/role".into(), "unknown".into()));
    assert_eq!(at(r#"{"conversation":"0000000000001"}"#), ("/d/seq".into(), "missing".into()));
    let twice = r#"{"conversation":"0000000000001","seq":1,"seq":2}"#;
    assert_eq!(at(twice), ("/d/seq".into(), "duplicate".into()));
    assert_eq!(at(r#"{"conversation":"0000000000001","seq":"1"}"#).1, "wrong_type");
    assert_eq!(at(r#"{"conversation":12,"seq":1}"#), ("/d".into(), "wrong_type".into()), "a value is no field");
    assert_eq!(at("[]").1, "wrong_type");
    assert_eq!(at(r#"["0000000000001",1]"#).1, "wrong_type", "fields come by name, not by position");
    let nested = decode(Name::NegotiationStart, Some(&body(r#"{"target":["enterprise","0000000000001"]}"#)));
    assert_eq!(nested.unwrap_err().fields[0].code, "wrong_type");
    let quoted = body(r#"{"conversation":"0000000000001","reason":"a [b] \"[\" c"}"#);
    assert!(decode(Name::NegotiationReport, Some(&quoted)).is_ok(), "brackets inside strings are text");
    assert!(decode(Name::Ping, None).is_ok());
}

#[test]
fn ids_that_are_no_ids_are_refused() {
    for id in ["", "1", "00000000000000", "zzzzzzzzzzzzz", "ilou000000000"] {
        let json = format!(r#"{{"conversation":"{id}"}}"#);
        assert!(decode(Name::NegotiationClaim, Some(&body(&json))).is_err(), "{id}");
    }
}
