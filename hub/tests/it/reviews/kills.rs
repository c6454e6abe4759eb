//! `kill -9` of the real program while it takes steps: none is taken by half, and what follows from each comes once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use chat::time::rfc3339;
use futures_util::future::join_all;
use storage::ids::Millis;
use storage::{Clock, Entropy};
use tokio::time::{interval, timeout};

use super::*;
use crate::process::kills;

/// Records that take steps at one time.
const RECORDS: usize = 8;
/// A hub lives at most so long while its records take steps.
pub(super) const LIFE_MS_MAX: u64 = 120;
/// The same over CQL, where a step takes longer.
const LIFE_OVER_CQL_MS_MAX: u64 = 4_000;
/// Between two lives, by the hub's clock: longer than what the dead one held is kept for it.
const AWAY_MS: i64 = 5 * 60_000;
/// Within this everything that the dead one owed has come.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// Acknowledged versions by record.
type Acknowledged = BTreeMap<String, i64>;

/// A record's next step, as its state has it: who, what, why.
fn next<'a>(fair: &'a Fair, applicant: &'a str, state: &str) -> (&'a str, &'static str, Option<Value>) {
    match state {
        "pending" => (&fair.reviewer, "review/start", None),
        "in_review" => (&fair.reviewer, "review/reject", Some(json!({"reason": "the picture is blurred"}))),
        _ => (applicant, "resubmit", None),
    }
}

/// Takes one record through its steps until its hub is gone; what was acknowledged.
async fn live(fair: &Fair, applicant: &str, (id, mut version, mut state): (String, i64, String)) -> (String, i64) {
    loop {
        let (token, verb, body) = next(fair, applicant, &state);
        let request = format!("POST {ALL}/{id}/{verb}");
        let asked =
            http::ask_from(Ipv4Addr::LOCALHOST, fair.at(0), &request, Some(token), &if_match(version), body.as_ref())
                .await;
        let Ok(answer) = asked else { return (id, version) };
        assert_eq!(answer.status, 200, "{request}: {}", answer.text);
        let after = answer.body();
        version += 1;
        assert_eq!(after["version"], version);
        state = text(&after["state"]);
    }
}

/// One life of the hub, ended while all records are on their way.
async fn life(fair: &Fair, applications: &[(usize, String)], life: Duration) -> Vec<(String, i64)> {
    let mut lives = Vec::new();
    for (applicant, id) in applications {
        let stands = fair.get(&format!("{ALL}/{id}"), &fair.committee).await.body();
        let record = (id.clone(), stands["version"].as_i64().unwrap(), text(&stands["state"]));
        lives.push(live(fair, &fair.applicants[*applicant], record));
    }
    let mut lives = std::pin::pin!(join_all(lives));
    assert!(timeout(life, &mut lives).await.is_err(), "they go on until it is gone");
    fair.hubs[0].cut();
    lives.await
}

/// What does not agree with the lines of the records, if anything.
async fn wrong(fair: &Fair, applications: &[(usize, String)], acknowledged: &Acknowledged) -> Vec<String> {
    let (mut wrong, mut letters, mut states) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
    for (applicant, id) in applications {
        let record = fair.get(&format!("{ALL}/{id}"), &fair.committee).await.body();
        let lines = record["history"].as_array().unwrap();
        wrong.extend(halves(&record, lines, acknowledged.get(id).copied().unwrap_or(1)));
        states.insert(id.clone(), record["state"].clone());
        let rejected = versions(lines, "reject");
        letters.extend(rejected.iter().map(|version| format!("exhibitor_application/{id}/{version}")));
        let notices = fair.items("/v1/notifications", &fair.applicants[*applicant]).await;
        let mut told: Vec<_> = notices.iter().map(|notice| notice["body"]["version"].as_i64().unwrap()).collect();
        told.sort_unstable();
        if told != rejected {
            wrong.push(format!("{id}: notices of {told:?}"));
        }
        let deeds = fair.items(&format!("/v1/audit?object=exhibitor_application/{id}"), &fair.committee).await;
        let decided = lines.len() - versions(lines, "submit").len();
        if deeds.len() != decided {
            wrong.push(format!("{id}: {} deeds of {decided}", deeds.len()));
        }
    }
    let messages = fair.items("/v1/messages", &fair.committee).await;
    let is_ours = |key: &String| applications.iter().any(|(_, id)| key.contains(id.as_str()));
    let keys: Vec<_> = messages.iter().map(|message| text(&message["key"])).filter(is_ours).collect();
    if keys.len() != letters.len() || keys.iter().collect::<BTreeSet<_>>() != letters.iter().collect() {
        wrong.push(format!("{} messages of {}", keys.len(), letters.len()));
    }
    for state in ["pending", "in_review", "rejected"] {
        let listed = fair.items(&format!("/v1/reviews/exhibitor-applications?state={state}"), &fair.reviewer).await;
        let listed: BTreeSet<_> = listed.iter().map(|record| text(&record["id"])).collect();
        let stand: BTreeSet<_> = states.iter().filter(|(_, is)| **is == state).map(|(id, _)| id.clone()).collect();
        if listed != stand {
            wrong.push(format!("{state}: {} listed of {}", listed.len(), stand.len()));
        }
    }
    wrong
}

