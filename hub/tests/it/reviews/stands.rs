//! `kill -9` of the real program while booths, exhibits and orders take steps: none is taken by half, what follows from each
//! comes once, what everybody sees is what stands, and no record loses a file.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::future::join_all;
use storage::{Clock, Entropy};
use tokio::time::timeout;

use super::kills::{LIFE_MS_MAX, halves, revive, settle};
use super::*;
use crate::harness::stand::{self, taken};
use crate::process::kills;

/// Over CQL a step takes longer.
const LIFE_OVER_CQL_MS_MAX: u64 = 1_000;
/// Exhibitors whose booths take steps; behind them one whose exhibits do, one that is ordered from, and a buyer.
const BOOTHS: usize = 2;
const EXHIBITOR: usize = 2;
const SELLER: usize = 3;
const BUYER: usize = 4;
/// Exhibits and orders that take steps at one time.
const OF_EACH: usize = 3;
/// Kills of the short form.
const KILLS: u32 = 4;

/// What follows from the steps of a kind.
struct Kind {
    name: &'static str,
    all: &'static str,
    /// Where a reader of it finds it with others.
    list: &'static str,
    /// What everybody sees of it.
    shown: Option<&'static str>,
    tells_owner: &'static [&'static str],
    tells_second: &'static [&'static str],
    deeds: &'static [&'static str],
}

const BOOTH: Kind = Kind {
    name: "booth",
    all: "/v1/booths",
    list: "/v1/reviews/booths",
    shown: Some("/v1/showcase/booths"),
    tells_owner: &["approve", "reject"],
    tells_second: &["submit"],
    deeds: &["submit", "approve", "reject"],
};
const EXHIBIT: Kind = Kind {
    name: "exhibit",
    all: "/v1/exhibits",
    list: "/v1/reviews/exhibits",
    shown: Some("/v1/showcase/exhibits"),
    deeds: &["approve", "reject"],
    ..BOOTH
};
const ORDER: Kind = Kind {
    name: "order",
    all: "/v1/orders",
    list: "/v1/orders",
    shown: None,
    tells_owner: &["submit", "accept", "decline"],
    tells_second: &["request_confirmation"],
    deeds: &["accept"],
};

/// A record on its way; of an order, one after the other.
struct Life {
    kind: &'static Kind,
    owner: usize,
    /// Those that took steps since the last kill, and their acknowledged versions.
    records: Vec<(String, i64)>,
    version: i64,
    state: String,
    /// Pictures that no record has yet.
    spare: Vec<String>,
    /// What the next order is made with: the same again, until it is answered.
    intent: Value,
    orders: u32,
}

impl Life {
    fn of(kind: &'static Kind, owner: usize, made: &Value) -> Self {
        let (version, state) = (made["version"].as_i64().unwrap(), text(&made["state"]));
        let records = vec![(text(&made["id"]), version)];
        Self { kind, owner, records, version, state, spare: Vec::new(), intent: Value::Null, orders: 0 }
    }

    fn id(&self) -> &str {
        &self.records.last().unwrap().0
    }

    /// Who takes its next step, and which.
    fn next(&mut self) -> (Side, String, Option<Value>) {
        let post = |verb: &str| format!("POST {}/{}/{verb}", self.kind.all, self.id());
        match self.state.as_str() {
            "pending" if self.version % 4 == 1 => {
                (Side::Reviewer, post("review/reject"), Some(json!({"reason": "图片不清晰"})))
            }
            "pending" => (Side::Reviewer, post("review/approve"), None),
            "approved" if self.kind.name == EXHIBIT.name => (Side::Owner, post("shelve"), None),
            "approved" | "on_sale" => {
                (Side::Owner, format!("PATCH {}/{}", self.kind.all, self.id()), Some(self.patch()))
            }
            "to_handle" => {
                (Side::Owner, post("request-confirmation"), Some(json!({"amount_fen": 1_000 + self.version})))
            }
            "in_progress" if self.version < 4 => (Side::Buyer, post("decline"), None),
            "in_progress" => (Side::Buyer, post("accept"), None),
            _ => (Side::Owner, post("submit"), (self.kind.name == BOOTH.name).then(stand::rules)),
        }
    }

    fn patch(&mut self) -> Value {
        let name = format!("第{}版", self.version);
        match self.spare.pop() {
            Some(picture) => json!({"name": name, "pictures": [picture]}),
            None => json!({ "name": name }),
        }
    }

