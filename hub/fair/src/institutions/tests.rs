use super::*;
use crate::accounts::tests::accounts;

fn culture() -> NewInstitution {
    NewInstitution {
        identifier: "culture".to_owned(),
        name: "文化服务".to_owned(),
        name_en: None,
        username: "reviewer".to_owned(),
        password: None,
        contact: Contact::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn an_institution_comes_with_an_account_that_administers_it() {
    let accounts = accounts();
    let made = provision(&accounts, culture()).await.unwrap();
    assert_eq!((made.institution.kind, made.user.enterprise), (Kind::Institution, Some(made.institution.id)));
    assert!(made.user.admin && made.password.is_some());
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
