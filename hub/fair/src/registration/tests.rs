use secrecy::ExposeSecret as _;
use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::{Value, json};
use storage::{Clock, Entropy, Faults, Faulty, Store};

use super::*;
use crate::field::Day;
use crate::form::{Context, Form, Object, Terms};
use crate::table::{Identifiers, IdentifiersPart, Logins, LoginsPart};
use crate::token::Keys;
use table::{EnterpriseNamePart, EnterpriseNames};

const START: Millis = Millis(1_800_000_000_000);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const PASSWORD: &str = "password1";

/// Every code is one of every vocabulary.
struct Anything;

impl Terms for Anything {
    fn holds(&self, _vocabulary: &str, _code: &str) -> bool {
        true
    }
}

#[derive(Clone)]
struct Fixture {
    accounts: Accounts,
    codes: Codes,
    registrations: Registrations,
}

/// A process on that store.
fn over(store: &Store, clock: &Clock) -> Fixture {
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(store.clone(), clock.clone(), keys);
    let codes = Codes::new(store.clone(), clock.clone(), Entropy::system(), accounts.clone());
    let registrations =
        Registrations::new(accounts.clone(), codes.clone(), crate::flow::tests::flows(&accounts), false);
    Fixture { accounts, codes, registrations }
}

fn fixture() -> Fixture {
    let clock = Clock::manual(START);
    over(&Store::model(clock.clone()), &clock)
}

/// The guide's sample values, with these in their place.
fn enterprise(mobile: &str, code: &str, more: &Value) -> Value {
    let mut form = json!({
        "username": "wang_li", "password": PASSWORD, "mobile": mobile, "code": code, "agreement": true,
        "identifier": "huaxin", "enterprise_name": "北京华信科技有限公司", "entry": "exhibitor",
        "place": "mainland.110105", "address": "朝阳区1号", "industry": "transport.sea-freight",
        "interests": ["general-transport-sea-freight"], "contact_info": "010-12345678",
    });
    form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    form
}

fn filled(form: &Form, sent: &Value) -> Result<Filled> {
    let object: Object = serde_json::from_value(sent.clone()).unwrap();
    form.check(&object, &Context { today: Day::in_shanghai(START), terms: &Anything, tag_digits: false })
}

impl Fixture {
    async fn code(&self, mobile: &str) -> String {
        let to = To::Sms(mobile.to_owned()).normal();
        self.codes.issue(Purpose::Registration, &to, HOME).await.unwrap().code.expose_secret().to_owned()
    }

    async fn register(&self, sent: &Value) -> Result<Registered> {
        self.registrations.register(Kind::Enterprise, filled(&form::ENTERPRISE, sent)?, HOME).await
    }

    async fn signs_in(&self, identifier: &str, username: &str) -> bool {
        let login = crate::Login {
            identifier: Some(identifier.to_owned()).filter(|it| !it.is_empty()),
            username: username.to_owned(),
            password: PASSWORD.into(),
            device: None,
        };
        self.accounts.login(login, HOME).await.is_ok()
    }

    async fn holders(&self, identifier: &str, name: &str, username: &str) -> [Option<i64>; 3] {
        let store = self.accounts.store();
        let part = IdentifiersPart { identifier: identifier.to_owned() };
        let one = store.get::<Identifiers>(part, crate::table::IdentifiersKey {}, Read::Serial).await.unwrap();
        let part = EnterpriseNamePart { name: name::key(name) };
        let two = store.get::<EnterpriseNames>(part, table::EnterpriseNameKey {}, Read::Serial).await.unwrap();
        let part = LoginsPart { identifier: identifier.to_owned(), username: username.to_owned() };
        let three = store.get::<Logins>(part, crate::table::LoginsKey {}, Read::Serial).await.unwrap();
        [one.map(|row| row.enterprise.0), two.map(|row| row.enterprise.0), three.map(|row| row.user.0)]
    }

    /// Does what is due, as a hub that lives.
    async fn sweep(&self) {
        let mut sweeps = self.registrations.due().sweeps();
        loop {
            let swept = sweeps.step().await.unwrap();
            for claimed in &swept.claimed {
                self.registrations.come_due(claimed).await.unwrap();
            }
            if !swept.more {
                break;
            }
        }
    }
}

