use std::sync::LazyLock;

use secrecy::SecretString;
use serde_json::json;
use storage::ids::{UploadId, UserId};
use storage::{Applied, Clock, Entropy, Expect, Op, Scan, Store};

use super::*;
use crate::accounts::tests::{START, over};
use crate::accounts::{Accounts, NewEnterprise, NewUser};
use crate::data::FairData;
use crate::due::{Claimed, Due};
use crate::exhibits::Exhibits;
use crate::flow::OUTBOX;
use crate::flow::tests::flows;
use crate::kind::Duty;
use crate::seal::Contact;
use crate::showcase::Showcase;
use crate::table::{DueRows, UploadKey, UploadPart, UploadRow, UploadRows};
use crate::token::Keys;
use crate::uploads::tests::limits_of_plenty;
use crate::uploads::{DUE_KIND, Files, Format, ORPHAN_MS, UploadState, Use};

mod kills;
mod life;

static TERMS: LazyLock<FairData> = LazyLock::new(FairData::built_in);

/// An exhibitor that has applied, its institution, and what both work with: one process over a store.
#[derive(Clone)]
pub(crate) struct Fair {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) flows: Flows,
    pub(crate) uploads: Uploads,
    pub(crate) booths: Booths,
    pub(crate) exhibits: Exhibits,
    pub(crate) showcase: Showcase,
    pub(crate) owner: Who,
    pub(crate) team: EnterpriseId,
    pub(crate) reviewer: Who,
    pub(crate) keeps: bool,
}

impl Fair {
    /// With an application that is approved.
    pub(crate) async fn new() -> Self {
        Self::set(false, 1, &json!({})).await
    }

    pub(crate) async fn set(keeps: bool, per_enterprise: u32, application: &Value) -> Self {
        let clock = Clock::manual(START);
        let fair = Self::over(&Store::model(clock.clone()), &clock, keeps, per_enterprise).await;
        fair.applied("approved", application).await;
        fair
    }

    /// A process over a store with nothing in it.
    async fn over(store: &Store, clock: &Clock, keeps: bool, per_enterprise: u32) -> Self {
        let accounts = over(store, clock);
        let (owner, team) = account(&accounts, Kind::Enterprise, "hebei").await;
        let (reviewer, _) = account(&accounts, Kind::Institution, "culture").await;
        Self::of(accounts, store, clock, (keeps, per_enterprise), (owner, team, reviewer))
    }

    fn of(
        accounts: Accounts,
        store: &Store,
        clock: &Clock,
        (keeps, per_enterprise): (bool, u32),
        (owner, team, reviewer): (Who, EnterpriseId, Who),
    ) -> Self {
        let uploads = Uploads::new(accounts.clone(), Files::memory(), limits_of_plenty());
        let flows = flows(&accounts);
        let showcase = Showcase::new(accounts.clone(), keeps);
        let hears = showcase.clone();
        flows.tell_by(move |told| hears.hear(&told));
        Self {
            clock: clock.clone(),
            store: store.clone(),
            booths: Booths::new(flows.clone(), uploads.clone(), per_enterprise),
            exhibits: Exhibits::new(flows.clone(), uploads.clone(), keeps),
            showcase,
            accounts,
            flows,
            uploads,
            owner,
            team,
            reviewer,
            keeps,
        }
    }

    /// Another process of the same fair, over what it sees as the store.
    pub(crate) fn process(&self, store: &Store, seed: u64) -> Self {
        let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
        let accounts = Accounts::with_entropy(store.clone(), self.clock.clone(), keys, Entropy::seeded(seed));
        Self::of(accounts, store, &self.clock, (self.keeps, 1), (self.owner, self.team, self.reviewer))
    }

    async fn applied(&self, state: &str, more: &Value) {
        let Who::Account { team: institution, .. } = self.reviewer else { panic!("an institution") };
        let mut fields = more.as_object().unwrap().clone();
        fields.insert("enterprise_name".to_owned(), json!("河北文化有限公司"));
        let (id, input) = (applications::id_of(self.team), Input { fields, note: None });
        let new = New { id, owner: self.team, second: institution, action: "submit", input };
        let applied = self.flows.create(&self.owner, &applications::FLOW, new).await.unwrap();
        let steps: &[&str] = if state == "approved" { &["start", "approve"] } else { &[] };
        let mut version = applied.version;
        for action in steps {
            let at = (&applications::FLOW, id, version);
            version = self.flows.advance(&self.reviewer, at, action, Input::default()).await.unwrap().version;
        }
    }

    /// An upload that came in just now.
    pub(crate) async fn upload(&self, id: i64, used_for: Use) -> UploadId {
        let id = UploadId(id);
        let row = UploadRow {
            v: 1,
            owner: format!("team/{}", self.team),
            by: UserId(11),
            used_for,
            state: UploadState::Stored,
            since: self.clock.now(),
            format: Some(Format::Png),
            bytes: 100,
            width: Some(895),
            height: Some(285),
            digest: None,
            name: None,
            record: None,
            reader: None,
            token: None,
        };
        let due = Due::new(self.store.clone(), self.clock.clone());
        due.put(self.clock.now().plus_ms(ORPHAN_MS), DUE_KIND, &id.to_string()).await.unwrap();
        let (absent, put) = (vec![Expect::Absent(UploadKey {})], vec![Op::Put { c: UploadKey {}, row, at: None }]);
        let planted = self.store.write_if::<UploadRows>(UploadPart { id }, absent, put).await.unwrap();
        assert!(matches!(planted, Applied::Yes));
        id
    }

