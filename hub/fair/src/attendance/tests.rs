use storage::ids::UserId;

use super::*;
use crate::accounts::tests::accounts;
use crate::accounts::{Accounts, NewEnterprise};
use crate::flow::tests::flows;
use crate::kind::Kind;

async fn visitor(accounts: &Accounts) -> EnterpriseId {
    let (kind, identifier, name) = (Kind::Enterprise, "visitor".to_owned(), "访客公司".to_owned());
    accounts.create_enterprise(NewEnterprise { kind, identifier, name, name_en: None }).await.unwrap().id
}

#[tokio::test(start_paused = true)]
async fn who_registers_to_attend_waits_for_the_committee() {
    let accounts = accounts();
    let (flows, visitor) = (flows(&accounts), visitor(&accounts).await);
    let record = submit(&flows, visitor, false).await.unwrap();
    assert_eq!(
        (record.state, record.text("identifier"), record.text("enterprise_name")),
        ("pending", "visitor", "访客公司")
    );
    assert_eq!(submit(&flows, visitor, false).await.unwrap().version, 1, "again it changes nothing");
    assert!(!is_approved(&flows, visitor).await.unwrap());
    let committee = Who::Account { user: UserId(1), kind: Kind::Committee, team: None, admin: false, duty: None };
    flows.advance(&committee, (&FLOW, record.id, 1), "approve", Input::default()).await.unwrap();
    assert!(is_approved(&flows, visitor).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn where_an_organiser_wants_it_so_who_registers_is_let_in_at_once() {
    let accounts = accounts();
    let (flows, visitor) = (flows(&accounts), visitor(&accounts).await);
    assert_eq!(submit(&flows, visitor, true).await.unwrap().state, "approved");
    assert_eq!(submit(&flows, visitor, true).await.unwrap().version, 2);
    assert!(is_approved(&flows, visitor).await.unwrap());
    assert_eq!(submit(&flows, EnterpriseId(1), true).await.unwrap_err(), Error::NotFound);
}
