use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::kind::{Duty, Kind, NotAWord};
use crate::revocation::Ending;
use crate::table::{LoginRow, Sessions, SessionsPart};
use crate::token::ACCESS_TTL_S;

pub(crate) const START: Millis = Millis(1_800_000_000_000);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const PASSWORD: &str = "password1";

use std::net::IpAddr;

/// Accounts on a fresh store, under a clock that follows tokio's.
pub(crate) fn accounts() -> Accounts {
    let clock = Clock::starting_at(START);
    over(&Store::model(clock.clone()), &clock)
}

/// Another process on the same store.
pub(crate) fn over(store: &Store, clock: &Clock) -> Accounts {
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    Accounts::new(store.clone(), clock.clone(), keys)
}

async fn acme(accounts: &Accounts) -> Enterprise {
    let new = NewEnterprise {
        kind: Kind::Enterprise,
        identifier: "Acme".into(),
        name: "顶点公司".into(),
        name_en: Some("Acme Ltd".into()),
    };
    accounts.create_enterprise(new).await.unwrap()
}

fn person(team: &Enterprise, username: &str) -> NewUser {
    NewUser {
        enterprise: Some(team.id),
        username: username.into(),
        name: None,
        duty: Some(Duty::Consultant),
        admin: false,
        password: Some(PASSWORD.into()),
        contact: Contact { mobile: Some("13800138000".into()), email: None },
    }
}

fn login(identifier: &str, username: &str, password: &str) -> Login {
    let identifier = Some(identifier.to_owned()).filter(|it| !it.is_empty());
    Login { identifier, username: username.into(), password: password.into(), device: Some("test".into()) }
}

struct Fixture {
    accounts: Accounts,
    acme: Enterprise,
    wang: User,
}

async fn fixture() -> Fixture {
    let accounts = accounts();
    let acme = acme(&accounts).await;
    let wang = accounts.create_user(person(&acme, "wang")).await.unwrap();
    Fixture { accounts, acme, wang }
}

