use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::accounts::Login;

#[tokio::test(start_paused = true)]
async fn every_listed_account_signs_in_and_filling_again_changes_nothing() {
    let accounts = crate::accounts::tests::accounts();
    fill(&accounts).await.unwrap();
    let hashes = accounts.hashes_computed();
    fill(&accounts).await.unwrap();
    assert_eq!(accounts.hashes_computed(), hashes, "nothing is made twice");
    let mut users = HashSet::new();
    for listed in super::accounts() {
        let login = Login {
            identifier: listed.identifier.map(str::to_owned),
            username: listed.username.to_owned(),
            password: listed.password.into(),
            device: None,
        };
        let tokens = accounts.login(login, IpAddr::V4(Ipv4Addr::LOCALHOST)).await.unwrap();
        assert_eq!((tokens.user.kind, tokens.user.duty), (listed.kind, listed.duty), "{}", listed.label);
        assert!(users.insert(tokens.user.id));
    }
    assert_eq!(users.len(), 44);
}

#[tokio::test]
async fn on_disk_the_demo_keeps_its_accounts_across_a_restart_and_another_process_changes_them() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let clock = storage::Clock::system();
        let path = folder.path().join("fairhub.sqlite");
        let options = storage::sqlite::SqliteOptions::default();
        let store = storage::Store::sqlite(&path, crate::table::ALL, clock.clone(), &options).unwrap();
        let secret = crate::secret::load_or_create(folder.path()).unwrap();
        Accounts::new(store, clock, crate::Keys::derive(&secret).unwrap())
    };
    let login = || Login {
        identifier: Some("huaxin".into()),
        username: "wang".into(),
        password: PASSWORD.into(),
        device: None,
    };
    let home = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let first = open();
    fill(&first).await.unwrap();
    let tokens = first.login(login(), home).await.unwrap();
    drop(first);

    let hub = open();
    let mut watch = hub.watch();
    watch.poll().await.unwrap();
    let who = hub.authenticate(&tokens.access_token).unwrap();
    let tokens = hub.refresh(&tokens.refresh_token).await.unwrap();
    let admin = open();
    admin.change_duty(who.enterprise.unwrap(), who.user, Duty::Other).await.unwrap();
    assert_eq!(watch.poll().await.unwrap().len(), 1);
    assert_eq!(hub.authenticate(&tokens.access_token), Err(crate::Error::TokenExpired));
    let tokens = hub.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(tokens.user.duty, Some(Duty::Other));
}
