use serde_json::json;
use storage::ids::Millis;
use storage::{Clock, Store};

use super::*;
use crate::accounts::tests::over;
use crate::accounts::{Accounts, NewEnterprise, NewUser};
use crate::data::FairData;
use crate::day::moment;
use crate::invitations::{Issue, code_of};
use crate::kind::Duty;
use crate::seal::Contact;

/// Inside both windows of the guide's calendar.
const OPEN: &str = "2020-08-01T09:00:00+08:00";

struct Fixture {
    clock: Clock,
    files: FairData,
    flows: Flows,
    applications: Applications,
    invitations: Invitations,
    institution: EnterpriseId,
    staff: Who,
    enterprises: Vec<(EnterpriseId, Who)>,
}

impl Fixture {
    async fn new() -> Self {
        Self::at(moment(OPEN).unwrap()).await
    }

    async fn at(now: Millis) -> Self {
        let clock = Clock::manual(now);
        let accounts = over(&Store::model(clock.clone()), &clock);
        let (institution, staff) = team(&accounts, Kind::Institution, "culture").await;
        let mut enterprises = Vec::new();
        for identifier in ["hebei", "shanghai"] {
            enterprises.push(team(&accounts, Kind::Enterprise, identifier).await);
        }
        let flows = crate::flow::tests::flows(&accounts);
        Self {
            clock,
            files: FairData::built_in(),
            applications: Applications::new(flows.clone()),
            invitations: Invitations::new(flows.clone()),
            flows,
            institution,
            staff,
            enterprises,
        }
    }

    async fn code(&self) -> String {
        let issue = Issue { count: 1, ..Issue::default() };
        code_of(&self.invitations.issue(&self.staff, self.institution, &issue).await.unwrap().remove(0))
    }

    async fn submit(&self, enterprise: usize, sent: &Value) -> Result<Record> {
        self.within(async |rules| self.applications.submit(&self.enterprises[enterprise].1, &object(sent), rules).await)
            .await
    }

    async fn update(&self, record: &Record, patch: &Value) -> Result<Record> {
        let (who, at) = (&self.enterprises[0].1, (record.id, record.version));
        self.within(async |rules| self.applications.update(who, at, &object(patch), rules).await).await
    }

