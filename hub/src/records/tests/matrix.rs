//! Made from the rows: every route, asked by everybody about their own and about other people's objects; and every body
//! with fields that nobody may set.

use serde_json::Map;

use super::*;
use crate::describe::Rules;
use crate::describe::Takes;
use crate::policy;
use crate::principal::Principal;

/// Nobody's id.
const NOBODY: &str = "0000000000001";
/// Fields that only the hub sets, wherever they exist.
const PLANTED: &[&str] = &["role", "state", "owner", "id", "version", "admin"];
/// Who acts for the team that most fixtures belong to.
const ACME: &[&str] = &["administrator", "consultant", "representative", "other staff"];
const ACME_AND_COMMITTEE: &[&str] = &["administrator", "consultant", "representative", "other staff", "committee"];
const APPLICANT: &[&str] =
    &["administrator", "consultant", "representative", "other staff", "institution", "committee"];
/// Of a team's file that a record has not taken: its administrator, and the committee.
const UPLOADER_AND_COMMITTEE: &[&str] = &["administrator", "committee"];
const HOST_AND_COMMITTEE: &[&str] = &["institution", "committee"];

/// An object that is there, with the routes below it. Of several that begin a path the first counts.
struct Fixture {
    /// How the templates of its routes begin.
    start: &'static str,
    values: Vec<(&'static str, String)>,
    /// Who may know of it: to all others it is not found.
    seen_by: &'static [&'static str],
    /// Who of them may change it, or add to it.
    changed_by: &'static [&'static str],
    /// Everybody may: there what is not allowed is forbidden, and no secret.
    is_public: bool,
}

impl Fixture {
    /// For whom a route of it finds it.
    fn known_to(&self, rules: &Rules) -> &'static [&'static str] {
        if sends(rules) { self.changed_by } else { self.seen_by }
    }
}

/// Somebody who asks.
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) token: Option<String>,
    who: Option<Principal>,
}

pub(super) struct Matrix {
    pub(super) app: App,
    pub(super) roles: Vec<Role>,
    fixtures: Vec<Fixture>,
}

impl Matrix {
    pub(super) async fn make() -> Self {
        let app = app().await;
        team(&app.hub, "gamma", "伽马公司").await;
        let mut roles = vec![Role { name: "guest", token: None, who: None }];
        for (name, identifier, username) in [
            ("administrator", "acme", "admin"),
            ("consultant", "acme", "wang"),
            ("representative", "acme", "zhao"),
            ("other staff", "acme", "qian"),
            ("foreign administrator", "gamma", "admin"),
            ("individual", "", "visitor"),
            ("institution", "host", "admin"),
            ("foreign institution", "other-host", "admin"),
            ("committee", "committee", "admin"),
        ] {
            person(&app, identifier, username, name).await;
            let token = token(&app, identifier, username).await;
            let who = app.hub.gate.authenticate(&token).unwrap();
            roles.push(Role { name, token: Some(token), who: Some(who) });
        }
        let fixtures = fixtures(&app).await;
        Self { app, roles, fixtures }
    }

    /// The route's path, to the fixtures' object where there is one, and to nobody's else.
    fn path(&self, template: &str) -> (String, Option<&Fixture>) {
        let known = self.fixtures.iter().find(|fixture| template.starts_with(fixture.start));
        let values = known.map_or(&[][..], |fixture| fixture.values.as_slice());
        let named = |(name, _): &&(&str, String)| template.contains(&format!("{{{name}}}"));
        let has_all = template.matches('{').count() == values.iter().filter(named).count();
        (filled(template, values), known.filter(|_| has_all && template.contains('{')))
    }

    /// Of the version that is there, where one is asked for.
    async fn change(&self, rules: &Rules, path: &str, role: &Role, body: Value) -> Answer {
        let asks = rules.doc.as_ref().is_some_and(|doc| doc.if_match.is_some());
        let tag = if asks { self.tag(path, role).await } else { None };
        self.app.ask_of(tag.as_deref(), rules.method.clone(), path, role.token.as_deref(), Some(body)).await
    }

