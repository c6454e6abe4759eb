use super::*;

#[test]
fn usernames_are_4_to_20_of_letters_digits_underscore_dash() {
    assert_eq!(username("Abc_-9"), Ok("Abc_-9".to_owned()));
    assert_eq!(username("abc"), Err("too_short"));
    assert_eq!(username("abcd"), Ok("abcd".to_owned()));
    assert_eq!(username(&"a".repeat(20)), Ok("a".repeat(20)));
    assert_eq!(username(&"a".repeat(21)), Err("too_long"));
    for look_alike in ["аdmin", "ad\u{200d}min", "ad min", "admin\u{202e}", "ａdmin", ""] {
        assert!(username(look_alike).is_err(), "{look_alike:?}");
    }
}

#[test]
fn sub_users_are_lower_case_and_compared_without_case() {
    assert_eq!(sub_username("Wang"), Err("charset"));
    assert_eq!(sub_username("wang-1"), Ok("wang-1".to_owned()));
    assert_eq!(login_key("AcMe_1"), "acme_1");
}

#[test]
fn passwords_need_letters_and_digits_within_their_length() {
    assert_eq!(password("abcdefg1"), Ok(()));
    assert_eq!(password("abcdef1"), Err("too_short"));
    assert_eq!(password(&format!("{}1", "a".repeat(19))), Ok(()));
    assert_eq!(password(&format!("{}1", "a".repeat(20))), Err("too_long"));
    assert_eq!(password("abcdefgh"), Err("weak"));
    assert_eq!(password("12345678"), Err("weak"));
    assert_eq!(password("密码abcd1234"), Err("charset"));
    assert_eq!(password("abc 12345"), Err("charset"));
}

#[test]
fn display_names_are_normalised_counted_in_scalars_and_show_everything() {
    assert_eq!(display_name("  王经理 "), Ok("王经理".to_owned()));
    assert_eq!(display_name("e\u{301}"), Ok("é".to_owned()));
    assert_eq!(display_name("\u{FA19}社"), Ok("\u{FA19}社".to_owned()), "a name may need the one and not the other");
    assert_eq!(display_name(&"王".repeat(DISPLAY_NAME_MAX)), Ok("王".repeat(DISPLAY_NAME_MAX)));
    assert_eq!(display_name(&"王".repeat(DISPLAY_NAME_MAX + 1)), Err("too_long"));
    assert_eq!(display_name("   "), Err("too_short"));
    assert_eq!(display_name(&"\u{301}".repeat(10_000)), Err("too_long"));
    for hidden in ["a\u{200b}b", "a\u{202e}b", "a\nb", "a\u{feff}b", "a\u{2066}b"] {
        assert_eq!(display_name(hidden), Err("charset"), "{hidden:?}");
    }
}

#[test]
fn mobiles_are_mainland_or_international() {
    assert!(mobile("13800138000").is_ok());
    assert!(mobile("+4915112345678").is_ok());
    for wrong in
        ["12800138000", "1380013800", "138001380000", "+013800138000", "+1380", "1380013800a", "", "+", "+1３800138000"]
    {
        assert_eq!(mobile(wrong), Err("format"), "{wrong:?}");
    }
}

#[test]
fn mainland_numbers_are_stored_without_their_country() {
    assert_eq!(mainland_mobile("+8613800138000"), Ok("13800138000".to_owned()));
    assert_eq!(mainland_mobile("19912345678"), Ok("19912345678".to_owned()));
    for wrong in ["+4915112345678", "+86+4915112345678", "8613800138000", "12345678901", "+86", ""] {
        assert_eq!(mainland_mobile(wrong), Err("format"), "{wrong:?}");
    }
}

#[test]
fn emails_have_one_at_and_a_dotted_domain() {
    assert!(email("li.wei@example.com").is_ok());
    for wrong in ["a@b", "a@b@c.d", "@b.c", "a@.c", "a b@c.d", "a@b.c\r\nBcc: x@y.z", ""] {
        assert_eq!(email(wrong), Err("format"), "{wrong:?}");
    }
    assert_eq!(email(&format!("a@{}.com", "b".repeat(250))), Err("too_long"));
}
