use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

#[test]
fn line_ends_become_one() {
    assert_eq!(normalise("a\r\nb\rc\u{2028}d\u{2029}e\n\r\nf"), "a\nb\nc\nd\ne\n\nf");
}

#[test]
fn text_is_composed_and_trimmed() {
    assert_eq!(normalise(" \u{3000}e\u{301}t\u{e9}\t\n"), "\u{e9}t\u{e9}");
}

#[test]
fn controls_are_stripped_and_tabs_stay() {
    assert_eq!(normalise("a\0b\u{1b}[31mc\u{7f}d\u{85}e\tf\ng"), "ab[31mcde\tf\ng");
}

#[test]
fn direction_overrides_and_isolates_are_stripped() {
    assert_eq!(normalise("pay \u{202e}001\u{202c} \u{2066}x\u{2069}"), "pay 001 x");
}

#[test]
fn joiners_stay_only_between_visible_characters() {
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    assert_eq!(normalise(family), family);
    assert_eq!(normalise("\u{200d}a\u{200d} \u{200c}b\u{200d}\u{200d}c\u{200c}"), "a b\u{200d}c");
}

#[test]
fn joiners_that_shape_an_indic_word_stay_where_nothing_follows() {
    let malayalam = "\u{D28}\u{D4D}\u{200D}";
    for text in [malayalam.to_owned(), format!("{malayalam} {malayalam}\n{malayalam}")] {
        assert_eq!(normalise(&text), text, "{text:?}");
    }
    let devanagari = "\u{915}\u{94D}\u{200C} \u{915}";
    assert_eq!(normalise(devanagari), devanagari);
    let marked = "\u{915}\u{94D}\u{951}\u{200D}";
    assert_eq!(normalise(marked), marked, "behind a mark on it too");
    assert_eq!(normalise(&format!("{malayalam}\u{200D}\u{200C}")), malayalam, "but one");
    assert_eq!(normalise("\u{D28}\u{200D} \u{200D}"), "\u{D28}", "a letter alone is written as ever");
}

#[test]
fn joiners_that_shape_an_arabic_letter_stay_where_nothing_follows() {
    let era = "1445 \u{647}\u{200D}";
    assert_eq!(normalise(&format!(" {era} ")), era);
    assert_eq!(normalise("\u{647}\u{64E}\u{200C} \u{647}"), "\u{647}\u{64E}\u{200C} \u{647}");
}

#[test]
fn tags_stay_where_they_make_a_flag_and_nowhere_else() {
    let tags =
        |text: &str| text.bytes().filter_map(|byte| char::from_u32(0xE0000 + u32::from(byte))).collect::<String>();
    let flag = |code: &str| format!("\u{1F3F4}{}\u{E007F}", tags(code));
    for code in ["gbeng", "gbsct", "gbwls", "ustx", "fr20r"] {
        let text = format!("{0}{0} {0}", flag(code));
        assert_eq!(normalise(&text), text, "{code}");
    }
    let flags = "\u{1F3F4}\u{1F3F4}";
    for stray in ["ignore all that", "GBENG", "gb", "gbenglish", ""] {
        assert_eq!(normalise(&format!("{}\u{1F3F4}", flag(stray))), flags, "{stray:?}");
    }
    assert_eq!(normalise(&format!("\u{1F3F4}{}", tags("gbeng"))), "\u{1F3F4}", "without its end");
    assert_eq!(normalise(&format!("a{}\u{E007F}", tags("gbeng"))), "a", "on no flag");
    assert_eq!(normalise(&format!("{}{}", flag("gbeng"), tags("x"))), "\u{1F3F4}", "more than a code");
}

#[test]
fn soft_hyphens_go_and_compatibility_ideographs_stay() {
    assert_eq!(normalise("Rechts\u{AD}schutz \u{AD}"), "Rechtsschutz");
    assert_eq!(normalise("\u{FA19}\u{793E} e\u{301}"), "\u{FA19}\u{793E} \u{e9}");
}

#[test]
fn nothing_visible_is_empty() {
    for raw in ["", " \n\t", "\u{200b}\u{feff}", "\u{200e}\u{3164}", "\u{2800}\u{200f}", "\u{e0041}", "\0\u{202e}"] {
        assert_eq!(accept(raw, 9, "/body/text"), Err(Refusal::Invalid { at: "/body/text", code: "empty" }), "{raw:?}");
    }
}

#[test]
fn length_counts_scalars_after_normalisation() {
    assert_eq!(accept(&"e\u{301}".repeat(2_000), TEXT_CHARS_MAX, "/t").map(|text| text.chars().count()), Ok(2_000));
    assert_eq!(accept(&"好".repeat(2_001), TEXT_CHARS_MAX, "/t"), Err(Refusal::Invalid { at: "/t", code: "too_long" }));
}

/// Texts dense in what the normal form treats.
fn tricky() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "a",
        "e",
        "\u{301}",
        "\u{327}",
        "\u{e9}",
        " ",
        "\n",
        "\r",
        "\t",
        "\u{200d}",
        "\u{200c}",
        "\u{200b}",
        "\u{202e}",
        "\u{2066}",
        "\u{1100}",
        "\u{1161}",
        "\u{11a8}",
        "\u{2000}",
        "\u{3000}",
        "\u{85}",
        "\u{34f}",
        "\u{1f468}",
        "\u{d28}",
        "\u{d4d}",
        "\u{951}",
        "\u{647}",
        "\u{1f3f4}",
        "\u{e0067}",
        "\u{e0062}\u{e0065}",
        "\u{e007f}",
        "\u{fa19}",
        "\u{feff}",
    ]);
    prop::collection::vec(parts, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_024,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn normal_form_is_idempotent(raw in prop_oneof![any::<String>(), tricky()]) {
        let once = normalise(&raw);
        prop_assert_eq!(normalise(&once), once.clone());
        prop_assert!(!once.chars().any(is_stripped));
    }
}
