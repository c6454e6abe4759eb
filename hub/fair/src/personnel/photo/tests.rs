//! Which uploads a person takes, who sees them, and that a crash leaves neither a person whose photo is swept nor a photo
//! that nobody sweeps.

use std::sync::Arc;

use image::ImageFormat;
use serde_json::{Value, json};
use storage::ids::UploadId;
use storage::{Clock, Expect, Faults, Faulty, Op, Read, Scan, Store};

use super::*;
use crate::accounts::NewEnterprise;
use crate::accounts::tests::{START, over};
use crate::data::FairData;
use crate::form::Object;
use crate::kind::Kind;
use crate::personnel::{Changed, Seen};
use crate::table::{DueRows, UploadKey, UploadPart, UploadRow, UploadRows};
use crate::uploads::tests::{body, limits_of_plenty, order, picture};
use crate::uploads::{Files, Uploads, Viewer};

/// A process on a store.
#[derive(Clone)]
struct Life {
    accounts: Accounts,
    uploads: Uploads,
    personnel: Personnel,
    clock: Clock,
}

fn life(store: &Store, files: &Files, clock: &Clock) -> Life {
    let accounts = over(store, clock);
    let uploads = Uploads::new(accounts.clone(), files.clone(), limits_of_plenty());
    let personnel = Personnel::new(accounts.clone(), uploads.clone());
    Life { accounts, uploads, personnel, clock: clock.clone() }
}

fn wang(photo: Option<UploadId>) -> Value {
    json!({
        "username": "wang-1", "nationality": "mainland", "real_name": "王小明", "gender": "male",
        "document_type": "resident_id", "document_number": "11010519491231002X", "birthday": "1949-12-31",
        "mobile": "13800138000", "duty": "representative", "position": "middle", "photo": photo,
    })
}

fn object(mut value: Value) -> Object {
    value.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    serde_json::from_value(value).unwrap()
}

impl Life {
    async fn team(&self, identifier: &str) -> EnterpriseId {
        let (kind, name) = (Kind::Enterprise, identifier.to_owned());
        let new = NewEnterprise { kind, identifier: name.clone(), name, name_en: None };
        self.accounts.create_enterprise(new).await.unwrap().id
    }

    async fn create(&self, team: EnterpriseId, photo: Option<UploadId>) -> Result<Seen> {
        Ok(self.personnel.create(team, &object(wang(photo)), &FairData::built_in()).await?.seen)
    }

    async fn change(&self, team: EnterpriseId, seen: &Seen, patch: Value) -> Result<Changed> {
        let patch = serde_json::from_value(patch).unwrap();
        self.personnel.change(team, seen.member.id, seen.version, &patch, &FairData::built_in()).await
    }

    async fn row(&self, id: UploadId) -> Option<UploadRow> {
        let part = UploadPart { id };
        self.accounts.store().get::<UploadRows>(part, UploadKey {}, Read::Serial).await.unwrap()
    }

    /// An upload that came in just now: a row that another fair's upload has.
    async fn plant(&self, id: UploadId, of: &UploadRow, team: EnterpriseId) {
        let row = UploadRow { owner: format!("team/{team}"), since: self.clock.now(), ..of.clone() };
        let due = Due::new(self.accounts.store().clone(), self.clock.clone());
        due.put(self.clock.now().plus_ms(ORPHAN_MS), DUE_KIND, &id.to_string()).await.unwrap();
        let (absent, put) = (vec![Expect::Absent(UploadKey {})], vec![Op::Put { c: UploadKey {}, row, at: None }]);
        self.accounts.store().write_if::<UploadRows>(UploadPart { id }, absent, put).await.unwrap();
    }

