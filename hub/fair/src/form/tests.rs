use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::field::identity;

const PURPOSES: &[&str] = &["policy", "peers", "partners", "trade"];
const POSITIONS: &[&str] = &["senior", "middle", "junior"];

/// SPEC 6 in short, and the document of SPEC 7.
const APPLICATION: Form = Form::new(
    "Application",
    &[
        line("contact_name", 1, 20).required().about("联系人姓名"),
        choice("contact_position", POSITIONS).required(),
        email("contact_email", 50).required(),
        list("purpose", &FieldKind::Text(TextKind::Choice { of: PURPOSES }), 1, 4).required(),
        choice("nature", &["enterprise", "institution", "society", "other"]).required(),
        term("place", "region").required(),
        credit_code("credit_code").only_when(Condition::All(&[
            Condition::Begins("place", "mainland"),
            Condition::Not(&Condition::Is("nature", &["other"])),
        ])),
        flag("fortune500").required(),
        line("fortune_name", 1, 100).only_when(Condition::Yes("fortune500")),
        link("website", 100),
        lines("introduction", 5, 20).required(),
        list("tags", &FieldKind::Text(TextKind::Line { min: 1, max: 5 }), 0, 10),
    ],
);

const PERSON: Form = Form::new(
    "Person",
    &[
        choice("nationality", &["mainland", "overseas"]).required(),
        choice("document_type", &["resident_id", "passport"]).required(),
        depending(
            "document",
            "document_type",
            &[("resident_id", TextKind::ResidentId), ("passport", TextKind::Passport)],
        )
        .required(),
        date("birthday", true).required(),
        mainland_mobile("mobile").required_when(Condition::Is("nationality", &["mainland"])),
        email("email", 50).required_when(Condition::Absent("mobile")),
        password("password"),
        agreed("agreement").required(),
        whole("floor", -2, 30),
        upload("photo", "id_photo"),
        digits("code", 6),
        base32("invitation", 10),
        username("identifier"),
        home_permit("home_permit"),
    ],
)
.with(&[birthday_is_that_of_the_document]);

fn birthday_is_that_of_the_document(person: &Filled, _context: &Context<'_>) -> Result<(), FieldError> {
    let of_document = person.text("document").filter(|_| person.text("document_type") == Some("resident_id"));
    let (Some(document), Some(birthday)) = (of_document, person.text("birthday")) else { return Ok(()) };
    let same = identity::birthday(document).is_some_and(|born| born.to_string() == birthday);
    if same { Ok(()) } else { Err(FieldError::new("/birthday", "mismatch")) }
}

struct Places;

impl Terms for Places {
    fn holds(&self, vocabulary: &str, code: &str) -> bool {
        vocabulary == "region" && ["mainland.hebei", "overseas.fr"].contains(&code)
    }
}

fn context() -> Context<'static> {
    Context { today: Day::parse("2020-08-15").unwrap(), terms: &Places, tag_digits: false }
}

fn object(value: Value) -> Object {
    serde_json::from_value(value).unwrap()
}

fn application() -> Value {
    json!({
        "contact_name": "王芳", "contact_position": "middle", "contact_email": "wang@example.com",
        "purpose": ["peers", "trade"], "nature": "enterprise", "place": "mainland.hebei",
        "credit_code": "91350100M000100Y43", "fortune500": false, "introduction": "我们做服务贸易",
    })
}

fn person() -> Value {
    json!({
        "nationality": "mainland", "document_type": "resident_id", "document": "11010519491231002x",
        "birthday": "1949-12-31", "mobile": "+8613800138000", "agreement": true,
    })
}

fn with(mut whole: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole
}

fn without(mut whole: Value, name: &str) -> Value {
    whole.as_object_mut().unwrap().remove(name);
    whole
}

fn wrong(result: Result<Filled>) -> Vec<(String, &'static str)> {
    match result {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(fields)) => fields.into_iter().map(|field| (field.at.into_owned(), field.code)).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn check(form: &Form, value: Value) -> Vec<(String, &'static str)> {
    let wrong = wrong(form.check(&object(value), &context()));
    assert!(wrong.iter().all(|(_, code)| BROKEN.iter().any(|(known, _)| known == code)), "{wrong:?}");
    wrong
}

fn one(at: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(at.to_owned(), code)]
}

