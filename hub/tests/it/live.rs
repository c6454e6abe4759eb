//! What takes a step is told at once to both sides that are connected: with the hub's clock standing still, so that nothing
//! comes due, and no sweep can be it that told.

use serde_json::{Value, json};
use storage::Clock;

use crate::applications::{ALL, code, committee, culture, sample, text};
use crate::harness::stand::{self, taken};
use crate::harness::{Person, Socket, TestHub};

/// The sockets of the two whom a record concerns, and one of nobody's.
struct Ears {
    both: [Socket; 2],
    stranger: Socket,
}

impl Ears {
    /// Both have heard exactly this of a record, and nobody else anything.
    async fn hear(&mut self, event: &str, record: &Value) {
        let body = json!({"kind": record["kind"], "id": record["id"], "version": record["version"],
            "state": record["state"]});
        for socket in &mut self.both {
            assert_eq!(socket.event(event).await["d"], body, "{event}");
        }
        self.stranger.ok("ping", json!({})).await;
        assert!(self.stranger.heard(event).is_empty(), "{event} is for two sides");
    }
}

/// Takes a step, of which both must hear.
async fn step(
    hub: &TestHub,
    ears: &mut Ears,
    token: &str,
    (at, verb): (&str, &str),
    record: &Value,
    body: Value,
) -> Value {
    let version = record["version"].as_i64().unwrap();
    let body = Some(body).filter(|body| !body.is_null());
    let after = taken(hub.address(), token, (&format!("POST {at}/{verb}"), version), body.as_ref()).await;
    ears.hear(&format!("{}.state_changed", text(&after["kind"])), &after).await;
    after
}

async fn begun(hub: &TestHub, path: &str, token: &str, body: Value) -> (String, Value) {
    let made = hub.post(path, token, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.body();
    (format!("{path}/{}", text(&made["id"])), made)
}

struct Fair {
    hub: TestHub,
    clock: Clock,
    owner: Person,
    reviewer: String,
    stranger: Person,
}

/// An exhibitor that has been let in, by a clock that stands still from now on.
async fn fair() -> Fair {
    let clock = Clock::manual(Clock::system().now());
    let more = [("event", "demo"), ("limits_messages_per_s", "100000"), ("limits_messages_burst", "100000")];
    let hub = TestHub::at(clock.clone(), &more).await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    let code = code(&hub, &institution).await;
    let owner = hub.admin(hub.enterprise("hebei").await).await;
    let stranger = hub.admin(hub.enterprise("other").await).await;
    let (at, _) = begun(&hub, ALL, &owner.token, sample(&code)).await;
    for (version, verb) in [(1, "start"), (2, "approve")] {
        taken(hub.address(), &institution.1, (&format!("POST {at}/review/{verb}"), version), None).await;
    }
    Fair { hub, clock, owner, reviewer: institution.1, stranger }
}

async fn listening(hub: &TestHub, token: &str) -> Socket {
    let mut socket = Socket::connect(hub.address()).await;
    socket.ok("session.open", json!({ "token": token })).await;
    socket
}

#[tokio::test]
async fn each_step_of_booth_exhibit_and_order_reaches_both_sides_while_the_clock_stands_still() {
    let Fair { hub, clock, owner, reviewer, stranger } = fair().await;
    let began = clock.now();
    let (own, address) = (owner.token.as_str(), hub.address());
    let mut ears = Ears {
        both: [hub.connect(&owner).await, listening(&hub, &reviewer).await],
        stranger: hub.connect(&stranger).await,
    };
    let (at, booth) = begun(&hub, "/v1/booths", own, stand::booth(address, own).await).await;
    ears.hear("booth.state_changed", &booth).await;
    let pending = step(&hub, &mut ears, own, (&at, "submit"), &booth, stand::rules()).await;
    step(&hub, &mut ears, &reviewer, (&at, "review/approve"), &pending, Value::Null).await;

    let filled = stand::exhibit(address, own, &booth["id"]).await;
    let (at, exhibit) = begun(&hub, "/v1/exhibits", own, filled).await;
    ears.hear("exhibit.state_changed", &exhibit).await;
    let pending = step(&hub, &mut ears, own, (&at, "submit"), &exhibit, Value::Null).await;
    let approved = step(&hub, &mut ears, &reviewer, (&at, "review/approve"), &pending, Value::Null).await;
    step(&hub, &mut ears, own, (&at, "shelve"), &approved, Value::Null).await;

    let [owners, reviewers] = ears.both;
    let mut ears = Ears { both: [owners, hub.connect(&stranger).await], stranger: reviewers };
    let intent = json!({"exhibit": exhibit["id"], "quantity": 3, "contact_name": "李四", "region": "mainland.110105"});
    let (at, order) = begun(&hub, "/v1/orders", &stranger.token, intent).await;
    ears.hear("order.created", &order).await;
    ears.hear("order.state_changed", &order).await;
    let amount = json!({"amount_fen": 3_500_000});
    let asked = step(&hub, &mut ears, own, (&at, "request-confirmation"), &order, amount).await;
    let declined = step(&hub, &mut ears, &stranger.token, (&at, "decline"), &asked, json!({"reason": "太贵"})).await;
    let asked = step(&hub, &mut ears, own, (&at, "request-confirmation"), &declined, json!({"amount_fen": 1})).await;
    step(&hub, &mut ears, &stranger.token, (&at, "accept"), &asked, Value::Null).await;
    for socket in &mut ears.both {
        socket.ok("ping", json!({})).await;
        assert!(socket.heard("order.created").is_empty(), "it was made once");
    }
    assert_eq!(clock.now(), began, "no time has passed: nothing was due");
}