    /// Takes steps until the hub is gone.
    async fn live(mut self, fair: &Fair) -> Self {
        loop {
            let answer = if self.state == "dealt" {
                let key = format!("idempotency-key: {}-{}\r\n", self.records[0].0, self.orders);
                send(fair, "POST /v1/orders", &fair.applicants[BUYER], &key, Some(&self.intent)).await
            } else {
                let (side, request, body) = self.next();
                send(fair, &request, side.token(fair, self.owner), &if_match(self.version), body.as_ref()).await
            };
            let Some(after) = answer else { return self };
            self.note(&after);
        }
    }

    fn note(&mut self, after: &Value) {
        self.version = after["version"].as_i64().unwrap();
        self.state = text(&after["state"]);
        if self.id() == text(&after["id"]) {
            self.records.last_mut().unwrap().1 = self.version;
        } else {
            assert_eq!(self.version, 1, "{after}");
            self.orders += 1;
            self.records.push((text(&after["id"]), 1));
        }
    }

    /// As it stands before the next life.
    async fn wait(&mut self, fair: &Fair) {
        let last = self.records.len() - 1;
        self.records.drain(..last);
        let stands = fair.get(&format!("{}/{}", self.kind.all, self.id()), &fair.committee).await.body();
        self.note(&stands);
        if self.kind.shown.is_some() && self.spare.is_empty() {
            self.spare.push(stand::picture(fair.at(0), &fair.applicants[self.owner], "picture").await);
        }
    }
}

/// Somebody who takes steps.
enum Side {
    Owner,
    Reviewer,
    Buyer,
}

impl Side {
    fn token<'a>(&self, fair: &'a Fair, owner: usize) -> &'a str {
        match self {
            Self::Owner => &fair.applicants[owner],
            Self::Reviewer => &fair.reviewer,
            Self::Buyer => &fair.applicants[BUYER],
        }
    }
}

/// None: the hub went before it had answered.
async fn send(fair: &Fair, request: &str, token: &str, more: &str, body: Option<&Value>) -> Option<Value> {
    let answer = http::ask_from(Ipv4Addr::LOCALHOST, fair.at(0), request, Some(token), more, body).await.ok()?;
    assert!([200, 201].contains(&answer.status), "{request}: {} {}", answer.status, answer.text);
    Some(answer.body())
}

async fn make(fair: &Fair, path: &str, token: &str, body: Value) -> Value {
    let made = fair.post(0, path, token, body).await;
    assert_eq!(made.status, 201, "{path}: {}", made.text);
    made.body()
}

async fn let_in(fair: &Fair) {
    for (applicant, code) in fair.codes(BUYER).await.iter().enumerate() {
        let made = fair.apply(0, applicant, code).await;
        assert_eq!(made.status, 201, "{}", made.text);
        for (version, verb) in [(1, "start"), (2, "approve")] {
            let request = format!("POST {ALL}/{}/review/{verb}", text(&made.body()["id"]));
            taken(fair.at(0), &fair.reviewer, (&request, version), None).await;
        }
    }
}

/// A booth that everybody sees, or an exhibit.
async fn show(fair: &Fair, kind: &Kind, owner: usize, made: &Value) {
    let own = &fair.applicants[owner];
    let request = |verb: &str| format!("POST {}/{}/{verb}", kind.all, text(&made["id"]));
    let rules = (kind.name == BOOTH.name).then(stand::rules);
    taken(fair.at(0), own, (&request("submit"), 1), rules.as_ref()).await;
    taken(fair.at(0), &fair.reviewer, (&request("review/approve"), 2), None).await;
    if kind.name == EXHIBIT.name {
        taken(fair.at(0), own, (&request("shelve"), 3), None).await;
    }
}

