//! `hub admin export` and `import` as an operator meets them: the real binary, killed in between, beside a hub.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use fair::table::{NotificationRow, Notifications, NotificationsKey, NotificationsPart};
use hub::config::{Config, Flags};
use hub::opening;
use serde_json::{Value, json};
use storage::ids::{NotificationId, UserId};
use storage::{Ack, Clock, Op};

use crate::harness::SECRET;
use crate::process::Site;

/// Rows of one partition, and how many of those make a fair that is not moved in an instant.
const ROWS: i64 = 200;
const PEOPLE: i64 = 150;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn refused(site: &Site, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    site.refused(&[&["admin"], arguments].concat(), environment)
}

#[tokio::test]
async fn a_fair_moves_to_another_folder_and_shows_the_same_history() {
    let (here, there) = (Site::new(), Site::new());
    let file = here.data().join("fair.jsonl");
    let people = here.admin(&["tokens", "--count=2"], "");
    here.admin(&["create-user", "visitor", "--mobile=13800138000", "--password-stdin"], "password1");
    let serving = here.serve();
    let mut buyer = serving.open(&people[0]["token"]).await;
    let conversation = buyer.start_with(people[0]["peer"].as_str().unwrap()).await;
    for (id, text) in [("one", "first"), ("two", "второе"), ("three", "第三 🤝\n\"quoted\"")] {
        let d = json!({"conversation": conversation, "client_msg_id": id, "kind": "text", "body": {"text": text}});
        buyer.ok("negotiation.send", d).await;
    }
    let before = buyer.open(&conversation, None).await;
    serving.kill();

    let exported = here.admin(&["export", text(&file)], "").remove(0)["exported"].take();
    let imported = there.admin(&["import", text(&file)], "").remove(0)["imported"].take();
    assert!(exported["rows"].as_u64().unwrap() > 10, "{exported}");
    assert_eq!((&imported["rows"], &imported["expired"]), (&exported["rows"], &json!(0)));
    let again = there.data().join("again.jsonl");
    let back = there.admin(&["export", text(&again)], "").remove(0)["exported"].take();
    assert_eq!((&back["checksum"], &back["tables"]), (&exported["checksum"], &exported["tables"]));
    let verified = there.admin(&["verify", text(&file)], "").remove(0)["verified"].take();
    assert_eq!(verified["tables"]["entries"], exported["tables"]["entries"]);
    let written = fs::read_to_string(&file).unwrap();
    assert!(!written.contains(SECRET) && !written.contains("13800138000"), "neither secret nor contact is readable");

    let serving = there.serve();
    let mut seller = serving.open(&people[1]["token"]).await;
    let after = seller.open(&conversation, None).await;
    assert_eq!((&after["entries"], &after["epoch"]), (&before["entries"], &before["epoch"]));
    assert_eq!(seller.text(&conversation, "and-on-it-goes").await, 4);
}

/// A fair of many rows, written beside the binary.
async fn fill(site: &Site) {
    let flags = Flags::of(&[("data", text(site.data()))]);
    let config = Config::from_sources(&flags, |name| (name == "FAIRHUB_SECRET").then(|| SECRET.to_owned())).unwrap();
    let store = opening::store(&config, &Clock::system()).await.unwrap();
    let at = Clock::system().now();
    for user in 0..PEOPLE {
        let notice = |n: i64| NotificationRow {
            kind: "x".repeat(20),
            body: format!("{n:0280}"),
            read: (n % 2 == 0).then_some(at),
        };
        let put = |n| Op::Put { c: NotificationsKey { at, id: NotificationId(n) }, row: notice(n), at: None };
        let part = NotificationsPart { user: UserId(user) };
        store.write::<Notifications>(part, (0..ROWS).map(put).collect(), Ack::Durable).await.unwrap();
    }
}

fn begin(site: &Site, arguments: &[&str]) -> Child {
    let mut command = site.command(&[&["admin"], arguments].concat());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills the command as soon as `is_under_way`.
fn kill_when(mut child: Child, is_under_way: impl Fn() -> bool) {
    while !is_under_way() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it could be killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "it was killed before its end");
}

fn imported_so_far(state: &Path) -> u64 {
    let state = fs::read(state).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    state.and_then(|state| state["rows"].as_u64()).unwrap_or(0)
}

#[tokio::test]
async fn both_commands_killed_in_between_go_on_where_they_were() {
    let (here, there) = (Site::new(), Site::new());
    fill(&here).await;
    let file = here.data().join("fair.jsonl");
    let rows = json!(ROWS * PEOPLE);

    let length = || fs::metadata(&file).map_or(0, |metadata| metadata.len());
    kill_when(begin(&here, &["export", text(&file)]), || length() > 200_000);
    let exported = here.admin(&["export", text(&file)], "").remove(0)["exported"].take();
    assert_eq!(exported["rows"], rows);
    assert!(exported["resumed"].as_i64().unwrap() > 0, "{exported}");

    let state = here.data().join("fair.jsonl.import");
    kill_when(begin(&there, &["import", text(&file)]), || imported_so_far(&state) > 0);
    let imported = there.admin(&["import", text(&file)], "").remove(0)["imported"].take();
    assert_eq!((&imported["rows"], &imported["verified"]["checksum"]), (&rows, &exported["checksum"]));
    assert!(imported["resumed"].as_i64().unwrap() > 0, "{imported}");
}

#[tokio::test]
async fn what_would_do_harm_is_refused_in_one_line() {
    let (here, there) = (Site::new(), Site::new());
    let file = here.data().join("fair.jsonl");
    here.admin(&["tokens", "--count=2"], "");
    here.admin(&["export", text(&file)], "");
    assert!(refused(&here, &["export", text(&file)], &[]).contains("finished export"));
    assert!(refused(&here, &["import", text(&file)], &[]).contains("not empty"));
    let missing = here.data().join("missing.jsonl");
    assert!(refused(&there, &["import", text(&missing)], &[]).contains("missing.jsonl: opening"));

    let other = [("FAIRHUB_SECRET", "another-secret-of-at-least-32-bytes")];
    let said = refused(&there, &["import", text(&file)], &other);
    assert!(said.contains("another secret") && !said.contains(other[0].1), "{said}");

    let serving = there.serve();
    assert!(refused(&there, &["import", text(&file)], &[]).contains("a hub runs on this data folder"));
    serving.kill();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let spoilt = here.data().join("spoilt.jsonl");
    fs::write(&spoilt, &bytes).unwrap();
    let said = refused(&there, &["import", text(&spoilt)], &[]);
    assert!(said.contains("spoilt.jsonl: line ") && said.contains("damaged"), "{said}");
    there.admin(&["import", text(&file)], "");
    there.admin(&["tokens", "--count=3"], "");
    let said = refused(&there, &["verify", text(&file)], &[]);
    assert!(said.contains("file and store differ: ") && said.contains("table users"), "{said}");
}
