//! `/v1/exhibitor-applications`: what an enterprise submits, and what its institution decides.

use axum::extract::State;
use axum::http::Method;
use axum::response::IntoResponse;
use fair::applications::{Applications, FLOW, SUBMIT as FORM, UPDATE as CHANGED};
use fair::flow::{Flows, Who};

use super::parts::lived::{Change, Doing, Filter, Lived, Make, plain, to_decide};
use super::parts::{Caller, PageOf, Route};
use crate::code::Code;
use crate::describe::says;
use crate::limits::Class;
use crate::policy::Right;
use crate::routes;
use crate::wire::Failure;

const APPLICATION: Lived = plain(&FLOW, &FORM);
/// An enterprise applies once, whatever the key.
const SUBMIT: Make = |Doing { ground, books, who, .. }, _id, sent| {
    Box::pin(async move { Ok(Applications::new(ground.flows().clone()).submit(&who, &sent, &books.rules()).await?) })
};
const UPDATE: Change = |Doing { ground, books, who, .. }, at, patch| {
    Box::pin(async move { Applications::new(ground.flows().clone()).update(&who, at, &patch, &books.rules()).await })
};

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        GET "/v1/reviews/exhibitor-applications" Reviewer Read => queue,
            says("Applications to decide about").query::<Filter>().lists_value(&APPLICATION.described());
    };
    let applies = says("Applies to exhibit, once").form(&FORM).refuses(&[Code::Conflict]);
    rows.push(APPLICATION.create("/v1/exhibitor-applications", (Right::Administrator, Class::Guess), SUBMIT, applies));
    let edits = says("Edits an application").patch(&CHANGED);
    rows.push(APPLICATION.change(Method::PATCH, "/v1/exhibitor-applications/{id}", UPDATE, edits));
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

async fn queue(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    APPLICATION.list(&flows, &Who::from(&caller), to_decide(&caller)?, &page).await
}
