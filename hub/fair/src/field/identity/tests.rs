use proptest::prelude::*;

use super::*;

fn today() -> Day {
    Day::parse("2020-08-15").unwrap()
}

fn resident(text: &str) -> Result<String, Broken> {
    resident_id(text, today())
}

#[test]
fn resident_ids_of_the_specification() {
    for valid in ["11010519491231002X", "440524188001010014"] {
        assert_eq!(resident(valid).as_deref(), Ok(valid));
    }
    assert_eq!(resident("11010519491231002x").as_deref(), Ok("11010519491231002X"));
    assert_eq!(resident("110105194912310021"), Err("checksum"));
    assert_eq!(resident("110105194902300012"), Err("no_such_day"), "right check, 30 February");
    for wrong in
        ["", "1101051949123100", "11010519491231002XX", "X1010519491231002X", "１１０１０５１９４９", "110105491231002"]
    {
        assert_eq!(resident(wrong), Err("format"), "{wrong}");
    }
}

#[test]
fn nobody_is_born_tomorrow() {
    let number = |birth: &str| {
        let body = format!("110105{birth}002");
        format!("{body}{}", char::from(resident_check(&body).unwrap()))
    };
    assert!(resident(&number("20200815")).is_ok());
    assert_eq!(resident(&number("20200816")), Err("future"));
    assert_eq!(birthday(&number("20200815")), Some(today()));
}

#[test]
fn credit_codes_of_the_specification() {
    // The sum of the second leaves nothing: its check is 0.
    for valid in ["91350100M000100Y43", "91350100M000100Y30", "91350100M0001004YQ"] {
        assert_eq!(credit_code(valid).as_deref(), Ok(valid));
    }
    assert_eq!(credit_code("91350100m000100y43").as_deref(), Ok("91350100M000100Y43"));
    assert_eq!(credit_code("91350100M0001004Y3"), Err("checksum"), "two characters swapped");
    assert_eq!(credit_code("9135O100M000100Y43"), Err("format"), "the letter O is refused, not corrected");
    for wrong in ["", "91350100M000100Y4", "91350100M000100Y433", "91350100I000100Y43", "91350100Z000100Y43"] {
        assert_eq!(credit_code(wrong), Err("format"), "{wrong}");
    }
}

/// Published samples map letters by their code, as if I, O and S were digits, and take the sum's remainder as it is.
#[test]
fn the_widespread_wrong_credit_check_is_not_ours() {
    assert_eq!(credit_code("91350100M000100Y4D"), Err("checksum"));
}

#[test]
fn permits_and_passports_have_their_shapes() {
    for valid in ["H12345678", "M1234567890", "h12345678"] {
        assert_eq!(home_permit(valid), Ok(valid.to_uppercase()));
    }
    for wrong in ["12345678", "H1234567", "H123456789", "H12345678901", "A12345678", "H1234567８", ""] {
        assert_eq!(home_permit(wrong), Err("format"), "{wrong}");
    }
    assert!(taiwan_permit("12345678").is_ok() && taiwan_permit("1234567890").is_ok());
    for wrong in ["1234567", "123456789", "H2345678", "12345678901", ""] {
        assert_eq!(taiwan_permit(wrong), Err("format"), "{wrong}");
    }
    assert_eq!(passport("e12345678").as_deref(), Ok("E12345678"));
    for wrong in ["E123", "E123456789", "E1234 678", "Ｅ12345678", ""] {
        assert_eq!(passport(wrong), Err("format"), "{wrong}");
    }
}

fn changed(text: &str, at: usize, to: u8) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let was = std::mem::replace(&mut bytes[at], to);
    (was != to).then(|| String::from_utf8(bytes).unwrap())
}

proptest! {
    #[test]
    fn one_changed_digit_of_a_resident_id_is_refused(
        area in 100_000u32..999_999, year in 1900u16..2020, month in 1u8..=12, day in 1u8..=28, serial in 0u16..1000,
        at in 0usize..17, digit in b'0'..=b'9',
    ) {
        let body = format!("{area}{year:04}{month:02}{day:02}{serial:03}");
        let number = format!("{body}{}", char::from(resident_check(&body).unwrap()));
        prop_assert!(resident(&number).is_ok(), "{}", number);
        if let Some(other) = changed(&number, at, digit) {
            prop_assert_eq!(resident(&other), Err("checksum"));
        }
    }

    #[test]
    fn two_neighbours_swapped_in_a_resident_id_are_refused(
        year in 1900u16..2020, month in 1u8..=12, day in 1u8..=28, serial in 0u16..1000, at in 0usize..16,
    ) {
        let body = format!("110105{year:04}{month:02}{day:02}{serial:03}");
        let number = format!("{body}{}", char::from(resident_check(&body).unwrap()));
        let mut bytes = number.clone().into_bytes();
        bytes.swap(at, at + 1);
        let swapped = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(resident(&swapped).is_ok(), swapped == number);
    }

    #[test]
    fn a_credit_code_has_one_check_and_one_changed_character_is_refused(
        places in prop::collection::vec(0usize..31, 17), at in 0usize..18, other in 0usize..31,
    ) {
        let body: String = places.iter().map(|place| char::from(CREDIT_ALPHABET[*place])).collect();
        let valid = |check: &&u8| credit_code(&format!("{body}{}", char::from(**check))).is_ok();
        let checks: Vec<_> = CREDIT_ALPHABET.iter().filter(valid).collect();
        prop_assert_eq!(checks.len(), 1);
        let code = format!("{body}{}", char::from(*checks[0]));
        if let Some(changed) = changed(&code, at, CREDIT_ALPHABET[other]) {
            prop_assert_eq!(credit_code(&changed), Err("checksum"));
        }
    }

    #[test]
    fn whatever_is_typed_a_number_is_refused_or_stays_itself(text in "\\PC{0,20}") {
        for taken in [resident(&text), credit_code(&text), home_permit(&text), taiwan_permit(&text), passport(&text)] {
            prop_assert!(taken.is_err() || taken == Ok(text.to_ascii_uppercase()));
        }
    }
}
