use std::net::Ipv4Addr;

use storage::ids::Millis;
use storage::{Clock, Entropy, Store};

use super::*;
use crate::messages::provider::Providers;
use crate::token::Keys;
use crate::{Contact, NewUser};

const START: Millis = Millis(1_800_000_000_000);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

struct Fixture {
    clock: Clock,
    accounts: Accounts,
    messages: Messages,
    recovery: Recovery,
    user: User,
}

async fn fixture() -> Fixture {
    let clock = Clock::manual(START);
    let store = Store::model(clock.clone());
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(store.clone(), clock.clone(), keys);
    let entropy = Entropy::system();
    // Nothing goes to phones: whoever has a mailbox too is written to there.
    let providers = Providers { sms: None, ..Providers::default().or_kept() };
    let messages = Messages::new(store.clone(), clock.clone(), entropy.clone(), accounts.clone(), providers);
    let codes = Codes::new(store, clock.clone(), entropy, accounts.clone());
    let recovery = Recovery::new(accounts.clone(), codes, messages.clone());
    let new = NewUser {
        enterprise: None,
        username: "visitor".to_owned(),
        name: None,
        duty: None,
        admin: false,
        password: Some("password1".into()),
        contact: Contact { mobile: Some("13800138000".to_owned()), email: Some("li@example.com".to_owned()) },
    };
    let user = accounts.create_user(new).await.unwrap();
    Fixture { clock, accounts, messages, recovery, user }
}

fn login(username: &str) -> Login {
    Login { identifier: None, username: username.to_owned() }
}

impl Fixture {
    async fn asked(&self, username: &str) -> Result<()> {
        let asked = Asked { login: login(username), from: HOME, locale: Locale::En };
        self.recovery.send(asked).await
    }

    async fn code(&self) -> SecretString {
        let shown = self.messages.shown(1).await.unwrap();
        assert_eq!(shown[0].to, "li@example.com");
        let code = shown[0].params.iter().find(|(name, _)| name == "code").unwrap();
        code.1.clone().into()
    }

    async fn confirmed(&self, username: &str, code: &str, password: &str, from: IpAddr) -> Result<()> {
        let confirmed = self.recovery.confirm(&login(username), &code.to_owned().into(), password.into(), from).await;
        confirmed.map(|user| assert_eq!(user.username, username))
    }

    async fn signs_in(&self, password: &str) -> Result<crate::Tokens> {
        let username = "visitor".to_owned();
        self.accounts
            .login(crate::Login { identifier: None, username, password: password.into(), device: None }, HOME)
            .await
    }
}

fn wrong() -> Result<()> {
    Err(Error::invalid("/code", "wrong"))
}

#[tokio::test]
async fn a_code_gives_a_new_password_once_and_ends_every_session() {
    let it = fixture().await;
    let tokens = it.signs_in("password1").await.unwrap();
    it.asked("Visitor").await.unwrap();
    let code = it.code().await;
    let code = code.expose_secret();
    assert_eq!(it.confirmed("visitor", code, "short", HOME).await, Err(Error::invalid("/password", "too_short")));
    it.clock.advance_ms(1_000);
    it.confirmed("visitor", code, "password2", HOME).await.unwrap();
    assert!(it.signs_in("password2").await.is_ok());
    assert_eq!(it.signs_in("password1").await.unwrap_err(), Error::WrongCredentials);
    assert!(it.accounts.refresh(&tokens.refresh_token).await.is_err());
    assert_eq!(it.confirmed("visitor", code, "password3", HOME).await, wrong(), "once");
}

#[tokio::test]
async fn an_unknown_login_is_answered_like_a_known_one_to_the_last_try() {
    let it = fixture().await;
    let mut answers = Vec::new();
    for username in ["visitor", "nobody"] {
        let mut heard = vec![it.recovery.ask(login(username), HOME, Locale::En), it.asked(username).await];
        let code = it.code().await;
        let guess = if code.expose_secret() == "000000" { "000001" } else { "000000" };
        for _ in 0..7 {
            heard.push(it.confirmed(username, guess, "password2", AWAY).await);
        }
        heard.push(it.asked(username).await);
        answers.push(heard);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][2], wrong());
    assert!(matches!(answers[0][8], Err(Error::RateLimited { .. })), "{answers:?}");
    assert_eq!(it.messages.shown(10).await.unwrap().len(), 1, "nothing goes to nobody");
    assert_eq!(it.confirmed("never asked", "000000", "password2", AWAY).await, wrong());
}

#[tokio::test]
async fn a_strangers_guesses_do_not_keep_the_owner_out() {
    let it = fixture().await;
    it.asked("visitor").await.unwrap();
    let code = it.code().await;
    let guess = if code.expose_secret() == "000000" { "000001" } else { "000000" };
    for n in 0..100 {
        let from = IpAddr::V4(Ipv4Addr::new(10, 0, n, 1));
        assert!(it.confirmed("visitor", guess, "password2", from).await.is_err());
    }
    it.confirmed("visitor", code.expose_secret(), "password2", HOME).await.unwrap();
    assert!(it.signs_in("password2").await.is_ok());
}

#[tokio::test]
async fn who_cannot_be_reached_gets_no_code() {
    let it = fixture().await;
    let new = NewUser {
        enterprise: None,
        username: "unreached".to_owned(),
        name: None,
        duty: None,
        admin: false,
        password: Some("password1".into()),
        contact: Contact::default(),
    };
    it.accounts.create_user(new).await.unwrap();
    it.asked("unreached").await.unwrap();
    assert!(it.messages.shown(10).await.unwrap().is_empty());
    assert_eq!(it.user.username, "visitor");
}

#[tokio::test]
async fn too_many_at_once_are_told_to_come_back() {
    let it = fixture().await;
    for _ in 0..WAITING_MAX {
        it.recovery.ask(login("visitor"), HOME, Locale::En).unwrap();
    }
    assert_eq!(it.recovery.ask(login("visitor"), HOME, Locale::En), Err(Error::Overloaded));
}