/// Those that this action made.
pub(super) fn versions(lines: &[Value], action: &str) -> Vec<i64> {
    lines.iter().filter(|line| line["action"] == action).map(|line| line["version"].as_i64().unwrap()).collect()
}

/// Where head and lines of a record do not agree, or something acknowledged is gone.
pub(super) fn halves(record: &Value, lines: &[Value], acknowledged: i64) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut version, mut state) = (0, Value::Null);
    for line in lines {
        version += 1;
        if line["version"] != version || line["from"] != state {
            wrong.push(format!("{line} does not follow"));
        }
        state = line["to"].clone();
    }
    if record["version"] != version || record["state"] != state {
        wrong.push(format!("{} is not as its last line says", record["id"]));
    }
    if version < acknowledged {
        wrong.push(format!("{}: version {acknowledged} was acknowledged", record["id"]));
    }
    wrong
}

/// Another life of the hub, so much later that nobody waits for the dead one any more.
pub(super) async fn revive(fair: &mut Fair, begun: Millis, round: i64) {
    fair.hubs.clear();
    fair.hubs.push(fair.site.serve_at(&rfc3339(Millis(begun.0 + round * AWAY_MS))));
    fair.committee = fair.sign_in("deciders", "chair").await;
    fair.reviewer = fair.sign_in("inviters", "reviewer").await;
}

/// Until nothing is wrong any more.
pub(super) async fn settle(round: i64, mut wrong: impl AsyncFnMut() -> Vec<String>) {
    let mut left = Vec::new();
    let settled = async {
        // Slowly: its questions are counted like everybody's.
        let mut every = interval(Duration::from_secs(2));
        loop {
            every.tick().await;
            left = wrong().await;
            if left.is_empty() {
                return;
            }
        }
    };
    let in_time = timeout(SETTLED_WITHIN, settled).await.is_ok();
    assert!(in_time, "kill {round}: {left:#?}");
}

/// So many kills of a hub over that store, or over its folder.
async fn kill(store: Option<&str>, kills: i64) {
    let entropy = Entropy::seeded(kills.unsigned_abs());
    let life_ms_max = if store.is_some() { LIFE_OVER_CQL_MS_MAX } else { LIFE_MS_MAX };
    let mut fair = Fair::over(store, 1, RECORDS).await;
    let mut applications = Vec::new();
    for (applicant, code) in fair.codes(RECORDS).await.iter().enumerate() {
        let made = fair.apply(0, applicant, code).await;
        assert_eq!(made.status, 201, "{}", made.text);
        applications.push((applicant, text(&made.body()["id"])));
    }
    let (mut acknowledged, mut steps) = (Acknowledged::new(), 0);
    let begun = Clock::system().now();
    for round in 1..=kills {
        let ended = life(&fair, &applications, Duration::from_millis(1 + entropy.draw() % life_ms_max)).await;
        steps += ended.iter().map(|(id, version)| version - acknowledged.get(id).copied().unwrap_or(1)).sum::<i64>();
        acknowledged.extend(ended);
        revive(&mut fair, begun, round).await;
        settle(round, async || wrong(&fair, &applications, &acknowledged).await).await;
    }
    assert!(steps > kills, "only {steps} steps were acknowledged");
}

/// Kills of the short form.
const KILLS: u32 = 5;

#[tokio::test]
async fn a_killed_hub_leaves_no_half_step_and_no_effect_lost_or_doubled() {
    kill(None, kills(KILLS).into()).await;
}

#[tokio::test]
async fn a_killed_hub_over_cql_leaves_no_half_step_and_no_effect_lost_or_doubled() {
    let Some(server) = server() else { return };
    kill(Some(&keyspace(&server)), kills(KILLS).into()).await;
}