const MOBILE: &str = "13800138000";

#[tokio::test]
async fn an_enterprise_registers_and_its_administrator_signs_in_with_the_three_fields() {
    let it = fixture();
    let sent = enterprise(MOBILE, &it.code(MOBILE).await, &json!({"name": "王丽"}));
    let made = it.register(&sent).await.unwrap();
    assert!(it.signs_in("HuaXin", "Wang_Li").await);
    let user = it.accounts.user(made.id).await.unwrap();
    assert!(user.admin && user.duty == Some(crate::Duty::Representative) && user.name == "王丽");
    assert_eq!(it.accounts.contact(made.id).await.unwrap().mobile.as_deref(), Some(MOBILE));
    let company = it.accounts.company(made.enterprise.unwrap()).await.unwrap();
    assert_eq!(company.said().contact_info.as_deref(), Some("010-12345678"));
    assert_eq!((company.entry(), company.said().place.as_str()), (Some(Entry::Exhibitor), "mainland.110105"));
    let found = it.accounts.enterprises("北京华信", None, 10).await.unwrap();
    assert_eq!(found.items.len(), 1, "others find it");
}

#[tokio::test]
async fn an_attending_enterprise_waits_for_the_committee_and_an_exhibitor_has_nothing_to_wait_for() {
    let it = fixture();
    for (mobile, entry, waits) in [(MOBILE, "attending", true), ("13900139000", "exhibitor", false)] {
        let more = json!({"entry": entry, "identifier": entry, "enterprise_name": entry});
        let made = it.register(&enterprise(mobile, &it.code(mobile).await, &more)).await.unwrap();
        let id = crate::attendance::id_of(made.enterprise.unwrap());
        let record = it.registrations.flows.look(&crate::attendance::FLOW, id).await.unwrap();
        assert_eq!(record.map(|record| record.state), waits.then_some("pending"), "{entry}");
    }
}

#[tokio::test]
async fn individuals_and_journalists_register_by_number_or_mail() {
    let it = fixture();
    let sent = json!({"username": "visitor1", "password": PASSWORD, "mobile": MOBILE, "code": it.code(MOBILE).await,
        "agreement": true, "name": "观众小张"});
    let made = it.registrations.register(Kind::Individual, filled(&form::INDIVIDUAL, &sent).unwrap(), HOME).await;
    assert_eq!(made.unwrap().kind, Kind::Individual);
    let to = To::Mail("press@example.com".to_owned()).normal();
    let code = it.codes.issue(Purpose::Registration, &to, HOME).await.unwrap().code;
    let sent = json!({"username": "reporter", "password": PASSWORD, "email": "Press@example.com",
        "code": code.expose_secret(), "agreement": true, "name": "记者", "organisation": "日报"});
    let made = it.registrations.register(Kind::Media, filled(&form::MEDIA, &sent).unwrap(), HOME).await.unwrap();
    assert_eq!((made.kind, made.enterprise), (Kind::Media, None));
    assert!(it.signs_in("", "visitor1").await && it.signs_in("", "reporter").await);
}

#[tokio::test]
async fn the_same_again_is_the_same_account_and_one_code_registers_one() {
    let it = fixture();
    let sent = enterprise(MOBILE, &it.code(MOBILE).await, &json!({}));
    let made = it.register(&sent).await.unwrap();
    for _ in 0..3 {
        assert_eq!(it.register(&sent).await.as_ref(), Ok(&made));
    }
    let other = enterprise(
        MOBILE,
        sent["code"].as_str().unwrap(),
        &json!({"identifier": "other", "enterprise_name": "另一家"}),
    );
    assert!(matches!(it.register(&other).await, Err(Error::Conflict(_))));
    assert_eq!(it.holders("other", "另一家", "wang_li").await, [None; 3]);
    let wrong = enterprise(MOBILE, "000000", &json!({}));
    let right = sent["code"] == "000000";
    assert!(right || it.register(&wrong).await == Err(Error::invalid("/code", "wrong")));
}