async fn lives(fair: &Fair) -> Vec<Life> {
    let_in(fair).await;
    let (mut lives, mut booths) = (Vec::new(), Vec::new());
    for (owner, token) in fair.applicants.iter().enumerate().take(BUYER) {
        booths.push(make(fair, BOOTH.all, token, stand::booth(fair.at(0), token).await).await);
        match owner {
            0..BOOTHS => lives.push(Life::of(&BOOTH, owner, &booths[owner])),
            _ => show(fair, &BOOTH, owner, &booths[owner]).await,
        }
    }
    let exhibit = async |owner: usize| {
        let (token, booth) = (&fair.applicants[owner], &booths[owner]["id"]);
        make(fair, EXHIBIT.all, token, stand::exhibit(fair.at(0), token, booth).await).await
    };
    for _ in 0..OF_EACH {
        lives.push(Life::of(&EXHIBIT, EXHIBITOR, &exhibit(EXHIBITOR).await));
    }
    let wanted = exhibit(SELLER).await;
    show(fair, &EXHIBIT, SELLER, &wanted).await;
    let intent = json!({"exhibit": wanted["id"], "quantity": 3, "contact_name": "李四", "region": "mainland.110105"});
    for _ in 0..OF_EACH {
        let made = make(fair, ORDER.all, &fair.applicants[BUYER], intent.clone()).await;
        lives.push(Life { intent: intent.clone(), ..Life::of(&ORDER, SELLER, &made) });
    }
    lives
}

/// Versions of which somebody was told, by record.
type Told = BTreeMap<String, Vec<i64>>;

async fn told(fair: &Fair, token: &str) -> Told {
    let mut told = Told::new();
    for notice in fair.items("/v1/notifications", token).await {
        told.entry(text(&notice["body"]["id"])).or_default().push(notice["body"]["version"].as_i64().unwrap());
    }
    told.values_mut().for_each(|versions| versions.sort_unstable());
    told
}

/// What does not agree with the lines of the records, if anything.
async fn wrong(fair: &Fair, lives: &[Life]) -> Vec<String> {
    let mut wrong = Vec::new();
    for kind in [&BOOTH, &EXHIBIT, &ORDER] {
        let of_kind: Vec<_> = lives.iter().filter(|life| life.kind.name == kind.name).collect();
        let second = if kind.name == ORDER.name { &fair.applicants[BUYER] } else { &fair.reviewer };
        let lister = if kind.name == ORDER.name { &fair.applicants[SELLER] } else { &fair.reviewer };
        let (second, listed) = (told(fair, second).await, fair.items(kind.list, lister).await);
        let shown = match kind.shown {
            Some(shown) => fair.items(shown, &fair.committee).await,
            None => Vec::new(),
        };
        for life in of_kind {
            let owner = told(fair, &fair.applicants[life.owner]).await;
            for (id, acknowledged) in &life.records {
                let record = fair.get(&format!("{}/{id}", kind.all), &fair.committee).await.body();
                let lines = record["history"].as_array().unwrap();
                wrong.extend(halves(&record, lines, *acknowledged));
                wrong.extend(effects(fair, kind, &record, (&owner, &second)).await);
                let row = listed.iter().find(|row| row["id"] == record["id"]);
                if row.is_none_or(|row| row["state"] != record["state"]) {
                    wrong.push(format!("{id} is listed as {row:?}"));
                }
                if kind.shown.is_some() {
                    wrong.extend(seen(kind, &record, &shown));
                    wrong.extend(lost_files(fair, kind, life.owner, &record).await);
                }
            }
        }
    }
    wrong.extend(orders(fair, lives).await);
    wrong
}

