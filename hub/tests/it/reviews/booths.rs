//! Booths and exhibits made by many at once: no enterprise has more booths than it may, no two exhibits one number. On one hub,
//! and on two over one keyspace.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use futures_util::future::join_all;

use super::*;
use crate::harness::http::ask_from;

/// Who exhibit.
const EXHIBITORS: usize = 4;
/// Exhibits made at once.
const WRITERS: usize = 64;

/// Each begins two booths at once, and has one.
async fn booths(fair: &Fair) -> Vec<String> {
    let codes = fair.codes(EXHIBITORS).await;
    let mut booths = Vec::new();
    for (n, code) in codes.iter().enumerate() {
        assert_eq!(fair.apply(n, n, code).await.status, 201);
        let begin = |hub: usize| fair.post(hub, "/v1/booths", &fair.applicants[n], json!({"name": format!("展台{n}")}));
        let (one, two) = tokio::join!(begin(0), begin(1));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", one.text, two.text);
        let listed = fair.items("/v1/booths", &fair.applicants[n]).await;
        assert_eq!(listed.len(), 1);
        booths.push(text(&listed[0]["id"]));
    }
    booths
}

async fn numbers(fair: &Fair) {
    let booths = booths(fair).await;
    // Each from an address of its own: one may hold as many sockets as there are writers, and no more.
    let make = async |n: usize| {
        let exhibitor = n / 2 % EXHIBITORS;
        let from = Ipv4Addr::new(127, 0, 1, u8::try_from(n + 1).unwrap());
        let (token, body) = (&fair.applicants[exhibitor], json!({"booth": booths[exhibitor]}));
        ask_from(from, fair.at(n), "POST /v1/exhibits", Some(token), "", Some(&body)).await.unwrap()
    };
    let made = join_all((0..WRITERS).map(make)).await;
    assert!(
        made.iter().all(|answer| answer.status == 201),
        "{:?}",
        made.iter().map(|one| one.status).collect::<Vec<_>>()
    );
    let numbers: BTreeSet<_> = made.iter().map(|answer| text(&answer.body()["number"])).collect();
    assert_eq!(numbers.len(), WRITERS);
    for (n, answer) in made.iter().enumerate().step_by(7) {
        let path = format!("/v1/exhibits?number={}", text(&answer.body()["number"]));
        let own = fair.items(&path, &fair.applicants[n / 2 % EXHIBITORS]).await;
        assert_eq!((own.len(), &own[0]["id"]), (1, &answer.body()["id"]));
        assert!(fair.items(&path, &fair.applicants[(n / 2 + 1) % EXHIBITORS]).await.is_empty(), "no other's");
    }
    let mut all = 0;
    for token in fair.applicants.iter().take(EXHIBITORS) {
        all += fair.items("/v1/exhibits", token).await.len();
    }
    assert_eq!(all, WRITERS);
}

#[tokio::test]
async fn sixty_four_writers_at_a_hub_make_as_many_numbers() {
    numbers(&Fair::over(None, 1, EXHIBITORS).await).await;
}

#[tokio::test]
async fn sixty_four_writers_at_two_hubs_over_cql_make_as_many_numbers() {
    let Some(server) = server() else { return };
    numbers(&Fair::over(Some(&keyspace(&server)), 2, EXHIBITORS).await).await;
}