impl Fixture {
    async fn sign_in(&self) -> Tokens {
        self.accounts.login(login("acme", "wang", PASSWORD), HOME).await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn one_signs_in_without_regard_to_case_and_is_who_one_is() {
    let it = fixture().await;
    let tokens = it.accounts.login(login("ACME", "Wang", PASSWORD), HOME).await.unwrap();
    let who = it.accounts.authenticate(&tokens.access_token).unwrap();
    assert_eq!((who.user, who.enterprise, who.duty), (it.wang.id, Some(it.acme.id), Some(Duty::Consultant)));
    assert_eq!(who.expires_at, START.plus_ms(ACCESS_TTL_S * 1000));
    let shown = serde_json::to_value(&tokens.user).unwrap();
    assert_eq!(shown["enterprise"]["name"], "顶点公司");
    assert_eq!(shown["duty"], "consultant");
    let logged = format!("{tokens:?}");
    assert!(!logged.contains(&tokens.access_token) && !logged.contains(&tokens.refresh_token), "{logged}");
}

#[tokio::test(start_paused = true)]
async fn every_wrong_pair_gets_the_same_answer_after_the_same_work() {
    let it = fixture().await;
    it.accounts.create_user(person(&it.acme, "gone")).await.unwrap();
    let gone = it.accounts.find_user("acme", "gone").await.unwrap().unwrap();
    it.accounts.delete_user(it.acme.id, gone.id).await.unwrap();
    it.accounts.create_user(NewUser { password: None, ..person(&it.acme, "mute") }).await.unwrap();
    for (identifier, username, password) in [
        ("acme", "wang", "password2"),
        ("acme", "nobody", PASSWORD),
        ("nowhere", "wang", PASSWORD),
        ("", "wang", PASSWORD),
        ("acme", "gone", PASSWORD),
        ("acme", "mute", PASSWORD),
        ("acme", "wang", ""),
        ("not an identifier", "ａdmin\u{202e}", PASSWORD),
    ] {
        let before = it.accounts.hashes_computed();
        let answer = it.accounts.login(login(identifier, username, password), HOME).await;
        assert_eq!(answer.unwrap_err(), Error::WrongCredentials, "{identifier}/{username}");
        assert_eq!(it.accounts.hashes_computed() - before, 1, "{identifier}/{username}");
    }
}

#[tokio::test(start_paused = true)]
async fn guessing_is_slowed_where_it_comes_from_and_the_owner_gets_in() {
    let it = fixture().await;
    for _ in 0..6 {
        let wrong = it.accounts.login(login("acme", "wang", "password2"), AWAY).await;
        assert_eq!(wrong.unwrap_err(), Error::WrongCredentials);
    }
    let before = it.accounts.hashes_computed();
    let slowed = it.accounts.login(login("acme", "wang", PASSWORD), AWAY).await;
    assert!(matches!(slowed.unwrap_err(), Error::RateLimited { retry_after_ms } if retry_after_ms <= 1_000));
    assert_eq!(it.accounts.hashes_computed(), before, "a refused try costs no hash");
    it.sign_in().await;
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(it.accounts.login(login("acme", "wang", PASSWORD), AWAY).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_guesses_waits_as_long_though_the_time_of_day_is_set() {
    for hours in [-1, 1] {
        let it = fixture().await;
        for _ in 0..6 {
            let wrong = it.accounts.login(login("acme", "wang", "password2"), AWAY).await;
            assert_eq!(wrong.unwrap_err(), Error::WrongCredentials);
        }
        it.accounts.0.clock.step_ms(hours * 3_600_000);
        let slowed = it.accounts.login(login("acme", "wang", PASSWORD), AWAY).await;
        assert!(matches!(slowed.unwrap_err(), Error::RateLimited { .. }), "{hours} h: no time has passed");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(it.accounts.login(login("acme", "wang", PASSWORD), AWAY).await.is_ok(), "{hours} h: one second has");
    }
}

#[tokio::test(start_paused = true)]
async fn refreshing_rotates_and_a_used_token_ends_the_family() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let first = it.sign_in().await;
    let second = it.accounts.refresh(&first.refresh_token).await.unwrap();
    let third = it.accounts.refresh(&second.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, third.refresh_token);
    assert_eq!(it.accounts.refresh(&first.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    assert_eq!(it.accounts.refresh(&third.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    watch.poll().await.unwrap();
    assert_eq!(it.accounts.authenticate(&third.access_token), Err(Error::SessionRevoked));
    assert_eq!(it.accounts.refresh("made.up.1.xx").await.unwrap_err(), Error::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_whose_answer_was_lost_gets_it_again_for_a_short_while() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let first = it.sign_in().await;
    let second = it.accounts.refresh(&first.refresh_token).await.unwrap();
    tokio::time::advance(Duration::from_secs(30)).await;
    let again = it.accounts.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(again.refresh_token, second.refresh_token, "the same family goes on, not a second one");
    let who = it.accounts.authenticate(&again.access_token).unwrap();
    assert_eq!(who.expires_at, START.plus_ms((30 + ACCESS_TTL_S) * 1000), "it lives as long as it says");
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(it.accounts.refresh(&first.refresh_token).await.unwrap_err(), Error::SessionRevoked, "not for ever");
    assert_eq!(it.accounts.refresh(&second.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    watch.poll().await.unwrap();
    assert_eq!(it.accounts.authenticate(&again.access_token), Err(Error::SessionRevoked));
}

#[tokio::test(start_paused = true)]
async fn a_lost_refresh_is_repeated_at_another_hub_and_after_a_crash() {
    let it = fixture().await;
    let first = it.sign_in().await;
    let second = it.accounts.refresh(&first.refresh_token).await.unwrap();
    // As after kill -9: nothing is left but the store.
    let other = over(it.accounts.store(), it.accounts.clock());
    let again = other.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(again.refresh_token, second.refresh_token);
    let third = other.refresh(&again.refresh_token).await.unwrap();
    assert_eq!(it.accounts.refresh(&first.refresh_token).await.unwrap_err(), Error::SessionRevoked, "two behind");
    assert_eq!(other.refresh(&third.refresh_token).await.unwrap_err(), Error::SessionRevoked);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_given_again_once_the_session_has_ended() {
    let it = fixture().await;
    let first = it.sign_in().await;
    let second = it.accounts.refresh(&first.refresh_token).await.unwrap();
    let who = it.accounts.authenticate(&second.access_token).unwrap();
    it.accounts.end_session(who.user, who.session).await.unwrap();
    assert_eq!(it.accounts.refresh(&first.refresh_token).await.unwrap_err(), Error::SessionRevoked);
}

#[tokio::test(start_paused = true)]
async fn of_those_that_refresh_at_once_all_go_on_with_one_token() {
    let it = fixture().await;
    let first = it.sign_in().await;
    let other = over(it.accounts.store(), it.accounts.clock());
    let (one, two, three) = tokio::join!(
        it.accounts.refresh(&first.refresh_token),
        it.accounts.refresh(&first.refresh_token),
        other.refresh(&first.refresh_token)
    );
    let tokens = [one, two, three].map(|tokens| tokens.unwrap().refresh_token);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert!(it.accounts.refresh(&tokens[0]).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_steps_costs_a_refresh_and_no_session() {
    for step_ms in [-3_600_000, 3_600_000] {
        let it = fixture().await;
        let first = it.sign_in().await;
        it.accounts.clock().step_ms(step_ms);
        assert_eq!(it.accounts.authenticate(&first.access_token), Err(Error::TokenExpired), "{step_ms}");
        let second = it.accounts.refresh(&first.refresh_token).await.unwrap();
        assert!(it.accounts.authenticate(&second.access_token).is_ok(), "{step_ms}");
        it.accounts.clock().step_ms(-step_ms);
        assert_eq!(it.accounts.authenticate(&second.access_token), Err(Error::TokenExpired), "and back, {step_ms}");
        assert!(it.accounts.refresh(&second.refresh_token).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_are_listed_ended_and_bounded() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let first = it.sign_in().await;
    let who = it.accounts.authenticate(&first.access_token).unwrap();
    for _ in 0..SESSIONS_MAX {
        tokio::time::advance(Duration::from_secs(30)).await;
        it.sign_in().await;
    }
    let living = it.accounts.sessions(it.wang.id).await.unwrap();
    assert_eq!(living.len(), SESSIONS_MAX);
    assert!(living.iter().all(|session| session.id != who.session), "the oldest made room");
    assert_eq!(it.accounts.refresh(&first.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    let one = living[0].id;
    assert_eq!(living[0].device.as_deref(), Some("test"));
    it.accounts.revoke_session(it.wang.id, one).await.unwrap();
    assert_eq!(it.accounts.revoke_session(it.wang.id, one).await, Err(Error::NotFound));
    assert_eq!(it.accounts.revoke_session(UserId(1), living[1].id).await, Err(Error::NotFound), "not theirs");
    let facts = watch.poll().await.unwrap();
    assert!(facts.iter().any(|fact| fact.ends(it.wang.id, one, 1)));
}

#[tokio::test(start_paused = true)]
async fn right_sign_ins_are_bounded_and_so_is_what_every_hub_must_hear_of_them() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let hashes = it.accounts.hashes_computed();
    let mut signed_in = 0;
    for _ in 0..400 {
        match it.accounts.login(login("acme", "wang", PASSWORD), HOME).await {
            Ok(_) => signed_in += 1,
            Err(Error::RateLimited { retry_after_ms }) => assert!((1..=30_000).contains(&retry_after_ms)),
            Err(other) => panic!("{other}"),
        }
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    assert_eq!(signed_in, 20 + 1);
    assert_eq!(it.accounts.hashes_computed() - hashes, signed_in, "a refused one costs no hash");
    assert_eq!(watch.poll().await.unwrap().len(), 1, "one was pushed out");
    let elsewhere = it.accounts.login(login("acme", "wang", PASSWORD), AWAY).await;
    assert!(matches!(elsewhere.unwrap_err(), Error::RateLimited { .. }), "with the right password, from anywhere");
    let wrong = it.accounts.login(login("acme", "wang", "password2"), AWAY).await.unwrap_err();
    assert!(matches!(wrong, Error::RateLimited { .. }), "where it signed in before, without a hash");
    let stranger = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 77));
    let wrong = it.accounts.login(login("acme", "wang", "password2"), stranger).await.unwrap_err();
    assert_eq!(wrong, Error::WrongCredentials, "a stranger learns nothing");
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_tokens_have_ended_makes_room_without_a_word() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    for _ in 0..SESSIONS_MAX {
        it.sign_in().await;
    }
    tokio::time::advance(Duration::from_secs(2 * 3_600)).await;
    it.sign_in().await;
    assert_eq!(it.accounts.sessions(it.wang.id).await.unwrap().len(), SESSIONS_MAX);
    assert!(watch.poll().await.unwrap().is_empty(), "no fact");
    let mut sessions_left = it.accounts.sessions(it.wang.id).await.unwrap();
    sessions_left.retain(|session| session.used == START);
    assert_eq!(sessions_left.len(), SESSIONS_MAX - 1);
}

#[tokio::test(start_paused = true)]
async fn a_minted_token_that_signed_out_stays_out() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let token = it.accounts.mint(&it.wang, 6 * 3_600).unwrap();
    let who = it.accounts.authenticate(&token).unwrap();
    it.accounts.end_session(who.user, who.session).await.unwrap();
    watch.poll().await.unwrap();
    tokio::time::advance(Duration::from_secs(3_600)).await;
    watch.poll().await.unwrap();
    assert_eq!(it.accounts.authenticate(&token), Err(Error::SessionRevoked), "longer than a login's token lives");
}

#[tokio::test(start_paused = true)]
async fn leaving_ends_the_session_for_access_and_refresh() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let (mine, other) = (it.sign_in().await, it.sign_in().await);
    let who = it.accounts.authenticate(&mine.access_token).unwrap();
    it.accounts.end_session(who.user, who.session).await.unwrap();
    watch.poll().await.unwrap();
    assert_eq!(it.accounts.authenticate(&mine.access_token), Err(Error::SessionRevoked));
    assert_eq!(it.accounts.refresh(&mine.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    assert!(it.accounts.refresh(&other.refresh_token).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_new_password_ends_the_other_sessions_only() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let (mine, other) = (it.sign_in().await, it.sign_in().await);
    let who = it.accounts.authenticate(&mine.access_token).unwrap();
    let change = |current: &str, new: &str| {
        it.accounts.change_password(who.user, who.session, current.to_owned().into(), new.to_owned().into(), HOME)
    };
    assert_eq!(change("password9", "password2").await, Err(Error::invalid("/current_password", "wrong")));
    assert_eq!(change(PASSWORD, "short1").await, Err(Error::invalid("/new_password", "too_short")));
    change(PASSWORD, "password2").await.unwrap();
    watch.poll().await.unwrap();
    assert!(it.accounts.authenticate(&mine.access_token).is_ok());
    assert_eq!(it.accounts.authenticate(&other.access_token), Err(Error::SessionRevoked));
    assert_eq!(it.accounts.refresh(&other.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    assert_eq!(it.accounts.login(login("acme", "wang", PASSWORD), HOME).await.unwrap_err(), Error::WrongCredentials);
    assert!(it.accounts.login(login("acme", "wang", "password2"), HOME).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn another_duty_asks_for_a_refresh_which_brings_it() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let old = it.sign_in().await;
    it.accounts.change_duty(it.acme.id, it.wang.id, Duty::Other).await.unwrap();
    let facts = watch.poll().await.unwrap();
    assert_eq!(facts, [Revoked { user: it.wang.id, session: None, rights: 2, ending: Ending::Refresh }]);
    assert_eq!(it.accounts.authenticate(&old.access_token), Err(Error::TokenExpired));
    let new = it.accounts.refresh(&old.refresh_token).await.unwrap();
    assert_eq!(it.accounts.authenticate(&new.access_token).unwrap().duty, Some(Duty::Other));
    assert_eq!(it.accounts.team(it.acme.id).await.unwrap()[0].duty, Some(Duty::Other));
    assert_eq!(it.accounts.change_duty(EnterpriseId(1), it.wang.id, Duty::Other).await, Err(Error::NotFound));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_account_is_out_at_once_and_its_name_stays_taken() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let tokens = it.sign_in().await;
    assert_eq!(it.accounts.delete_user(EnterpriseId(1), it.wang.id).await, Err(Error::NotFound), "not theirs");
    it.accounts.delete_user(it.acme.id, it.wang.id).await.unwrap();
    it.accounts.delete_user(it.acme.id, it.wang.id).await.unwrap();
    watch.poll().await.unwrap();
    assert_eq!(it.accounts.authenticate(&tokens.access_token), Err(Error::SessionRevoked));
    assert_eq!(it.accounts.refresh(&tokens.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    assert_eq!(it.accounts.login(login("acme", "wang", PASSWORD), HOME).await.unwrap_err(), Error::WrongCredentials);
    assert!(it.accounts.team(it.acme.id).await.unwrap().is_empty());
    assert!(it.accounts.contact(it.wang.id).await.unwrap().is_empty(), "personal data goes with the account");
    assert_eq!(it.accounts.change_duty(it.acme.id, it.wang.id, Duty::Other).await, Err(Error::NotFound));
    let again = it.accounts.create_user(person(&it.acme, "wang")).await;
    assert_eq!(again.unwrap_err(), Error::Conflict("username taken"));
}

#[tokio::test(start_paused = true)]
async fn the_administrator_cannot_be_deleted() {
    let it = fixture().await;
    let admin = NewUser { admin: true, duty: None, ..person(&it.acme, "Boss1") };
    let boss = it.accounts.create_user(admin).await.unwrap();
    assert_eq!(boss.duty, Some(Duty::Representative));
    assert!(matches!(it.accounts.delete_user(it.acme.id, boss.id).await, Err(Error::Conflict(_))));
}

#[tokio::test(start_paused = true)]
async fn a_reset_password_works_once_shown_and_ends_every_session() {
    use secrecy::ExposeSecret as _;
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let old = it.sign_in().await;
    assert_eq!(it.accounts.reset_password(EnterpriseId(1), it.wang.id).await.unwrap_err(), Error::NotFound);
    let new = it.accounts.reset_password(it.acme.id, it.wang.id).await.unwrap();
    assert_eq!(crate::field::password(new.expose_secret()), Ok(()));
    watch.poll().await.unwrap();
    assert_eq!(it.accounts.authenticate(&old.access_token), Err(Error::SessionRevoked));
    assert_eq!(it.accounts.refresh(&old.refresh_token).await.unwrap_err(), Error::SessionRevoked);
    let tokens = it.accounts.login(login("acme", "wang", new.expose_secret()), HOME).await.unwrap();
    assert!(it.accounts.authenticate(&tokens.access_token).is_ok(), "the new session stands");
}

#[tokio::test(start_paused = true)]
async fn what_the_admin_command_changes_acts_on_a_running_hub() {
    let clock = Clock::starting_at(START);
    let store = Store::model(clock.clone());
    let (hub, admin) = (over(&store, &clock), over(&store, &clock));
    let acme = acme(&admin).await;
    let wang = admin.create_user(person(&acme, "wang")).await.unwrap();
    let mut watch = hub.watch();
    watch.poll().await.unwrap();
    let tokens = hub.login(login("acme", "wang", PASSWORD), HOME).await.unwrap();
    admin.revoke_sessions(wang.id).await.unwrap();
    let facts = watch.poll().await.unwrap();
    assert_eq!(facts.len(), 1);
    assert!(watch.poll().await.unwrap().is_empty(), "each fact once");
    assert_eq!(hub.authenticate(&tokens.access_token), Err(Error::SessionRevoked));
    assert!(over(&store, &clock).authenticate(&tokens.access_token).is_ok(), "a hub that never polled knows nothing");
}

#[tokio::test(start_paused = true)]
async fn rules_on_fields_are_all_told_at_once() {
    let accounts = accounts();
    let acme = acme(&accounts).await;
    let new = NewUser {
        username: "Wang".into(),
        name: Some("\u{202e}".into()),
        duty: None,
        password: Some("weak".into()),
        contact: Contact { mobile: Some("1".into()), email: Some("x".into()) },
        ..person(&acme, "x")
    };
    let Err(Error::Invalid(fields)) = accounts.create_user(new).await else { panic!("accepted") };
    let at: Vec<_> = fields.iter().map(|field| field.at.as_ref()).collect();
    assert_eq!(at, ["/username", "/name", "/duty", "/password", "/mobile", "/email"]);
    let individual = NewUser { enterprise: None, duty: Some(Duty::Other), ..person(&acme, "Visitor") };
    assert_eq!(accounts.create_user(individual).await.unwrap_err(), Error::invalid("/duty", "unsupported"));
    let nowhere = NewUser { enterprise: Some(EnterpriseId(1)), ..person(&acme, "wang") };
    assert_eq!(accounts.create_user(nowhere).await.unwrap_err(), Error::NotFound);
}

#[tokio::test(start_paused = true)]
async fn names_are_unique_without_regard_to_case_even_when_claimed_at_once() {
    let accounts = accounts();
    let acme = acme(&accounts).await;
    let again = NewEnterprise { kind: Kind::Enterprise, identifier: "ACME".into(), name: "x".into(), name_en: None };
    assert_eq!(accounts.create_enterprise(again).await.unwrap_err(), Error::Conflict("identifier taken"));
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (accounts, new) = (accounts.clone(), NewUser { password: None, ..person(&acme, "wang") });
        racers.spawn(async move { accounts.create_user(new).await });
    }
    let won = racers.join_all().await.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(won, 1);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_creation_is_finished_by_whoever_asks_again() {
    let accounts = accounts();
    let acme = acme(&accounts).await;
    let part = LoginsPart { identifier: "acme".into(), username: "wang".into() };
    let claim = Op::Put { c: LoginsKey {}, row: LoginRow { v: 1, user: UserId(77) }, at: None };
    let absent = vec![Expect::Absent(LoginsKey {})];
    accounts.store().write_if::<Logins>(part, absent, vec![claim]).await.unwrap();
    assert_eq!(accounts.find_user("acme", "wang").await, Ok(None));
    let wang = accounts.create_user(person(&acme, "wang")).await.unwrap();
    assert_eq!(wang.id, UserId(77));
    assert!(accounts.login(login("acme", "wang", PASSWORD), HOME).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn contacts_and_passwords_are_not_readable_in_the_store() {
    let it = fixture().await;
    let row = it.accounts.user_row(it.wang.id).await.unwrap();
    let Some(Hidden(sealed)) = &row.contact else { panic!("no contact") };
    assert!(!sealed.windows(11).any(|window| window == b"13800138000"));
    let logged = format!("{row:?}");
    assert!(!logged.contains("argon2id") && !logged.contains("13800138000"), "{logged}");
    assert_eq!(it.accounts.contact(it.wang.id).await.unwrap().mobile.as_deref(), Some("13800138000"));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_was_decided_before_a_reset_gives_nothing_lasting() {
    let it = fixture().await;
    let tokens = it.sign_in().await;
    let (refreshed, reset) =
        tokio::join!(it.accounts.refresh(&tokens.refresh_token), it.accounts.revoke_sessions(it.wang.id));
    reset.unwrap();
    if let Ok(refreshed) = refreshed {
        it.accounts.watch().poll().await.unwrap();
        let rights = it.accounts.authenticate(&refreshed.access_token).map(|who| who.rights);
        assert!(rights.is_err() || rights == Ok(2), "{rights:?}");
        assert!(it.accounts.refresh(&refreshed.refresh_token).await.is_err());
    }
    let rows = it.accounts.store().scan::<Sessions>(SessionsPart { user: it.wang.id }, Scan::first(10), Read::Serial);
    assert!(rows.await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn minted_tokens_stand_until_they_end_or_are_revoked() {
    let it = fixture().await;
    let mut watch = it.accounts.watch();
    let token = it.accounts.mint(&it.wang, 3_600).unwrap();
    assert_eq!(it.accounts.authenticate(&token).unwrap().user, it.wang.id);
    it.accounts.revoke_sessions(it.wang.id).await.unwrap();
    watch.poll().await.unwrap();
    assert_eq!(it.accounts.authenticate(&token), Err(Error::SessionRevoked));
}

#[tokio::test(start_paused = true)]
async fn enterprises_are_found_by_the_beginning_of_any_name_once() {
    let accounts = accounts();
    for n in 0..30 {
        let new = NewEnterprise {
            kind: Kind::Enterprise,
            identifier: format!("north-{n:02}"),
            name: format!("北方公司{n:02}"),
            name_en: Some(format!("North Star {n:02}")),
        };
        accounts.create_enterprise(new).await.unwrap();
    }
    let all = async |query: &str, limit: u32| {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..100 {
            let page = accounts.enterprises(query, cursor.as_deref(), limit).await.unwrap();
            assert!(page.items.len() <= limit as usize);
            found.extend(page.items.into_iter().map(|it| it.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        found.sort();
        found
    };
    let everyone: Vec<_> = (0..30).map(|n| format!("北方公司{n:02}")).collect();
    assert_eq!(all("", 7).await, everyone);
    assert_eq!(all("NORTH", 7).await, everyone, "by two names, shown once");
    assert_eq!(all(" 北方 ", 100).await, everyone);
    assert_eq!(all("north star 2", 3).await, everyone[20..30]);
    assert!(all("south", 3).await.is_empty());
    let page = accounts.enterprises("north", None, 5).await.unwrap();
    let public = serde_json::to_value(&page.items[0]).unwrap();
    assert!(public.get("identifier").is_none(), "half of a login is not public: {public}");
    assert_eq!(accounts.enterprises("north", Some("tampered"), 5).await, Err(Error::BadCursor));
}

#[tokio::test(start_paused = true)]
async fn a_name_is_kept_as_it_is_written_and_found_by_either_form_of_an_ideograph() {
    let accounts = accounts();
    let new = |identifier: &str, name: &str| NewEnterprise {
        kind: Kind::Enterprise,
        identifier: identifier.into(),
        name: name.into(),
        name_en: None,
    };
    accounts.create_enterprise(new("compat", "\u{FA19}社")).await.unwrap();
    accounts.create_enterprise(new("unified", "\u{795E}社二")).await.unwrap();
    for query in ["\u{FA19}", "\u{795E}社"] {
        let found = accounts.enterprises(query, None, 10).await.unwrap().items;
        let mut names: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["\u{795E}社二", "\u{FA19}社"], "{query}");
    }
}

#[test]
fn words_are_the_same_on_the_wire_and_in_the_store() {
    for duty in [Duty::Representative, Duty::Consultant, Duty::Other] {
        assert_eq!(serde_json::to_value(duty).unwrap(), duty.as_str());
        assert_eq!(duty.as_str().parse(), Ok(duty));
    }
    assert_eq!("boss".parse::<Duty>(), Err(NotAWord));
}

#[tokio::test(start_paused = true)]
async fn a_device_is_named_without_cutting_a_character() {
    let it = fixture().await;
    let named = |device: String| Login { device: Some(device), ..login("acme", "wang", PASSWORD) };
    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";
    it.accounts.login(named(format!("{}\u{7}{family}!", "x".repeat(62))), HOME).await.unwrap();
    let sessions = it.accounts.sessions(it.wang.id).await.unwrap();
    assert_eq!(sessions[0].device, Some("x".repeat(62)));
}