    pub(crate) async fn row(&self, id: UploadId) -> Option<UploadRow> {
        self.store.get::<UploadRows>(UploadPart { id }, UploadKey {}, Read::Serial).await.unwrap()
    }

    /// Does what is due for days, as a hub that lives.
    pub(crate) async fn days(&self, days: u32) {
        for _ in 0..days * 2 {
            self.clock.advance_ms(12 * 60 * 60 * 1_000 + 120_000);
            self.sweep().await;
        }
    }

    /// Does what is due now.
    pub(crate) async fn sweep(&self) {
        let minute = self.clock.now().0 / 60_000;
        for part in self.store.partitions::<DueRows>(None, 1_000).await.unwrap() {
            for (key, row) in self.store.scan::<DueRows>(part.clone(), Scan::first(100), Read::Serial).await.unwrap() {
                if part.minute > minute {
                    continue;
                }
                let (minute, slot) = (part.minute, part.slot);
                let claimed = Claimed { minute, slot, kind: key.kind.clone(), key: key.key.clone(), v: row.v };
                if key.kind == OUTBOX {
                    self.flows.sweep(&claimed).await.unwrap();
                    continue;
                }
                if let Some(kept) = self.uploads.fall_due(&key.key).await.unwrap()
                    && !content::has(&self.accounts, &kept).await.unwrap()
                {
                    self.uploads.abandon(kept).await.unwrap();
                }
                self.flows.due().done(&claimed).await.unwrap();
            }
        }
    }

    pub(crate) async fn within<T>(&self, act: impl AsyncFnOnce(&Context<'_>) -> T) -> T {
        let today = crate::field::Day::in_shanghai(self.clock.now());
        act(&Context { today, terms: &*TERMS, tag_digits: false }).await
    }

    fn booths_reviewer(&self) -> Option<EnterpriseId> {
        let Who::Account { team, .. } = self.reviewer else { panic!("an institution") };
        team
    }

    pub(crate) async fn create(&self, sent: &Value) -> Result<Record> {
        self.within(async |context| self.booths.create(&self.owner, &object(sent), context).await).await
    }

    pub(crate) async fn update(&self, record: &Record, patch: &Value) -> Result<Record> {
        let at = (record.id, record.version);
        self.within(async |context| self.booths.update(&self.owner, at, &object(patch), context).await).await
    }

    pub(crate) async fn submit(&self, record: &Record) -> Result<Record> {
        let (at, rules) = ((record.id, record.version), object(&json!({"accept_rules": true})));
        self.within(async |context| self.booths.submit(&self.owner, at, &rules, context).await).await
    }

    pub(crate) async fn decide(&self, record: &Record, action: &str) -> Result<Record> {
        let note = (action == "reject").then(|| "不清楚".to_owned());
        let input = Input { fields: Map::new(), note };
        self.booths.advance(&self.reviewer, (record.id, record.version), action, input).await
    }

    /// A booth that everybody sees.
    pub(crate) async fn shown(&self) -> Record {
        let booth = self.create(&self.sample(100).await).await.unwrap();
        let pending = self.submit(&booth).await.unwrap();
        self.decide(&pending, "approve").await.unwrap()
    }

    /// The guide's values, with uploads of numbers from `first` on.
    pub(crate) async fn sample(&self, first: i64) -> Value {
        let logo = self.upload(first, Use::Logo).await;
        let pictures = [self.upload(first + 1, Use::Picture).await, self.upload(first + 2, Use::Picture).await];
        json!({
            "name": "河北文化展台", "logo": logo, "introduction": "文化服务", "business": "演出与出版",
            "pictures": pictures, "tags": ["文化", "Culture"], "zone": "achievements",
            "industries": ["transport.sea-freight"], "categories": ["business.professional", "business.computer"],
            "contact_name": "张三", "phone": "400-610-8800", "email": "zhang@example.com",
            "region": "mainland.110105", "address": "朝阳区1号",
        })
    }
}

/// A team and its administrator.
pub(crate) async fn account(accounts: &Accounts, kind: Kind, identifier: &str) -> (Who, EnterpriseId) {
    let name = if identifier == "hebei" { "河北文化有限公司" } else { identifier };
    let (identifier, name) = (identifier.to_owned(), name.to_owned());
    let team = accounts.create_enterprise(NewEnterprise { kind, identifier, name, name_en: None }).await.unwrap().id;
    let duty = (kind == Kind::Enterprise).then_some(Duty::Representative);
    let (username, contact) = ("chief".to_owned(), Contact::default());
    let new = NewUser { enterprise: Some(team), username, name: None, duty, admin: true, password: None, contact };
    let user = accounts.create_user(new).await.unwrap().id;
    (Who::Account { user, kind, team: Some(team), admin: true, duty: None }, team)
}

pub(crate) fn object(value: &Value) -> Object {
    serde_json::from_value(value.clone()).unwrap()
}

pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T>) -> Vec<(String, &'static str)> {
    match answer {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|field| (field.at.into_owned(), field.code)).collect(),
        other => panic!("{other:?}"),
    }
}
