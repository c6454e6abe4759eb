use super::*;

#[test]
fn compatibility_ideographs_stay_as_sent_and_the_rest_is_composed() {
    assert_eq!(compose("e\u{301}\u{FA19}e\u{301}\u{FA19}\u{2F800}"), "\u{e9}\u{FA19}\u{e9}\u{FA19}\u{2F800}");
    assert_eq!(compose("\u{FA19}\u{301}\u{327}"), "\u{FA19}\u{327}\u{301}", "marks behind one are put in their order");
    assert_eq!(compose("\u{1100}\u{1161}\u{212B}"), "\u{AC00}\u{C5}", "other canonical equivalents become one");
}

#[test]
fn a_text_is_cut_between_what_a_reader_sees_as_characters() {
    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";
    assert_eq!(shorten(&format!("ab{family}c"), 7), format!("ab{family}"));
    assert_eq!(shorten(&format!("ab{family}c"), 6), "ab");
    assert_eq!(shorten("\u{1F1E9}\u{1F1EA}\u{1F1EB}\u{1F1F7}", 3), "\u{1F1E9}\u{1F1EA}", "flags of two countries");
    assert_eq!(shorten("xe\u{301}", 2), "x");
    assert_eq!(shorten("\u{0928}\u{093F}\u{0928}\u{093F}", 3), "\u{0928}\u{093F}", "a vowel stays with its letter");
    assert_eq!(shorten("abc", 3), "abc");
    assert_eq!(shorten("abc", 0), "");
}

#[test]
fn what_is_longer_than_the_limit_in_one_character_is_cut_within_it() {
    assert_eq!(shorten(&format!("a{}", "\u{301}".repeat(99)), 5).chars().count(), 5);
}
