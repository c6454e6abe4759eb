//! Who may do what, said a second time and by hand: every operation and every route, by everybody.

use std::collections::BTreeSet;

use fair::Duty;
use hub::op::{Answered, NAMES, Name};
use serde_json::{Value, json};

use crate::harness::socket::text_of;
use crate::harness::{Person, Socket, TestHub};

/// A guest, an individual, a colleague who never negotiates, a negotiator of another enterprise, a party, and the
/// party's administrator. The columns of the tables below.
const WHO: usize = 6;
type Row = (&'static str, Value, [&'static str; WHO]);

const ANYONE: [&str; WHO] = ["ok", "ok", "ok", "ok", "ok", "ok"];
const ACCOUNTS: [&str; WHO] = ["unauthenticated", "ok", "ok", "ok", "ok", "ok"];
const NEGOTIATORS: [&str; WHO] = ["unauthenticated", "forbidden", "forbidden", "ok", "ok", "ok"];
const PARTIES: [&str; WHO] = ["unauthenticated", "forbidden", "forbidden", "not_found", "ok", "ok"];
const NOBODY: [&str; WHO] = ["not_found"; WHO];
const TEAM: [&str; WHO] = ["unauthenticated", "not_found", "ok", "not_found", "ok", "ok"];
const CHIEF: [&str; WHO] = ["unauthenticated", "forbidden", "forbidden", "forbidden", "forbidden", "ok"];

struct Cast {
    hub: TestHub,
    people: Vec<Person>,
    buyer: Person,
    conversation: String,
}

impl Cast {
    /// The party has said one text to the buyer.
    async fn new() -> Self {
        let hub = TestHub::start().await;
        let (buyer, party) = hub.pair().await;
        let outside = hub.enterprise("outside").await;
        let people = vec![
            hub.person(None, "alone", None).await,
            hub.person(Some(party.team()), "driver", Some(Duty::Other)).await,
            hub.person(Some(outside), "stranger", Some(Duty::Representative)).await,
            party,
        ];
        let chief = hub.admin(people[3].team()).await;
        let people: Vec<Person> = people.into_iter().chain([chief]).collect();
        let mut socket = hub.connect(&people[3]).await;
        let conversation = socket.start_with(buyer.team()).await;
        socket.text(&conversation, "first").await;
        Self { hub, people, buyer, conversation }
    }

    fn party(&self) -> &Person {
        &self.people[3]
    }

    fn tokens(&self) -> Vec<Option<String>> {
        std::iter::once(None).chain(self.people.iter().map(|person| Some(person.token.clone()))).collect()
    }
}

fn op_table(cast: &Cast) -> Vec<Row> {
    let one = json!({ "conversation": cast.conversation });
    let with = |key: &str, value: Value| {
        let mut d = one.clone();
        d[key] = value;
        d
    };
    let target = json!({ "target": { "kind": "enterprise", "id": cast.buyer.team() } });
    let own_text_only = ["unauthenticated", "forbidden", "forbidden", "not_found", "ok", "forbidden"];
    let first_only = ["unauthenticated", "forbidden", "forbidden", "not_found", "ok", "conflict"];
    // One-way: what the room refuses is dropped.
    let typing = ["unauthenticated", "forbidden", "forbidden", "ok", "ok", "ok"];
    vec![
        ("ping", json!({}), ANYONE),
        ("session.open", json!({}), ["conflict"; WHO]),
        ("session.refresh", Value::Null, ["conflict", "ok", "ok", "ok", "ok", "ok"]),
        ("inbox.list", json!({}), NEGOTIATORS),
        ("negotiation.start", target, NEGOTIATORS),
        ("negotiation.open", one.clone(), PARTIES),
        ("negotiation.send", text_of(&cast.conversation, "second"), PARTIES),
        ("negotiation.history", with("before", json!(2)), PARTIES),
        ("negotiation.read", with("seq", json!(1)), PARTIES),
        ("negotiation.recall", with("seq", json!(1)), own_text_only),
        ("negotiation.typing", one.clone(), typing),
        ("negotiation.leave", one.clone(), PARTIES),
        ("negotiation.claim", one.clone(), first_only),
        ("negotiation.release", one.clone(), PARTIES),
        ("negotiation.transfer", with("to", json!(cast.party().id())), PARTIES),
        ("negotiation.close", one.clone(), PARTIES),
        ("negotiation.reopen", one.clone(), PARTIES),
        ("negotiation.report", with("reason", json!("rude")), PARTIES),
        ("negotiation.block", one.clone(), PARTIES),
        ("bench.join", json!({"room": "r"}), NOBODY),
        ("bench.publish", json!({"room": "r", "data": 1}), NOBODY),
    ]
}

/// `ok` or the code: of the answer, or of the event that a one-way operation may cause.
async fn outcome(socket: &mut Socket, op: &str, d: Value) -> String {
    if Name::from_text(op).unwrap().row().answered == Answered::OneWay {
        socket.tell(op, d).await;
        socket.ok("ping", json!({})).await;
        let errors = socket.heard("error");
        return errors.first().map_or("ok".to_owned(), |event| event["d"]["code"].as_str().unwrap().to_owned());
    }
    let answer = socket.ask(op, d).await;
    answer.map_or_else(|error| error["code"].as_str().unwrap().to_owned(), |_ok| "ok".to_owned())
}

