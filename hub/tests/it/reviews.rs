//! Applications, booths, exhibits and their reviews at real hubs, as processes: two at once, and killed.

mod booths;
mod kills;
mod races;
mod stands;

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::applications::sample;
use crate::cql::{keyspace, server};
use crate::harness::http::{self, Answer};
use crate::process::{Serving, Site};

const ALL: &str = "/v1/exhibitor-applications";
const PASSWORD: &str = "password4tests";

/// Processes over one store, and who reviews there.
struct Fair {
    site: Site,
    hubs: Vec<Serving>,
    committee: String,
    institution: String,
    reviewer: String,
    /// One administrator each of an enterprise.
    applicants: Vec<String>,
}

impl Fair {
    /// `count` hubs over a CQL keyspace, or one over its folder.
    async fn over(store: Option<&str>, count: usize, applicants: usize) -> Self {
        let mut flags: Vec<String> = [
            "--demo",
            "--demo-history=false",
            "--event=demo",
            "--limits-messages-per-s=100000",
            "--limits-messages-burst=100000",
        ]
        .map(str::to_owned)
        .to_vec();
        flags.extend(store.map(|store| format!("--store={store}")));
        let site = Site::with(&flags);
        if store.is_some() {
            site.admin(&["init-store"], "");
        }
        site.admin(&["create-enterprise", "deciders", "组委会", "--kind=committee"], "");
        site.admin(&["create-user", "deciders/chair", "--admin", "--password-stdin"], PASSWORD);
        let minted = site.admin(&["tokens", &format!("--count={applicants}"), "--ttl-minutes=1440"], "");
        let applicants = minted.iter().map(|line| text(&line["token"])).collect();
        let hubs = (0..count).map(|_| site.serve()).collect();
        let mut fair = Self {
            site,
            hubs,
            committee: String::new(),
            institution: String::new(),
            reviewer: String::new(),
            applicants,
        };
        fair.committee = fair.sign_in("deciders", "chair").await;
        let new = json!({"identifier": "inviters", "name": "文化服务", "role": "organiser", "username": "reviewer",
            "password": PASSWORD});
        let made = fair.post(0, "/v1/institutions", &fair.committee, new).await;
        assert_eq!(made.status, 201, "{}", made.text);
        fair.institution = text(&made.body()["id"]);
        fair.reviewer = fair.sign_in("inviters", "reviewer").await;
        fair
    }

    fn at(&self, hub: usize) -> SocketAddr {
        self.hubs[hub % self.hubs.len()].address
    }

    async fn sign_in(&self, identifier: &str, username: &str) -> String {
        let login = json!({"identifier": identifier, "username": username, "password": PASSWORD});
        let answer = http::ask(self.at(0), "POST /v1/sessions", None, "", Some(&login)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        text(&answer.body()["access_token"])
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        http::ask(self.at(0), &format!("GET {path}"), Some(token), "", None).await
    }

    async fn post(&self, hub: usize, path: &str, token: &str, body: Value) -> Answer {
        http::ask(self.at(hub), &format!("POST {path}"), Some(token), "", Some(&body)).await
    }

    async fn codes(&self, count: usize) -> Vec<String> {
        let path = format!("/v1/institutions/{}/invitation-codes", self.institution);
        let issued = self.post(0, &path, &self.reviewer, json!({"count": count})).await;
        assert_eq!(issued.status, 201, "{}", issued.text);
        issued.body()["items"].as_array().unwrap().iter().map(|item| text(&item["code"])).collect()
    }

    async fn apply(&self, hub: usize, applicant: usize, code: &str) -> Answer {
        self.post(hub, ALL, &self.applicants[applicant], sample(code)).await
    }

    /// A step of a version, at one of the hubs.
    async fn step(&self, hub: usize, token: &str, (path, version): (&str, i64), body: Option<&Value>) -> Answer {
        http::ask(self.at(hub), &format!("POST {path}"), Some(token), &if_match(version), body).await
    }

    /// All of a list, page by page.
    async fn items(&self, path: &str, token: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(&format!("{path}{mark}limit=100{cursor}"), token).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
            let page = page.body();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}

fn if_match(version: i64) -> String {
    format!("if-match: \"{version}\"\r\n")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
