use std::collections::BTreeSet;

use storage::{Clock, Entropy, Store};

use super::*;
use crate::accounts::tests::{START, over};
use crate::accounts::{Accounts, NewEnterprise};

struct Fixture {
    clock: Clock,
    invitations: Invitations,
    institution: EnterpriseId,
    enterprises: [EnterpriseId; 2],
}

impl Fixture {
    fn staff(&self) -> Who {
        let user = storage::ids::UserId(1);
        Who::Account { user, kind: Kind::Institution, team: Some(self.institution), admin: false, duty: None }
    }

    async fn issued(&self, issue: &Issue) -> Vec<String> {
        let issued = self.invitations.issue(&self.staff(), self.institution, issue).await.unwrap();
        issued.iter().map(code_of).collect()
    }

    async fn one(&self) -> String {
        self.issued(&Issue { count: 1, ..Issue::default() }).await.remove(0)
    }
}

async fn team(accounts: &Accounts, kind: Kind, identifier: &str) -> EnterpriseId {
    let (identifier, name) = (identifier.to_owned(), identifier.to_owned());
    accounts.create_enterprise(NewEnterprise { kind, identifier, name, name_en: None }).await.unwrap().id
}

async fn fixture() -> Fixture {
    let clock = Clock::manual(START);
    let accounts = over(&Store::model(clock.clone()), &clock);
    let institution = team(&accounts, Kind::Institution, "culture").await;
    let enterprises =
        [team(&accounts, Kind::Enterprise, "one-").await, team(&accounts, Kind::Enterprise, "two-").await];
    Fixture { clock, invitations: Invitations::new(crate::flow::tests::flows(&accounts)), institution, enterprises }
}

#[test]
fn a_code_is_read_as_people_type_it() {
    let code = Code::parse("0123456789").unwrap();
    assert_eq!(code.to_string(), "0123456789");
    for typed in ["o123456789", "OI23456789", "0L23456789", "01234-56789", " 01234 56789 ", "ol2-345-678-9"] {
        assert_eq!(Code::parse(typed), Some(code), "{typed}");
    }
    for wrong in ["", "012345678", "01234567890", "012345678u", "０123456789", &"-".repeat(60), "012345678é"] {
        assert_eq!(Code::parse(wrong), None, "{wrong}");
    }
    let entropy = Entropy::seeded(1);
    for _ in 0..1_000 {
        let code = Code::random(&entropy);
        let text = code.to_string();
        assert_eq!((text.len(), Code::parse(&text)), (10, Some(code)));
    }
}

#[tokio::test]
async fn a_code_shows_its_institution_until_it_is_used_void_or_too_old() {
    let it = fixture().await;
    let expires = Some(START.plus_ms(1_000));
    let codes = it.issued(&Issue { count: 3, zone: Some("culture".to_owned()), expires }).await;
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 3);
    let issuer = it.invitations.issuer(&codes[0].to_lowercase()).await.unwrap();
    assert_eq!((issuer.institution.name.as_str(), issuer.zone.as_deref()), ("culture", Some("culture")));
    it.invitations.claim(&codes[0], it.enterprises[0]).await.unwrap();
    it.invitations.void(&it.staff(), &codes[1], 1).await.unwrap();
    for code in [&codes[0], &codes[1]] {
        assert_eq!(it.invitations.issuer(code).await, Err(Error::NotFound));
    }
    assert!(it.invitations.issuer(&codes[2]).await.is_ok());
    it.clock.advance_ms(1_000);
    assert_eq!(it.invitations.issuer(&codes[2]).await, Err(Error::NotFound), "from its last moment on");
    let late = it.invitations.claim(&codes[2], it.enterprises[1]).await;
    assert_eq!(late.unwrap_err(), Error::invalid("/invitation_code", "unknown"));
    assert_eq!(it.invitations.claim(&codes[0], it.enterprises[0]).await.unwrap().version, 2, "bound, whatever its age");
}

#[tokio::test]
async fn of_two_who_claim_a_code_one_wins_and_keeps_it() {
    let it = fixture().await;
    for _ in 0..32 {
        let code = it.one().await;
        let [one, two] = it.enterprises;
        let (first, second) = tokio::join!(it.invitations.claim(&code, one), it.invitations.claim(&code, two));
        assert_eq!(first.is_ok(), second.is_err(), "{first:?} {second:?}");
        let (winner, loser) = if first.is_ok() { (one, two) } else { (two, one) };
        assert_eq!(first.and(second).unwrap_err(), Error::invalid("/invitation_code", "unknown"));
        assert_eq!(used_by(&it.invitations.claim(&code, winner).await.unwrap()), Some(winner));
        assert!(it.invitations.claim(&code, loser).await.is_err());
    }
}

#[tokio::test]
async fn a_used_code_is_never_void_and_a_released_one_is_free() {
    let it = fixture().await;
    let code = it.one().await;
    let claimed = it.invitations.claim(&code, it.enterprises[0]).await.unwrap();
    let refused = it.invitations.void(&it.staff(), &code, claimed.version).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    it.invitations.release(&claimed).await.unwrap();
    let claimed = it.invitations.claim(&code, it.enterprises[1]).await.unwrap();
    assert_eq!((used_by(&claimed), used_at(&claimed)), (Some(it.enterprises[1]), Some(START)));
}

#[tokio::test]
async fn codes_are_issued_by_their_institution_alone_and_in_bounds() {
    let it = fixture().await;
    let one = Issue { count: 1, ..Issue::default() };
    let user = storage::ids::UserId(2);
    for (kind, team) in [(Kind::Institution, it.enterprises[0]), (Kind::Committee, it.enterprises[1])] {
        let other = Who::Account { user, kind, team: Some(team), admin: true, duty: None };
        let refused = it.invitations.issue(&other, it.institution, &one).await;
        assert_eq!(refused.unwrap_err(), Error::Forbidden);
    }
    for (count, code) in [(0, "too_small"), (ISSUED_MAX + 1, "too_big")] {
        let refused = it.invitations.issue(&it.staff(), it.institution, &Issue { count, ..Issue::default() }).await;
        assert_eq!(refused.unwrap_err(), Error::invalid("/count", code));
    }
    let past = Issue { count: 1, expires: Some(START), ..Issue::default() };
    let refused = it.invitations.issue(&it.staff(), it.institution, &past).await;
    assert_eq!(refused.unwrap_err(), Error::invalid("/expires_on", "past"));
    assert_eq!(it.issued(&Issue { count: ISSUED_MAX, ..Issue::default() }).await.len(), ISSUED_MAX);
}

#[tokio::test]
async fn a_hundred_thousand_guesses_find_nothing_and_lock_nobody_out() {
    let it = fixture().await;
    let codes = it.issued(&Issue { count: ISSUED_MAX, ..Issue::default() }).await;
    let entropy = Entropy::seeded(7);
    for _ in 0..100_000 {
        let guess = Code::random(&entropy).to_string();
        assert_eq!(it.invitations.issuer(&guess).await, Err(Error::NotFound), "{guess}");
    }
    for code in &codes {
        assert!(it.invitations.issuer(code).await.is_ok(), "{code}");
    }
    assert_eq!(used_by(&it.invitations.claim(&codes[0], it.enterprises[0]).await.unwrap()), Some(it.enterprises[0]));
}