    /// As the path shows it, else one above it: a step's lies below its record.
    async fn tag(&self, path: &str, role: &Role) -> Option<String> {
        let above = path.rsplit_once('/')?.0;
        for path in [path, above] {
            let stands = self.app.ask(Method::GET, path, role.token.as_deref(), None).await;
            if let Some(tag) = stands.headers.get("etag") {
                return Some(tag.to_str().unwrap().to_owned());
            }
        }
        None
    }

    async fn ask(&self, rules: &Rules, path: &str, role: &Role, body: Option<Value>) -> Answer {
        self.app.ask(rules.method.clone(), path, role.token.as_deref(), body).await
    }
}

/// An individual signs in without an identifier.
async fn token(app: &App, identifier: &str, username: &str) -> String {
    if !identifier.is_empty() {
        return app.token(identifier, username).await;
    }
    let body = json!({"username": username, "password": PASSWORD});
    text(&app.ask(Method::POST, "/v1/sessions", None, Some(body)).await.body["access_token"])
}

/// The template with these parameters; nobody's id where there is none.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    let step = |step: &str| match step.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        None => step.to_owned(),
        Some(name) => {
            values.iter().find(|(known, _)| *known == name).map_or(NOBODY.to_owned(), |(_, value)| value.clone())
        }
    };
    template.split('/').map(step).collect::<Vec<_>>().join("/")
}

async fn person(app: &App, identifier: &str, username: &str, name: &str) {
    if !identifier.is_empty() && app.hub.accounts.find_enterprise(identifier).await.unwrap().is_none() {
        let kind = if identifier == "committee" { Kind::Committee } else { Kind::Institution };
        let new = NewEnterprise { kind, identifier: identifier.into(), name: name.into(), name_en: None };
        app.hub.accounts.create_enterprise(new).await.unwrap();
    }
    let team = app.hub.accounts.find_enterprise(identifier).await.unwrap();
    let kind = team.as_ref().map(|team| team.kind);
    let duty = match (kind, name) {
        (Some(Kind::Enterprise), "other staff") => Some(fair::Duty::Other),
        (Some(Kind::Enterprise), "representative") => Some(fair::Duty::Representative),
        (Some(Kind::Enterprise), _) => Some(fair::Duty::Consultant),
        _ => None,
    };
    let new = NewUser {
        enterprise: team.map(|team| team.id),
        username: username.into(),
        name: None,
        duty,
        admin: username == "admin",
        password: Some(PASSWORD.into()),
        contact: Contact { mobile: Some("13800138000".into()), email: None },
    };
    match app.hub.accounts.create_user(new).await {
        Ok(_) | Err(fair::Error::Conflict(_)) => {}
        Err(other) => panic!("{identifier} {username}: {other}"),
    }
}

