use super::key;

#[test]
fn spellings_that_look_the_same_are_one_name() {
    for (one, other) in [
        ("北京华信（中国）有限公司", "北京华信(中国)有限公司"),
        ("ＡＣＭＥ Ltd", "acme  ltd"),
        (" Müller GmbH", "mu\u{308}ller gmbh "),
        ("İstanbul", "i\u{307}stanbul"),
        ("\u{fa19}州", "神州"),
        ("a\u{3000}b", "A b"),
    ] {
        assert_eq!(key(one), key(other), "{one} {other}");
        assert_eq!(key(&key(one)), key(one), "folding twice changes nothing: {one}");
    }
}

#[test]
fn different_names_stay_different() {
    for (one, other) in [("华信科技", "华新科技"), ("Acme Ltd", "AcmeLtd"), ("绿洲1", "绿洲2")] {
        assert_ne!(key(one), key(other));
    }
}
