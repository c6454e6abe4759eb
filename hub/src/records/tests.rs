use std::net::SocketAddr;

use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use fair::messages::provider::Providers;
use fair::{Contact, Keys, Kind, NewEnterprise, NewUser, Notice};
use serde_json::{Value, json};
use storage::ids::{EnterpriseId, Millis, UserId};
use storage::{Clock, Store};
use tower::ServiceExt as _;

use secrecy::SecretString;

use axum::response::Response;

use super::*;
use crate::config::{Config, Flags};
use crate::limits::{self, Quota};
use crate::policy::Right;
use crate::run::{Foundation, assemble};
use crate::tasks::Tasks;

mod booths;
mod full;
mod matrix;
mod orders;
#[path = "../../tests/it/portrait.rs"]
mod portrait;
mod reports;
mod showcase;
mod uploads;

const PASSWORD: &str = "password1";

/// The routes over a hub on a fresh store, with two enterprises of an administrator (`admin`) and a consultant (`wang`).
struct App {
    router: Router,
    hub: Handles,
    acme: EnterpriseId,
    _tasks: Tasks,
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Value,
}

async fn app() -> App {
    let clock = Clock::system();
    app_over(Store::model(clock.clone()), clock).await
}

async fn app_over(store: Store, clock: Clock) -> App {
    let plenty = |quota: &Quota| Quota { count: 1_000, burst: 1_000, ..*quota };
    app_of(store, clock, &limits::TABLE.iter().map(plenty).collect::<Vec<_>>()).await
}

async fn app_of(store: Store, clock: Clock, quotas: &[Quota]) -> App {
    let config = Config::from_sources(&Flags::of(&[("demo", "true")]), |_| None).unwrap();
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let tasks = Tasks::default();
    let (files, providers) = (fair::uploads::Files::memory(), Providers::default().or_kept());
    let foundation = Foundation { store, shared: false, keys: keys.into(), files, providers };
    let (hub, _lanes) = assemble(&config, quotas, &clock, &storage::Entropy::system(), foundation, &tasks);
    let acme = team(&hub, "acme", "顶点公司").await;
    team(&hub, "beta", "贝塔公司").await;
    App { router: router(&hub, true), hub, acme, _tasks: tasks }
}

async fn team(hub: &Handles, identifier: &str, name: &str) -> EnterpriseId {
    let new = NewEnterprise { kind: Kind::Enterprise, identifier: identifier.into(), name: name.into(), name_en: None };
    let team = hub.accounts.create_enterprise(new).await.unwrap().id;
    for (username, admin) in [("admin", true), ("wang", false)] {
        let new = NewUser {
            enterprise: Some(team),
            username: username.into(),
            name: None,
            duty: Some(fair::Duty::Consultant),
            admin,
            password: Some(PASSWORD.into()),
            contact: Contact { mobile: Some("13800138000".into()), email: None },
        };
        hub.accounts.create_user(new).await.unwrap();
    }
    team
}

impl App {
    async fn ask(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        self.ask_of(None, method, path, token, body).await
    }

