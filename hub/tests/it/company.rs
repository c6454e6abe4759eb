//! What an enterprise says of itself: until when it may be changed, what is recorded of that, what its application shows of
//! it, and how its institution helps who forgot how to sign in.

use serde_json::{Value, json};

use crate::applications::{ALL, code, committee, culture, hub, is_problem, sample, step, text};
use crate::harness::http::Answer;
use crate::harness::{Person, TestHub};

/// A merge patch on what the administrator sees.
async fn patch(hub: &TestHub, admin: &Person, body: Value) -> Answer {
    let path = format!("/v1/enterprises/{}", admin.team());
    let shown = hub.get(&path, &admin.token).await;
    let tag = shown.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    hub.http(&format!("PATCH {path}"), Some(&admin.token), &format!("if-match: {tag}\r\n"), Some(&body)).await
}

fn said() -> Value {
    json!({"name": "河北云旅通", "place": "mainland.130100", "address": "长安区1号", "industry": "transport.sea-freight",
        "interests": ["general-transport-sea-freight"]})
}

async fn found(hub: &TestHub, admin: &Person, query: &str) -> usize {
    let found = hub.get(&format!("/v1/enterprises?q={query}"), &admin.token).await.body();
    found["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_name_is_the_application_s_until_it_is_judged_and_locked_from_then_on() {
    let hub = hub().await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    let admin = hub.admin(hub.enterprise("hebei").await).await;
    let first = patch(&hub, &admin, said()).await;
    assert_eq!((first.status, &first.body()["name"]), (200, &said()["name"]), "{}", first.text);
    let mut named = sample(&code(&hub, &institution).await);
    named["enterprise_name"] = json!("别的名字");
    let refused = hub.post(ALL, &admin.token, named.clone()).await;
    assert_eq!(refused.body()["fields"], json!([{"at": "/enterprise_name", "code": "unknown_field"}]));
    named.as_object_mut().unwrap().remove("enterprise_name");
    let made = hub.post(ALL, &admin.token, named).await.body();
    assert_eq!((&made["enterprise_name"], &made["identifier"]), (&said()["name"], &json!("hebei")));
    let one = format!("{ALL}/{}", text(&made["id"]));

    let renamed = json!({"name": "Yunlvtong Travel"});
    assert_eq!(patch(&hub, &admin, renamed.clone()).await.status, 200);
    let shown = hub.get(&one, &institution.1).await.body();
    assert_eq!((&shown["enterprise_name"], &shown["version"]), (&renamed["name"], &json!(2)));
    assert_eq!((found(&hub, &admin, "yunlv").await, found(&hub, &admin, "%E6%B2%B3%E5%8C%97").await), (1, 0));

    let reviewer = institution.1.as_str();
    assert_eq!(step(&hub, reviewer, &format!("{one}/review/start"), "2", None).await.status, 200);
    let change = json!({"name": "Another", "place": "mainland.110105", "address": "朝阳区2号"});
    let locked = json!([{"at": "/name", "code": "locked"}, {"at": "/place", "code": "locked"}]);
    let refused = patch(&hub, &admin, change.clone()).await;
    assert_eq!((refused.status, &refused.body()["fields"]), (422, &locked), "under review: {}", refused.text);
    assert_eq!(step(&hub, reviewer, &format!("{one}/review/approve"), "3", None).await.status, 200);
    let refused = patch(&hub, &admin, change).await;
    assert_eq!((refused.status, &refused.body()["fields"]), (422, &locked), "approved: {}", refused.text);
    let rest = json!({"address": "朝阳区2号", "contact_info": "010-1", "name": "Yunlvtong Travel"});
    assert_eq!(patch(&hub, &admin, rest.clone()).await.status, 200, "the rest stays editable");
    assert_eq!(patch(&hub, &admin, rest).await.status, 200, "what is as it was is no change");

    let recorded = hub.get("/v1/audit", &committee.token).await.body();
    let deeds = recorded["items"].as_array().unwrap().iter().filter(|deed| deed["action"] == "enterprise.change");
    let deeds: Vec<_> =
        deeds.map(|deed| (deed["note"].as_str().unwrap(), deed["actor"]["id"].as_str().unwrap())).collect();
    let id = admin.id();
    let fields = ["address, contact_info", "name", "name, place, address, industry, interests"];
    assert_eq!(deeds, fields.map(|fields| (fields, id.as_str())));
    hub.stop().await;
}

#[tokio::test]
async fn an_institution_finds_who_it_invited_by_any_part_of_their_names() {
    let hub = hub().await;
    let committee = committee(&hub).await;
    let institution = culture(&hub, &committee).await;
    for identifier in ["hebei", "shanxi", "henan"] {
        let admin = hub.admin(hub.enterprise(identifier).await).await;
        hub.person(Some(admin.team()), &format!("wang-{identifier}"), Some(fair::Duty::Other)).await;
        let mut sent = sample(&code(&hub, &institution).await);
        sent["contact_name"] = json!(identifier);
        assert_eq!(hub.post(ALL, &admin.token, sent).await.status, 201);
    }
    let path = format!("/v1/institutions/{}/invitees", institution.0);
    let sought = async |query: &str, token: &str| {
        let answer = hub.get(&format!("{path}?{query}"), token).await;
        let items = answer.body()["items"].as_array().unwrap().clone();
        let mut names: Vec<_> = items.iter().map(|item| text(&item["identifier"])).collect();
        names.sort();
        names
    };
    assert_eq!(sought("q=HE", &institution.1).await, ["hebei", "henan"]);
    assert_eq!(sought("q=wang-shan", &institution.1).await, ["shanxi"], "a username");
    assert_eq!(sought("q=wang-shan&limit=1", &institution.1).await, ["shanxi"], "behind pages on which nobody has it");
    assert_eq!(sought("q=i%20ltd", &committee.token).await, ["hebei", "shanxi"], "a name");
    assert_eq!(sought("q=nobody", &institution.1).await, Vec::<String>::new());
    assert_eq!(sought("", &institution.1).await.len(), 3);
    let long = hub.get(&format!("{path}?q={}", "x".repeat(241)), &institution.1).await;
    is_problem(&long, 422, "invalid");
    let stranger = hub.admin(hub.enterprise("other").await).await;
    is_problem(&hub.get(&path, &stranger.token).await, 403, "forbidden");
    hub.stop().await;
}
