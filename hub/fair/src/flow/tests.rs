use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};
use storage::ids::{EnterpriseId, RecordId, UserId};
use storage::{Clock, Entropy, Expect, Faults, Faulty, Op, Read, Scan, Store, StoreError};
use tokio::task::JoinHandle;

use super::*;
use crate::accounts::tests::{START, over};
use crate::accounts::{Accounts, NewEnterprise, NewUser};
use crate::audit::{Audit, Entry, Filter};
use crate::due::Due;
use crate::error::Error;
use crate::kind::{Duty, Kind};
use crate::messages::provider::Providers;
use crate::messages::{Messages, Shown};
use crate::seal::Contact;
use crate::table::{DueRows, OutboxRows, RecordRow, Records, RecordsKey};

mod crash;
mod effects;
mod lists;
mod outbox;
mod walk;

/// A fair with one of each who could ask, over any store.
struct Cast {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    flows: Flows,
    outlets: Outlets,
    /// Writes the record of deeds; it dies with its process.
    writer: JoinHandle<()>,
    told: Arc<Mutex<Vec<Told>>>,
    owner: Person,
    /// Represents the enterprise, and does not administer it.
    colleague: Person,
    consultant: Person,
    staff: Person,
    buyer: Person,
    buyers_consultant: Person,
    reviewer: Person,
    committee: Person,
    strangers: Vec<Person>,
}

#[derive(Clone, Copy)]
struct Person {
    who: Who,
    user: UserId,
    team: EnterpriseId,
}

impl Cast {
    async fn new() -> Self {
        let clock = Clock::starting_at(START);
        Self::over(Store::model(clock.clone()), clock).await
    }

    async fn over(store: Store, clock: Clock) -> Self {
        let accounts = over(&store, &clock);
        let owners = team(&accounts, Kind::Enterprise, "owners").await;
        let reviewers = team(&accounts, Kind::Institution, "reviewers").await;
        let committee = team(&accounts, Kind::Committee, "committee").await;
        let others = team(&accounts, Kind::Enterprise, "others").await;
        let another = team(&accounts, Kind::Institution, "another").await;
        let buyers = team(&accounts, Kind::Enterprise, "buyers").await;
        let owner = admin(&accounts, owners, Some(Duty::Representative)).await;
        let colleague = person(&accounts, owners, "colleague", Some(Duty::Representative)).await;
        let consultant = person(&accounts, owners, "consultant", Some(Duty::Consultant)).await;
        let staff = person(&accounts, owners, "staff", Some(Duty::Other)).await;
        let buyer = person(&accounts, buyers, "colleague", Some(Duty::Representative)).await;
        let buyers_consultant = person(&accounts, buyers, "consultant", Some(Duty::Consultant)).await;
        let reviewer = person(&accounts, reviewers, "colleague", None).await;
        let committee = person(&accounts, committee, "colleague", None).await;
        let strangers =
            vec![admin(&accounts, others, Some(Duty::Representative)).await, admin(&accounts, another, None).await];
        let (outlets, writer) = outlets(&accounts, Providers::default().or_kept());
        let (flows, told) = flows_over(&accounts, &outlets);
        Self {
            store,
            clock,
            accounts,
            flows,
            outlets,
            writer,
            told,
            owner,
            colleague,
            consultant,
            staff,
            buyer,
            buyers_consultant,
            reviewer,
            committee,
            strangers,
        }
    }

    /// A record in a state, as some first step would have left it; nothing follows from it.
    async fn plant(&self, flow: &'static Flow, state: &'static str, number: i64) -> Record {
        let record = Record {
            flow,
            id: RecordId(number),
            version: 1,
            state,
            owner: self.owner.team,
            second: Some(self.second(flow).team),
            fields: Map::from_iter([
                ("contact_phone".to_owned(), json!("13800138000")),
                ("contact_email".to_owned(), json!("zhangsan@example.com")),
                ("enterprise_name".to_owned(), json!("河北文化有限公司")),
                ("amount_fen".to_owned(), json!(1)),
                // What guards ask for.
                ("shelf".to_owned(), json!("on_sale")),
                ("approved".to_owned(), json!({"booth": RecordId(1)})),
                ("was_on_sale".to_owned(), json!(true)),
            ]),
            created: self.clock.now(),
            updated: self.clock.now(),
        };
        let line = Line {
            version: 1,
            at: self.clock.now(),
            action: "planted".to_owned(),
            from: None,
            to: state.to_owned(),
            actor: None,
            note: None,
            fields: Map::new(),
        };
        let (head, log) = rows::of_step(self.accounts.sealer(), &record, &line, 1).unwrap();
        let key = |line| RecordsKey { line };
        let puts = vec![Op::Put { c: key(0), row: head, at: None }, Op::Put { c: key(1), row: log, at: None }];
        let absent = vec![Expect::Absent(key(0))];
        self.store.write_if::<Records>(rows::part(flow, record.id), absent, puts).await.unwrap();
        record
    }