#[test]
fn the_tables_hold_together_and_a_mistake_is_found() {
    for form in [APPLICATION, PERSON] {
        assert_eq!(form.mistakes(), Vec::<String>::new());
    }
    const TWICE: Form = Form::new("Twice", &[flag("a"), flag("a"), flag("b").only_when(Condition::Yes("c"))]);
    assert_eq!(TWICE.mistakes(), ["Twice: a stands twice", "Twice: c is no field"]);
    const ELSEWHERE: Form = Form::new("Elsewhere", &[depending("a", "b", &[])]);
    assert_eq!(ELSEWHERE.mistakes(), ["Elsewhere: b is no field"]);
}

#[test]
fn a_right_form_comes_out_in_its_normal_form() {
    let sent =
        with(application(), &json!({"contact_name": "  e\u{301}va\u{3000}", "website": " https://example.com/a "}));
    let filled = APPLICATION.check(&object(sent), &context()).unwrap();
    assert_eq!((filled.text("contact_name"), filled.text("website")), (Some("éva"), Some("https://example.com/a")));
    let filled = PERSON.check(&object(person()), &context()).unwrap();
    assert_eq!((filled.text("document"), filled.text("mobile")), (Some("11010519491231002X"), Some("13800138000")));
    assert!(filled.yes("agreement"));
}

#[test]
fn every_wrong_field_is_named_in_one_answer() {
    let sent = json!({
        "contact_name": "", "contact_position": "boss", "contact_email": 5, "purpose": ["peers", "x", "peers", 1],
        "nature": "enterprise", "place": "mainland.nowhere", "credit_code": "91350100M000100Y40", "fortune500": "yes",
        "website": "javascript:alert(1)", "introduction": "短", "tags": ["a", "zu lang", "b\u{200b}"],
        "role": "admin", "a/b~c": 1,
    });
    let expected = [
        ("/contact_name", "too_short"),
        ("/contact_position", "not_an_option"),
        ("/contact_email", "wrong_type"),
        ("/purpose/1", "not_an_option"),
        ("/purpose/2", "repeated"),
        ("/purpose/3", "wrong_type"),
        ("/place", "not_an_option"),
        ("/credit_code", "checksum"),
        ("/fortune500", "wrong_type"),
        ("/website", "format"),
        ("/introduction", "too_short"),
        ("/tags/1", "too_long"),
        ("/tags/2", "charset"),
        ("/a~1b~0c", "unknown_field"),
        ("/role", "unknown_field"),
    ];
    assert_eq!(check(&APPLICATION, sent), expected.map(|(at, code)| (at.to_owned(), code)));
}

#[test]
fn what_is_missing_is_named_by_what_is_needed() {
    let missing: Vec<_> = check(&APPLICATION, json!({})).into_iter().map(|(at, code)| format!("{at} {code}")).collect();
    let needed = APPLICATION.fields.iter().filter(|field| matches!(field.required, Required::Always));
    assert_eq!(missing, needed.map(|field| format!("/{} required", field.name)).collect::<Vec<_>>());
    for null in ["contact_name", "website"] {
        assert_eq!(
            check(&APPLICATION, with(application(), &json!({null: null}))),
            one(&format!("/{null}"), "wrong_type")
        );
    }
}

#[test]
fn conditions_ask_and_refuse() {
    assert_eq!(check(&APPLICATION, without(application(), "credit_code")), one("/credit_code", "required"));
    for other in [json!({"nature": "other"}), json!({"place": "overseas.fr"})] {
        assert_eq!(check(&APPLICATION, with(application(), &other)), one("/credit_code", "not_applicable"));
        assert!(check(&APPLICATION, without(with(application(), &other), "credit_code")).is_empty());
    }
    assert_eq!(
        check(&APPLICATION, with(application(), &json!({"fortune500": true}))),
        one("/fortune_name", "required")
    );
    let abroad = with(person(), &json!({"nationality": "overseas"}));
    assert!(check(&PERSON, abroad.clone()).is_empty());
    assert_eq!(check(&PERSON, without(abroad, "mobile")), one("/email", "required"), "one of the two at least");
    let nowhere = without(person(), "mobile");
    assert_eq!(check(&PERSON, nowhere).first(), one("/mobile", "required").first());
}

