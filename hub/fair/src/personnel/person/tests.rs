//! Masks, and where a person opens.

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::token::Keys;

fn person() -> Person {
    let fields = json!({
        "nationality": "mainland", "real_name": "王小明", "gender": "male", "document_type": "resident_id",
        "document_number": "11010519491231002X", "birthday": "1949-12-31", "position": "middle",
    });
    serde_json::from_value(fields).unwrap()
}

#[test]
fn numbers_are_masked_in_their_middle() {
    assert_eq!(mask("11010519491231002X"), "110***********002X");
    assert_eq!(mask("H1234567890"), "H*********0");
    assert_eq!(mask("12345678"), "1******8");
    assert_eq!(mask("E1234"), "E***4");
    assert_eq!((mask("AB"), mask("A"), mask("")), ("AB".into(), "A".into(), String::new()));
}

#[test]
fn a_sealed_person_opens_for_its_own_account_only() {
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let Hidden(sealed) = person().sealed(keys.sealer(), UserId(1)).unwrap();
    assert_eq!(Person::open(keys.sealer(), UserId(1), &sealed).unwrap(), person());
    assert!(Person::open(keys.sealer(), UserId(2), &sealed).is_err());
    let hay = String::from_utf8_lossy(&sealed).into_owned();
    assert!(!hay.contains("11010519491231002X") && !hay.contains("王小明"));
}

#[test]
fn debug_shows_nothing_of_a_person() {
    let (person, seen, document) = (person(), person().seen(), person().document());
    let shown = format!("{person:?} {seen:?} {document:?}");
    for secret in ["王", "002X", "1949", "110"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_person_is_the_fields_of_its_form() {
    let fields = person().fields();
    let of_form: Vec<_> = form::PERSON.fields.iter().map(|field| field.name).collect();
    assert!(fields.keys().all(|name| of_form.contains(&name.as_str())));
    assert_eq!(fields["document_number"], "11010519491231002X");
}
