//! The binary over a CQL server, as an operator meets it. `SCYLLA_URI` names the server (`host:port`); without it these
//! tests say so, loudly.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::http;
use crate::process::{Serving, Site};

/// A refusal that takes longer looks like a hub that hangs.
const REFUSED_WITHIN: Duration = Duration::from_secs(20);

/// `host:port` of the server; none, loudly, when none is named.
#[expect(clippy::explicit_write, reason = "shown of a test that passes, too")]
pub(crate) fn server() -> Option<String> {
    let server = std::env::var_os("SCYLLA_URI").map(|server| server.into_string().unwrap());
    if server.is_none() {
        let words = "SKIPPED: SCYLLA_URI names no server, so no hub was run over CQL";
        writeln!(std::io::stderr(), "{words}").unwrap();
    }
    server
}

/// The address of a keyspace that nobody has made.
pub(crate) fn keyspace(server: &str) -> String {
    format!("scylla://{server}/hub_test_{:016x}?replication=1", storage::Entropy::system().draw())
}

async fn sign_in(address: SocketAddr, account: &Value) -> Value {
    let login = ["identifier", "username", "password"].map(|key| (key.to_owned(), account[key].clone()));
    let login = Value::Object(login.into_iter().collect());
    let answer = http::ask(address, "POST /v1/sessions", None, "", Some(&login)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.body()["access_token"].clone()
}

/// One person each of two of the demo's enterprises.
async fn demo_people(serving: &Serving) -> [Value; 2] {
    let answer = http::ask(serving.address, "GET /demo/accounts", None, "", None).await;
    let accounts = answer.body().as_array().unwrap().clone();
    let of = |kind: &str, but: &Value| {
        let fits = |account: &&Value| account["kind"] == kind && account["identifier"] != *but;
        accounts.iter().find(fits).unwrap().clone()
    };
    let one = of("enterprise", &Value::Null);
    let other = of("enterprise", &one["identifier"]);
    [one, other]
}

#[tokio::test]
async fn a_demo_over_cql_keeps_its_messages_from_kill_to_start() {
    let Some(server) = server() else { return };
    // Without its past, which takes long over a server that others use, too.
    let more = ["--demo", "--demo-history=false"].map(str::to_owned);
    let site = Site::with(&[&[format!("--store={}", keyspace(&server))][..], &more].concat());
    site.admin(&["init-store"], "");
    let serving = site.serve();
    let [one, other] = demo_people(&serving).await;
    let token = sign_in(serving.address, &other).await;
    let me = http::ask(serving.address, "GET /v1/me", token.as_str(), "", None).await.body();
    let mut buyer = serving.open(&sign_in(serving.address, &one).await).await;
    let conversation = buyer.start_with(me["enterprise"]["id"].as_str().unwrap()).await;
    assert_eq!(buyer.text(&conversation, "before-the-kill").await, 1);
    serving.kill();

    let serving = site.serve();
    let mut seller = serving.open(&sign_in(serving.address, &other).await).await;
    let opened = seller.open(&conversation, None).await;
    assert_eq!(opened["entries"][0]["body"]["text"], "before-the-kill");
    assert_eq!(seller.text(&conversation, "after-the-kill").await, 2);
    let mut buyer = serving.open(&sign_in(serving.address, &one).await).await;
    assert_eq!(buyer.text(&conversation, "before-the-kill").await, 1, "what was sent before is known");
}

#[tokio::test]
async fn init_store_can_be_repeated_and_changes_nothing() {
    let Some(server) = server() else { return };
    let site = Site::with(&[format!("--store={}", keyspace(&server))]);
    let made = site.admin(&["init-store"], "");
    let people = site.admin(&["tokens", "--count=2"], "");
    assert_eq!(site.admin(&["init-store"], ""), made);
    let again = site.admin(&["tokens", "--count=2"], "");
    assert_eq!(people[0]["user"], again[0]["user"], "the accounts are still there");
}

/// The only line on stderr, of a hub that must end by itself with status 1.
#[expect(clippy::disallowed_methods, reason = "how long an operator waits for the refusal is what is tested")]
fn refused(store: &str) -> String {
    let begun = Instant::now();
    let mut command: Command = Site::with(&[format!("--store={store}")]).command(&["--listen=127.0.0.1:0"]);
    let output = command.env_remove("RUST_LOG").stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(begun.elapsed() < REFUSED_WITHIN, "{store}: after {:?}: {said}", begun.elapsed());
    assert_eq!(output.status.code(), Some(1), "{store}: {said}");
    assert_eq!(said.lines().count(), 1, "{store}: {said}");
    said
}

#[test]
fn a_cql_server_that_does_not_answer_ends_the_start_with_one_line() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = refused(&format!("scylla://{closed}/fair"));
    assert!(said.contains(&closed.to_string()), "{said}");
    let said = refused("scylla://no-such-host.invalid/fair");
    assert!(said.contains("no-such-host.invalid"), "{said}");
}

#[test]
fn a_cql_server_that_says_nothing_ends_the_start_with_one_line() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let said = refused(&format!("scylla://{address}/fair"));
    assert!(said.contains(&address.to_string()), "{said}");
}

#[test]
fn a_missing_keyspace_on_cql_ends_the_start_with_what_would_make_it() {
    let Some(server) = server() else { return };
    let said = refused(&keyspace(&server));
    assert!(said.contains("hub_test_") && said.contains("hub admin init-store"), "{said}");
}

#[test]
fn a_wrong_data_centre_on_cql_ends_the_start_with_those_there_are() {
    let Some(server) = server() else { return };
    let store = keyspace(&server);
    let site = Site::with(&[format!("--store={store}")]);
    assert_eq!(site.admin(&["init-store"], "").len(), 1);
    let said = refused(&format!("{store}&dc=nowhere"));
    assert!(said.contains("nowhere") && said.contains("datacenter1"), "{said}");
}
