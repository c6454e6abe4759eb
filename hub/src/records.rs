//! REST: the rows of all routes. The headers that every answer carries are the door's.
//!
//! Operations on rooms take the socket's path; records have handlers of their own, one file a kind. **Source**: WIRE
//! section 7.

mod applications;
mod attendance;
mod audit;
mod booths;
mod company;
pub mod description;
mod event;
mod exhibits;
mod flows;
pub mod health;
mod institutions;
mod invitations;
mod me;
mod messages;
mod negotiations;
mod notifications;
mod orders;
pub mod page;
pub mod parts;
mod recovery;
mod registrations;
mod reports;
mod sessions;
mod showcase;
pub mod sitemap;
mod taxonomies;
mod team;
mod uploads;

use axum::Router;
use axum::routing::get;

use crate::handles::Handles;
use crate::routes;
use parts::{Route, build};

/// Every route below `/v1`.
#[must_use]
pub fn rows() -> Vec<Route> {
    [
        audit::rows(),
        description::rows(),
        event::rows(),
        flows::rows(),
        me::rows(),
        messages::rows(),
        negotiations::rows(),
        notifications::rows(),
        orders::rows(),
        registrations::rows(),
        reports::rows(),
        recovery::rows(),
        sessions::rows(),
        taxonomies::rows(),
        team::rows(),
        uploads::rows(),
        company::rows(),
        institutions::rows(),
        invitations::rows(),
        applications::rows(),
        attendance::rows(),
        showcase::rows(),
        booths::rows(),
        exhibits::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Documents for people and for machines that look for pages: below no version, and no part of the interface. Each reads what
/// is shown, so it is counted as that is.
#[must_use]
pub fn documents() -> Vec<Route> {
    routes! {
        GET "/booths/{id}" Anyone Content => page::head::booth;
        GET "/exhibits/{id}" Anyone Content => page::head::exhibit;
        GET "/sitemap.xml" Anyone Content => sitemap::sitemap;
        GET "/robots.txt" Anyone Content => sitemap::robots;
    }
}

/// Everything that is served outside the socket. What operators ask for is among it where they have no listener of their own.
pub fn router(handles: &Handles, serves_operators: bool) -> Router {
    let mut router = build(handles, rows()).merge(build(handles, documents()));
    router = if serves_operators { router.merge(operators()) } else { router.route("/healthz", get(health::healthz)) };
    if handles.site.demo {
        router = router.route("/demo/accounts", get(page::demo_accounts));
        router = router.route("/demo/messages", get(messages::demo_messages));
    }
    router.method_not_allowed_fallback(page::refused_method).fallback(page::file).with_state(handles.clone())
}

/// What is for operators: whether the hub lives, whether it can serve, what it counts.
pub fn operators() -> Router<Handles> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(page::refused_method)
}

#[cfg(test)]
mod tests;
