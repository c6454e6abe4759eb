//! The record of deeds as an operator checks it with the real binary, on a database that somebody edited; and as the
//! committee reads it.

use std::process::Output;

use fair::Audit;
use fair::audit::{Actor, NewEntry, Object};
use hub::config::{Config, Flags};
use hub::opening;
use rusqlite::Connection;
use serde_json::{Value, json};
use storage::ids::{Millis, UserId};
use storage::{Clock, Entropy};

use crate::harness::{SECRET, TestHub};
use crate::process::Site;

const NOTE: &str = "planted-note-of-a-person";

fn deed(n: i64) -> NewEntry {
    NewEntry {
        key: format!("deed-{n}"),
        at: Millis(1_600_000_000_000 + n),
        actor: Actor { user: Some(UserId(n % 3)), enterprise: None },
        action: "test.deed".to_owned(),
        object: Object::new("thing", n % 2),
        note: Some(NOTE.to_owned()),
    }
}

/// A folder with a record of so many deeds.
async fn site_of(count: i64) -> Site {
    let site = Site::new();
    let data = site.data().to_str().unwrap();
    let secret = |name: &str| (name == "FAIRHUB_SECRET").then(|| SECRET.to_owned());
    let config = Config::from_sources(&Flags::of(&[("data", data)]), secret).unwrap();
    let accounts = opening::accounts(&config, &Clock::system()).await.unwrap();
    let (audit, writer) = Audit::new(accounts, Entropy::system());
    let record = async move {
        for n in 1..=count {
            audit.record(deed(n)).await.unwrap();
        }
    };
    // Nobody records any more then, and the writer ends with everything written.
    tokio::join!(writer.run(), record);
    site
}

fn verify(site: &Site, more: &[&str]) -> Output {
    site.command(&[&["admin", "audit", "verify"], more].concat()).env("RUST_LOG", "error").output().unwrap()
}

fn edit(site: &Site, sql: &str) {
    let database = Connection::open(site.data().join("fairhub.sqlite")).unwrap();
    assert_eq!(database.execute(sql, []).unwrap(), 1, "{sql}");
}

#[tokio::test]
async fn verify_finds_one_row_that_was_altered_removed_or_inserted() {
    let copied = "INSERT INTO audit_entries SELECT";
    let site = site_of(1).await;
    let database = Connection::open(site.data().join("fairhub.sqlite")).unwrap();
    let columns = database.prepare("SELECT * FROM audit_entries").unwrap();
    let names: Vec<_> = columns.column_names().map(str::to_owned).collect();
    let another =
        names.iter().map(|name| if name == "seq" { "21" } else { name.as_str() }).collect::<Vec<_>>().join(", ");
    let rows = [
        ("UPDATE audit_entries SET action = 'test.other' WHERE seq = 7".to_owned(), "entry 7 was altered"),
        ("UPDATE audit_entries SET actor = NULL WHERE seq = 1".to_owned(), "entry 1 was altered"),
        ("UPDATE audit_entries SET object_id = '5' WHERE seq = 20".to_owned(), "entry 20 was altered"),
        ("DELETE FROM audit_entries WHERE seq = 7".to_owned(), "entry 7 was removed"),
        ("DELETE FROM audit_entries WHERE seq = 20".to_owned(), "entry 20 was removed"),
        (format!("{copied} {another} FROM audit_entries WHERE seq = 20"), "entry 21 was altered or inserted"),
        ("UPDATE audit_heads SET seq = 3".to_owned(), "the note of the record's length was altered"),
    ];
    for (sql, said) in rows {
        let site = site_of(20).await;
        let output = verify(&site, &[]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), &answer["verified"]["entries"]), (Some(0), &json!(20)), "{output:?}");
        edit(&site, &sql);
        let output = verify(&site, &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{sql}: {stderr}");
        assert!(stderr.starts_with(&format!("hub: audit record: {said}")) && output.stdout.is_empty(), "{stderr}");
    }
}

#[tokio::test]
async fn verify_holds_a_record_against_an_anchor() {
    let site = site_of(20).await;
    let answer: Value = serde_json::from_slice(&verify(&site, &[]).stdout).unwrap();
    let anchor = answer["verified"]["anchor"].as_str().unwrap();
    assert!(verify(&site, &["--anchor", anchor]).status.success());
    let anew = site_of(25).await;
    let output = verify(&anew, &["--anchor", anchor]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("entry 20 is not the one of the anchor") && output.status.code() == Some(1), "{said}");
    assert_eq!(verify(&site, &["--anchor", "20"]).status.code(), Some(2));
}

#[tokio::test]
async fn an_export_moves_the_record_and_tells_no_note() {
    let (here, there) = (site_of(20).await, Site::new());
    let file = here.data().join("fair.jsonl");
    here.admin(&["export", file.to_str().unwrap()], "");
    assert!(!std::fs::read_to_string(&file).unwrap().contains(NOTE), "a note is sealed");
    there.admin(&["import", file.to_str().unwrap()], "");
    let anchors = [&here, &there].map(|site| site.admin(&["audit", "verify"], "").remove(0)["verified"].take());
    assert_eq!(anchors[0], anchors[1]);
}

#[tokio::test]
async fn the_record_is_the_committees_to_read() {
    let hub = TestHub::start().await;
    let audit = &hub.running.hub().audit;
    let acme = hub.enterprise("acme1").await;
    let chief = hub.admin(acme).await;
    let visitor = hub.person(None, "visitor", None).await;
    let actor = Actor { user: Some(chief.user.id), enterprise: Some(acme) };
    for n in 1..=5 {
        audit.record(NewEntry { actor, ..deed(n) }).await.unwrap();
    }
    let committee = hub.committee().await;
    let answer = hub.get("/v1/audit?limit=2", &committee.token).await;
    let body = answer.body();
    assert_eq!((&body["items"][0]["seq"], &body["items"][0]["note"]), (&json!(5), &json!(NOTE)));
    let who = json!({"id": chief.id(), "name": "Name of chief"});
    assert_eq!((&body["items"][0]["actor"], &body["items"][0]["enterprise"]), (&who, &json!(acme)));
    assert_eq!(body["items"][0]["object"], json!({"kind": "thing", "id": "1"}));
    assert!(answer.head.contains("link: <?limit=2&cursor="), "{}", answer.head);
    let next = format!("/v1/audit?limit=2&cursor={}", body["next"].as_str().unwrap());
    assert_eq!(hub.get(&next, &committee.token).await.body()["items"][0]["seq"], 3);
    let odd = hub.get("/v1/audit?object=thing/1", &committee.token).await.body();
    assert_eq!(odd["items"].as_array().unwrap().len(), 3);
    let by_chief = hub.get(&format!("/v1/audit?actor={}", chief.id()), &committee.token).await.body();
    assert_eq!(by_chief["items"].as_array().unwrap().len(), 5);
    assert_eq!(hub.get("/v1/audit?actor=x", &committee.token).await.problem(), "bad_request");
    assert_eq!(hub.get("/v1/audit?cursor=AAAA", &committee.token).await.problem(), "bad_request");
    for stranger in [&chief, &visitor] {
        assert_eq!(hub.get("/v1/audit", &stranger.token).await.problem(), "forbidden");
    }
    hub.stop().await;
}