async fn fixtures(app: &App) -> Vec<Fixture> {
    let beta = app.hub.accounts.find_enterprise("beta").await.unwrap().unwrap().id;
    let token = app.token("acme", "admin").await;
    let start = json!({"target": {"kind": "enterprise", "id": beta}});
    let started = app.ask(Method::POST, "/v1/negotiations", Some(&token), Some(start)).await;
    let uid = app.user("acme", "wang").await.to_string();
    fair::attendance::submit(app.hub.ground.flows(), app.acme, false).await.unwrap();
    let host = app.hub.accounts.find_enterprise("host").await.unwrap().unwrap().id;
    let desk = app.token("host", "admin").await;
    let codes = format!("/v1/institutions/{host}/invitation-codes");
    let issued = app.ask(Method::POST, &codes, Some(&desk), Some(json!({"count": 2}))).await;
    let [used, unused] = [0, 1].map(|n| text(&issued.body["items"][n]["code"]));
    let applied = app.ask(Method::POST, "/v1/exhibitor-applications", Some(&token), Some(application(&used))).await;
    let booth = app.ask(Method::POST, "/v1/booths", Some(&token), Some(json!({"name": "顶点展台"}))).await;
    let booth = text(&booth.body["id"]);
    let exhibit = app.ask(Method::POST, "/v1/exhibits", Some(&token), Some(json!({"booth": booth}))).await;
    let order = orders::ordered(app, beta).await;
    orders::show(app, beta, None, fair::showcase::Standing::Public).await;
    let report = json!({"about": "booth", "subject": orders::BOOTH, "ground": "fraud", "text": "假"});
    let report = app.ask(Method::POST, "/v1/reports", Some(&token), Some(report)).await;
    let photo = app.upload(&token, "id_photo", portrait::portrait()).await;
    let fixture = |start, name, value: String, seen_by, is_public| {
        let values = vec![(name, value), ("uid", uid.clone())];
        Fixture { start, values, seen_by, changed_by: seen_by, is_public }
    };
    let acme = app.acme.to_string();
    vec![
        fixture("/v1/enterprises/{id}/users/{uid}/document", "id", acme.clone(), ACME_AND_COMMITTEE, false),
        Fixture {
            changed_by: ACME,
            ..fixture("/v1/enterprises/{id}/users", "id", acme.clone(), ACME_AND_COMMITTEE, false)
        },
        fixture("/v1/enterprises/{id}/review", "id", acme.clone(), ACME_AND_COMMITTEE, false),
        fixture("/v1/enterprises/{id}", "id", acme, ACME, true),
        fixture("/v1/negotiations/{id}", "id", text(&started.body["conversation"]), ACME, false),
        fixture("/v1/booths/{id}", "id", booth, APPLICANT, false),
        fixture("/v1/exhibits/{id}", "id", text(&exhibit.body["id"]), APPLICANT, false),
        fixture("/v1/exhibitor-applications/{id}", "id", text(&applied.body["id"]), APPLICANT, false),
        fixture("/v1/orders/{id}", "id", order, ACME_AND_COMMITTEE, false),
        fixture("/v1/reports/{id}", "id", text(&report.body["id"]), ACME_AND_COMMITTEE, false),
        Fixture {
            changed_by: &["administrator"],
            ..fixture("/v1/uploads/{id}", "id", photo, UPLOADER_AND_COMMITTEE, false)
        },
        fixture("/v1/institutions/{id}", "id", host.to_string(), HOST_AND_COMMITTEE, false),
        fixture("/v1/invitation-codes/{code}/issuer", "code", unused.clone(), HOST_AND_COMMITTEE, true),
        fixture("/v1/invitation-codes/{code}", "code", unused, HOST_AND_COMMITTEE, false),
    ]
}

pub(super) fn application(code: &str) -> Value {
    json!({
        "contact_name": "张三", "contact_position": "middle", "contact_phone": "13800138000",
        "contact_email": "zhangsan@example.com", "exhibiting_type": "online", "invitation_code": code,
        "purposes": ["trends"], "content": "文化服务产品", "needs": "合作伙伴", "nature": "other",
        "industry": "transport.sea-freight", "registered_place": "mainland.130100", "company_type": "domestic",
        "fortune_500": false, "introduction": "一".repeat(50),
    })
}

fn all() -> Vec<Rules> {
    description::rules()
}

fn sends(rules: &Rules) -> bool {
    rules.method != Method::GET
}

/// What a change is sent with: nothing that any of them takes, so that none is made.
fn nonsense(rules: &Rules) -> Option<Value> {
    sends(rules).then(|| json!({"no_such_field": true}))
}

#[tokio::test]
async fn every_route_is_refused_to_whoever_has_not_its_right() {
    let matrix = Matrix::make().await;
    let mut refused = 0;
    for rules in all() {
        let (path, _) = matrix.path(rules.path);
        for role in &matrix.roles {
            let Err(code) = policy::allow(role.who.as_ref(), rules.right, true) else { continue };
            let answer = matrix.ask(&rules, &path, role, nonsense(&rules)).await;
            let title = answer.body["title"].as_str();
            assert_eq!(title, Some(code.text()), "{} {path} by {}: {}", rules.method, role.name, answer.body);
            refused += 1;
        }
    }
    assert!(refused > 60, "the walk asked: {refused}");
}