    /// Does what is due for days, as a hub that lives; it knows the minutes in which something is.
    async fn days(&self, days: u32) {
        let store = self.accounts.store();
        for _ in 0..days * 2 {
            self.clock.advance_ms(12 * 60 * 60 * 1_000 + 120_000);
            let minute = self.clock.now().0 / 60_000;
            for part in store.partitions::<DueRows>(None, 1_000).await.unwrap() {
                for (key, row) in store.scan::<DueRows>(part.clone(), Scan::first(100), Read::Serial).await.unwrap() {
                    if part.minute > minute || key.kind != DUE_KIND {
                        continue;
                    }
                    if let Some(kept) = self.uploads.fall_due(&key.key).await.unwrap()
                        && !self.personnel.has(&kept).await.unwrap()
                    {
                        self.uploads.abandon(kept).await.unwrap();
                    }
                    let (expect, done) = (vec![Expect::Version(key.clone(), row.v)], vec![Op::Delete { c: key }]);
                    store.write_if::<DueRows>(part.clone(), expect, done).await.unwrap();
                }
            }
        }
    }
}

/// A portrait as it is kept, and where.
async fn portrait() -> (Files, UploadRow) {
    let clock = Clock::manual(START);
    let files = Files::memory();
    let life = life(&Store::model(clock.clone()), &files, &clock);
    let sent = picture(600, 800, ImageFormat::Jpeg);
    let upload = life.uploads.receive(order(Use::IdPhoto), body(&sent)).await.unwrap();
    let row = life.row(upload.id).await.unwrap();
    (files, row)
}

const X: UploadId = UploadId(1_001);
const Y: UploadId = UploadId(1_002);

/// A fair with a team and two portraits of it.
async fn fixture() -> (Life, EnterpriseId, UploadRow) {
    let (files, row) = portrait().await;
    let clock = Clock::manual(START);
    let life = life(&Store::model(clock.clone()), &files, &clock);
    let team = life.team("acme").await;
    for id in [X, Y] {
        life.plant(id, &row, team).await;
    }
    (life, team, row)
}

fn refused(answer: Result<Seen>) -> Vec<(String, &'static str)> {
    let Err(Error::Invalid(fields)) = answer else { panic!("taken: {answer:?}") };
    fields.into_iter().map(|field| (field.at.into_owned(), field.code)).collect()
}

#[tokio::test]
async fn a_person_with_a_photo_is_badge_ready_and_the_photo_is_theirs() {
    let (it, team, _) = fixture().await;
    let seen = it.create(team, None).await.unwrap();
    assert_eq!((seen.badge.ready, &*seen.badge.missing), (false, &["photo"][..]));
    let changed = it.change(team, &seen, json!({"photo": X})).await.unwrap();
    assert_eq!((changed.seen.badge.ready, changed.fields), (true, vec!["photo".to_owned()]));
    assert_eq!(changed.seen.person.as_ref().unwrap().photo, Some(X));
    assert_eq!(it.row(X).await.unwrap().record, Some(format!("user/{}", seen.member.id)));
    let same = it.change(team, &changed.seen, json!({"photo": X, "position": "junior"})).await.unwrap();
    assert_eq!(same.fields, ["position"]);
    let other = it.change(team, &same.seen, json!({"photo": Y})).await.unwrap().seen;
    it.days(3).await;
    assert!(it.row(X).await.is_none(), "what was replaced goes after a day");
    assert!(it.row(Y).await.is_some());
    let without = it.change(team, &other, json!({"photo": null})).await.unwrap().seen;
    assert_eq!((without.badge.ready, it.row(Y).await.unwrap().record), (false, None));
    it.days(2).await;
    assert!(it.row(Y).await.is_none());
}

#[tokio::test]
async fn only_a_free_portrait_of_the_own_team_is_taken() {
    let (it, team, portrait) = fixture().await;
    let other = it.team("beta").await;
    let foreign = UploadId(2_001);
    it.plant(foreign, &portrait, other).await;
    let logo = UploadId(2_002);
    it.plant(logo, &UploadRow { used_for: Use::Logo, ..portrait }, team).await;
    for wrong in [foreign, logo, UploadId(2_003)] {
        assert_eq!(refused(it.create(team, Some(wrong)).await), [("/photo".to_owned(), "unknown_upload")]);
    }
    let seen = it.create(team, Some(X)).await.unwrap();
    assert!(seen.badge.ready);
    let twin = json!({"username": "twin", "document_number": "440524188001010014", "birthday": "1880-01-01"});
    let mut sent = wang(Some(X));
    sent.as_object_mut().unwrap().extend(twin.as_object().unwrap().clone());
    let twin = it.personnel.create(team, &object(sent), &FairData::built_in()).await;
    assert_eq!(refused(twin.map(|made| made.seen)), [("/photo".to_owned(), "in_use")]);
    let Err(Error::Invalid(wrong)) = it.change(team, &seen, json!({"photo": "no id"})).await else { panic!("taken") };
    assert_eq!((&*wrong[0].at, wrong[0].code), ("/photo", "format"));
}