#[test]
fn a_number_is_judged_by_the_word_beside_it() {
    assert_eq!(
        check(&PERSON, with(person(), &json!({"document": "110105194912310021"}))),
        one("/document", "checksum")
    );
    let passport = json!({"document_type": "passport", "document": "e1234567"});
    assert!(check(&PERSON, with(person(), &passport)).is_empty());
    assert_eq!(
        check(&PERSON, with(person(), &json!({"document_type": "diary"}))),
        one("/document_type", "not_an_option")
    );
    let wordless = [("/document_type".to_owned(), "required"), ("/document".to_owned(), "not_applicable")];
    assert_eq!(check(&PERSON, without(person(), "document_type")), wordless);
    assert_eq!(check(&PERSON, with(person(), &json!({"birthday": "1949-12-30"}))), one("/birthday", "mismatch"));
}

#[test]
fn each_kind_refuses_what_it_is_not() {
    for (name, value, code) in [
        ("birthday", json!("2020-08-16"), "future"),
        ("birthday", json!("1949-02-30"), "no_such_day"),
        ("agreement", json!(false), "not_accepted"),
        ("agreement", json!("true"), "wrong_type"),
        ("floor", json!(-3), "too_small"),
        ("floor", json!(31), "too_big"),
        ("floor", json!(u64::MAX), "too_big"),
        ("floor", json!(1.5), "wrong_type"),
        ("photo", json!("0000000000001x"), "format"),
        ("photo", json!("zzzzzzzzzzzzz"), "format"),
        ("code", json!("12345"), "too_short"),
        ("code", json!("１23456"), "charset"),
        ("invitation", json!("ABCDEFGHJU"), "charset"),
        ("invitation", json!("ABCDEFGHJKM"), "too_long"),
        ("identifier", json!("顶点公司"), "charset"),
        ("home_permit", json!("X12345678"), "format"),
        ("password", json!("password"), "weak"),
        ("mobile", json!("+4915112345678"), "format"),
        ("email", json!("a@b"), "format"),
        ("email", json!(format!("{}@example.com", "a".repeat(40))), "too_long"),
    ] {
        let sent = with(person(), &json!({name: value}));
        assert_eq!(check(&PERSON, sent), one(&format!("/{name}"), code), "{name} {value}");
    }
    let read = with(person(), &json!({"invitation": " oOiLabcdef ", "photo": "0000000000001"}));
    let filled = PERSON.check(&object(read), &context()).unwrap();
    assert_eq!(filled.text("invitation"), Some("0011ABCDEF"), "O is 0, I and L are 1");
}

#[test]
fn links_lead_to_the_web_and_hide_nothing() {
    for good in ["http://example.com", "https://例え.jp/%20?a=b#c", "HTTPS://EXAMPLE.COM:8443/"] {
        assert!(check(&APPLICATION, with(application(), &json!({"website": good}))).is_empty(), "{good}");
    }
    for (bad, code) in [
        ("ftp://example.com", "format"),
        ("//example.com", "format"),
        ("www.example.com", "format"),
        ("https://", "format"),
        ("https://bank.com@example.com/", "format"),
        ("https://:x@example.com/", "format"),
        ("https://exa mple.com", "charset"),
        ("https://example.com/\u{202e}gpj", "charset"),
        ("java\tscript:alert(1)", "charset"),
    ] {
        assert_eq!(check(&APPLICATION, with(application(), &json!({"website": bad}))), one("/website", code), "{bad}");
    }
}

#[test]
fn a_patch_changes_what_it_names_and_the_whole_is_checked() {
    let kept = APPLICATION.check(&object(application()), &context()).unwrap().into_fields();
    let patch = |patch: Value| APPLICATION.check_patch(&kept, &object(patch), &context());
    assert_eq!(patch(json!({})).unwrap().into_fields(), kept);
    let changed = patch(json!({"contact_name": " 李 ", "website": "https://example.com"})).unwrap();
    assert_eq!(changed.text("contact_name"), Some("李"));
    let again = APPLICATION.check_patch(changed.fields(), &object(json!({"website": null})), &context()).unwrap();
    assert_eq!(again.text("website"), None);
    assert_eq!(wrong(patch(json!({"contact_name": null}))), one("/contact_name", "required"));
    assert_eq!(wrong(patch(json!({"owner": null}))), one("/owner", "unknown_field"));
    assert_eq!(wrong(patch(json!({"fortune500": true}))), one("/fortune_name", "required"));
    let abroad = patch(json!({"place": "overseas.fr"})).unwrap();
    assert_eq!(abroad.text("credit_code"), None, "what does not apply any more goes by itself");
    let both = json!({"place": "overseas.fr", "credit_code": "91350100M000100Y43"});
    assert_eq!(wrong(patch(both)), one("/credit_code", "not_applicable"), "but not what the patch itself says");
}