/// Each line has been told of to whom it concerns, and recorded, once.
async fn effects(fair: &Fair, kind: &Kind, record: &Value, (owner, second): (&Told, &Told)) -> Vec<String> {
    let (id, lines) = (text(&record["id"]), record["history"].as_array().unwrap());
    let of = |actions: &[&str]| {
        let such = lines.iter().filter(|line| actions.contains(&line["action"].as_str().unwrap()));
        such.map(|line| line["version"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let mut wrong = Vec::new();
    for (who, told, actions) in [("owner", owner, kind.tells_owner), ("second", second, kind.tells_second)] {
        let (is, expected) = (told.get(&id).cloned().unwrap_or_default(), of(actions));
        if is != expected {
            wrong.push(format!("{} {id}: the {who} was told of {is:?}, not of {expected:?}", kind.name));
        }
    }
    let deeds = fair.items(&format!("/v1/audit?object={}/{id}", kind.name), &fair.committee).await;
    let mut deeds: Vec<_> = deeds.iter().map(|deed| text(&deed["action"])).collect();
    let decided = lines.iter().filter(|line| kind.deeds.contains(&line["action"].as_str().unwrap()));
    let mut expected: Vec<_> = decided.map(|line| format!("{}.{}", kind.name, text(&line["action"]))).collect();
    deeds.sort();
    expected.sort();
    if deeds != expected {
        wrong.push(format!("{} {id}: {} deeds of {}", kind.name, deeds.len(), expected.len()));
    }
    wrong
}

/// Everybody sees what was approved last, and only while its state shows it.
fn seen(kind: &Kind, record: &Value, shown: &[Value]) -> Option<String> {
    let is_public = match text(&record["state"]).as_str() {
        "approved" => kind.name == BOOTH.name,
        "revising" => kind.name == BOOTH.name || record["shelf_state"] == "on_sale",
        state => state == "on_sale",
    };
    let card = shown.iter().find(|card| card["id"] == record["id"]);
    let name = card.map(|card| &card["name"]);
    let expected = is_public.then(|| &record["approved"]["name"]);
    (name != expected).then(|| format!("{} {} in {}: {name:?} is shown", kind.name, record["id"], record["state"]))
}

/// Files of a record, and of what was approved of it, that are not held for it.
async fn lost_files(fair: &Fair, kind: &Kind, owner: usize, record: &Value) -> Vec<String> {
    let of = |fields: &Value| {
        let pictures = fields["pictures"].as_array().into_iter().flatten();
        pictures.chain(fields["logo"].is_string().then_some(&fields["logo"])).map(text).collect::<Vec<_>>()
    };
    let mut files = [of(record), of(&record["approved"])].concat();
    files.sort();
    files.dedup();
    assert!(!files.is_empty(), "{record}");
    let holder = format!("{}/{}", kind.name, text(&record["id"]));
    let mut lost = Vec::new();
    for file in files {
        let upload = fair.get(&format!("/v1/uploads/{file}"), &fair.applicants[owner]).await;
        if upload.status != 200 || upload.body()["record"] != holder {
            lost.push(format!("{holder} does not hold {file}: {}", upload.text));
        }
    }
    lost
}

/// There is none but those that were answered, and of each that was being made at most one.
async fn orders(fair: &Fair, lives: &[Life]) -> Option<String> {
    let of_orders: Vec<_> = lives.iter().filter(|life| life.kind.name == ORDER.name).collect();
    let answered: usize = of_orders.iter().map(|life| 1 + life.orders as usize).sum();
    let under_way = of_orders.iter().filter(|life| life.state == "dealt").count();
    let there = fair.items("/v1/orders?role=buyer", &fair.applicants[BUYER]).await.len();
    let is_right = (answered..=answered + under_way).contains(&there);
    (!is_right).then(|| format!("{there} orders of {answered} and {under_way} under way"))
}

/// One life of the hub, ended while all records are on their way.
async fn live_and_die(fair: &Fair, all: Vec<Life>, life: Duration) -> Vec<Life> {
    let mut lives = std::pin::pin!(join_all(all.into_iter().map(|life| life.live(fair))));
    assert!(timeout(life, &mut lives).await.is_err(), "they go on until it is gone");
    fair.hubs[0].cut();
    lives.await
}

/// So many kills of a hub over that store, or over its folder.
async fn kill(store: Option<&str>, kills: i64) {
    let entropy = Entropy::seeded(kills.unsigned_abs());
    let life_ms_max = if store.is_some() { LIFE_OVER_CQL_MS_MAX } else { LIFE_MS_MAX };
    let mut fair = Fair::over(store, 1, BUYER + 1).await;
    let mut all = lives(&fair).await;
    let (begun, mut steps) = (Clock::system().now(), 0);
    for round in 1..=kills {
        for life in &mut all {
            life.wait(&fair).await;
        }
        let before: i64 = all.iter().map(|life| life.version).sum();
        let life_ms = 1 + entropy.draw() % life_ms_max;
        all = live_and_die(&fair, all, Duration::from_millis(life_ms)).await;
        let acknowledged = |life: &Life| life.records.iter().map(|(_, version)| version).sum::<i64>();
        steps += all.iter().map(acknowledged).sum::<i64>() - before;
        revive(&mut fair, begun, round).await;
        settle(round, async || wrong(&fair, &all).await).await;
    }
    eprintln!("{kills} kills, {steps} steps acknowledged");
    assert!(steps > kills, "only {steps} steps were acknowledged");
}

#[tokio::test]
async fn a_killed_hub_leaves_no_half_of_a_booth_an_exhibit_or_an_order() {
    kill(None, kills(KILLS).into()).await;
}

#[tokio::test]
async fn a_killed_hub_over_cql_leaves_no_half_of_a_booth_an_exhibit_or_an_order() {
    let Some(server) = server() else { return };
    kill(Some(&keyspace(&server)), kills(KILLS).into()).await;
}