    /// The second party of a kind's records.
    fn second(&self, flow: &Flow) -> Person {
        let has_buyer = flow.steps.iter().any(|step| step.actors.contains(&Actor::Buyer));
        if has_buyer { self.buyer } else { self.reviewer }
    }

    async fn rows(&self, flow: &Flow, id: RecordId) -> Vec<(RecordsKey, RecordRow)> {
        self.store.scan::<Records>(rows::part(flow, id), Scan::first(100), Read::Serial).await.unwrap()
    }

    fn take_told(&self) -> Vec<Told> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// What stands to be delivered by who sweeps.
    async fn notes(&self) -> usize {
        left(&self.store).await
    }

    /// Messages about a record, with their texts, the oldest first.
    async fn letters(&self, record: &Record) -> Vec<Shown> {
        let about = format!("{}/{}/", record.flow.kind, record.id);
        let mut shown = self.outlets.messages.shown(100).await.unwrap();
        shown.retain(|one| one.message.key.starts_with(&about));
        shown.reverse();
        shown
    }

    /// What the record of deeds says of a record, the latest first.
    async fn deeds(&self, record: &Record) -> Vec<Entry> {
        let filter = Filter { object: Some(format!("{}/{}", record.flow.kind, record.id)), actor: None };
        self.outlets.audit.entries(&filter, None, 100).await.unwrap().items
    }

    async fn notices(&self, user: UserId) -> Vec<Value> {
        let page = self.accounts.notifications(user, false, None, 100).await.unwrap();
        page.items.into_iter().map(|notice| notice.body).collect()
    }
}

/// Batches of steps that are due.
async fn left_due(store: &Store) -> usize {
    let mut left = 0;
    for part in store.partitions::<DueRows>(None, 1_000).await.unwrap() {
        let rows = store.scan::<DueRows>(part, Scan::first(100), Read::Serial).await.unwrap();
        left += rows.iter().filter(|(key, _)| key.kind == OUTBOX).count();
    }
    left
}

/// The same, and the notes of steps.
async fn left(store: &Store) -> usize {
    let mut left = left_due(store).await;
    for part in store.partitions::<OutboxRows>(None, 1_000).await.unwrap() {
        left += store.scan::<OutboxRows>(part, Scan::first(1_000), Read::Serial).await.unwrap().len();
    }
    left
}

/// Records with everything that their effects need.
pub(crate) fn flows(accounts: &Accounts) -> Flows {
    Flows::new(accounts.clone(), outlets(accounts, Providers::default().or_kept()).0)
}

#[expect(clippy::disallowed_methods, reason = "a test's runtime ends with it")]
pub(crate) fn outlets(accounts: &Accounts, providers: Providers) -> (Outlets, JoinHandle<()>) {
    let (store, clock) = (accounts.store().clone(), accounts.clock().clone());
    let messages = Messages::new(store, clock, Entropy::seeded(7), accounts.clone(), providers);
    let (audit, writer) = Audit::new(accounts.clone(), Entropy::seeded(8));
    (Outlets { messages, audit }, tokio::spawn(writer.run()))
}

fn flows_over(accounts: &Accounts, outlets: &Outlets) -> (Flows, Arc<Mutex<Vec<Told>>>) {
    let (flows, told) = (Flows::new(accounts.clone(), outlets.clone()), Arc::new(Mutex::new(Vec::new())));
    let into = Arc::clone(&told);
    flows.tell_by(move |one| into.lock().unwrap().push(one));
    (flows, told)
}

async fn team(accounts: &Accounts, kind: Kind, identifier: &str) -> EnterpriseId {
    let (identifier, name) = (identifier.to_owned(), identifier.to_owned());
    accounts.create_enterprise(NewEnterprise { kind, identifier, name, name_en: None }).await.unwrap().id
}

async fn admin(accounts: &Accounts, team: EnterpriseId, duty: Option<Duty>) -> Person {
    account(accounts, team, ("chief", duty, true)).await
}

async fn person(accounts: &Accounts, team: EnterpriseId, username: &str, duty: Option<Duty>) -> Person {
    account(accounts, team, (username, duty, false)).await
}

async fn account(accounts: &Accounts, team: EnterpriseId, (name, duty, admin): (&str, Option<Duty>, bool)) -> Person {
    let new = NewUser {
        enterprise: Some(team),
        username: name.to_owned(),
        name: None,
        duty,
        admin,
        password: None,
        contact: Contact { mobile: admin.then(|| "13900139000".to_owned()), email: None },
    };
    let user = accounts.create_user(new).await.unwrap();
    Person { who: Who::from(&user), user: user.id, team }
}