#[test]
fn a_field_that_stands_twice_and_what_is_no_object_are_refused() {
    assert!(serde_json::from_str::<Object>(r#"{"a":1,"a":1}"#).is_err());
    assert!(serde_json::from_str::<Object>("[]").is_err());
    assert!(serde_json::from_str::<Object>("{}").unwrap().fields().is_empty());
}

#[test]
fn an_answer_is_bounded_however_much_is_wrong() {
    let flood: Map<_, _> = (0..5_000).map(|n| (format!("{n}{}", "x".repeat(200)), Value::Null)).collect();
    let wrong = check(&APPLICATION, Value::Object(flood));
    assert_eq!(wrong.len(), ERRORS_MAX);
    assert!(wrong.iter().all(|(at, _)| at.chars().count() <= NAME_CHARS_MAX + 1));
    let many = json!({"tags": vec!["a"; 5_000]});
    assert_eq!(check(&APPLICATION, with(application(), &many)), one("/tags", "too_many"));
}

#[test]
fn what_is_typed_shows_in_no_log_and_a_secret_is_taken_out() {
    let sent = object(with(person(), &json!({"password": "secret-1-secret"})));
    let mut filled = PERSON.check(&sent, &context()).unwrap();
    for shown in [format!("{sent:?}"), format!("{filled:?}")] {
        assert!(shown.contains("password") && !shown.contains("secret-1") && !shown.contains("1949"), "{shown}");
    }
    assert!(filled.take_secret("password").is_some());
    assert!(filled.take_secret("password").is_none() && !filled.fields().contains_key("password"));
}

#[test]
fn a_form_reads_into_the_type_of_its_operation() {
    #[derive(serde::Deserialize)]
    struct Tags {
        tags: Vec<String>,
    }
    const TAGS: Form = Form::new("Tags", &[list("tags", &FieldKind::Text(TextKind::Line { min: 1, max: 5 }), 0, 3)]);
    let filled = TAGS.check(&object(json!({"tags": ["a"]})), &context()).unwrap();
    assert_eq!(filled.read::<Tags>().unwrap().tags, ["a"]);
    assert!(matches!(Filled::default().read::<Tags>(), Err(Error::Internal(_))));
}

#[test]
fn the_schema_says_what_the_check_does() {
    let schema = APPLICATION.schema();
    assert_eq!(schema["additionalProperties"], false);
    let required = [
        "contact_name",
        "contact_position",
        "contact_email",
        "purpose",
        "nature",
        "place",
        "fortune500",
        "introduction",
    ];
    assert_eq!(schema["required"], json!(required));
    assert_eq!(
        schema["properties"]["contact_name"],
        json!({"type": "string", "minLength": 1, "maxLength": 20, "x-widget": "text", "x-order": 0, "description": "联系人姓名"})
    );
    assert_eq!(schema["properties"]["purpose"]["items"]["enum"], json!(PURPOSES));
    assert_eq!(schema["properties"]["place"]["x-options"], "region");
    let only = json!({"all": [
        {"begins": {"field": "place", "with": "mainland"}}, {"not": {"is": {"field": "nature", "values": ["other"]}}},
    ]});
    assert_eq!(schema["properties"]["credit_code"]["x-only-when"], only);
    let patch = APPLICATION.patch_schema();
    assert!(patch.get("required").is_none());
    assert_eq!(patch["properties"]["website"]["type"], json!(["string", "null"]));
    assert_eq!(patch["properties"]["contact_name"]["type"], "string");
    let person = PERSON.schema();
    assert_eq!(person["properties"]["document"]["x-cases"]["passport"]["pattern"], "^[A-Za-z0-9]{5,9}$");
    assert_eq!(person["properties"]["password"]["writeOnly"], true);
    assert_eq!(person["properties"]["photo"]["x-use"], "id_photo");
}

/// Any JSON value, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[0-9A-Za-z@.:/-]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,4}", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_is_refused_at_its_field_or_is_its_own_normal_form(
        place in 0usize..14, value in any_json(),
    ) {
        let name = PERSON.fields[place].name;
        let mut sent = person();
        sent[name] = value;
        match PERSON.check(&object(sent), &context()) {
            Err(Error::Invalid(fields)) => prop_assert!(!fields.is_empty()),
            Err(other) => prop_assert!(false, "{}", other),
            Ok(filled) => {
                let again = PERSON.check(&Object::from(filled.fields().clone()), &context());
                prop_assert_eq!(again.unwrap(), filled, "checked twice is checked once");
            }
        }
    }
}
