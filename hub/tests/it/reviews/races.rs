//! Who race for one thing: one wins, and the others are told so. On one hub, and on two over one keyspace.

use futures_util::future::join_all;

use super::*;

const ROUNDS: usize = 4;

/// Of two enterprises with one code one applies; the other may, with another code.
async fn one_code(fair: &Fair) {
    let codes = fair.codes(ROUNDS * 2).await;
    for (round, code) in codes.chunks(2).enumerate() {
        let (one, two) = (round * 2, round * 2 + 1);
        let both = tokio::join!(fair.apply(0, one, &code[0]), fair.apply(1, two, &code[0]));
        let mut statuses = [both.0.status, both.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{} {}", both.0.text, both.1.text);
        let (loser, refused) = if both.0.status == 422 { (one, both.0) } else { (two, both.1) };
        assert_eq!(refused.body()["fields"], json!([{"at": "/invitation_code", "code": "unknown"}]));
        assert_eq!(fair.apply(0, loser, &code[1]).await.status, 201);
    }
    let listed = fair.items("/v1/reviews/exhibitor-applications?state=pending", &fair.reviewer).await;
    assert_eq!(listed.len(), ROUNDS * 2);
}

/// Of two who decide about one version one is told that it has moved on.
async fn one_version(fair: &Fair) {
    for record in fair.items("/v1/reviews/exhibitor-applications?state=pending", &fair.reviewer).await {
        let path = |verb: &str| format!("{ALL}/{}/review/{verb}", text(&record["id"]));
        let (start, approve, reject) = (path("start"), path("approve"), path("reject"));
        let started = tokio::join!(
            fair.step(0, &fair.reviewer, (&start, 1), None),
            fair.step(1, &fair.committee, (&start, 1), None),
        );
        one_won(&started);
        let reason = json!({"reason": "not yet"});
        let decided = tokio::join!(
            fair.step(0, &fair.reviewer, (&approve, 2), None),
            fair.step(1, &fair.committee, (&reject, 2), Some(&reason)),
        );
        one_won(&decided);
        let stands = fair.get(&format!("{ALL}/{}", text(&record["id"])), &fair.committee).await.body();
        let state = if decided.0.status == 200 { "approved" } else { "rejected" };
        assert_eq!((&stands["state"], &stands["version"]), (&json!(state), &json!(3)));
        assert_eq!(stands["history"].as_array().unwrap().len(), 3);
        let deeds = format!("/v1/audit?object=exhibitor_application/{}", text(&record["id"]));
        assert_eq!(fair.items(&deeds, &fair.committee).await.len(), 2, "who lost decided nothing");
    }
}

fn one_won((one, two): &(Answer, Answer)) {
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text, two.text);
    let lost = if one.status == 412 { one } else { two };
    assert_eq!(lost.problem(), "stale");
}

/// One request 32 times at once, each repeated while the first is at work: 32 equal answers, and one message.
async fn one_key(fair: &Fair) {
    let peer = fair.get("/v1/me", &fair.applicants[1]).await.body()["enterprise"]["id"].clone();
    let token = &fair.applicants[0];
    let start = json!({"target": {"kind": "enterprise", "id": peer}});
    let conversation = fair.post(0, "/v1/negotiations", token, start).await;
    let path = format!("/v1/negotiations/{}/messages", text(&conversation.body()["conversation"]));
    let sent = json!({"kind": "text", "body": {"text": "once"}});
    let tries = (0..32).map(|number| {
        let (request, sent) = (format!("POST {path}"), &sent);
        async move {
            let mut every = tokio::time::interval(std::time::Duration::from_millis(50));
            loop {
                every.tick().await;
                let key = "idempotency-key: one-key\r\n";
                let answer = http::ask(fair.at(number), &request, Some(token), key, Some(sent)).await;
                if answer.status != 409 {
                    return answer;
                }
                assert_eq!(answer.problem(), "conflict");
            }
        }
    });
    let answers = join_all(tries).await;
    // Whoever took the key over from a slow one says so (`duplicate`), of the same message.
    let message = |answer: &Answer| ["seq", "at"].map(|field| answer.body()[field].clone());
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 201), "{} {}", answer.status, answer.text);
        assert_eq!(message(answer), message(&answers[0]));
    }
    let entries = fair.get(&path, token).await.body();
    assert_eq!(entries["items"].as_array().unwrap().len(), 1, "{entries}");
}

async fn races(fair: &Fair) {
    one_code(fair).await;
    one_version(fair).await;
    one_key(fair).await;
}

#[tokio::test]
async fn of_those_who_race_at_a_hub_one_wins() {
    races(&Fair::over(None, 1, ROUNDS * 2).await).await;
}

#[tokio::test]
async fn of_those_who_race_at_two_hubs_over_cql_one_wins() {
    let Some(server) = server() else { return };
    races(&Fair::over(Some(&keyspace(&server)), 2, ROUNDS * 2).await).await;
}