#[tokio::test]
async fn whoever_comes_second_is_told_which_name_is_taken_and_may_take_another_with_the_same_code() {
    let it = fixture();
    it.register(&enterprise(MOBILE, &it.code(MOBILE).await, &json!({}))).await.unwrap();
    let (mobile, free) = ("13900139000", json!({"identifier": "second", "enterprise_name": "第二家"}));
    let code = it.code(mobile).await;
    for (more, at) in [
        (json!({"identifier": "HUAXIN", "enterprise_name": "第二家"}), "/identifier"),
        (json!({"identifier": "second", "enterprise_name": " 北京华信科技有限公司"}), "/enterprise_name"),
    ] {
        assert_eq!(it.register(&enterprise(mobile, &code, &more)).await, Err(Error::Taken(at)));
        assert_eq!(it.holders("second", "第二家", "wang_li").await, [None; 3], "what was claimed is given back");
    }
    it.register(&enterprise(mobile, &code, &free)).await.unwrap();
    assert!(it.signs_in("second", "wang_li").await);
}

/// 32 at once, each with a code of their own, for one identifier, one name or one username.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_two_who_want_one_name_one_gets_it_and_the_others_keep_nothing() {
    for wanted in ["identifier", "enterprise_name", "username"] {
        let it = fixture();
        let mut at_once = tokio::task::JoinSet::new();
        for n in 0..32 {
            let it = it.clone();
            at_once.spawn(async move {
                let mobile = format!("138001380{n:02}");
                let code = it.code(&mobile).await;
                let own = json!({"identifier": format!("team{n}"), "enterprise_name": format!("公司{n}")});
                let mut more = own.clone();
                more.as_object_mut().unwrap().remove(wanted);
                let answer = if wanted == "username" {
                    let sent = json!({"username": "visitor", "password": PASSWORD, "mobile": mobile, "code": code,
                        "agreement": true, "name": "某人"});
                    let filled = filled(&form::INDIVIDUAL, &sent).unwrap();
                    it.registrations.register(Kind::Individual, filled, HOME).await
                } else {
                    it.register(&enterprise(&mobile, &code, &more)).await
                };
                (n, answer)
            });
        }
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for (n, answer) in at_once.join_all().await {
            match answer {
                Ok(_) => won.push(n),
                Err(Error::Taken(at)) => {
                    assert_eq!(at, format!("/{wanted}"));
                    lost.push(n);
                }
                // The hasher's queue was full: nothing was begun.
                Err(Error::Overloaded) => lost.push(n),
                Err(other) => panic!("{wanted}: {other}"),
            }
        }
        assert_eq!((won.len(), lost.len()), (1, 31), "{wanted}");
        for n in lost {
            let [identifier, name, login] = it.holders(&format!("team{n}"), &format!("公司{n}"), "wang_li").await;
            assert!(identifier.is_none() && name.is_none() && login.is_none(), "{wanted}: {n} still holds something");
        }
    }
}

/// Killed at each write in turn: whoever lives finishes it or leaves nothing, and who asks again is answered.
#[tokio::test]
async fn a_registration_survives_a_kill_at_every_write() {
    let mut finished_by_others = 0;
    for seed in 0..2 {
        for at in 1..40 {
            let clock = Clock::manual(START);
            let inner = Store::model(clock.clone());
            let faulty = Faulty::new(inner.clone(), seed, Faults::default());
            let dies = over(&Store::Faulty(Arc::clone(&faulty)), &clock);
            let code = dies.code(MOBILE).await;
            let sent = enterprise(MOBILE, &code, &json!({}));
            faulty.crash_at_write(at);
            let heard = dies.register(&sent).await.is_ok();
            let lives = over(&inner, &clock);
            if at % 2 == 0 {
                clock.advance_ms(120_000);
                lives.sweep().await;
                finished_by_others += u32::from(!heard && lives.signs_in("huaxin", "wang_li").await);
            }
            let again = lives.register(&sent).await;
            let made = again.unwrap_or_else(|error| panic!("seed {seed}, write {at}: {error}"));
            assert!(lives.signs_in("huaxin", "wang_li").await, "seed {seed}, write {at}");
            let enterprise = made.enterprise.unwrap();
            let held = lives.holders("huaxin", "北京华信科技有限公司", "wang_li").await;
            assert_eq!(held, [Some(enterprise.0), Some(enterprise.0), Some(made.id.0)], "seed {seed}, write {at}");
            assert_eq!(lives.accounts.team(enterprise).await.unwrap().len(), 1);
            if !faulty.crashed() {
                assert!(heard);
                break;
            }
            assert!(at < 39, "every write was reached");
        }
    }
    assert!(finished_by_others > 0, "a hub that lives finishes what another began");
}

