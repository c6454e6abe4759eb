//! Records that have a life: their tables as clients read them, and what both sides hear of a step.

use fair::applications::FLOW;
use fair::flow::{Flows, Input, New, Who};
use fair::{Kind, NewEnterprise};
use serde_json::{Value, json};
use storage::ids::{EnterpriseId, RecordId};

use crate::harness::{Person, TestHub};

async fn institution(hub: &TestHub, identifier: &str) -> EnterpriseId {
    let (kind, identifier, name) = (Kind::Institution, identifier.to_owned(), identifier.to_owned());
    hub.accounts().create_enterprise(NewEnterprise { kind, identifier, name, name_en: None }).await.unwrap().id
}

fn who(person: &Person) -> Who {
    Who::from(&person.user)
}

#[tokio::test]
async fn lives_are_served_to_guests_as_data() {
    let hub = TestHub::start().await;
    let answer = hub.http("GET /v1/flows", None, "", None).await;
    assert_eq!(answer.status, 200);
    let flows = answer.body();
    let kinds: Vec<_> = flows["items"].as_array().unwrap().iter().map(|flow| flow["kind"].as_str().unwrap()).collect();
    let all = ["exhibitor_application", "attendance", "booth", "exhibit", "invitation_code", "order", "report"];
    assert_eq!(kinds, all);
    let reject = flows["items"][0]["steps"].as_array().unwrap().iter().find(|step| step["action"] == "reject").unwrap();
    assert_eq!((&reject["to"], &reject["fields"]), (&json!("rejected"), &json!(["reason"])));
    assert!(answer.head.contains("etag: \""), "{}", answer.head);
}

#[tokio::test]
async fn both_sides_hear_of_each_step_and_who_has_to_act_gets_a_notice() {
    let hub = TestHub::start().await;
    let owners = hub.enterprise("owners").await;
    let (owner, colleague) =
        (hub.admin(owners).await, hub.person(Some(owners), "helper", Some(fair::Duty::Other)).await);
    let reviewers = institution(&hub, "culture").await;
    let reviewer = hub.person(Some(reviewers), "staff", None).await;
    let other = institution(&hub, "sports").await;
    let stranger = hub.person(Some(other), "other", None).await;
    let mut sockets = Vec::new();
    for person in [&owner, &colleague, &reviewer, &stranger] {
        sockets.push(hub.connect(person).await);
    }
    let flows: &Flows = hub.running.hub().ground.flows();
    let (id, input) = (RecordId(owners.0), Input::default());
    let new = New { id, owner: owners, second: Some(reviewers), action: "submit", input };
    let record = flows.create(&who(&owner), &FLOW, new).await.unwrap();
    let mut version = 1;
    let is_told = |event: &Value, version: i64, state: &str| {
        let expected = json!({"kind": "exhibitor_application", "id": record.id, "version": version, "state": state});
        assert_eq!(event["d"], expected);
    };
    for socket in &mut sockets[..3] {
        is_told(&socket.event("application.state_changed").await, version, "pending");
    }
    let notice = sockets[2].event("notification.new").await;
    assert_eq!(
        (&notice["d"]["kind"], &notice["d"]["body"]["state"]),
        (&json!("application.state_changed"), &json!("pending"))
    );
    for (action, state, note) in [("start", "in_review", None), ("reject", "rejected", Some("blurred".to_owned()))] {
        let input = Input { note, ..Input::default() };
        flows.advance(&who(&reviewer), (&FLOW, record.id, version), action, input).await.unwrap();
        version += 1;
        for socket in &mut sockets[..3] {
            is_told(&socket.event("application.state_changed").await, version, state);
        }
    }
    let notice = sockets[0].event("notification.new").await;
    assert_eq!(notice["d"]["body"]["note"], "blurred", "the owner is told why");
    sockets[3].ok("ping", json!({})).await;
    assert!(sockets[3].heard("application.state_changed").is_empty(), "nobody else hears of it");
}
