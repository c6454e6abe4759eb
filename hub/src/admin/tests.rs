use clap::Parser;
use fair::{Keys, Login};
use serde_json::Value;
use storage::{Clock, Store};

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Admin,
}

fn accounts() -> Accounts {
    let clock = Clock::system();
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    Accounts::new(Store::model(clock.clone()), clock, keys)
}

/// Runs one command line; gives its JSON lines.
async fn admin(accounts: &Accounts, line: &str, input: &str) -> Result<Vec<Value>, AdminError> {
    let words = ["admin"].into_iter().chain(line.split_whitespace());
    let command = Cli::try_parse_from(words).unwrap().command;
    let mut output = Vec::new();
    command.run(accounts, &mut input.as_bytes(), &mut output).await?;
    Ok(String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

async fn signs_in(accounts: &Accounts, identifier: &str, username: &str, password: &str) -> bool {
    let identifier = Some(identifier.to_owned()).filter(|it| !it.is_empty());
    let login = Login { identifier, username: username.into(), password: password.into(), device: None };
    accounts.login(login, std::net::Ipv4Addr::LOCALHOST.into()).await.is_ok()
}

#[tokio::test]
async fn an_operator_makes_and_changes_accounts() {
    let accounts = accounts();
    admin(&accounts, "create-enterprise acme AcmeLtd", "").await.unwrap();
    let made = admin(&accounts, "create-user acme/wang --duty consultant", "").await.unwrap();
    let generated = made[0]["password"].as_str().unwrap();
    assert!(signs_in(&accounts, "acme", "wang", generated).await);

    let typed = admin(&accounts, "create-user visitor --password-stdin", "password1\n").await.unwrap();
    assert!(typed[0].get("password").is_none(), "a typed password is not echoed");
    assert!(signs_in(&accounts, "", "visitor", "password1").await);

    admin(&accounts, "set-duty acme/wang other", "").await.unwrap();
    assert_eq!(accounts.find_user("acme", "wang").await.unwrap().unwrap().duty, Some(Duty::Other));

    admin(&accounts, "reset-password acme/wang --password-stdin", "password2\r\n").await.unwrap();
    assert!(!signs_in(&accounts, "acme", "wang", generated).await);
    assert!(signs_in(&accounts, "acme", "wang", "password2").await);

    admin(&accounts, "revoke-sessions acme/wang", "").await.unwrap();
    let wang = accounts.find_user("acme", "wang").await.unwrap().unwrap();
    assert!(accounts.sessions(wang.id).await.unwrap().is_empty());

    admin(&accounts, "delete-user acme/wang", "").await.unwrap();
    assert!(!signs_in(&accounts, "acme", "wang", "password2").await);

    let (audit, _writer) = Audit::new(accounts.clone(), storage::Entropy::system());
    let recorded = audit.entries(&fair::audit::Filter::default(), None, 10).await.unwrap().items;
    let deeds: Vec<_> = recorded.iter().map(|deed| (deed.action.as_str(), deed.actor.user, &*deed.object.id)).collect();
    let id = wang.id.to_string();
    assert_eq!(
        deeds,
        [("user.delete", None, id.as_str()), ("user.password_reset", None, &id)],
        "by nobody who signs in"
    );
}

#[tokio::test]
async fn mistakes_are_named() {
    let accounts = accounts();
    let unknown = admin(&accounts, "set-duty acme/wang other", "").await.unwrap_err();
    assert_eq!(unknown.to_string(), "nobody is called acme/wang");
    let weak = admin(&accounts, "create-user visitor --password-stdin", "weak\n").await.unwrap_err();
    assert!(weak.to_string().contains("/password"), "{weak}");
    assert!(Cli::try_parse_from(["admin", "set-duty", "acme/wang", "boss"]).is_err());
    assert!(Cli::try_parse_from(["admin", "create-user", "visitor", "--password", "x"]).is_err());
    let many = admin(&accounts, "tokens --count 100001", "").await.unwrap_err();
    assert!(matches!(many, AdminError::Refused(_)));
}

#[tokio::test]
async fn minted_tokens_pair_up_and_minting_again_uses_the_same_accounts() {
    let accounts = accounts();
    let lines = admin(&accounts, "tokens --count 5", "").await.unwrap();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["enterprise"], lines[1]["peer"]);
    assert_eq!(lines[1]["enterprise"], lines[0]["peer"]);
    for line in &lines {
        let who = accounts.authenticate(line["token"].as_str().unwrap()).unwrap();
        assert_eq!(who.user.to_string(), line["user"]);
        assert_eq!(who.duty, Some(Duty::Representative));
    }
    let again = admin(&accounts, "tokens --count 2", "").await.unwrap();
    assert_eq!(again[1]["user"], lines[1]["user"]);
    assert_eq!(accounts.hashes_computed(), 0, "no password is hashed for a load test");
}
