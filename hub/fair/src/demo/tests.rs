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
    assert_eq!(users.len(), 19);
}