#[tokio::test]
async fn every_operation_is_open_to_exactly_those_of_the_table() {
    let cast = Cast::new().await;
    let table = op_table(&cast);
    let listed: BTreeSet<_> = table.iter().map(|(op, ..)| *op).collect();
    assert_eq!(listed, NAMES.iter().map(|name| name.row().text).collect(), "the table knows every operation");
    let tokens = cast.tokens();
    let mut sockets = Vec::new();
    for token in &tokens {
        let mut socket = Socket::connect(cast.hub.address()).await;
        socket.ok("session.open", json!({ "token": token })).await;
        sockets.push(socket);
    }
    for (op, d, expected) in table {
        for (at, socket) in sockets.iter_mut().enumerate() {
            let own_token = json!({ "token": tokens[at].as_ref().unwrap_or(&cast.buyer.token) });
            let d = if op == "session.refresh" { own_token } else { d.clone() };
            assert_eq!(outcome(socket, op, d).await, expected[at], "{op} by number {at}");
        }
    }
}

fn route_table(cast: &Cast, spare: &Person) -> Vec<(String, Option<Value>, [&'static str; WHO])> {
    let one = format!("/v1/negotiations/{}", cast.conversation);
    let post = |verb: &str| format!("POST {one}/{verb}");
    let team = format!("/v1/enterprises/{}/users", cast.party().team());
    let member = format!("{team}/{}", spare.id());
    let target = json!({ "target": { "kind": "enterprise", "id": cast.buyer.team() } });
    let message = json!({ "client_msg_id": "second", "kind": "text", "body": { "text": "second" } });
    let passwords = json!({ "current_password": "password1", "new_password": "password2" });
    let first_only = ["unauthenticated", "forbidden", "forbidden", "not_found", "ok", "conflict"];
    let own_text_only = ["unauthenticated", "forbidden", "forbidden", "not_found", "ok", "forbidden"];
    let wrong_password = ["unauthenticated", "invalid", "invalid", "invalid", "invalid", "invalid"];
    let unknown_session = ["unauthenticated", "not_found", "not_found", "not_found", "not_found", "not_found"];
    vec![
        ("GET /v1/negotiations".to_owned(), None, NEGOTIATORS),
        ("POST /v1/negotiations".to_owned(), Some(target), NEGOTIATORS),
        (format!("GET {one}"), None, PARTIES),
        (format!("GET {one}/messages"), None, PARTIES),
        (format!("GET {one}/messages?before=2"), None, PARTIES),
        (post("messages"), Some(message), PARTIES),
        (post("read"), Some(json!({"seq": 1})), PARTIES),
        (post("recall"), Some(json!({"seq": 1})), own_text_only),
        (post("claim"), None, first_only),
        (post("release"), None, PARTIES),
        (post("transfer"), Some(json!({"to": cast.party().id()})), PARTIES),
        (post("close"), None, PARTIES),
        (post("reopen"), None, PARTIES),
        (post("report"), Some(json!({"reason": "rude"})), PARTIES),
        (post("block"), None, PARTIES),
        ("GET /v1/me".to_owned(), None, ACCOUNTS),
        ("POST /v1/me/password".to_owned(), Some(passwords), wrong_password),
        ("GET /v1/notifications".to_owned(), None, ACCOUNTS),
        ("POST /v1/notifications/read".to_owned(), Some(json!({})), ACCOUNTS),
        ("GET /v1/enterprises?q=buy".to_owned(), None, ACCOUNTS),
        (format!("GET {team}"), None, TEAM),
        (format!("GET {member}"), None, TEAM),
        (format!("PATCH {member}"), Some(json!({"duty": "consultant"})), CHIEF),
        (format!("POST {member}/password-reset"), None, CHIEF),
        (format!("DELETE {member}"), None, CHIEF),
        ("GET /v1/flows".to_owned(), None, ANYONE),
        ("GET /v1/sessions".to_owned(), None, ACCOUNTS),
        (format!("DELETE /v1/sessions/{}", spare.id()), None, unknown_session),
        ("DELETE /v1/sessions/current".to_owned(), None, ACCOUNTS),
    ]
}

#[tokio::test]
async fn every_route_is_open_to_exactly_those_of_the_table() {
    let cast = Cast::new().await;
    let spare = cast.hub.person(Some(cast.party().team()), "spare", Some(Duty::Other)).await;
    for (request, body, expected) in route_table(&cast, &spare) {
        for (at, token) in cast.tokens().iter().enumerate() {
            let answer = cast.hub.http(&request, token.as_deref(), "", body.as_ref()).await;
            let outcome = if answer.status < 300 { "ok".to_owned() } else { answer.problem() };
            assert_eq!(outcome, expected[at], "{request} by number {at}");
        }
    }
}