#[tokio::test]
async fn other_peoples_objects_and_nobodys_are_not_found() {
    let matrix = Matrix::make().await;
    let mut hidden = 0;
    for rules in all().into_iter().filter(|rules| rules.path.contains('{')) {
        let nobodys = filled(rules.path, &[]);
        for role in &matrix.roles {
            if policy::allow(role.who.as_ref(), rules.right, true).is_err() {
                continue;
            }
            let (known, fixture) = matrix.path(rules.path);
            let is_hidden = |fixture: &&Fixture| !fixture.is_public && !fixture.known_to(&rules).contains(&role.name);
            let foreign = fixture.filter(is_hidden).map(|_| known);
            for path in foreign.into_iter().chain([nobodys.clone()]) {
                let takes = rules.doc.as_ref().map(|doc| doc.takes.clone());
                let body = if matches!(takes, Some(Takes::Json(_)) | None) { nonsense(&rules) } else { None };
                let answer = matrix.ask(&rules, &path, role, body).await;
                // A body may be refused before its object is looked for: that says nothing of the object.
                let unread = sends(&rules) && [400, 422, 428].contains(&answer.status.as_u16());
                let ok = answer.status == StatusCode::NOT_FOUND || unread;
                assert!(ok, "{} {path} by {}: {} {}", rules.method, role.name, answer.status, answer.body);
                hidden += 1;
            }
        }
    }
    assert!(hidden > 60, "the walk asked: {hidden}");
}

#[tokio::test]
async fn ones_own_objects_are_there_for_whoever_has_the_right() {
    let matrix = Matrix::make().await;
    let mut shown = 0;
    for rules in all() {
        let takes_object =
            rules.doc.as_ref().is_some_and(|doc| matches!(doc.takes, Takes::Json(_) | Takes::MaybeJson(_)));
        let (path, fixture) = matrix.path(rules.path);
        // What changes something without a body would change it.
        if (sends(&rules) && !takes_object) || (rules.path.contains('{') && fixture.is_none()) {
            continue;
        }
        let seen_by = fixture.map_or(ACME, |fixture| fixture.known_to(&rules));
        for role in matrix.roles.iter().filter(|role| seen_by.contains(&role.name)) {
            if policy::allow(role.who.as_ref(), rules.right, true).is_err() {
                continue;
            }
            let answer = matrix.ask(&rules, &path, role, nonsense(&rules)).await;
            let expected: &[u16] = if sends(&rules) { &[400, 422, 428] } else { &[200] };
            let status = answer.status.as_u16();
            assert!(expected.contains(&status), "{} {path} by {}: {status} {}", rules.method, role.name, answer.body);
            shown += 1;
        }
    }
    assert!(shown > 60, "the walk asked: {shown}");
}

#[tokio::test]
async fn no_body_sets_what_only_the_hub_sets() {
    let matrix = Matrix::make().await;
    let mut refused = 0;
    for rules in all() {
        let Some(Takes::Json(schema) | Takes::MaybeJson(schema)) = rules.doc.as_ref().map(|doc| doc.takes.clone())
        else {
            continue;
        };
        let known = properties(&rules, &schema);
        let (path, fixture) = matrix.path(rules.path);
        let seen_by = fixture.map_or(ACME, |fixture| fixture.known_to(&rules));
        let may = |role: &&Role| policy::allow(role.who.as_ref(), rules.right, true).is_ok();
        let own = matrix.roles.iter().find(|role| may(role) && seen_by.contains(&role.name));
        let role = own.or_else(|| matrix.roles.iter().find(may)).unwrap();
        for planted in PLANTED.iter().filter(|planted| !known.contains_key(**planted)) {
            let answer = matrix.change(&rules, &path, role, json!({*planted: "x"})).await;
            let at = format!("/{planted}");
            let named =
                answer.body["fields"].as_array().is_some_and(|fields| fields.iter().any(|field| field["at"] == at));
            let unlooked =
                rules.path.contains('{') && fixture.is_none() && [404, 428].contains(&answer.status.as_u16());
            assert!(named || unlooked, "{} {path} with {planted}: {} {}", rules.method, answer.status, answer.body);
            refused += usize::from(named);
        }
    }
    assert!(refused > 60, "the walk asked: {refused}");
}

fn properties(rules: &Rules, schema: &Value) -> Map<String, Value> {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    let named = name.and_then(|name| rules.doc.as_ref().and_then(|doc| doc.named.schemas.get(name)));
    named.unwrap_or(schema)["properties"].as_object().cloned().unwrap_or_default()
}
