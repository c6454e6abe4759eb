//! What is asked of a person, by their nationality; one person a document; what is seen by whom.

use serde_json::{Value, json};

use super::*;
use crate::accounts::tests::accounts;
use crate::accounts::{Login, NewEnterprise};
use crate::data::FairData;
use crate::kind::Kind;
use crate::uploads::Files;
use crate::uploads::tests::limits_of_plenty;

fn object(value: Value) -> Object {
    serde_json::from_value(value).unwrap()
}

fn resident(username: &str, number: &str, birthday: &str) -> Value {
    json!({
        "username": username, "name": "王经理", "nationality": "mainland", "real_name": "王小明", "gender": "male",
        "document_type": "resident_id", "document_number": number, "birthday": birthday, "mobile": "13800138000",
        "duty": "representative", "position": "middle",
    })
}

fn wang(username: &str) -> Value {
    resident(username, "11010519491231002X", "1949-12-31")
}

/// The same with other fields; `null` takes one away.
fn with(mut person: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        if value.is_null() {
            person.as_object_mut().unwrap().remove(name);
        } else {
            person[name] = value.clone();
        }
    }
    person
}

struct Fixture {
    personnel: Personnel,
    acme: EnterpriseId,
    beta: EnterpriseId,
    terms: FairData,
}

async fn fixture() -> Fixture {
    let accounts = accounts();
    let team = async |identifier: &str| {
        let (kind, name) = (Kind::Enterprise, identifier.to_owned());
        let new = NewEnterprise { kind, identifier: name.clone(), name, name_en: None };
        accounts.create_enterprise(new).await.unwrap().id
    };
    let (acme, beta) = (team("acme").await, team("beta").await);
    let uploads = Uploads::new(accounts.clone(), Files::memory(), limits_of_plenty());
    Fixture { personnel: Personnel::new(accounts, uploads), acme, beta, terms: FairData::built_in() }
}

impl Fixture {
    async fn create(&self, team: EnterpriseId, sent: Value) -> Result<Made> {
        self.personnel.create(team, &object(sent), &self.terms).await
    }

    async fn change(&self, seen: &Seen, patch: Value) -> Result<Changed> {
        self.personnel.change(self.acme, seen.member.id, seen.version, &object(patch), &self.terms).await
    }

    /// The wrong fields of one that is refused.
    async fn refused(&self, sent: Value) -> Vec<(String, &'static str)> {
        let Err(Error::Invalid(fields)) = self.create(self.acme, sent.clone()).await else { panic!("taken: {sent}") };
        fields.into_iter().map(|field| (field.at.into_owned(), field.code)).collect()
    }
}

fn wrong(fields: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    fields.iter().map(|(at, code)| ((*at).to_owned(), *code)).collect()
}

