//! The calendar and the taxonomies as a client and an operator meet them.

use std::fs;

use serde_json::{Value, json};
use storage::Clock;

use crate::harness::{Socket, TestHub, http};
use crate::process::Site;

fn window<'a>(event: &'a Value, id: &str) -> &'a Value {
    event["windows"].as_array().unwrap().iter().find(|window| window["id"] == id).unwrap()
}

#[tokio::test]
async fn the_guides_calendar_is_open_by_the_hubs_clock() {
    let start = fair::day::moment("2020-08-15T23:59:59.000+08:00").unwrap();
    let clock = Clock::manual(start);
    let hub = TestHub::at(clock.clone(), &[]).await;
    let event = hub.http("GET /v1/event", None, "", None).await.body();
    assert_eq!((&event["name"], &event["hotline"]), (&"2020".into(), &"010-58103199".into()));
    assert_eq!((&event["now"], &event["today"]), (&"2020-08-15T23:59:59.000+08:00".into(), &"2020-08-15".into()));
    assert_eq!(event["browsers"], serde_json::json!(["Chrome", "Firefox"]));
    let offline = window(&event, "offline_registration");
    assert_eq!((&offline["open"], &offline["to"]), (&true.into(), &"2020-08-15".into()));
    assert_eq!(offline["closes_at"], "2020-08-16T00:00:00.000+08:00");
    let booths = window(&event, "booths");
    assert!(booths["open"] == true && booths.get("to").is_none() && booths.get("closes_at").is_none());
    clock.advance_ms(1_000);
    let event = hub.http("GET /v1/event", None, "", None).await.body();
    assert_eq!(window(&event, "offline_registration")["open"], false);
    assert_eq!(window(&event, "online_registration")["open"], true);
    assert_eq!(event["today"], "2020-08-16");
    hub.stop().await;
}

#[tokio::test]
async fn a_hub_that_starts_at_another_time_signs_in_and_lives_there() {
    let flags = ["--demo", "--demo-history=false", "--clock=2020-08-01T09:00:00+08:00", "--event=2020"];
    let site = Site::with(&flags.map(str::to_owned));
    let serving = site.serve();
    let event = http::ask(serving.address, "GET /v1/event", None, "", None).await.body();
    assert!(event["now"].as_str().unwrap().starts_with("2020-08-01T09:0"), "{event}");
    assert!(event["windows"].as_array().unwrap().iter().all(|window| window["open"] == true), "{event}");
    let account = http::ask(serving.address, "GET /demo/accounts", None, "", None).await.body()[0].take();
    let login = serde_json::json!({
        "identifier": account["identifier"], "username": account["username"], "password": account["password"],
    });
    let tokens = http::ask(serving.address, "POST /v1/sessions", None, "", Some(&login)).await.body();
    let token = tokens["access_token"].as_str();
    let sessions = http::ask(serving.address, "GET /v1/sessions", token, "", None).await.body();
    assert!(sessions["items"][0]["created_at"].as_str().unwrap().starts_with("2020-08-01T09:0"), "{sessions}");
    let mut socket = serving.open(&tokens["access_token"]).await;
    socket.ok("inbox.list", serde_json::json!({})).await;
    serving.kill();
}

#[tokio::test]
async fn every_socket_hears_that_a_window_closes() {
    let clock = Clock::starting_at(fair::day::moment("2020-08-15T23:59:58.000+08:00").unwrap());
    let hub = TestHub::at(clock, &[("event", "2020")]).await;
    let mut person = hub.connect(&hub.person(None, "visitor", None).await).await;
    let mut guest = Socket::connect(hub.address()).await;
    guest.ok("session.open", json!({})).await;
    let mut stranger = Socket::connect(hub.address()).await;
    for socket in [&mut person, &mut guest] {
        for window in ["offline_registration", "meetings"] {
            let told = socket.event("event.window_changed").await["d"].take();
            assert_eq!((&told["window"], &told["open"]), (&json!(window), &json!(false)));
            assert_eq!(told["closes_at"], "2020-08-16T00:00:00.000+08:00");
        }
    }
    let late = hub.now().since_ms(fair::day::moment("2020-08-16T00:00:00.000+08:00").unwrap());
    assert!((0..5_000).contains(&late), "{late} ms");
    let event = hub.http("GET /v1/event", None, "", None).await.body();
    assert_eq!(window(&event, "meetings")["open"], false);
    stranger.ok("session.open", json!({})).await;
    stranger.ok("ping", json!({})).await;
    assert!(stranger.heard("event.window_changed").is_empty(), "who had not said who they are hears nothing");
    hub.stop().await;
}

#[tokio::test]
async fn taxonomies_are_for_guests_searched_and_kept() {
    let hub = TestHub::start().await;
    let get = |path: &str, more: &str| {
        let (request, more) = (format!("GET /v1/taxonomies/{path}"), more.to_owned());
        let hub = &hub;
        async move { hub.http(&request, None, &more, None).await }
    };
    for (name, least) in [
        ("industry", 60),
        ("interest", 100),
        ("exhibit-category", 50),
        ("zone", 13),
        ("region", 600),
        ("nationality", 249),
        ("fortune500", 500),
    ] {
        let answer = get(name, "").await;
        assert!(answer.head.contains("cache-control: public, max-age=300") && answer.head.contains("etag: "));
        let body = answer.body();
        let items = body["items"].as_array().unwrap();
        assert!(items.len() >= least && body["total"] == items.len() && body["name"] == name, "{name}");
        let tag = answer.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
        let held = get(name, &format!("if-none-match: {tag}\r\n")).await;
        assert_eq!((held.status, held.text.as_str()), (304, ""));
    }
    let found = get("fortune500?q=%E6%B2%83%E5%B0%94%E7%8E%9B", "").await.body();
    assert_eq!(found["items"][0]["label"]["en"], "Walmart");
    let found = get("fortune500?q=group&limit=3", "").await.body();
    assert_eq!(found["items"].as_array().unwrap().len(), 3);
    assert!(found["total"].as_u64().unwrap() > 50);
    let cities = get("region?parent=mainland.130000", "").await.body();
    assert!(cities["total"] == 11 && cities["items"][0]["parent"] == "mainland.130000");
    assert_eq!(get("region?parent=", "").await.body()["total"], 3);
    assert_eq!(get("colours", "").await.problem(), "not_found");
    assert_eq!(get("zone?colour=red", "").await.problem(), "bad_request");
    hub.stop().await;
}

#[test]
fn a_hub_does_not_start_on_a_wrong_data_file() {
    let site = Site::with(&["--demo".into()]);
    fs::write(site.data().join("event-2027.json"), "{\"name\": \"2027\"").unwrap();
    let mut command = site.command(&["--fair-data", site.data().to_str().unwrap(), "--event=2027"]);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("fair_data: event-2027.json: EOF while parsing"), "{said}");
}
