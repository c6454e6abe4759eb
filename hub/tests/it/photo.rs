//! A person's photo over REST: uploaded, taken by their record, shown to who has to do with it, replaced and gone.

use serde_json::{Value, json};

use crate::applications::{ALL, code, committee, culture, hub, sample};
use crate::harness::{Person, TestHub};
use crate::personnel::wang;
pub(crate) use crate::portrait::portrait;
use crate::uploads::send;

/// Uploads a portrait; its id.
pub(crate) async fn upload(hub: &TestHub, token: &str) -> String {
    let got = send(hub.address(), "POST /v1/uploads?use=id_photo&name=a.jpg", Some(token), "", &portrait()).await;
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.body));
    got.json()["id"].as_str().unwrap().to_owned()
}

async fn patch(hub: &TestHub, token: &str, path: &str, body: Value) -> Value {
    let shown = hub.get(path, token).await;
    let tag = shown.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let answer = hub.http(&format!("PATCH {path}"), Some(token), &format!("if-match: {tag}\r\n"), Some(&body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body()
}

async fn status(hub: &TestHub, id: &str, token: Option<&str>) -> u16 {
    send(hub.address(), &format!("GET /v1/uploads/{id}/content"), token, "", &[]).await.status
}

#[tokio::test]
async fn a_photo_makes_a_person_ready_for_a_badge_and_is_shown_to_who_has_to_do_with_them() {
    let hub = hub().await;
    let (committee, enterprise) = (committee(&hub).await, hub.enterprise("hebei").await);
    let admin = hub.admin(enterprise).await;
    let colleague = hub.person(Some(enterprise), "colleague", Some(fair::Duty::Other)).await;
    let rival = hub.admin(hub.enterprise("rival").await).await;
    let users = format!("/v1/enterprises/{enterprise}/users");
    let photo = upload(&hub, &admin.token).await;
    let mut sent = wang();
    sent["photo"] = json!(photo);
    let made = hub.post(&users, &admin.token, sent.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.body();
    assert_eq!((&made["badge"], &made["photo"]), (&json!({"ready": true, "missing": []}), &json!(photo)));

    // Whose code the enterprise applies with later sees it too.
    let institution = culture(&hub, &committee).await;
    assert_eq!(status(&hub, &photo, Some(&institution.1)).await, 404);
    let application = hub.post(ALL, &admin.token, sample(&code(&hub, &institution).await)).await;
    assert_eq!(application.status, 201, "{}", application.text);
    for (token, seen) in [
        (Some(admin.token.as_str()), 200),
        (Some(&committee.token), 200),
        (Some(&institution.1), 200),
        (Some(&colleague.token), 404),
        (Some(&rival.token), 404),
        (None, 404),
    ] {
        assert_eq!(status(&hub, &photo, token).await, seen);
    }
    let one = format!("{users}/{}", made["id"].as_str().unwrap());
    assert!(hub.get(&one, &colleague.token).await.body().get("photo").is_none());

    refuses_others(&hub, &admin, &rival, &photo).await;
    let removed = hub.http(&format!("DELETE /v1/uploads/{photo}"), Some(&admin.token), "", None).await;
    assert_eq!(removed.problem(), "conflict", "while the person has it");
    let other = upload(&hub, &admin.token).await;
    let changed = patch(&hub, &admin.token, &one, json!({"photo": other})).await;
    assert_eq!((&changed["photo"], &changed["badge"]["ready"]), (&json!(other), &json!(true)));
    let removed = hub.http(&format!("DELETE /v1/uploads/{photo}"), Some(&admin.token), "", None).await;
    assert_eq!(removed.status, 204, "nobody has it any more");
    assert_eq!(hub.http(&format!("DELETE {one}"), Some(&admin.token), "", None).await.status, 204);
    assert_eq!(status(&hub, &other, Some(&admin.token)).await, 404, "it goes with the person");
    let recorded = hub.get("/v1/audit", &committee.token).await.body();
    let notes: Vec<_> = recorded["items"].as_array().unwrap().iter().map(|entry| &entry["note"]).collect();
    assert!(notes.contains(&&json!("photo")), "{notes:?}");
    hub.stop().await;
}

/// Another team's photo, one that a person has, and one that is none.
async fn refuses_others(hub: &TestHub, admin: &Person, rival: &Person, photo: &str) {
    let foreign = upload(hub, &rival.token).await;
    let mut twin = wang();
    twin["username"] = json!("twin");
    twin["document_number"] = json!("440524188001010014");
    twin["birthday"] = json!("1880-01-01");
    for (id, code) in [(foreign.as_str(), "unknown_upload"), (photo, "in_use"), ("0000000000001", "unknown_upload")] {
        twin["photo"] = json!(id);
        let refused = hub.post(&format!("/v1/enterprises/{}/users", admin.team()), &admin.token, twin.clone()).await;
        assert_eq!(
            (refused.status, &refused.body()["fields"]),
            (422, &json!([{"at": "/photo", "code": code}])),
            "{}",
            refused.text
        );
    }
}