#[test]
fn the_forms_are_of_one_piece() {
    for form in [&form::NEW, &form::PERSON, &form::ACCOUNT] {
        assert_eq!(form.mistakes(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_sub_user_is_made_with_a_password_of_eight_characters_told_once() {
    let fair = fixture().await;
    let made = fair.create(fair.acme, wang("wang-1")).await.unwrap();
    let password = made.password.unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&password).len(), 8);
    let shown = serde_json::to_value(&made.seen).unwrap();
    assert_eq!((&shown["username"], &shown["mobile"]), (&json!("wang-1"), &json!("138****8000")));
    assert_eq!((&shown["document_number"], &shown["real_name"]), (&json!("110***********002X"), &json!("王小明")));
    let login = Login { identifier: Some("acme".into()), username: "WANG-1".into(), password, device: None };
    fair.personnel.accounts.login(login, std::net::Ipv4Addr::LOCALHOST.into()).await.unwrap();
    let chosen = fair
        .create(fair.acme, with(resident("li-1", "440524188001010014", "1880-01-01"), json!({"password": "abcd1234"})));
    assert!(chosen.await.unwrap().password.is_none());
}

#[tokio::test(start_paused = true)]
async fn every_wrong_field_is_told_at_once() {
    let fair = fixture().await;
    let nobody = fair.refused(json!({})).await;
    let needed = [
        "/username",
        "/nationality",
        "/real_name",
        "/gender",
        "/document_type",
        "/document_number",
        "/birthday",
        "/mobile",
        "/position",
    ];
    assert_eq!(nobody, needed.map(|at| (at.to_owned(), "required")));
    let cases = [
        (json!({"username": "Wang"}), wrong(&[("/username", "charset")])),
        (json!({"username": "w.ang"}), wrong(&[("/username", "charset")])),
        (json!({"password": "12345678"}), wrong(&[("/password", "weak")])),
        (json!({"document_number": "110105194912310021"}), wrong(&[("/document_number", "checksum")])),
        (json!({"birthday": "1949-12-30"}), wrong(&[("/birthday", "mismatch")])),
        (json!({"birthday": "1949-02-30"}), wrong(&[("/birthday", "no_such_day")])),
        (json!({"nationality": "mars"}), wrong(&[("/nationality", "not_an_option")])),
        (json!({"mobile": "+4915112345678"}), wrong(&[("/mobile", "format")])),
        (json!({"mobile": null, "email": "a@b.cn"}), wrong(&[("/mobile", "required")])),
        (json!({"duty": null}), wrong(&[("/duty", "required")])),
        (json!({"duty": "客服代表"}), wrong(&[("/duty", "not_an_option")])),
        (json!({"admin": true, "id": "1"}), wrong(&[("/admin", "unknown_field"), ("/id", "unknown_field")])),
    ];
    for (more, fields) in cases {
        assert_eq!(fair.refused(with(wang("wang-1"), more.clone())).await, fields, "{more}");
    }
    assert!(fair.personnel.list(fair.acme, View::Colleague, &Asked::default()).await.unwrap().items.is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_nationality_has_its_document() {
    let fair = fixture().await;
    let person = |n: u32, nationality: &str, kind: &str, number: &str| {
        with(
            wang(&format!("person-{n}")),
            json!({
                "nationality": nationality, "document_type": kind, "document_number": number, "real_name_en": "Anna Berg",
            }),
        )
    };
    let right = [
        ("hk-mo-tw.HK", "home_permit", "H12345678"),
        ("hk-mo-tw.MO", "home_permit", "M1234567801"),
        ("hk-mo-tw.TW", "taiwan_permit", "12345678"),
        ("overseas.DE", "passport", "C01X00T47"),
    ];
    for (n, (nationality, kind, number)) in (1..).zip(right) {
        fair.create(fair.acme, person(n, nationality, kind, number)).await.unwrap();
    }
    for (nationality, kind, number) in [
        ("mainland", "passport", "E12345678"),
        ("hk-mo-tw.HK", "taiwan_permit", "12345678"),
        ("hk-mo-tw.TW", "home_permit", "H12345678"),
        ("overseas.DE", "resident_id", "11010519491231002X"),
    ] {
        let fields = fair.refused(person(9, nationality, kind, number)).await;
        assert_eq!(fields, wrong(&[("/document_type", "mismatch")]), "{nationality} {kind}");
    }
    let anna = person(10, "overseas.DE", "passport", "X1234567");
    let unnamed = with(anna.clone(), json!({"real_name_en": null}));
    assert_eq!(fair.refused(unnamed).await, wrong(&[("/real_name_en", "required")]));
    let silent = with(anna.clone(), json!({"mobile": null}));
    assert_eq!(fair.refused(silent).await, wrong(&[("/mobile", "required")]), "of mobile and email at least one");
    let by_mail = with(anna, json!({"mobile": null, "email": "anna@example.com", "real_name": null}));
    fair.create(fair.acme, by_mail).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_document_belongs_to_one_person_of_the_fair() {
    let fair = fixture().await;
    let first = fair.create(fair.acme, wang("wang-1")).await.unwrap().seen;
    let lower = with(wang("wang-2"), json!({"document_number": "11010519491231002x"}));
    for team in [fair.acme, fair.beta] {
        let Err(Error::Invalid(fields)) = fair.create(team, lower.clone()).await else { panic!("twice") };
        assert_eq!((&*fields[0].at, fields[0].code), ("/document_number", "taken"));
    }
    let other = json!({"document_number": "440524188001010014", "birthday": "1880-01-01"});
    let moved = fair.change(&first, other).await.unwrap();
    assert_eq!(moved.fields, ["birthday", "document_number"]);
    let second = fair.create(fair.beta, lower).await.unwrap().seen;
    let back = json!({"document_number": "11010519491231002X", "birthday": "1949-12-31"});
    let Err(Error::Invalid(fields)) = fair.change(&moved.seen, back.clone()).await else { panic!("twice") };
    assert_eq!(fields[0].code, "taken");
    fair.personnel.delete(fair.beta, second.member.id).await.unwrap();
    fair.change(&moved.seen, back).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn of_many_who_claim_a_document_one_has_it() {
    let fair = fixture().await;
    let made = (0..32).map(|n| fair.create(if n % 2 == 0 { fair.acme } else { fair.beta }, wang(&format!("wang-{n}"))));
    let made = futures_util::future::join_all(made).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    let asked = Asked::default();
    let acme = fair.personnel.list(fair.acme, View::Overseer, &asked).await.unwrap().items.len();
    let beta = fair.personnel.list(fair.beta, View::Overseer, &asked).await.unwrap().items.len();
    assert_eq!(acme + beta, 1);
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_record_never_came_gives_way_after_a_minute() {
    let fair = fixture().await;
    let person = serde_json::from_value(wang("wang-1")).unwrap();
    fair.personnel.claim(UserId(77), &person).await.unwrap();
    assert!(matches!(fair.create(fair.acme, wang("wang-1")).await, Err(Error::Invalid(_))));
    tokio::time::advance(std::time::Duration::from_millis(60_001)).await;
    fair.create(fair.acme, wang("wang-1")).await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(120)).await;
    assert!(fair.personnel.claim(UserId(77), &person).await.is_err(), "the record that came holds it");
}

#[tokio::test(start_paused = true)]
async fn a_taken_username_claims_nothing_for_who_has_it() {
    let fair = fixture().await;
    fair.create(fair.acme, wang("wang-1")).await.unwrap();
    let other = resident("wang-1", "440524188001010014", "1880-01-01");
    assert_eq!(fair.create(fair.acme, other.clone()).await.unwrap_err(), Error::Conflict("username taken"));
    fair.create(fair.acme, with(other, json!({"username": "wang-2"}))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_change_is_on_the_version_that_was_seen_and_names_its_fields() {
    let fair = fixture().await;
    let seen = fair.create(fair.acme, wang("wang-1")).await.unwrap().seen;
    let changed = fair.change(&seen, json!({"duty": "other", "mobile": "13900139000"})).await.unwrap();
    assert_eq!((changed.duty, changed.fields), (Some(Duty::Other), vec!["duty".to_owned(), "mobile".to_owned()]));
    assert_eq!(fair.change(&seen, json!({"name": "别人"})).await.unwrap_err(), Error::Stale);
    let same = fair.change(&changed.seen, json!({"duty": "other"})).await.unwrap();
    assert_eq!((same.seen.version, same.fields.len(), same.duty), (changed.seen.version, 0, None));
    let Err(Error::Invalid(fields)) = fair.change(&same.seen, json!({"real_name": null, "username": "x"})).await else {
        panic!("taken")
    };
    let said: Vec<_> = fields.iter().map(|field| (&*field.at, field.code)).collect();
    assert_eq!(said, [("/real_name", "required"), ("/username", "unknown_field")]);
    let stranger = fair.personnel.change(fair.beta, seen.member.id, 1, &object(json!({})), &fair.terms).await;
    assert_eq!(stranger.unwrap_err(), Error::NotFound);
}

#[tokio::test(start_paused = true)]
async fn the_registering_administrator_is_completed_and_badge_ready_then() {
    let fair = fixture().await;
    let contact = Contact { mobile: Some("13800138000".into()), email: None };
    let new = NewUser {
        enterprise: Some(fair.acme),
        username: "chief".into(),
        name: None,
        duty: None,
        admin: true,
        password: None,
        contact,
    };
    let chief = fair.personnel.accounts.create_user(new).await.unwrap();
    let seen = fair.personnel.seen(fair.acme, chief.id).await.unwrap();
    assert!(!seen.badge.ready && seen.badge.missing.contains(&"document_number") && seen.person.is_none());
    let renamed = fair.change(&seen, json!({"name": "陈总"})).await.unwrap().seen;
    assert_eq!(renamed.member.duty, Some(Duty::Representative));
    let Err(Error::Invalid(fields)) = fair.change(&renamed, json!({"gender": "male"})).await else { panic!("taken") };
    assert!(fields.len() >= 5, "once anything of the person is named the whole is asked for: {fields:?}");
    let whole = with(wang("x"), json!({"username": null, "name": null, "mobile": null, "duty": null}));
    let done = fair.change(&renamed, whole).await.unwrap().seen;
    assert_eq!((&done.member.name, done.member.duty), (&"陈总".to_owned(), Some(Duty::Representative)));
    assert!(done.person.is_some());
}

#[tokio::test(start_paused = true)]
async fn real_names_are_searched_and_seen_by_overseers_only() {
    let fair = fixture().await;
    fair.create(fair.acme, wang("sales-1")).await.unwrap();
    fair.create(
        fair.acme,
        with(resident("sales-2", "440524188001010014", "1880-01-01"), json!({"name": "李", "real_name": "李莉"})),
    )
    .await
    .unwrap();
    let list = async |view: View, text: &str| {
        let found = fair.personnel.list(fair.acme, view, &Asked { text, ..Asked::default() }).await.unwrap();
        serde_json::to_value(found.items).unwrap().as_array().unwrap().clone()
    };
    assert_eq!(list(View::Overseer, "小明").await.len(), 1);
    assert_eq!(list(View::Colleague, "小明").await.len(), 0);
    assert_eq!((list(View::Overseer, "SALES").await.len(), list(View::Colleague, " sales-1 ").await.len()), (2, 1));
    let fields: Vec<_> = list(View::Colleague, "王经理").await[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["admin", "duty", "id", "name", "username"]);
    let long = "x".repeat(300);
    let refused = fair.personnel.list(fair.acme, View::Overseer, &Asked { text: &long, ..Asked::default() }).await;
    assert_eq!(refused.unwrap_err(), Error::invalid("/q", "too_long"));
}

#[tokio::test(start_paused = true)]
async fn lists_page_in_one_order() {
    let fair = fixture().await;
    for n in 0..7 {
        let person = json!({"nationality": "overseas.DE", "document_type": "passport", "document_number": format!("C0000{n}"), "real_name_en": "Anna"});
        fair.create(fair.acme, with(wang(&format!("person-{n}")), person)).await.unwrap();
    }
    let (mut cursor, mut seen) = (None, Vec::new());
    loop {
        let asked = Asked { text: "", cursor: cursor.as_deref(), limit: Some(3) };
        let page = fair.personnel.list(fair.acme, View::Overseer, &asked).await.unwrap();
        seen.extend(page.items.iter().map(Row::id));
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert!(seen.len() == 7 && seen.is_sorted());
    let asked = Asked { cursor: Some("AAAA"), ..Asked::default() };
    assert_eq!(fair.personnel.list(fair.acme, View::Overseer, &asked).await.unwrap_err(), Error::BadCursor);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_person_is_gone_and_not_revealed() {
    let fair = fixture().await;
    let seen = fair.create(fair.acme, wang("wang-1")).await.unwrap().seen;
    let id = seen.member.id;
    let document = fair.personnel.reveal(fair.acme, id).await.unwrap();
    assert_eq!(document.document_number, "11010519491231002X");
    assert_eq!(fair.personnel.reveal(fair.beta, id).await.unwrap_err(), Error::NotFound);
    fair.personnel.delete(fair.acme, id).await.unwrap();
    fair.personnel.delete(fair.acme, id).await.unwrap();
    assert_eq!(fair.personnel.reveal(fair.acme, id).await.unwrap_err(), Error::NotFound);
    assert!(fair.personnel.accounts.user_row(id).await.unwrap().person.is_none(), "nothing of the person is kept");
}
