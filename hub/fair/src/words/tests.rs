//! A word is found however it is disguised, and nothing else is.

use super::{Raw, WORDS_MAX, Words};

fn list(words: &[&str]) -> Words {
    let raw = Raw { _source: String::new(), words: words.iter().map(|word| (*word).to_owned()).collect() };
    Words::checked(&raw).unwrap()
}

#[test]
fn a_word_is_found_in_every_disguise() {
    let words = list(&["代开发票", "online casino", "stolen"]);
    for text in [
        "本公司代开发票",
        "代 开 发 票",
        "代.开-发_票",
        "代\u{200b}开\u{feff}发\u{fe0f}票",
        "ONLINE CASINO",
        "onlinecasino",
        "ｏｎｌｉｎｅ　ｃａｓｉｎｏ",
        "o.n.l.i.n.e c*a*s*i*n*o",
        "оnlіnе сasіnо",
        "0n1ine ca$in0",
        "ônlïne cásinò",
        "𝐨𝐧𝐥𝐢𝐧𝐞 𝓬𝓪𝓼𝓲𝓷𝓸",
        "ⓞⓝⓛⓘⓝⓔ casino!",
        "goods:stolen,cheap",
        "买stolen货",
        "\u{202e}stolen\u{202c}",
    ] {
        assert!(!words.allow(text), "{text}");
    }
}

#[test]
fn what_only_holds_a_word_inside_another_is_allowed() {
    let words = list(&["casino", "ass", "代开发票"]);
    for text in ["occasionally casinos", "a class of its own", "as sets go, an assembly", "代为开发软件，票据另算", ""]
    {
        assert!(words.allow(text), "{text}");
    }
}

#[test]
fn an_empty_list_allows_everything() {
    assert!(list(&[]).allow("代开发票"));
    assert!(Words::default().allow("anything"));
}

#[test]
fn lists_that_would_stand_in_everything_are_refused() {
    let checked = |words: Vec<String>| Words::checked(&Raw { _source: String::new(), words }).unwrap_err();
    assert!(checked(vec!["a".into()]).contains("`a`"));
    assert!(checked(vec!["-- --".into()]).contains("`-- --`"));
    assert!(checked(vec!["x".repeat(65)]).contains("64"));
    assert!(checked(vec!["ab".into(); WORDS_MAX + 1]).contains("20000"));
}

#[test]
fn the_longest_text_of_the_worst_kind_takes_one_pass() {
    // Every position begins a match of a long word that never ends: linear, or this test does not come to its end.
    let words = list(&[&("ab".repeat(31) + "c"), "abab"]);
    assert!(words.allow(&"a".repeat(100_000)));
    assert!(!words.allow(&format!("{} abab", "ab".repeat(50_000))));
}