#[tokio::test]
async fn a_likeness_goes_with_the_person() {
    let (it, team, _) = fixture().await;
    let seen = it.create(team, Some(X)).await.unwrap();
    it.personnel.delete(team, seen.member.id).await.unwrap();
    assert!(it.row(X).await.is_none());
}

/// An operator's machine has no files.
#[tokio::test]
async fn a_likeness_goes_a_day_after_who_was_deleted_by_hand() {
    let (it, team, _) = fixture().await;
    let seen = it.create(team, Some(X)).await.unwrap();
    it.days(2).await;
    leave_photo(&it.accounts, seen.member.id).await.unwrap();
    it.accounts.delete_user(team, seen.member.id).await.unwrap();
    it.days(2).await;
    assert!(it.row(X).await.is_none());
}

/// Two administrators' changes: what the first replaced the second takes again, before the first lets it go.
#[tokio::test]
async fn what_is_taken_again_meanwhile_is_not_let_go() {
    let (it, team, _) = fixture().await;
    let seen = it.create(team, Some(X)).await.unwrap();
    let left = it.uploads.doubt(X, &record(seen.member.id)).await.unwrap().unwrap();
    let other = it.change(team, &seen, json!({"photo": Y})).await.unwrap().seen;
    it.change(team, &other, json!({"photo": X})).await.unwrap();
    it.uploads.release(left).await.unwrap();
    it.days(3).await;
    assert_eq!(it.row(X).await.unwrap().record, Some(record(seen.member.id)));
}

/// And what is asked about while it is taken again is not removed.
#[tokio::test]
async fn what_is_taken_again_while_it_is_asked_about_stays() {
    let (it, team, _) = fixture().await;
    let seen = it.create(team, None).await.unwrap();
    let (owner, record) = (Owner::Team(team), record(seen.member.id));
    let to = Attaching { owner, used_for: Use::IdPhoto, record: &record, reader: None, at: "/photo" };
    it.uploads.attach(&[X], &to).await.unwrap();
    it.clock.advance_ms(u32::try_from(ORPHAN_MS).unwrap() + 1);
    let kept = it.uploads.fall_due(&X.to_string()).await.unwrap().expect("it is asked about");
    assert!(!it.personnel.has(&kept).await.unwrap());
    it.change(team, &seen, json!({"photo": X})).await.unwrap();
    assert!(matches!(it.uploads.abandon(kept).await, Err(Error::Conflict(_))));
    it.days(3).await;
    assert!(it.row(X).await.is_some());
}

#[tokio::test]
async fn a_likeness_is_seen_by_who_has_to_do_with_it() {
    let (it, team, _) = fixture().await;
    let viewer = |user: i64, kind: Kind, enterprise: EnterpriseId, admin: bool| Viewer {
        user: UserId(user),
        kind,
        enterprise: Some(enterprise),
        admin,
    };
    let chief = viewer(11, Kind::Enterprise, team, true);
    let committee = viewer(12, Kind::Committee, EnterpriseId(9), false);
    let inviter = viewer(13, Kind::Institution, EnterpriseId(8), false);
    let other = viewer(14, Kind::Institution, EnterpriseId(7), true);
    let colleague = viewer(15, Kind::Enterprise, team, false);
    let stranger = viewer(16, Kind::Enterprise, EnterpriseId(6), true);
    let sees = async |viewer: &Viewer| it.uploads.readable(X, Some(viewer)).await.is_ok();
    apply(&it, team, EnterpriseId(8)).await;
    assert!(!sees(&inviter).await, "no person has it yet");
    let seen = it.create(team, Some(X)).await.unwrap();
    for (who, may) in [(&chief, true), (&committee, true), (&inviter, true), (&other, false)] {
        assert_eq!((sees(who).await, it.uploads.find(X, who).await.is_ok()), (may, may), "{who:?}");
    }
    assert!(!sees(&colleague).await && !sees(&stranger).await && it.uploads.readable(X, None).await.is_err());
    it.personnel.delete(team, seen.member.id).await.unwrap();
    assert!(!sees(&chief).await && !sees(&inviter).await && !sees(&committee).await);
}

