//! Many at once over REST, on the real program and on either store: of all who want one name, one identifier, one username,
//! one document or one code, one gets it, and the others are left with nothing but what they came with. And a program that
//! is killed among registrations: each is whole or absent, and can be made again.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use storage::{Clock, Entropy};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::cql;
use crate::harness::http::{Answer, ask_from};
use crate::process::{Serving, Site, kills};
use crate::socket::raw::PATIENCE;

const PASSWORD: &str = "password1";
/// Who want one thing at once.
const WRITERS: usize = 32;
/// An answer that was lost on the way is asked for again so often.
const TRIES_MAX: u32 = 20;
/// Kills that may come too late, before one that cuts something off.
const LATE_MAX: u32 = 12;
/// Registrations under way when the program is killed.
const UNDER_WAY: usize = 4;
const KILLS: u32 = 5;
/// Over a CQL server each start takes some seconds.
const KILLS_OVER_CQL: u32 = 3;

/// Somebody about to register: a phone, a machine, and the code that came.
#[derive(Clone)]
struct Applicant {
    n: usize,
    code: String,
}

impl Applicant {
    fn mobile(n: usize) -> String {
        format!("139{n:08}")
    }

    /// Each has limits of its own.
    fn machine(n: usize) -> Ipv4Addr {
        let [.., high, low] = u32::try_from(n).unwrap().to_be_bytes();
        Ipv4Addr::new(127, 1, high, low)
    }

    /// An enterprise of theirs alone, with this in its place.
    fn enterprise(&self, more: &Value) -> Value {
        let n = self.n;
        let mut form = json!({
            "username": "chief", "password": PASSWORD, "mobile": Self::mobile(n), "code": self.code, "agreement": true,
            "identifier": format!("team-{n:05}"), "enterprise_name": format!("第{n:05}家公司"), "entry": "exhibitor",
            "place": "mainland.110105", "address": "朝阳区1号", "industry": "transport.sea-freight",
            "interests": ["general-transport-sea-freight"],
        });
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        form
    }

    fn visitor(&self, username: &str) -> Value {
        json!({"username": username, "password": PASSWORD, "mobile": Self::mobile(self.n), "code": self.code,
            "agreement": true, "name": "某人"})
    }

    /// As often as it takes to be answered.
    async fn register(&self, at: SocketAddr, class: &str, form: &Value) -> Answer {
        let request = format!("POST /v1/registrations/{class}");
        for _ in 0..TRIES_MAX {
            let answer = ask_from(Self::machine(self.n), at, &request, None, "", Some(form)).await.unwrap();
            if answer.status < 500 {
                return answer;
            }
        }
        panic!("{request} is not answered");
    }
}

/// Codes for so many, from the first on.
async fn applicants(at: SocketAddr, first: usize, count: usize) -> Vec<Applicant> {
    for n in first..first + count {
        let body = json!({"channel": "sms", "to": Applicant::mobile(n)});
        let asked = ask_from(Applicant::machine(n), at, "POST /v1/registrations/codes", None, "", Some(&body)).await;
        assert_eq!(asked.unwrap().status, 202);
    }
    let all = async {
        let mut look_every = interval(Duration::from_millis(100));
        loop {
            look_every.tick().await;
            let shown = ask_from(Ipv4Addr::LOCALHOST, at, "GET /demo/messages", None, "", None).await.unwrap().body();
            let code = |n: usize| {
                let to = format!("+86{}", Applicant::mobile(n));
                let mut items = shown.as_array().unwrap().iter();
                let code = items.find(|item| item["to"] == to)?["params"]["code"].as_str().unwrap().to_owned();
                Some(Applicant { n, code })
            };
            let there: Vec<_> = (first..first + count).filter_map(code).collect();
            if there.len() == count {
                return there;
            }
        }
    };
    timeout(PATIENCE, all).await.expect("the codes in time")
}

