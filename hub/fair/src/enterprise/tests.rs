use secrecy::SecretString;
use storage::ids::Millis;
use storage::{Clock, Store};

use super::*;
use crate::NewEnterprise;
use crate::token::Keys;

async fn fixture() -> (Accounts, Company) {
    let clock = Clock::manual(Millis(1_800_000_000_000));
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(Store::model(clock.clone()), clock, keys);
    let id = team(&accounts, "huaxin", "华信科技").await.unwrap();
    let company = accounts.company(id).await.unwrap();
    (accounts, company)
}

async fn team(accounts: &Accounts, identifier: &str, name: &str) -> Result<EnterpriseId> {
    let new = NewEnterprise {
        kind: Kind::Enterprise,
        identifier: identifier.to_owned(),
        name: name.to_owned(),
        name_en: None,
    };
    Ok(accounts.create_enterprise(new).await?.id)
}

fn change(name: &str) -> Change {
    Change {
        name: name.to_owned(),
        name_en: Some("Huaxin".to_owned()),
        place: "mainland.110105".to_owned(),
        address: "朝阳区1号".to_owned(),
        industry: "transport.sea-freight".to_owned(),
        interests: vec!["general".to_owned()],
        contact_info: Some("010-12345678".to_owned()),
    }
}

async fn found(accounts: &Accounts, beginning: &str) -> usize {
    accounts.enterprises(beginning, None, 10).await.unwrap().items.len()
}

#[tokio::test]
async fn what_is_changed_stands_and_others_find_the_new_names_only() {
    let (accounts, company) = fixture().await;
    accounts.change_company(&company, &change("北京华信")).await.1.unwrap();
    let changed = accounts.company(company.id).await.unwrap();
    assert_eq!(changed.said(), change("北京华信"));
    let counts = [found(&accounts, "华信").await, found(&accounts, "北京").await, found(&accounts, "hua").await];
    assert_eq!(counts, [0, 1, 1]);
    assert!(team(&accounts, "other", "北京华信").await.is_err(), "the new name is its own");
    team(&accounts, "third", "华信科技").await.unwrap();
}

#[tokio::test]
async fn another_s_name_changes_nothing() {
    let (accounts, company) = fixture().await;
    team(&accounts, "other", "绿洲（集团）").await.unwrap();
    assert_eq!(accounts.change_company(&company, &change("绿洲(集团)")).await.1, Err(Error::Taken("/name")));
    assert_eq!(accounts.company(company.id).await.unwrap(), company);
}

#[tokio::test]
async fn of_two_who_change_what_they_read_the_second_is_told_that_it_is_stale() {
    let (accounts, company) = fixture().await;
    accounts.change_company(&company, &change("华信一")).await.1.unwrap();
    assert_eq!(accounts.change_company(&company, &change("华信二")).await.1, Err(Error::Stale));
    assert_eq!(accounts.company(company.id).await.unwrap().said().name, "华信一");
    team(&accounts, "other", "华信二").await.unwrap();
    let same_name = accounts.company(company.id).await.unwrap();
    let mut one = change("华信一");
    one.address = "另一处".to_owned();
    accounts.change_company(&same_name, &one).await.1.unwrap();
    one.address = "第三处".to_owned();
    assert_eq!(accounts.change_company(&same_name, &one).await.1, Err(Error::Stale), "its details too");
}

#[tokio::test]
async fn contact_information_is_sealed_and_the_same_is_not_written_twice() {
    let (accounts, company) = fixture().await;
    accounts.change_company(&company, &change("华信科技")).await.1.unwrap();
    let one = accounts.company(company.id).await.unwrap();
    accounts.change_company(&one, &change("华信科技")).await.1.unwrap();
    assert_eq!(accounts.company(company.id).await.unwrap(), one);
    let Hidden(sealed) = one.details.as_ref().unwrap().contact_info.clone().unwrap();
    assert!(!sealed.windows(8).any(|bytes| bytes == b"12345678"));
    assert!(!format!("{:?}", one.details).contains("12345678"));
}