/// An application of the team, with a code of the institution.
async fn apply(it: &Life, team: EnterpriseId, institution: EnterpriseId) {
    let flows = crate::flow::tests::flows(&it.accounts);
    let input = crate::flow::Input { fields: serde_json::Map::new(), note: None };
    let id = crate::applications::id_of(team);
    let new = crate::flow::New { id, owner: team, second: Some(institution), action: "submit", input };
    let (user, kind) = (UserId(1), Kind::Enterprise);
    let admin = crate::flow::Who::Account { user, kind, team: Some(team), admin: true, duty: None };
    flows.create(&admin, &crate::applications::FLOW, new).await.unwrap();
}

/// What is being done when the process dies.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Create,
    Replace,
    Remove,
    Delete,
}

impl Deed {
    /// Its answer was heard.
    async fn run(self, life: &Life, team: EnterpriseId, before: Option<&Seen>) -> bool {
        match (self, before) {
            (Self::Replace, Some(seen)) => life.change(team, seen, json!({"photo": Y})).await.is_ok(),
            (Self::Remove, Some(seen)) => life.change(team, seen, json!({"photo": null})).await.is_ok(),
            (Self::Delete, Some(seen)) => life.personnel.delete(team, seen.member.id).await.is_ok(),
            _ => life.create(team, Some(X)).await.is_ok(),
        }
    }
}

/// Killed at each write in turn, and followed by hubs that live for days: a person's photo is there, any other is gone.
#[tokio::test]
async fn a_photo_survives_a_kill_at_every_write_and_no_other_stays() {
    let (files, portrait) = portrait().await;
    for deed in [Deed::Create, Deed::Replace, Deed::Remove, Deed::Delete] {
        let mut at = 0;
        loop {
            at += 1;
            assert!(at < 40, "every write was reached");
            let clock = Clock::manual(START);
            let inner = Store::model(clock.clone());
            let lives = life(&inner, &files, &clock);
            let team = lives.team("acme").await;
            lives.plant(X, &portrait, team).await;
            let before = match deed {
                Deed::Create => None,
                Deed::Replace | Deed::Remove | Deed::Delete => Some(lives.create(team, Some(X)).await.unwrap()),
            };
            // Long ago, so that what is asked about is old.
            lives.days(2).await;
            if matches!(deed, Deed::Create) {
                lives.plant(X, &portrait, team).await;
            }
            lives.plant(Y, &portrait, team).await;
            let faulty = Faulty::new(inner.clone(), at, Faults::default());
            let dies = life(&Store::Faulty(Arc::clone(&faulty)), &files, &clock);
            faulty.crash_at_write(at);
            let heard = deed.run(&dies, team, before.as_ref()).await;
            is_whole(&lives, team, &format!("{deed:?}, write {at}, at once")).await;
            lives.days(4).await;
            let photos = is_whole(&lives, team, &format!("{deed:?}, write {at}, days later")).await;
            for id in [X, Y] {
                let stays = lives.row(id).await.is_some();
                assert_eq!(stays, photos.contains(&id), "{deed:?}, write {at}: {id:?}, {photos:?}");
            }
            if !faulty.crashed() {
                assert!(heard);
                break;
            }
        }
    }
}

/// Every photo that a person has is there and theirs.
async fn is_whole(life: &Life, team: EnterpriseId, when: &str) -> Vec<UploadId> {
    let mut photos = Vec::new();
    for member in life.accounts.team(team).await.unwrap() {
        let Ok(seen) = life.personnel.seen(team, member.id).await else { continue };
        let Some(photo) = seen.person.and_then(|person| person.photo) else { continue };
        let row = life.row(photo).await.unwrap_or_else(|| panic!("{when}: a photo is gone"));
        assert_eq!(row.record, Some(record(member.id)), "{when}");
        photos.push(photo);
    }
    photos
}
