//! `/v1/exhibitor-applications`: what an enterprise submits, and what its institution decides.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use fair::applications::{Applications, FLOW, SUBMIT, UPDATE};
use fair::flow::{Flows, Who};
use fair::form::Object;

use super::parts::lived::{Filter, Lived, plain, to_decide};
use super::parts::{Body, Books, Caller, IfMatch, Once, PageOf, Route, Tagged, once};
use crate::code::Code;
use crate::describe::says;
use crate::ground::Ground;
use crate::routes;
use crate::wire::{Answer, Failure, Mark};

const APPLICATION: Lived = plain(&FLOW, &SUBMIT);

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        POST "/v1/exhibitor-applications" Administrator Guess => submit,
            says("Applies to exhibit, once").form(&SUBMIT).gives_value(201, APPLICATION.described()).once()
                .refuses(&[Code::Conflict]);
        PATCH "/v1/exhibitor-applications/{id}" Account Write => update,
            says("Edits an application").patch(&UPDATE).gives_value(200, APPLICATION.described()).tagged().if_match(true)
                .refuses(&[Code::Forbidden, Code::Conflict]);
        GET "/v1/reviews/exhibitor-applications" Reviewer Read => queue,
            says("Applications to decide about").query::<Filter>().lists_value(&APPLICATION.described());
    };
    rows.push(APPLICATION.show("/v1/exhibitor-applications/{id}"));
    for (path, action) in [
        ("/v1/exhibitor-applications/{id}/resubmit", "resubmit"),
        ("/v1/exhibitor-applications/{id}/review/start", "start"),
        ("/v1/exhibitor-applications/{id}/review/approve", "approve"),
        ("/v1/exhibitor-applications/{id}/review/reject", "reject"),
    ] {
        rows.push(APPLICATION.step(path, action));
    }
    rows
}

/// The same key gives the same answer; an enterprise applies once anyway.
async fn submit(
    State(ground): State<Ground>,
    State(books): State<Books>,
    Caller(caller): Caller,
    once: Once<Object>,
) -> Result<Response, Failure> {
    let (sent, _key, asked) = once.into_parts();
    let work = async {
        let who = Who::from(&caller);
        let applications = Applications::new(ground.flows().clone());
        let record = applications.submit(&who, &sent, &books.rules()).await?;
        Ok::<_, Failure>(Answer::of(&(APPLICATION.shown)(&record, &who), Mark::Created))
    };
    Box::pin(once::run(&ground, caller.user, asked, work)).await
}

async fn update(
    State(flows): State<Flows>,
    State(books): State<Books>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    if_match: IfMatch,
    headers: HeaderMap,
    Body(patch): Body<Object>,
) -> Result<Tagged, Failure> {
    let (who, at) = (Who::from(&caller), (APPLICATION.id(&name)?, if_match.version()?));
    let record = Applications::new(flows).update(&who, at, &patch, &books.rules()).await?;
    Ok((APPLICATION.shown)(&record, &who).tagged(&headers))
}

async fn queue(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    APPLICATION.list(&flows, &Who::from(&caller), to_decide(&caller)?, &page).await
}