async fn sign_in(
    at: SocketAddr,
    from: Ipv4Addr,
    identifier: Option<&str>,
    username: &str,
    password: &str,
) -> Option<Value> {
    let mut login = json!({"username": username, "password": password});
    if let Some(identifier) = identifier {
        login["identifier"] = json!(identifier);
    }
    let answer = ask_from(from, at, "POST /v1/sessions", None, "", Some(&login)).await.unwrap();
    (answer.status == 201).then(|| answer.body())
}

/// How many enterprises have a name that begins so.
async fn listed(at: SocketAddr, token: &str, query: &str) -> usize {
    let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let request = format!("GET /v1/enterprises?q={query}");
    let found = ask_from(Ipv4Addr::LOCALHOST, at, &request, Some(token), "", None).await.unwrap().body();
    found["items"].as_array().unwrap().len()
}

/// Takes who won out of those who ran; all others were told at which field another was first.
fn one_wins(answers: &[Answer], running: &mut Vec<Applicant>, refusal: &Value) -> Applicant {
    let (won, lost): (Vec<_>, Vec<_>) = (0..answers.len()).partition(|at| answers[*at].status == 201);
    assert_eq!((won.len(), lost.len()), (1, WRITERS - 1), "{refusal}");
    for at in lost {
        assert_eq!((answers[at].status, answers[at].problem().as_str()), (409, "conflict"), "{}", answers[at].text);
        assert_eq!(answers[at].body().get("fields").unwrap_or(&Value::Null), refusal);
    }
    running.remove(won[0])
}

fn taken(at: &str) -> Value {
    json!([{"at": at, "code": "taken"}])
}

