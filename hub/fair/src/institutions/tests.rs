use storage::Entropy;

use super::*;
use crate::accounts::tests::accounts;
use crate::audit::Filter;

fn culture() -> NewInstitution {
    NewInstitution {
        identifier: "culture".to_owned(),
        name: "文化服务".to_owned(),
        name_en: None,
        role: Role::Organiser,
        username: "reviewer".to_owned(),
        password: None,
        contact: Contact::default(),
    }
}

const COMMITTEE: Actor = Actor { user: Some(storage::ids::UserId(7)), enterprise: Some(EnterpriseId(8)) };

#[expect(clippy::disallowed_methods, reason = "a test's runtime ends with it")]
fn audit(accounts: &Accounts) -> Audit {
    let (audit, writer) = Audit::new(accounts.clone(), Entropy::seeded(8));
    drop(tokio::spawn(writer.run()));
    audit
}

async fn provision(accounts: &Accounts, new: NewInstitution) -> Result<Provisioned> {
    super::provision(accounts, &audit(accounts), COMMITTEE, new).await
}

#[tokio::test(start_paused = true)]
async fn an_institution_comes_with_an_account_that_administers_it() {
    let accounts = accounts();
    let made = provision(&accounts, culture()).await.unwrap();
    assert_eq!((made.institution.kind, made.user.enterprise), (Kind::Institution, Some(made.institution.id)));
    assert!(made.user.admin && made.password.is_some());
    assert_eq!(accounts.enterprise(made.institution.id).await.unwrap().role, Some(Role::Organiser));
    let again = provision(&accounts, culture()).await;
    assert_eq!(again.unwrap_err(), Error::Conflict("identifier taken"));
    let own = NewInstitution { identifier: "sport".to_owned(), password: Some("password1".into()), ..culture() };
    assert!(provision(&accounts, own).await.unwrap().password.is_none(), "who chose one knows it");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_account_leaves_no_institution() {
    let accounts = accounts();
    let contact = Contact { mobile: Some("12".to_owned()), email: Some("@".to_owned()) };
    let new = NewInstitution { username: "x".to_owned(), password: Some("weak".into()), contact, ..culture() };
    let Err(Error::Invalid(fields)) = provision(&accounts, new).await else { panic!("it is refused") };
    let at: Vec<_> = fields.iter().map(|field| field.at.to_string()).collect();
    assert_eq!(at, ["/username", "/password", "/mobile", "/email"]);
    assert!(accounts.find_enterprise("culture").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_a_crash_left_without_an_account_is_finished_by_the_same_call() {
    let accounts = accounts();
    let NewInstitution { identifier, name, name_en, .. } = culture();
    let kind = Kind::Institution;
    let left = accounts.create_enterprise(NewEnterprise { kind, identifier, name, name_en }).await.unwrap();
    assert_eq!(provision(&accounts, culture()).await.unwrap().institution.id, left.id);
}

#[tokio::test(start_paused = true)]
async fn who_provisioned_an_institution_is_recorded_once_however_often_it_is_finished() {
    let accounts = accounts();
    let audit = audit(&accounts);
    let NewInstitution { identifier, name, name_en, role, .. } = culture();
    let new = NewEnterprise { kind: Kind::Institution, identifier, name, name_en };
    let left = accounts.create_team(new, Some(role)).await.unwrap().id;
    // As far as a crash lets the first call come.
    audit.record(deed(&accounts, COMMITTEE, left)).await.unwrap();
    super::provision(&accounts, &audit, COMMITTEE, culture()).await.unwrap();
    let filter = Filter { object: Some(format!("institution/{left}")), actor: None };
    let entries = audit.entries(&filter, None, 10).await.unwrap().items;
    assert_eq!((entries.len(), entries[0].action.as_str()), (1, "institution.provision"));
    assert_eq!(entries[0].actor, COMMITTEE);
}