/// One that cannot be had is given back by whoever lives, however far it came.
#[tokio::test]
async fn a_refusal_survives_a_kill_at_every_write() {
    for at in 1..40 {
        let clock = Clock::manual(START);
        let inner = Store::model(clock.clone());
        let first = over(&inner, &clock);
        first.register(&enterprise(MOBILE, &first.code(MOBILE).await, &json!({}))).await.unwrap();
        let faulty = Faulty::new(inner.clone(), at, Faults::default());
        let dies = over(&Store::Faulty(Arc::clone(&faulty)), &clock);
        let mobile = "13900139000";
        let sent = enterprise(mobile, &dies.code(mobile).await, &json!({"identifier": "second"}));
        faulty.crash_at_write(at);
        assert!(dies.register(&sent).await.is_err());
        let lives = over(&inner, &clock);
        clock.advance_ms(120_000);
        lives.sweep().await;
        let [identifier, _, login] = lives.holders("second", "", "wang_li").await;
        assert!(identifier.is_none() && login.is_none(), "write {at}: still held");
        assert_eq!(lives.register(&sent).await, Err(Error::Taken("/enterprise_name")), "write {at}");
        if !faulty.crashed() {
            return;
        }
    }
    panic!("some write was not reached");
}

#[tokio::test]
async fn nothing_personal_lies_readable_in_what_is_written_down() {
    let it = fixture();
    let sent = enterprise(MOBILE, &it.code(MOBILE).await, &json!({}));
    it.register(&sent).await.unwrap();
    let parts = it.accounts.store().partitions::<Table>(None, 10).await.unwrap();
    assert_eq!(parts.len(), 1);
    let row = it.registrations.row(&parts[0].id).await.unwrap().unwrap();
    assert_eq!((row.step, &row.sealed), (Step::Done, &None));
    let shown = format!("{parts:?} {row:?}");
    assert!(!shown.contains(MOBILE) && !shown.contains("wang_li"), "{shown}");
}

#[test]
fn the_forms_are_in_order_and_tell_every_wrong_field_at_once() {
    for form in [&form::ENTERPRISE, &form::INDIVIDUAL, &form::MEDIA, &form::ENTERPRISE_CHANGE] {
        assert_eq!(form.mistakes(), Vec::<String>::new());
    }
    let sent = json!({"username": "a b", "password": "short", "mobile": "12345", "code": "12a456", "agreement": false,
        "identifier": "x", "enterprise_name": "", "entry": "both", "place": "mainland.110105", "role": "admin"});
    let Err(Error::Invalid(wrong)) = filled(&form::ENTERPRISE, &sent) else { panic!("it is wrong") };
    let at: Vec<_> = wrong.iter().map(|error| error.at.as_ref()).collect();
    let all = [
        "/username",
        "/password",
        "/mobile",
        "/code",
        "/agreement",
        "/identifier",
        "/enterprise_name",
        "/entry",
        "/address",
        "/industry",
        "/interests",
        "/role",
    ];
    assert_eq!(at, all);
}

#[test]
fn the_mainland_registers_by_number_and_others_by_mail() {
    let by_mail = |place: &str| {
        let mut sent = enterprise(MOBILE, "123456", &json!({"place": place, "email": "a@example.com"}));
        sent.as_object_mut().unwrap().remove("mobile");
        filled(&form::ENTERPRISE, &sent)
    };
    assert!(by_mail("overseas.DE").is_ok());
    assert_eq!(by_mail("mainland.110105"), Err(Error::invalid("/mobile", "required")));
    let both = enterprise(MOBILE, "123456", &json!({"email": "a@example.com"}));
    assert_eq!(filled(&form::ENTERPRISE, &both), Err(Error::invalid("/email", "not_applicable")));
}