    async fn within<T>(&self, act: impl AsyncFnOnce(&Rules<'_>) -> T) -> T {
        let event = self.files.event("2020", self.clock.now()).unwrap();
        let today = crate::field::Day::in_shanghai(self.clock.now());
        let context = Context { today, terms: &self.files, tag_digits: false };
        act(&Rules { context, event: &event }).await
    }

    async fn step(&self, record: &Record, action: &str) -> Record {
        let at = (&FLOW, record.id, record.version);
        self.flows.advance(&self.staff, at, action, Input::default()).await.unwrap()
    }
}

async fn team(accounts: &Accounts, kind: Kind, identifier: &str) -> (EnterpriseId, Who) {
    let (identifier, name) = (identifier.to_owned(), identifier.to_owned());
    let id = accounts.create_enterprise(NewEnterprise { kind, identifier, name, name_en: None }).await.unwrap().id;
    let duty = (kind == Kind::Enterprise).then_some(Duty::Representative);
    let (username, contact) = ("chief".to_owned(), Contact::default());
    let new = NewUser { enterprise: Some(id), username, name: None, duty, admin: true, password: None, contact };
    let user = accounts.create_user(new).await.unwrap().id;
    (id, Who::Account { user, kind, team: Some(id), admin: true })
}

fn object(value: &Value) -> Object {
    serde_json::from_value(value.clone()).unwrap()
}

/// The guide's sample values (L271-330), with a credit code that checks.
fn sample(code: &str) -> Value {
    json!({
        "contact_name": "张三", "contact_position": "middle", "contact_phone": "13800138000",
        "contact_email": "zhangsan@example.com", "exhibiting_type": "online_offline", "invitation_code": code,
        "purposes": ["trends", "partners"], "content": "文化服务产品", "needs": "寻找海外发行合作伙伴",
        "nature": "enterprise", "credit_code": "91350100M000100Y43", "industry": "transport.sea-freight",
        "registered_place": "mainland.130100", "company_type": "domestic", "fortune_500": false,
        "introduction": "一".repeat(50),
    })
}

fn without(mut value: Value, names: &[&str]) -> Value {
    names.iter().for_each(|name| drop(value.as_object_mut().unwrap().remove(*name)));
    value
}

fn with(mut value: Value, name: &str, other: Value) -> Value {
    value[name] = other;
    value
}

fn wrong(answer: Result<Record>) -> Vec<(String, &'static str)> {
    match answer {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|field| (field.at.to_string(), field.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_submitted_application_waits_for_the_institution_that_issued_its_code() {
    let it = Fixture::new().await;
    let code = it.code().await;
    let record = it.submit(0, &sample(&code.to_lowercase())).await.unwrap();
    let (enterprise, who) = it.enterprises[0];
    assert_eq!((record.state, record.id, record.owner), ("pending", id_of(enterprise), enterprise));
    assert_eq!(record.reviewer, Some(it.institution));
    assert_eq!((record.text("enterprise_name"), record.text("identifier")), ("hebei", "hebei"));
    assert_eq!((record.text("invitation_code"), record.text("contact_name")), (code.as_str(), "张三"));
    assert_eq!((record.actions(&who), record.actions(&it.staff)), (vec!["update"], vec!["start"]));
    assert!(it.invitations.issuer(&code).await.is_err(), "used once");
    let again = it.submit(0, &sample(&it.code().await)).await;
    assert_eq!(again.unwrap_err(), Error::Conflict("the enterprise has applied already"));
}

#[tokio::test]
async fn every_wrong_field_is_told_in_one_answer_and_nothing_is_used() {
    let it = Fixture::new().await;
    let code = it.code().await;
    let mut sent = without(sample(&code), &["contact_name", "content"]);
    for (name, value) in [
        ("contact_position", json!("boss")),
        ("contact_phone", json!("12345")),
        ("contact_email", json!("nobody")),
        ("purposes", json!([])),
        ("credit_code", json!("9135O100M000100Y43")),
        ("fortune_500_name", json!("g500-2020-001")),
        ("introduction", json!("一".repeat(49))),
        ("state", json!("approved")),
    ] {
        sent[name] = value;
    }
    let mut fields = wrong(it.submit(0, &sent).await);
    fields.sort();
    let at: Vec<_> = fields.iter().map(|(at, code)| (at.as_str(), *code)).collect();
    let expected = [
        ("/contact_email", "format"),
        ("/contact_name", "required"),
        ("/contact_phone", "format"),
        ("/contact_position", "not_an_option"),
        ("/content", "required"),
        ("/credit_code", "format"),
        ("/fortune_500_name", "not_applicable"),
        ("/introduction", "too_short"),
        ("/purposes", "too_few"),
        ("/state", "unknown_field"),
    ];
    assert_eq!(at, expected);
    assert!(it.invitations.issuer(&code).await.is_ok());
    let unknown = wrong(it.submit(0, &sample("0123456789")).await);
    assert_eq!(unknown, [("/invitation_code".to_owned(), "unknown")]);
}

#[tokio::test]
async fn a_credit_code_is_asked_of_who_is_registered_on_the_mainland_and_of_nobody_else() {
    let it = Fixture::new().await;
    let code = it.code().await;
    let missing = without(sample(&code), &["credit_code"]);
    for nature in ["enterprise", "public_institution", "social_organisation"] {
        let fields = wrong(it.submit(0, &with(missing.clone(), "nature", json!(nature))).await);
        assert_eq!(fields, [("/credit_code".to_owned(), "required")], "{nature}");
    }
    for (name, value) in [("nature", "other"), ("registered_place", "overseas.DE")] {
        let fields = wrong(it.submit(0, &with(sample(&code), name, json!(value))).await);
        assert_eq!(fields, [("/credit_code".to_owned(), "not_applicable")], "{value}");
    }
    it.submit(0, &with(missing, "registered_place", json!("overseas.DE"))).await.unwrap();
}

#[tokio::test]
async fn the_windows_limit_the_first_submission_by_its_type() {
    // CAL-2 ends with 15 August, CAL-1 with 25 August.
    for (now, online, both) in [
        ("2020-07-14T23:59:59.999+08:00", false, true),
        ("2020-07-15T00:00:00+08:00", true, true),
        ("2020-08-15T23:59:59.999+08:00", true, true),
        ("2020-08-16T00:00:00+08:00", true, false),
        ("2020-08-25T23:59:59.999+08:00", true, false),
        ("2020-08-26T00:00:00+08:00", false, false),
    ] {
        let it = Fixture::at(moment(now).unwrap()).await;
        for (enterprise, (kind, open)) in [(ONLINE, online), (ONLINE_AND_OFFLINE, both)].into_iter().enumerate() {
            let code = it.code().await;
            let answer = it.submit(enterprise, &with(sample(&code), "exhibiting_type", json!(kind))).await;
            match answer {
                Ok(_) => assert!(open, "{now} {kind}"),
                Err(Error::WindowClosed { .. }) => {
                    assert!(!open, "{now} {kind}");
                    assert!(it.invitations.issuer(&code).await.is_ok(), "the code is still good");
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn what_was_rejected_is_edited_and_resubmitted_with_its_code_at_any_time() {
    let it = Fixture::new().await;
    let record = it.submit(0, &sample(&it.code().await)).await.unwrap();
    let record = it.step(&it.step(&record, "start").await, "reject").await;
    // Behind both windows.
    it.clock.step_ms(60 * 86_400_000);
    let record = it.update(&record, &json!({"content": "另一内容"})).await.unwrap();
    assert_eq!((record.state, record.text("content")), ("rejected", "另一内容"));
    let later = it.update(&record, &json!({"exhibiting_type": "online"})).await;
    assert!(matches!(later, Err(Error::WindowClosed { .. })), "another type is another submission: {later:?}");
    let at = (&FLOW, record.id, record.version);
    let record = it.flows.advance(&it.enterprises[0].1, at, "resubmit", Input::default()).await.unwrap();
    assert_eq!((record.state, record.version), ("pending", 5));
}

#[tokio::test]
async fn of_two_who_submit_one_code_one_has_an_application() {
    for _ in 0..8 {
        let it = Fixture::new().await;
        let sent = sample(&it.code().await);
        let (one, two) = tokio::join!(it.submit(0, &sent), it.submit(1, &sent));
        assert_eq!(one.is_ok(), two.is_err());
        let loser = usize::from(one.is_ok());
        assert_eq!(wrong(one.and(two)), [("/invitation_code".to_owned(), "unknown")]);
        assert!(it.flows.look(&FLOW, id_of(it.enterprises[loser].0)).await.unwrap().is_none());
        it.submit(loser, &sample(&it.code().await)).await.unwrap();
    }
}

#[tokio::test]
async fn of_two_codes_of_one_enterprise_one_stays_free() {
    let it = Fixture::new().await;
    let codes = [it.code().await, it.code().await];
    let sent = codes.each_ref().map(|code| sample(code));
    let (one, two) = tokio::join!(it.submit(0, &sent[0]), it.submit(0, &sent[1]));
    assert_eq!(one.is_ok(), two.is_err(), "{one:?} {two:?}");
    let used = one.or(two).unwrap().text("invitation_code").to_owned();
    for code in codes {
        assert_eq!(it.invitations.issuer(&code).await.is_ok(), code != used);
    }
}

#[tokio::test]
async fn a_code_that_a_crash_left_bound_lets_its_enterprise_submit() {
    let it = Fixture::new().await;
    let code = it.code().await;
    it.invitations.claim(&code, it.enterprises[0].0).await.unwrap();
    assert_eq!(wrong(it.submit(1, &sample(&code)).await), [("/invitation_code".to_owned(), "unknown")]);
    assert_eq!(it.submit(0, &sample(&code)).await.unwrap().state, "pending");
}

#[tokio::test]
async fn while_it_is_reviewed_it_is_not_edited_and_once_approved_its_registration_is_locked() {
    let it = Fixture::new().await;
    let record = it.submit(0, &sample(&it.code().await)).await.unwrap();
    let record = it.update(&record, &json!({"website": "https://example.com/", "needs": " 新需求 "})).await.unwrap();
    assert_eq!((record.version, record.text("needs"), record.text("website")), (2, "新需求", "https://example.com/"));
    let record = it.update(&record, &json!({"website": null})).await.unwrap();
    assert!(!record.fields.contains_key("website"));
    for unknown in ["invitation_code", "state", "identifier", "zone"] {
        assert_eq!(wrong(it.update(&record, &json!({unknown: "x"})).await)[0].1, "unknown_field", "{unknown}");
    }
    let stale = Record { version: 1, ..record.clone() };
    assert_eq!(it.update(&stale, &json!({"needs": "x"})).await.unwrap_err(), Error::Stale);
    let record = it.step(&record, "start").await;
    assert!(matches!(it.update(&record, &json!({"needs": "x"})).await, Err(Error::Conflict(_))));
    let record = it.step(&record, "approve").await;
    let patch = json!({"registered_place": "overseas.DE", "credit_code": null});
    let locked = wrong(it.update(&record, &patch).await);
    assert_eq!(locked, [("/credit_code".to_owned(), "locked"), ("/registered_place".to_owned(), "locked")]);
    let edited = it.update(&record, &json!({"introduction": "二".repeat(1_000)})).await.unwrap();
    assert_eq!((edited.state, edited.version), ("approved", 6));
    let lines = it.flows.history(&edited).await.unwrap();
    assert_eq!(lines[5].fields.keys().collect::<Vec<_>>(), ["introduction"], "logged, and nothing else of it");
}