    /// The same, of a version.
    async fn ask_of(
        &self,
        tag: Option<&str>,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let peer: SocketAddr = "192.0.2.1:4242".parse().unwrap();
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                HttpBody::from(body.to_string())
            }
            None => HttpBody::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or(Value::Null) };
        Answer { status, headers, body }
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.ask(Method::GET, path, Some(token), None).await
    }

    /// Uploads a file; its id.
    async fn upload(&self, token: &str, used_for: &str, bytes: Vec<u8>) -> String {
        let peer: SocketAddr = "192.0.2.1:4242".parse().unwrap();
        let request = Request::post(format!("/v1/uploads?use={used_for}"))
            .extension(ConnectInfo(peer))
            .header("authorization", format!("Bearer {token}"))
            .body(HttpBody::from(bytes))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, StatusCode::CREATED, "{used_for}: {body}");
        text(&body["id"])
    }

    async fn sign_in(&self, identifier: &str, username: &str) -> Value {
        let body = json!({"identifier": identifier, "username": username, "password": PASSWORD, "device": "test"});
        let answer = self.ask(Method::POST, "/v1/sessions", None, Some(body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.body
    }

    async fn token(&self, identifier: &str, username: &str) -> String {
        text(&self.sign_in(identifier, username).await["access_token"])
    }

    async fn user(&self, identifier: &str, username: &str) -> UserId {
        self.hub.accounts.find_user(identifier, username).await.unwrap().unwrap().id
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn signing_in_has_the_shape_of_the_contract() {
    let app = app().await;
    let signed_in = app.sign_in("ACME", "Wang").await;
    assert_eq!(signed_in["expires_in"], 900);
    assert_eq!(signed_in["user"]["enterprise"], json!({"id": app.acme.to_string(), "name": "顶点公司"}));
    assert_eq!(signed_in["user"]["duty"], "consultant");
    let refreshed = json!({"refresh_token": signed_in["refresh_token"]});
    let answer = app.ask(Method::POST, "/v1/sessions/refresh", None, Some(refreshed.clone())).await;
    assert_eq!(answer.status, StatusCode::OK);
    let again = app.ask(Method::POST, "/v1/sessions/refresh", None, Some(refreshed.clone())).await;
    assert_eq!((again.status, &again.body["refresh_token"]), (StatusCode::OK, &answer.body["refresh_token"]));
    let next = json!({"refresh_token": again.body["refresh_token"]});
    assert_eq!(app.ask(Method::POST, "/v1/sessions/refresh", None, Some(next)).await.status, StatusCode::OK);
    let again = app.ask(Method::POST, "/v1/sessions/refresh", None, Some(refreshed)).await;
    assert_eq!((again.status, &again.body["type"]), (StatusCode::UNAUTHORIZED, &json!("/problems/session_revoked")));
}

#[tokio::test]
async fn every_wrong_pair_reads_the_same_and_guessing_is_told_to_wait() {
    let app = app().await;
    let wrong = json!({"identifier": "acme", "username": "wang", "password": "password2"});
    let unknown = json!({"identifier": "acme", "username": "nobody", "password": "password2"});
    let one = app.ask(Method::POST, "/v1/sessions", None, Some(wrong.clone())).await;
    let other = app.ask(Method::POST, "/v1/sessions", None, Some(unknown)).await;
    assert_eq!((one.status, &one.body), (StatusCode::UNAUTHORIZED, &other.body));
    assert_eq!(one.body["detail"], "账号或密码错误");
    let mut last = one;
    for _ in 0..6 {
        last = app.ask(Method::POST, "/v1/sessions", None, Some(wrong.clone())).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(last.headers["retry-after"], "1");
}

#[tokio::test]
async fn unknown_fields_wrong_types_and_long_bodies_are_refused() {
    let app = app().await;
    let token = app.token("acme", "admin").await;
    let wang = app.user("acme", "wang").await;
    let user = format!("/v1/enterprises/{}/users/{wang}", app.acme);
    let pair = json!({"identifier": "acme", "username": "wang", "password": PASSWORD});
    for (method, path, good) in [
        (Method::POST, "/v1/sessions", pair),
        (Method::POST, "/v1/sessions/refresh", json!({"refresh_token": "x"})),
        (Method::POST, "/v1/me/password", json!({"current_password": PASSWORD, "new_password": "password2"})),
        (Method::PATCH, user.as_str(), json!({"duty": "other"})),
        (Method::POST, "/v1/notifications/read", json!({})),
    ] {
        for planted in ["role", "admin", "owner_id", "status", "rights"] {
            let mut body = good.clone();
            body[planted] = json!("x");
            let answer = app.ask(method.clone(), path, Some(&token), Some(body)).await;
            // A form tells it together with whatever else is wrong.
            let is_form = method == Method::PATCH;
            let refused = if is_form { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
            assert_eq!(answer.status, refused, "{path} {planted}");
            assert_eq!(answer.body["fields"][0]["at"], format!("/{planted}"), "{path}: {}", answer.body);
        }
        let long = json!({"username": "x".repeat(16 * 1024)});
        let answer = app.ask(method.clone(), path, Some(&token), Some(long)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    let answer = app.ask(Method::PATCH, &user, Some(&token), Some(json!({"duty": "boss"}))).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = app.get("/v1/enterprises?q=a&owner=b", &token).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn nothing_answers_without_a_token_or_with_a_wrong_one() {
    let app = app().await;
    let user = format!("/v1/enterprises/{}/users/{}", app.acme, app.user("acme", "wang").await);
    let users = format!("/v1/enterprises/{}/users", app.acme);
    let reset = format!("{user}/password-reset");
    let duty = Some(json!({"duty": "other"}));
    for (method, path, body) in [
        (Method::GET, "/v1/sessions", None),
        (Method::DELETE, "/v1/sessions/current", None),
        (Method::DELETE, "/v1/sessions/0000000000001", None),
        (Method::GET, "/v1/me", None),
        (Method::GET, "/v1/enterprises", None),
        (Method::GET, users.as_str(), None),
        (Method::PATCH, user.as_str(), duty),
        (Method::DELETE, user.as_str(), None),
        (Method::POST, reset.as_str(), None),
        (Method::GET, "/v1/notifications", None),
        (Method::POST, "/v1/notifications/read", Some(json!({}))),
    ] {
        for token in [None, Some("eyJhbGciOiJub25lIn0.e30."), Some("x")] {
            let answer = app.ask(method.clone(), path, token, body.clone()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
    }
    assert!(app.hub.accounts.find_user("acme", "wang").await.unwrap().unwrap().active);
}

#[tokio::test]
async fn only_the_own_administrator_changes_a_team() {
    let app = app().await;
    let wang = app.user("acme", "wang").await;
    let user = format!("/v1/enterprises/{}/users/{wang}", app.acme);
    let reset = format!("{user}/password-reset");
    let users = format!("/v1/enterprises/{}/users", app.acme);
    let duty = || Some(json!({"duty": "representative"}));
    for (identifier, username, refused) in
        [("acme", "wang", StatusCode::FORBIDDEN), ("beta", "admin", StatusCode::NOT_FOUND)]
    {
        let token = app.token(identifier, username).await;
        assert_eq!(app.ask(Method::PATCH, &user, Some(&token), duty()).await.status, refused);
        assert_eq!(app.ask(Method::DELETE, &user, Some(&token), None).await.status, refused);
        assert_eq!(app.ask(Method::POST, &reset, Some(&token), None).await.status, refused);
    }
    let stranger = app.token("beta", "admin").await;
    assert_eq!(app.get(&users, &stranger).await.status, StatusCode::NOT_FOUND);

    let admin = app.token("acme", "admin").await;
    let changed = app.ask(Method::PATCH, &user, Some(&admin), duty()).await;
    assert_eq!((changed.status, &changed.body["duty"]), (StatusCode::OK, &json!("representative")));
    let listed = app.get(&users, &admin).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
    assert!(!listed.body.to_string().contains("13800138000"), "no contact data in lists");
    let reset = app.ask(Method::POST, &reset, Some(&admin), None).await;
    assert_eq!(reset.body, json!({"sent": {"channel": "sms", "to": "138****8000"}}), "shown to nobody");
    let sent = app.hub.ground.messages().shown(1).await.unwrap();
    let password = sent[0].params.iter().find(|(name, _)| name == "password").map(|(_, password)| password);
    let body = json!({"identifier": "acme", "username": "wang", "password": password});
    assert_eq!(app.ask(Method::POST, "/v1/sessions", None, Some(body)).await.status, StatusCode::CREATED);
    assert_eq!(app.ask(Method::DELETE, &user, Some(&admin), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&users, &admin).await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn sessions_are_ones_own_to_see_and_end() {
    let app = app().await;
    let (mine, other) = (app.token("acme", "wang").await, app.token("acme", "wang").await);
    let stranger = app.token("beta", "wang").await;
    let listed = app.get("/v1/sessions", &mine).await;
    let items = listed.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items.iter().filter(|item| item["current"] == true).count(), 1);
    assert_eq!(items[0]["device"], "test");
    let path = |item: &Value| format!("/v1/sessions/{}", item["id"].as_str().unwrap());
    let others = items.iter().find(|item| item["current"] == false).unwrap();
    let delete = Method::DELETE;
    assert_eq!(app.ask(delete.clone(), &path(others), Some(&stranger), None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.ask(delete.clone(), &path(others), Some(&mine), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.ask(delete.clone(), "/v1/sessions/current", Some(&mine), None).await.status, StatusCode::NO_CONTENT);
    app.hub.accounts.watch().poll().await.unwrap();
    for token in [mine, other] {
        let answer = app.get("/v1/me", &token).await;
        assert_eq!(answer.body["type"], "/problems/session_revoked");
    }
    assert_eq!(app.get("/v1/me", &stranger).await.status, StatusCode::OK);
}

#[tokio::test]
async fn ones_own_record_and_password_are_ones_own() {
    let app = app().await;
    let token = app.token("acme", "wang").await;
    let me = app.get("/v1/me", &token).await;
    assert_eq!((&me.body["username"], &me.body["contact"]["mobile"]), (&json!("wang"), &json!("13800138000")));
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let wrong = app.ask(Method::POST, "/v1/me/password", Some(&token), Some(change("x", "password2"))).await;
    assert_eq!(
        (wrong.status, &wrong.body["fields"][0]["at"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/current_password"))
    );
    let done = app.ask(Method::POST, "/v1/me/password", Some(&token), Some(change(PASSWORD, "password2"))).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn lists_page_by_link_and_refuse_a_tampered_cursor() {
    let app = app().await;
    let token = app.token("acme", "wang").await;
    let wang = app.user("acme", "wang").await;
    for n in 0..3 {
        let cause = format!("cause/{n}");
        let notice = Notice { cause: &cause, at: Millis(n), kind: "test", body: json!({"n": n}) };
        app.hub.accounts.notify(wang, &notice).await.unwrap();
    }
    let mut path = "/v1/notifications?unread=true&limit=2".to_owned();
    let first = app.get(&path, &token).await;
    assert_eq!((&first.body["items"][0]["body"]["n"], &first.body["unread"]), (&json!(2), &json!(3)));
    assert_eq!(first.body["items"][0]["at"], "1970-01-01T08:00:00.002+08:00");
    let link = first.headers["link"].to_str().unwrap();
    let next = link.strip_prefix("<?").unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    path = format!("/v1/notifications?{next}");
    let second = app.get(&path, &token).await;
    assert_eq!(second.body["items"].as_array().unwrap().len(), 1);
    assert!(second.headers.get("link").is_none() && second.body.get("next").is_none());
    for list in ["/v1/notifications", "/v1/enterprises"] {
        let tampered = app.get(&format!("{list}?cursor=AAAA"), &token).await;
        assert_eq!((tampered.status, &tampered.body["fields"][0]["at"]), (StatusCode::BAD_REQUEST, &json!("/cursor")));
    }
    let ids = json!({"ids": [first.body["items"][0]["id"]]});
    let read = app.ask(Method::POST, "/v1/notifications/read", Some(&token), Some(ids)).await;
    assert_eq!(read.body, json!({"unread": 2}));
    let stranger = app.token("beta", "wang").await;
    assert_eq!(app.get("/v1/notifications", &stranger).await.body["items"], json!([]));
    let found = app.get("/v1/enterprises?q=%E8%B4%9D", &token).await;
    assert_eq!(found.body["items"][0]["name"], "贝塔公司");
}

/// What guests may read: a registration begins with it.
const PUBLIC: [&str; 10] = [
    "/v1/uploads/{id}/content",
    "/v1/event",
    "/v1/taxonomies/{name}",
    "/v1/flows",
    "/v1/openapi.json",
    "/v1/asyncapi.json",
    "/v1/showcase/booths",
    "/v1/showcase/booths/{id}",
    "/v1/showcase/exhibits",
    "/v1/showcase/exhibits/{id}",
];
/// Where those who are nobody yet come in.
const DOORS: [&str; 8] = [
    "/v1/sessions",
    "/v1/sessions/refresh",
    "/v1/registrations/codes",
    "/v1/registrations/enterprise",
    "/v1/registrations/individual",
    "/v1/registrations/media",
    "/v1/password-resets",
    "/v1/password-resets/confirm",
];

#[test]
fn every_route_has_a_right_and_a_class() {
    let rows = rows();
    assert!(rows.len() > 20, "the walk found the routes");
    for Route { rules, .. } in rows {
        let is_open = rules.right == Right::Anyone;
        let signs_in = DOORS.contains(&rules.path) && rules.method == Method::POST;
        let is_public = PUBLIC.contains(&rules.path) && rules.method == Method::GET;
        assert_eq!(is_open, signs_in || is_public, "{} {} is open to guests", rules.method, rules.path);
        assert_ne!(rules.class, limits::Class::Free, "{} {} is not counted", rules.method, rules.path);
    }
    for Route { rules, .. } in documents() {
        assert_eq!((rules.method, rules.right), (Method::GET, Right::Anyone), "{}", rules.path);
        assert_ne!(rules.class, limits::Class::Free, "{} is not counted", rules.path);
    }
}

#[tokio::test]
async fn no_route_but_signing_in_answers_without_a_token() {
    let app = app().await;
    for Route { rules, .. } in rows().into_iter().filter(|row| row.rules.right != Right::Anyone) {
        let path = rules.path.replace("{id}", "0000000000001").replace("{uid}", "0000000000001");
        let answer = app.ask(rules.method.clone(), &path, None, None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} {path}", rules.method);
    }
}

#[tokio::test]
async fn a_single_object_has_a_tag_that_saves_reading_it_again_and_losing_a_change() {
    let app = app().await;
    let token = app.token("acme", "admin").await;
    let wang = app.user("acme", "wang").await;
    let path = format!("/v1/enterprises/{}/users/{wang}", app.acme);
    let ask = |method: Method, name: &'static str, tag: String, body: Option<Value>| {
        let mut request =
            Request::builder().method(method).uri(&path).header("authorization", format!("Bearer {token}"));
        request = request.header(name, tag).header("content-type", "application/json");
        let peer: SocketAddr = "192.0.2.1:4242".parse().unwrap();
        let body = body.map_or_else(HttpBody::empty, |body| HttpBody::from(body.to_string()));
        app.router.clone().oneshot(request.extension(ConnectInfo(peer)).body(body).unwrap())
    };
    let tag = |response: &Response| response.headers()["etag"].to_str().unwrap().to_owned();
    let first = ask(Method::GET, "x-none", String::new(), None).await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let held = ask(Method::GET, "if-none-match", tag(&first), None).await.unwrap();
    assert_eq!(held.status(), StatusCode::NOT_MODIFIED);
    let duty = |word: &str| Some(json!({ "duty": word }));
    let changed = ask(Method::PATCH, "if-match", tag(&first), duty("other")).await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(tag(&changed), tag(&first));
    let stale = ask(Method::PATCH, "if-match", tag(&first), duty("consultant")).await.unwrap();
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED, "somebody changed it meanwhile");

    let weak = |of: &Response| format!("W/{}", tag(of));
    let meant = ask(Method::PATCH, "if-match", weak(&changed), duty("consultant")).await.unwrap();
    assert_eq!(meant.status(), StatusCode::PRECONDITION_FAILED, "a weak tag names no version to change");
    let held = ask(Method::GET, "if-none-match", weak(&changed), None).await.unwrap();
    assert_eq!(held.status(), StatusCode::NOT_MODIFIED, "but one to keep");
    let held = ask(Method::GET, "if-none-match", format!("W/{}", weak(&changed)), None).await.unwrap();
    assert_eq!(held.status(), StatusCode::OK, "that is no tag");
    let listed = format!("\"other\", {}", tag(&changed));
    let meant = ask(Method::PATCH, "if-match", listed, duty("consultant")).await.unwrap();
    assert_eq!(meant.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_key_names_one_request() {
    let app = app().await;
    let token = app.token("acme", "admin").await;
    let beta = app.hub.accounts.find_enterprise("beta").await.unwrap().unwrap().id;
    let acme = app.acme;
    let start = |id: EnterpriseId| {
        let body = json!({ "target": { "kind": "enterprise", "id": id } }).to_string();
        let peer: SocketAddr = "192.0.2.1:4242".parse().unwrap();
        let request = Request::builder().method(Method::POST).uri("/v1/negotiations").extension(ConnectInfo(peer));
        let request = request.header("authorization", format!("Bearer {token}")).header("idempotency-key", "one");
        let request = request.header("content-type", "application/json").body(HttpBody::from(body)).unwrap();
        let router = app.router.clone();
        async move {
            let response = router.oneshot(request).await.unwrap();
            let status = response.status();
            (status, to_bytes(response.into_body(), 1 << 20).await.unwrap())
        }
    };
    let first = start(beta).await;
    assert_eq!(first.0, StatusCode::CREATED, "{:?}", first.1);
    let repeated = start(beta).await;
    assert_eq!((repeated.0, &repeated.1), (StatusCode::OK, &first.1), "the answer that it had");
    let other = start(acme).await;
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY, "{:?}", other.1);
}