async fn race(site: &Site) {
    let serving = site.serve();
    let at = serving.address;
    let mut running = applicants(at, 0, WRITERS + 3).await;
    let first = |running: &Vec<Applicant>| running.iter().take(WRITERS).cloned().collect::<Vec<_>>();
    for (field, more) in [
        ("/identifier", json!({"identifier": "one-team"})),
        ("/enterprise_name", json!({"enterprise_name": "同名（集团）有限公司"})),
    ] {
        let all = first(&running);
        let forms: Vec<_> = all.iter().map(|one| one.enterprise(&more)).collect();
        let answers = all.iter().zip(&forms).map(|(one, form)| one.register(at, "enterprise", form));
        let winner = one_wins(&join_all(answers).await, &mut running, &taken(field));
        let again = winner.register(at, "enterprise", &winner.enterprise(&more)).await;
        assert_eq!(again.status, 201, "who won is told so again");
    }
    let all = first(&running);
    let forms: Vec<_> = all.iter().map(|one| one.visitor("One-Visitor")).collect();
    let answers = all.iter().zip(&forms).map(|(one, form)| one.register(at, "individual", form));
    one_wins(&join_all(answers).await, &mut running, &taken("/username"));

    same_code(at, &mut running).await;
    // What the others came with is theirs: nothing of what they had claimed is held.
    let forms: Vec<_> = running.iter().map(|one| one.enterprise(&json!({}))).collect();
    let answers = running.iter().zip(&forms).map(|(one, form)| one.register(at, "enterprise", form));
    for answer in join_all(answers).await {
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let token = sign_in(at, Ipv4Addr::LOCALHOST, Some("one-team"), "CHIEF", PASSWORD).await.unwrap();
    let token = token["access_token"].as_str().unwrap();
    assert_eq!((listed(at, token, "同名").await, listed(at, token, "one-team").await), (1, 1));
    assert!(sign_in(at, Ipv4Addr::LOCALHOST, None, "one-visitor", PASSWORD).await.is_some());
    one_document(at).await;
    serving.kill();
}

/// One code, and as many different forms with it: one account. Who is not told that the code has done its work is told to
/// come back: each try counts as a guess until it is known to be none.
async fn same_code(at: SocketAddr, running: &mut Vec<Applicant>) {
    let owner = running.remove(0);
    let more = |n: usize| json!({"identifier": format!("code-{n}"), "enterprise_name": format!("同码{n}")});
    let forms: Vec<_> = (0..WRITERS).map(|n| owner.enterprise(&more(n))).collect();
    let answers = join_all(forms.iter().map(|form| owner.register(at, "enterprise", form))).await;
    let (won, lost): (Vec<_>, Vec<_>) = (0..WRITERS).partition(|n| answers[*n].status == 201);
    assert_eq!((won.len(), lost.len()), (1, WRITERS - 1));
    for n in &lost {
        let problem = (answers[*n].status, answers[*n].problem());
        assert!([(409, "conflict".to_owned()), (429, "rate_limited".to_owned())].contains(&problem), "{problem:?}");
    }
    // Another's code gets one of the names that were lost.
    let other = running.remove(0);
    let registered = other.register(at, "enterprise", &other.enterprise(&more(lost[0]))).await;
    assert_eq!(registered.status, 201, "{}", registered.text);
}

/// One document for as many people of a team.
async fn one_document(at: SocketAddr) {
    let chief = sign_in(at, Ipv4Addr::LOCALHOST, Some("huaxin"), "admin", "fairhub2026").await.unwrap();
    let token = chief["access_token"].as_str().unwrap();
    let request = format!("POST /v1/enterprises/{}/users", chief["user"]["enterprise"]["id"].as_str().unwrap());
    let person = |n: usize, number: &str| {
        json!({"username": format!("person-{n}"), "nationality": "overseas.DE", "real_name_en": "Anna Berg",
            "gender": "female", "document_type": "passport", "document_number": number, "birthday": "1990-01-01",
            "email": "anna@example.com", "duty": "other", "position": "junior"})
    };
    let create = async |sent: Value| loop {
        let answer = ask_from(Ipv4Addr::LOCALHOST, at, &request, Some(token), "", Some(&sent)).await.unwrap();
        if answer.status < 500 {
            break answer;
        }
    };
    let answers = join_all((0..WRITERS).map(|n| create(person(n, "C01X00T47")))).await;
    let (won, lost): (Vec<_>, Vec<_>) = (0..WRITERS).partition(|n| answers[*n].status == 201);
    assert_eq!((won.len(), lost.len()), (1, WRITERS - 1));
    for n in &lost {
        assert_eq!(answers[*n].body()["fields"], taken("/document_number"), "{}", answers[*n].text);
    }
    let own = create(person(lost[0], "C01X00T48")).await;
    assert_eq!(own.status, 201, "the username is still theirs: {}", own.text);
}

fn demo(more: &[String]) -> Site {
    Site::with(&[&["--demo", "--demo-history=false"].map(str::to_owned)[..], more].concat())
}

fn over_cql(server: &str) -> Site {
    let site = demo(&[format!("--store={}", cql::keyspace(server))]);
    site.admin(&["init-store"], "");
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_two_who_want_one_thing_over_rest_one_gets_it() {
    race(&demo(&[])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_two_over_cql_who_want_one_thing_one_gets_it() {
    let Some(server) = cql::server() else { return };
    race(&over_cql(&server)).await;
}

/// Registers some at once, and kills the program when `life` is over, or they are; what each heard.
async fn cut(serving: Serving, all: &[Applicant], life: Duration) -> Vec<Option<Answer>> {
    let at = serving.address;
    let mut under_way = JoinSet::new();
    for (place, one) in all.iter().cloned().enumerate() {
        under_way.spawn(async move {
            let (request, form) = ("POST /v1/registrations/enterprise", one.enterprise(&json!({})));
            let heard = ask_from(Applicant::machine(one.n), at, request, None, "", Some(&form)).await.ok();
            (place, heard)
        });
    }
    let mut all = pin!(under_way.join_all());
    let early = timeout(life, &mut all).await;
    serving.kill();
    let mut heard = match early {
        Ok(heard) => heard,
        Err(_cut) => all.await,
    };
    heard.sort_by_key(|(place, _)| *place);
    heard.into_iter().map(|(_, heard)| heard).collect()
}

async fn killed_among_registrations(site: &Site, kills: u32) {
    let (entropy, clock) = (Entropy::seeded(kills.into()), Clock::system());
    let mut next = 0;
    let mut some = async |at: SocketAddr| {
        next += UNDER_WAY;
        applicants(at, next, UNDER_WAY).await
    };
    // How long they take when nobody interferes.
    let serving = site.serve();
    let all = some(serving.address).await;
    let begun = clock.tick();
    let heard = cut(serving, &all, PATIENCE).await;
    let mut took = Duration::from_millis(clock.tick().since_ms(begun).unsigned_abs());
    assert!(heard.iter().all(|answer| answer.as_ref().is_some_and(|answer| answer.status == 201)));
    let (mut whole, mut absent, mut kill) = (0, 0, 0);
    while kill < kills || (absent == 0 && kill < kills + LATE_MAX) {
        let serving = site.serve();
        let all = some(serving.address).await;
        // Half of the time goes by before the first is written at all.
        let share = 0.25 + (entropy.draw() % 1_000) as f64 / 1_333.0;
        let heard = cut(serving, &all, took.mul_f64(share)).await;
        if heard.iter().all(Option::is_some) {
            // The machine was busier when the time was taken than it is now.
            took = took.mul_f64(0.6);
        }
        let serving = site.serve();
        for (one, heard) in all.iter().zip(heard) {
            let is_whole = is_whole_or_absent(serving.address, one, heard, kill).await;
            *(if is_whole { &mut whole } else { &mut absent }) += 1;
        }
        serving.kill();
        kill += 1;
    }
    eprintln!(
        "{kill} kills among {UNDER_WAY} registrations of {took:?}: {whole} whole, {absent} not yet, at the next start"
    );
    assert!(absent > 0, "every kill came too late to cut anything off");
}

/// Whether it was whole at the start; in the end it is, once, by the same form again.
async fn is_whole_or_absent(at: SocketAddr, one: &Applicant, heard: Option<Answer>, kill: u32) -> bool {
    let (identifier, name) = (format!("team-{:05}", one.n), format!("第{:05}家公司", one.n));
    let sign_in = async || sign_in(at, Applicant::machine(one.n), Some(&identifier), "chief", PASSWORD).await;
    let before = sign_in().await;
    assert!(heard.is_none() || before.is_some(), "kill {kill}: what was answered stands");
    let again = one.register(at, "enterprise", &one.enterprise(&json!({}))).await;
    assert_eq!(again.status, 201, "kill {kill}: {}", again.text);
    if let Some(heard) = heard {
        assert_eq!((heard.status, heard.body()), (201, again.body()), "kill {kill}");
    }
    let session = sign_in().await.expect("it can sign in");
    assert_eq!(session["user"]["id"], again.body()["id"]);
    if let Some(before) = &before {
        assert_eq!(before["user"], session["user"], "kill {kill}: whoever signed in stays who they are");
    }
    let token = session["access_token"].as_str().unwrap();
    assert_eq!((listed(at, token, &name).await, listed(at, token, &identifier).await), (1, 1), "kill {kill}");
    let users = format!("GET /v1/enterprises/{}/users", again.body()["enterprise"].as_str().unwrap());
    let team = ask_from(Ipv4Addr::LOCALHOST, at, &users, Some(token), "", None).await.unwrap().body();
    assert_eq!(team["items"].as_array().unwrap().len(), 1, "kill {kill}");
    before.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_killed_among_registrations_leaves_each_whole_or_absent() {
    killed_among_registrations(&demo(&[]), kills(KILLS)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_killed_over_cql_among_registrations_leaves_each_whole_or_absent() {
    let Some(server) = cql::server() else { return };
    killed_among_registrations(&over_cql(&server), kills(KILLS_OVER_CQL)).await;
}