fn reason(text: &str) -> Input {
    Input { note: Some(text.to_owned()), ..Input::default() }
}

const APPLICATION: &Flow = &crate::applications::FLOW;

#[test]
fn the_tables_are_whole() {
    let kinds: BTreeSet<_> = ALL.iter().map(|flow| flow.kind).collect();
    assert_eq!(kinds.len(), ALL.len());
    for flow in ALL {
        assert!(std::ptr::eq(find(flow.kind).unwrap(), flow));
        assert!(flow.event.contains('.') && !flow.lists.is_empty(), "{}", flow.kind);
        for step in flow.steps {
            let named = step.from.iter().chain(&step.to).all(|state| flow.state(state).is_some());
            let seconds = flow.steps.iter().flat_map(|step| step.actors).filter(|actor| Actor::SECOND.contains(actor));
            assert!(
                seconds.collect::<Vec<_>>().windows(2).all(|two| two[0] == two[1]),
                "{}: one second party",
                flow.kind
            );
            assert!(named && !step.actors.is_empty() && !step.label.zh.is_empty(), "{} {}", flow.kind, step.action);
            assert!(!step.from.is_empty() || step.to.is_some(), "{}: a record begins somewhere", flow.kind);
            let is_left = step.to.is_some() && step.from.iter().any(|from| flow.state(from).unwrap().is_final);
            assert!(!is_left, "{} {}: final is final", flow.kind, step.action);
        }
        for state in flow.states {
            let open = flow.steps.iter().filter(|step| step.from.contains(&state.name)).map(|step| step.action);
            let open: Vec<_> = open.collect();
            let once: BTreeSet<_> = open.iter().collect();
            assert_eq!(once.len(), open.len(), "{} {}: an action is one step", flow.kind, state.name);
            let leads_out = flow.steps.iter().any(|step| step.to.is_some() && step.from.contains(&state.name));
            assert_eq!(state.is_final, !leads_out, "{} {}", flow.kind, state.name);
        }
    }
}

#[test]
fn a_table_is_served_as_data() {
    let flow = serde_json::to_value(APPLICATION).unwrap();
    assert_eq!(flow["kind"], "exhibitor_application");
    let state =
        json!({"name": "pending", "label": {"zh-CN": "待审核", "en": "Pending"}, "tone": "waiting", "final": false});
    assert_eq!(flow["states"][0], state);
    let reject = flow["steps"].as_array().unwrap().iter().find(|step| step["action"] == "reject").unwrap();
    let expected = json!({
        "action": "reject", "label": {"zh-CN": "驳回", "en": "Reject"}, "from": ["in_review"], "to": "rejected",
        "actors": ["reviewer", "committee"], "mandate": "administrator", "fields": ["reason"],
    });
    assert_eq!(*reject, expected);
}

#[tokio::test(start_paused = true)]
async fn what_a_record_says_lies_sealed() {
    let cast = Cast::new().await;
    let record = cast.plant(APPLICATION, "in_review", 7).await;
    let at = (APPLICATION, record.id, 1);
    let rejected = cast.flows.advance(&cast.reviewer.who, at, "reject", reason("call 13800138000")).await.unwrap();
    for (_, row) in cast.rows(APPLICATION, record.id).await {
        let bytes = row.sealed.0;
        assert!(!bytes.windows(11).any(|window| window == b"13800138000"));
    }
    let lines = cast.flows.history(&rejected).await.unwrap();
    assert_eq!(lines[1].note.as_deref(), Some("call 13800138000"));
    assert!(!format!("{rejected:?} {lines:?}").contains("13800138000"));
    // Another record's row does not open here.
    let row = cast.rows(APPLICATION, record.id).await.remove(0).1;
    assert!(rows::record(cast.accounts.sealer(), APPLICATION, RecordId(8), row).is_err());
}

#[tokio::test(start_paused = true)]
async fn of_two_reviewers_one_is_told_that_it_is_stale() {
    let cast = Cast::new().await;
    let record = cast.plant(APPLICATION, "in_review", 7).await;
    let at = (APPLICATION, record.id, 1);
    let (one, two) = (cast.flows.clone(), cast.flows.clone());
    let (one, two) = tokio::join!(
        one.advance(&cast.reviewer.who, at, "approve", Input::default()),
        two.advance(&cast.committee.who, at, "reject", reason("no")),
    );
    assert_eq!(one.is_ok(), two.is_err());
    assert_eq!(one.and(two).unwrap_err(), Error::Stale);
    assert_eq!(cast.rows(APPLICATION, record.id).await.len(), 3, "the head and two lines");
    assert_eq!((cast.notices(cast.owner.user).await.len(), cast.notes().await), (1, 0));
}
