use super::*;

#[test]
fn a_text_is_counted_composed_and_trimmed_at_its_limits() {
    assert_eq!(
        line(&"ｅ\u{301}".repeat(2), 1, 4),
        Ok("ｅ\u{301}ｅ\u{301}".to_owned()),
        "no composition exists: two each"
    );
    assert_eq!(line(&"e\u{301}".repeat(5), 1, 5), Ok("é".repeat(5)));
    assert_eq!(line(&"e\u{301}".repeat(6), 1, 5), Err("too_long"));
    assert_eq!(line("　，。　", 2, 2), Ok("，。".to_owned()), "punctuation counts, blanks around it do not");
    assert_eq!(line("😀😀", 2, 2), Ok("😀😀".to_owned()));
    assert_eq!(line("😀😀😀", 2, 2), Err("too_long"));
    assert_eq!(line(" a ", 2, 2), Err("too_short"));
    assert_eq!(line("", 0, 2), Ok(String::new()));
    assert_eq!(line("a\nb", 1, 9), Err("charset"));
}

#[test]
fn lines_keep_their_ends_and_emoji_and_refuse_disguises() {
    assert_eq!(lines("一\r\n二\n三", 1, 5), Ok("一\n二\n三".to_owned()));
    assert_eq!(lines("❤\u{fe0f}👨\u{200d}👩", 1, 5), Ok("❤\u{fe0f}👨\u{200d}👩".to_owned()));
    for hidden in ["a\u{202e}b", "a\u{200b}b", "a\0b", "a\rb", "a\u{2066}b", "a\u{e0041}b", "\u{feff}ab"] {
        assert_eq!(lines(hidden, 1, 9), Err("charset"), "{hidden:?}");
    }
}

#[test]
fn tags_are_chinese_or_latin_words() {
    for right in ["文化", "Culture", "文化 Culture", "e-commerce", "华为 HUAWEI", "Übersee", "〇〇年代"] {
        assert_eq!(tag(right, 20, false).as_deref(), Ok(right));
    }
    for wrong in ["5G", "文化!", "a--b", "-a", "a-", "a  b", "文化，服务", "привет", "カナ", "a_b", "🙂", "a\u{200b}b"] {
        assert_eq!(tag(wrong, 20, false), Err("charset"), "{wrong}");
    }
    assert_eq!(tag(" 文化 ", 20, false).as_deref(), Ok("文化"));
    assert_eq!((tag("5G", 20, true).as_deref(), tag("5-", 20, true)), (Ok("5G"), Err("charset")));
    assert_eq!((tag("", 20, false), tag(&"文".repeat(21), 20, false)), (Err("too_short"), Err("too_long")));
    assert!(tag(&"文".repeat(20), 20, false).is_ok());
}
