use super::*;

#[test]
fn every_template_has_a_text_in_every_language_with_all_of_its_placeholders() {
    for template in Template::ALL {
        for locale in Locale::ALL {
            assert!(!subject(template, locale).is_empty());
            let params: Vec<_> = template.params().iter().map(|name| (*name, "<v>")).collect();
            let text = filled(template, locale, &params).unwrap();
            assert!(!text.contains(['{', '}']), "{text}");
            assert_eq!(text.matches("<v>").count(), params.len(), "{text}");
            for left_out in 0..params.len() {
                let mut fewer = params.clone();
                fewer.remove(left_out);
                assert!(matches!(filled(template, locale, &fewer), Err(Error::Internal(_))), "{template:?} {locale:?}");
            }
        }
    }
    assert_eq!(TEXTS.len(), Template::ALL.len() * Locale::ALL.len(), "none twice");
}

#[test]
fn short_messages_begin_with_who_signs_them() {
    let params = [("code", "123456"), ("minutes", "5")];
    let zh = filled(Template::RegistrationCode, Locale::ZhCn, &params).unwrap();
    assert!(zh.starts_with("【中国国际服务贸易交易会】") && zh.contains("123456"), "{zh}");
    assert!(filled(Template::RegistrationCode, Locale::En, &params).unwrap().starts_with("[CIFTIS] "));
}

#[test]
fn what_fills_a_text_is_not_filled_itself() {
    let params = [("enterprise", "{reason}"), ("reason", "{enterprise}")];
    let text = filled(Template::ApplicationRejected, Locale::En, &params).unwrap();
    assert!(text.contains("\"{reason}\"") && text.contains("Reason: {enterprise}"), "{text}");
    let long = "x".repeat(TEXT_BYTES_MAX);
    assert!(matches!(
        filled(Template::ApplicationApproved, Locale::En, &[("enterprise", &long)]),
        Err(Error::Invalid(_))
    ));
}

#[test]
fn the_first_language_that_is_known_is_taken() {
    for (accepted, locale) in [
        ("", Locale::ZhCn),
        ("en", Locale::En),
        ("EN-gb;q=0.9, zh", Locale::En),
        ("fr, de;q=0.8, en;q=0.5", Locale::En),
        ("zh-TW,en", Locale::ZhCn),
        ("é", Locale::ZhCn),
        ("*", Locale::ZhCn),
    ] {
        assert_eq!(Locale::of(accepted), locale, "{accepted}");
    }
}
